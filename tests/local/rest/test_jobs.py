"""The job registry by itself: what it forgets, and what it never forgets."""

from __future__ import annotations

import gc
import threading
import weakref
from datetime import timedelta

import pytest

from infra.local.rest import job_registry
from infra.local.rest.errors import RestError
from infra.local.rest.job_registry import JobRegistry
from infra.local.rest.jobs import Job, Rows
from tests.conftest import NOW


def finished(registry: JobRegistry, job_id: str, cells: int = 0, request_id: str | None = None) -> Job:
    def work(job: Job) -> None:
        if cells:
            job.rows = Rows([{"name": "n", "type": "INTEGER"}], [(1,)] * cells)

    job = registry.add(Job(job_id, {}, NOW, request_id))
    registry.run(job, work)
    return job


def wait_until(condition: threading.Event) -> None:
    assert condition.wait(10)


@pytest.mark.covers(
    "jobs",
    "The oldest results are dropped when 5,000,000 cells are kept; asking for them is 404",
    differs="BigQuery keeps results for a day",
)
def test_old_results_make_room_for_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_registry, "MAX_CELLS", 10)
    registry = JobRegistry()
    first, second = finished(registry, "a", 6), finished(registry, "b", 4)
    third = finished(registry, "c", 50)
    registry.close()
    assert registry.get("a") is first
    assert [(job.rows is None, job.results_dropped) for job in (first, second, third)] == [
        (True, True),
        (True, True),
        (False, False),
    ]


@pytest.mark.covers(
    "jobs",
    "A server tells the newest 10,000 jobs; of older ones the ids stay taken",
    differs="BigQuery tells the jobs of six months",
)
def test_old_jobs_are_forgotten_with_their_request_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_registry, "MAX_JOBS", 2)
    registry = JobRegistry()
    for number in range(4):
        finished(registry, f"j{number}", request_id=f"r{number}")
    finished(registry, "last")
    with pytest.raises(RestError, match="Not found: Job j0"):
        registry.get("j0")
    with pytest.raises(RestError, match="Already Exists: Job j0"):
        registry.add(Job("j0", {}, NOW))
    fresh = Job("fresh", {}, NOW, "r0")
    assert registry.add(fresh) is fresh


def test_a_forgotten_job_takes_its_results_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_registry, "MAX_JOBS", 2)
    monkeypatch.setattr(job_registry, "MAX_CELLS", 13)
    registry = JobRegistry()
    forgotten = [weakref.ref(finished(registry, f"j{number}", 3)) for number in range(4)]
    kept = [finished(registry, "y", 5), finished(registry, "z", 5)]  # 10 of 13 cells, or 22 with those of the forgotten
    gc.collect()
    assert [job() for job in forgotten] == [None] * 4
    assert [job.results_dropped for job in kept] == [False, False]


def test_a_request_id_gives_the_earlier_job() -> None:
    registry = JobRegistry()
    first = registry.add(Job("a", {}, NOW, "r"))
    assert registry.add(Job("b", {}, NOW, "r")) is first
    with pytest.raises(RestError, match="Already Exists: Job a"):
        registry.add(Job("a", {}, NOW))


def test_a_job_stopped_before_it_starts_does_not_run() -> None:
    registry = JobRegistry()
    job = registry.add(Job("a", {}, NOW))
    job.stop(RestError("stopped", "enough"))
    ran = threading.Event()

    def work(running: Job) -> None:
        running.interruptible(lambda: None)
        ran.set()

    registry.start(job, work)
    wait_until(job.finished)
    assert not ran.is_set()
    assert job.error is not None and job.error.message == "enough"


def test_an_interruption_is_repeated_until_it_takes() -> None:
    registry = JobRegistry()
    job = registry.add(Job("a", {}, NOW))
    calls = threading.Semaphore(0)

    def work(running: Job) -> None:
        running.interruptible(lambda: calls.release())
        for _ in range(3):
            assert calls.acquire(timeout=10)
        raise RestError("invalidQuery", "interrupted")

    registry.start(job, work)
    job.stop(RestError("stopped", "enough"))
    wait_until(job.finished)
    assert job.error is not None and job.error.reason == "stopped"


def test_a_job_that_ended_before_the_stop_stays_as_it_is() -> None:
    registry = JobRegistry()
    job = finished(registry, "a", 1)
    job.stop(RestError("stopped", "late"))
    assert job.error is None
    assert timedelta(0) <= job.ended - job.created < timedelta(seconds=10)


def test_a_closing_registry_stops_jobs_and_takes_no_more() -> None:
    registry = JobRegistry()
    job = registry.add(Job("a", {}, NOW))
    stopped = threading.Event()

    def work(running: Job) -> None:
        running.interruptible(stopped.set)
        wait_until(stopped)
        raise RestError("invalidQuery", "interrupted")

    registry.start(job, work)
    registry.close()
    assert job.error is not None and "shutting down" in job.error.message
    with pytest.raises(RestError, match="shutting down"):
        registry.add(Job("b", {}, NOW))


@pytest.mark.covers(
    "jobs",
    "A fault of the local cloud itself is 500 localCloudFailure, which clients do not repeat",
    differs="BigQuery has no such reason",
)
def test_a_failure_of_our_own_is_told_apart_from_bigquerys(caplog: pytest.LogCaptureFixture) -> None:
    registry = JobRegistry()
    job = registry.add(Job("a", {}, NOW))
    registry.start(job, lambda running: 1 / 0)  # type: ignore[func-returns-value, arg-type, return-value]
    wait_until(job.finished)
    assert job.error is not None
    assert (job.error.reason, job.error.code) == ("localCloudFailure", 500)
    assert "ZeroDivisionError" in job.error.message
    assert "job a failed" in caplog.text
