"""Real terraform, the stand-in provider and everything of the local cloud that is not BigQuery's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from infra.endpoints import custom_endpoints
from infra.local.server import LocalCloud
from tests.local.provider.rig import PROJECT, Rig
from tests.terraform import needs_terraform

pytestmark = needs_terraform

ACCOUNT = f"runner@{PROJECT}.iam.gserviceaccount.com"
MEMBER = f"serviceAccount:{ACCOUNT}"


def guarded(schedule: str, threshold: float, units: str) -> dict[str, Any]:
    """One of each type."""
    by_account = {"depends_on": ["google_service_account.runner"]}
    scheduled = {
        "display_name": "sweep",
        "data_source_id": "scheduled_query",
        "schedule": schedule,
        "service_account_name": ACCOUNT,
        "params": {"query": "SELECT 1"},
        "notification_pubsub_topic": "${google_pubsub_topic.runs.id}",
        **by_account,
    }
    condition = {
        "display_name": "errors",
        "condition_threshold": {
            "filter": 'metric.type="logging.googleapis.com/user/errors" resource.type="global"',
            "comparison": "COMPARISON_GT",
            "threshold_value": threshold,
            "duration": "0s",
            "aggregations": {"alignment_period": "300s", "per_series_aligner": "ALIGN_SUM"},
        },
    }
    budget = {
        "billing_account": "000000-000000-000000",
        "display_name": "month",
        "budget_filter": {"projects": ["projects/100000000001"]},
        "amount": {"specified_amount": {"currency_code": "USD", "units": units}},
        "threshold_rules": [{"threshold_percent": 0.5}, {"threshold_percent": 0.9}, {"threshold_percent": 1}],
        "all_updates_rule": {"pubsub_topic": "${google_pubsub_topic.runs.id}"},
    }
    quota = {
        "parent": f"projects/{PROJECT}",
        "name": "daily",
        "service": "bigquery.googleapis.com",
        "quota_id": "QueryUsagePerDay",
        "contact_email": "alerts@example.com",
        "ignore_safety_checks": "QUOTA_DECREASE_PERCENTAGE_TOO_HIGH",
        "quota_config": {"preferred_value": "1677721"},
    }
    bucket = {
        "name": "eros-test-archive",
        "location": "US",
        "uniform_bucket_level_access": True,
        "public_access_prevention": "enforced",
        "force_destroy": True,
        "versioning": {"enabled": True},
        "lifecycle_rule": {
            "action": {"type": "Delete"},
            "condition": {"num_newer_versions": 50, "with_state": "ARCHIVED"},
        },
    }
    email = {"display_name": "mail", "type": "email", "labels": {"email_address": "alerts@example.com"}}
    policy = {
        "display_name": "errors",
        "combiner": "OR",
        "conditions": condition,
        "notification_channels": ["${google_monitoring_notification_channel.mail.name}"],
        "documentation": {"content": "look"},
        "depends_on": ["google_logging_metric.errors"],
    }
    grant = {"role": "roles/bigquery.jobUser", "member": MEMBER, **by_account}
    reads = {"role": "roles/bigquery.dataViewer", "member": MEMBER, **by_account}
    return {
        "google_service_account": {"runner": {"account_id": "runner", "display_name": "Runs scheduled queries"}},
        "google_project_iam_member": {"jobs": {"project": PROJECT, **grant}},
        "google_service_account_iam_member": {
            "token": {
                "service_account_id": "${google_service_account.runner.name}",
                "role": "roles/iam.serviceAccountTokenCreator",
                "member": "user:ops@example.com",
            }
        },
        "google_bigquery_dataset": {"shop": {"dataset_id": "control_shop"}},
        "google_bigquery_dataset_iam_member": {
            "reads": {"dataset_id": "${google_bigquery_dataset.shop.dataset_id}", **reads}
        },
        "google_pubsub_topic": {"runs": {"name": "runs", "labels": {"owner": "eros"}}},
        "google_pubsub_topic_iam_member": {
            "publish": {
                "topic": "${google_pubsub_topic.runs.name}",
                "role": "roles/pubsub.publisher",
                "member": MEMBER,
                **by_account,
            }
        },
        "google_bigquery_data_transfer_config": {"sweep": scheduled},
        "google_billing_budget": {"month": budget},
        "google_cloud_quotas_quota_preference": {"daily": quota},
        "google_monitoring_notification_channel": {"mail": email},
        "google_logging_metric": {"errors": {"name": "errors", "filter": "severity>=ERROR"}},
        "google_monitoring_alert_policy": {"errors": policy},
        "google_storage_bucket": {"archive": bucket},
        "google_storage_bucket_iam_member": {
            "objects": {
                "bucket": "${google_storage_bucket.archive.name}",
                "role": "roles/storage.objectViewer",
                "member": MEMBER,
                **by_account,
            }
        },
    }


def test_every_type_lives_a_whole_life(tmp_path: Path) -> None:
    schedule = "every 6 hours from 00:13 to 18:13"
    with LocalCloud(bootstrap=False) as cloud:
        rig = Rig(tmp_path, custom_endpoints(cloud.url))
        rig.write(guarded(schedule, 0, "300"))
        assert "15 added, 0 changed, 0 destroyed" in rig.apply()
        assert rig.plan() == {}

        rig.write(guarded("every day 09:07", 2.5, "400"))
        changes = rig.changes()
        assert {address: change["actions"] for address, change in changes.items()} == {
            "google_bigquery_data_transfer_config.sweep": ["update"],
            "google_monitoring_alert_policy.errors": ["update"],
            "google_billing_budget.month": ["update"],
        }
        sweep = changes["google_bigquery_data_transfer_config.sweep"]
        assert (sweep["before"]["schedule"], sweep["after"]["schedule"]) == (schedule, "every day 09:07")
        rig.apply("plan")
        assert rig.plan() == {}

        assert _adopted(rig, tmp_path / "beside", cloud) == {
            # What no answer holds has to be written once more; the rest is recognised.
            "google_bigquery_data_transfer_config.sweep": {"service_account_name"},
            "google_cloud_quotas_quota_preference.daily": {"contact_email", "ignore_safety_checks"},
            "google_pubsub_topic.runs": {"labels", "terraform_labels"},
            "google_storage_bucket.archive": {"force_destroy"},
        }
        assert "15 destroyed" in rig.run("destroy", "-auto-approve")


def _adopted(rig: Rig, folder: Path, cloud: LocalCloud) -> dict[str, set[str]]:
    """What another state that imports all that `rig` holds would change, attribute by attribute."""
    imports = []
    for held in json.loads(rig.run("show", "-json"))["values"]["root_module"]["resources"]:
        values = held["values"]
        place = values["id"]
        if "member" in values and "role" in values:
            place = f"{place.partition('/roles/')[0]} {values['role']} {values['member']}"
        imports.append({"to": held["address"], "id": place})
    folder.mkdir()
    beside = Rig(folder, custom_endpoints(cloud.url))
    beside.write(guarded("every day 09:07", 2.5, "400"), **{"import": imports})
    changes = beside.changes()
    assert len(changes) == 15
    assert [address for address, change in changes.items() if change["actions"] not in (["update"], ["no-op"])] == []
    return {
        address: {name for name, value in change["after"].items() if value != change["before"].get(name)}
        for address, change in changes.items()
        if change["actions"] == ["update"]
    }


class _Silent(BaseHTTPRequestHandler):
    """Takes a request and never answers it."""

    def do_POST(self) -> None:
        self.server.reached.set()  # type: ignore[attr-defined]
        self.server.released.wait(60)  # type: ignore[attr-defined]

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def silent() -> Iterator[Any]:
    """A cloud that hangs."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Silent) as server:
        server.reached, server.released = threading.Event(), threading.Event()  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.released.set()  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to find the plugin's process")
def test_a_plugin_killed_midway_is_a_clear_error(tmp_path: Path, silent: Any) -> None:
    rig = Rig(tmp_path, custom_endpoints(f"http://127.0.0.1:{silent.server_port}"))
    rig.write({"google_bigquery_dataset": {"shop": {"dataset_id": "shop"}}})
    command = ["terraform", "apply", "-auto-approve", "-no-color"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=rig.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as terraform:
        assert silent.reached.wait(60)
        for plugin in _children(terraform.pid):
            os.kill(plugin, signal.SIGKILL)
        said, _ = terraform.communicate(timeout=60)
    assert terraform.returncode == 1
    # Terraform words it by which it notices first, the broken connection or the ended process.
    assert "Plugin did not respond" in said or "ApplyResourceChange request was cancelled" in said
    assert "google_bigquery_dataset.shop" in said


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(stat.parent.name))
    return found
