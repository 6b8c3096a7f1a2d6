"""Real Terraform against the local cloud: from nothing, edited, refused, and beside other people's locks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.environments import STACKS
from infra.errors import RefusedError
from infra.local.bootstrap import is_deployed_to
from infra.records import last_release, releases
from infra.release.locks import deploy_lock
from infra.release.parts import schedules_of
from infra.release.survey import survey
from infra.release.synthesised import wanted
from infra.terraform import StateLocked
from tests.deploying import ROOT, Edit, World, world
from tests.eros import Eros
from tests.terraform import needs_node, needs_terraform

pytestmark = [needs_terraform, needs_node]

EXPORT = ROOT / "tests" / "fixtures" / "old_export"
NEW_SCHEDULE = "every 2 hours from 00:29 to 22:29"
OWN = ("apply", "seed", "verify", "first runs", "smoke")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A home as `make demo` leaves it, imported into and planned in, then deployed to from nothing."""
    with world(tmp_path_factory.mktemp("home"), bootstrap=True) as ready:
        demo(ready)
        ready.deploy()
        yield ready


@pytest.fixture(autouse=True)
def unedited(here: World) -> Iterator[None]:
    yield
    here.edits.clear()


def demo(here: World) -> tuple[Any, list[dict[str, Any]]]:
    """What `make demo` does, on a small export; returns what the import counted and the schedules there are."""
    eros = Eros(here.site.home)
    imported = eros("import", EXPORT, "--json")
    assert imported.code == 0, imported.err
    assert eros("run", "--week", "next", "--out", here.site.home / "sheets").code == 0
    return imported.json, rows(here, "SELECT schedule_id, status, fence FROM `{}.schedule_recommendations` ORDER BY 1")


def rows(here: World, text: str) -> list[dict[str, Any]]:
    place = f"{here.site.environment.project}.{here.site.environment.dataset}"
    return [dict(row.items()) for row in here.client.query_and_wait(text.replace("{}", place))]


def test_from_nothing_everything_is_there_and_what_was_there_is_kept(here: World) -> None:
    release = last_release(here.site.home, "local")
    assert release is not None and release.applied == STACKS and release.provider == "stand-in"
    assert [one["phase"] for one in release.phases][-5:] == list(OWN)
    assert {one.name: one.last_run.state for one in schedules_of(here.site).list() if one.last_run} == {
        "daily_caption_update": "SUCCEEDED",
        "expired_lock_sweep": "SUCCEEDED",
        "health_check": "FAILED",  # its verdict: the export is months old
    }
    kept = here.client.get_table(release.snapshots["creator_lock"])
    guards = rows(here, "SELECT COUNT(*) AS n FROM `{}.creator_lock`")[0]["n"]
    assert (kept.table_type, kept.num_rows) == ("SNAPSHOT", guards) and guards > 1
    declared = [one for stack in STACKS for one in wanted(stack, here.stacks[stack], here.site.environment.project)]
    found = survey(here.site.rest, declared)
    assert len(found) == len({(one.type, one.key) for one in found})
    # By Terraform's real state: no restart deploys an edited sql/ past plan and gate.
    assert here.cloud is not None and here.cloud._service is not None
    assert is_deployed_to(here.cloud._service.engine, here.site.environment.dataset)


def test_a_demo_after_the_deployment_finds_everything_as_it_left_it(here: World) -> None:
    before = rows(here, "SELECT schedule_id, status, fence FROM `{}.schedule_recommendations` ORDER BY 1")
    imported, after = demo(here)
    assert {name: (one["inserted"], one["updated"]) for name, one in imported["tables"].items()} == dict.fromkeys(
        ("creators", "captions", "messages", "holidays"), (0, 0)
    )
    assert before and after == before


