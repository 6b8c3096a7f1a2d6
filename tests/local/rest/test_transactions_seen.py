"""What a client sees of transactions: aborts as 400s that nobody retries, waiting jobs, jobs that end in the middle."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.api_core import exceptions as api
from google.cloud import bigquery

from orchestrator.warehouse.retries import is_conflict_abort
from tests.local.rest.conftest import Call

FOREVER = "LOOP SELECT 1; END LOOP;"


@pytest.fixture
def table(client: Any, dataset: str) -> str:
    client.query_and_wait(f"CREATE TABLE `{dataset}.t` AS SELECT 1 AS k, 0 AS v UNION ALL SELECT 2, 0")
    return f"`{dataset}.t`"


@pytest.fixture
def holder(client: Any, table: str) -> Iterator[Any]:
    """A job that has changed the table in a transaction which it never ends by itself."""
    job = client.query(f"BEGIN TRANSACTION; UPDATE {table} SET v = 1 WHERE k = 1; {FOREVER}", job_retry=None)
    _until(lambda: _aborts(client, f"BEGIN TRANSACTION; DELETE FROM {table} WHERE FALSE; COMMIT TRANSACTION;"))
    yield job
    client.cancel_job(job.job_id)
    with pytest.raises(api.GoogleAPICallError):
        job.result(job_retry=None)


def _until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _aborts(client: Any, sql: str) -> str:
    try:
        client.query(sql, job_retry=None).result(job_retry=None)
    except api.BadRequest as error:
        return str(error)
    return ""


def _rows(client: Any, table: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in client.query_and_wait(f"SELECT k, v FROM {table} ORDER BY k")]


@pytest.mark.covers(
    "transactions",
    "The client library sees an aborted transaction as 400 invalidQuery, which it does not retry",
)
def test_an_abort_is_a_400_that_the_library_does_not_retry(client: Any, holder: Any, table: str) -> None:
    marker = uuid.uuid4().hex
    config = bigquery.QueryJobConfig(labels={"marker": marker})
    sql = f"BEGIN TRANSACTION; UPDATE {table} SET v = 2 WHERE k = 2; COMMIT TRANSACTION;"
    with pytest.raises(api.BadRequest, match="Transaction is aborted due to concurrent update") as caught:
        client.query(sql, job_config=config).result()
    with pytest.raises(api.BadRequest, match="Transaction is aborted due to concurrent update"):
        client.query_and_wait(sql, job_config=config)
    assert is_conflict_abort(caught.value)
    assert caught.value.errors[0]["reason"] == "invalidQuery"
    assert len([job for job in client.list_jobs() if job.labels.get("marker") == marker]) == 2


@pytest.mark.covers("transactions", "A job whose statement waits for a transaction is PENDING, and can be cancelled")
def test_a_waiting_job_is_pending(client: Any, holder: Any, table: str) -> None:
    job = client.query(f"DELETE FROM {table} WHERE TRUE", job_retry=None)
    _until(lambda: client.get_job(job.job_id).state == "PENDING")
    assert job.job_id in [listed.job_id for listed in client.list_jobs(state_filter="pending")]
    client.cancel_job(job.job_id)
    with pytest.raises(api.GoogleAPICallError, match="User requested cancellation"):
        job.result(timeout=20, job_retry=None)
    assert _rows(client, table) == [(1, 0), (2, 0)]


@pytest.mark.covers("transactions", "A cancelled job rolls its transaction back and frees the tables")
def test_a_cancelled_job_rolls_back(client: Any, table: str) -> None:
    job = client.query(f"BEGIN TRANSACTION; UPDATE {table} SET v = 1 WHERE TRUE; {FOREVER}", job_retry=None)
    waiting = client.query(f"UPDATE {table} SET v = v + 5 WHERE k = 2", job_retry=None)
    client.cancel_job(job.job_id)
    with pytest.raises(api.GoogleAPICallError, match="User requested cancellation"):
        job.result(timeout=20, job_retry=None)
    waiting.result(timeout=20, job_retry=None)
    assert _rows(client, table) == [(1, 0), (2, 5)]


@pytest.mark.covers("transactions", "So does a job that runs into its timeout")
def test_a_job_that_times_out_rolls_back(client: Any, table: str) -> None:
    config = bigquery.QueryJobConfig(job_timeout_ms=100)
    sql = f"BEGIN TRANSACTION; DELETE FROM {table} WHERE TRUE; {FOREVER}"
    with pytest.raises(api.GoogleAPICallError, match="timed out"):
        client.query(sql, job_config=config, job_retry=None).result(timeout=20, job_retry=None)
    client.query_and_wait(f"UPDATE {table} SET v = 9 WHERE k = 1")
    assert _rows(client, table) == [(1, 9), (2, 0)]


@pytest.mark.covers("transactions", "Load jobs that append and streamed rows go in beside an open transaction")
def test_appending_beside_a_transaction(client: Any, dataset: str, holder: Any, table: str) -> None:
    target = client.get_table(f"{dataset}.t")
    config = bigquery.LoadJobConfig(schema=target.schema, write_disposition="WRITE_APPEND")
    client.load_table_from_json([{"k": 3, "v": 0}], target, job_config=config).result(timeout=20)
    assert client.insert_rows_json(target, [{"k": 4, "v": 0}]) == []
    assert _rows(client, table) == [(1, 0), (2, 0), (3, 0), (4, 0)]


@pytest.mark.covers("transactions", "A load job that truncates waits, is PENDING, and can be cancelled")
def test_a_truncating_load_waits(client: Any, dataset: str, holder: Any, table: str) -> None:
    target = client.get_table(f"{dataset}.t")
    config = bigquery.LoadJobConfig(schema=target.schema, write_disposition="WRITE_TRUNCATE")
    job = client.load_table_from_json([{"k": 3, "v": 0}], target, job_config=config)
    _until(lambda: client.get_job(job.job_id).state == "PENDING")
    client.cancel_job(job.job_id)
    with pytest.raises(api.GoogleAPICallError, match="User requested cancellation"):
        job.result(timeout=20)
    assert _rows(client, table) == [(1, 0), (2, 0)]


@pytest.mark.covers("transactions", "A control statement alone in a job is 400 invalidQuery")
def test_a_control_statement_alone(call: Call) -> None:
    status, body = call("POST", "/queries", {"query": "BEGIN TRANSACTION", "useLegacySql": False})
    assert (status, body["error"]["errors"][0]["reason"]) == (400, "invalidQuery")
    assert body["error"]["message"] == "Transaction control statements are supported only in scripts or sessions"
