"""No run is due on the hour, where BigQuery may start it twice, and runs keep their distance.

The times are computed from the schedule string. Source: cloud.google.com/bigquery/docs/scheduling-queries.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from infra.gate.verdicts import Context, Finding, finding
from infra.plan.model import Change, Plan
from infra.plan.values import Mark, block
from infra.schedule_times import DEFAULT, MINIMUM_MINUTES, ScheduleError, parse_schedule

NAME = "schedule-times"
_TYPE = "google_bigquery_data_transfer_config"
_FROM = datetime(2024, 1, 1, tzinfo=UTC)
_DAYS = 366
"""A leap year: long enough for every calendar to come round."""


def judge(plan: Plan, context: Context) -> Iterator[Finding]:
    """Objections to schedules, disabled ones too: they may be switched on again by one variable."""
    for one in plan.resources:
        if one.type == _TYPE and one.after is not None:
            options = block(one.after.get("schedule_options")) or {}
            text = one.after.get("schedule")
            if text or options.get("disable_auto_scheduling") is not True:
                yield from _judge_text(one, text or DEFAULT)


def _judge_text(change: Change, text: Any) -> Iterator[Finding]:
    fix = "name the minute in its sidecar in sql/scheduled_queries, such as 'every 6 hours from 00:13 to 18:13'"
    if isinstance(text, Mark):
        yield finding(NAME, change, f"its schedule is {text}", fix)
        return
    try:
        schedule = parse_schedule(str(text))
        times = schedule.times(_FROM, _FROM + timedelta(days=_DAYS))
    except ScheduleError as error:
        yield finding(NAME, change, str(error), fix)
        return
    on_the_hour = [one for one in times if one.minute == 0]
    if on_the_hour:
        shown = ", ".join(sorted({f"{one:%H:%M}" for one in on_the_hour})[:4])
        yield finding(NAME, change, f"{text!r} fires on the hour ({shown} UTC), where a run may start twice", fix)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    if gaps and min(gaps) < timedelta(minutes=MINIMUM_MINUTES):
        yield finding(NAME, change, f"{text!r} fires twice within {min(gaps)}", fix)
