"""The story of a rollback on a played Google: what is left alive, what is silent, and a kill at every single step."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.errors import InfraError, RefusedError, UsageError
from infra.records import releases
from infra.release import deploy, facts
from infra.release.bucket import Shelf, known
from infra.release.merge import ALERT, SCHEDULE
from infra.release.phases import Silent
from infra.settings import Settings
from tests.unit.release.played import Killed, World, new_stacks, old_stacks, schedule, table

TABLE, ROUTINE = "google_bigquery_table", "google_bigquery_routine"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of deployments: without the disk's word for every file, git, and sixty rendered templates each."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    monkeypatch.setattr(facts, "commit", lambda root: ("c0ffee", False))
    monkeypatch.setattr(deploy, "rendered_objects", lambda sql: {"tables/creators": "CREATE TABLE"})
    monkeypatch.setattr(deploy, "rendered_schedules", lambda sql: {})
    monkeypatch.setattr(deploy, "release_id", lambda: "r0123456789ab")


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "home")
    made.deploy(old_stacks())
    return made


def columns(world: World, name: str) -> list[str]:
    (body,) = world.named(TABLE)[name]
    return [one["name"] for one in json.loads(body["schema"])]


def assert_is_back(world: World) -> None:
    """The first release's behaviour; everything newer alive and silent; nothing twice, nothing lost."""
    assert world.twice() == []
    assert [one["definition_body"] for one in world.named(ROUTINE)["score"]] == ["1"]
    assert columns(world, "creators") == ["page_name", "settings", "nickname"]
    schedules = {name: (one["schedule"], one["disabled"]) for name, (one,) in world.named(SCHEDULE).items()}
    assert schedules["daily"] == (schedule("daily")["schedule"], False)
    assert schedules.get("hourly", ("", True))[1] is True
    alerts = {name: one["enabled"] for name, (one,) in world.named(ALERT).items()}
    assert alerts["slow"] is True and alerts.get("loud", False) is False


def assert_is_forward(world: World) -> None:
    assert world.twice() == []
    assert [one["definition_body"] for one in world.named(ROUTINE)["score"]] == ["2"]
    assert {name: one["disabled"] for name, (one,) in world.named(SCHEDULE).items()} == {
        "daily": False,
        "hourly": False,
    }
    assert all(one["enabled"] for (one,) in world.named(ALERT).values())
    assert columns(world, "creators") == ["page_name", "settings", "nickname"] and "flags" in world.named(TABLE)


def test_deploy_change_rollback_and_roll_forward(world: World) -> None:
    world.deploy(new_stacks())
    before = {(one["type"], one["key"], one["id"]) for one in world.objects}
    back = world.rollback()
    assert_is_back(world)
    assert back.release is not None
    assert (back.release.kind, back.release.target, back.release.number) == ("rollback", 1, 3)
    forward = world.deploy(new_stacks())
    assert_is_forward(world)
    assert forward.planned.adopted == 0
    # The very same objects all the way: nothing was made a second time, nothing was replaced.
    assert {(one["type"], one["key"], one["id"]) for one in world.objects} == before


def test_the_order_is_schedules_off_then_all_else_then_schedules_on(world: World) -> None:
    world.deploy(new_stacks())
    world.steps.clear()
    outcome = world.rollback()
    assert [one["phase"] for one in outcome.phases] == [
        "release", "schedules off", "target", "merge", "plan", "gate", "backup", "apply", "verify", "smoke",
        "plan", "gate", "schedules on", "look again",
    ]  # fmt: skip
    assert all(one["seconds"] >= 0 for one in outcome.phases)
    off = [number for number, step in enumerate(world.steps) if step == "switch off"]
    assert len(off) == 2 and max(off) < world.steps.index("ready")
    last = len(world.steps) - 1 - world.steps[::-1].index("apply automation")
    assert world.steps.index("look") < last and world.steps.index("apply warehouse") < last


def test_trap_7_a_state_revert_would_orphan_live_schedules_so_the_state_is_kept_and_they_are_switched_off(
    world: World,
) -> None:
    world.deploy(new_stacks())
    held = {stack: dict(state) for stack, state in world.states.items()}
    world.rollback()
    assert world.states == held
    assert [one["disabled"] for one in world.named(SCHEDULE)["hourly"]] == [True]


def test_section_5_code_alone_set_back_is_refused_because_it_would_destroy_what_is_newer(world: World) -> None:
    """The terraform that follows would drop a column, and destroy a table and a schedule."""
    world.deploy(new_stacks())
    with pytest.raises(RefusedError, match="nickname lost"):
        world.deploy(old_stacks())
    wide = old_stacks()
    wide["warehouse"]["resource"][TABLE]["creators"] = table("creators", "page_name", "settings", "nickname")
    with pytest.raises(RefusedError, match=r"google_bigquery_table\.flags would be destroyed"):
        world.deploy(wide)


