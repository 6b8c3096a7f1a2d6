from __future__ import annotations

from tests.stacks import declared
from tests.terraform import needs_node

pytestmark = needs_node


def test_the_state_is_versioned_private_and_kept() -> None:
    bucket = declared("state", "google_storage_bucket")["state"]
    assert (bucket["name"], bucket["location"]) == ("of-scheduler-proj-eros-state", "US")
    assert bucket["versioning"] == {"enabled": True}
    assert bucket["uniform_bucket_level_access"] is True
    assert bucket["public_access_prevention"] == "enforced"
    assert bucket["force_destroy"] is False
    assert bucket["lifecycle"] == {"prevent_destroy": True}
    assert bucket["soft_delete_policy"] == {"retention_duration_seconds": 2592000}  # 30 x 24 x 3600


def test_old_generations_go_but_never_the_newest_fifty() -> None:
    (rule,) = declared("state", "google_storage_bucket")["state"]["lifecycle_rule"]
    assert rule["action"] == {"type": "Delete"}
    assert rule["condition"] == {"days_since_noncurrent_time": 90, "num_newer_versions": 50, "with_state": "ARCHIVED"}


def test_only_the_deployer_may_write_it() -> None:
    member = declared("state", "google_storage_bucket_iam_member")["deployer_state"]
    assert member["role"] == "roles/storage.objectUser"
    assert member["member"] == "serviceAccount:eros-deployer@of-scheduler-proj.iam.gserviceaccount.com"
    assert member["bucket"] == "of-scheduler-proj-eros-state"
