"""query(), query_and_wait(), jobs and their ends, through the real client."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from decimal import Decimal
from typing import Any

import pytest
from google.api_core import exceptions as api
from google.cloud import bigquery

from tests.conftest import NOW
from tests.local.rest.conftest import Call

SLOW = (
    "SELECT COUNT(*) AS n FROM UNNEST(GENERATE_ARRAY(1, 60000)) AS a, UNNEST(GENERATE_ARRAY(1, 60000)) AS b "
    "WHERE a * b = -1"
)


def scalar(client: Any, sql: str, *parameters: Any) -> Any:
    config = bigquery.QueryJobConfig(query_parameters=list(parameters))
    return next(iter(client.query_and_wait(sql, job_config=config)))[0]


PARAMETERS = [
    ("INT64", -(2**63)),
    ("FLOAT64", 0.1),
    ("FLOAT64", float("inf")),
    ("NUMERIC", Decimal("123.456000001")),
    ("BOOL", False),
    ("STRING", "it's \U0001f600\n\\"),
    ("STRING", ""),
    ("BYTES", b"\x00\xff"),
    ("DATE", date(2026, 3, 8)),
    ("DATETIME", datetime(2026, 3, 8, 2, 30, 0, 5)),
    ("TIME", clock_time(1, 2, 3, 4)),
    ("TIMESTAMP", datetime(2026, 3, 8, 9, 59, 59, 123456, tzinfo=UTC)),
]


@pytest.mark.parametrize(("kind", "value"), PARAMETERS)
@pytest.mark.covers("REST", "Parameters of every scalar type go in by name and come back")
def test_a_scalar_goes_in_as_parameter_and_comes_back(client: Any, kind: str, value: Any) -> None:
    assert scalar(client, "SELECT @p", bigquery.ScalarQueryParameter("p", kind, value)) == value
    assert scalar(client, "SELECT @p", bigquery.ScalarQueryParameter("p", kind, None)) is None


@pytest.mark.parametrize(("kind", "value"), PARAMETERS)
def test_an_array_goes_in_as_parameter_and_comes_back(client: Any, kind: str, value: Any) -> None:
    given = [value, value]
    assert scalar(client, "SELECT @p", bigquery.ArrayQueryParameter("p", kind, given)) == given
    assert scalar(client, "SELECT ARRAY_LENGTH(@p)", bigquery.ArrayQueryParameter("p", kind, [])) == 0


def test_nan_comes_back_as_nan(client: Any) -> None:
    read = scalar(client, "SELECT @p", bigquery.ScalarQueryParameter("p", "FLOAT64", float("nan")))
    assert read != read


@pytest.mark.covers("REST", "Scalars, arrays, structs and arrays of structs go in as parameters and come back")
def test_structs_and_arrays_of_structs(client: Any) -> None:
    one = bigquery.StructQueryParameter(
        "p",
        bigquery.ScalarQueryParameter("name", "STRING", "a"),
        bigquery.ScalarQueryParameter("count", "INT64", None),
        bigquery.ArrayQueryParameter("days", "DATE", [date(2026, 1, 5)]),
    )
    assert scalar(client, "SELECT @p", one) == {"name": "a", "count": None, "days": [date(2026, 1, 5)]}
    kind = bigquery.StructQueryParameterType(
        bigquery.ScalarQueryParameterType("STRING", name="name"),
        bigquery.ScalarQueryParameterType("TIMESTAMP", name="at"),
    )
    rows = [
        bigquery.StructQueryParameter(
            None,
            bigquery.ScalarQueryParameter("name", "STRING", name),
            bigquery.ScalarQueryParameter("at", "TIMESTAMP", NOW),
        )
        for name in ("b", "a")
    ]
    config = bigquery.QueryJobConfig(query_parameters=[bigquery.ArrayQueryParameter("p", kind, rows)])
    read = client.query("SELECT name, `at` FROM UNNEST(@p) ORDER BY name", job_config=config).result()
    assert [tuple(row) for row in read] == [("a", NOW), ("b", NOW)]
    empty = bigquery.QueryJobConfig(query_parameters=[bigquery.ArrayQueryParameter("p", kind, [])])
    assert list(client.query("SELECT name FROM UNNEST(@p)", job_config=empty).result()) == []


@pytest.mark.covers("REST", "Parameters by position")
def test_positional_parameters(client: Any) -> None:
    two = [bigquery.ScalarQueryParameter(None, "INT64", 7), bigquery.ScalarQueryParameter(None, "INT64", 3)]
    assert scalar(client, "SELECT ? - ?", *two) == 4


@pytest.mark.covers("REST", "A result's schema has names, types and modes")
def test_columns_have_names_types_and_modes(client: Any) -> None:
    sql = "SELECT 1 AS n, [STRUCT('a' AS s, TRUE AS b)] AS r, CURRENT_TIMESTAMP() AS `at`"
    rows = client.query(sql).result()
    assert [(f.name, f.field_type, f.mode) for f in rows.schema] == [
        ("n", "INTEGER", "NULLABLE"),
        ("r", "RECORD", "REPEATED"),
        ("at", "TIMESTAMP", "NULLABLE"),
    ]
    assert [(f.name, f.field_type) for f in rows.schema[1].fields] == [("s", "STRING"), ("b", "BOOLEAN")]
    assert [tuple(row) for row in rows] == [(1, [{"s": "a", "b": True}], NOW)]


@pytest.mark.covers("REST", "Results are paged by size, token and start index")
def test_pages(client: Any) -> None:
    sql = "SELECT n FROM UNNEST(GENERATE_ARRAY(1, 25)) AS n ORDER BY n"
    rows = client.query(sql).result(page_size=10)
    assert [len(list(page)) for page in rows.pages] == [10, 10, 5]
    assert rows.total_rows == 25
    assert [row.n for row in client.query_and_wait(sql, page_size=7)] == list(range(1, 26))
    assert [row.n for row in client.query(sql).result(start_index=20)] == [21, 22, 23, 24, 25]
    assert [row.n for row in client.query(sql).result(max_results=3)] == [1, 2, 3]


def test_many_rows_come_in_several_pages_by_themselves(client: Any) -> None:
    sql = "SELECT n, CAST(n AS STRING) AS s FROM UNNEST(GENERATE_ARRAY(1, 30000)) AS n"
    assert sum(row.n for row in client.query_and_wait(sql)) == 30000 * 30001 // 2
    assert sum(1 for _ in client.query(sql).result()) == 30000


@pytest.mark.parametrize(
    ("sql", "kind", "text"),
    [
        ("SELEC 1", api.BadRequest, "Syntax error"),
        ("SELECT nothing", api.BadRequest, "Unrecognized name: nothing"),
        ("SELECT 1 / 0", api.BadRequest, "division by zero"),
        ("SELECT * FROM no_such_dataset.t", api.NotFound, "Not found: "),
        ("RAISE USING MESSAGE = 'stop here'", api.BadRequest, "stop here"),
        ("SELECT @missing", api.BadRequest, "missing"),
    ],
)
def test_errors_reach_the_caller_as_googles_exceptions(client: Any, sql: str, kind: type[Exception], text: str) -> None:
    with pytest.raises(kind, match=text):
        client.query(sql).result()
    with pytest.raises(kind, match=text):
        client.query_and_wait(sql)


def test_a_failed_job_can_be_looked_up(client: Any) -> None:
    job = client.query("SELECT 1 / 0", job_retry=None)
    with pytest.raises(api.BadRequest):
        job.result()
    looked_up = client.get_job(job.job_id)
    assert looked_up.state == "DONE"
    assert looked_up.error_result["reason"] == "invalidQuery"
    assert looked_up.exception() is not None


def test_a_job_tells_its_labels_times_and_statement(client: Any) -> None:
    config = bigquery.QueryJobConfig(labels={"system": "eros", "component": "test"})
    job = client.query("SELECT 1", job_config=config)
    job.result()
    job.reload()
    assert job.labels == {"system": "eros", "component": "test"}
    assert job.statement_type == "SELECT"
    assert job.created == job.started == NOW
    assert timedelta(0) <= job.ended - job.started < timedelta(seconds=5)
    assert (job.total_bytes_processed, job.total_bytes_billed, job.cache_hit) == (0, 0, False)
    with pytest.raises(api.BadRequest, match="Invalid label 'Bad Key'"):
        client.query("SELECT 1", job_config=bigquery.QueryJobConfig(labels={"Bad Key": "x"}))


@pytest.mark.covers("jobs", "DML tells numDmlAffectedRows and dmlStats")
def test_dml_reports_its_rows(client: Any, dataset: str) -> None:
    client.query_and_wait(f"CREATE TABLE `{dataset}.t` (k INT64, v STRING)")
    inserted = client.query(f"INSERT INTO `{dataset}.t` (k, v) VALUES (1, 'a'), (2, 'b')")
    assert list(inserted.result()) == []
    assert inserted.num_dml_affected_rows == 2
    merge = client.query(
        f"MERGE `{dataset}.t` t USING (SELECT 2 AS k, 'c' AS v UNION ALL SELECT 3, 'd') s ON t.k = s.k "
        "WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT (k, v) VALUES (s.k, s.v)"
    )
    merge.result()
    merge.reload()
    stats = merge.dml_stats
    assert (stats.inserted_row_count, stats.updated_row_count, stats.deleted_row_count) == (1, 1, 0)
    assert client.query_and_wait(f"DELETE FROM `{dataset}.t` WHERE k > 1").num_dml_affected_rows == 2


@pytest.mark.covers("jobs", "DDL tells ddlOperationPerformed and its target")
def test_ddl_reports_what_it_did(client: Any, dataset: str) -> None:
    sql = f"CREATE TABLE IF NOT EXISTS `{dataset}.t` (k INT64)"
    first = client.query(sql)
    first.result()
    first.reload()
    assert (first.statement_type, first.ddl_operation_performed) == ("CREATE_TABLE", "CREATE")
    assert first.ddl_target_table.table_id == "t"
    second = client.query(sql)
    second.result()
    second.reload()
    assert second.ddl_operation_performed == "SKIP"


def test_a_scripts_result_is_its_last_select(client: Any) -> None:
    job = client.query("DECLARE x INT64 DEFAULT 2; SELECT x AS first; SET x = x + 1; SELECT x AS second;")
    assert [dict(row.items()) for row in job.result()] == [{"second": 3}]
    job.reload()
    assert job.statement_type == "SCRIPT"


@pytest.mark.covers("REST", "defaultDataset completes names")
def test_default_dataset(client: Any, dataset: str) -> None:
    client.query_and_wait(f"CREATE TABLE `{dataset}.t` AS SELECT 5 AS k")
    config = bigquery.QueryJobConfig(default_dataset=f"{client.project}.{dataset}")
    assert next(iter(client.query_and_wait("SELECT k FROM t", job_config=config))).k == 5


def test_a_dry_run_costs_and_changes_nothing(client: Any, dataset: str) -> None:
    client.query_and_wait(f"CREATE TABLE `{dataset}.t` AS SELECT n AS k FROM UNNEST(GENERATE_ARRAY(1, 100)) AS n")
    dry = bigquery.QueryJobConfig(dry_run=True)
    job = client.query(f"SELECT k FROM `{dataset}.t`", job_config=dry)
    assert job.total_bytes_processed == 800
    assert [field.name for field in job.schema] == ["k"]
    client.query(f"DELETE FROM `{dataset}.t` WHERE TRUE", job_config=dry)
    assert client.get_table(f"{dataset}.t").num_rows == 100
    with pytest.raises(api.BadRequest, match="Unrecognized name"):
        client.query(f"SELECT z FROM `{dataset}.t`", job_config=dry)
    with pytest.raises(api.NotFound):
        client.get_job(job.job_id)


def test_a_bytes_cap_stops_the_query_before_it_runs(client: Any, dataset: str) -> None:
    client.query_and_wait(f"CREATE TABLE `{dataset}.t` AS SELECT 1 AS k")
    tight = bigquery.QueryJobConfig(maximum_bytes_billed=10 * 2**20 - 1)
    sql = f"UPDATE `{dataset}.t` SET k = 2 WHERE k = 1"
    with pytest.raises(api.GoogleAPICallError, match="10485760 or higher required"):
        client.query(sql, job_config=tight).result()
    with pytest.raises(api.BadRequest, match="Query exceeded limit for bytes billed: 10485759"):
        client.query_and_wait(sql, job_config=tight)
    assert scalar(client, f"SELECT k FROM `{dataset}.t`") == 1
    enough = bigquery.QueryJobConfig(maximum_bytes_billed=10 * 2**20)
    assert client.query_and_wait(sql, job_config=enough).num_dml_affected_rows == 1


def test_a_job_id_is_used_once(client: Any) -> None:
    job_id = f"eros-test-{uuid.uuid4().hex}"
    client.query("SELECT 1", job_id=job_id, job_retry=None).result()
    with pytest.raises(api.Conflict, match="Already Exists: Job"):
        client.query("SELECT 2", job_id=job_id, job_retry=None)
    assert next(iter(client.get_job(job_id).result()))[0] == 1


def test_the_same_request_id_does_not_run_twice(call: Call, client: Any, dataset: str) -> None:
    client.query_and_wait(f"CREATE TABLE `{dataset}.t` (k INT64)")
    insert = {
        "query": f"INSERT INTO `{dataset}.t` (k) VALUES (1)",
        "useLegacySql": False,
        "requestId": uuid.uuid4().hex,
    }
    answers = [call("POST", "/queries", insert) for _ in range(2)]
    assert [status for status, _ in answers] == [200, 200]
    assert answers[0][1]["jobReference"] == answers[1][1]["jobReference"]
    assert client.get_table(f"{dataset}.t").num_rows == 1


@pytest.mark.covers("jobs", "A running query keeps nobody waiting and can be cancelled")
def test_a_long_query_blocks_nobody_and_can_be_cancelled(client: Any) -> None:
    job = client.query(SLOW)
    assert scalar(client, "SELECT 1") == 1
    assert client.get_job(job.job_id).state == "RUNNING"  # so the other query did not wait for it
    assert job.cancel()
    with pytest.raises(api.GoogleAPICallError, match="User requested cancellation"):
        job.result(timeout=20, job_retry=None)
    assert client.get_job(job.job_id).error_result["reason"] == "stopped"


def test_a_job_timeout_stops_the_query(client: Any) -> None:
    config = bigquery.QueryJobConfig(job_timeout_ms=200)
    with pytest.raises(api.GoogleAPICallError, match=r"Job timed out after 0\.2s"):
        client.query(SLOW, job_config=config).result(timeout=20, job_retry=None)


@pytest.mark.covers("REST", "A query that takes longer than timeoutMs answers jobComplete false")
def test_a_query_that_takes_longer_than_asked_is_not_complete(call: Call) -> None:
    status, body = call("POST", "/queries", {"query": SLOW, "useLegacySql": False, "timeoutMs": 10})
    job_id = body["jobReference"]["jobId"]
    assert (status, body["jobComplete"]) == (200, False)
    assert "rows" not in body
    status, body = call("GET", f"/queries/{job_id}?timeoutMs=10")
    assert (status, body["jobComplete"]) == (200, False)
    assert call("POST", f"/jobs/{job_id}/cancel")[0] == 200
    status, body = call("GET", f"/queries/{job_id}?timeoutMs=10000")
    assert (status, body["error"]["errors"][0]["reason"]) == (499, "stopped")


def test_jobs_are_listed_newest_first_with_their_state(client: Any) -> None:
    ids = [f"eros-list-{number}-{uuid.uuid4().hex}" for number in range(3)]
    for job_id in ids:
        client.query("SELECT 1", job_id=job_id, job_retry=None).result()
    listed = [job.job_id for job in client.list_jobs(state_filter="done")]
    assert [job_id for job_id in listed if job_id in ids] == ids[::-1]
    assert client.list_jobs(max_results=2).num_results == 0
    assert len(list(client.list_jobs(max_results=2))) == 2


@pytest.mark.covers("jobs", "An unknown job is 404")
def test_an_unknown_job_is_not_found(client: Any) -> None:
    with pytest.raises(api.NotFound, match="Not found: Job"):
        client.get_job("no-such-job")
    with pytest.raises(api.NotFound):
        client.cancel_job("no-such-job")


def test_many_clients_at_once(client: Any, dataset: str) -> None:
    client.query_and_wait(f"CREATE TABLE `{dataset}.t` (k INT64)")
    barrier = threading.Barrier(8)

    def work(number: int) -> int:
        barrier.wait()
        client.query_and_wait(f"INSERT INTO `{dataset}.t` (k) VALUES ({number})")
        return int(scalar(client, "SELECT @p", bigquery.ScalarQueryParameter("p", "INT64", number)))

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(work, range(8))) == list(range(8))
    assert client.get_table(f"{dataset}.t").num_rows == 8


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"use_legacy_sql": True}, "Legacy SQL"),
        ({"destination": "of-scheduler-proj.d.t"}, "configuration.query.destinationTable"),
        ({"create_session": True}, "configuration.query.createSession"),
        ({"allow_large_results": True}, "configuration.query.allowLargeResults"),
        ({"write_disposition": "WRITE_APPEND"}, "configuration.query.writeDisposition"),
        ({"clustering_fields": ["a"]}, "configuration.query.clustering"),
    ],
)
@pytest.mark.covers(
    "REST", "Legacy SQL, destination tables and their dispositions, sessions, large results", refused=True
)
def test_what_is_not_done_is_refused_by_name(client: Any, settings: dict[str, Any], named: str) -> None:
    with pytest.raises(api.MethodNotImplemented, match=f"{named}.* is not supported by the local cloud"):
        client.query("SELECT 1", job_config=bigquery.QueryJobConfig(**settings))


@pytest.mark.covers("REST", "Copy and extract jobs, and load jobs from a bucket", refused=True)
def test_jobs_of_other_kinds_are_refused_by_name(client: Any) -> None:
    with pytest.raises(api.MethodNotImplemented, match="kind copy"):
        client.copy_table("of-scheduler-proj.d.a", "of-scheduler-proj.d.b")
    with pytest.raises(api.MethodNotImplemented, match="kind extract"):
        client.extract_table("of-scheduler-proj.d.a", "gs://bucket/a")
    with pytest.raises(api.MethodNotImplemented, match="kind load"):
        client.load_table_from_uri("gs://bucket/a", "of-scheduler-proj.d.a")