def test_section_5_r0_switches_schedules_off_even_when_terraform_cannot_run(world: World) -> None:
    world.deploy(new_stacks())
    world.terraform_is_broken = True
    with pytest.raises(InfraError, match="terraform is not installed") as caught:
        world.rollback()
    assert "the schedules are off" in caught.value.where and "nothing was applied" in caught.value.where
    assert "eros-infra rollback --to previous" in caught.value.fix
    assert all(one["disabled"] for (one,) in world.named(SCHEDULE).values())
    world.terraform_is_broken = False
    world.rollback()
    assert_is_back(world)


def test_r0_stops_both_copies_of_a_schedule_that_exists_twice(world: World) -> None:
    twin = {**world.objects[-1], **next(one for one in world.objects if one["type"] == SCHEDULE), "id": 99}
    world.objects.append({**twin, "body": dict(twin["body"])})
    assert world.switch_off(["daily"]) == ("daily", "daily")
    assert [one["disabled"] for one in world.named(SCHEDULE)["daily"]] == [True, True]


def test_when_the_check_fails_the_schedules_stay_off_and_the_same_command_goes_on(world: World) -> None:
    world.deploy(new_stacks())
    world.smoke_fails = True
    with pytest.raises(InfraError, match="smoke: the target does not hold") as caught:
        world.rollback()
    assert "the schedules are off" in caught.value.where
    assert all(one["disabled"] for (one,) in world.named(SCHEDULE).values())
    assert releases(world.home, "local")[-1].outcome == "failed"
    world.smoke_fails = False
    world.rollback()
    assert_is_back(world)


def test_with_one_release_it_says_so_and_switches_nothing_off(world: World) -> None:
    with pytest.raises(InfraError, match="there is only one release") as caught:
        world.rollback()
    assert caught.value.exit_code == 1
    assert [one["disabled"] for (one,) in world.named(SCHEDULE).values()] == [False]
    assert "switch off" not in world.steps


def test_a_release_that_failed_halfway_is_undone_to_the_one_before_it(world: World) -> None:
    # The new schedule is made and alive, and nobody lived to write it into the state or a complete release.
    world.kill_on = f"created {SCHEDULE}.hourly, not in the state yet"
    with pytest.raises(Killed):
        world.deploy(new_stacks())
    world.kill_on = ""
    assert f"{SCHEDULE}.hourly" not in world.states["automation"] and "hourly" in world.named(SCHEDULE)
    outcome = world.rollback()
    assert outcome.release is not None and outcome.release.target == 1 and outcome.planned.adopted == 1
    assert_is_back(world)


def test_a_new_machine_with_an_empty_home_rolls_back_from_the_bucket(world: World, tmp_path: Path) -> None:
    world.deploy(new_stacks())
    shutil.rmtree(world.home)
    world.home = tmp_path / "another home"
    outcome = world.rollback()
    assert_is_back(world)
    assert outcome.release is not None and (outcome.release.number, outcome.release.target) == (3, 1)
    world.deploy(new_stacks())
    assert_is_forward(world)
    assert [(one.number, places) for one, places in known(world.site, Shelf(world.site))] == [
        (1, "here, bucket"),
        (2, "here, bucket"),
        (3, "here, bucket"),
        (4, "here, bucket"),
    ]


def test_without_the_bucket_this_machines_records_lead_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.deploy(new_stacks())
    monkeypatch.setattr(Shelf, "records", lambda self: (_ for _ in ()).throw(InfraError("no bucket")))
    world.rollback()
    assert_is_back(world)


def test_after_a_rollback_previous_is_where_it_went_and_a_number_is_what_it_says(world: World) -> None:
    world.deploy(new_stacks())
    world.rollback()
    again = world.rollback()
    assert again.release is not None and again.release.target == 1
    assert_is_back(world)
    forward = world.rollback("2")
    assert forward.release is not None and forward.release.target == 2
    assert_is_forward(world)
    with pytest.raises(UsageError, match="no complete release 9"):
        world.rollback("9")
    with pytest.raises(UsageError, match="there is no release 'two'"):
        world.rollback("two")


def test_the_kill_switch_keeps_schedules_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.deploy(new_stacks())
    monkeypatch.setenv("EROS_SCHEDULES_DISABLED", "true")
    world.rollback()
    assert all(one["disabled"] for (one,) in world.named(SCHEDULE).values())


def test_trap_6_reapplying_the_old_configuration_drops_no_column(world: World) -> None:
    world.deploy(new_stacks())
    world.rollback()
    assert columns(world, "creators") == ["page_name", "settings", "nickname"]


def test_trap_8_what_is_newer_keeps_prevent_destroy_and_deletion_protection(world: World) -> None:
    loose = old_stacks()
    new = new_stacks()
    world.deploy(new)
    record = world.rollback().release
    assert record is not None
    stack = record.synthesised("warehouse")
    assert stack is not None and loose["warehouse"]["resource"]
    for body in stack["resource"][TABLE].values():
        assert body["lifecycle"] == {"prevent_destroy": True} and body["deletion_protection"] is True


