"""Real Terraform against a target that was changed by hand: drift names it all and touches nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import requests

from infra.environments import STACKS
from infra.errors import DriftError
from infra.release.drift import Drift, find_drift
from infra.release.parts import schedules_of
from tests.deploying import APPLY_ALONE, World, world
from tests.eros import Eros
from tests.terraform import needs_node, needs_terraform

pytestmark = [needs_terraform, needs_node]

THRESHOLD = 99
SWEEP = "every 4 hours from 00:41 to 20:41"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A home that was deployed to from nothing."""
    with world(tmp_path_factory.mktemp("home"), bootstrap=False) as ready:
        ready.deploy(**APPLY_ALONE)
        yield ready


def look(here: World) -> Drift:
    parts = here.parts()
    return find_drift(here.site, parts.synthesise, parts.survey, lambda _: None)


def states(here: World) -> dict[str, str]:
    """Every object of the state's bucket and its generation."""
    found = here.site.rest.pages("storage", f"b/{here.site.environment.bucket}/o", "items")
    return {one["name"]: one["generation"] for one in found}


def send(here: World, method: str, path: str, body: dict[str, Any]) -> None:
    answer = requests.request(method, f"{here.site.environment.endpoint}{path}", json=body, timeout=10)
    assert answer.status_code == 200, answer.text


def test_after_a_deployment_there_is_none_and_the_command_says_so(here: World) -> None:
    before = states(here)
    answer = Eros(here.site.home)("drift", program="eros-infra")
    assert (answer.code, states(here)) == (0, before), answer.err
    assert "none: nothing was changed outside Terraform" in answer.out and "stand-in" in answer.out


def change_by_hand(here: World) -> None:
    from google.cloud import bigquery

    environment, client = here.site.environment, here.client
    dataset = environment.dataset
    table = client.get_table(f"{dataset}.creators")
    table.schema = [*table.schema, bigquery.SchemaField("by_hand", "STRING")]
    client.update_table(table, ["schema"])
    place = f"`{environment.project}.{dataset}"
    client.query_and_wait(
        f"CREATE OR REPLACE FUNCTION {place}.wilson_sample`"
        "(successes FLOAT64, failures FLOAT64, seed STRING) RETURNS FLOAT64 AS (0.25)"
    )
    client.query_and_wait(f"CREATE TABLE {place}.notes` (text STRING)")
    client.delete_table(f"{dataset}.feature_flags")
    owned = client.get_dataset(dataset)
    exporter = environment.exporter_email
    kept = [one for one in owned.access_entries if one.entity_id != exporter]
    assert len(kept) == len(owned.access_entries) - 1
    owned.access_entries = [*kept, bigquery.AccessEntry("READER", "userByEmail", "eve@example.com")]
    client.update_dataset(owned, ["access_entries"])
    (sweep,) = schedules_of(here.site).chosen(["expired_lock_sweep"])
    send(here, "PATCH", f"/bigquerydatatransfer/v1/{sweep.config}?updateMask=schedule", {"schedule": SWEEP})
    (daily,) = schedules_of(here.site).chosen(["daily_caption_update"])
    schedules_of(here.site).set_paused(daily, True)
    policies = here.site.rest.pages("monitoring", f"v3/projects/{environment.project}/alertPolicies", "alertPolicies")
    (slow,) = [one for one in policies if "jobs take more than" in one["displayName"]]
    slow["conditions"][0]["conditionThreshold"]["thresholdValue"] = THRESHOLD
    send(here, "PATCH", f"/monitoring/v3/{slow['name']}?updateMask=conditions", {"conditions": slow["conditions"]})
    path = f"/cloudresourcemanager/v1/projects/{environment.project}"
    policy = requests.post(f"{environment.endpoint}{path}:getIamPolicy", json={}, timeout=10).json()
    member = f"serviceAccount:{environment.runner_email}"
    policy["bindings"] = [*policy["bindings"], {"role": "roles/bigquery.admin", "members": [member]}]
    send(here, "POST", f"{path}:setIamPolicy", {"policy": policy})


def lock(here: World) -> str:
    """Somebody's deployment holds a state; returns the lock object's name."""
    environment = here.site.environment
    name = f"{environment.state_prefix('warehouse')}/default.tflock"
    url = f"{environment.endpoint}/upload/storage/v1/b/{environment.bucket}/o?uploadType=media&name={name}"
    assert requests.post(url, data=json.dumps({"ID": "x", "Who": "ann@elsewhere"}), timeout=10).status_code == 200
    return name


