"""`eros schedules`, `eros why` and `eros explain` as a person types them, over the small old export."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from tests.eros import Eros

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "old_export"
WEEK = "2026-01-19"


@dataclass(frozen=True)
class World:
    """A running server with three pages planned; one of them planned again, one only locked."""

    eros: Eros
    out: Path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    eros = Eros(tmp_path_factory.mktemp("home"))
    out = tmp_path_factory.mktemp("sheets")
    assert eros("local", "up", program="eros-infra").code == 0
    assert eros("import", FIXTURE).code == 0
    week = ("run", "--week", "next", "--out", out)
    assert eros(*week, "--page", "maya_fit_paid", "--page", "new_page", "--auto-approve").code == 0
    assert eros(*week, "--page", "maya_fit_paid", "--auto-approve", "--replan").code == 0
    assert eros(*week, "--page", "sunny.kitchen_free").code == 0
    yield World(eros, out)
    eros("local", "down", program="eros-infra")


def test_schedules_lists_where_each_week_stands(world: World) -> None:
    answer = world.eros("schedules")
    assert answer.code == 0
    assert f"Week of {WEEK} (next week): 1 locked, 2 exported, 1 superseded" in answer.out
    assert "v1 of 2; supersede by" in answer.out
    assert f"sheets: {world.out}/{WEEK}/<schedule>.csv (2)" in answer.out
    assert max(map(len, answer.out.splitlines())) <= 120


def test_schedules_answers_in_json_with_the_hash_of_the_sheet(world: World) -> None:
    answer = world.eros("schedules", "--json")
    found = {one["schedule_id"]: one for one in answer.json["schedules"]}
    assert answer.json["current_week"] == "2026-01-12"
    assert {name: one["status"] for name, one in found.items()} == {
        f"sched_20260119_{page}": status
        for page, status in (
            ("maya_fit_paid_v1", "superseded"),
            ("maya_fit_paid_v2", "exported"),
            ("new_page_v1", "exported"),
            ("sunny.kitchen_free_v1", "locked"),
        )
    }
    sheet = found["sched_20260119_new_page_v1"]
    assert hashlib.sha256(Path(sheet["sheet_path"]).read_bytes()).hexdigest() == sheet["sheet_hash"]
    assert sheet["last_at"] == "2026-01-14T20:00:00+00:00"
    assert found["sched_20260119_sunny.kitchen_free_v1"]["sheet_hash"] is None


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--week", WEEK), 4),
        (("--week", "next", "--status", "locked"), 1),
        (("--week", "all", "--page", "new_page"), 1),
    ],
)
def test_schedules_filters(world: World, options: tuple[str, ...], found: int) -> None:
    assert len(world.eros("schedules", "--json", *options).json["schedules"]) == found


def test_an_empty_list_says_what_was_looked_for(world: World) -> None:
    answer = world.eros("schedules", "--week", "2025-01-06")
    assert (answer.code, answer.out) == (0, "no schedules in the week of 2025-01-06\n")
    assert world.eros("schedules", "--week", "2025-01-06", "--json").json["schedules"] == []


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("schedules", "--status", "done"), "superseded"),
        (("schedules", "--page", "maya"), "maya_fit_paid"),
        (("schedules", "--week", "2026-01-20"), "not a Monday"),
        (("why", "sched_20260119_maya_v1", "1"), "sched_20260119_maya_fit_paid_v1"),
        (("why", "sched_20260119_new_page_v1", "0"), "1 to 10"),
        (("why", "sched_20260119_new_page_v1", "11"), "1 to 10"),
        (("why", "sched_20260119_new_page_v1", "first"), "integer"),
        (("explain", "maya"), "maya_fit_paid"),
        (("explain", "new_page", "--as-of", "2026-01-14"), "no offset"),
        (("explain", "new_page", "--as-of", "noon"), "not an instant"),
        (("explain", "new_page", "--as-of", "9999-12-31T23:59:59Z"), "from 2000 to 2100"),
        (("schedules", "--week", "9999-12-27"), "from 2000 to 2100"),
    ],
)
def test_a_wrong_question_ends_with_2_and_names_what_is_near(
    world: World, arguments: tuple[str, ...], word: str
) -> None:
    answer = world.eros(*arguments, "--json")
    assert answer.code == 2
    assert word in answer.err
    assert answer.json["exit_code"] == 2


def _sheet(world: World, schedule_id: str) -> list[dict[str, str]]:
    with (world.out / WEEK / f"{schedule_id}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("position", [1, 4, 10])
def test_why_tells_what_the_sheet_shows_and_replays_it(world: World, position: int) -> None:
    schedule_id = "sched_20260119_maya_fit_paid_v2"
    row = _sheet(world, schedule_id)[position - 1]
    answer = world.eros("why", schedule_id, position)
    assert answer.code == 0, answer.err
    assert f"message {position} of 10 (exported)" in answer.out
    assert row["scheduled_send_time"] in answer.out
    assert "replays bit for bit from the logged counts and seed" in " ".join(answer.out.split())
    assert "nothing has changed" in answer.out
    assert max(map(len, answer.out.splitlines())) <= 100
    document = world.eros("why", schedule_id, position, "--json").json
    assert document["replay"]["bit_for_bit"] is True
    assert document["message"]["price"] == row["price"]
    assert datetime.fromisoformat(document["message"]["time"]).isoformat() == row["scheduled_send_time"]
    assert f"{document['message']['final_score']:.4f}" == row["performance_score"]
    assert document["belief"]["lower"] < document["belief"]["mean"] < document["belief"]["upper"]
    assert document["seed"] == "eros|2026-01-19|maya_fit_paid|v2"
    assert document["today"] == {"verdict": "picked", "picked_again": document["today"]["of"],
                                 "of": document["today"]["of"], "changes": []}  # fmt: skip


def test_a_superseded_and_a_locked_week_are_explained_too(world: World) -> None:
    """The versions of a week release each other: v1 is judged as if v2 did not hold its captions."""
    for schedule_id in ("sched_20260119_maya_fit_paid_v1", "sched_20260119_sunny.kitchen_free_v1"):
        document = world.eros("why", schedule_id, 3, "--json").json
        assert document["replay"]["bit_for_bit"] is True
        assert document["today"]["verdict"] == "picked"
        assert document["today"]["picked_again"] == document["today"]["of"]


def test_asking_changes_nothing(world: World) -> None:
    before = world.eros("schedules", "--json").out
    world.eros("why", "sched_20260119_new_page_v1", 2)
    assert world.eros("schedules", "--json").out == before


@pytest.mark.parametrize("page", ["maya_fit_paid", "sunny.kitchen_free", "new_page"])
def test_explain_agrees_with_the_week_that_was_planned(world: World, page: str) -> None:
    """The volume of each day is what `eros run` put there, and the tier and zone are the schedule's."""
    document = world.eros("explain", page, "--json").json
    [schedule] = [
        one
        for one in world.eros("schedules", "--page", page, "--json").json["schedules"]
        if one["status"] in ("locked", "exported")
    ]
    assert document["tier"]["size"] == schedule["account_size"]
    assert document["zone"]["zone"] == schedule["zone"]
    assert document["volume"]["ppv"]["target"] == schedule["ppv_count"]
    assert document["volume"]["bumps"]["target"] == schedule["bump_count"]
    assert [schedule["schedule_id"], schedule["status"]] in document["standing"]
    if schedule["status"] == "exported":
        sheet = _sheet(world, schedule["schedule_id"])
        for kind, name in (("PPV", "ppv"), ("Bump", "bumps")):
            sent = [row["scheduled_send_time"][:10] for row in sheet if row["message_type"] == kind]
            days = [f"2026-01-{day}" for day in range(19, 26)]
            assert document["volume"][name]["days"] == [sent.count(day) for day in days]


def test_explain_is_readable(world: World) -> None:
    answer = world.eros("explain", "sunny.kitchen_free")
    assert answer.code == 0
    assert max(map(len, answer.out.splitlines())) <= 100
    for heading in ("Tier: SMALL", "Zone: GREEN", "Volume: 8 PPV and 6 bumps", "Segment: "):
        assert heading in answer.out
    assert "\x1b" not in answer.out


def test_explain_looks_back_from_the_instant_it_is_told(world: World) -> None:
    """Before the first message of the old export there is nothing to go by."""
    document = world.eros("explain", "sunny.kitchen_free", "--as-of", "2024-01-01T00:00:00Z", "--json").json
    assert document["volume"]["week"] == "2024-01-01"
    assert document["tier"]["revenue"] is None
    assert document["segment"]["segment"] == "EXPLORATORY"
