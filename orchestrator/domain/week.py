"""A business week: Monday to Sunday on the wall clock of Los Angeles, instants in UTC.

Local arithmetic goes through zoneinfo, so a week with a change of daylight saving time has 167 or 169 hours and
its messages keep their wall-clock times.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from orchestrator.domain.constants import constants
from orchestrator.errors import UsageError

DAYS_PER_WEEK = 7
YEARS = range(2000, 2101)
"""Years a person may ask for: the weeks around them, and their instants, exist in every calendar that is used."""
# English whatever the process's locale, which strftime and calendar would follow.
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@cache
def business_zone() -> ZoneInfo:
    """The zone in which every business rule about days and hours is meant."""
    return ZoneInfo(constants().sending.zone_name)


def to_local(instant: datetime) -> datetime:
    """The aware instant on the business wall clock, with its offset; a naive datetime is a ValueError."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no UTC offset")
    return instant.astimezone(business_zone())


def to_utc(day: date, clock: time, fold: int = 0) -> datetime:
    """The UTC instant of a local wall-clock time.

    `fold` picks the first (0) or second (1) of two equal wall-clock times when clocks go back. A time that clocks jump
    over does not exist: ValueError.
    """
    local = datetime.combine(day, clock.replace(tzinfo=None), tzinfo=business_zone()).replace(fold=fold)
    instant = local.astimezone(UTC)
    if instant.astimezone(business_zone()).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise ValueError(f"{day} {clock} does not exist in {business_zone().key}: clocks jump over it")
    return instant


@dataclass(frozen=True, order=True)
class Week:
    """Seven local days from a Monday."""

    monday: date

    def __post_init__(self) -> None:
        """Refuse any other weekday: schedule ids and cool-downs count from Mondays."""
        if type(self.monday) is not date:
            raise TypeError(f"a week begins at a date, not at a {type(self.monday).__name__}")
        if self.monday.weekday() != 0:
            nearest = self.monday - timedelta(days=self.monday.weekday())
            raise UsageError(
                f"{self.monday} is not a Monday",
                why=f"it is a {DAY_NAMES[self.monday.weekday()]}, and weeks begin on Monday",
                fix=f"use {nearest} or {nearest + timedelta(days=DAYS_PER_WEEK)}",
            )

    @classmethod
    def parse(cls, text: str) -> Week:
        """The week whose Monday is written YYYY-MM-DD; UsageError for anything else."""
        try:
            monday = datetime.strptime(text, "%Y-%m-%d").date()
        except ValueError:
            raise UsageError(f"{text!r} is not a date", fix="write the week's Monday as YYYY-MM-DD") from None
        if monday.year not in YEARS:
            raise UsageError(f"the week of {text} is out of range", fix=f"use a year from {YEARS[0]} to {YEARS[-1]}")
        return cls(monday)

    @classmethod
    def containing(cls, instant: datetime) -> Week:
        """The week in which the instant's local day lies."""
        day = to_local(instant).date()
        return cls(day - timedelta(days=day.weekday()))

    @property
    def dates(self) -> tuple[date, ...]:
        """The seven local dates, Monday first."""
        return tuple(self.monday + timedelta(days=offset) for offset in range(DAYS_PER_WEEK))

    @property
    def start_utc(self) -> datetime:
        """Monday 00:00 local: the first instant of the week, and the `as_of` of what is planned for it."""
        return to_utc(self.monday, time(0))

    @property
    def end_utc(self) -> datetime:
        """The next Monday 00:00 local: the first instant after the week."""
        return self.next.start_utc

    @property
    def next(self) -> Week:
        """The week after."""
        return Week(self.monday + timedelta(days=DAYS_PER_WEEK))

    @property
    def previous(self) -> Week:
        """The week before."""
        return Week(self.monday - timedelta(days=DAYS_PER_WEEK))

    def contains(self, instant: datetime) -> bool:
        """Whether the instant lies in [start, end)."""
        return self.start_utc <= instant < self.end_utc

    def local(self, instant: datetime) -> datetime:
        """The instant on the business wall clock, with its offset."""
        return to_local(instant)

    def __str__(self) -> str:
        """The Monday as YYYY-MM-DD."""
        return self.monday.isoformat()
