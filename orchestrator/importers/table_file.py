"""What the import knows about a file: its columns and the rules of a row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
"""A checked row, ready for a JSON load job: column name to text, whole number, truth value or None."""


@dataclass(frozen=True)
class Column:
    """A column of the file; `parse` turns its text into a value, an absent or empty optional column takes `default`.

    `keeps_blanks` leaves the text as it stands, else blanks around it are dropped. `is_closed` says that no value of
    this kind is the beginning of another one, so that a value cannot have been cut short. `load_type` is the stage
    table's.
    """

    name: str
    parse: Callable[[str], Any]
    load_type: str
    aliases: tuple[str, ...] = ()
    required: bool = True
    default: Any = None
    keeps_blanks: bool = False
    is_closed: bool = False


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

    @property
    def stem(self) -> str:
        """The file's name without its ending: what its queries and stage tables are called after."""
        return self.name.partition(".")[0]

    def load_schema(self) -> list[tuple[str, str, str]]:
        """(name, type, mode) of the stage table."""
        given = [(column.name, column.load_type) for column in self.columns]
        return [(name, load_type, "NULLABLE") for name, load_type in (*given, *self.derived)]

    def header_help(self) -> str:
        """What the first line must say; columns in brackets may be left out."""
        names = [column.name if column.required else f"[{column.name}]" for column in self.columns]
        return f"the first line must name {', '.join(names)}"
