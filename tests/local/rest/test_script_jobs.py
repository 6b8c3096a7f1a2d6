"""The statements of a script as jobs of their own: ids, statistics, rows, errors, transactions."""

from __future__ import annotations

import re
import uuid
from itertools import pairwise
from typing import Any

import pytest
from google.api_core import exceptions as api
from google.cloud import bigquery

from tests.local.rest.conftest import Call

LEAST = 10 * 2**20


@pytest.fixture
def table(client: Any, dataset: str) -> str:
    """10 INT64: 80 bytes."""
    client.query_and_wait(f"CREATE TABLE `{dataset}.t` AS SELECT k FROM UNNEST(GENERATE_ARRAY(1, 10)) AS k")
    return f"`{dataset}.t`"


def _run(client: Any, sql: str, **settings: Any) -> Any:
    job = client.query(sql, job_config=bigquery.QueryJobConfig(**settings), job_retry=None)
    try:
        job.result(job_retry=None)
    except api.GoogleAPIError:
        job.reload()  # jobs.insert may have answered before the job failed
        assert job.error_result
    return job


def _children(client: Any, job: Any) -> list[Any]:
    """In the order in which they ran."""
    return list(client.list_jobs(parent_job=job.job_id))[::-1]


@pytest.mark.covers(
    "jobs",
    "Every statement of a script is a child job `script_job_<hex>_<n>`: looked up by id, listed by parentJobId newest "
    "first, with type, bytes, DML counts, labels, parent and the place in the script",
    differs="the children of a script show when it has ended",
)
def test_statements_are_jobs(client: Any, table: str) -> None:
    sql = f"""SELECT k FROM {table} ORDER BY k LIMIT 2;
      UPDATE {table} SET k = 0 WHERE k > 8;
      DECLARED: BEGIN DECLARE n INT64 DEFAULT (SELECT MAX(k) FROM {table}); SELECT n AS most; END;"""
    job = _run(client, sql, labels={"system": "eros"})
    job.reload()
    assert (job.statement_type, job.num_child_jobs, job.total_bytes_billed) == ("SCRIPT", 4, 3 * LEAST)
    children = _children(client, job)
    assert all(re.fullmatch(r"script_job_[0-9a-f]{32}_\d", child.job_id) for child in children)
    assert [(child.statement_type, child.script_statistics.evaluation_kind) for child in children] == [
        ("SELECT", "STATEMENT"),
        ("UPDATE", "STATEMENT"),
        ("SELECT", "EXPRESSION"),
        ("SELECT", "STATEMENT"),
    ]
    assert [child.total_bytes_processed for child in children] == [80, 80, 80, 0]
    assert [child.parent_job_id for child in children] == [job.job_id] * 4
    frames = [child.script_statistics.stack_frames[0] for child in children]
    assert [(frame.start_line, frame.start_column) for frame in frames] == [
        (1, 1),
        (2, 7),
        (3, 23),
        (3, 70 + len(table)),
    ]
    update = client.get_job(children[1].job_id)
    assert (update.num_dml_affected_rows, update.dml_stats.updated_row_count) == (2, 2)
    assert (update.query, update.labels) == (f"UPDATE {table} SET k = 0 WHERE k > 8", {"system": "eros"})
    assert job.created <= update.created <= update.ended <= job.ended
    assert all(one.ended <= following.created for one, following in pairwise(children))
    assert update.referenced_tables[0].table_id == "t"


@pytest.mark.covers("jobs", "The rows of every SELECT of a script can be read from its child job")
def test_every_select_keeps_its_rows(client: Any, table: str) -> None:
    job = _run(client, f"SELECT k FROM {table} ORDER BY k LIMIT 2; SELECT 'x' AS s; DELETE FROM {table} WHERE k = 1;")
    first, second, third = _children(client, job)
    assert [row.k for row in client.get_job(first.job_id).result()] == [1, 2]
    assert [row.s for row in client.get_job(second.job_id).result()] == ["x"]
    assert list(client.get_job(third.job_id).result()) == []
    assert list(job.result()) == []


