"""`eros doctor` as a person types it: in a sound world, before there is one, and in broken ones."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.eros import Answer, Eros

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "old_export"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home into which an export was imported, with no server running."""
    home = tmp_path_factory.mktemp("home")
    assert Eros(home)("import", FIXTURE).code == 0
    return home


@pytest.fixture
def home(sound: Path, tmp_path: Path) -> Path:
    """A copy of it to spoil."""
    return Path(shutil.copytree(sound, tmp_path / "home"))


@pytest.fixture
def served(home: Path) -> Iterator[tuple[Eros, Any]]:
    """A running server over the copy, with its status."""
    eros = Eros(home)
    status = eros("local", "up", "--json", program="eros-infra").json
    yield eros, status
    eros("local", "down", program="eros-infra")


def verdicts(answer: Answer) -> dict[str, str]:
    return {check["name"]: check["verdict"] for check in answer.json["checks"]}


def content(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_sound_world_is_looked_at_and_left_as_it_is(home: Path) -> None:
    before = content(home)
    answer = Eros(home)("doctor", "--json")
    assert (answer.code, answer.json["exit_code"]) == (0, 0), answer.out
    assert content(home) == before
    found = verdicts(answer)
    assert found.pop("clock") == "warn"  # the tests' clock stands still
    assert found.pop("permissions") == "skip"
    assert set(found.values()) == {"ok"}, answer.out
    assert {"settings", "python", "packages", "time zone", "home", "disk", "server", "port", "warehouse", "objects",
            "columns", "texts", "guard rows", "data", "locks", "stage tables"} == set(found)  # fmt: skip


def test_the_text_is_readable(home: Path) -> None:
    answer = Eros(home)("doctor")
    assert answer.code == 0
    assert max(map(len, answer.out.splitlines())) <= 120  # the temporary folder's path is not broken
    assert "-> unset EROS_NOW" in answer.out
    assert answer.out.splitlines()[-1].startswith("doctor: 16 ok, 1 to look at")
    assert "\x1b" not in answer.out


def test_before_the_first_import(tmp_path: Path) -> None:
    answer = Eros(tmp_path / "home")("doctor", "--json")
    assert answer.code == 0
    assert verdicts(answer)["warehouse"] == "warn"
    assert list(tmp_path.iterdir()) == []


def test_a_running_server_is_asked(served: tuple[Eros, Any]) -> None:
    eros, status = served
    answer = eros("doctor", "--json")
    assert answer.code == 0
    details = {check["name"]: check["detail"] for check in answer.json["checks"]}
    assert f"process {status['pid']} serves the home" in details["server"]
    assert verdicts(answer)["data"] == "ok"


def test_a_port_in_other_hands(home: Path, served: tuple[Eros, Any]) -> None:
    eros, status = served
    port = int(status["url"].rpartition(":")[2])
    eros("local", "down", program="eros-infra")
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
        answer = eros("doctor", "--json")
    assert answer.code == 5
    assert (verdicts(answer)["port"], verdicts(answer)["data"]) == ("fail", "ok")


def test_what_a_killed_server_left_is_told_and_harmless(served: tuple[Eros, Any]) -> None:
    eros, status = served
    os.kill(status["pid"], signal.SIGKILL)
    deadline = time.monotonic() + 30
    while Path(f"/proc/{status['pid']}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    answer = eros("doctor", "--json")
    assert answer.code == 0
    assert (verdicts(answer)["server"], verdicts(answer)["data"]) == ("warn", "ok")


def test_a_warehouse_in_other_hands(home: Path, served: tuple[Eros, Any]) -> None:
    """Another server than the home's own holds the file: the one that runs is not known here."""
    eros, status = served
    (home / "server.json").unlink()
    answer = eros("doctor", "--json")
    assert answer.code == 5
    [warehouse] = [check for check in answer.json["checks"] if check["name"] == "warehouse"]
    assert "open in another process" in warehouse["detail"]
    assert str(status["pid"]) in warehouse["detail"]
    assert verdicts(answer)["guard rows"] == "skip"


def test_a_file_that_is_no_warehouse(home: Path) -> None:
    (home / "warehouse.duckdb").write_bytes(b"not a database" * 1000)
    answer = Eros(home)("doctor", "--json")
    assert answer.code == 1
    assert verdicts(answer)["warehouse"] == "fail"
    assert "cannot be opened" in answer.out


def test_a_missing_table(served: tuple[Eros, Any]) -> None:
    """Checks that read the table fail, each for itself; the others go on."""
    from infra.gcloud import make_client
    from sql import SqlSettings

    eros, status = served
    client = make_client(SqlSettings(), url=status["url"])
    client.delete_table(f"{SqlSettings().project}.{SqlSettings().dataset}.creator_lock")
    client.close()
    answer = eros("doctor", "--json")
    found = verdicts(answer)
    assert answer.code == 1
    assert (found["objects"], found["guard rows"], found["columns"], found["data"]) == ("fail", "fail", "ok", "ok")


def test_a_package_that_cannot_be_imported_is_named(home: Path, tmp_path: Path) -> None:
    """A folder that comes first and holds a package of that name which cannot be imported."""
    (tmp_path / "jinja2.py").write_text("raise ImportError('No module named jinja2')\n")
    answer = Eros(home, environment={"PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"})(
        "doctor", "--json"
    )
    assert (answer.code, answer.json["error"]) == (1, "a package is missing")
    assert "jinja2" in answer.json["why"]
    assert "pip install" in answer.json["fix"]


def test_impossible_settings_are_a_finding(home: Path) -> None:
    answer = Eros(home, environment={"EROS_TARGET": "mainframe"})("doctor", "--json")
    assert (answer.code, answer.json["exit_code"]) == (2, 2)
    assert (verdicts(answer)["settings"], verdicts(answer)["python"]) == ("fail", "ok")


def test_without_credentials_bigquery_is_a_matter_of_access(home: Path, tmp_path: Path) -> None:
    environment = {"EROS_TARGET": "bigquery", "HOME": str(tmp_path), "NO_GCE_CHECK": "true", "GCE_METADATA_HOST": "x"}
    answer = Eros(home, environment=environment)("doctor", "--json")
    assert answer.code == 4
    assert verdicts(answer)["warehouse"] == "fail"
    assert "gcloud auth application-default login" in answer.out