def test_planned_again_nothing_changes_and_deployed_again_nothing_is_done(here: World) -> None:
    answer = Eros(here.site.home)("plan", "--json", program="eros-infra", timeout=400)
    assert answer.code == 0, answer.err
    assert answer.json["changes"] == [] and answer.json["gate"]["passed"] is True
    assert answer.json["provider"] == "stand-in"
    before = releases(here.site.home, "local")
    outcome = here.deploy("guardrails")
    assert outcome.release is None and not outcome.planned.changing and outcome.planned.adopted == 0
    assert releases(here.site.home, "local") == before


def test_edits_of_every_kind_are_planned_gated_deployed_and_seen_by_clients(here: World) -> None:
    def warehouse(resource: dict[str, Any]) -> None:
        resource["google_bigquery_routine"]["wilson_sample"]["definition_body"] = "0.25"
        table = resource["google_bigquery_table"]["creators"]
        table["schema"] = json.dumps([*json.loads(table["schema"]), {"name": "nickname", "type": "STRING"}])

    def automation(resource: dict[str, Any]) -> None:
        resource["google_bigquery_data_transfer_config"]["health_check"]["schedule"] = NEW_SCHEDULE

    def observability(resource: dict[str, Any]) -> None:
        policy = resource["google_monitoring_alert_policy"]["slow_jobs"]
        policy["documentation"] = {**policy.get("documentation", {}), "content": "Look at the slow jobs."}

    here.edits.update(warehouse=warehouse, automation=automation, observability=observability)
    outcome = here.deploy()
    changed = {one.address: one.action.value for one in outcome.review.plan.changes}  # type: ignore[attr-defined]
    assert changed == {
        "google_bigquery_routine.wilson_sample": "update",
        "google_bigquery_table.creators": "update",
        "google_bigquery_data_transfer_config.health_check": "update",
        "google_monitoring_alert_policy.slow_jobs": "update",
    }
    assert outcome.release is not None and outcome.release.applied == ("warehouse", "automation", "observability")
    assert rows(here, "SELECT `{}.wilson_sample`(1, 1, 'x') AS drawn") == [{"drawn": 0.25}]
    columns = {one.name for one in here.client.get_table(f"{here.site.environment.dataset}.creators").schema}
    assert "nickname" in columns and rows(here, "SELECT page_name, nickname FROM `{}.creators`")
    assert {one.name: one.schedule for one in schedules_of(here.site).list()}["health_check"] == NEW_SCHEDULE
    path = f"v3/projects/{here.site.environment.project}/alertPolicies"
    policies = {one["displayName"]: one for one in here.site.rest.pages("monitoring", path, "alertPolicies")}
    shown = here.stacks["observability"]["resource"]["google_monitoring_alert_policy"]["slow_jobs"]["display_name"]
    assert policies[shown]["documentation"]["content"] == "Look at the slow jobs."


def lose_a_column(resource: dict[str, Any]) -> None:
    table = resource["google_bigquery_table"]["creators"]
    table["schema"] = json.dumps([one for one in json.loads(table["schema"]) if one["name"] != "settings"])


def rename_a_table(resource: dict[str, Any]) -> None:
    tables = resource["google_bigquery_table"]
    tables["pages"] = {**tables.pop("creators"), "table_id": "pages"}
    _forget_references(resource, "google_bigquery_table.creators")


def remove_the_dataset(resource: dict[str, Any]) -> None:
    (name,) = [one for one in resource["google_bigquery_dataset"] if not one.endswith("_backups")]
    del resource["google_bigquery_dataset"][name]
    _forget_references(resource, f"google_bigquery_dataset.{name}")


def unprotect_a_table(resource: dict[str, Any]) -> None:
    resource["google_bigquery_table"]["creators"]["deletion_protection"] = False


def _forget_references(resource: dict[str, Any], address: str) -> None:
    for named in resource.values():
        for body in named.values():
            body["depends_on"] = [one for one in body.get("depends_on", []) if one != address]


