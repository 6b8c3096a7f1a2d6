"""The order of a deployment, what it leaves behind at each failure, and what it says. Terraform is played."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from infra.environments import STACKS, load_environment
from infra.errors import InfraError, RefusedError
from infra.records import Release, last_release, releases
from infra.release.backups import Backup
from infra.release.deploy import Deployment, Parts
from infra.release.phases import Silent
from infra.release.site import Site
from infra.release.synthesised import stack_folder
from infra.schedules import Run
from infra.settings import Settings
from infra.terraform import IMPORTS_FILE, Listener, Message


@dataclass
class Stage:
    """What happens, in order, and what is to go wrong: step name -> the error it raises."""

    done: list[str] = field(default_factory=list)
    errors: dict[str, BaseException] = field(default_factory=dict)
    changing: set[str] = field(default_factory=lambda: {"warehouse", "automation"})
    drifting: set[str] = field(default_factory=set)
    refused: bool = False

    def step(self, name: str) -> None:
        self.done.append(name)
        if name in self.errors:
            raise self.errors[name]


@dataclass
class Played:
    """Terraform in one stack: it saves a plan's words and applies only those."""

    stage: Stage
    stack: str
    listener: Listener | None

    def init(self) -> None: ...

    def state(self) -> dict[str, Any]:
        return {}

    def version(self) -> dict[str, Any]:
        return {
            "terraform_version": "1.11.4",
            "provider_selections": {"registry.terraform.io/hashicorp/google": "6.50.0"},
        }

    def plan(self, out: Path) -> bool:
        again = ".again." in out.name
        self.stage.step(f"{'plan again' if again else 'plan'} {self.stack}")
        out.write_text(f"plan of {self.stack}")
        if again and self.stack in self.stage.drifting and self.listener is not None:
            self.listener(Message("planned_change", "", "google_x.y", "update"))
        return self.stack in (self.stage.drifting if again else self.stage.changing)

    def show(self, plan: Path) -> dict[str, Any]:
        return {"shown": plan.read_text()}

    def apply(self, plan: Path) -> None:
        assert plan.read_text() == f"plan of {self.stack}"
        if self.listener is not None:
            self.listener(Message("apply_complete", "", "google_x.first", "create"))
        self.stage.step(f"apply {self.stack}")


@dataclass(frozen=True)
class PlayedSite(Site):
    stage: Stage = field(default_factory=Stage)

    def terraform(self, stack: str, logs: Path | None = None, listener: Listener | None = None) -> Any:
        return Played(self.stage, stack, listener)


@dataclass
class Verdicts:
    stage: Stage

    def raise_if_refused(self) -> None:
        if self.stage.refused:
            raise RefusedError("the gate refuses this plan")

    def as_dict(self) -> dict[str, Any]:
        allowed = [{"rule": "cost", "address": "google_x.y", "allowed_because": "worth its money"}]
        return {"passed": not self.stage.refused, "allowed": allowed, "refused": ["one"] * self.stage.refused}


@dataclass
class Review:
    verdicts: Verdicts


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def site(tmp_path: Path, stage: Stage) -> PlayedSite:
    settings = Settings(home=tmp_path / "home")
    return PlayedSite(load_environment("local", settings), settings, tmp_path, stage=stage)


@pytest.fixture
def deploy(site: PlayedSite, stage: Stage) -> Callable[[], Any]:
    return lambda: Deployment(site, parts(stage), Silent()).deploy()