@pytest.mark.covers(
    "jobs", "A statement that failed is a child job with its error; a handled one does not fail the script"
)
def test_a_failed_statement_is_a_job(client: Any, table: str) -> None:
    failed = _run(client, f"SELECT k FROM {table}; SELECT 1 / 0; SELECT 2;")
    assert [(child.error_result or {}).get("reason") for child in _children(client, failed)] == [None, "invalidQuery"]
    failed.reload()
    assert (failed.num_child_jobs, failed.total_bytes_billed) == (2, LEAST)
    handled = _run(client, "BEGIN SELECT 1 / 0; EXCEPTION WHEN ERROR THEN SELECT 'fine' AS s; END")
    assert [row.s for row in handled.result()] == ["fine"]
    assert "division by zero" in _children(client, handled)[0].error_result["message"]


@pytest.mark.covers("jobs", "Statements of one transaction share a transactionId, also in JOBS.transaction_id")
def test_statements_of_a_transaction_are_marked(client: Any, table: str) -> None:
    job = _run(client, f"SELECT 1; BEGIN TRANSACTION; DELETE FROM {table} WHERE k = 1; SELECT 2; COMMIT TRANSACTION;")
    found = [child.transaction_info for child in _children(client, job)]
    assert found[0] is None and found[1] == found[2] and len(found[1].transaction_id) == 36
    rows = client.query_and_wait(
        "SELECT transaction_id FROM `region-us`.INFORMATION_SCHEMA.JOBS "
        f"WHERE parent_job_id = '{job.job_id}' AND statement_type = 'DELETE'"
    )
    assert [row.transaction_id for row in rows] == [found[1].transaction_id]


@pytest.mark.covers("jobs", "In a procedure the place of a statement names the procedure")
def test_statements_of_a_procedure(client: Any, dataset: str) -> None:
    client.query_and_wait(f"CREATE PROCEDURE `{dataset}.p`() BEGIN\n  SELECT 1 AS a;\nEND")
    (child,) = _children(client, _run(client, f"CALL `{dataset}.p`()"))
    frame = child.script_statistics.stack_frames[0]
    assert (frame.procedure_id, frame.start_line, frame.start_column) == (f"{client.project}.{dataset}.p", 2, 3)


@pytest.mark.covers(
    "jobs", "jobs.list without parentJobId shows no children; of a job that is no script there are none"
)
def test_children_are_listed_by_their_parent_only(client: Any) -> None:
    marker = uuid.uuid4().hex
    script = _run(client, "SELECT 1; SELECT 2;", labels={"marker": marker})
    single = _run(client, "SELECT 3", labels={"marker": marker})
    listed = [job.job_id for job in client.list_jobs() if job.labels.get("marker") == marker]
    assert listed == [single.job_id, script.job_id]
    assert _children(client, single) == []


@pytest.mark.covers("jobs", "INFORMATION_SCHEMA.JOBS has a row for the script and one for each of its statements")
def test_children_are_rows_of_jobs(client: Any, table: str) -> None:
    job = _run(client, f"SELECT k FROM {table}; DELETE FROM {table} WHERE k < 3; SELECT 1 / 0;")
    rows = client.query_and_wait(
        "SELECT job_id, statement_type, total_bytes_billed, error_result.reason AS reason, "
        "dml_statistics.deleted_row_count AS deleted, referenced_tables[SAFE_OFFSET(0)].table_id AS read "
        f"FROM `region-us`.INFORMATION_SCHEMA.JOBS WHERE parent_job_id = '{job.job_id}' ORDER BY job_id"
    )
    assert [tuple(row)[1:] for row in rows] == [
        ("SELECT", LEAST, None, None, "t"),
        ("DELETE", LEAST, None, 2, "t"),
        ("SELECT", 0, "invalidQuery", None, None),
    ]


@pytest.mark.covers("jobs", "The id of a child job is taken as well: 409")
def test_the_id_of_a_child_is_taken(client: Any, call: Call) -> None:
    (first, _) = _children(client, _run(client, "SELECT 1; SELECT 2;"))
    with pytest.raises(api.Conflict, match=f"Already Exists: Job {client.project}:US.{first.job_id}"):
        client.query("SELECT 3", job_id=first.job_id, job_retry=None)
    status, body = call("POST", f"/jobs/{first.job_id}/cancel")
    assert (status, body["job"]["status"]["state"]) == (200, "DONE")
