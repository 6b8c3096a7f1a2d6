"""The checker's own reader of an exported sheet: bytes to header and cells, with the one quote stripped.

The exporter has a reader too; this one is written from the contract so that writer and reader cannot be wrong together.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

COLUMNS = (
    "schedule_id",
    "page_name",
    "day_of_week",
    "scheduled_send_time",
    "message_type",
    "caption_id",
    "caption_text",
    "price_tier",
    "price",
    "content_category",
    "has_urgency",
    "performance_score",
)
# What a spreadsheet takes for a formula or a control, including the full-width forms that it folds to ASCII.
DANGEROUS_FIRST = frozenset("=+-@\t\r\n＝＋－＠")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}")


class SheetError(ValueError):
    """A file that cannot be read as a sheet at all: not UTF-8, or not CSV."""


@dataclass(frozen=True)
class Sheet:
    """`cells` are as written; `values` are the same cells with exactly one leading quote stripped."""

    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]

    @property
    def values(self) -> list[dict[str, str]]:
        """One mapping per row; only meaningful when the header is right."""
        return [dict(zip(self.header, map(strip_quote, row), strict=False)) for row in self.cells]


@lru_cache(maxsize=512)
def read_sheet(data: bytes) -> Sheet:
    """Parse one file. Raises SheetError when it is not UTF-8 or a row has another number of cells than the header."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SheetError(f"not UTF-8 at byte {error.start}") from error
    try:
        rows = [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error as error:
        raise SheetError(f"not CSV: {error}") from error
    header, cells = (rows[0], tuple(rows[1:])) if rows else ((), ())
    for number, row in enumerate(cells, start=1):
        if len(row) != len(header):
            raise SheetError(f"row {number} has {len(row)} cells, the header {len(header)}")
    return Sheet(header, cells)


def strip_quote(cell: str) -> str:
    """The value that a cell stands for."""
    return cell[1:] if cell.startswith("'") else cell


def carriage_returns_outside_quotes(data: bytes) -> int:
    """How many line ends are not a bare LF; a CR inside a quoted caption is part of the text."""
    count, quoted = 0, False
    for byte in data:
        if byte == ord('"'):
            quoted = not quoted
        elif byte == ord("\r") and not quoted:
            count += 1
    return count


def parse_send_time(value: str) -> datetime | None:
    """ISO 8601 to the second with a numeric offset, or None when the text has another form."""
    if not _TIME.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def exists_on_clock(stated: datetime) -> bool:
    """Whether the wall clock of the zone ever shows this time: an hour of a spring day never comes.

    `stated` is aware in the business zone. Going to UTC and back moves a time that does not exist.
    """
    there_and_back = stated.astimezone(UTC).astimezone(stated.tzinfo)
    return abs(there_and_back.replace(tzinfo=None) - stated.replace(tzinfo=None)) < timedelta(seconds=1)
