"""Names that many hands must spell alike: schedule ids, content keys, idempotency keys, seeds."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from orchestrator.domain.labels import is_page_name
from orchestrator.domain.week import Week
from orchestrator.errors import UsageError

_SCHEDULE_ID = re.compile(r"sched_(\d{8})_(.+)_v([1-9]\d{0,8})", re.ASCII)
_NOT_WORD = re.compile(r"\W+")


@dataclass(frozen=True, order=True)
class ScheduleId:
    """The parts of a schedule id; `str()` gives the id."""

    week: Week
    page_name: str
    version: int

    def __post_init__(self) -> None:
        """Refuse parts that would not read back."""
        if not is_page_name(self.page_name):
            raise UsageError(f"{self.page_name!r} is not a page name")
        if not 1 <= self.version < 10**9:
            raise UsageError(f"version {self.version} is not between 1 and 999999999")

    def __str__(self) -> str:
        """sched_<YYYYMMDD of the Monday>_<page>_v<N>."""
        return f"sched_{self.week.monday:%Y%m%d}_{self.page_name}_v{self.version}"

    @classmethod
    def parse(cls, text: str) -> ScheduleId:
        """The parts of an id; UsageError when it is not one or its date is not a Monday."""
        match = _SCHEDULE_ID.fullmatch(text)
        if match is None or not is_page_name(match[2]):
            raise UsageError(
                f"{text!r} is not a schedule id",
                why="it must read sched_<YYYYMMDD>_<page>_v<N>",
                fix="copy the id from the output of `eros run`",
            )
        try:
            monday = datetime.strptime(match[1], "%Y%m%d").date()
        except ValueError:
            raise UsageError(f"{text!r} is not a schedule id", why=f"{match[1]} is not a date") from None
        return cls(Week(monday), match[2], int(match[3]))


def schedule_id(week: Week, page_name: str, version: int) -> str:
    """The id of version `version` (from 1) of a page's week."""
    return str(ScheduleId(week, page_name, version))


def plan_seed(seed: str, week: Week, page_name: str, version: int) -> str:
    """The seed of one page's week: every version of every week draws anew, and replays alike."""
    return f"{seed}|{week}|{page_name}|v{version}"


def caption_key(text: str) -> str:
    """The identity of a caption's text: 64 hex digits, equal for texts that differ only in case, marks or spacing.

    NFKC, casefold, every run of non-word characters to one blank, strip; a text without any word character (emoji only)
    keeps its stripped original, so that such captions do not all become one. Made at import; SQL only compares it.
    """
    words = _NOT_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()
    return _sha256(words or text.strip())


def assignment_key(schedule_id: str, caption_id: int, send_date: date, send_hour: int) -> str:
    """The idempotency key of one reserved caption; date and hour are local. The SQL of the lock spells it alike."""
    return _sha256(f"{schedule_id}|{caption_id}|{send_date.isoformat()}|{send_hour}")


def request_id(schedule_id: str, assignments: Iterable[tuple[int, date, int]]) -> str:
    """The idempotency key of a lock request over (caption_id, local date, local hour); order does not matter.

    The lock computes it in SQL (sql/macros/locking.jinja); this twin tells an auditor which request made a lock.
    """
    by_time = sorted((day.isoformat(), hour, caption_id) for caption_id, day, hour in assignments)
    parts = [f"{day}|{hour}|{caption_id}" for day, hour, caption_id in by_time]
    return _sha256("|".join([schedule_id, *parts]))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()
