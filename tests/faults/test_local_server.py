"""The local cloud as a process: what it says, what it leaves behind, and what happens when things go wrong."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from google.api_core import exceptions as api

from infra.gcloud import make_client
from infra.local import lifecycle
from infra.local.server import LocalCloud
from sql import SqlSettings

PATIENCE_SECONDS = 60
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("EROS_", "BIGQUERY_"))}


@dataclass
class Server:
    """A `python -m infra.local` under test."""

    process: subprocess.Popen[str]
    answer: dict[str, Any]

    @property
    def url(self) -> str:
        return str(self.answer["url"])

    def end(self, with_signal: int = signal.SIGTERM) -> int:
        self.process.send_signal(with_signal)
        return self.process.wait(PATIENCE_SECONDS)


Launch = Callable[..., Server]


@pytest.fixture
def launch() -> Iterator[Launch]:
    """Start the server as `eros` does; every process is ended after the test."""
    processes: list[subprocess.Popen[str]] = []

    def run(home: Path, *options: str, **environment: str) -> Server:
        command = [sys.executable, "-m", "infra.local", "--home", str(home), *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**CLEAN, **environment})
        processes.append(process)
        assert process.stdout is not None
        return Server(process, json.loads(process.stdout.readline()))

    yield run
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE_SECONDS)
        if process.stdout is not None:
            process.stdout.close()


def refused(server: Server) -> tuple[int, dict[str, Any]]:
    """Exit code and error of a server that did not start."""
    return server.process.wait(PATIENCE_SECONDS), server.answer["error"]


def eros_infra(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from infra.cli import main; main()", "local", *arguments, "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, env=CLEAN, timeout=PATIENCE_SECONDS, check=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_it_says_where_it_is_and_leaves_cleanly(launch: Launch, tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    server = launch(home, EROS_NOW="2026-01-14T12:00:00-08:00")
    record = json.loads((home / "server.json").read_text())
    port = lifecycle.port_of(home)
    assert record == {"url": server.url, "pid": server.process.pid, "port": port, "home": str(home)}
    assert server.answer == {"url": f"http://127.0.0.1:{port}", "pid": server.process.pid}
    assert 20000 <= port < 32000
    status = lifecycle.ask_status(server.url)
    assert status is not None
    assert (status["home"], status["now"]) == (str(home), "2026-01-14T20:00:00+00:00")
    assert status["tables"] > 10
    assert server.end() == 0
    assert not (home / "server.json").exists()
    assert not (home / "warehouse.duckdb.wal").exists()


def test_a_port_in_a_strangers_hands(launch: Launch, tmp_path: Path) -> None:
    port = lifecycle.port_of(tmp_path)
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
        code, error = refused(launch(tmp_path))
        assert (code, error["exit_code"]) == (5, 5)
        assert str(port) in error["message"]
        assert "EROS_PORT" in error["fix"]
        assert list(tmp_path.iterdir()) == []
        stranger.close()
    assert launch(tmp_path).url.endswith(str(port))


def test_a_warehouse_in_another_process(launch: Launch, tmp_path: Path) -> None:
    first = launch(tmp_path)
    code, error = refused(launch(tmp_path, "--port", str(free_port())))
    assert (code, error["exit_code"]) == (5, 5)
    assert "open in another process" in error["message"]
    assert str(first.process.pid) in error["why"]
    assert str(tmp_path) in error["where"]
    assert lifecycle.ask_status(first.url) is not None


def test_killed_in_mid_work_it_keeps_what_it_acknowledged(launch: Launch, tmp_path: Path) -> None:
    server = launch(tmp_path)
    settings = SqlSettings()
    client = make_client(settings, url=server.url)
    client.query(f"CREATE TABLE `{settings.dataset}.kept` (n INT64)", job_id="makes-kept", job_retry=None).result()
    for number in range(20):
        client.query_and_wait(f"INSERT INTO `{settings.dataset}.kept` (n) VALUES ({number})")
    client.close()
    assert server.end(signal.SIGKILL) == -signal.SIGKILL
    assert lifecycle.read_record(tmp_path) is not None
    assert lifecycle.running(tmp_path, lifecycle.port_of(tmp_path)) is None
    again = launch(tmp_path)
    client = make_client(settings, url=again.url)
    rows = client.query_and_wait(f"SELECT COUNT(*), SUM(n) FROM `{settings.dataset}.kept`")
    assert [tuple(row) for row in rows] == [(20, 190)]
    assert client.get_job("makes-kept").statement_type == "CREATE_TABLE"
    with pytest.raises(api.Conflict, match="Already Exists: Job"):
        client.query("SELECT 1", job_id="makes-kept", job_retry=None)
    client.close()
    record = lifecycle.read_record(tmp_path)
    assert record is not None and record.pid == again.process.pid


def test_it_ends_with_its_owner(launch: Launch, tmp_path: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        server = launch(tmp_path, "--owner", str(owner.pid))
        server.process.send_signal(signal.SIGINT)  # Ctrl-C is the owner's business
        with pytest.raises(subprocess.TimeoutExpired):
            server.process.wait(1)
    finally:
        owner.kill()
    assert server.process.wait(PATIENCE_SECONDS) == 0  # although nobody has waited for the dead owner yet
    owner.wait()
    assert not (tmp_path / "server.json").exists()


@pytest.mark.parametrize(
    ("variable", "value", "text"),
    [
        ("EROS_NOW", "tomorrow", "EROS_NOW is not an instant"),
        ("EROS_NOW", "2026-01-14T12:00:00", "EROS_NOW is not an instant"),
        ("EROS_PORT", "80", "EROS_PORT has a value that cannot be used"),
        ("EROS_PROJECT_ID", "No Such Project", "EROS_PROJECT_ID"),
    ],
)
def test_a_bad_setting_is_named(launch: Launch, tmp_path: Path, variable: str, value: str, text: str) -> None:
    code, error = refused(launch(tmp_path, **{variable: value}))
    assert (code, error["exit_code"]) == (2, 2)
    assert text in error["message"]
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_cannot_be_written(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    code, error = refused(launch(tmp_path / "file"))
    assert (code, error["exit_code"]) == (4, 4)
    assert str(tmp_path / "file") in error["where"]
    assert "EROS_HOME" in error["fix"]
    assert (tmp_path / "file").read_text() == "not a folder"


def test_a_file_that_is_no_warehouse(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "warehouse.duckdb").write_text("something else entirely " * 100)
    code, error = refused(launch(tmp_path))
    assert (code, error["exit_code"]) == (1, 1)
    assert "cannot be opened" in error["message"]
    assert "warehouse.duckdb" in error["where"]


def test_up_status_down(tmp_path: Path) -> None:
    assert eros_infra(tmp_path, "status").returncode == 1
    nothing = eros_infra(tmp_path, "down", "--json")
    assert (nothing.returncode, json.loads(nothing.stdout)["state"]) == (0, "not running")
    try:
        first = eros_infra(tmp_path, "up", "--json")
        assert first.returncode == 0, first.stderr
        started = json.loads(first.stdout)
        assert (started["state"], started["home"]) == ("started", str(tmp_path))
        second = eros_infra(tmp_path, "up")
        assert second.returncode == 0
        assert "already running" in second.stdout and started["url"] in second.stdout
        shown = json.loads(eros_infra(tmp_path, "status", "--json").stdout)
        assert (shown["state"], shown["pid"]) == ("running", started["pid"])
    finally:
        stopped = eros_infra(tmp_path, "down", "--json")
    assert (stopped.returncode, json.loads(stopped.stdout)) == (0, {"state": "stopped", "pid": started["pid"]})
    assert not lifecycle.alive(started["pid"])
    assert not (tmp_path / "server.json").exists()


def test_two_ups_at_once_end_with_one_server(tmp_path: Path) -> None:
    try:
        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(lambda _: eros_infra(tmp_path, "up", "--json"), range(2)))
        assert [result.returncode for result in results] == [0, 0], results
        answers = [json.loads(result.stdout) for result in results]
        assert answers[0]["pid"] == answers[1]["pid"]
        assert sorted(answer["state"] for answer in answers) == ["already running", "started"]
    finally:
        eros_infra(tmp_path, "down")


def test_up_explains_a_port_in_a_strangers_hands(tmp_path: Path) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", lifecycle.port_of(tmp_path)))
        refused_up = eros_infra(tmp_path, "up")
    assert refused_up.returncode == 5
    assert "taken" in refused_up.stderr and "EROS_PORT" in refused_up.stderr
    assert refused_up.stdout == ""


def test_down_clears_the_record_of_a_dead_server(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    port = lifecycle.port_of(tmp_path)
    lifecycle.write_record(tmp_path, lifecycle.ServerRecord(f"http://127.0.0.1:{port}", ended.pid, port, str(tmp_path)))
    result = eros_infra(tmp_path, "down")
    assert (result.returncode, "no local cloud is running" in result.stdout) == (0, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"url": 1}'])
def test_a_broken_record_is_no_record(tmp_path: Path, text: str) -> None:
    (tmp_path / "server.json").write_text(text)
    assert lifecycle.read_record(tmp_path) is None


def test_a_stranger_that_speaks_http_is_no_local_cloud(tmp_path: Path) -> None:
    program = "from http.server import *; s = HTTPServer(('127.0.0.1', 0), SimpleHTTPRequestHandler); "
    program += "print(s.server_port, flush=True); s.serve_forever()"
    stranger = subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert stranger.stdout is not None
        with stranger.stdout:
            port = int(stranger.stdout.readline())
        assert lifecycle.ask_status(f"http://127.0.0.1:{port}") is None
        assert lifecycle.running(tmp_path, port) is None
    finally:
        stranger.kill()
        stranger.wait()


def test_the_server_of_another_home_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    with LocalCloud(tmp_path / "theirs", bootstrap=False) as cloud:
        port = int(cloud.url.rpartition(":")[2])
        assert lifecycle.running(tmp_path / "theirs", port) is not None
        assert lifecycle.running(tmp_path / "ours", port) is None
        assert lifecycle.stop(tmp_path / "ours", port) is None


def test_help_needs_no_heavy_import() -> None:
    """What makes help quick: each of these takes longer to import than the rest of the command."""
    program = "import sys; sys.argv = ['eros-infra', '--help']\n"
    program += "from infra.cli import main\ntry: main()\nexcept SystemExit: pass\n"
    program += "print(sorted(set(sys.modules) & {'duckdb', 'sqlglot', 'google.cloud', 'pydantic', 'jinja2'}))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=CLEAN, check=True)
    assert "local" in result.stdout
    assert result.stdout.splitlines()[-1] == "[]"
