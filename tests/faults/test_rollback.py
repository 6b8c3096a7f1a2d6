"""Real Terraform: deploy, change, roll back, roll forward, each seen by Google's clients; killed, damaged, forgot."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from infra.errors import InfraError, RefusedError
from infra.gcloud import seed
from infra.records import finish, releases
from infra.release.adopt import key_of
from infra.release.deploy import Outcome
from infra.release.drill import NEW_ALERT, NEW_COLUMN, NEW_SCHEDULE, NEW_TABLE, NEW_TIMES, change
from infra.release.forget import forget
from infra.release.generations import generations
from infra.release.merge import SCHEDULE
from infra.release.parts import real_parts, schedules_of
from infra.release.phases import Silent
from infra.release.restore import restore_state
from infra.release.rollback import Rollback
from infra.release.survey import survey
from infra.release.synthesised import wanted
from infra.release.way import lenient, real_way
from tests.deploying import APPLY_ALONE, ROOT, World, world
from tests.eros import Eros
from tests.terraform import needs_node, needs_terraform

pytestmark = [needs_terraform, needs_node]
STACKS = ("warehouse", "automation", "observability")
"""Those that the change is about; the others would only take their time."""
FAST = {**APPLY_ALONE, "back_up": real_parts().back_up}
"""Deployments that the tests of this module only need to have happened: without gate, first runs and smoke."""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A first release, then one with a change of every kind and rows that only it could write."""
    with world(tmp_path_factory.mktemp("home"), bootstrap=False) as ready:
        ready.deploy(*STACKS, **FAST)
        seed(ready.client, ready.site.environment.sql)
        forward(ready)
        place = place_of(ready)
        ready.client.query_and_wait(
            f"INSERT INTO `{place}.creators` (page_name, is_active, {NEW_COLUMN}) VALUES ('lily', TRUE, 'kept')"
        )
        yield ready


def place_of(here: World) -> str:
    return f"{here.site.environment.project}.{here.site.environment.dataset}"


def forward(here: World) -> Outcome:
    """Deploy the newer release, as a commit that changed the stacks would."""
    for stack in STACKS:
        here.edits[stack] = lambda resource, stack=stack: resource.update(
            change(stack, {"resource": resource})["resource"]
        )
    try:
        return here.deploy(*STACKS, **FAST)
    finally:
        here.edits.clear()


def back(here: World, to: str = "previous", **steps: Any) -> Outcome:
    parts = replace(here.parts(), **steps) if steps else lenient(here.parts(), ())
    return Rollback(here.site, parts, Silent(), way=real_way(), to=to).rollback()


def be_back(here: World) -> None:
    """The older release's behaviour, whichever test came before."""
    if not schedules(here)[NEW_SCHEDULE][1]:
        back(here, "1", review=FAST["review"])


def be_forward(here: World) -> None:
    """The newer release's behaviour, whichever test came before."""
    if schedules(here)[NEW_SCHEDULE][1]:
        forward(here)


def once(here: World) -> Counter[Any]:
    """How often the target has each object of the newer release; its own newest declaration says which."""
    declared = [
        one
        for stack in STACKS
        for one in wanted(stack, change(stack, here.stacks[stack]), here.site.environment.project)
    ]
    keys = {(one.type, key_of(one)) for one in declared}
    found = Counter((one.type, one.key) for one in survey(here.site.rest, declared))
    return Counter({key: found[key] for key in keys})


def schedules(here: World) -> dict[str, tuple[str, bool]]:
    names = ["daily_caption_update", "expired_lock_sweep", "health_check", NEW_SCHEDULE]
    found = schedules_of(here.site).declared(names)
    assert all(len(some) == 1 for some in found.values())
    return {name: (some[0]["schedule"], some[0]["disabled"]) for name, some in found.items()}


def alerts(here: World) -> dict[str, bool]:
    path = f"v3/projects/{here.site.environment.project}/alertPolicies"
    return {
        one["displayName"]: bool(one.get("enabled"))
        for one in here.site.rest.pages("monitoring", path, "alertPolicies")
    }


def drawn(here: World) -> float:
    (row,) = here.client.query_and_wait(f"SELECT `{place_of(here)}.wilson_sample`(1, 1, 'x') AS drawn")
    return float(row["drawn"])


def assert_is_back(here: World) -> None:
    assert drawn(here) != 0.25
    (row,) = here.client.query_and_wait(
        f"SELECT {NEW_COLUMN} FROM `{place_of(here)}.creators` WHERE page_name = 'lily'"
    )
    assert row[NEW_COLUMN] == "kept"
    assert here.client.get_table(f"{place_of(here)}.{NEW_TABLE}").table_type == "TABLE"
    found = schedules(here)
    assert found.pop(NEW_SCHEDULE)[1] is True
    assert found["health_check"][0] != NEW_TIMES and not any(is_off for _, is_off in found.values())
    assert alerts(here)[NEW_ALERT] is False and sum(alerts(here).values()) == len(alerts(here)) - 1
    assert set(once(here).values()) == {1}


def assert_is_forward(here: World) -> None:
    assert drawn(here) == 0.25
    found = schedules(here)
    assert found["health_check"] == (NEW_TIMES, False) and not any(is_off for _, is_off in found.values())
    assert all(alerts(here).values())
    assert set(once(here).values()) == {1}


