"""A pull request's stacks: nothing in them is shared with the environment that they stand beside."""

from __future__ import annotations

import json

from tests.stacks import declared, environment, synthesised
from tests.terraform import needs_node

pytestmark = needs_node

NUMBER = 7


def test_only_what_is_in_its_dataset_and_its_schedules_are_declared() -> None:
    stacks = synthesised("prod", pull_request=NUMBER)
    kinds = {kind for stack in stacks.values() for kind in stack["resource"]}
    assert set(stacks) == {"warehouse", "automation"}
    assert kinds == {
        "google_bigquery_dataset",
        "google_bigquery_table",
        "google_bigquery_routine",
        "google_bigquery_dataset_iam_member",
        "google_bigquery_data_transfer_config",
    }
    shared, own = environment("prod"), environment("prod", pull_request=NUMBER)
    ours = {own.dataset, own.backups_dataset}
    bodies = [body for stack in stacks.values() for named in stack["resource"].values() for body in named.values()]
    assert {body["dataset_id"] for body in bodies if "dataset_id" in body} == ours
    for stack, content in stacks.items():
        assert content["terraform"]["backend"]["gcs"]["prefix"] == f"eros/prod-pr-7/{stack}"
        text = json.dumps(content).replace(own.dataset, "")
        assert shared.dataset not in text and shared.topic not in text


def test_its_schedules_have_other_names_never_fire_and_tell_nobody() -> None:
    found = declared("automation", "google_bigquery_data_transfer_config", pull_request=NUMBER)
    shown = {
        name: (one["display_name"], one["disabled"], one.get("notification_pubsub_topic"))
        for name, one in found.items()
    }
    assert shown == {
        name: (f"{name}_pr_7", True, None) for name in ("daily_caption_update", "expired_lock_sweep", "health_check")
    }


def test_its_tables_are_as_protected_as_the_shared_ones_and_carry_its_label() -> None:
    own = declared("warehouse", "google_bigquery_table", pull_request=NUMBER)
    shared = declared("warehouse", "google_bigquery_table")
    assert set(own) == set(shared) and all(one["deletion_protection"] is True for one in own.values())
    assert {one["labels"]["pull_request"] for one in own.values()} == {"7"}
    assert not any("pull_request" in one["labels"] for one in shared.values())
