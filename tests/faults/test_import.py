"""An import that is stopped by force or by a full disk: nothing half-done, and running it again completes it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.simulation import write_sample
from tests.conftest import NOW
from tests.eros import CLEAN, Eros

HERE = Path(__file__).resolve().parent
OLD_EXPORT = HERE.parent / "fixtures" / "old_export"
GOOD = {"creators": 3, "captions": 43, "messages": 68, "holidays": 140}
"""Good rows of the old export; 140 is the generated calendar."""

POINTS = [
    "row:20",
    "rejects",
    "sent:messages",
    "after:upsert_creators",
    "after:upsert_captions",
    "before:upsert_messages",
    "after:upsert_messages",
    "after:upsert_message_captions",
    "before:update_caption_performance",
]


def kill_import_at(eros: Eros, point: str, folder: Path) -> int:
    environment = {**CLEAN, "EROS_HOME": str(eros.home), "EROS_NOW": eros.now, "PYTHONPATH": str(HERE.parents[1])}
    command = [sys.executable, str(HERE / "killed_import.py"), point, str(folder)]
    return subprocess.run(command, env=environment, capture_output=True, timeout=120).returncode


def imported(eros: Eros, folder: Path = OLD_EXPORT) -> dict[str, Any]:
    answer = eros("import", folder, "--json")
    assert answer.code == 0, answer.err
    return answer.json["tables"]


def leftovers(home: Path) -> list[str]:
    return sorted(path.name for mark in ("import-*", "eros-load-*", ".*") for path in home.glob(mark))


@pytest.mark.parametrize("point", POINTS)
def test_an_import_killed_at_any_point_is_completed_by_running_it_again(tmp_path: Path, point: str) -> None:
    eros = Eros(tmp_path / "home")
    assert eros("local", "up", program="eros-infra").code == 0
    try:
        assert kill_import_at(eros, point, OLD_EXPORT) == -signal.SIGKILL
        again = imported(eros)
        assert {name: table["inserted"] + table["unchanged"] for name, table in again.items()} == GOOD
        assert all(table["updated"] == 0 for table in again.values())
        if point.startswith(("row", "rejects", "sent")):
            assert {name: table["inserted"] for name, table in again.items()} == GOOD, "no table was touched before"
        third = imported(eros)
        assert {name: table["unchanged"] for name, table in third.items()} == GOOD
        assert leftovers(eros.home) == []
    finally:
        eros("local", "down", program="eros-infra")


def test_an_import_whose_warehouse_is_killed_fails_and_is_completed_by_running_it_again(tmp_path: Path) -> None:
    eros = Eros(tmp_path / "home")
    folder = tmp_path / "sample"
    write_sample(folder, pages=5, captions=500, messages=4000, until=NOW.date(), seed="killed")
    up = eros("local", "up", "--json", program="eros-infra").json
    timer = threading.Timer(2.5, os.kill, (up["pid"], signal.SIGKILL))
    timer.start()
    first = eros("import", folder)
    timer.join()
    assert first.code in (0, 1), "it may have been quicker"
    if first.code:
        assert first.err.startswith("error: ")
        assert "Traceback" not in first.err
    imported(eros, folder)
    third = imported(eros, folder)
    assert [(table["inserted"], table["updated"]) for table in third.values()] == [(0, 0)] * 4
    assert third["messages"]["unchanged"] == 4000
    assert leftovers(eros.home) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 MB of its own."""
    path = tmp_path / "disk"
    path.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", path], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"a full disk needs a disk of its own, and mounting one is not allowed: {mounted.stderr.strip()}")
    yield path
    subprocess.run(["umount", "--lazy", path], check=True)


def resize(disk: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", disk], check=True)


@pytest.mark.parametrize("room", [0, 1, 4, 7, 9], ids=lambda room: f"{room} MB free")
def test_a_full_disk_stops_the_import_with_nothing_written(small_disk: Path, tmp_path: Path, room: int) -> None:
    """With no room the warehouse does not start, with 1 MB the checked rows find none, with more the upload or what the
    warehouse makes of it."""
    folder = tmp_path / "sample"
    write_sample(folder, pages=5, captions=1000, messages=8000, until=NOW.date(), seed="full")
    eros = Eros(small_disk / "home")
    assert eros("local", "up", program="eros-infra").code == 0
    eros("local", "down", program="eros-infra")
    used = sum(path.stat().st_blocks * 512 for path in eros.home.iterdir())
    resize(small_disk, used + room * 2**20)
    full = eros("import", folder)
    assert full.code == 1, full.err + full.out
    assert "the disk is full" in full.err
    assert "fix: make room" in full.err
    assert leftovers(eros.home) == []
    resize(small_disk, 64 * 2**20)
    again = imported(eros, folder)
    assert (again["captions"]["inserted"], again["messages"]["inserted"]) == (1000, 8000), "nothing was written before"
    assert again["messages"]["unchanged"] == 0


def test_a_dry_run_writes_no_table(tmp_path: Path) -> None:
    eros = Eros(tmp_path / "home")
    rejects = tmp_path / "why.csv"
    first = eros("import", OLD_EXPORT, "--dry-run", "--rejects", rejects, "--json")
    assert first.code == 0
    assert [path.name for path in eros.home.iterdir()] == [], "there was no warehouse and there is none"
    assert first.json["tables"]["messages"] == {
        "name": "messages.csv",
        "total": 83,
        "good": 68,
        "known": None,
        "duplicates": 1,
        "rejected": 14,
        "repaired": 2,
    }
    assert first.json["rejects"] == str(rejects)
    assert len(rejects.read_text(encoding="utf-8").splitlines()) > 20
    imported(eros)
    lines = (OLD_EXPORT / "messages.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    more = Path(shutil.copytree(OLD_EXPORT, tmp_path / "more"))
    (more / "messages.csv").write_text("".join([*lines, lines[1].replace("1001", "9001", 1)]), encoding="utf-8")
    second = eros("import", more, "--dry-run")
    assert "messages.csv: 84 rows, 69 good (1 new, 68 known), 14 rejected, 2 repaired, 1 repeated" in second.out
    assert "dry run: no table was written" in second.out
    assert imported(eros)["messages"]["unchanged"] == 68