@pytest.fixture(scope="module")
def seen(here: World) -> Iterator[dict[str, Any]]:
    """What the command says after everything was changed by hand, while somebody holds a state's lock."""
    change_by_hand(here)
    name = lock(here)
    before = states(here)
    answer = Eros(here.site.home)("drift", "--json", program="eros-infra")
    assert answer.code == 7, answer.err
    assert states(here) == before and name in before
    here.site.rest.delete("storage", f"b/{here.site.environment.bucket}/o/{quote(name, safe='')}")
    yield answer.json


def changed(seen: dict[str, Any], address: str) -> dict[str, Any]:
    (one,) = [one for one in seen["changed"] if one["address"] == address]
    return dict(one)


def test_everything_that_was_changed_is_named_and_nothing_else(seen: dict[str, Any]) -> None:
    assert sorted(one["address"] for one in seen["changed"]) == [
        "google_bigquery_data_transfer_config.daily_caption_update",
        "google_bigquery_data_transfer_config.expired_lock_sweep",
        "google_bigquery_dataset.eros_scheduling_brain",
        "google_bigquery_routine.wilson_sample",
        "google_bigquery_table.creators",
        "google_monitoring_alert_policy.slow_jobs",
    ]
    assert sorted(one["address"] for one in seen["gone"]) == [
        "google_bigquery_dataset_iam_member.exporter_data",
        "google_bigquery_table.feature_flags",
    ]
    runner = "serviceAccount:eros-runner@of-scheduler-proj.iam.gserviceaccount.com"
    assert [(one["type"], one["key"][1:]) for one in seen["unmanaged"]] == [
        (
            "google_bigquery_dataset_iam_member",
            ["eros_scheduling_brain", "roles/bigquery.dataViewer", "user:eve@example.com"],
        ),
        ("google_bigquery_table", ["eros_scheduling_brain", "notes"]),
        ("google_project_iam_member", ["roles/bigquery.admin", runner]),
    ]


def test_a_column_a_body_a_schedule_and_a_threshold_are_told_by_how_much(seen: dict[str, Any]) -> None:
    assert changed(seen, "google_bigquery_table.creators")["columns"] == [
        {"path": "by_hand", "kind": "added", "before": "", "after": "STRING"}
    ]
    (diff,) = changed(seen, "google_bigquery_routine.wilson_sample")["diffs"]
    assert diff["title"] == "SQL" and "+0.25" in diff["lines"] and any(line[:1] == "-" for line in diff["lines"])
    words = changed(seen, "google_bigquery_data_transfer_config.expired_lock_sweep")["words"]
    assert words[0].startswith("fired every 6 hours from 00:13 to 18:13: ") and words[1].startswith(f"fires {SWEEP}: ")
    assert "switched off" in changed(seen, "google_bigquery_data_transfer_config.daily_caption_update")["headline"]
    words = changed(seen, "google_monitoring_alert_policy.slow_jobs")["words"]
    assert any(f"is above {THRESHOLD}" in one for one in words), words


def test_a_grant_made_by_hand_is_told_and_ours_are_not(seen: dict[str, Any]) -> None:
    words = changed(seen, "google_bigquery_dataset.eros_scheduling_brain")["words"]
    assert words == ["access for user:eve@example.com: read data (roles/bigquery.dataViewer)"]


def test_the_next_deployment_puts_back_what_is_declared_and_plans_show_the_same_drift(
    here: World, seen: dict[str, Any]
) -> None:
    stacks = ("automation", "observability")
    outcome = here.plan(*stacks)
    told = {one.address for stack in outcome.review.plan.stacks for one in stack.drift}  # type: ignore[attr-defined]
    assert told == {one["address"] for one in seen["changed"] + seen["gone"] if one["stack"] in stacks}
    here.deploy(*stacks, **APPLY_ALONE)
    left = look(here)
    assert {one.change.stack for one in left.details} == {"warehouse"} and set(STACKS) > {"warehouse"}
    with pytest.raises(DriftError) as caught:
        left.raise_if_any()
    assert caught.value.exit_code == 7 and "google_bigquery_table.feature_flags" in caught.value.where
    assert "deploy makes it anew" in caught.value.fix and "remove it by hand" in caught.value.fix
