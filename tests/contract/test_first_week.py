"""The main job end to end, through the commands a person types."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.eros import Eros

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "old_export"
WEEK = "2026-01-19"
SMALL = ("--pages", 6, "--captions", 2500, "--messages", 5000, "--until", "2026-01-14")


@dataclass(frozen=True)
class World:
    """An imported sample with a running server, and the folder of its first sheets."""

    eros: Eros
    sample: Path
    out: Path
    first_run: Any


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    assert Eros(folder)("sample-data", "--out", folder, *SMALL).code == 0
    return folder


@pytest.fixture(scope="module")
def world(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    eros = Eros(tmp_path_factory.mktemp("home"))
    assert eros("local", "up", program="eros-infra").code == 0
    imported = eros("import", sample)
    assert imported.code == 0, imported.err
    out = tmp_path_factory.mktemp("sheets")
    run = eros("run", "--week", "next", "--auto-approve", "--out", out, "--json")
    assert run.code == 0, run.err
    yield World(eros, sample, out, run.json)
    eros("local", "down", program="eros-infra")


def _sheets(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def test_every_page_but_the_red_one_gets_a_sheet(world: World) -> None:
    status = {page["page_name"]: page["status"] for page in world.first_run["pages"]}
    zones = {page["page_name"]: page["zone"] for page in world.first_run["pages"]}
    withheld = [page for page, what in status.items() if what == "withheld"]
    assert len(status) == 6
    assert [page for page, zone in zones.items() if zone == "RED"] == withheld
    assert len(withheld) == 1
    assert sorted(_sheets(world.out)) == sorted(
        f"{WEEK}/{page['schedule_id']}.csv" for page in world.first_run["pages"] if page["status"] == "exported"
    )
    assert len(_sheets(world.out)) == 5


def test_the_independent_checker_finds_no_broken_rule(world: World) -> None:
    answer = world.eros("verify", "--week", WEEK, "--out", world.out)
    assert answer.code == 0, answer.out
    assert "0 broken" in answer.out


def test_the_checker_sees_a_sheet_that_was_touched(world: World, tmp_path: Path) -> None:
    out = Path(shutil.copytree(world.out, tmp_path / "sheets"))
    sheet = next(out.rglob("*.csv"))
    sheet.write_bytes(sheet.read_bytes().replace(b",PPV,", b",Bump,", 1))
    answer = world.eros("verify", "--week", WEEK, "--out", out)
    assert answer.code == 1
    assert sheet.stem in answer.out


def test_a_second_run_changes_nothing(world: World) -> None:
    before = _sheets(world.out)
    stamps = {path: path.stat().st_mtime_ns for path in world.out.rglob("*.csv")}
    again = world.eros("run", "--week", WEEK, "--auto-approve", "--out", world.out, "--json").json
    assert {page["status"] for page in again["pages"]} == {"unchanged", "withheld"}
    assert [page["schedule_id"] for page in again["pages"]] == [p["schedule_id"] for p in world.first_run["pages"]]
    assert _sheets(world.out) == before
    assert {path: path.stat().st_mtime_ns for path in world.out.rglob("*.csv")} == stamps


def test_a_second_import_changes_nothing(world: World) -> None:
    report = world.eros("import", world.sample, "--json").json["tables"]
    for kind in ("creators", "captions", "messages"):
        assert report[kind]["inserted"] == 0, report
        assert report[kind]["updated"] == 0, report


def test_the_same_seed_data_and_clock_give_the_same_bytes(world: World, tmp_path: Path) -> None:
    twin = Eros(tmp_path / "home")
    assert twin("import", world.sample).code == 0
    assert twin("run", "--week", WEEK, "--auto-approve", "--out", tmp_path / "sheets").code == 0
    assert _sheets(tmp_path / "sheets") == _sheets(world.out)


def test_another_seed_gives_another_week(world: World, tmp_path: Path) -> None:
    other = Eros(tmp_path / "home")
    assert other("import", world.sample).code == 0
    arguments = ("--week", WEEK, "--auto-approve", "--seed", "other", "--out", tmp_path / "sheets")
    assert other("run", *arguments).code == 0
    assert _sheets(tmp_path / "sheets") != _sheets(world.out)


def test_replanning_supersedes_and_passes_the_checker(sample: Path, tmp_path: Path) -> None:
    eros = Eros(tmp_path / "home")
    out = tmp_path / "sheets"
    assert eros("import", sample).code == 0
    first = eros("run", "--week", WEEK, "--auto-approve", "--out", out, "--json").json
    second = eros("run", "--week", WEEK, "--auto-approve", "--replan", "--out", out, "--json")
    assert second.code == 0, second.out
    assert [page["schedule_id"].replace("_v2", "_v1") for page in second.json["pages"]] == [
        page["schedule_id"] for page in first["pages"]
    ]
    third = eros("run", "--week", WEEK, "--out", out, "--json").json
    assert [page["schedule_id"] for page in third["pages"]] == [page["schedule_id"] for page in second.json["pages"]]
    answer = eros("verify", "--week", WEEK, "--out", out)
    assert answer.code == 0, answer.out


def test_a_week_waits_for_approval_and_a_red_one_for_a_reason(sample: Path, tmp_path: Path) -> None:
    eros = Eros(tmp_path / "home")
    assert eros("local", "up", program="eros-infra").code == 0
    try:
        assert eros("import", sample).code == 0
        pages = eros("run", "--week", WEEK, "--out", tmp_path / "sheets", "--json").json["pages"]
        assert not (tmp_path / "sheets").exists()
        locked = next(page["schedule_id"] for page in pages if page["status"] == "locked")
        red = next(page["schedule_id"] for page in pages if page["status"] == "withheld")

        refused = eros("export", locked, "--out", tmp_path / "one.csv")
        assert (refused.code, (tmp_path / "one.csv").exists()) == (3, False)
        assert f"eros approve {locked}" in refused.err
        assert eros("approve", locked).code == 0
        assert eros("export", locked, "--out", tmp_path / "one.csv").code == 0
        assert (tmp_path / "one.csv").read_text().count(locked) > 1

        assert eros("approve", red).code == 3
        assert eros("export", red, "--out", tmp_path / "red.csv").code == 3
        assert eros("export", red, "--out", tmp_path / "red.csv", "--override-red", "launch day").code == 0
        assert (tmp_path / "red.csv").exists()
    finally:
        eros("local", "down", program="eros-infra")


def test_an_export_in_the_old_format_goes_the_same_way(tmp_path: Path) -> None:
    eros = Eros(tmp_path / "home")
    imported = eros("import", FIXTURE, "--json")
    assert imported.code == 0, imported.err
    run = eros("run", "--week", WEEK, "--auto-approve", "--out", tmp_path / "sheets", "--json")
    assert run.code == 0, run.out
    assert any(page["status"] == "exported" for page in run.json["pages"])
    answer = eros("verify", "--week", WEEK, "--out", tmp_path / "sheets")
    assert answer.code == 0, answer.out
