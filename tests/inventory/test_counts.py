"""How many of what each stack declares, under which addresses, and what is true of all of it."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from infra import cdk
from infra.environments import DIFFERENCES
from infra.stacks.base import STACKS
from infra.stacks.regressions import resources
from tests.stacks import environment, synthesised
from tests.terraform import needs_node

pytestmark = needs_node

COUNTS = {
    "state": {"google_storage_bucket": 1, "google_service_account": 1, "google_storage_bucket_iam_member": 1},
    # 20 tables and the view; 2 functions, 7 table functions and 4 procedures; the dataset and its backups
    "warehouse": {"google_bigquery_dataset": 2, "google_bigquery_table": 21, "google_bigquery_routine": 13},
    "automation": {
        "google_bigquery_data_transfer_config": 3,
        "google_service_account": 2,
        "google_project_iam_member": 3,
        "google_bigquery_dataset_iam_member": 2,
        "google_service_account_iam_member": 1,
        "google_pubsub_topic": 1,
        "google_pubsub_topic_iam_member": 1,
    },
    "guardrails": {"google_billing_budget": 1, "google_cloud_quotas_quota_preference": 2},
    "observability": {
        "google_monitoring_notification_channel": 3,
        "google_logging_metric": 5,
        "google_monitoring_alert_policy": 12,
        "google_pubsub_topic_iam_member": 1,
    },
}
# Types that have labels of the user's own, and under which argument.
LABELS = {
    "google_bigquery_dataset": "labels",
    "google_bigquery_table": "labels",
    "google_pubsub_topic": "labels",
    "google_storage_bucket": "labels",
    "google_monitoring_alert_policy": "user_labels",
    "google_monitoring_notification_channel": "user_labels",
}
MEMBERS = {
    "google_storage_bucket_iam_member",
    "google_project_iam_member",
    "google_bigquery_dataset_iam_member",
    "google_service_account_iam_member",
    "google_pubsub_topic_iam_member",
}


def everything(name: str = "prod") -> list[tuple[str, str, dict[str, Any]]]:
    """Stack, address and arguments of every resource."""
    return [
        (stack, address, dict(arguments))
        for stack, found in synthesised(name).items()
        for address, arguments in resources(found).items()
    ]


@pytest.mark.parametrize("stack", STACKS)
def test_the_counts_of_every_type(stack: str) -> None:
    found = synthesised()[stack]["resource"]
    assert {kind: len(named) for kind, named in found.items()} == COUNTS[stack]


def test_every_environment_declares_the_same_addresses() -> None:
    prod = [(stack, address) for stack, address, _ in everything()]
    for name in DIFFERENCES:
        assert [(stack, address) for stack, address, _ in everything(name)] == prod


def test_no_address_appears_twice_and_each_is_its_object_s_own_name() -> None:
    addresses = [address for _, address, _ in everything()]
    assert len(set(addresses)) == len(addresses)
    named = {
        "google_bigquery_table": "table_id",
        "google_bigquery_routine": "routine_id",
        "google_bigquery_dataset": "dataset_id",
        "google_bigquery_data_transfer_config": "display_name",
        "google_service_account": "account_id",
        "google_logging_metric": "name",
        "google_pubsub_topic": "name",
    }
    for stack, address, arguments in everything():
        kind, _, name = address.partition(".")
        if kind in named and stack != "state":
            assert arguments[named[kind]] == name


def test_no_stack_reads_another_one() -> None:
    for stack, found in synthesised().items():
        assert "data" not in found, stack
        assert not [address for _, address, one in everything() if "terraform_remote_state" in str(one)]


def test_labels_stand_wherever_the_type_has_them() -> None:
    for stack, address, arguments in everything():
        argument = LABELS.get(address.partition(".")[0])
        if argument is not None:
            assert arguments[argument] == {"system": "eros", "environment": "prod", "component": stack}, address


def test_no_type_that_has_labels_is_forgotten() -> None:
    """By the bindings' own signatures; a channel's `labels` are its address."""
    for kind in {address.partition(".")[0] for _, address, _ in everything()}:
        module = getattr(cdk.google, kind.removeprefix("google_"))
        declared_by = getattr(module, "".join(part.title() for part in kind.removeprefix("google_").split("_")))
        arguments = inspect.signature(declared_by.__init__).parameters
        has = next((one for one in ("user_labels", "labels") if one in arguments), None)
        assert LABELS.get(kind) == has, kind


def test_no_one_is_everyone_and_no_role_is_primitive() -> None:
    members = [one for _, address, one in everything() if address.partition(".")[0] in MEMBERS]
    assert len(members) == 9
    for one in members:
        assert one["member"].startswith("serviceAccount:"), one
        assert one["role"] not in {"roles/owner", "roles/editor", "roles/viewer"}
        assert not one["role"].lower().endswith("admin")


def test_the_provider_and_the_backend_of_prod_are_google_s_own() -> None:
    for stack, found in synthesised().items():
        assert found["terraform"]["required_version"] == ">= 1.9"
        assert found["terraform"]["required_providers"] == {
            "google": {"source": "hashicorp/google", "version": "~> 6.50"}
        }
        assert found["terraform"]["backend"] == {
            "gcs": {"bucket": "of-scheduler-proj-eros-state", "prefix": f"eros/prod/{stack}"}
        }
        (provider,) = found["provider"]["google"]
        assert provider == {
            "project": "of-scheduler-proj",
            "user_project_override": True,
            "billing_project": "of-scheduler-proj",
            "add_terraform_attribution_label": False,
        }


def test_the_local_provider_and_backend_speak_to_the_local_cloud_alone() -> None:
    local = environment("local")
    for stack, found in synthesised("local").items():
        assert found["terraform"]["backend"] == {
            "gcs": {
                "bucket": "eros-local-state",
                "prefix": f"eros/local/{stack}",
                "access_token": "local",
                "storage_custom_endpoint": f"{local.endpoint}/storage/v1/",
            }
        }
        (provider,) = found["provider"]["google"]
        addresses = {key: value for key, value in provider.items() if key.endswith("_custom_endpoint")}
        assert len(addresses) == 10
        assert provider["access_token"] == "local"
        assert all(value.startswith(f"{local.endpoint}/") and value.endswith("/") for value in addresses.values())