def parts(stage: Stage) -> Parts:
    def step(name: str, result: Any = None) -> Callable[..., Any]:
        def taken(*_: Any) -> Any:
            stage.step(name)
            return result

        return taken

    def synthesise(site: Site) -> None:
        stage.step("synth")
        for stack in STACKS:
            folder = stack_folder(site.out, stack)
            folder.mkdir(parents=True, exist_ok=True)
            content = {"resource": {"google_pubsub_topic": {stack: {"name": stack}}}}
            (folder / "cdk.tf.json").write_text(json.dumps(content))

    return Parts(
        ready=step("ready", "here"),
        validate=step("gates", 5),
        synthesise=synthesise,
        survey=step("survey", []),
        review=step("review", Review(Verdicts(stage))),
        make_place=step("make place"),
        back_up=step("backup", Backup("2026-01-14T20:00:00+00:00", {"creator_lock": "p.b.creator_lock_1"})),
        seed=step("seed"),
        first_runs=step("first runs", [("health_check", Run("r", "FAILED", None, "hard gates tripped"))]),
        look=step("smoke", 12),
    )


def test_nothing_is_applied_before_every_plan_is_made_judged_and_the_state_is_kept(deploy, stage: Stage, site) -> None:
    outcome = deploy()
    planned = {f"plan {stack}" for stack in STACKS}
    assert stage.done[:5] == ["ready", "gates", "make place", "synth", "survey"]
    assert set(stage.done[5:10]) == planned
    assert stage.done[10:14] == ["review", "backup", "apply warehouse", "apply automation"]
    assert stage.done[14] == "seed"
    assert set(stage.done[15:20]) == {f"plan again {stack}" for stack in STACKS}
    assert stage.done[20:] == ["first runs", "smoke"]
    assert outcome.release.applied == ("warehouse", "automation")


def test_the_record_holds_all_that_was_applied(deploy, site: PlayedSite) -> None:
    deploy()
    release = last_release(site.home, "local")
    assert release is not None and (release.number, release.outcome) == (1, "complete")
    assert release.synthesised("state") == {"resource": {"google_pubsub_topic": {"state": {"name": "state"}}}}
    assert release.plan("warehouse") == {"shown": "plan of warehouse"}
    assert (release.folder / "plans" / "warehouse.tfplan").read_text() == "plan of warehouse"
    assert "CREATE" in (release.folder / "sql" / "tables" / "creator_lock.sql").read_text()
    assert (release.folder / "sql" / "scheduled_queries" / "health_check.sql").is_file()
    assert json.loads((release.folder / "gate.json").read_text())["passed"] is True
    assert release.snapshots == {"creator_lock": "p.b.creator_lock_1"}
    assert release.snapshot_instant == "2026-01-14T20:00:00+00:00"
    assert release.allowed == {"cost:google_x.y": "worth its money"}
    assert release.versions["terraform"] == "1.11.4" and release.versions["provider google"] == "6.50.0"
    assert "@" in release.who and release.started <= release.finished
    names = [phase["phase"] for phase in release.phases]
    assert names == [
        "target",
        "gates",
        "synth",
        "plan",
        "gate",
        "backup",
        "apply",
        "seed",
        "verify",
        "first runs",
        "smoke",
    ]
    assert all(phase["outcome"] == "ok" and phase["seconds"] >= 0 for phase in release.phases)


def test_deployed_again_nothing_is_applied_and_no_second_release_is_made(deploy, stage: Stage, site) -> None:
    deploy()
    stage.changing, stage.done = set(), []
    assert deploy().release is None
    assert "backup" not in stage.done and not any(one.startswith("apply") for one in stage.done)
    assert len(releases(site.home, "local")) == 1


@pytest.mark.parametrize("step", ["ready", "gates", "synth", "survey", "plan guardrails", "review", "backup"])
def test_a_failure_before_the_first_apply_leaves_no_release(deploy, stage: Stage, site, step: str) -> None:
    stage.errors[step] = InfraError("broken", where="there")
    with pytest.raises(InfraError) as caught:
        deploy()
    assert "nothing was applied" in caught.value.where and "there" in caught.value.where
    assert caught.value.fix == "mend the cause, then eros-infra deploy --target local"
    assert not any(one.startswith("apply") for one in stage.done)
    assert releases(site.home, "local") == ()


