"""The local cloud that only reads, and the look that starts nothing."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from google.api_core import exceptions as api

from infra.gcloud import make_client
from infra.local import lifecycle
from sql import SqlSettings

PATIENCE_SECONDS = 60
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("EROS_", "BIGQUERY_"))}
Process = subprocess.Popen[str]
Launch = Callable[..., tuple[Process, dict[str, Any]]]


@pytest.fixture
def launch() -> Iterator[Launch]:
    """Start the server with options; every process is ended after the test."""
    processes: list[Process] = []

    def run(home: Path, *options: str, **environment: str) -> tuple[Process, dict[str, Any]]:
        command = [sys.executable, "-m", "infra.local", "--home", str(home), *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**CLEAN, **environment})
        processes.append(process)
        assert process.stdout is not None
        return process, json.loads(process.stdout.readline())

    yield run
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE_SECONDS)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture
def home(launch: Launch, tmp_path: Path) -> Path:
    """A home whose warehouse was deployed, and whose server has ended."""
    process, _ = launch(tmp_path)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_SECONDS) == 0
    return tmp_path


def content(home: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(home.iterdir())}


def look(home: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "infra.local", "--home", str(home), "--look"]
    done = subprocess.run(command, capture_output=True, text=True, env=CLEAN, check=True)
    return dict(json.loads(done.stdout))


def test_a_reader_answers_and_leaves_the_home_as_it_was(launch: Launch, home: Path) -> None:
    before = content(home)
    process, answer = launch(home, "--read-only")
    assert answer == {"url": answer["url"], "pid": process.pid}
    settings = SqlSettings()
    client = make_client(settings, url=answer["url"])
    table = f"`{settings.project}.{settings.dataset}.creator_lock`"
    assert [tuple(row.values()) for row in client.query(f"SELECT page_name FROM {table}").result()] == [("*",)]
    assert len(list(client.list_tables(settings.dataset))) > 10
    for write in (f"DELETE FROM {table} WHERE TRUE", f"CREATE TABLE `{settings.dataset}.x` (a INT64)"):
        with pytest.raises(api.GoogleAPIError, match="read-only"):
            client.query(write).result()
    client.close()
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_SECONDS) == 0
    assert content(home) == before


def test_readers_share_a_warehouse_and_a_writer_keeps_them_out(launch: Launch, home: Path) -> None:
    readers = [launch(home, "--read-only") for _ in range(2)]
    assert all("url" in answer for _, answer in readers)
    for process, _ in readers:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)
    writer, _ = launch(home)
    process, answer = launch(home, "--read-only")
    assert (process.wait(PATIENCE_SECONDS), answer["error"]["exit_code"]) == (5, 5)
    assert str(writer.pid) in answer["error"]["why"]


def test_what_a_killed_server_left_in_its_log_is_read(launch: Launch, tmp_path: Path) -> None:
    writer, answer = launch(tmp_path)
    client = make_client(SqlSettings(), url=answer["url"])
    client.query(f"INSERT INTO {SqlSettings().dataset}.creators (page_name, is_active) VALUES ('lily', TRUE)").result()
    client.close()
    writer.kill()
    writer.wait(PATIENCE_SECONDS)
    assert (tmp_path / "warehouse.duckdb.wal").exists()
    before = content(tmp_path)
    _, answer = launch(tmp_path, "--read-only")
    client = make_client(SqlSettings(), url=answer["url"])
    rows = client.query(f"SELECT page_name FROM {SqlSettings().dataset}.creators").result()
    assert [row["page_name"] for row in rows] == ["lily"]
    client.close()
    assert content(tmp_path) == before


def test_a_reader_deploys_nothing(launch: Launch, home: Path) -> None:
    """A dataset that is not there yet is no reason to make it."""
    before = content(home)
    _, answer = launch(home, "--read-only", EROS_DATASET="another")
    client = make_client(SqlSettings(), url=answer["url"])
    assert [dataset.dataset_id for dataset in client.list_datasets()] == [SqlSettings().dataset]
    client.close()
    assert content(home) == before


def test_without_a_warehouse_nothing_is_made(launch: Launch, tmp_path: Path) -> None:
    process, answer = launch(tmp_path / "none", "--read-only")
    assert (process.wait(PATIENCE_SECONDS), answer["error"]["message"]) == (1, "there is no warehouse yet")
    assert not (tmp_path / "none").exists()


def test_a_file_that_is_no_warehouse_is_named(launch: Launch, tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "warehouse.duckdb")).close()
    process, answer = launch(tmp_path, "--read-only")
    assert process.wait(PATIENCE_SECONDS) == 1
    assert "no warehouse of the local cloud" in answer["error"]["why"]


def test_a_look_tells_who_serves_and_whether_the_port_is_free(launch: Launch, home: Path) -> None:
    port = lifecycle.port_of(home)
    assert look(home) == {"home": str(home), "port": port, "port_is_free": True, "server": None, "left_by": None}
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
        seen = look(home)
    assert (seen["port_is_free"], seen["server"]) == (False, None)
    server, _ = launch(home)
    seen = look(home)
    assert (seen["server"]["pid"], seen["port_is_free"], seen["left_by"]) == (server.pid, False, None)
    server.kill()
    server.wait(PATIENCE_SECONDS)
    seen = look(home)
    assert (seen["server"], seen["port_is_free"], seen["left_by"]) == (None, True, server.pid)


def test_a_look_makes_nothing(tmp_path: Path) -> None:
    assert look(tmp_path / "none")["server"] is None
    assert not (tmp_path / "none").exists()
