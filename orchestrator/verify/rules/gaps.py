"""Distance between messages, measured between instants, so that neither midnight nor a clock change shortens it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from orchestrator.verify.evidence import LIVE_STATUSES, Evidence, Finding, Rule, Schedule, as_text
from sql import constants


def required_gap(schedule: Schedule) -> timedelta:
    """The account size's minimum gap, longer in a strained zone."""
    size = constants()["account_sizes"][schedule.account_size]
    zone = constants()["zones"][schedule.zone]
    return timedelta(minutes=size["min_gap_minutes"] + zone["extra_gap_minutes"])


def within_week(evidence: Evidence) -> Iterator[Finding]:
    """Any two messages of a page are at least the gap apart, PPV or bump, the same day or across midnight."""
    for schedule in evidence.measurable:
        gap = required_gap(schedule)
        for earlier, later in pairwise(message.send_time for message in evidence.messages_of(schedule)):
            if later - earlier < gap:
                detail = f"{as_text(earlier)} and {as_text(later)}: {later - earlier}, at least {gap}"
                yield Finding("gaps.within_week", schedule.schedule_id, "two messages are too close", detail)


def across_weeks(evidence: Evidence) -> Iterator[Finding]:
    """The gap also holds against the page's live schedules of the weeks before and after."""
    for schedule in evidence.measurable:
        gap = required_gap(schedule)
        own = [message.send_time for message in evidence.messages_of(schedule)]
        for neighbour in evidence.schedules:
            if not _is_neighbour(schedule, neighbour):
                continue
            for other in (message.send_time for message in evidence.messages_of(neighbour)):
                if any(abs(other - mine) < gap for mine in own):
                    detail = f"{neighbour.schedule_id} at {as_text(other)}, gap {gap}"
                    yield Finding(
                        "gaps.across_weeks", schedule.schedule_id, "a message is too close to another week's", detail
                    )


def _is_neighbour(schedule: Schedule, other: Schedule) -> bool:
    return (
        other.page_name == schedule.page_name
        and other.week_start != schedule.week_start
        and other.status in LIVE_STATUSES
    )


RULES = (Rule("gaps.within_week", within_week), Rule("gaps.across_weeks", across_weeks))
