"""The alert policies as data: what is watched, from which limit on, and what to do. Pure; limits come from sql/.

Monitoring's own traps shape them. A condition on absence ends at 23.5 hours, so a job that has not run is found by
PromQL over a window. An error rate means nothing for three jobs, so it needs a minimum volume. Bytes billed exist only
for the resource `global`. And no metric knows our tables: the health check raises what it finds there as alarms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from infra.stacks.log_metrics import FAILED_JOBS, HEALTH_ALARMS, JOBS, RESOURCE, SCHEDULED_RUNS
from sql import constants

Severity = Literal["CRITICAL", "ERROR", "WARNING"]
HOUR = 3600
_TIB = 1024**4


@dataclass(frozen=True)
class Threshold:
    """A metric's sum or quantile over a window; an incident opens above `above`, held for `seconds`."""

    filter: str
    above: float
    window_seconds: int
    aligner: str = "ALIGN_SUM"
    reducer: str = "REDUCE_SUM"
    group_by: tuple[str, ...] = ()
    seconds: int = 0


@dataclass(frozen=True)
class Query:
    """A PromQL expression; an incident opens while it gives anything."""

    promql: str
    every_seconds: int = 300


@dataclass(frozen=True)
class Alert:
    """One policy. `meaning`, `action` and `command` are its runbook: whoever is woken reads nothing else."""

    name: str
    title: str
    severity: Severity
    condition: Threshold | Query
    meaning: str
    action: str
    command: str

    @property
    def runbook(self) -> str:
        """The policy's documentation, in Markdown."""
        return (
            f"**What it means.** {self.meaning}\n\n**What to do.** {self.action}\n\n**Begin with**\n\n"
            f"```\n{self.command}\n```\n"
        )


@cache
def alerts() -> tuple[Alert, ...]:
    """Every policy, worst first."""
    return (
        _failed_runs(),
        *(_missing_runs(job) for job in constants()["schedules"]),
        _error_ratio(),
        _cost("roll_back", "CRITICAL", "Stop every schedule, then find the query and roll its release back."),
        _cost("urgent", "ERROR", "Find the query that grew today and stop what runs it."),
        _cost("warning", "WARNING", "Find the query that grew before it costs more."),
        _health_low(),
        _stale_data(),
        _stuck_locks(),
        _slow_jobs(),
    )


def _failed_runs() -> Alert:
    return Alert(
        "failed_runs",
        "a scheduled query failed",
        "CRITICAL",
        Threshold(
            'resource.type="bigquery_dts_config" '
            'AND metric.type="bigquerydatatransfer.googleapis.com/transfer_config/completed_runs" '
            'AND metric.labels.completion_state="FAILED"',
            above=0,
            window_seconds=600,
            group_by=("resource.label.config_id",),
        ),
        meaning="A run of a scheduled query ended in an error. When it is health_check, a hard gate tripped: a text "
        "held twice, a fence that went back, a daily update that is too old, or a figure that cannot be had.",
        action="Read the run's error. A failed period is given back, so the next firing tries it again. After a hard "
        "gate, pause the schedules and roll the release back.",
        command="eros-infra schedules list",
    )


@cache
def longest_silence_hours() -> Mapping[str, int]:
    """Hours without a run after which a schedule is missed: two of its periods and one; the daily one has a limit."""
    periods = {job: rule.get("period_hours") for job, rule in constants()["schedules"].items()}
    daily = int(constants()["health"]["daily_run_stale_hours"])
    return {job: daily if hours is None else 2 * int(hours) + 1 for job, hours in periods.items()}


def _missing_runs(job: str) -> Alert:
    hours = longest_silence_hours()[job]
    series = SCHEDULED_RUNS.series(job=job)
    return Alert(
        f"{job}_missing",
        f"{job} has not run for {hours} hours",
        "WARNING" if job == "expired_lock_sweep" else "CRITICAL",
        # A window without a single run has no series at all: that is what the zero is for.
        Query(f"(sum(increase({series}[{hours}h])) or vector(0)) < 1"),
        meaning=f"No run of {job} ended well within {hours} hours. Schedules may be paused (EROS_SCHEDULES_DISABLED), "
        "a quota may be used up, or the runner may have lost a right.",
        action="See whether it is paused and how its last runs ended. Then run it by hand: a period that is done is "
        "not done twice.",
        command=f"eros-infra schedules list\neros-infra schedules run {job}",
    )


