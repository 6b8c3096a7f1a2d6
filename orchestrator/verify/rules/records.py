"""The trail: every change of status has an event, every export a log row, a RED week leaves only by an override."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from orchestrator.verify.evidence import (
    EXPORTED_STATUSES,
    STATUSES,
    Evidence,
    ExportEntry,
    Finding,
    Rule,
    Schedule,
    group_by,
)

NEXT = {
    "draft": ("locked", "cancelled", "failed", "superseded"),
    "locked": ("approved", "rejected", "cancelled", "superseded"),
    "approved": ("exported", "rejected", "cancelled", "superseded"),
    "exported": ("sent", "cancelled", "failed", "superseded"),
    "sent": ("settled", "failed"),
}
LEGAL_STEPS = frozenset((before, after) for before, afters in NEXT.items() for after in afters)
OVERRIDE = "override"


def transitions(evidence: Evidence) -> Iterator[Finding]:
    """A status is reached from draft by recorded events, each a legal step.

    Order is taken from the steps themselves: under a frozen clock all events carry one time.
    """
    events = group_by(evidence.events, lambda one: one.schedule_id)
    for schedule in evidence.of_week:
        if schedule.status not in STATUSES:
            continue
        steps = {(one.before, one.after) for one in events.get(schedule.schedule_id, []) if one.before != one.after}
        steps -= {(None, "draft")}
        illegal = sorted(f"{before} to {after}" for before, after in steps - LEGAL_STEPS)
        if illegal:
            yield Finding(
                "records.transitions", schedule.schedule_id, "took steps that are not allowed", ", ".join(illegal)
            )
        elif schedule.status not in _reached(steps):
            detail = ", ".join(sorted(f"{before} to {after}" for before, after in steps)) or "no events"
            yield Finding(
                "records.transitions", schedule.schedule_id, f"is {schedule.status} without the events for it", detail
            )


def _reached(steps: set[tuple[str | None, str | None]]) -> set[str | None]:
    reached: set[str | None] = {"draft"}
    while more := {after for before, after in steps if before in reached} - reached:
        reached |= more
    return reached


def export_log(evidence: Evidence) -> Iterator[Finding]:
    """An exported schedule has a successful log row with its number of messages."""
    for schedule in evidence.of_week:
        if schedule.status not in EXPORTED_STATUSES:
            continue
        entry, count = newest_export(evidence, schedule), len(evidence.messages_of(schedule))
        if entry is None:
            yield Finding(
                "records.export_log", schedule.schedule_id, f"is {schedule.status} without a successful export"
            )
        elif entry.message_count != count:
            detail = f"{entry.message_count}, not {count}"
            yield Finding(
                "records.export_log", schedule.schedule_id, "was exported with another number of messages", detail
            )


def content_hash(evidence: Evidence) -> Iterator[Finding]:
    """The newest successful export's content_hash is the SHA-256 of the file that lies there."""
    for file in evidence.files:
        schedule = evidence.by_id.get(file.schedule_id)
        entry = newest_export(evidence, schedule) if schedule else None
        found = hashlib.sha256(file.data).hexdigest()
        if entry and entry.content_hash != found:
            detail = f"log {entry.content_hash}, file {found}"
            yield Finding("records.content_hash", file.schedule_id, "is not the file that was exported", detail)


def red_withheld(evidence: Evidence) -> Iterator[Finding]:
    """A RED week is not exported, unless somebody's override is among its events."""
    overridden = {one.schedule_id for one in evidence.events if one.action.startswith(OVERRIDE)}
    with_file = {file.schedule_id for file in evidence.files}
    for schedule in evidence.of_week:
        out = schedule.status in EXPORTED_STATUSES or schedule.schedule_id in with_file
        if schedule.zone == "RED" and out and schedule.schedule_id not in overridden:
            yield Finding("records.red_withheld", schedule.schedule_id, "is RED and was exported without an override")


def newest_export(evidence: Evidence, schedule: Schedule) -> ExportEntry | None:
    """The last successful CSV export of a schedule."""
    entries = [
        one
        for one in evidence.exports
        if one.schedule_id == schedule.schedule_id and one.status == "success" and one.export_format == "csv"
    ]
    return max(entries, key=lambda one: one.exported_at, default=None)


RULES = (
    Rule("records.transitions", transitions),
    Rule("records.export_log", export_log),
    Rule("records.content_hash", content_hash),
    Rule("records.red_withheld", red_withheld),
)
