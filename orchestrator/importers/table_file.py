"""What the import knows about a file, and what it found in one."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
"""A checked row, ready for a JSON load job: column name to text, whole number, truth value or None."""

REJECTED = "rejected"
REPAIRED = "repaired"


@dataclass(frozen=True)
class Column:
    """A column of the file; `parse` turns its text into a value, an absent or empty optional column takes `default`.

    `keeps_blanks` leaves the text as it stands, else blanks around it are dropped. `load_type` is the stage table's.
    """

    name: str
    parse: Callable[[str], Any]
    load_type: str
    aliases: tuple[str, ...] = ()
    required: bool = True
    default: Any = None
    keeps_blanks: bool = False


@dataclass(frozen=True)
class TableFile:
    """A file of the export. `finish` completes a parsed row in place and returns what it had to repair, or None."""

    name: str
    key: str
    columns: tuple[Column, ...]
    finish: Callable[[Row], str | None]
    derived: tuple[tuple[str, str], ...] = ()
    ignored: frozenset[str] = frozenset()
    may_be_empty: bool = False

    def load_schema(self) -> list[tuple[str, str, str]]:
        """(name, type, mode) of the stage table."""
        given = [(column.name, column.load_type) for column in self.columns]
        return [(name, load_type, "NULLABLE") for name, load_type in (*given, *self.derived)]

    def header_help(self) -> str:
        """What the first line must say; columns in brackets may be left out."""
        names = [column.name if column.required else f"[{column.name}]" for column in self.columns]
        return f"the first line must name {', '.join(names)}"


@dataclass(frozen=True)
class Entry:
    """A good row and where it came from; `line` is the line on which the record begins."""

    line: int
    fields: Sequence[str]
    row: Row


@dataclass(frozen=True)
class Remark:
    """Something to tell about one row: a rejected row is left out, a repaired one is loaded with a change.

    `raw` is the record as a JSON array, which no spreadsheet takes for a formula.
    """

    file: str
    line: int
    outcome: str
    reason: str
    raw: str


@dataclass
class FileContent:
    """Good rows in the file's order, remarks, and counts of records and of records that only repeat another."""

    table: TableFile
    entries: list[Entry] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    total: int = 0
    duplicates: int = 0

    @property
    def rows(self) -> list[Row]:
        """The rows to load."""
        return [entry.row for entry in self.entries]

    def count(self, outcome: str) -> int:
        """Remarks of one outcome."""
        return sum(remark.outcome == outcome for remark in self.remarks)

    def remark(self, line: int, fields: Sequence[str], outcome: str, reason: str) -> None:
        """Note something about a record."""
        raw = json.dumps(list(fields), ensure_ascii=False)
        self.remarks.append(Remark(self.table.name, line, outcome, reason, raw))

    def reject_where(self, reason_for: Callable[[Entry], str | None]) -> None:
        """Leave out the rows for which `reason_for` has a reason."""
        kept: list[Entry] = []
        for entry in self.entries:
            reason = reason_for(entry)
            if reason is None:
                kept.append(entry)
            else:
                self.remark(entry.line, entry.fields, REJECTED, reason)
        self.entries = kept

    def settle_duplicates(self) -> None:
        """Count rows that repeat another once; leave out all rows that contradict each other under one key."""
        by_key: dict[Any, list[Entry]] = {}
        for entry in self.entries:
            by_key.setdefault(entry.row[self.table.key], []).append(entry)
        conflicts: dict[Any, str] = {}
        kept: list[Entry] = []
        for key, entries in by_key.items():
            if all(entry.row == entries[0].row for entry in entries):
                kept.append(entries[0])
                self.duplicates += len(entries) - 1
            else:
                lines = ", ".join(str(entry.line) for entry in entries)
                conflicts[key] = f"{self.table.key} {key} stands for different rows on lines {lines}"
                kept += entries
        self.entries = kept
        self.reject_where(lambda entry: conflicts.get(entry.row[self.table.key]))
