"""Write a whole sample world as the three files that `eros import` reads."""

import csv
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from orchestrator.domain import AccountSize
from orchestrator.errors import UsageError
from orchestrator.simulation.captions import SampleCaption, make_captions
from orchestrator.simulation.history import SampleMessage, page_messages, sendable
from orchestrator.simulation.pages import HISTORY_DAYS, Mood, SamplePage, make_pages

DEFAULT_PAGES = 39
DEFAULT_CAPTIONS = 44_651
DEFAULT_MESSAGES = 63_411
MIN_CAPTIONS = 40

CREATOR_COLUMNS = ("page_name", "display_name", "is_active", "audience", "settings")
CAPTION_COLUMNS = (
    "caption_id",
    "caption_text",
    "content_category",
    "price_tier",
    "has_urgency",
    "psychological_trigger",
    "is_active",
    "created_at",
)
MESSAGE_COLUMNS = (
    "message_id",
    "page_name",
    "message",
    "caption_id",
    "sending_time",
    "price",
    "sent_count",
    "viewed_count",
    "purchased_count",
    "earnings",
    "message_type",
)


@dataclass(frozen=True)
class SampleReport:
    """What was written: rows per file, and the pages a reader will look for."""

    directory: Path
    pages: int
    captions: int
    distinct_texts: int
    messages: int
    first_day: date
    last_day: date
    saturated_page: str
    new_page: str
    pages_by_size: dict[AccountSize, int]

    def as_dict(self) -> dict[str, object]:
        """The report as `--json` prints it."""
        return {
            "directory": str(self.directory),
            "pages": self.pages,
            "captions": self.captions,
            "distinct_texts": self.distinct_texts,
            "messages": self.messages,
            "first_day": self.first_day.isoformat(),
            "last_day": self.last_day.isoformat(),
            "saturated_page": self.saturated_page,
            "new_page": self.new_page,
            "pages_by_size": {str(size): count for size, count in self.pages_by_size.items()},
        }

    def line(self) -> str:
        """The report as one line for people."""
        return (
            f"{self.directory}: {self.pages} pages, {self.captions:,} captions ({self.distinct_texts:,} texts), "
            f"{self.messages:,} messages to {self.last_day}; saturated: {self.saturated_page}, new: {self.new_page}"
        )


def write_sample(
    out: Path,
    *,
    pages: int = DEFAULT_PAGES,
    captions: int = DEFAULT_CAPTIONS,
    messages: int = DEFAULT_MESSAGES,
    until: date,
    seed: str | int,
) -> SampleReport:
    """Write creators.csv, captions.csv and messages.csv to `out`; the history ends on the local day before `until`.

    The same arguments give the same bytes everywhere. Saturation needs 13 weeks of history to compare with: give about
    250 messages a page, or the saturated page is not told apart with confidence. Raises UsageError for a world too
    small to have a new page and a saturated one.
    """
    if captions < MIN_CAPTIONS:
        raise UsageError(f"{captions} captions are too few", fix=f"ask for at least {MIN_CAPTIONS}")
    world = make_pages(pages, messages, seed=seed)
    first_day = until - timedelta(days=HISTORY_DAYS)
    library = make_captions(captions, seed=seed, history_start=first_day, until=until)
    shelves = sendable(library)
    sent = [message for page in world for message in page_messages(page, shelves, seed=seed, until=until)]
    sent.sort(key=lambda message: (message.sending_time, message.page_name))

    out.mkdir(parents=True, exist_ok=True)
    _write_csv(out / "creators.csv", CREATOR_COLUMNS, map(_creator_row, world))
    _write_csv(out / "captions.csv", CAPTION_COLUMNS, map(_caption_row, library))
    _write_csv(out / "messages.csv", MESSAGE_COLUMNS, (_message_row(n, sent[n - 1]) for n in range(1, len(sent) + 1)))
    return _report(out, world, library, sent, first_day, until)


def _report(
    out: Path,
    world: Sequence[SamplePage],
    library: Sequence[SampleCaption],
    sent: Sequence[SampleMessage],
    first_day: date,
    until: date,
) -> SampleReport:
    with_history = [page for page in world if page.messages]
    return SampleReport(
        directory=out,
        pages=len(world),
        captions=len(library),
        distinct_texts=len({caption.caption_text for caption in library}),
        messages=len(sent),
        first_day=first_day,
        last_day=until - timedelta(days=1),
        saturated_page=next(page.page_name for page in world if page.mood is Mood.SATURATED),
        new_page=next(page.page_name for page in world if not page.messages),
        pages_by_size={size: sum(page.size is size for page in with_history) for size in AccountSize},
    )


def _creator_row(page: SamplePage) -> tuple[object, ...]:
    settings = json.dumps({"source": "sample"})
    return page.page_name, page.display_name, "TRUE", page.audience, settings


def _caption_row(caption: SampleCaption) -> tuple[object, ...]:
    return (
        caption.caption_id,
        caption.caption_text,
        caption.content_category,
        caption.price_tier,
        _bool(caption.has_urgency),
        caption.psychological_trigger,
        _bool(caption.is_active),
        _instant(caption.created_at),
    )


def _message_row(message_id: int, message: SampleMessage) -> tuple[object, ...]:
    return (
        message_id,
        message.page_name,
        message.message,
        message.caption_id,
        _instant(message.sending_time),
        f"{message.price}.00",
        message.sent_count,
        message.viewed_count,
        message.purchased_count,
        f"{message.earnings}.00",
        message.message_type,
    )


def _bool(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _instant(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write beside, then rename: a reader sees the old file or the whole new one."""
    beside = path.with_name(f".{path.name}.partial")
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
