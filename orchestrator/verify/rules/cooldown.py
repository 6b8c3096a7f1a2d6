"""Seven local days between two uses of a text on a page, counted over everything sent and everything assigned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from orchestrator.verify.evidence import LA, Evidence, Finding, Message, Rule, Schedule, Send, group_by
from sql import constants

DAYS = constants()["cooldown_days"]
IGNORED_REASONS = frozenset(constants()["cooldown_ignores"])


def against_sends(evidence: Evidence) -> Iterator[Finding]:
    """No message of the week is within seven local days of a send of the same text to the same page."""
    sends = group_by(evidence.sends, lambda one: (one.page_name, one.caption_key))
    for schedule, message in evidence.live_messages():
        for send in sends.get((schedule.page_name, message.caption_key), []):
            sent_on = send.sending_time.astimezone(LA).date()
            if _too_close(message, sent_on) and not _is_itself(schedule, message, send):
                detail = f"caption {message.caption_id} on {message.local.date()}, sent on {sent_on}"
                yield Finding("cooldown.against_sends", schedule.schedule_id, "a text comes back too soon", detail)


def against_assignments(evidence: Evidence) -> Iterator[Finding]:
    """Nor of another assignment of it, active or not, unless that one was cancelled, rejected or superseded."""
    held = [one for one in evidence.assignments if one.deactivation_reason not in IGNORED_REASONS]
    by_text = group_by(held, lambda one: (one.page_name, one.caption_key))
    for schedule, message in evidence.live_messages():
        for other in by_text.get((schedule.page_name, message.caption_key), []):
            # Two uses inside one schedule are the business of captions.distinct_key and locks.coverage.
            if other.schedule_id != schedule.schedule_id and _too_close(message, other.send_date):
                detail = (
                    f"caption {message.caption_id} on {message.local.date()}, {other.schedule_id} on {other.send_date}"
                )
                yield Finding(
                    "cooldown.against_assignments", schedule.schedule_id, "a text comes back too soon", detail
                )


def in_sql(evidence: Evidence) -> Iterator[Finding]:
    """The warehouse's own cooldown expression, the one that selector and lock use, counts no conflict either."""
    if evidence.cooldown_conflicts_in_sql:
        count = evidence.cooldown_conflicts_in_sql
        yield Finding(
            "cooldown.in_sql", f"week {evidence.week}", "the shared cooldown expression finds conflicts", str(count)
        )


def _too_close(message: Message, other: date) -> bool:
    return abs((message.local.date() - other).days) < DAYS


def _is_itself(schedule: Schedule, message: Message, send: Send) -> bool:
    """A send of that day, made after the schedule was, is the scheduled message gone out, not an earlier use."""
    same_day = send.sending_time.astimezone(LA).date() == message.local.date()
    return same_day and send.sending_time >= schedule.created_at


RULES = (
    Rule("cooldown.against_sends", against_sends),
    Rule("cooldown.against_assignments", against_assignments),
    Rule("cooldown.in_sql", in_sql),
)
