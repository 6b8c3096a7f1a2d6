"""How jobs and their costs turn into the health score; the rest of the check stands in its sidecar's cases.

The local cloud's view of jobs is replaced by rows of the test's own: no test waits a minute or reads terabytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from google.api_core import exceptions

from infra.local.server import LocalCloud
from infra.stacks.log_metrics import HEALTH_ALARMS
from sql import constants, names, sidecar
from tests.conftest import NOW, deployed
from tests.schedules import fire, fired

RUN_TIME = NOW + timedelta(minutes=23)  # 12:23 on 14 January in Los Angeles; that day began at 08:00 UTC
TIB = 1024**4
DAY_BEGAN = datetime.fromisoformat("2026-01-14T08:00:00+00:00")
TABLES = [name.partition("/")[2] for name in names("tables")]


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    with LocalCloud(now=NOW, bootstrap=False) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def dataset(running: Any) -> Iterator[Any]:
    with deployed(running, "health") as warehouse:
        yield warehouse


@pytest.fixture
def healthy(running: Any, dataset: Any) -> Iterator[Any]:
    """The state that the sidecar sets up: nothing to complain about but the jobs."""
    tables = {name: dataset.table(name) for name in TABLES}
    clearing = [f"DELETE FROM {table} WHERE TRUE" for table in tables.values()]
    setup = [statement.format(**tables) for statement in sidecar("scheduled_queries/health_check")["setup"]]
    dataset.rows(";\n".join([*clearing, *setup]))
    view = running._service.engine.view_rows
    of_the_server = view["JOBS"]
    yield dataset
    view["JOBS"] = of_the_server


def job(
    number: int, *, seconds: float = 1, at: datetime = NOW, error: str | None = None, **columns: Any
) -> dict[str, Any]:
    """One finished query of ours, as a row of INFORMATION_SCHEMA.JOBS."""
    return {
        "job_id": f"job{number}",
        "job_type": "QUERY",
        "state": "DONE",
        "statement_type": "SELECT",
        "labels": [{"key": "system", "value": "eros"}],
        "creation_time": at.isoformat(),
        "end_time": (at + timedelta(seconds=seconds)).isoformat(),
        "total_bytes_billed": 0,
        "error_result": {"reason": "invalidQuery", "message": error} if error else None,
        **columns,
    }


def jobs(count: int = 20) -> list[dict[str, Any]]:
    return [job(number) for number in range(count)]


def checked(running: Any, warehouse: Any, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The row that a check writes when these are the project's jobs."""
    running._service.engine.view_rows["JOBS"] = lambda: rows
    fire(warehouse, "health_check", RUN_TIME)
    (row,) = warehouse.rows(f"SELECT score, components FROM {warehouse.table('health_checks')}")
    return dict(row)


def test_nothing_to_complain_about_is_a_hundred(running: Any, healthy: Any) -> None:
    row = checked(running, healthy, jobs())
    assert row["score"] == 100
    assert (row["components"]["jobs"], row["components"]["failed"]) == (20, 0)
    assert row["components"]["latency"] == {"figure": 1, "share": 1, "points": 35}


FAILED = "division by zero"
CONFLICT = "Transaction is aborted due to concurrent update against table p.d.creator_lock"
SERIAL = "Could not serialize access to table p:d.creator_lock due to concurrent update"
VERDICT = "Query error: health_check: hard gates tripped: active_duplicate at [1:1]"


@pytest.mark.parametrize(
    ("rows", "score"),
    [
        # 1 of 20 is 0.05: (0.10 - 0.05) / (0.10 - 0.01) = 5/9, and 40 x 4/9 = 17.78 points are lost
        ([*jobs(19), job(99, error=FAILED)], 82.22),
        # 2 of 20 is the 10 % from which all 40 points are lost
        ([*jobs(18), job(98, error=FAILED), job(99, error=FAILED)], 60),
        # 1 of 100 is the 1 % that costs nothing
        ([*jobs(99), job(99, error=FAILED)], 100),
        # 1 of 4 is judged as 1 of 20
        ([*jobs(3), job(99, error=FAILED)], 82.22),
        # conflict aborts and verdicts of the check itself are no failures
        ([*jobs(), job(99, error=CONFLICT)], 100),
        ([*jobs(), job(99, error=SERIAL)], 100),
        ([*jobs(), job(99, error=VERDICT, labels=[], job_id="scheduled_query_1")], 100),
        # nor are those of other people, of another day, of a job that still runs, or of one statement of a script
        ([*jobs(), job(99, error=FAILED, labels=[{"key": "system", "value": "other"}])], 100),
        ([*jobs(), job(99, error=FAILED, at=RUN_TIME - timedelta(hours=24))], 100),
        ([*jobs(), job(99, error=FAILED, state="RUNNING", end_time=None)], 100),
        ([*jobs(), job(99, error=FAILED, parent_job_id="job1")], 100),
        # a scheduled query has no labels, but a job id that tells: 1 of 20
        ([*jobs(19), job(99, error=FAILED, labels=[], job_id="scheduled_query_1")], 82.22),
        ([*jobs(19), job(99, error=FAILED, job_type="LOAD")], 82.22),
    ],
)
def test_failed_jobs(running: Any, healthy: Any, rows: list[dict[str, Any]], score: float) -> None:
    assert checked(running, healthy, rows)["score"] == pytest.approx(score, abs=0.005)


