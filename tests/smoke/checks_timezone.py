"""Gate 5: one clock. Python, SQL and schedules must tell the same Los Angeles time on the days the clocks change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from google.cloud import bigquery

from orchestrator.domain import Week
from orchestrator.domain.week import to_local
from sql import constants
from tests.smoke.checks_builder import LA, in_los_angeles

KNOWN_CHANGES = (date(2025, 11, 2), date(2026, 3, 8))
STEP = timedelta(minutes=30)


def coming_changes(now: datetime) -> list[date]:
    """The days of the year after `now` on which the clocks change, found by looking at every day's offset."""
    noons = [datetime(*(now.date() + timedelta(days=n)).timetuple()[:3], 12, tzinfo=LA) for n in range(366)]
    return [later.date() for earlier, later in pairwise(noons) if earlier.utcoffset() != later.utcoffset()]


def instants_around(day: date) -> list[datetime]:
    """Every half hour from the evening before to the morning after, in UTC."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return [start + STEP * n for n in range(int(timedelta(days=1, hours=16) / STEP))]


def python_findings(instants: Sequence[datetime], local: Callable[[datetime], datetime] = to_local) -> list[str]:
    """The orchestrator's own conversion against zoneinfo, there and back."""
    findings = []
    for instant in instants:
        seen = local(instant)
        if seen.isoformat(timespec="seconds") != in_los_angeles(instant) or seen.astimezone(UTC) != instant:
            findings.append(f"Python: {instant.isoformat()} is {seen.isoformat()}, not {in_los_angeles(instant)}")
    return findings


def sql_findings(gate: Any, instants: Sequence[datetime], zone: str | None = None) -> list[str]:
    """SQL's text, date, hour and weekday of each instant, and the way back, against zoneinfo."""
    config = bigquery.QueryJobConfig(
        query_parameters=[
            bigquery.ArrayQueryParameter("instants", "TIMESTAMP", list(instants)),
            bigquery.ScalarQueryParameter("zone", "STRING", zone or constants()["time"]["zone"]),
        ]
    )
    text = """
        SELECT
          instant,
          FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%S%Ez', instant, @zone) AS local_text,
          DATE(instant, @zone) AS local_date,
          EXTRACT(HOUR FROM instant AT TIME ZONE @zone) AS local_hour,
          EXTRACT(DAYOFWEEK FROM DATE(instant, @zone)) AS weekday,
          TIMESTAMP(DATE(instant, @zone), @zone) AS day_start
        FROM UNNEST(@instants) AS instant
        ORDER BY instant
    """
    findings = []
    rows = list(gate.client.query(text, job_config=config).result())
    if len(rows) != len(instants):
        return [f"SQL: {len(rows)} answers for {len(instants)} instants"]
    for row in rows:
        local = row["instant"].astimezone(LA)
        midnight = local.replace(hour=0, minute=0, fold=0).astimezone(UTC)
        wanted = (in_los_angeles(row["instant"]), local.date(), local.hour, local.isoweekday() % 7 + 1, midnight)
        seen = (row["local_text"], row["local_date"], row["local_hour"], row["weekday"], row["day_start"])
        if seen != wanted:
            findings.append(f"SQL: {row['instant'].isoformat()} is {seen}, not {wanted}")
    return findings


def schedule_findings(gate: Any, week: Week, changes: Sequence[date]) -> list[str]:
    """Messages on the day of the change: view, lock and zoneinfo agree on date, hour and offset, and there are some."""
    rows = gate.rows(
        f"""
        SELECT
          messages.scheduled_send_time,
          messages.scheduled_send_time_local,
          assignments.scheduled_send_date,
          assignments.scheduled_send_hour
        FROM {gate.table("schedule_recommendations_with_messages")} AS messages
        LEFT JOIN {gate.table("active_caption_assignments")} AS assignments
          ON assignments.schedule_id = messages.schedule_id
          AND assignments.caption_id = messages.caption_id
          AND assignments.is_active
        WHERE messages.week_start = CAST(@week AS DATE)
        ORDER BY messages.scheduled_send_time
        """,
        week=str(week),
    )
    findings = []
    for row in rows:
        local = row["scheduled_send_time"].astimezone(LA)
        seen = (row["scheduled_send_time_local"], row["scheduled_send_date"], row["scheduled_send_hour"])
        wanted = (in_los_angeles(row["scheduled_send_time"]), local.date(), local.hour)
        if seen != wanted:
            findings.append(f"schedule: {seen}, not {wanted}")
    days = {row["scheduled_send_time"].astimezone(LA).date() for row in rows}
    return findings + [f"schedule: no message on {day}" for day in changes if day in week.dates and day not in days]
