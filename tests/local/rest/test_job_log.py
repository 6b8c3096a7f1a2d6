"""What a server tells of the jobs of the one before it, clause by clause."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions as api
from google.cloud import bigquery

from infra.gcloud import make_client
from infra.local.rest import job_registry
from infra.local.rest.errors import RestError
from infra.local.rest.job_log import JOBS_FILE, JobLog
from infra.local.rest.job_registry import JobRegistry
from infra.local.rest.jobs import Job
from infra.local.server import LocalCloud
from sql import SqlSettings
from tests.conftest import NOW


@contextmanager
def served(home: Path, **options: Any) -> Iterator[Any]:
    """A client of a server of this home that ends with the block."""
    with LocalCloud(home, now=NOW, bootstrap=False, **options) as cloud:
        client = make_client(SqlSettings(), url=cloud.url)
        yield client
        client.close()


def registry(path: Path) -> JobRegistry:
    return JobRegistry("", JobLog(path))


def ran(jobs: JobRegistry, job_id: str, request_id: str | None = None) -> Job:
    job = jobs.add(Job(job_id, {"query": {"query": "SELECT 1"}}, NOW, request_id))
    jobs.run(job, lambda running: None)
    return job


def fail(client: Any, sql: str, job_id: str) -> None:
    with pytest.raises(api.GoogleAPICallError):
        client.query(sql, job_id=job_id, job_retry=None).result(job_retry=None)


@pytest.mark.covers("jobs", "A job id stays taken after a restart of the server, also after kill -9")
def test_ids_stay_taken(tmp_path: Path) -> None:
    with served(tmp_path) as client:
        client.query("SELECT 1", job_id="fine", job_retry=None).result()
        fail(client, "SELECT 1 / 0", "failed")
    with served(tmp_path) as client:
        for job_id in ("fine", "failed"):
            with pytest.raises(api.Conflict, match=f"Already Exists: Job {client.project}:US.{job_id}"):
                client.query("SELECT 2", job_id=job_id, job_retry=None)


@pytest.mark.covers(
    "jobs",
    "A job of before the restart is told by jobs.get, jobs.list and INFORMATION_SCHEMA.JOBS, children included",
    differs="its rows are gone and its query parameters are not told; BigQuery keeps results for a day",
)
def test_jobs_are_told_after_a_restart(tmp_path: Path) -> None:
    sql = "SELECT k FROM d.t; BEGIN SELECT 1 / 0; EXCEPTION WHEN ERROR THEN SELECT @n AS n; END"
    parameters = [bigquery.ScalarQueryParameter("n", "INT64", 7)]
    config = bigquery.QueryJobConfig(labels={"system": "eros"}, query_parameters=parameters)
    told = "SELECT job_id, parent_job_id, statement_type, state, total_bytes_billed, error_result.reason, query, "
    told += (
        "ARRAY_LENGTH(labels) FROM `region-us`.INFORMATION_SCHEMA.JOBS WHERE creation_time < @before ORDER BY job_id"
    )
    with served(tmp_path) as client:
        client.create_dataset("d")
        client.query_and_wait("CREATE TABLE d.t AS SELECT 1 AS k")
        client.query(sql, job_id="script", job_config=config, job_retry=None).result()
        fail(client, "SELECT 1 / 0", "failed")
        before = _told(client, told)
        listed = [job.job_id for job in client.list_jobs()]
        script, failed = _resource(client, "script"), _resource(client, "failed")
    with served(tmp_path) as client:
        assert _told(client, told)[: len(before)] == before
        assert [job.job_id for job in client.list_jobs()][-len(listed) :] == listed
        again = _resource(client, "script")
        assert script["configuration"]["query"].pop("queryParameters")
        assert _timeless(again) == _timeless(script) and _timeless(_resource(client, "failed")) == _timeless(failed)
        assert failed["status"]["errorResult"]["reason"] == "invalidQuery"
        children = list(client.list_jobs(parent_job="script"))
        assert [child.statement_type for child in children] == ["SELECT", "SELECT", "SELECT"]
        with pytest.raises(api.Conflict):
            client.query("SELECT 1", job_id=children[0].job_id, job_retry=None)
        with pytest.raises(api.NotFound, match="the results of job script are kept no longer"):
            client.get_job("script").result(job_retry=None)


def _told(client: Any, sql: str) -> list[tuple[Any, ...]]:
    after = bigquery.ScalarQueryParameter("before", "TIMESTAMP", "2100-01-01")
    config = bigquery.QueryJobConfig(query_parameters=[after])
    found = [tuple(row) for row in client.query_and_wait(sql, job_config=config)]
    return [row for row in found if row[3] == "DONE" and not (row[6] or "").startswith("SELECT job_id")]


def _resource(client: Any, job_id: str) -> dict[str, Any]:
    return dict(client.get_job(job_id)._properties)


def _timeless(resource: dict[str, Any]) -> dict[str, Any]:
    """Without what names the server (its address) or is derived from the whole (the ETag)."""
    return {name: value for name, value in resource.items() if name not in ("selfLink", "etag")}


@pytest.mark.covers("jobs", "A requestId of before the restart gives the earlier job as well")
def test_a_request_id_outlives_the_server(tmp_path: Path) -> None:
    jobs = registry(tmp_path / JOBS_FILE)
    ran(jobs, "first", request_id="r")
    jobs.close()
    assert registry(tmp_path / JOBS_FILE).add(Job("second", {}, NOW, "r")).job_id == "first"


@pytest.mark.covers(
    "jobs",
    "A job that ran when the server was killed is DONE with reason stopped",
    differs="BigQuery's jobs do not end with a process; what the job had committed is kept, whether it had is not told",
)
def test_a_job_that_was_cut_off_is_stopped(tmp_path: Path) -> None:
    jobs = registry(tmp_path / JOBS_FILE)
    ran(jobs, "whole")
    jobs.add(Job("cut", {"query": {"query": "SELECT 1"}}, NOW))
    later = registry(tmp_path / JOBS_FILE)  # the first one is never closed, as after kill -9
    cut = later.get("cut")
    assert (cut.state, cut.error and cut.error.reason) == ("DONE", "stopped")
    assert "the local cloud ended before the job did" in str(cut.error)
    assert later.get("whole").error is None
    with pytest.raises(RestError, match="Already Exists: Job cut"):
        later.add(Job("cut", {}, NOW))


def test_an_end_is_kept_before_anybody_hears_of_it(tmp_path: Path) -> None:
    seen: list[str] = []

    class Watched(threading.Event):
        def set(self) -> None:
            seen.extend((tmp_path / JOBS_FILE).read_text(encoding="ascii").splitlines())
            super().set()

    jobs = registry(tmp_path / JOBS_FILE)
    job = jobs.add(Job("j", {}, NOW, finished=Watched()))
    jobs.run(job, lambda running: None)
    assert [next(iter(json.loads(line))) for line in seen] == ["began", "ended"]


@pytest.mark.covers("jobs", "After a restart the newest 2,000 jobs are told; of older ones the ids stay taken")
def test_of_old_jobs_only_the_id_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_registry, "RETOLD_JOBS", 2)
    path = tmp_path / JOBS_FILE
    jobs = registry(path)
    for number in range(7):
        ran(jobs, f"j{number}")
    jobs.close()
    for _ in range(2):  # the second one reads what the first one wrote anew
        later = registry(path)
        assert [job.job_id for job in later.newest_first()] == ["j6", "j5"]
        with pytest.raises(RestError, match="Already Exists: Job j0"):
            later.add(Job("j0", {}, NOW))
        later.close()
    kinds = [next(iter(json.loads(line))) for line in path.read_text(encoding="ascii").splitlines()]
    assert kinds == ["was"] * 5 + ["began", "ended"] * 2


@pytest.mark.parametrize("torn", ['{"began":"torn","crea', '{"was":"torn"}', "null"])
def test_a_torn_line_costs_its_own_job_only(tmp_path: Path, caplog: pytest.LogCaptureFixture, torn: str) -> None:
    path = tmp_path / JOBS_FILE
    jobs = registry(path)
    ran(jobs, "a")
    jobs.close()
    path.write_text(path.read_text(encoding="ascii") + torn, encoding="ascii")
    later = registry(path)
    assert "1 lines of" in caplog.text
    ran(later, "b")
    later.close()
    assert [job.job_id for job in registry(path).newest_first()] == ["b", "a"]


def test_a_job_that_cannot_be_recorded_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / JOBS_FILE
    jobs = registry(path)
    ran(jobs, "a")
    before = path.read_bytes()
    write = os.write

    def half(file: int, raw: bytes) -> int:
        if len(raw) < 10:
            raise OSError(28, "No space left on device")
        return write(file, raw[:-5])

    with monkeypatch.context() as full:
        full.setattr(os, "write", half)
        with pytest.raises(RestError, match=r"Job b cannot be recorded in .*: No space left on device"):
            jobs.add(Job("b", {}, NOW))
    assert path.read_bytes() == before
    assert ran(jobs, "b").error is None


@pytest.mark.covers("jobs", "A server that only reads tells the jobs of before and records none of its own")
def test_a_reader_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    with served(tmp_path) as client:
        client.query("SELECT 1", job_id="first", job_retry=None).result()
    before = (tmp_path / JOBS_FILE).read_bytes()
    with served(tmp_path, read_only=True) as client:
        assert client.get_job("first").state == "DONE"
        client.query("SELECT 1", job_id="second", job_retry=None).result()
    assert (tmp_path / JOBS_FILE).read_bytes() == before