def test_a_refusal_of_the_gate_ends_it_with_exit_code_3_and_is_kept_to_be_read(deploy, stage: Stage, site) -> None:
    stage.refused = True
    with pytest.raises(RefusedError) as caught:
        deploy()
    assert caught.value.exit_code == 3 and "nothing was applied" in caught.value.where
    assert "backup" not in stage.done and releases(site.home, "local") == ()
    assert json.loads((site.folder / "staged" / "gate.json").read_text())["passed"] is False


def test_a_failure_while_applying_says_how_far_it_came_and_how_to_go_on(deploy, stage: Stage, site) -> None:
    stage.errors["apply automation"] = InfraError("Google said no")
    with pytest.raises(InfraError) as caught:
        deploy()
    error = caught.value
    assert error.what == "apply: Google said no"
    assert error.where == "applied so far: warehouse, automation (only 1 resources)"
    assert "eros-infra deploy --target local" in error.fix
    (release,) = releases(site.home, "local")
    assert (release.outcome, release.applied) == ("failed", ("warehouse", "automation (only 1 resources)"))
    assert "Google said no" in release.error and last_release(site.home, "local") is None
    assert [one["outcome"] for one in release.phases if one["phase"] == "apply"] == ["failed"]


def test_what_still_differs_after_the_apply_is_an_error_that_names_it(deploy, stage: Stage, site) -> None:
    stage.drifting = {"automation"}
    with pytest.raises(InfraError, match="verify: the target does not hold what was applied") as caught:
        deploy()
    assert caught.value.why == "automation: google_x.y (update)"
    assert releases(site.home, "local")[0].outcome == "failed"


def test_one_that_is_killed_while_applying_stays_on_record_as_interrupted(deploy, stage: Stage, site) -> None:
    stage.errors["apply automation"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        deploy()
    (release,) = releases(site.home, "local")
    assert release.outcome == "interrupted" and release.stacks == STACKS


def test_after_an_interrupted_release_a_deployment_without_changes_is_recorded_all_the_same(
    deploy, stage: Stage, site
) -> None:
    stage.errors["seed"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        deploy()
    stage.errors, stage.changing = {}, set()
    assert deploy().release.number == 2
    assert [one.outcome for one in releases(site.home, "local")] == ["interrupted", "complete"]


def test_the_gate_sees_the_last_complete_release(site: PlayedSite, stage: Stage, deploy) -> None:
    deploy()
    seen: list[Release | None] = []

    def review(_: Site, __: Any, previous: Release | None) -> Review:
        seen.append(previous)
        return Review(Verdicts(stage))

    Deployment(site, replace(parts(stage), review=review), Silent()).plan()
    assert [one.number for one in seen if one is not None] == [1]


def test_a_plan_applies_and_records_nothing_and_makes_no_place(site: PlayedSite, stage: Stage) -> None:
    stage.refused = True
    outcome = Deployment(site, parts(stage), Silent()).plan()
    assert [one.stack for one in outcome.planned.changing] == ["warehouse", "automation"]
    assert not {"gates", "make place", "backup", "seed"} & set(stage.done)
    assert releases(site.home, "local") == ()


def test_import_blocks_are_gone_before_it_is_planned_again(site: PlayedSite, stage: Stage) -> None:
    from infra.release.adopt import Existing

    found = Existing("google_pubsub_topic", (site.environment.project, "automation"), "projects/p/topics/automation")
    seen: list[str] = []
    shown = replace(
        parts(stage),
        survey=lambda *_: [found],
        review=lambda *_: seen.append(_imports(site)) or Review(Verdicts(stage)),
    )
    outcome = Deployment(site, shown, Silent()).deploy()
    assert json.loads(seen[0]) == {
        "import": [{"to": "google_pubsub_topic.automation", "id": "projects/p/topics/automation"}]
    }
    assert outcome.planned.adopted == 1
    assert not (stack_folder(site.out, "automation") / IMPORTS_FILE).exists()


def _imports(site: Site) -> str:
    return (stack_folder(site.out, "automation") / IMPORTS_FILE).read_text()
