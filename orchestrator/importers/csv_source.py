"""Reads one CSV file against its columns: what is wrong with the whole file is an error, with one row a remark."""

import csv
import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path

from orchestrator.errors import UsageError
from orchestrator.importers.table_file import REJECTED, REPAIRED, Column, Entry, FileContent, Row, TableFile
from orchestrator.importers.values import BadValue

MAX_FIELD_CHARACTERS = 1_000_000

Places = Sequence[tuple[Column, int | None]]


def read_table(path: Path, table: TableFile) -> FileContent:
    """Check every row of a file. Raises UsageError when the file as a whole cannot be trusted."""
    content = FileContent(table)
    records = _records(path)
    header = next(records, None)
    if header is None:
        raise UsageError(f"{path.name} is empty", where=str(path), fix=table.header_help())
    width = len(header[1])
    places = _match_header(path, table, [name.strip() for name in header[1]])
    for line, fields in records:
        content.total += 1
        if len(fields) != width:
            content.remark(line, fields, REJECTED, f"has {len(fields)} fields, the header has {width}")
        else:
            _take_row(content, places, line, fields)
    content.settle_duplicates()
    refuse_useless(path, content)
    return content


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line on which the record begins, fields); blank lines are skipped, a byte order mark is tolerated."""
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    line = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            for fields in reader:
                if fields:
                    yield line, fields
                line = reader.line_num + 1
    except FileNotFoundError:
        raise UsageError(f"{path.name} is missing", where=str(path), fix="export it to that folder") from None
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path.name} is not UTF-8",
            where=str(path),
            why=f"{error.reason}: byte 0x{error.object[error.start]:02x}",
            fix="save it as CSV UTF-8 and import again",
        ) from None
    except csv.Error as error:
        raise UsageError(
            f"{path.name} is not well-formed CSV",
            where=f"{path}, in the record that begins on line {line}",
            why=str(error),
            fix="check the quotes of that record",
        ) from None
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read", where=str(path), why=str(error)) from None


def _match_header(path: Path, table: TableFile, names: list[str]) -> Places:
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
        raise UsageError(f"{path.name} has the wrong header", where=f"{path}, line 1", why=why, fix=table.header_help())
    return places


def _with_guess(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return f"{name!r} (did you mean {close[0]!r}?)" if close else repr(name)


def _take_row(content: FileContent, places: Places, line: int, fields: list[str]) -> None:
    row: Row = {}
    reasons: list[str] = []
    for column, place in places:
        text = "" if place is None else fields[place]
        if not column.keeps_blanks:
            text = text.strip()
        if not text and not column.required:
            row[column.name] = column.default
            continue
        try:
            row[column.name] = column.parse(text)
        except BadValue as error:
            reasons.append(f"{column.name} {error}")
    if reasons:
        content.remark(line, fields, REJECTED, "; ".join(reasons))
        return
    repaired = content.table.finish(row)
    if repaired:
        content.remark(line, fields, REPAIRED, repaired)
    content.entries.append(Entry(line, fields, row))


def refuse_useless(path: Path, content: FileContent) -> None:
    """A file without one good row is a wrong file, not a file of wrong rows."""
    if not content.total and not content.table.may_be_empty:
        raise UsageError(f"{path.name} has a header but no rows", where=str(path), fix="export it again with its rows")
    if content.total and not content.entries:
        first = min(content.remarks, key=lambda remark: remark.line)
        raise UsageError(
            f"all {content.total} rows of {path.name} are wrong",
            where=f"{path}, line {first.line}",
            why=first.reason,
            fix="correct the export; nothing was imported",
        )
