"""Instants: many ways to write a date and a time, one UTC text out; what has two readings is refused with both.

An offset, "Z", " UTC", "GMT", an IANA zone or a name of the business zone (PT, PST, PDT) is obeyed. A time without any
is UTC: the old export wrote BigQuery's UTC wall clock bare. Digits beyond the microsecond are cut.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

from orchestrator.domain import constants
from orchestrator.importers.values.plain import NOTHING, BadValue, plain, shown

EARLIEST_YEAR = 2000
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip

_PLAIN_UTC = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?", re.ASCII)
_BARE_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_WEEKDAY = r"(?:(?P<weekday>[A-Za-z]{3,9})\.?,?\s+)?"
_FORMS = tuple(
    re.compile(form, re.ASCII)
    for form in (
        r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?!\d)",
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?=T)",
        r"(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second>\d{1,2})(?P=mark)(?P<year>\d{4}|\d\d)(?!\d)",
        _WEEKDAY + r"(?P<name>[A-Za-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})(?!\d)",
        _WEEKDAY + r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s-](?P<name>[A-Za-z]{3,9})\.?,?[\s-](?P<year>\d{4})(?!\d)",
    )
)
_CLOCK = re.compile(
    r"(?:\s*T\s*|,?\s+(?:at\s+)?)(?P<hour>\d{1,2}):?(?P<minute>\d\d)?"
    r"(?::?(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,12}))?)?(?:\s*(?P<half>[AaPp])\.?[Mm]\b\.?)?",
    re.ASCII,
)
_OFFSET = re.compile(r"(?:UTC|GMT)?(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?", re.ASCII | re.IGNORECASE)
_REMARK = re.compile(r"\s*\([A-Za-z .]*\)$")
_UTC_NAMES = frozenset({"", "Z", "UTC", "GMT", "ETC/UTC"})
_BUSINESS_NAMES = frozenset({"PT", "PST", "PDT", "PACIFIC", "PACIFIC TIME"})


def instant(value: str) -> str:
    """A date and time as UTC text that sorts like time. Raises BadValue for what is no instant, or could be two."""
    if _PLAIN_UTC.fullmatch(value):
        return utc_text(_checked(value, lambda: datetime.fromisoformat(value[:19]).replace(tzinfo=UTC)))
    text = plain(value)
    if _BARE_NUMBER.fullmatch(text):
        raise BadValue(
            f"{shown(value)} is a bare number, which may count seconds, milliseconds or a spreadsheet's days: "
            "write the date and time out"
        )
    found = next(filter(None, (form.match(text) for form in _FORMS)), None)
    if found is None:
        raise BadValue(f"{shown(value)} is not a date and time this import knows, such as 2026-01-31T15:04:05Z")
    clock = _CLOCK.match(text, found.end())
    if clock is None or (clock["minute"] is None and clock["half"] is None):
        raise BadValue(f"{shown(value)} has no time of day")
    local = _checked(value, lambda: datetime.combine(_day(value, found), datetime.min.time()) + _since_midnight(clock))
    zone = _REMARK.sub("", text[clock.end() :]).strip()
    return utc_text(_checked(value, lambda: _in_zone(value, local, zone)))


def optional_instant(value: str) -> str | None:
    """An instant that may be missing."""
    return None if value in NOTHING else instant(value)


def utc_text(moment: datetime) -> str:
    """An instant of UTC as text that sorts like time."""
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _checked(value: str, make: Callable[[], datetime]) -> datetime:
    """What `make` gives, refused when there is no such date or time, or when it is before the business began."""
    try:
        moment = make()
    except BadValue:
        raise
    except (ValueError, OverflowError):
        raise BadValue(f"{shown(value)} is no date and time of the calendar") from None
    if moment.year < EARLIEST_YEAR:
        raise BadValue(f"{shown(value)} is before the year {EARLIEST_YEAR}")
    return moment


def _day(value: str, found: re.Match[str]) -> date:
    parts = found.groupdict()
    if "first" in parts:
        return _day_of_two_numbers(value, int(parts["first"]), int(parts["second"]), parts["year"])
    month = _place(MONTHS, parts["name"]) + 1 if "name" in parts else int(parts["month"])
    if month == 0:
        raise BadValue(f"{shown(value)} names no month")
    day = date(int(parts["year"]), month, int(parts["day"]))
    weekday = parts.get("weekday")
    if weekday and _place(DAYS, weekday) != day.weekday():
        raise BadValue(f"{shown(value)} contradicts itself: {day} is a {DAYS[day.weekday()].capitalize()}")
    return day


def _day_of_two_numbers(value: str, first: int, second: int, year: str) -> date:
    """Day and month in an order that only a number above 12 settles."""
    if len(year) == 2:
        raise BadValue(f"{shown(value)} has a year of two digits")
    if first > 12 or first == second:
        return date(int(year), second, first)
    if second > 12:
        return date(int(year), first, second)
    names = [f"{MONTHS[month - 1].capitalize()} {day}" for month, day in ((first, second), (second, first))]
    raise BadValue(f"{shown(value)} has two readings, {names[0]} or {names[1]}: write it as {year}-MM-DD")


def _place(names: tuple[str, ...], given: str) -> int:
    """Where a name stands, whole or cut to at least three letters; -1 when it is none of them."""
    lowered = given.lower()
    return next((place for place, name in enumerate(names) if name.startswith(lowered)), -1)


def _since_midnight(clock: re.Match[str]) -> timedelta:
    hour, minute, second = (int(clock[part] or 0) for part in ("hour", "minute", "second"))
    if clock["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("not an hour of a twelve-hour clock")
        hour = hour % 12 + (12 if clock["half"] in "Pp" else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError("not a time of day")
    microsecond = int((clock["fraction"] or "0")[:6].ljust(6, "0"))
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=microsecond)


def _in_zone(value: str, local: datetime, zone: str) -> datetime:
    if zone.upper() in _UTC_NAMES:
        return local.replace(tzinfo=UTC)
    offset = _OFFSET.fullmatch(zone)
    if offset:
        hours, minutes = int(offset["hours"]), int(offset["minutes"] or 0)
        if hours > 14 or minutes > 59:
            raise BadValue(f"{shown(value)} has an offset that no clock on earth has")
        east = timedelta(hours=hours, minutes=minutes) * (-1 if offset["sign"] == "-" else 1)
        return local.replace(tzinfo=timezone(east)).astimezone(UTC)
    name = constants().sending.zone_name if zone.upper() in _BUSINESS_NAMES else zone
    clocks = _clocks_of(name) if "/" in name else None
    if clocks is None:
        raise BadValue(f"{shown(value)} ends in {shown(zone)}, which names no zone: write UTC or an offset")
    return _on_clocks(value, local, clocks, zone.upper() if zone.upper() in ("PST", "PDT") else "")


def _on_clocks(value: str, local: datetime, clocks: ZoneInfo, abbreviation: str) -> datetime:
    """The instant at which these clocks show `local` (and, if given, call their time by that abbreviation)."""
    shows: dict[datetime, str] = {}
    for fold in (0, 1):
        aware = local.replace(tzinfo=clocks, fold=fold)
        moment = aware.astimezone(UTC)
        if moment.astimezone(clocks).replace(tzinfo=None) == local:
            shows[moment] = str(aware.tzname())
    if not shows:
        raise BadValue(f"{shown(value)} does not exist: the clocks of {clocks.key} skip that time")
    named = [moment for moment, name in shows.items() if abbreviation in ("", name)]
    if not named:
        other = next(iter(shows.values()))
        raise BadValue(
            f"{shown(value)} has two readings: the clocks of {clocks.key} are on {other} then, not on {abbreviation}"
        )
    if len(named) > 1:
        raise BadValue(f"{shown(value)} happens twice on the clocks of {clocks.key}: add the offset")
    return named[0]


@cache
def _clocks_of(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None
