"""What is in our places and in nobody's state; what is elsewhere is nobody's business here."""

from __future__ import annotations

from typing import Any

import pytest

from infra.environments import load_environment
from infra.release.adopt import Existing
from infra.release.strangers import managed_objects, strangers
from infra.release.synthesised import Wanted
from infra.settings import Settings

OURS = load_environment("local", Settings())
P, D = OURS.project, OURS.dataset
RUNNER = f"serviceAccount:{OURS.runner_email}"
SWEEP = Wanted(
    "automation",
    "google_bigquery_data_transfer_config",
    "sweep",
    {"project": P, "location": "US", "display_name": "sweep"},
)


def found(*existing: Existing, state: tuple[dict[str, Any], ...] = (), declared: tuple[Wanted, ...] = ()) -> list[str]:
    resources = [
        {"mode": "managed", "type": one["type"], "name": "x", "instances": [{"attributes": one}]} for one in state
    ]
    left = strangers(existing, managed_objects([{"resources": resources}]), declared, OURS)
    return [one.identity for one in left]


@pytest.mark.parametrize(
    ("kind", "key", "ours"),
    [
        ("google_bigquery_table", (P, D, "notes"), True),
        ("google_bigquery_table", (P, f"{D}_pr_7", "creators"), False),
        ("google_bigquery_routine", (P, D, "helper"), True),
        ("google_bigquery_routine", (P, "elsewhere", "helper"), False),
        ("google_bigquery_dataset", (P, "elsewhere"), False),
        ("google_bigquery_dataset_iam_member", (P, D, "roles/bigquery.dataViewer", "user:a@b.c"), True),
        ("google_bigquery_dataset_iam_member", (P, D, "roles/bigquery.dataOwner", "user:a@b.c"), True),
        (
            "google_bigquery_dataset_iam_member",
            (P, D, "roles/bigquery.dataOwner", f"serviceAccount:{OURS.deployer_email}"),
            False,
        ),
        ("google_project_iam_member", (P, "roles/owner", RUNNER), True),
        ("google_project_iam_member", (P, "roles/owner", "user:a@b.c"), False),
        ("google_service_account_iam_member", (f"projects/{P}/serviceAccounts/{OURS.runner_email}", "r", "m"), True),
        ("google_service_account_iam_member", (f"projects/{P}/serviceAccounts/x@y.z", "r", "m"), False),
        ("google_pubsub_topic_iam_member", (P, OURS.topic, "roles/pubsub.publisher", "m"), True),
        ("google_pubsub_topic_iam_member", (P, "other", "roles/pubsub.publisher", "m"), False),
        ("google_storage_bucket_iam_member", (OURS.bucket, "roles/storage.admin", "user:a@b.c"), True),
        ("google_storage_bucket_iam_member", (OURS.bucket, "roles/storage.x", f"projectOwner:{P}"), False),
        ("google_monitoring_alert_policy", (P, "EROS local: mine"), True),
        ("google_monitoring_alert_policy", (P, "EROS prod: mine"), False),
        ("google_bigquery_data_transfer_config", (P, "US", "somebody's"), False),
    ],
)
def test_a_place_is_ours_or_not(kind: str, key: tuple[str, ...], ours: bool) -> None:
    assert found(Existing(kind, key, "id")) == (["id"] if ours else [])


def test_what_a_state_holds_is_no_stranger() -> None:
    table = {"type": "google_bigquery_table", "project": P, "dataset_id": D, "table_id": "t", "id": "t"}
    assert found(Existing("google_bigquery_table", (P, D, "t"), "t"), state=(table,)) == []


def test_a_second_object_of_a_declared_name_is_one_and_the_managed_one_is_not() -> None:
    kind = SWEEP.type
    managed = {"type": kind, **SWEEP.arguments, "id": "configs/1", "name": "configs/1"}
    twice = [Existing(kind, (P, "US", "sweep"), f"configs/{number}") for number in (2, 1)]
    assert found(*twice, state=(managed,), declared=(SWEEP,)) == ["configs/2"]