@pytest.mark.parametrize(
    ("edit", "rule", "address"),
    [
        (lose_a_column, "columns", "google_bigquery_table.creators"),
        (rename_a_table, "destroy", "google_bigquery_table.creators"),
        (remove_the_dataset, "destroy", "google_bigquery_dataset."),
        (unprotect_a_table, "protection", "google_bigquery_table.creators"),
    ],
)
def test_what_loses_or_unprotects_something_is_refused_and_nothing_is_applied(
    here: World, edit: Edit, rule: str, address: str
) -> None:
    here.edits["warehouse"] = edit
    before = releases(here.site.home, "local")
    with pytest.raises(RefusedError) as caught:
        here.deploy("warehouse")
    assert caught.value.exit_code == 3
    assert rule in caught.value.why and address in caught.value.where
    assert "nothing was applied" in caught.value.where
    assert releases(here.site.home, "local") == before
    columns = {one.name for one in here.client.get_table(f"{here.site.environment.dataset}.creators").schema}
    assert "settings" in columns


def test_two_deployments_at_once_the_second_is_refused_and_told_who_works(here: World) -> None:
    with deploy_lock(here.site.home, "local", "deploy local") as holder:
        answer = Eros(here.site.home)("deploy", program="eros-infra")
    assert answer.code == 5
    assert holder.who in answer.err and holder.since in answer.err and "--wait" in answer.err


@pytest.fixture
def lock(here: World) -> Iterator[Callable[[str], None]]:
    """Puts somebody's lock on the state of the guardrails, as Terraform's gcs backend writes it."""
    import requests

    environment = here.site.environment
    name = f"{environment.state_prefix('guardrails')}/default.tflock"

    def put(who: str) -> None:
        content = {"ID": "x", "Operation": "OperationTypeApply", "Who": who, "Created": datetime.now(UTC).isoformat()}
        url = f"{environment.endpoint}/upload/storage/v1/b/{environment.bucket}/o?uploadType=media&name={name}"
        assert requests.post(url, data=json.dumps(content), timeout=10).status_code == 200

    yield put
    here.site.rest.delete("storage", f"b/{environment.bucket}/o/{name.replace('/', '%2F')}")


def test_a_lock_of_somebody_else_stops_a_deployment_until_it_is_released_by_its_id(
    here: World, lock: Callable[[str], None]
) -> None:
    lock("ann@elsewhere")
    with pytest.raises(StateLocked) as caught:
        here.deploy("guardrails")
    held = caught.value.lock
    assert "ann@elsewhere (apply) since 20" in str(caught.value) and f"--id {held.id}" in str(caught.value)
    eros = Eros(here.site.home)
    refused = eros("unlock", "guardrails", program="eros-infra")
    assert refused.code == 5 and "ann@elsewhere" in refused.err
    released = eros("unlock", "guardrails", "--id", held.id, "--json", program="eros-infra")
    assert released.code == 0 and released.json["locks"][0]["holder"] == "ann@elsewhere"
    assert eros("unlock", "guardrails", program="eros-infra").out == "guardrails: not locked\n"


def test_schedules_are_listed_paused_resumed_and_run_by_the_same_client_as_googles(here: World) -> None:
    eros = Eros(here.site.home)
    listed = eros("schedules", "list", program="eros-infra")
    assert listed.code == 0 and "daily_caption_update  every 1 hours from 09:07 to 10:07" in listed.out
    paused = eros("schedules", "pause", "health_check", "--json", program="eros-infra")
    assert [(one["name"], one["paused"]) for one in paused.json["schedules"]] == [("health_check", True)]
    assert "paused" in eros("schedules", "list", program="eros-infra").out
    assert eros("schedules", "resume", program="eros-infra").code == 0
    run = eros("schedules", "run", "expired_lock_sweep", "--json", program="eros-infra")
    assert run.code == 0 and run.json["runs"][0]["state"] == "SUCCEEDED"
    assert eros("schedules", "run", "health_check", program="eros-infra").code == 1  # its verdict
    unknown = eros("schedules", "pause", "nothing", program="eros-infra")
    assert unknown.code == 2 and "health_check" in unknown.err
