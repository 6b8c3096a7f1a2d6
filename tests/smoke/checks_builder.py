"""Gate 3: what a planned week must be, judged by the independent checker."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from orchestrator.agents.orchestrator import RunRequest, run_week
from orchestrator.agents.run_report import RunReport
from orchestrator.domain import Week
from orchestrator.verify import verify_week

LA = ZoneInfo("America/Los_Angeles")


def plan(gate: Any, week: Week, out: Path, *, pages: tuple[str, ...], auto_approve: bool = False) -> RunReport:
    """Run the real agents for some pages."""
    return run_week(RunRequest(week=str(week), pages=pages, out=out, auto_approve=auto_approve), gate.warehouse)


def builder_findings(gate: Any, week: Week, out: Path, *, pages: tuple[str, ...]) -> list[str]:
    """Every page has a week that is stored, locked, told in Los Angeles time, and breaks no rule."""
    findings = [str(finding) for finding in verify_week(week.monday, out, gate.warehouse).findings]
    stored = gate.rows(
        f"""
        SELECT schedules.page_name, schedules.status, COUNT(messages.position) AS messages
        FROM {gate.table("schedule_recommendations")} AS schedules
        LEFT JOIN {gate.table("schedule_messages")} AS messages ON messages.schedule_id = schedules.schedule_id
        WHERE schedules.week_start = CAST(@week AS DATE)
        GROUP BY schedules.page_name, schedules.status
        """,
        week=str(week),
    )
    by_page = {row["page_name"]: row for row in stored}
    for page in pages:
        row = by_page.get(page)
        if row is None or row["status"] not in ("locked", "approved", "exported") or not row["messages"]:
            findings.append(f"{page}: stored as {row}")
    return findings + local_time_findings(gate, week)


def local_time_findings(gate: Any, week: Week) -> list[str]:
    """The view tells each message's time on the Los Angeles clock with the offset of that instant."""
    findings = []
    for row in view_times(gate, week):
        expected = row["scheduled_send_time"].astimezone(LA)
        if row["scheduled_send_time_local"] != expected.isoformat(timespec="seconds"):
            findings.append(f"{row['scheduled_send_time_local']} for {expected.isoformat()}")
    return findings


def view_times(gate: Any, week: Week) -> list[dict[str, Any]]:
    """Instant and local text of every message that the view shows for a week."""
    return gate.rows(
        f"""
        SELECT scheduled_send_time, scheduled_send_time_local
        FROM {gate.table("schedule_recommendations_with_messages")}
        WHERE week_start = CAST(@week AS DATE)
        ORDER BY scheduled_send_time
        """,
        week=str(week),
    )


def in_los_angeles(instant: datetime) -> str:
    """The text that every part of the system must give for an instant."""
    return instant.astimezone(LA).isoformat(timespec="seconds")
