"""Checks one file row by row: good rows go to disk ready for a load job, remarks beside them."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors import UsageError
from orchestrator.importers.duplicates import Duplicates, Place
from orchestrator.importers.header import Header, read_header
from orchestrator.importers.records import Record, Records
from orchestrator.importers.remarks import REJECTED, REPAIRED, RemarkFile
from orchestrator.importers.source import Source, open_source
from orchestrator.importers.table_file import Row, TableFile
from orchestrator.importers.values import BadValue
from orchestrator.importers.workshop import disk_errors

Rule = Callable[[Row], str | None]
"""A rule that a good row may still break; its answer is the reason."""

Tick = Callable[[int, int, int], None]
"""Told now and then: rows read, bytes read, bytes of the file."""

ROWS_BETWEEN_TICKS = 1000
_CUT_SHORT = "ends the file without a line end, so it may be cut short: add a line end if the row is whole"


@dataclass(frozen=True)
class CheckedFile:
    """What a file holds: its good rows in a file of newline-delimited JSON, its remarks, and how many of each."""

    table: TableFile
    path: Path
    total: int
    kept: int
    duplicates: int
    remarks: tuple[RemarkFile, ...]

    @property
    def rejected(self) -> int:
        """Rows that were left out."""
        return sum(part.counts[REJECTED] for part in self.remarks)

    @property
    def repaired(self) -> int:
        """Rows that were changed."""
        return sum(part.counts[REPAIRED] for part in self.remarks)

    def rows(self) -> Iterator[Row]:
        """The good rows in the file's order, one after the other."""
        with self.path.open("rb") as lines:
            yield from map(json.loads, lines)


def check_file(
    path: Path,
    table: TableFile,
    folder: Path,
    *,
    rule: Rule | None = None,
    on_tick: Tick | None = None,
    last_row_is_whole: bool = False,
) -> CheckedFile:
    """Check every row of a file; the results are in `folder`.

    `rule` is asked about rows that are good by themselves. A last row without a line end is refused where it could be
    cut short, unless `last_row_is_whole`. Raises UsageError when the file as a whole cannot be trusted.
    """
    with open_source(path, folder) as source, disk_errors(folder):
        header = read_header(source, table)
        check = _Check(source, header, table, folder, rule, last_row_is_whole)
        try:
            check.read(on_tick or (lambda rows, done, size: None))
            check.settle()
        finally:
            check.close()
    content = CheckedFile(
        table, check.rows_path, check.total, check.kept, check.duplicates.repeated, (check.remarks, check.late)
    )
    _refuse_useless(path, content)
    return content


