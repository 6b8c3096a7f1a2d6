"""What the scheduled queries cost on the local cloud: estimated by dry runs, and read back from the list of jobs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from infra.dry_runs import Spent
from infra.errors import AccessError, InfraError
from infra.gcloud import dry_runner, spent_last_week
from infra.local.server import LocalCloud
from infra.plan.costs import MINIMUM_BYTES, estimate
from infra.plan.scripts import leaves
from infra.rendered import rendered_schedules
from sql import names
from tests.conftest import NOW, deployed
from tests.plans import catalog

MIB = 1024**2
SCHEDULES = [name.partition("/")[2] for name in names("scheduled_queries")]


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    with LocalCloud(now=NOW, bootstrap=False) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def dataset(running: Any) -> Iterator[Any]:
    with deployed(running, "costs") as warehouse:
        yield warehouse


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_statement_of_every_schedule_can_be_dry_run(dataset: Any, name: str) -> None:
    script = rendered_schedules(dataset.settings)[f"scheduled_queries/{name}"]
    found = leaves(script, {}, catalog(dataset.settings))
    estimated = estimate(found, 1, dry_runner(dataset.client, NOW))
    assert estimated.guessed == 0
    assert estimated.bytes_per_run >= len(found) * MINIMUM_BYTES


def test_a_dry_run_tells_bytes_tables_and_columns(dataset: Any) -> None:
    dataset.rows(f"INSERT INTO {dataset.table('creators')} (page_name, is_active) VALUES ('lily', TRUE)")
    found = dry_runner(dataset.client, NOW)(f"SELECT page_name, @run_time AS `at` FROM {dataset.table('creators')}")
    # a text of four letters is 2 + 4 bytes
    assert found.bytes == 6
    assert found.tables == (dataset.table("creators").strip("`"),)
    assert [(one["name"], one["type"]) for one in found.columns] == [("page_name", "STRING"), ("at", "TIMESTAMP")]


def test_what_bigquery_refuses_is_an_answer(dataset: Any) -> None:
    ask = dry_runner(dataset.client, NOW)
    assert "nothing_like_it" in ask("SELECT nothing_like_it").refusal
    assert "Not found" in ask(f"SELECT 1 AS one FROM `{dataset.settings.dataset}.missing`").refusal


@pytest.mark.parametrize("error", ["Forbidden", "ServiceUnavailable"])
def test_no_answer_is_an_error(error: str) -> None:
    from google.api_core import exceptions

    class Client:
        def query(self, *_: Any, **__: Any) -> Any:
            raise getattr(exceptions, error)("no")

    with pytest.raises(AccessError if error == "Forbidden" else InfraError):
        dry_runner(Client(), NOW)("SELECT 1")


def job(job_id: str, mib: int, *, parent: str | None = None, days_ago: float = 1, **columns: Any) -> dict[str, Any]:
    """A finished job, as a row of INFORMATION_SCHEMA.JOBS."""
    return {
        "job_id": job_id,
        "parent_job_id": parent,
        "state": "DONE",
        "statement_type": "SELECT",
        "creation_time": (NOW - timedelta(days=days_ago)).isoformat(),
        "total_bytes_billed": mib * MIB,
        **columns,
    }


def test_last_week_is_what_each_schedules_runs_were_billed(running: Any, dataset: Any) -> None:
    texts = {name: rendered_schedules(dataset.settings)[f"scheduled_queries/{name}"] for name in SCHEDULES}

    def run(job_id: str, name: str, mib: int, **columns: Any) -> dict[str, Any]:
        return job(job_id, mib, statement_type="SCRIPT", query=texts[name], **columns)

    rows = [
        # a script's own figure is the sum of its statements': 30 + 5, counted once
        run("scheduled_query_1", "health_check", 35),
        job("child_1", 30, parent="scheduled_query_1"),
        job("child_2", 5, parent="scheduled_query_1"),
        run("scheduled_query_2", "health_check", 7, days_ago=6.9),
        job("child_3", 7, parent="scheduled_query_2", days_ago=6.9),
        run("scheduled_query_3", "expired_lock_sweep", 0),
        # older than a week, not of the transfer service, not ours, not finished
        run("scheduled_query_4", "health_check", 100, days_ago=7.1),
        job("child_4", 100, parent="scheduled_query_4", days_ago=7.1),
        run("by_hand", "health_check", 100),
        job("scheduled_query_5", 100, query="SELECT 1"),
        run("scheduled_query_6", "health_check", 100, state="RUNNING"),
    ]
    view = running._service.engine.view_rows
    before, view["JOBS"] = view["JOBS"], lambda: rows
    try:
        found = spent_last_week(dataset.client, dataset.settings, NOW)
    finally:
        view["JOBS"] = before
    # (30 + 5 + 7) MiB in seven days and two runs; the sweep ran once and was billed nothing
    assert found == {"health_check": Spent(42 * MIB / 7, 2 / 7), "expired_lock_sweep": Spent(0.0, 1 / 7)}
