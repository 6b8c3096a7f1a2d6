"""When a scheduled query fires: in UTC, as BigQuery reads its schedule, and in Los Angeles on both sides of DST."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from infra.plan.values import Mark, block
from infra.schedule_times import DEFAULT, ScheduleError, parse_schedule
from sql import constants

_WINTER, _SUMMER = datetime(2026, 1, 14, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC)
"""Two Wednesdays on which clocks stand still in both zones."""
_SHOWN = 6
_WEEK = timedelta(days=7)
_YEAR_FROM, _YEAR = datetime(2024, 1, 1, tzinfo=UTC), timedelta(days=366)


def firing_words(text: Any) -> str:
    """One line: the schedule string, its times in UTC, and the local ones in winter and in summer."""
    if isinstance(text, Mark):
        return str(text)
    try:
        schedule = parse_schedule(str(text or DEFAULT))
        winter, summer = (schedule.times(start, start + timedelta(days=1)) for start in (_WINTER, _SUMMER))
        weekly = len(schedule.times(_WINTER, _WINTER + _WEEK))
    except ScheduleError as error:
        return f"{text} ({error})"
    if not winter or not summer:
        return f"{schedule.text} UTC ({weekly} times a week)"
    zone = ZoneInfo(constants()["time"]["zone"])
    place = zone.key.rpartition("/")[2].replace("_", " ")
    local = (
        _clock([one.astimezone(zone) for one in times], _offset(times[0].astimezone(zone)))
        for times in (winter, summer)
    )
    return f"{_clock(winter, 'UTC')}; {place}: " + ", ".join(f"{one}" for one in _seasons(*local))


def firings_per_day(text: Any, disabled: Any = False) -> float:
    """Firings per day, averaged over a leap year; 0 for a schedule that is disabled or cannot be read."""
    if disabled is True or isinstance(text, Mark):
        return 0.0
    try:
        return len(parse_schedule(str(text or DEFAULT)).times(_YEAR_FROM, _YEAR_FROM + _YEAR)) / _YEAR.days
    except ScheduleError:
        return 0.0


def schedule_words(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterator[str]:
    """What is new about when, whether and as whom it runs; everything, when it is new itself."""
    old, new = before or {}, after or {}
    if before is None or old.get("schedule") != new.get("schedule"):
        if before is not None:
            yield f"fired {old.get('schedule')}: {firing_words(old.get('schedule'))}"
        yield f"fires {new.get('schedule')}: {firing_words(new.get('schedule'))}"
    if bool(old.get("disabled")) != bool(new.get("disabled")):
        yield "switched off: it does not fire until it is resumed" if new.get("disabled") else "switched on"
    if before is None or old.get("service_account_name") != new.get("service_account_name"):
        yield f"runs as {new.get('service_account_name') or 'whoever deploys it'}"
    if before is None or old.get("notification_pubsub_topic") != new.get("notification_pubsub_topic"):
        yield f"tells {new.get('notification_pubsub_topic') or 'nobody'} how each run ended"
    mails = [(block(side.get("email_preferences")) or {}).get("enable_failure_email") for side in (old, new)]
    if bool(mails[0]) != bool(mails[1]):
        yield f"failure e-mails to its owner: {'on' if mails[1] else 'off'}"


def _offset(local: datetime) -> str:
    return f"(UTC{local.isoformat()[-6:]})"


def _clock(times: list[datetime], zone: str) -> str:
    shown = [f"{one:%H:%M}" for one in times]
    if len(shown) > _SHOWN:
        shown = [*shown[:2], "...", shown[-1]]
    return f"{', '.join(shown)} {zone}"


def _seasons(winter: str, summer: str) -> Iterator[str]:
    yield f"in winter {winter}"
    yield f"in summer {summer}"