def _error_ratio() -> Alert:
    limit, least = constants()["health"]["parts"]["job_success"]["none"], constants()["health"]["minimum_jobs"]
    failed, ended = (f"sum(increase({one.series()}[1h]))" for one in (FAILED_JOBS, JOBS))
    return Alert(
        "error_ratio",
        f"more than {limit:.0%} of jobs fail",
        "CRITICAL",
        Query(f"({failed} / {ended} > {limit:g}) and ({ended} >= {least})"),
        meaning=f"Of at least {least} jobs of ours in the last hour more than {limit:.0%} failed. Transactions that "
        "gave way to another one are not counted: they are tried again.",
        action="Find the error that repeats. If it came with the last release, roll that back.",
        command="eros doctor",
    )


def billed_bytes(dollars: float) -> int:
    """What so many dollars scan on demand, in bytes."""
    return round(dollars / float(constants()["cost"]["per_tib"]) * _TIB)


def _cost(limit: str, severity: Severity, action: str) -> Alert:
    dollars, budget = (constants()["cost"]["per_day"][one] for one in (limit, "budget"))
    return Alert(
        f"cost_{limit}",
        f"queries cost more than ${dollars} in a day",
        severity,
        Threshold(
            'resource.type="global" AND metric.type="bigquery.googleapis.com/query/scanned_bytes_billed"',
            above=billed_bytes(dollars),
            window_seconds=24 * HOUR,
        ),
        meaning=f"The project's queries of the last 24 hours were billed more than ${dollars}; "
        f"the budget is ${budget}. The metric comes minutes late, and counts everybody's.",
        action=action,
        command="eros-infra schedules pause\neros doctor" if limit == "roll_back" else "eros doctor",
    )


def _alarm(name: str, above: int, window_seconds: int) -> Threshold:
    return Threshold(
        f'resource.type="{RESOURCE}" AND metric.type="{HEALTH_ALARMS.type}" AND metric.labels.alarm="{name}"',
        above=above,
        window_seconds=window_seconds,
    )


def _health_low() -> Alert:
    limit = constants()["health"]["roll_back_below"]
    return Alert(
        "health_low",
        f"the health score is below {limit}",
        "CRITICAL",
        # Twice in a row: two hourly checks and ten minutes.
        _alarm("health_low", above=1, window_seconds=2 * HOUR + 600),
        meaning=f"Two checks in a row scored below {limit} of 100. Each part alone can do that: failing jobs, old "
        "data, stuck locks, cost, slow jobs, or too few captions.",
        action="See which part lost the points. If it fell with the last release, roll that back.",
        command="eros doctor",
    )


def _stale_data() -> Alert:
    hours = constants()["health"]["parts"]["data_freshness"]["full"]
    return Alert(
        "data_stale",
        f"the newest message is older than {hours} hours",
        "WARNING",
        _alarm("data_freshness", above=0, window_seconds=HOUR + 600),
        meaning=f"No message sent in the last {hours} hours is in the warehouse: captions are chosen by old figures.",
        action="Import the latest export; the next daily update learns from it.",
        command="eros import exports/",
    )


def _stuck_locks() -> Alert:
    return Alert(
        "locks_stuck",
        "locks stay active after their time",
        "WARNING",
        _alarm("stuck_locks", above=0, window_seconds=HOUR + 600),
        meaning="Captions are still held by messages that were due before the last sweep. The cooldown does not depend "
        "on it, but the sweep does not do its work.",
        action="See how the last sweep ended, and run it by hand.",
        command="eros-infra schedules run expired_lock_sweep",
    )


def _slow_jobs() -> Alert:
    seconds = constants()["alerts"]["slow_job_seconds"]
    return Alert(
        "slow_jobs",
        f"jobs take more than {seconds} seconds",
        "WARNING",
        Threshold(
            'resource.type="bigquery_project" AND metric.type="bigquery.googleapis.com/query/execution_times"',
            above=seconds,
            window_seconds=300,
            aligner="ALIGN_PERCENTILE_95",
            reducer="REDUCE_MAX",
            seconds=600,
        ),
        meaning=f"For ten minutes one query in twenty took more than {seconds} seconds.",
        action="Find the slow query. A long import ends by itself; a routine that grew slow came with a release.",
        command="eros doctor",
    )


def condition_name(alert: Alert) -> str:
    """What an incident shows as its condition."""
    return alert.title[:1].upper() + alert.title[1:]