class _Check:
    """The state of one file's check."""

    def __init__(
        self, source: Source, header: Header, table: TableFile, folder: Path, rule: Rule | None, last_is_whole: bool
    ) -> None:
        self.table = table
        self.total = 0
        self.kept = 0
        self.rows_path = folder / f"{table.stem}.ndjson"
        self._open = ExitStack()
        self.remarks = self._open.enter_context(closing(RemarkFile(folder / f"{table.stem}.remarks", table.name)))
        self.late = self._open.enter_context(closing(RemarkFile(folder / f"{table.stem}.late", table.name)))
        self.duplicates = self._open.enter_context(closing(Duplicates(folder, table.stem)))
        self._rows = self._open.enter_context(self.rows_path.open("wb"))
        self._source = source
        self._header = header
        self._rule = rule or (lambda row: None)
        self._breaks_rule = False
        self._last_is_whole = last_is_whole
        self._encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
        self._parsers = [
            (column.name, place, not column.keeps_blanks, column.required, column.default, column.parse)
            for column, place in header.places
        ]

    def read(self, on_tick: Tick) -> None:
        """Read the file to its end."""
        records = self._records(self._header.offset, self._header.line)
        for record in records:
            self.total += 1
            self._take(record)
            if self.total % ROWS_BETWEEN_TICKS == 0:
                on_tick(self.total, records.offset, self._source.size)
        on_tick(self.total, self._source.size, self._source.size)
        self._rows.close()

    def settle(self) -> None:
        """Leave out what only the whole file shows: repeated rows, contradicting rows, rows that break the rule."""
        self.duplicates.settle()
        if not (self.duplicates.repeats.any or self.duplicates.conflicts.any or self._breaks_rule):
            return
        self.kept = 0
        end = 0
        # In place, for rows only move towards the beginning: a second copy could be too much for the disk.
        with self.rows_path.open("rb") as given, self.rows_path.open("r+b") as kept:
            for number, line in enumerate(given):
                if number in self.duplicates.repeats:
                    continue
                reason = self._reason_to_leave_out(number, line)
                if reason is None:
                    end += kept.write(line)
                    self.kept += 1
                else:
                    self._leave_out(number, reason)
            kept.truncate(end)

    def close(self) -> None:
        """Let go of the files."""
        self._open.close()

    def _records(self, offset: int, line: int) -> Records:
        return Records(self._source.file, self._header.delimiter, offset, line, self._is_row)

    def _take(self, record: Record) -> None:
        reasons = [record.problem] if record.problem else self._reasons_against(record)
        row: Row = {}
        if not reasons:
            row, reasons = self._parsed(record.fields)
            if reasons and [field.strip() for field in record.fields] == self._header.fields:
                reasons = ["repeats the header: several files were joined into one"]
        if reasons:
            self.remarks.add(record.line, record.fields, REJECTED, "; ".join(reasons))
            return
        repaired = self.table.finish(row)
        if repaired:
            self.remarks.add(record.line, record.fields, REPAIRED, repaired)
        content = self._encode(row).encode()
        self._rows.write(content)
        self._rows.write(b"\n")
        self.duplicates.add(row[self.table.key], content, Place(record.line, record.offset))
        self.kept += 1
        self._breaks_rule = self._breaks_rule or self._rule(row) is not None

    def _reasons_against(self, record: Record) -> list[str]:
        """What is wrong with a record before any field of it is read."""
        if len(record.fields) != self._header.width:
            return [f"has {len(record.fields)} fields, the header has {self._header.width}"]
        if record.is_open and not self._last_is_whole:
            column = self._header.last_column()
            if column is not None and not (column.is_closed and record.fields[-1].strip()):
                return [_CUT_SHORT]
        return []

    def _parsed(self, fields: list[str]) -> tuple[Row, list[str]]:
        row: Row = {}
        reasons: list[str] = []
        for name, place, strips, required, default, parse in self._parsers:
            text = "" if place is None else fields[place]
            if strips:
                text = text.strip()
            if not text and not required:
                row[name] = default
                continue
            try:
                row[name] = parse(text)
            except BadValue as error:
                reasons.append(f"{name} {error}")
        return row, reasons

    def _is_row(self, fields: list[str]) -> bool:
        return len(fields) == self._header.width and not self._parsed(fields)[1]

    def _reason_to_leave_out(self, number: int, line: bytes) -> str | None:
        is_conflict = number in self.duplicates.conflicts
        if not (is_conflict or self._breaks_rule):
            return None
        row = json.loads(line)
        if is_conflict:
            key = row[self.table.key]
            lines = self.duplicates.conflicting_lines(key)
            return f"{self.table.key} {key} stands for different rows on lines {lines}"
        return self._rule(row)

    def _leave_out(self, number: int, reason: str) -> None:
        place = self.duplicates.place(number)
        record = next(iter(self._records(place.offset, place.line)))
        self.late.add(place.line, record.fields, REJECTED, reason)


def _refuse_useless(path: Path, content: CheckedFile) -> None:
    """A file without one good row is a wrong file, not a file of wrong rows."""
    if not content.total and not content.table.may_be_empty:
        raise UsageError(f"{path.name} has a header but no rows", where=str(path), fix="export it again with its rows")
    if content.total and not content.kept:
        line, reason = min(part.first_reason for part in content.remarks if part.first_reason is not None)
        raise UsageError(
            f"all {content.total} rows of {path.name} are wrong",
            where=f"{path}, line {line}",
            why=reason,
            fix="correct the export; nothing was imported",
        )
