"""One local cloud per test process, one throw-away dataset per test that asks for a warehouse.

With EROS_TARGET=bigquery the same fixtures use a real project instead (EROS_PROJECT_ID names it).
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import hypothesis
import pytest

from orchestrator.warehouse.client import Warehouse
from sql import SqlSettings
from tests.terraform import are_required, skipped_for

# Machines differ; a property is about what holds, not about how fast.
hypothesis.settings.register_profile("eros", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("eros")

# A Wednesday noon in Los Angeles, so that no test depends on the day it runs.
NOW = datetime(2026, 1, 14, 20, 0, tzinfo=UTC)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many tests of the infrastructure could not run here, and why."""
    for reason, count in skipped_for(terminalreporter).items():
        verdict = ", which EROS_REQUIRE_TERRAFORM=1 does not allow" if are_required() else ""
        terminalreporter.write_line(f"{count} infrastructure tests skipped: {reason}{verdict}")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that had to have terraform and did not use it."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if are_required() and reporter is not None and skipped_for(reporter) and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@dataclass(frozen=True)
class TestWarehouse:
    """A deployed, throw-away dataset with the real client and the orchestrator's own warehouse on top."""

    __test__ = False
    client: Any
    settings: SqlSettings
    url: str | None

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.client, self.settings)

    def table(self, name: str) -> str:
        return f"`{self.settings.project}.{self.settings.dataset}.{name}`"

    def rows(self, text: str, **values: Any) -> list[dict[str, Any]]:
        """Run ad-hoc SQL; `{name}` is replaced by the qualified table or routine, values are scalar parameters."""
        from google.cloud import bigquery

        kinds = {str: "STRING", int: "INT64", float: "FLOAT64", bool: "BOOL", datetime: "TIMESTAMP"}
        parameters = [bigquery.ScalarQueryParameter(k, kinds[type(v)], v) for k, v in values.items()]
        config = bigquery.QueryJobConfig(query_parameters=parameters)
        return [dict(row.items()) for row in self.client.query(text, job_config=config).result()]

    def insert(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Append JSON-ready rows with a load job."""
        from google.cloud import bigquery

        target = f"{self.settings.project}.{self.settings.dataset}.{table}"
        config = bigquery.LoadJobConfig(schema=self.client.get_table(target).schema, write_disposition="WRITE_APPEND")
        self.client.load_table_from_json(rows, target, job_config=config).result()


@pytest.fixture(scope="session")
def cloud() -> Iterator[Any]:
    """The process's local cloud without any dataset, or None when the tests run against BigQuery."""
    if os.environ.get("EROS_TARGET") == "bigquery":
        yield None
        return
    from infra.local.server import LocalCloud

    with LocalCloud(now=NOW, bootstrap=False) as running:
        yield running


@pytest.fixture(scope="session")
def make_warehouse(cloud: Any) -> Callable[..., Any]:
    """A context manager that deploys all SQL to a new dataset and removes it afterwards."""
    return lambda prefix="eros_test": deployed(cloud, prefix)


@pytest.fixture
def warehouse(make_warehouse: Callable[..., Any]) -> Iterator[TestWarehouse]:
    """A dataset of the test's own with every object deployed through the real client."""
    with make_warehouse() as ready:
        yield ready


@pytest.fixture(scope="module")
def shared_warehouse(make_warehouse: Callable[..., Any]) -> Iterator[TestWarehouse]:
    """One deployed dataset for a whole module: for tests that only read, or that use pages of their own."""
    with make_warehouse() as ready:
        yield ready


@contextmanager
def deployed(cloud: Any, prefix: str) -> Iterator[TestWarehouse]:
    from infra.gcloud import apply_sql, make_client

    project = os.environ.get("EROS_PROJECT_ID", SqlSettings.project)
    settings = SqlSettings(project=project, dataset=f"{prefix}_{uuid.uuid4().hex[:12]}")
    url = cloud.url if cloud else None
    client = make_client(settings, url=url)
    try:
        apply_sql(client, settings)
        yield TestWarehouse(client, settings, url)
    finally:
        client.delete_dataset(settings.dataset, delete_contents=True, not_found_ok=True)
        client.close()