def test_back_and_forward_again_with_the_very_same_objects(here: World) -> None:
    """Section 5: the state is kept, newer objects stay managed and silent, a roll-forward meets no 409 and no twin."""
    be_forward(here)
    before = {one.identity for one in survey(here.site.rest, _declared(here))}
    outcome = back(here)
    assert_is_back(here)
    assert {one.address: one.action.value for one in outcome.review.plan.changes} == {  # type: ignore[attr-defined]
        "google_bigquery_routine.wilson_sample": "update",
        "google_bigquery_data_transfer_config.health_check": "update",
        f"google_monitoring_alert_policy.{NEW_ALERT}": "update",
    }
    assert outcome.release is not None and (outcome.release.kind, outcome.release.target) == ("rollback", 1)
    assert set(outcome.release.state_generations) == set(STACKS) and outcome.release.snapshots
    assert sum(one["seconds"] for one in outcome.phases) < 600
    forwarded = forward(here)
    assert_is_forward(here)
    assert forwarded.planned.adopted == 0
    assert {one.identity for one in survey(here.site.rest, _declared(here))} == before


def _declared(here: World) -> list[Any]:
    return [
        one
        for stack in STACKS
        for one in wanted(stack, change(stack, here.stacks[stack]), here.site.environment.project)
    ]


def test_killed_with_everything_while_applying_the_command_goes_on_from_the_bucket_alone(here: World) -> None:
    """SIGKILL for the command, its terraform and the plugin; this machine's records and work are lost, so is a row.

    The command then says how long each step took, and brings the row back because it was asked to.
    """
    be_forward(here)
    number = releases(here.site.home, "local")[-1].number
    killed_while_applying(here, number + 1)
    assert all(is_off for _, is_off in schedules(here).values())
    here.client.query_and_wait(f"DELETE FROM `{place_of(here)}.job_guard` WHERE job_name = 'health_check'")
    for one in here.site.folder.iterdir():
        if one.name.isdecimal() or one.name == "work":
            shutil.rmtree(one)
    eros, asked = Eros(here.site.home), ("rollback", "--to", "1", "--json", "--restore-data")
    refused = eros(*asked, "creators", program="eros-infra")
    assert refused.code == 2 and "no snapshot of creators" in refused.out
    done = eros(*asked, "job_guard", "--merge-data", program="eros-infra", timeout=400)
    assert done.code == 0, done.out + done.err
    assert done.json["release"]["number"] == number + 2
    assert_is_back(here)
    assert "1 rows inserted; none was changed" in done.json["data"][-1]
    (row,) = here.client.query_and_wait(f"SELECT COUNT(*) AS n FROM `{place_of(here)}.job_guard`")
    assert row["n"] == 3
    seconds = {one["phase"]: one["seconds"] for one in done.json["phases"]}
    assert {"schedules off", "apply", "verify", "data", "schedules on"} <= set(seconds)
    assert seconds["schedules off"] < 60 and done.json["seconds"] < 600
    listed = eros("releases", "--json", program="eros-infra")
    told = {one["number"]: (one["kind"], one["outcome"]) for one in listed.json["releases"]}
    assert told[number + 1] == ("rollback", "interrupted") and told[number + 2] == ("rollback", "complete")


def killed_while_applying(here: World, number: int) -> None:
    """Run a rollback in a process of its own, and kill it and all that it started once it has begun to apply."""
    code = (
        "import sys; from pathlib import Path; from tests.deploying import again\n"
        "from tests.faults.test_rollback import FAST, back\n"
        "back(again(Path(sys.argv[1])), '1', review=FAST['review'])"
    )
    command = subprocess.Popen([sys.executable, "-c", code, str(here.site.home)], cwd=ROOT, start_new_session=True)
    running, record = here.site.folder / "running", here.site.folder / f"{number:04d}"
    deadline = time.monotonic() + 300
    while not (record.is_dir() and [*running.glob("*.json")]) and command.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    pids = [json.loads(one.read_text())["pid"] for one in running.glob("*.json")]
    os.killpg(command.pid, signal.SIGKILL)
    for pid in pids:
        os.killpg(pid, signal.SIGKILL)
    assert command.wait() == -signal.SIGKILL and pids


def test_section_5_r3_a_damaged_state_is_repaired_and_the_target_is_as_it_says(here: World) -> None:
    environment = here.site.environment
    every = generations(here.site, "automation")
    good = every[-1]
    name = f"{environment.state_prefix('automation')}/default.tfstate"
    assert here.site.rest.upload(environment.bucket, name, b'{"version": 4, "ser', good.number) is not None
    with pytest.raises(InfraError):
        here.site.terraform("automation").state()
    done = restore_state(here.site, "automation", good.number, lambda text: None)
    assert good.serial is not None and done.serial == good.serial + 1
    live = generations(here.site, "automation")[-1]
    assert live.live and live.content == {**(good.content or {}), "serial": done.serial}
    assert here.site.terraform("automation").state()["serial"] == done.serial


def test_section_5_a_forgotten_object_stays_alive_and_a_roll_forward_makes_no_second_one(here: World) -> None:
    be_back(here)
    address = f"{SCHEDULE}.{NEW_SCHEDULE}"
    before = schedules(here)
    done = forget(here.site, address, "retired", lambda text: None)
    assert done.release.kind == "forget" and schedules(here) == before
    resources = here.site.terraform("automation").state()["resources"]
    assert NEW_SCHEDULE not in [one["name"] for one in resources]
    outcome = forward(here)
    assert outcome.planned.adopted == 1
    assert_is_forward(here)


def test_trap_19_an_older_provider_is_refused_with_its_reason(here: World) -> None:
    newest = releases(here.site.home, "local")[-1]
    finish(replace(newest, versions={**newest.versions, "provider google": "6.51.0"}))
    try:
        with pytest.raises(RefusedError, match=r"written by version 6\.51\.0") as caught:
            back(here)
        assert "an older provider refuses a state" in caught.value.why and "schedules are off" in caught.value.where
    finally:
        finish(newest)
