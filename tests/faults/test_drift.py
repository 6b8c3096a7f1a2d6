"""Real Terraform against one deployed home: a pull request's environment beside it, then changes by hand.

The environment leaves what is shared as it is, byte for byte; drift names every change and touches nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import requests

from infra.environments import STACKS
from infra.errors import DriftError
from infra.release.drift import Drift, find_drift
from infra.release.parts import real_parts, schedules_of
from tests.conftest import NOW
from tests.deploying import APPLY_ALONE, World, of_pull_request, world
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


LISTS = (
    "/bigquery/v2/projects/{project}/datasets/{dataset}",
    "/bigquery/v2/projects/{project}/datasets/{dataset}_backups",
    "/bigquery/v2/projects/{project}/datasets/{dataset}/tables",
    "/bigquery/v2/projects/{project}/datasets/{dataset}/routines",
    "/bigquerydatatransfer/v1/projects/{project}/locations/{location}/transferConfigs",
    "/iam/v1/projects/{project}/serviceAccounts",
    "/pubsub/v1/projects/{project}/topics",
    "/pubsub/v1/projects/{project}/topics/{topic}:getIamPolicy",
    "/billingbudgets/v1/billingAccounts/{account}/budgets",
    "/cloudquotas/v1/projects/{number}/locations/global/quotaPreferences",
    "/monitoring/v3/projects/{project}/alertPolicies",
    "/monitoring/v3/projects/{project}/notificationChannels",
    "/logging/v2/projects/{project}/metrics",
    "/storage/v1/b/{bucket}",
    "/storage/v1/b/{bucket}/iam",
)
POLICIES = (
    "/cloudresourcemanager/v1/projects/{project}:getIamPolicy",
    "/iam/v1/projects/{project}/serviceAccounts/{runner}:getIamPolicy",
)


def shared(here: World) -> dict[str, str]:
    """Every body, as text, of what the shared environment is made of; and its states' generations."""
    ours = here.site.environment
    place = {
        "project": ours.project,
        "dataset": ours.dataset,
        "location": ours.location,
        "topic": ours.topic,
        "account": ours.billing_account,
        "number": ours.project_number,
        "bucket": ours.bucket,
        "runner": ours.runner_email,
    }
    url = str(ours.endpoint)
    found = {one: requests.get(url + one.format(**place), timeout=10) for one in LISTS}
    found |= {one: requests.post(url + one.format(**place), json={}, timeout=10) for one in POLICIES}
    assert {path: one.status_code for path, one in found.items() if one.status_code != 200} == {}
    bodies = {path: one.text for path, one in found.items()}
    dataset = f"{url}/bigquery/v2/projects/{ours.project}/datasets/{ours.dataset}"
    for items, reference, name in (
        ("tables", "tableReference", "tableId"),
        ("routines", "routineReference", "routineId"),
    ):
        for one in json.loads(bodies[f"/bigquery/v2/projects/{{project}}/datasets/{{dataset}}/{items}"])[items]:
            identity = one[reference][name]
            bodies[f"{items}/{identity}"] = requests.get(f"{dataset}/{items}/{identity}", timeout=10).text
    configs = json.loads(bodies.pop(LISTS[4]))["transferConfigs"]
    bodies |= {one["name"]: json.dumps(one) for one in configs if "_pr_" not in one["displayName"]}
    return bodies | {name: one for name, one in states(here).items() if name.startswith("eros/local/")}


def test_a_pull_requests_environment_is_made_and_retired_and_what_is_shared_stays_byte_for_byte(here: World) -> None:
    before = shared(here)
    # 35 objects of the warehouse, three schedules, five states and one body for each list: nothing was looked past.
    assert len(before) > 55 and len([one for one in before if one.endswith("default.tfstate")]) == len(STACKS)
    own = of_pull_request(here, 123)
    skipped = {name: step for name, step in APPLY_ALONE.items() if name not in ("review", "seed", "look", "first_runs")}
    outcome = own.deploy(**skipped)
    assert outcome.release is not None and outcome.release.applied == ("warehouse", "automation")
    assert outcome.runs == () and outcome.release.folder.parent.name == "local-pr-123"
    dataset = f"{here.site.environment.dataset}_pr_123"
    configs = {one.name: one.paused for one in schedules_of(own.site).list()}
    assert configs == {"daily_caption_update": True, "expired_lock_sweep": True, "health_check": True}
    assert {name for name in states(here) if "pr-123" in name and name.endswith("default.tfstate")} == {
        f"eros/local-pr-123/{stack}/default.tfstate" for stack in ("warehouse", "automation")
    }
    assert shared(here) == before

    tables = {one.table_id for one in here.client.list_tables(dataset)}
    (sweep,) = schedules_of(own.site).chosen(["expired_lock_sweep"])
    schedules_of(own.site).set_paused(sweep, False)  # somebody tried it out
    eros = Eros(here.site.home)
    first, second = (
        eros("retire", "--pull-request", "123", "--days", "3", "--json", program="eros-infra") for _ in range(2)
    )
    assert first.code == second.code == 0, first.err + second.err
    assert first.json["paused"] == ["expired_lock_sweep"]
    assert set(first.json["expiring"]) == {f"{dataset}.{table}" for table in tables} and len(tables) == 21
    assert (second.json["paused"], second.json["expiring"]) == ([], [])
    # Three days after the local cloud's clock, which stands still.
    assert {here.client.get_table(f"{dataset}.{table}").expires for table in tables} == {NOW + timedelta(days=3)}
    assert here.client.get_dataset(dataset).default_table_expiration_ms == 3 * 86_400_000
    assert all(one.paused for one in schedules_of(own.site).list())
    listed = eros("pull-requests", "--json", program="eros-infra").json["pull_requests"]
    assert [(one["number"], one["dataset"], one["retired"]) for one in listed] == [(123, dataset, True)]
    assert shared(here) == before

    real_parts().make_place(own.site)  # the first step of the next deployment
    assert {here.client.get_table(f"{dataset}.{table}").expires for table in tables} == {None}
    assert here.client.get_dataset(dataset).default_table_expiration_ms is None
    assert not own.plan().planned.changing and shared(here) == before


def test_a_dataset_beside_the_one_that_is_managed_is_not_adopted(here: World) -> None:
    answer = Eros(here.site.home)("adopt", "--dataset", "other", program="eros-infra")
    assert answer.code == 3 and "the state of local manages eros_scheduling_brain" in answer.err
    assert "--target" in answer.err


def test_only_what_a_pull_requests_deployment_made_is_ever_retired(here: World) -> None:
    before = shared(here)
    eros = Eros(here.site.home)
    refused = eros("retire", program="eros-infra")
    assert refused.code == 3 and "local is no environment of a pull request" in refused.err
    missing = eros("retire", "--pull-request", "4", program="eros-infra")
    assert missing.code == 1 and "there is no environment of pull request 4" in missing.err
    ours = here.site.environment.dataset
    here.client.create_dataset(f"{ours}_pr_5")
    here.client.query_and_wait(f"CREATE TABLE `{here.site.environment.project}.{ours}_pr_5.kept` (text STRING)")
    foreign = eros("retire", "--pull-request", "5", program="eros-infra")
    assert foreign.code == 3 and "lacks the labels environment=local, pull_request=5, system=eros" in foreign.err
    assert here.client.get_table(f"{ours}_pr_5.kept").expires is None
    within = Eros(here.site.home, environment={"EROS_DATASET": f"{ours}_pr_5"})("retire", program="eros-infra")
    assert within.code == 2 and "EROS_PULL_REQUEST" in within.err
    assert shared(here) == before


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
