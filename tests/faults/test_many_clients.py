"""Sixteen clients at once, and hundreds of queries in a row: nothing is lost, nobody starves, nothing piles up."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.local.rest import job_registry
from infra.local.rest.jobs import Job
from infra.local.server import LocalCloud
from tests.faults.clients import STEPS, TABLES, work
from tests.faults.raw_rest import PATIENCE_SECONDS, Rest, launched

CLIENTS, PROCESSES = 16, 4
QUERIES, REMEMBERED = 600, 50
SLACK = 5
"""What may be under way: a connection that is being closed, a thread that is about to end."""


def test_sixteen_clients_lose_no_update_see_no_wrong_error_and_none_starves(tmp_path: Path) -> None:
    with launched(tmp_path) as (_, rest):
        rest.query(TABLES)
        url = f"http://{rest.address}"
        commands = [
            [sys.executable, "-m", "tests.faults.clients", url, str(who), str(CLIENTS)] for who in range(PROCESSES)
        ]
        processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for command in commands]
        with ThreadPoolExecutor(CLIENTS) as pool:
            others = [pool.submit(work, url, who, CLIENTS) for who in range(PROCESSES, CLIENTS)]
            for other in others:
                other.result(2 * PATIENCE_SECONDS)
        for process in processes:
            _, trouble = process.communicate(timeout=PATIENCE_SECONDS)
            assert process.returncode == 0, trouble
        done = str(CLIENTS * STEPS)  # 16 clients, 6 steps each
        assert rest.query("SELECT n FROM many.counter") == [(done,)]
        assert rest.query("SELECT n FROM many.account") == [(done,)]
        each = rest.query("SELECT k, n FROM many.merged ORDER BY k")
        assert each == [(str(who), str(STEPS)) for who in range(CLIENTS)]


def _query(number: int) -> str:
    kinds = (
        "SELECT 1",
        f"SELECT {number} AS n, 'x' AS text FROM UNNEST(GENERATE_ARRAY(1, 20)) AS i",
        f"UPDATE many.counter SET n = {number} WHERE TRUE",
        f"INSERT INTO many.log (who, step) VALUES (1, {number})",
        f"BEGIN TRANSACTION; UPDATE many.account SET n = {number} WHERE TRUE; COMMIT TRANSACTION;",
        f"DECLARE found INT64; CALL many.steps_of({number}, found); SELECT found;",
    )
    return kinds[number % len(kinds)]


def test_hundreds_of_queries_leave_only_what_is_meant_to_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_registry, "MAX_JOBS", REMEMBERED)
    monkeypatch.setattr("infra.local.engine.executor._CACHED_TRANSLATIONS", REMEMBERED)
    others = _jobs()
    with LocalCloud(tmp_path, bootstrap=False) as cloud:
        rest, service = Rest(cloud.url), cloud._service
        assert service is not None
        rest.query(TABLES)
        for number in range(QUERIES):
            rest.query(_query(number))
            if number == REMEMBERED:
                before = _held(tmp_path)
        listed = rest.resource("GET", "jobs?maxResults=10000")["jobs"]
        kept = list(service.jobs.newest_first())
        assert [job.job_id for job in kept] == [one["jobReference"]["jobId"] for one in listed]
        # The statements of a script are jobs too, and go with it.
        assert REMEMBERED - SLACK <= sum(1 + len(job.children or ()) for job in kept) <= REMEMBERED
        assert len(service.engine.translations) == REMEMBERED
        assert len(service.engine._sessions) == 0
        assert all(now <= then + SLACK for now, then in zip(_held(tmp_path), before, strict=True))
        assert _jobs() - others <= REMEMBERED + SLACK


def _jobs() -> int:
    """Jobs in memory, those of other local clouds of this process too."""
    gc.collect()
    return sum(isinstance(thing, Job) for thing in gc.get_objects())


def _held(home: Path) -> tuple[int, int, int]:
    """Open files, threads, and files of the home."""
    return len(os.listdir("/proc/self/fd")), threading.active_count(), len(list(home.iterdir()))
