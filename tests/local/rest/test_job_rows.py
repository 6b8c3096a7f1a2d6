"""INFORMATION_SCHEMA.JOBS shows the server's own jobs: what ran, how it ended, what it is billed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import bigquery

from infra.local.server import LocalCloud
from sql import SqlSettings
from tests.conftest import NOW

PROJECT = SqlSettings.project
JOBS = f"`{PROJECT}`.`region-us`.INFORMATION_SCHEMA.JOBS"
LEAST = 10 * 1024**2  # bytes: the least that a statement which reads anything is billed


@pytest.fixture(scope="module")
def numbers(client: Any) -> Iterator[str]:
    """A table of 100 INT64, 800 bytes."""
    name = f"jobs_{uuid.uuid4().hex[:12]}"
    client.create_dataset(name)
    client.query(f"CREATE TABLE {name}.n AS SELECT x FROM UNNEST(GENERATE_ARRAY(1, 100)) AS x").result()
    yield f"{name}.n"
    client.delete_dataset(name, delete_contents=True, not_found_ok=True)


def _run(client: Any, text: str, **settings: Any) -> str:
    job_id = f"job-{uuid.uuid4().hex}"
    job = client.query(text, job_config=bigquery.QueryJobConfig(**settings), job_id=job_id, job_retry=None)
    try:
        job.result(job_retry=None)
    except exceptions.GoogleAPIError:
        job.reload()  # jobs.insert may have answered before the job failed
        assert job.error_result
    return job_id


def _row(client: Any, job_id: str, columns: str) -> tuple[Any, ...]:
    (row,) = client.query(f"SELECT {columns} FROM {JOBS} WHERE job_id = '{job_id}'").result()
    return tuple(row.values())


def _children(client: Any, job_id: str, columns: str) -> list[tuple[Any, ...]]:
    found = client.query(f"SELECT {columns} FROM {JOBS} WHERE parent_job_id = '{job_id}' ORDER BY start_time").result()
    return [tuple(row.values()) for row in found]


@pytest.mark.covers(
    "INFORMATION_SCHEMA", "JOBS: type, statement, state, bytes, labels, priority and text of every query"
)
def test_a_query_with_its_labels_and_bytes(client: Any, numbers: str) -> None:
    text = f"SELECT SUM(x) FROM {numbers}"
    job_id = _run(client, text, labels={"system": "eros"}, priority="BATCH")
    assert _row(client, job_id, "job_type, statement_type, state, total_bytes_processed, total_bytes_billed") == (
        "QUERY",
        "SELECT",
        "DONE",
        800,
        LEAST,
    )
    assert _row(client, job_id, "labels, priority, cache_hit, error_result, query, parent_job_id") == (
        [{"key": "system", "value": "eros"}],
        "BATCH",
        False,
        None,
        text,
        None,
    )


@pytest.mark.covers("INFORMATION_SCHEMA", "JOBS: times are those of jobs.get")
def test_times_are_the_job_s_own(client: Any, numbers: str) -> None:
    job_id = _run(client, f"SELECT COUNT(x) FROM {numbers}")
    job = client.get_job(job_id)
    assert (job.created, job.started) == (NOW, NOW)
    created, started, took = _row(
        client, job_id, "creation_time, start_time, TIMESTAMP_DIFF(end_time, start_time, MICROSECOND)"
    )
    assert (created, started) == (NOW, NOW)
    assert round(took / 1000) == round((job.ended - job.started).total_seconds() * 1000)
    assert took > 0


def test_the_query_that_looks_is_running(client: Any) -> None:
    (row,) = client.query(
        f"SELECT state, end_time, statement_type, total_bytes_billed FROM {JOBS} WHERE state != 'DONE'"
    ).result()
    assert tuple(row.values()) == ("RUNNING", None, None, None)


def test_a_script_and_its_statements_are_rows_of_their_own(client: Any, numbers: str) -> None:
    job_id = _run(client, f"SELECT SUM(x) FROM {numbers}; SELECT 1; SELECT MAX(x) FROM {numbers}")
    assert _row(client, job_id, "statement_type, total_bytes_processed, total_bytes_billed, cache_hit") == (
        "SCRIPT",
        1600,
        2 * LEAST,
        None,
    )
    assert _children(client, job_id, "statement_type, state, total_bytes_processed, total_bytes_billed") == [
        ("SELECT", "DONE", 800, LEAST),
        ("SELECT", "DONE", 0, 0),
        ("SELECT", "DONE", 800, LEAST),
    ]
    assert client.get_job(job_id).total_bytes_billed == 2 * LEAST


@pytest.mark.covers(
    "INFORMATION_SCHEMA", "JOBS: a script and its statements are rows of their own; a sum leaves the scripts out"
)
def test_summing_without_the_scripts_counts_every_statement_once(client: Any, numbers: str) -> None:
    _run(client, f"SELECT SUM(x) FROM {numbers}; SELECT MAX(x) FROM {numbers}", labels={"sum": "once"})
    _run(client, f"SELECT MIN(x) FROM {numbers}", labels={"sum": "once"})
    (row,) = client.query(
        "SELECT SUM(total_bytes_billed) AS twice, "
        "SUM(IF(statement_type IS DISTINCT FROM 'SCRIPT', total_bytes_billed, 0)) AS once "
        f"FROM {JOBS} WHERE EXISTS (SELECT label.key FROM UNNEST(labels) AS label WHERE label.key = 'sum')"
    ).result()
    assert (row["twice"], row["once"]) == (5 * LEAST, 3 * LEAST)


def test_a_script_that_fails_is_billed_for_what_it_finished(client: Any, numbers: str) -> None:
    first = f"SELECT SUM(x) FROM {numbers};"
    job_id = _run(client, f"{first} RAISE USING MESSAGE = 'enough'; SELECT 1")
    assert _row(
        client, job_id, "state, statement_type, error_result.reason, error_result.message, total_bytes_billed"
    ) == (
        "DONE",
        "SCRIPT",
        "invalidQuery",
        f"Query error: enough at [1:{len(first) + 2}]",
        LEAST,
    )
    assert _children(client, job_id, "total_bytes_billed") == [(LEAST,)]


def test_a_query_that_fails_is_billed_nothing(client: Any, numbers: str) -> None:
    job_id = _run(client, f"SELECT 1 / (x - x) FROM {numbers}")
    assert _row(client, job_id, "error_result.reason, total_bytes_billed") == ("invalidQuery", 0)


@pytest.mark.covers("INFORMATION_SCHEMA", "JOBS: a load job is a row of type LOAD without a statement")
def test_a_load_job_has_no_statement(client: Any, numbers: str) -> None:
    config = bigquery.LoadJobConfig(schema=[bigquery.SchemaField("x", "INT64")], write_disposition="WRITE_APPEND")
    loaded = client.load_table_from_json([{"x": 1}], f"{PROJECT}.{numbers}", job_config=config)
    loaded.result()
    assert _row(client, loaded.job_id, "job_type, statement_type, state, total_bytes_billed, query") == (
        "LOAD",
        None,
        "DONE",
        None,
        None,
    )


@pytest.mark.covers("INFORMATION_SCHEMA", "JOBS of another region is not found")
def test_the_region_is_the_server_s(client: Any) -> None:
    with LocalCloud(now=NOW, bootstrap=False, settings=SqlSettings(location="EU")) as cloud:
        from infra.gcloud import make_client

        european = make_client(SqlSettings(location="EU"), url=cloud.url)
        view = "`region-{}`.INFORMATION_SCHEMA.JOBS"
        assert len(list(european.query(f"SELECT job_id FROM {view.format('eu')}").result())) == 1
        with pytest.raises(exceptions.NotFound, match="region-us"):
            european.query(f"SELECT job_id FROM {view.format('us')}").result()
        european.close()
    with pytest.raises(exceptions.NotFound, match="region-eu"):
        client.query(f"SELECT job_id FROM {view.format('eu')}").result()
