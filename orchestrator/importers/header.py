"""The first line of a file: what separates its fields, and where each column stands."""

import csv
import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.errors import UsageError
from orchestrator.importers.source import Source
from orchestrator.importers.table_file import Column, TableFile
from orchestrator.importers.values.plain import CONTROL

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_LONGEST_LINE = 2**16
_QUOTED = re.compile(r'"[^"]*"')
_STATED = re.compile(r'"?sep=(.)"?', re.IGNORECASE)


@dataclass(frozen=True)
class Header:
    """The columns of a file: each with its place among the fields, None for one that is not there.

    Rows begin at byte `offset`, on line `line`.
    """

    fields: list[str]
    delimiter: str
    places: Sequence[tuple[Column, int | None]]
    offset: int
    line: int

    @property
    def width(self) -> int:
        """How many fields a row has."""
        return len(self.fields)

    def last_column(self) -> Column | None:
        """The column of the last field; None for one that is not read."""
        return next((column for column, place in self.places if place == self.width - 1), None)


def read_header(source: Source, table: TableFile) -> Header:
    """Read the header. Raises UsageError when it is missing, is no text, or names the wrong columns."""
    name, where = source.path.name, str(source.path)
    line, raw, offset = _first_line(source, 0, source.start)
    if not raw:
        raise UsageError(f"{name} is empty", where=where, fix=table.header_help())
    text = _decoded(source, table, raw)
    stated = _STATED.fullmatch(text)
    if stated and stated[1] in _SEPARATORS:
        line, raw, offset = _first_line(source, line, offset)
        text = _decoded(source, table, raw)
    delimiter = stated[1] if stated and stated[1] in _SEPARATORS else _delimiter(source, table, text)
    try:
        names = [field.strip() for field in next(csv.reader([text], delimiter=delimiter, strict=True), [])]
    except csv.Error as error:
        raise UsageError(
            f"{name} has the wrong header", where=f"{where}, line {line}", why=str(error), fix=table.header_help()
        ) from None
    return Header(names, delimiter, _places(source, table, names, line), offset, line + 1)


def _first_line(source: Source, line: int, offset: int) -> tuple[int, bytes, int]:
    """(its number, its bytes, where the next begins) of the first line after `line` that is not blank."""
    source.file.seek(offset)
    while raw := source.file.readline(_LONGEST_LINE):
        line += 1
        offset += len(raw)
        if raw.strip():
            return line, raw, offset
    return line, b"", offset


def _decoded(source: Source, table: TableFile, raw: bytes) -> str:
    name, where = source.path.name, f"{source.path}, line 1"
    try:
        text = raw.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        why = f"{error.reason}: byte 0x{raw[error.start]:02x}"
        raise UsageError(
            f"{name} is not UTF-8", where=where, why=why, fix="save it as CSV UTF-8 and import again"
        ) from None
    if CONTROL.search(text) or len(raw) == _LONGEST_LINE:
        why = "its first line holds bytes that no text has" if CONTROL.search(text) else "its first line never ends"
        raise UsageError(f"{name} is not a CSV file", where=where, why=why, fix=table.header_help())
    return text


def _delimiter(source: Source, table: TableFile, text: str) -> str:
    """What separates the header's names: the only separator in it, a comma when there is none."""
    bare = _QUOTED.sub("", text)
    found = [separator for separator in _SEPARATORS if separator in bare]
    if len(found) > 1:
        raise UsageError(
            f"{source.path.name} has the wrong header",
            where=f"{source.path}, line 1",
            why=f"it holds {' and '.join(_SEPARATORS[one] for one in found)}: either could separate the columns",
            fix=table.header_help(),
        )
    return found[0] if found else ","


def _places(source: Source, table: TableFile, names: list[str], line: int) -> list[tuple[Column, int | None]]:
    """Where each column stands in the file; raises on missing, unknown and repeated columns."""
    repeated = sorted({repr(name) for name in names if names.count(name) > 1})
    missing: list[str] = []
    known: set[str] = set(table.ignored)
    places: list[tuple[Column, int | None]] = []
    for column in table.columns:
        spellings = (column.name, *column.aliases)
        known.update(spellings)
        found = [name for name in spellings if name in names]
        if len(found) > 1:
            repeated.append(" and ".join(map(repr, found)))
        if not found and column.required:
            missing.append(repr(column.name))
        places.append((column, names.index(found[0]) if found else None))
    unknown = [_with_guess(name, known) for name in names if name not in known]
    complaints = {"missing": missing, "unknown": unknown, "there twice": repeated}
    if any(complaints.values()):
        why = "; ".join(f"{label}: {', '.join(columns)}" for label, columns in complaints.items() if columns)
        raise UsageError(
            f"{source.path.name} has the wrong header",
            where=f"{source.path}, line {line}",
            why=why,
            fix=table.header_help(),
        )
    return places


def _with_guess(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return f"{name!r} (did you mean {close[0]!r}?)" if close else repr(name)