def test_conflict_aborts_are_counted_apart(running: Any, healthy: Any) -> None:
    parts = checked(running, healthy, [*jobs(), job(98, error=CONFLICT), job(99, error=FAILED)])["components"]
    assert (parts["jobs"], parts["failed"], parts["conflicts"], parts["verdicts"]) == (22, 1, 1, 0)


@pytest.mark.parametrize(
    ("rows", "dollars", "score"),
    [
        # 2 TiB x 6.25 = 12.50: (25 - 12.5) / (25 - 10) = 5/6, and 40 / 6 = 6.67 points are lost
        ([job(99, total_bytes_billed=2 * TIB)], 12.5, 93.33),
        ([job(99, total_bytes_billed=4 * TIB)], 25, 60),
        # 1.6 TiB x 6.25 = 10: within the budget
        ([job(99, total_bytes_billed=16 * TIB // 10)], 10, 100),
        # a script is the sum of its statements, and not paid for once more; other people's jobs are paid for too
        (
            [
                job(98, statement_type="SCRIPT", total_bytes_billed=2 * TIB),
                job(99, parent_job_id="job98", total_bytes_billed=2 * TIB, labels=[]),
            ],
            12.5,
            93.33,
        ),
        # a job without a statement type is no script
        ([job(99, statement_type=None, total_bytes_billed=2 * TIB)], 12.5, 93.33),
        # the day is Los Angeles's, by the end of the job
        (
            [job(99, at=DAY_BEGAN - timedelta(hours=1), seconds=3600, total_bytes_billed=2 * TIB, labels=[])],
            12.5,
            93.33,
        ),
        ([job(99, at=DAY_BEGAN - timedelta(hours=1), seconds=3599, total_bytes_billed=2 * TIB, labels=[])], 0, 100),
        # begun 12:23 + 20:00 = 32:23 hours before the check, ended as the day began
        (
            [job(99, at=DAY_BEGAN - timedelta(hours=20), seconds=20 * 3600, total_bytes_billed=2 * TIB, labels=[])],
            12.5,
            93.33,
        ),
    ],
)
def test_cost_of_the_day(running: Any, healthy: Any, rows: list[dict[str, Any]], dollars: float, score: float) -> None:
    row = checked(running, healthy, [*jobs(), *rows])
    assert row["components"]["cost"]["figure"] == pytest.approx(dollars, abs=1e-6)
    assert row["score"] == pytest.approx(score, abs=0.005)


@pytest.mark.parametrize(
    ("slow", "score"),
    [
        # of 20 jobs the 19th counts (0.95 x 20): one slow job is not enough
        ([job(98, seconds=35)], 100),
        # two are: (60 - 35) / (60 - 10) = 0.5, and 35 / 2 = 17.5 points are lost
        ([job(98, seconds=35), job(99, seconds=35)], 82.5),
        ([job(98, seconds=60), job(99, seconds=600)], 65),
    ],
)
def test_latency(running: Any, healthy: Any, slow: list[dict[str, Any]], score: float) -> None:
    row = checked(running, healthy, [*jobs(20 - len(slow)), *slow])
    assert row["score"] == pytest.approx(score, abs=0.005)


def test_what_fails_or_loads_says_nothing_about_latency(running: Any, healthy: Any) -> None:
    rows = [job(number, seconds=600, error=CONFLICT) for number in range(50, 60)]
    rows += [job(number, seconds=600, job_type="LOAD") for number in range(60, 70)]
    assert checked(running, healthy, [*jobs(), *rows])["score"] == 100


def alarms_of(running: Any, warehouse: Any, rows: list[dict[str, Any]]) -> list[str]:
    """What the statements of a check say that BigQuery's audit log would tell, and a counter there would read."""
    running._service.engine.view_rows["JOBS"] = lambda: rows
    script = fired(warehouse, "health_check", RUN_TIME)
    assert script.error_result is None
    statements = warehouse.client.list_jobs(parent_job=script.job_id)
    said = [one.error_result["message"] for one in statements if one.error_result]
    return sorted(match.group(1) for text in said if (match := re.search(ALARM, text)))


# The regular expression of infra.stacks.log_metrics.
ALARM = re.search(r'"(.*)"', HEALTH_ALARMS.labels["alarm"]).group(1)
OLD_DATA = "UPDATE {mass_messages} SET sending_time = TIMESTAMP '2026-01-12 20:22:59+00' WHERE TRUE"
# 20:23 - 6 h = 14:23: the sweep of 18:13 ought to have ended it
STUCK = "UPDATE {active_caption_assignments} SET scheduled_send_time = TIMESTAMP '2026-01-14 14:22:59+00' WHERE TRUE"


@pytest.mark.parametrize(
    ("breaking", "rows", "alarms"),
    [
        ([], jobs(), []),
        # a second more than the 48 hours that cost nothing
        ([OLD_DATA], jobs(), ["data_freshness"]),
        ([STUCK], jobs(), ["stuck_locks"]),
        # all 40 points of failing jobs: 60
        ([], [*jobs(18), job(98, error=FAILED), job(99, error=FAILED)], ["health_low"]),
        # 100 - 17.78 of one failing job is no alarm
        ([], [*jobs(19), job(99, error=FAILED)], []),
        (
            [OLD_DATA, STUCK],
            [*jobs(18), *(job(n, error=FAILED) for n in (98, 99))],
            ["data_freshness", "health_low", "stuck_locks"],
        ),
    ],
)
def test_contract_health_below_seventy_old_data_and_stuck_locks_raise_alarms_and_the_run_goes_on(
    running: Any, healthy: Any, breaking: list[str], rows: list[dict[str, Any]], alarms: list[str]
) -> None:
    for statement in breaking:
        healthy.rows(statement.format(**{name: healthy.table(name) for name in TABLES}))
    assert alarms_of(running, healthy, rows) == alarms
    (run,) = healthy.rows(f"SELECT status FROM {healthy.table('job_runs')} WHERE job_name = 'health_check'")
    assert run["status"] == "succeeded"


def test_without_a_job_success_and_latency_are_unknown(running: Any, healthy: Any) -> None:
    with pytest.raises(exceptions.BadRequest, match=r"hard gates tripped: missing_input(?!,)"):
        checked(running, healthy, [])
    (row,) = healthy.rows(f"SELECT score, components FROM {healthy.table('health_checks')}")
    assert (row["score"], row["components"]["missing"]) == (0, ["job_success", "latency"])
    assert row["components"]["cost"]["figure"] == 0


def test_losses_add_up_and_end_at_zero(running: Any, healthy: Any) -> None:
    rows = [job(number, seconds=60, total_bytes_billed=4 * TIB) for number in range(17)]
    rows += [job(number, error=FAILED) for number in range(90, 93)]
    healthy.rows(
        f"UPDATE {healthy.table('mass_messages')} SET sending_time = TIMESTAMP '2026-01-05 00:00:00+00' WHERE TRUE"
    )
    row = checked(running, healthy, rows)  # 100 - 40 - 40 - 35 - 35 < 0
    assert row["score"] == 0
    assert [row["components"][part]["share"] for part in ("job_success", "cost", "latency", "data_freshness")] == [
        0
    ] * 4


def test_every_part_alone_can_ask_for_the_way_back() -> None:
    """A score that cannot fall far enough never raises an alarm: the fault of the old formulas."""
    health = constants()["health"]
    assert (health["release_above"], health["roll_back_below"], health["daily_run_stale_hours"]) == (90, 70, 26)
    assert {
        name for name, part in health["parts"].items() if 100 - part["points"] >= health["roll_back_below"]
    } == set()
    assert {name for name, part in health["parts"].items() if part["full"] == part["none"]} == set()


def test_the_limits_of_cost_and_volume_are_the_contract_s() -> None:
    cost = constants()["cost"]
    assert cost["per_tib"] == 6.25
    assert dict(cost["per_day"]) == {"budget": 10, "warning": 15, "urgent": 25, "roll_back": 100}
    assert constants()["health"]["minimum_jobs"] == 20
    assert constants()["health"]["parts"]["job_success"]["none"] == 0.10
    assert constants()["health"]["parts"]["cost"]["full"] == cost["per_day"]["budget"]
