"""Damaged states repaired, objects forgotten, rows looked for: the pure parts, and the locks around them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

import infra.release
from infra import terraform
from infra.errors import ConflictError, InfraError, RefusedError, UsageError
from infra.plan.model import read_plan
from infra.records import Release
from infra.release import restore
from infra.release.forget import check, without
from infra.release.generations import Generation, generations, read_state
from infra.release.locks import state_lock
from infra.release.merge import SCHEDULE
from infra.release.restore import held_state, repaired, restore_state
from infra.release.restore_data import merge_script, missing_query, require_snapshots
from infra.release.rollback import at_home
from infra.release.versions import is_older, newest_provider, pinned
from infra.terraform import StateLocked
from tests.unit.release.played import World

NAME = "eros/local/warehouse/default.tfstate"


def state(serial: int, lineage: str = "one", **about: Any) -> dict[str, Any]:
    return {"version": 4, "serial": serial, "lineage": lineage, "resources": [], **about}


def generation(number: int, content: Any, live: bool = False) -> Generation:
    return Generation(str(number), "", live, content)


def test_section_5_r3_the_old_content_gets_the_serial_after_the_current_one() -> None:
    every = [generation(1, state(3, outputs={"a": 1})), generation(2, state(4)), generation(3, state(9), live=True)]
    # 9 is current, so the repaired one is 10.
    assert repaired(every[0], every) == state(10, outputs={"a": 1})
    assert every[0].content == state(3, outputs={"a": 1})


def test_where_the_current_one_cannot_be_read_the_serial_follows_the_highest_there_ever_was() -> None:
    every = [generation(1, state(3)), generation(2, state(12)), generation(3, None, live=True)]
    assert repaired(every[0], every)["serial"] == 13
    # Deleted altogether: no generation is live.
    assert repaired(every[0], every[:2])["serial"] == 13


@given(some.lists(some.one_of(some.none(), some.integers(0, 50)), min_size=1, max_size=6), some.data())
def test_the_serial_never_goes_backwards(serials: list[int | None], data: some.DataObject) -> None:
    last = len(serials) - 1
    every = [generation(n, None if one is None else state(one), n == last) for n, one in enumerate(serials)]
    readable = [one for one in every if one.content is not None]
    if readable:
        pushed = repaired(data.draw(some.sampled_from(readable)), every)
        current = serials[-1]
        assert pushed["serial"] == 1 + (current if current is not None else max(one.serial or 0 for one in readable))


def test_another_lineage_and_a_damaged_generation_are_refused() -> None:
    every = [generation(1, state(3, "other")), generation(2, None), generation(3, state(9), live=True)]
    with pytest.raises(RefusedError, match="another lineage"):
        repaired(every[0], every)
    with pytest.raises(RefusedError, match="damaged itself"):
        repaired(every[1], every)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"serial": 1}', b'{"serial": "1", "lineage": "x"}'])
def test_what_is_no_state_is_damaged(data: bytes) -> None:
    assert read_state(data) is None


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(restore, "refreshed", lambda site, stack: None)
    made = World(tmp_path / "home")
    for one in (state(3), state(4)):
        made.storage.write(NAME, json.dumps(one).encode())
    made.storage.write(NAME, b"damaged")
    return made


def test_a_damaged_state_is_repaired_under_the_lock_and_the_lock_is_given_back(world: World) -> None:
    held: list[bool] = []
    upload = world.storage.request

    def seen(method: str, url: str, **about: Any) -> Any:
        if method == "POST" and about["params"]["name"] == NAME:
            held.append(bool(world.storage.objects.get(NAME.replace("tfstate", "tflock"))))
        return upload(method, url, **about)

    world.storage.request = seen  # type: ignore[method-assign]
    first = generations(world.site, "warehouse")[0]
    done = restore_state(world.site, "warehouse", first.number, lambda text: None)
    assert (done.serial, held) == (5, [True])
    (*_, live) = generations(world.site, "warehouse")
    assert live.live and live.content == state(5)
    environment = world.site.environment
    assert state_lock(world.site.rest, environment.bucket, environment.state_prefix("warehouse")) is None


def test_while_somebody_holds_the_state_nothing_is_pushed(world: World) -> None:
    lock = {"ID": "x", "Operation": "OperationTypeApply", "Who": "ann@elsewhere", "Created": "2026-01-14T20:00:00Z"}
    world.storage.write(NAME.replace("tfstate", "tflock"), json.dumps(lock).encode())
    before = world.storage.objects[NAME][:]
    with pytest.raises(StateLocked, match="ann@elsewhere"):
        restore_state(world.site, "warehouse", str(before[0][0]), lambda text: None)
    assert world.storage.objects[NAME] == before


def test_a_state_that_changes_meanwhile_is_not_overwritten(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def raced(wanted: Generation, every: Any) -> Any:
        world.storage.write(NAME, json.dumps(state(8)).encode())
        return repaired(wanted, every)

    monkeypatch.setattr(restore, "repaired", raced)
    with pytest.raises(ConflictError, match="changed by somebody else"):
        restore_state(world.site, "warehouse", str(world.storage.objects[NAME][0][0]), lambda text: None)
    assert json.loads(world.storage.objects[NAME][-1][1])["serial"] == 8


def test_a_lock_that_a_dead_repair_left_is_broken_by_the_next_one(world: World) -> None:
    from dataclasses import replace

    from infra.holders import read_holder, write_holder
    from infra.release.locks import running_note

    note = running_note(world.site.home, "local", "warehouse")
    holding = held_state(world.site, "warehouse")
    holding.__enter__()
    mine = read_holder(note)
    assert mine is not None
    write_holder(note, replace(mine, started="another process"))  # as if this one were gone
    with held_state(world.site, "warehouse"):
        assert not note.read_text().count("another process")


def test_a_stack_or_generation_that_is_not_there_is_named(world: World) -> None:
    with pytest.raises(UsageError, match="there is no stack 'house'"):
        restore_state(world.site, "house", "1", lambda text: None)
    with pytest.raises(UsageError, match="no generation 1"):
        restore_state(world.site, "warehouse", "1", lambda text: None)


def test_forgetting_takes_the_object_out_and_nobody_waits_for_it_any_more() -> None:
    stack = {"resource": {"t": {"a": {}, "b": {"depends_on": ["t.a", "t.c"]}, "c": {}}}, "provider": {}}
    assert without(stack, "t.a") == {"resource": {"t": {"b": {"depends_on": ["t.c"]}, "c": {}}}, "provider": {}}
    uses = {"resource": {"t": {"a": {}, "b": {"channel": "${t.a.name}"}}}}
    with pytest.raises(RefusedError, match=r"t\.b uses t\.a"):
        without(uses, "t.a")


def shown(*changes: tuple[str, str]) -> Any:
    return read_plan("warehouse", {
        "format_version": "1.2", "terraform_version": "1.11.4", "errored": False, "complete": True,
        "resource_changes": [
            {"address": address, "type": address.partition(".")[0], "name": "x", "change": {"actions": [action]}}
            for address, action in changes
        ],
    })  # fmt: skip


def test_a_plan_that_does_more_than_forget_is_refused() -> None:
    check(shown(("t.a", "forget"), ("t.b", "no-op")), "t.a")
    for changes in ([("t.a", "delete")], [("t.a", "forget"), ("t.b", "update")], [("t.b", "forget")], []):
        with pytest.raises(RefusedError, match=r"does not just forget t\.a"):
            check(shown(*changes), "t.a")


def test_no_path_runs_destroy_forces_a_state_or_removes_by_destroying() -> None:
    sources = [Path(terraform.__file__), *Path(infra.release.__file__).parent.glob("*.py")]
    text = "\n".join(one.read_text(encoding="utf-8") for one in sources)
    assert '"destroy"' not in text.replace('{"destroy": False}', "") and "-destroy" not in text
    assert '"-force"' not in text and "force-unlock" not in text and '"push"' not in text
    assert text.count('"removed":') == 1 and '"destroy": True' not in text
    # The commands that the runner knows, and no other.
    runner = Path(terraform.__file__).read_text(encoding="utf-8")
    assert all(f'["{one}"' in runner for one in ("init", "plan", "show", "apply", "state", "version"))
    assert "-replace" not in runner and "taint" not in runner


def test_the_removed_block_never_destroys_and_is_gone_again(tmp_path: Path) -> None:
    path = terraform.write_removed(tmp_path, "t.a")
    assert json.loads(path.read_text()) == {"removed": [{"from": "t.a", "lifecycle": {"destroy": False}}]}
    assert not terraform.write_removed(tmp_path).exists()


def test_section_5_r2_inserts_missing_rows_only_under_the_guard_row_and_as_many_as_were_shown() -> None:
    text = merge_script("p.b.kept", "p.d.live", "p.d.creator_lock", ["k", "v"], ["k"], 7)
    assert "WHEN NOT MATCHED THEN INSERT (`k`, `v`) VALUES (kept.`k`, kept.`v`)" in text
    assert "WHEN MATCHED" not in text and "DELETE" not in text and "CREATE" not in text
    guard, merged, counted, committed = (
        text.index(one) for one in ("UPDATE `p.d.creator_lock`", "MERGE `p.d.live`", "!= 7", "COMMIT")
    )
    assert guard < merged < counted < committed
    assert "there.`k` = kept.`k`" in missing_query("p.b.kept", "p.d.live", ["k"])


def test_a_table_without_a_snapshot_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    release = Release(2, "local", "complete", tmp_path, "r", "", snapshots={"creator_lock": "p.b.creator_lock_1"})
    require_snapshots(release, ["creator_lock"])
    with pytest.raises(UsageError, match="no snapshot of creators"):
        require_snapshots(release, ["creator_lock", "creators"])


def test_trap_19_the_newest_version_that_ever_applied_counts(tmp_path: Path) -> None:
    def applied(number: int, version: str) -> Release:
        return Release(number, "local", "failed", tmp_path, "r", "", versions={"provider google": version})

    assert newest_provider([applied(1, "6.9.0"), applied(2, "6.50.0"), applied(3, "6.50.0-stand-in")]) == "6.50.0"
    assert newest_provider([]) == ""
    assert is_older("6.9.9", "6.50.0") and not is_older("6.50.0", "6.50.0") and not is_older("7.0.0", "6.50.0")
    stack = {"terraform": {"backend": {}, "required_providers": {"google": {"source": "g", "version": "~> 6.50"}}}}
    assert pinned(stack, "6.51.0")["terraform"] == {
        "backend": {}, "required_providers": {"google": {"source": "g", "version": "6.51.0"}},
    }  # fmt: skip
    assert pinned(stack, "") == stack


def test_a_record_of_another_home_is_planned_at_this_ones_address() -> None:
    stack = {
        "terraform": {"backend": {"gcs": {"storage_custom_endpoint": "http://127.0.0.1:1/storage/v1/", "bucket": "b"}}},
        "provider": {"google": [{"big_query_custom_endpoint": "http://127.0.0.1:1/bigquery/v2/"}]},
        "resource": {"t": {"a": {"text": "http://127.0.0.1:1/kept"}}},
    }
    moved = at_home(stack, "http://127.0.0.1:2")
    assert moved["terraform"]["backend"]["gcs"]["storage_custom_endpoint"] == "http://127.0.0.1:2/storage/v1/"
    assert moved["provider"]["google"][0]["big_query_custom_endpoint"] == "http://127.0.0.1:2/bigquery/v2/"
    assert moved["resource"] == stack["resource"] and at_home(stack, None) == stack


def test_a_schedule_that_fires_is_not_forgotten(tmp_path: Path) -> None:
    from infra.release.forget import forget
    from tests.unit.release.played import old_stacks

    world = World(tmp_path / "home")
    world.deploy(old_stacks())
    with pytest.raises(RefusedError, match="a schedule that fires") as caught:
        forget(world.site, f"{SCHEDULE}.daily", "retired", lambda text: None)
    assert "disabled" in caught.value.fix
    with pytest.raises(UsageError, match=r"no stack manages t\.a"):
        forget(world.site, "t.a", "retired", lambda text: None)
    with pytest.raises(InfraError, match="there is no release"):
        forget(World(tmp_path / "empty").site, "t.a", "retired", lambda text: None)
