"""What is counted from BigQuery's audit log: its own metrics know nothing of a query that failed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sql import constants

RESOURCE = "bigquery_project"
"""The resource of every log entry about a job, and so of every metric counted from them."""
VERDICT = "health_check: hard gates tripped: "
"""How a check that found a gate tripped begins its error (sql/macros/health.jinja): a verdict, not a failure."""
ALARM = "health_check: alarm: "
"""How a statement of the check begins its error, to be seen here while the check itself goes on."""

_JOB = "protoPayload.metadata.jobChange.job"
_DONE = (
    f'resource.type="{RESOURCE}"',
    'log_id("cloudaudit.googleapis.com/data_access")',
    'protoPayload.metadata.jobChange.after="DONE"',
)
# A script counts once: its statements are jobs with a parent.
_WHOLE = f"NOT {_JOB}.jobStats.parentJobName:*"
_SCHEDULED = f'{_JOB}.jobName:"/jobs/scheduled_query_"'
_OURS = f'({_SCHEDULED} OR {_JOB}.jobConfig.labels.system="eros")'
_FAILED = f"{_JOB}.jobStatus.errorResult:*"
_ERROR = f"{_JOB}.jobStatus.errorResult.message"


@dataclass(frozen=True)
class LogMetric:
    """A counter of log entries. `labels` are its labels' extractors by name."""

    name: str
    counts: str
    filter: str
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """Its name in Monitoring's filters."""
        return f"logging.googleapis.com/user/{self.name}"

    def series(self, **labels: str) -> str:
        """Its name in PromQL, narrowed to some labels."""
        wanted = {"monitored_resource": RESOURCE, **labels}
        narrowed = ",".join(f'{name}="{value}"' for name, value in wanted.items())
        return f"logging_googleapis_com:user_{self.name}{{{narrowed}}}"


def _all_of(*clauses: str) -> str:
    return "\nAND ".join(clauses)


def _conflict() -> str:
    return "(" + " OR ".join(f'{_ERROR}:"{text}"' for text in constants()["conflict_aborts"]) + ")"


JOBS = LogMetric("eros_jobs", "jobs of ours that ended", _all_of(*_DONE, _WHOLE, _OURS))
FAILED_JOBS = LogMetric(
    "eros_jobs_failed",
    "jobs of ours that failed, neither for another transaction's sake nor as a verdict on the system's health",
    _all_of(*_DONE, _WHOLE, _OURS, _FAILED, f"NOT {_conflict()}", f'NOT {_ERROR}:"{VERDICT.strip()}"'),
)
CONFLICTS = LogMetric(
    "eros_conflict_aborts",
    "transactions that BigQuery cancelled for another one's sake; the client tries again",
    _all_of(*_DONE, _OURS, _FAILED, _conflict()),
)
SCHEDULED_RUNS = LogMetric(
    "eros_scheduled_runs",
    "scheduled scripts that ended well",
    _all_of(*_DONE, _WHOLE, _SCHEDULED, f"NOT {_FAILED}"),
    {"job": f"REGEXP_EXTRACT({_JOB}.jobConfig.queryConfig.query, \"job_name = '([a-z_]+)'\")"},
)
HEALTH_ALARMS = LogMetric(
    "eros_health_alarms",
    "alarms that the health check raised",
    _all_of(*_DONE, _FAILED, f'{_ERROR}:"{ALARM.strip()}"'),
    {"alarm": f'REGEXP_EXTRACT({_ERROR}, "{ALARM}([a-z_]+)")'},
)
LOG_METRICS = (JOBS, FAILED_JOBS, CONFLICTS, SCHEDULED_RUNS, HEALTH_ALARMS)
