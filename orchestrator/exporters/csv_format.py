"""The sheet: one page's week as CSV, and back.

UTF-8, LF, sorted by time. A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a control character or one of
their full-width forms as a formula; such a field, and one that begins with `'`, is written with one `'` in front, and
the reader strips exactly one, so every text comes back as it was.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from math import isfinite

from orchestrator.domain.kinds import MessageType, PriceTier
from orchestrator.domain.labels import is_page_name
from orchestrator.domain.week import DAY_NAMES, to_local
from orchestrator.errors import UsageError

HEADER = (
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
# NUL, tab and line ends are skipped by spreadsheets before they look for a formula.
DANGEROUS_FIRST = frozenset("=+-@\t\r\n\0＝＋－＠")
_GUARD = "'"
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class ScheduleRow:
    """One message as people see it; `performance_score` keeps four decimals on paper, `price` is dollars."""

    schedule_id: str
    page_name: str
    scheduled_send_time: datetime
    message_type: MessageType
    caption_id: int
    caption_text: str
    price_tier: PriceTier
    price: Decimal
    content_category: str
    has_urgency: bool
    performance_score: float

    @property
    def day_of_week(self) -> str:
        """English name of the local day."""
        return DAY_NAMES[to_local(self.scheduled_send_time).weekday()]


def neutralise(field: str) -> str:
    """The field as it may stand in a spreadsheet: never a formula, and never mistaken for a neutralised one."""
    return _GUARD + field if field[:1] in DANGEROUS_FIRST or field.startswith(_GUARD) else field


def strip(field: str) -> str:
    """Undo `neutralise`: exactly one leading `'` goes."""
    return field.removeprefix(_GUARD)


def render_csv(rows: Iterable[ScheduleRow]) -> bytes:
    """The sheet's bytes, equal for equal rows in any order. UsageError names a row that cannot be written."""
    ordered = sorted((row.scheduled_send_time, _fields(row)) for row in rows)
    lines = [",".join(HEADER)]
    lines += [",".join(_quoted(neutralise(field)) for field in fields) for _, fields in ordered]
    text = "\n".join(lines) + "\n"
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        bad = text[error.start : error.end]
        raise UsageError(
            f"the sheet cannot hold the character {bad!r}",
            why="it is half of a surrogate pair, which UTF-8 does not know",
            fix="correct the caption in captions.csv and import it again",
        ) from None


def parse_csv(data: bytes) -> list[ScheduleRow]:
    """The rows of a sheet written by `render_csv`. UsageError names the line and field that are not as written."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable(f"byte {error.start} is not UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        records = [(reader.line_num, record) for record in reader]
    except csv.Error as error:
        raise _unreadable(f"line {reader.line_num}: {error}") from None
    if not records or tuple(records[0][1]) != HEADER:
        raise _unreadable(f"the header is not {','.join(HEADER)}")
    return [_row(line, record) for line, record in records[1:]]


def _fields(row: ScheduleRow) -> list[str]:
    if not isfinite(row.performance_score):
        raise UsageError(f"caption {row.caption_id} of {row.schedule_id} has the score {row.performance_score}")
    if row.price != row.price.quantize(_CENT) or row.price < 0:
        raise UsageError(f"caption {row.caption_id} of {row.schedule_id} costs {row.price}, which is no price in cents")
    return [
        row.schedule_id,
        row.page_name,
        row.day_of_week,
        to_local(row.scheduled_send_time).isoformat(),
        row.message_type.value,
        str(row.caption_id),
        row.caption_text,
        row.price_tier.value,
        str(row.price.quantize(_CENT)),
        row.content_category,
        "TRUE" if row.has_urgency else "FALSE",
        f"{row.performance_score:.4f}",
    ]


def _quoted(field: str) -> str:
    # Python's writer leaves a lone CR unquoted when lines end in LF, and then cannot read its own file.
    if any(character in field for character in ',"\r\n'):
        return '"' + field.replace('"', '""') + '"'
    return field


def _row(line: int, record: list[str]) -> ScheduleRow:
    if len(record) != len(HEADER):
        raise _unreadable(f"line {line} has {len(record)} fields, not {len(HEADER)}")
    values = dict(zip(HEADER, map(strip, record), strict=True))
    try:
        row = _typed(values)
        written = [neutralise(field) for field in _fields(row)]
    except (ValueError, InvalidOperation) as error:
        raise _unreadable(f"line {line}: {error}") from None
    if written != record:
        raise _unreadable(f"line {line} is not as this program writes it: {record}")
    return row


def _typed(values: dict[str, str]) -> ScheduleRow:
    if not is_page_name(values["page_name"]):
        raise ValueError(f"{values['page_name']!r} is not a page name")
    return ScheduleRow(
        schedule_id=values["schedule_id"],
        page_name=values["page_name"],
        scheduled_send_time=datetime.fromisoformat(values["scheduled_send_time"]),
        message_type=MessageType(values["message_type"]),
        caption_id=int(values["caption_id"]),
        caption_text=values["caption_text"],
        price_tier=PriceTier(values["price_tier"]),
        price=Decimal(values["price"]),
        content_category=values["content_category"],
        has_urgency=values["has_urgency"] == "TRUE",
        performance_score=float(values["performance_score"]),
    )


def _unreadable(why: str) -> UsageError:
    return UsageError("the sheet cannot be read back", why=why, fix="write it again with `eros export`")