def test_trap_9_no_table_is_made_anew(world: World) -> None:
    world.deploy(new_stacks())
    ids = {one["key"]: one["id"] for one in world.objects if one["type"] == TABLE}
    world.rollback()
    assert {one["key"]: one["id"] for one in world.objects if one["type"] == TABLE} == ids


def test_trap_19_an_older_provider_with_newer_state_is_refused_with_its_reason(world: World) -> None:
    world.provider = "6.51.0"
    world.deploy(new_stacks())
    world.provider = "6.50.0"  # this machine has only the version of the release that is gone back to
    with pytest.raises(RefusedError, match=r"written by version 6\.51\.0 .* 6\.50\.0 would be used") as caught:
        world.rollback()
    assert caught.value.exit_code == 3 and "an older provider refuses a state" in caught.value.why
    assert "nothing was applied" in caught.value.where
    with pytest.raises(RefusedError, match=r"6\.51\.0"):
        world.deploy(new_stacks())
    world.provider = "6.51.0"
    record = world.rollback().release
    assert record is not None and record.versions["provider google"] == "6.51.0"
    stack = record.synthesised("warehouse")
    assert stack is not None
    assert stack["terraform"]["required_providers"]["google"]["version"] == "6.51.0"


def test_a_table_of_the_old_release_with_a_newer_guard_keeps_it(tmp_path: Path) -> None:
    world = World(tmp_path / "home")
    old, new = old_stacks(), new_stacks()
    old["warehouse"]["resource"][TABLE]["creators"] = table("creators", "page_name", lifecycle={})
    world.deploy(old)
    world.deploy(new)
    world.rollback()
    (body,) = world.named(TABLE)["creators"]
    assert body["lifecycle"] == {"prevent_destroy": True}


def every_kill(start: World, folder: Path, work: Callable[[World], Any]) -> Iterator[tuple[World, str]]:
    """The world after a kill at the first step of the work, at the second, and so on; and the step's name."""
    at = 0
    while True:
        at += 1
        world = start.copied(folder / str(at))
        steps: list[str] = []
        if not world.crashed(lambda world=world: work(world), at, steps):
            break
        yield world, f"{at}: {steps[-1]}"
    assert at > 30, "every step was killed once"


def test_killed_at_every_step_of_a_rollback_the_same_command_ends_where_it_was_meant_to(
    world: World, tmp_path: Path
) -> None:
    world.deploy(new_stacks())
    for killed, step in every_kill(world, tmp_path, lambda one: one.rollback()):
        outcome = killed.rollback()
        assert outcome.release is not None and outcome.release.target == 1, step
        assert_is_back(killed)
        killed.deploy(new_stacks())
        assert_is_forward(killed)


def test_killed_at_every_step_of_the_change_a_rollback_undoes_it(world: World, tmp_path: Path) -> None:
    for killed, step in every_kill(world, tmp_path, lambda one: one.deploy(new_stacks())):
        if len(known(killed.site, Shelf(killed.site))) == 1:
            assert not any(one["type"] == SCHEDULE and one["key"][-1] == "hourly" for one in killed.objects), step
            continue  # it had not begun: there is only one release
        killed.rollback()
        assert killed.twice() == [], step
        assert [one["definition_body"] for one in killed.named(ROUTINE)["score"]] == ["1"], step
        assert [one["disabled"] for one in killed.named(SCHEDULE).get("hourly", [{"disabled": True}])] == [True], step
        assert [one["disabled"] for one in killed.named(SCHEDULE)["daily"]] == [False], step
        killed.deploy(new_stacks())
        assert_is_forward(killed)


def test_killed_at_every_step_of_the_roll_forward_it_converges(world: World, tmp_path: Path) -> None:
    world.deploy(new_stacks())
    world.rollback()
    for killed, _ in every_kill(world, tmp_path, lambda one: one.deploy(new_stacks())):
        killed.deploy(new_stacks())
        assert_is_forward(killed)


def test_a_stack_that_no_release_was_about_is_left_alone(world: World) -> None:
    """Releases of some stacks only: the others have nothing to go back to, and nothing is planned for them."""
    only = replace(world.site, stacks=("warehouse",))
    home = world.home.with_name("some")
    some = World(home)
    some.stacks = old_stacks()
    for stacks in (old_stacks(), new_stacks()):
        some.stacks = stacks
        deploy.Deployment(replace(only, settings=Settings(home=home), world=some), some.parts(), Silent()).deploy()
    outcome = some.rollback()
    assert [one.stack for one in outcome.planned.stacks] == ["warehouse"]
    assert [one["definition_body"] for one in some.named(ROUTINE)["score"]] == ["1"]
