"""Locks: what a live schedule will send is reserved, once, completely, under one fence and one request."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator

from orchestrator.verify.evidence import (
    LIVE_STATUSES,
    Assignment,
    Evidence,
    Finding,
    Message,
    Rule,
    Schedule,
    group_by,
)
from orchestrator.verify.rules.cooldown import IGNORED_REASONS

SHA256_HEX = re.compile(r"[0-9a-f]{64}")
# Reasons that end an assignment without giving the caption back: its time has come and gone.
OVER_REASONS = frozenset({"past", "expired"})


def held(evidence: Evidence, schedule: Schedule) -> list[Assignment]:
    """The schedule's assignments that nobody released."""
    return [one for one in evidence.assignments_of(schedule) if one.deactivation_reason not in IGNORED_REASONS]


def coverage(evidence: Evidence) -> Iterator[Finding]:
    """All or nothing: every message has exactly one assignment, and every assignment has its message."""
    for schedule in evidence.live:
        wanted = Counter(_slot(one) for one in evidence.messages_of(schedule))
        found = Counter(_slot(one) for one in held(evidence, schedule))
        for slot in sorted((wanted | found).keys()):
            if wanted[slot] != found[slot]:
                caption_id, day, hour = slot
                message = f"caption {caption_id} has {found[slot]} assignments for {wanted[slot]} messages"
                yield Finding("locks.coverage", schedule.schedule_id, message, f"{day} at {hour}h")


def active(evidence: Evidence) -> Iterator[Finding]:
    """An assignment of a live schedule is active until its time has passed; one that is not says when and why."""
    for schedule in evidence.live:
        for one in held(evidence, schedule):
            ended = one.deactivation_reason in OVER_REASONS and one.send_time <= evidence.now and one.deactivated_at
            if not one.active and not ended:
                detail = f"caption {one.caption_id} for {one.send_date}, reason {one.deactivation_reason}"
                yield Finding("locks.active", schedule.schedule_id, "an assignment was dropped before its time", detail)


def content(evidence: Evidence) -> Iterator[Finding]:
    """Page, time, type, tier and text key of an assignment are those of the message."""
    for schedule in evidence.live:
        messages = {_slot(one): one for one in evidence.messages_of(schedule)}
        for one in held(evidence, schedule):
            message = messages.get(_slot(one))
            if message and (different := _differences(schedule, message, one)):
                detail = f"caption {one.caption_id}: {', '.join(different)}"
                yield Finding("locks.content", schedule.schedule_id, "an assignment differs from its message", detail)


def _differences(schedule: Schedule, message: Message, one: Assignment) -> list[str]:
    expected = {
        "page_name": (one.page_name, schedule.page_name),
        "scheduled_send_time": (one.send_time, message.send_time),
        "message_type": (one.message_type, message.message_type),
        "price_tier": (one.price_tier, message.price_tier),
        "caption_key": (one.caption_key, message.caption_key),
    }
    return [name for name, (seen, wanted) in expected.items() if seen != wanted]


def key(evidence: Evidence) -> Iterator[Finding]:
    """assignment_key is the SHA-256 of schedule, caption, date and hour joined by `|`."""
    for schedule in evidence.of_week:
        for one in evidence.assignments_of(schedule):
            plain = f"{one.schedule_id}|{one.caption_id}|{one.send_date:%Y-%m-%d}|{one.send_hour}"
            if one.assignment_key != hashlib.sha256(plain.encode()).hexdigest():
                yield Finding(
                    "locks.key", schedule.schedule_id, "an assignment has another key", f"{plain}: {one.assignment_key}"
                )


def no_duplicates(evidence: Evidence) -> Iterator[Finding]:
    """No two active assignments share a key, in any schedule."""
    for value, rows in group_by(
        (one for one in evidence.assignments if one.active), lambda one: one.assignment_key
    ).items():
        if len(rows) > 1:
            yield Finding(
                "locks.no_duplicates", rows[0].schedule_id, f"{len(rows)} active assignments have one key", value
            )


def fence(evidence: Evidence) -> Iterator[Finding]:
    """One fence per lock, the page's guard row's: positive, not beyond the row, not another schedule's."""
    taken: dict[tuple[str, int], str] = {}
    for schedule in sorted(evidence.of_week, key=lambda one: (one.page_name, one.version)):
        rows = evidence.assignments_of(schedule)
        if not rows:
            continue
        fences = {schedule.fence, *(one.fence for one in rows)}
        number = next(iter(fences))
        highest = evidence.guard_fences.get(schedule.page_name, 0)
        if len(fences) != 1 or number is None or not 1 <= number <= highest:
            detail = f"{sorted(map(str, fences))}, guard row {highest}"
            yield Finding("locks.fence", schedule.schedule_id, "has no single fence of its page's guard row", detail)
        elif (other := taken.setdefault((schedule.page_name, number), schedule.schedule_id)) != schedule.schedule_id:
            yield Finding("locks.fence", schedule.schedule_id, f"shares fence {number}", other)


def request_id(evidence: Evidence) -> Iterator[Finding]:
    """One request per lock: the SHA-256 of the schedule and the assignments it asked for, sorted."""
    for schedule in evidence.of_week:
        rows = evidence.assignments_of(schedule)
        if not rows:
            continue
        expected = expected_request_id(schedule.schedule_id, evidence.messages_of(schedule))
        found = {schedule.request_id, *(one.request_id for one in rows)}
        if found != {expected}:
            detail = f"{sorted(map(str, found))}, not {expected}"
            yield Finding(
                "locks.request_id", schedule.schedule_id, "has another request id than its assignments give", detail
            )


def expected_request_id(schedule_id: str, messages: list[Message]) -> str:
    """SHA-256 over the schedule and the slots asked for in the order of date, hour and caption, joined like the key."""
    slots = sorted((day, hour, caption_id) for caption_id, day, hour in map(_slot, messages))
    parts = [str(value) for slot in slots for value in slot]
    return hashlib.sha256("|".join([schedule_id, *parts]).encode()).hexdigest()


def released(evidence: Evidence) -> Iterator[Finding]:
    """A schedule that is not live holds nothing: drafts never locked, the others released with their reason."""
    for schedule in evidence.of_week:
        if schedule.status in LIVE_STATUSES:
            continue
        for one in evidence.assignments_of(schedule):
            if one.active or one.deactivation_reason is None or one.deactivated_at is None:
                detail = f"caption {one.caption_id} for {one.send_date}"
                yield Finding(
                    "locks.released", schedule.schedule_id, f"is {schedule.status} and still holds a caption", detail
                )


def _slot(row: Message | Assignment) -> tuple[int, str, int]:
    if isinstance(row, Message):
        return row.caption_id, row.local.date().isoformat(), row.local.hour
    return row.caption_id, row.send_date.isoformat(), row.send_hour


RULES = (
    Rule("locks.coverage", coverage),
    Rule("locks.active", active),
    Rule("locks.content", content),
    Rule("locks.key", key),
    Rule("locks.no_duplicates", no_duplicates),
    Rule("locks.fence", fence),
    Rule("locks.request_id", request_id),
    Rule("locks.released", released),
)
