"""When a scheduled query fires: the schedule strings of BigQuery's transfer service, as instants in UTC.

The format is App Engine's cron text without time zones: "every 6 hours from 00:13 to 18:13", "every 5 minutes",
"every 12 hours synchronized", "every day 09:07", "every mon,fri 13:15", "1st,3rd monday of month 15:30",
"first sunday of quarter 00:00", "1,15 of jan,jul 04:05". Both ends of a window fire. Pure: no clock, no zone but UTC.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

MINIMUM_MINUTES = 5
"""Two runs of one scheduled query are at least this far apart; BigQuery refuses a closer schedule."""

DEFAULT = "every 24 hours"
"""What the service uses when a configuration names no schedule."""

_DAY_MINUTES = 24 * 60
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_ORDINALS = {"1st": 1, "first": 1, "2nd": 2, "second": 2, "3rd": 3, "third": 3, "4th": 4, "fourth": 4}
_ORDINALS |= {"5th": 5, "fifth": 5}
_TIME = r"(\d{1,2}):(\d{2})"
_INTERVAL = re.compile(
    rf"every (\d+) (hours?|minutes?|mins?)(?: (?:(synchronized)|from {_TIME} to {_TIME}))?", re.IGNORECASE
)
_CALENDAR = re.compile(rf"(\S+)(?: ([a-z][a-z,]*?))??(?: of ([a-z][a-z,]*))? {_TIME}", re.IGNORECASE)


class ScheduleError(ValueError):
    """The text is no schedule, or one that BigQuery refuses."""


@dataclass(frozen=True)
class Schedule:
    """A parsed schedule. `minutes_of_day` are the firing times of a day that fires, in minutes since midnight UTC.

    They are empty when only the interval is known ("every 6 hours"): then the instants depend on when the
    configuration was made, and nobody can tell the minute from the text. `interval_minutes` is 0 for a calendar.
    """

    text: str
    interval_minutes: int
    minutes_of_day: tuple[int, ...]
    _fires_on: Callable[[date], bool]

    @property
    def is_anchored(self) -> bool:
        """Whether the text alone says at which instants it fires."""
        return bool(self.minutes_of_day)

    @property
    def minutes(self) -> frozenset[int]:
        """The minutes of the hour at which it fires; empty when the text does not tell."""
        return frozenset(minute % 60 for minute in self.minutes_of_day)

    @property
    def fires_on_the_hour(self) -> bool:
        """Whether a run may be due exactly on the hour, where BigQuery may start it more than once.

        True also when the text does not tell the minute.
        """
        return not self.is_anchored or 0 in self.minutes

    def times(self, start: datetime, end: datetime, *, anchor: datetime | None = None) -> list[datetime]:
        """Every firing in [start, end), in order, in UTC.

        An interval without a window counts from `anchor`, the instant the configuration was made. Raises ScheduleError
        when it has none, ValueError for an instant without an offset.
        """
        return list(self._between(_utc(start), _utc(end), anchor))

    def next_after(self, instant: datetime, *, anchor: datetime | None = None) -> datetime | None:
        """The first firing after `instant`; None when there is none within nine years (29 February, 31 June)."""
        after = _utc(instant) + timedelta(microseconds=1)
        return next(self._between(after, after + timedelta(days=9 * 366), anchor), None)

    def _between(self, start: datetime, end: datetime, anchor: datetime | None) -> Iterator[datetime]:
        if not self.is_anchored:
            yield from self._counted(start, end, anchor)
            return
        # A window past midnight belongs to the day on which it opened.
        day = start.date() - timedelta(days=1)
        while day <= end.date():
            if self._fires_on(day):
                midnight = datetime.combine(day, time(), UTC)
                instants = (midnight + timedelta(minutes=minute) for minute in self.minutes_of_day)
                yield from (instant for instant in instants if start <= instant < end)
            day += timedelta(days=1)

    def _counted(self, start: datetime, end: datetime, anchor: datetime | None) -> Iterator[datetime]:
        if anchor is None:
            raise ScheduleError(f"{self.text!r} alone has no knowable firing times: add from HH:MM to HH:MM")
        step, first = timedelta(minutes=self.interval_minutes), _utc(anchor)
        instant = first + step * max(0, -((first - start) // step))
        while instant < end:
            if instant >= start:
                yield instant
            instant += step


def parse_schedule(text: str) -> Schedule:
    """Read a schedule string. Raises ScheduleError saying what is wrong with it."""
    words = " ".join(text.split())
    found = _INTERVAL.fullmatch(words)
    schedule = _interval(words, found) if found else _calendar(words)
    _refuse_too_close(schedule)
    return schedule


def _interval(text: str, found: re.Match[str]) -> Schedule:
    count, unit, synchronized, *window = found.groups()
    step = int(count) * (60 if unit.lower().startswith("hour") else 1)
    if step == 0:
        raise ScheduleError(f"{text!r}: an interval of nothing")
    if synchronized:
        if _DAY_MINUTES % step:
            raise ScheduleError(f"{text!r}: a synchronized interval must divide 24 hours")
        return Schedule(text, step, tuple(range(0, _DAY_MINUTES, step)), _every_day)
    if window[0] is None:
        return Schedule(text, step, (), _every_day)
    first, last = _minute(text, *window[:2]), _minute(text, *window[2:])
    last += _DAY_MINUTES if last < first else 0
    return Schedule(text, step, tuple(range(first, last + 1, step)), _every_day)


def _calendar(text: str) -> Schedule:
    found = _CALENDAR.fullmatch(text)
    if found is None:
        raise ScheduleError(f"{text!r} is no schedule: write for example 'every 6 hours from 00:13 to 18:13'")
    which, days, months, hour, minute = found.groups()
    in_month = _months(text, months)
    which = which.lower()
    if re.fullmatch(r"\d+(,\d+)*", which) and days is None:
        on_day = _days_of_month(text, which)
    else:
        on_day = _weekdays(text, which, days)
    at = (_minute(text, hour, minute),)
    return Schedule(text, 0, at, lambda day: day.month in in_month and on_day(day))


def _weekdays(text: str, which: str, days: str | None) -> Callable[[date], bool]:
    names = (days or "").lower().split(",")
    weekdays = frozenset(range(7)) if names == ["day"] else frozenset(_position(text, n, _WEEKDAYS) for n in names)
    if which == "every":
        return lambda day: day.weekday() in weekdays
    try:
        ordinals = frozenset(_ORDINALS[word] for word in which.split(","))
    except KeyError as error:
        raise ScheduleError(f"{text!r}: {error.args[0]!r} is no ordinal from 1st to 5th") from None
    if names == ["day"]:
        return lambda day: day.day in ordinals
    return lambda day: day.weekday() in weekdays and (day.day + 6) // 7 in ordinals


def _days_of_month(text: str, which: str) -> Callable[[date], bool]:
    days = frozenset(int(day) for day in which.split(","))
    if not days <= set(range(1, 32)):
        raise ScheduleError(f"{text!r}: a month has the days 1 to 31")
    return lambda day: day.day in days and day.day <= monthrange(day.year, day.month)[1]


def _months(text: str, names: str | None) -> frozenset[int]:
    if names is None or names.lower() == "month":
        return frozenset(range(1, 13))
    if names.lower() == "quarter":
        return frozenset({1, 4, 7, 10})
    return frozenset(_position(text, name, _MONTHS) + 1 for name in names.lower().split(","))


def _position(text: str, name: str, names: tuple[str, ...]) -> int:
    """Where a name or its first three letters stand; tues, thur, sept and the like are names too."""
    found = [index for index, full in enumerate(names) if len(name) >= 3 and full.startswith(name)]
    if len(found) != 1:
        raise ScheduleError(f"{text!r}: {name!r} is no {'day of the week' if names is _WEEKDAYS else 'month'}")
    return found[0]


def _minute(text: str, hour: str, minute: str) -> int:
    if int(hour) > 23 or int(minute) > 59:
        raise ScheduleError(f"{text!r}: {hour}:{minute} is no time of day")
    return int(hour) * 60 + int(minute)


def _refuse_too_close(schedule: Schedule) -> None:
    times = schedule.minutes_of_day
    gaps = [schedule.interval_minutes] if schedule.interval_minutes and len(times) != 1 else []
    if len(times) > 1:
        gaps.append(times[0] + _DAY_MINUTES - times[-1])
    if gaps and min(gaps) < MINIMUM_MINUTES:
        raise ScheduleError(
            f"{schedule.text!r}: runs would be {max(min(gaps), 0)} minutes apart, {MINIMUM_MINUTES} are the least"
        )


def _every_day(day: date) -> bool:
    return True


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs an offset from UTC, {instant.isoformat()} has none")
    return instant.astimezone(UTC)
