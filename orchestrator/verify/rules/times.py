"""Clock and calendar: the offset of the day, existing times, sending hours, the week."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time

from orchestrator.verify.evidence import LA, Evidence, Finding, Rule, as_text
from orchestrator.verify.rules.files import readable
from orchestrator.verify.sheet import exists_on_clock, parse_send_time
from sql import constants

FIRST = time.fromisoformat(constants()["time"]["first_send_time"])
LAST = time.fromisoformat(constants()["time"]["last_send_time"])
QUIET_HOURS = frozenset(constants()["time"]["quiet_hours"])


def form(evidence: Evidence) -> Iterator[Finding]:
    """A sheet's time is ISO 8601 to the second with its offset."""
    for schedule_id, cell in _cells(evidence):
        if parse_send_time(cell) is None:
            yield Finding("times.form", schedule_id, "a send time is not ISO 8601 with offset", repr(cell))


def exists(evidence: Evidence) -> Iterator[Finding]:
    """A sheet's wall clock time happens on that day: nothing in the hour that spring skips."""
    for schedule_id, cell in _cells(evidence):
        stated = parse_send_time(cell)
        if stated and not exists_on_clock(_on_the_wall(stated)):
            yield Finding("times.exists", schedule_id, "a send time never comes on that day", cell)


def offset(evidence: Evidence) -> Iterator[Finding]:
    """A sheet's offset is the one the zone has at that time, summer or winter."""
    for schedule_id, cell in _cells(evidence):
        stated = parse_send_time(cell)
        if stated is None or not exists_on_clock(_on_the_wall(stated)):
            continue
        either = {_on_the_wall(stated).replace(fold=fold).utcoffset() for fold in (0, 1)}
        if stated.utcoffset() not in either:
            expected = _on_the_wall(stated).isoformat()
            yield Finding(
                "times.offset",
                schedule_id,
                "a send time has an offset that the zone has not then",
                f"{cell}, not {expected}",
            )


def hours(evidence: Evidence) -> Iterator[Finding]:
    """Messages go between 08:00 and 22:59, never in the quiet hours."""
    for schedule, message in evidence.live_messages():
        wall = message.local.time()
        if not FIRST <= wall.replace(second=0, microsecond=0) <= LAST or wall.hour in QUIET_HOURS:
            yield Finding(
                "times.hours",
                schedule.schedule_id,
                "a message lies outside the sending hours",
                as_text(message.send_time),
            )


def in_week(evidence: Evidence) -> Iterator[Finding]:
    """Messages lie in their schedule's local week."""
    dates = set(evidence.week_dates())
    for schedule, message in evidence.live_messages():
        if message.local.date() not in dates:
            yield Finding(
                "times.in_week", schedule.schedule_id, "a message lies outside its week", as_text(message.send_time)
            )


def _cells(evidence: Evidence) -> Iterator[tuple[str, str]]:
    for file, sheet in readable(evidence):
        for row in sheet.values:
            yield file.schedule_id, row["scheduled_send_time"]


def _on_the_wall(stated: datetime) -> datetime:
    """The same clock reading in the business zone, whatever offset was stated."""
    return stated.replace(tzinfo=LA)


RULES = (
    Rule("times.form", form),
    Rule("times.exists", exists),
    Rule("times.offset", offset),
    Rule("times.hours", hours),
    Rule("times.in_week", in_week),
)
