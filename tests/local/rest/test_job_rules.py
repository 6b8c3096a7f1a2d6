"""jobs.insert, list, cancel and their refusals, clause by clause."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from google.api_core import exceptions as api
from google.cloud import bigquery

from tests.conftest import NOW
from tests.local.rest.conftest import PROJECT, Call

FOREVER = "LOOP SELECT 1; END LOOP;"


def _until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# Identity


@pytest.mark.covers(
    "jobs", "A job id is used once: a second job of that id is 409 duplicate, also when the first one failed"
)
@pytest.mark.parametrize("first", ["SELECT 1", "SELECT 1 / 0", "SELEC 1", "SELECT nothing"])
def test_a_job_id_is_used_once(client: Any, call: Call, first: str) -> None:
    job_id = f"once-{uuid.uuid4().hex}"
    job = client.query(first, job_id=job_id, job_retry=None)
    _until(job.done)
    with pytest.raises(api.Conflict, match=f"Already Exists: Job {PROJECT}:US.{job_id}"):
        client.query("SELECT 2", job_id=job_id, job_retry=None)
    configuration = {"query": {"query": "SELECT 2", "useLegacySql": False}}
    status, body = call("POST", "/jobs", {"configuration": configuration, "jobReference": {"jobId": job_id}})
    assert (status, body["error"]["status"]) == (409, "ALREADY_EXISTS")
    assert body["error"]["errors"][0]["reason"] == "duplicate"


@pytest.mark.covers("jobs", "A running job holds its id as well; a dry run takes none")
def test_running_jobs_hold_ids_and_dry_runs_none(client: Any) -> None:
    job_id = f"held-{uuid.uuid4().hex}"
    dry = client.query("SELECT 1", job_id=job_id, job_config=bigquery.QueryJobConfig(dry_run=True), job_retry=None)
    assert dry.state == "DONE"
    job = client.query(FOREVER, job_id=job_id, job_retry=None)
    with pytest.raises(api.Conflict):
        client.query("SELECT 2", job_id=job_id, job_retry=None)
    client.cancel_job(job.job_id)
    _until(job.done)


@pytest.mark.covers("jobs", "Ids hold letters, digits, underscores and dashes, up to 1,024 of them")
def test_ids_are_checked(client: Any) -> None:
    for bad in ("a b", "a.b", "ü", "x" * 1025):
        with pytest.raises(api.BadRequest, match="Invalid job ID"):
            client.query("SELECT 1", job_id=bad, job_retry=None)


@pytest.mark.covers("jobs", "A request with a requestId seen before gives the earlier job instead of a second run")
def test_a_request_id_runs_once(client: Any, call: Call, dataset: str) -> None:
    client.query_and_wait(f"CREATE TABLE `{dataset}.t` (k INT64)")
    insert = {
        "query": f"INSERT INTO `{dataset}.t` (k) VALUES (1)",
        "useLegacySql": False,
        "requestId": uuid.uuid4().hex,
    }
    first, second = (call("POST", "/queries", insert)[1] for _ in range(2))
    assert first["jobReference"] == second["jobReference"]
    assert client.get_table(f"{dataset}.t").num_rows == 1


# Labels


@pytest.mark.covers("jobs", "Labels are checked, given back, listed, and shown in INFORMATION_SCHEMA.JOBS")
def test_labels(client: Any) -> None:
    marker = uuid.uuid4().hex
    labels = {"system": "eros", "marker": marker, "empty": ""}
    job = client.query("SELECT 1", job_config=bigquery.QueryJobConfig(labels=labels), job_retry=None)
    job.result()
    assert client.get_job(job.job_id).labels == labels
    assert [one.job_id for one in client.list_jobs() if one.labels.get("marker") == marker] == [job.job_id]
    rows = client.query_and_wait(
        "SELECT job_id FROM `region-us`.INFORMATION_SCHEMA.JOBS AS j "
        f"WHERE EXISTS (SELECT l.key FROM UNNEST(j.labels) AS l WHERE l.value = '{marker}')"
    )
    assert [row.job_id for row in rows] == [job.job_id]


@pytest.mark.parametrize(
    "labels",
    [{"Upper": "a"}, {"1st": "a"}, {"k": "Upper"}, {"k": "a b"}, {"k" * 64: "a"}, {"k": "v" * 64}, {"": "a"}],
)
@pytest.mark.covers("jobs", "Labels that BigQuery would not take, and more than 64 of them, are 400")
def test_bad_labels_are_refused(client: Any, labels: dict[str, str]) -> None:
    for given in (labels, {f"k{number}": "" for number in range(65)}):
        with pytest.raises(api.BadRequest, match="abel"):
            client.query("SELECT 1", job_config=bigquery.QueryJobConfig(labels=given), job_retry=None)


# Ends


@pytest.mark.covers(
    "jobs", "jobTimeoutMs ends a job as stopped: `Job execution was cancelled: Job timed out after ...`"
)
def test_a_timeout_stops_a_job(client: Any) -> None:
    job = client.query(FOREVER, job_config=bigquery.QueryJobConfig(job_timeout_ms=100), job_retry=None)
    with pytest.raises(api.GoogleAPICallError, match=r"Job execution was cancelled: Job timed out after 0\.1s"):
        job.result(timeout=20, job_retry=None)
    found = client.get_job(job.job_id)
    assert (found.state, found.error_result["reason"]) == ("DONE", "stopped")
    assert timedelta(seconds=0.1) <= found.ended - found.started < timedelta(seconds=20)


@pytest.mark.covers("jobs", "A cancelled job ends as stopped; its results are 499; a finished job stays as it is")
def test_cancel(client: Any, call: Call) -> None:
    job = client.query(FOREVER, job_retry=None)
    assert client.cancel_job(job.job_id).job_id == job.job_id
    _until(job.done)
    assert job.error_result["reason"] == "stopped"
    assert "Job execution was cancelled: User requested cancellation" in job.error_result["message"]
    status, body = call("GET", f"/queries/{job.job_id}")
    assert (status, body["error"]["status"], body["error"]["errors"][0]["reason"]) == (499, "CANCELLED", "stopped")
    finished = client.query("SELECT 7 AS n", job_retry=None)
    finished.result()
    assert client.cancel_job(finished.job_id).state == "DONE"
    assert [row.n for row in client.get_job(finished.job_id).result()] == [7]


@pytest.mark.covers(
    "jobs",
    "A failed job has errorResult and errors with reason, message (with line and column) and location `query`; asking "
    "for its results answers the HTTP status of the reason, with location `q`",
)
@pytest.mark.parametrize(
    ("sql", "reason", "status", "message"),
    [
        ("SELECT\n  nothing", "invalidQuery", 400, "Unrecognized name: nothing at [2:3]"),
        ("SELECT ERROR('no')", "invalidQuery", 400, "no"),
        ("SELECT * FROM {}.missing", "notFound", 404, "Not found: Table"),
        ("CREATE TABLE {}.t (k INT64); CREATE TABLE {}.t (k INT64)", "duplicate", 409, "Already Exists: Table"),
        ("SELECT REGEXP_INSTR('a', 'a')", "notImplemented", 501, "REGEXP_INSTR is not supported by the local cloud"),
    ],
)
def test_errors(call: Call, dataset: str, sql: str, reason: str, status: int, message: str) -> None:
    configuration = {"query": {"query": sql.replace("{}", f"`{dataset}`"), "useLegacySql": False}}
    code, job = call("POST", "/jobs", {"configuration": configuration})
    assert code == 200  # the job exists, although it fails
    job_id = job["jobReference"]["jobId"]
    _until(lambda: call("GET", f"/jobs/{job_id}")[1]["status"]["state"] == "DONE")
    state = call("GET", f"/jobs/{job_id}")[1]["status"]
    assert (state["errorResult"]["reason"], state["errorResult"]["location"]) == (reason, "query")
    assert message in state["errorResult"]["message"]
    assert state["errors"] == [state["errorResult"]]
    for path, body in ((f"/queries/{job_id}", None), ("/queries", configuration["query"])):
        code, answer = call("POST" if body else "GET", path, body)
        assert (code, answer["error"]["code"]) == (status, status)
        detail = answer["error"]["errors"][0]
        assert detail["reason"] == reason and message in detail["message"]
        assert detail.get("location") == ("q" if reason == "invalidQuery" else None)


@pytest.mark.covers("jobs", "maximum_bytes_billed beyond the cap is 400 bytesBilledLimitExceeded, before anything ran")
def test_the_cap_is_a_400(client: Any, call: Call, dataset: str) -> None:
    client.query_and_wait(f"CREATE TABLE `{dataset}.t` AS SELECT 1 AS k")
    sql = f"UPDATE `{dataset}.t` SET k = 2 WHERE TRUE"
    status, body = call("POST", "/queries", {"query": sql, "useLegacySql": False, "maximumBytesBilled": "10485759"})
    assert (status, body["error"]["errors"][0]["reason"]) == (400, "bytesBilledLimitExceeded")
    assert body["error"]["message"] == "Query exceeded limit for bytes billed: 10485759. 10485760 or higher required."
    assert [row.k for row in client.query_and_wait(f"SELECT k FROM `{dataset}.t`")] == [1]


# Lists


@pytest.mark.covers("jobs", "jobs.list filters by state and creation time, takes all_users, and pages")
def test_lists(client: Any) -> None:
    marker = uuid.uuid4().hex
    config = bigquery.QueryJobConfig(labels={"marker": marker})
    done = [client.query("SELECT 1", job_config=config, job_retry=None) for _ in range(3)]
    for job in done:
        job.result()
    running = client.query(FOREVER, job_config=config, job_retry=None)

    def ids(**filters: Any) -> list[str]:
        return [job.job_id for job in client.list_jobs(**filters) if job.labels.get("marker") == marker]

    newest_first = [running.job_id, *(job.job_id for job in reversed(done))]
    assert ids() == ids(all_users=True) == newest_first
    assert ids(state_filter="running") == newest_first[:1]
    assert ids(state_filter="done") == newest_first[1:]
    assert ids(state_filter="pending") == []
    assert ids(min_creation_time=NOW, max_creation_time=NOW) == newest_first
    assert ids(min_creation_time=NOW + timedelta(seconds=1)) == ids(max_creation_time=NOW - timedelta(seconds=1)) == []
    pages = [[job.job_id for job in page] for page in client.list_jobs(page_size=2, max_results=4).pages]
    assert [len(page) for page in pages] == [2, 2] and len({*pages[0], *pages[1]}) == 4
    client.cancel_job(running.job_id)
    _until(running.done)


# Dry runs


@pytest.mark.covers(
    "jobs", "A dry run answers type, schema, bytes and how exact they are; it makes no job and bills nothing"
)
def test_a_dry_run_through_both_doors(client: Any, call: Call, dataset: str) -> None:
    client.query_and_wait(f"CREATE TABLE `{dataset}.t` AS SELECT k FROM UNNEST(GENERATE_ARRAY(1, 10)) AS k")
    query = {"query": f"SELECT k FROM `{dataset}.t`", "useLegacySql": False}
    _, job = call("POST", "/jobs", {"configuration": {"query": query, "dryRun": True}})
    assert "jobId" not in job["jobReference"]
    found = job["statistics"]["query"]
    assert (found["statementType"], found["totalBytesProcessed"], found["totalBytesBilled"]) == ("SELECT", "80", "0")
    assert (found["totalBytesProcessedAccuracy"], found["schema"]["fields"][0]["name"]) == ("PRECISE", "k")
    _, body = call("POST", "/queries", {**query, "dryRun": True})
    assert (body["statementType"], body["totalBytesProcessed"], body["totalBytesBilled"]) == ("SELECT", "80", "0")
    assert "jobId" not in body["jobReference"] and "rows" not in body
    for bad in ({"configuration": {"query": {**query, "query": "SELECT k FROM nowhere.t"}, "dryRun": True}},):
        status, answer = call("POST", "/jobs", bad)
        assert (status, answer["error"]["errors"][0]["reason"]) == (404, "notFound")


@pytest.mark.covers("jobs", "A query's answer tells job, times, statement type, bytes processed and billed")
def test_a_query_answer_tells_its_statistics(call: Call) -> None:
    _, body = call("POST", "/queries", {"query": "SELECT 1 AS n", "useLegacySql": False})
    assert body["statementType"] == "SELECT" and body["queryId"] == body["jobReference"]["jobId"]
    assert (body["totalBytesProcessed"], body["totalBytesBilled"], body["location"]) == ("0", "0", "US")
    assert int(body["creationTime"]) <= int(body["startTime"]) <= int(body["endTime"])
