"""What exists is found by its natural key, over the real endpoints, and taken over; two of one name are refused."""

from __future__ import annotations

from typing import Any

import pytest

from infra.errors import AccessError, InfraError, RefusedError
from infra.release.adopt import KEYS, Existing, adoptions, key_of
from infra.release.survey import LISTS, survey
from infra.release.synthesised import Wanted, managed, wanted
from tests.unit.release.fakes import Answer, Google

ACCOUNT = "runner@p.iam.gserviceaccount.com"

# type, arguments, what Google answers, the import id of the google provider's documentation
KINDS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    (
        "google_bigquery_dataset",
        {"dataset_id": "d"},
        {"GET big_query/projects/p/datasets": {"datasets": [{"datasetReference": {"datasetId": "d"}}]}},
        "projects/p/datasets/d",
    ),
    (
        "google_bigquery_table",
        {"dataset_id": "d", "table_id": "t"},
        {"GET big_query/projects/p/datasets/d/tables": {"tables": [{"tableReference": {"tableId": "t"}}]}},
        "projects/p/datasets/d/tables/t",
    ),
    (
        "google_bigquery_routine",
        {"dataset_id": "d", "routine_id": "r"},
        {"GET big_query/projects/p/datasets/d/routines": {"routines": [{"routineReference": {"routineId": "r"}}]}},
        "projects/p/datasets/d/routines/r",
    ),
    (
        "google_bigquery_dataset_iam_member",
        {"dataset_id": "d", "role": "roles/bigquery.dataEditor", "member": f"serviceAccount:{ACCOUNT}"},
        {"GET big_query/projects/p/datasets/d": {"access": [{"role": "WRITER", "userByEmail": ACCOUNT}]}},
        f"projects/p/datasets/d roles/bigquery.dataEditor serviceAccount:{ACCOUNT}",
    ),
    (
        "google_bigquery_data_transfer_config",
        {"location": "US", "display_name": "sweep"},
        {
            "GET bigquery_data_transfer/projects/p/locations/US/transferConfigs": {
                "transferConfigs": [{"displayName": "sweep", "name": "projects/1/locations/us/transferConfigs/abc"}]
            }
        },
        "projects/1/locations/us/transferConfigs/abc",
    ),
    (
        "google_service_account",
        {"account_id": "runner"},
        {"GET iam/projects/p/serviceAccounts": {"accounts": [{"email": ACCOUNT}]}},
        f"projects/p/serviceAccounts/{ACCOUNT}",
    ),
    (
        "google_service_account_iam_member",
        {"service_account_id": f"projects/p/serviceAccounts/{ACCOUNT}", "role": "roles/x", "member": "user:a@b.c"},
        {
            f"POST iam/projects/p/serviceAccounts/{ACCOUNT}:getIamPolicy": {
                "bindings": [{"role": "roles/x", "members": ["user:z@b.c", "user:a@b.c"]}]
            }
        },
        f"projects/p/serviceAccounts/{ACCOUNT} roles/x user:a@b.c",
    ),
    (
        "google_project_iam_member",
        {"role": "roles/x", "member": "user:a@b.c"},
        {
            "POST resource_manager/projects/p:getIamPolicy": {
                "bindings": [{"role": "roles/x", "members": ["user:a@b.c"]}]
            }
        },
        "p roles/x user:a@b.c",
    ),
    (
        "google_pubsub_topic",
        {"name": "runs"},
        {"GET pubsub/projects/p/topics": {"topics": [{"name": "projects/p/topics/runs"}]}},
        "projects/p/topics/runs",
    ),
    (
        "google_pubsub_topic_iam_member",
        {"topic": "projects/p/topics/runs", "role": "roles/x", "member": "user:a@b.c"},
        {
            "GET pubsub/projects/p/topics/runs:getIamPolicy": {
                "bindings": [{"role": "roles/x", "members": ["user:a@b.c"]}]
            }
        },
        "projects/p/topics/runs roles/x user:a@b.c",
    ),
    (
        "google_billing_budget",
        {"billing_account": "A-B-C", "display_name": "month"},
        {
            "GET billing/billingAccounts/A-B-C/budgets": {
                "budgets": [{"displayName": "month", "name": "billingAccounts/A-B-C/budgets/u"}]
            }
        },
        "billingAccounts/A-B-C/budgets/u",
    ),
    (
        "google_cloud_quotas_quota_preference",
        {"parent": "projects/p", "name": "per-day"},
        {
            "GET cloud_quotas/projects/p/locations/global/quotaPreferences": {
                "quotaPreferences": [{"name": "projects/1/locations/global/quotaPreferences/per-day"}]
            }
        },
        "projects/p/locations/global/quotaPreferences/per-day",
    ),
    (
        "google_monitoring_notification_channel",
        {"display_name": "mail"},
        {
            "GET monitoring/v3/projects/p/notificationChannels": {
                "notificationChannels": [{"displayName": "mail", "name": "projects/p/notificationChannels/1"}]
            }
        },
        "projects/p/notificationChannels/1",
    ),
    (
        "google_monitoring_alert_policy",
        {"display_name": "late"},
        {
            "GET monitoring/v3/projects/p/alertPolicies": {
                "alertPolicies": [{"displayName": "late", "name": "projects/p/alertPolicies/1"}]
            }
        },
        "projects/p/alertPolicies/1",
    ),
    (
        "google_logging_metric",
        {"name": "eros/failed"},
        {"GET logging/projects/p/metrics": {"metrics": [{"name": "eros/failed"}]}},
        "p eros/failed",
    ),
    (
        "google_storage_bucket",
        {"name": "p-state"},
        {"GET storage/b": {"items": [{"name": "p-state"}]}},
        "p-state",
    ),
    (
        "google_storage_bucket_iam_member",
        {"bucket": "p-state", "role": "roles/x", "member": "user:a@b.c"},
        {"GET storage/b/p-state/iam": {"bindings": [{"role": "roles/x", "members": ["user:a@b.c"]}]}},
        "b/p-state roles/x user:a@b.c",
    ),
]


def declared(kind: str, arguments: dict[str, Any]) -> Wanted:
    (one,) = wanted("s", {"resource": {kind: {"one": arguments}}}, "p")
    return one


def test_every_type_that_a_stack_may_declare_has_a_key_and_a_list() -> None:
    assert set(KEYS) == set(LISTS) == {kind for kind, *_ in KINDS}


@pytest.mark.parametrize(("kind", "arguments", "answers", "identity"), KINDS, ids=[kind for kind, *_ in KINDS])
def test_what_exists_is_imported_by_its_documented_id(
    kind: str, arguments: dict[str, Any], answers: dict[str, Any], identity: str
) -> None:
    one = declared(kind, arguments)
    assert adoptions([one], survey(Google(dict(answers)).rest, [one]), {}) == {one.address: identity}
    assert adoptions([one], survey(Google(dict(answers)).rest, [one]), {one.address: identity}) == {}
    assert adoptions([one], survey(Google().rest, [one]), {}) == {}


def test_what_has_another_name_is_left_alone() -> None:
    one = declared("google_pubsub_topic", {"name": "other"})
    google = Google({"GET pubsub/projects/p/topics": {"topics": [{"name": "projects/p/topics/runs"}]}})
    assert adoptions([one], survey(google.rest, [one]), {}) == {}


@pytest.mark.parametrize("in_state", [{}, {"google_bigquery_data_transfer_config.one": "c/1"}])
def test_two_of_one_name_are_refused_and_listed_even_when_one_is_managed(in_state: dict[str, str]) -> None:
    one = declared("google_bigquery_data_transfer_config", {"location": "US", "display_name": "sweep"})
    twice = [Existing(one.type, ("p", "US", "sweep"), name) for name in ("c/2", "c/1")]
    with pytest.raises(RefusedError) as caught:
        adoptions([one], twice, in_state)
    assert caught.value.exit_code == 3
    assert "google_bigquery_data_transfer_config.one: c/1 and c/2" in caught.value.where


def test_a_list_is_read_to_its_last_page() -> None:
    one = declared("google_pubsub_topic", {"name": "runs"})
    google = Google(
        {
            "GET pubsub/projects/p/topics": {"topics": [{"name": "projects/p/topics/a"}], "nextPageToken": "2"},
            "GET pubsub/projects/p/topics?pageToken=2": {"topics": [{"name": "projects/p/topics/runs"}]},
        }
    )
    assert adoptions([one], survey(google.rest, [one]), {}) == {one.address: "projects/p/topics/runs"}


def test_a_grant_with_a_condition_is_another_grant() -> None:
    one = declared("google_project_iam_member", {"role": "roles/x", "member": "user:a@b.c"})
    binding = {"role": "roles/x", "members": ["user:a@b.c"], "condition": {"title": "for a while"}}
    google = Google({"POST resource_manager/projects/p:getIamPolicy": {"bindings": [binding]}})
    assert survey(google.rest, [one]) == []


def test_names_that_refer_to_the_same_stack_are_filled_in() -> None:
    stack = {
        "resource": {
            "google_service_account": {"runner": {"account_id": "runner"}},
            "google_project_iam_member": {
                "jobs": {"role": "roles/x", "member": "${google_service_account.runner.member}"}
            },
        }
    }
    member, _ = wanted("s", stack, "p")
    assert key_of(member) == ("p", "roles/x", f"serviceAccount:{ACCOUNT}")


def test_a_name_that_only_the_apply_will_tell_is_an_error() -> None:
    with pytest.raises(InfraError, match="not known before it is applied"):
        key_of(declared("google_pubsub_topic", {"name": "${random_id.x.hex}"}))
    with pytest.raises(InfraError, match="has no natural key"):
        key_of(declared("google_project", {"name": "x"}))


def test_the_state_is_read_by_address() -> None:
    instances = [{"attributes": {"id": "i"}}, {"attributes": {"id": "old"}, "deposed": "d"}]
    state = {
        "resources": [
            {"mode": "managed", "type": "google_x", "name": "a", "instances": instances},
            {"mode": "data", "type": "google_y", "name": "b", "instances": instances},
        ]
    }
    assert managed(state) == {"google_x.a": "i"}
    assert managed({}) == {}


def test_a_refusal_is_told_in_googles_words_and_a_passing_trouble_is_tried_again() -> None:
    path = "GET pubsub/projects/p/topics"
    one = declared("google_pubsub_topic", {"name": "runs"})
    with pytest.raises(AccessError, match="answered with 403") as caught:
        survey(Google({path: Answer(403, {"error": {"message": "API not enabled"}})}).rest, [one])
    assert caught.value.why == "API not enabled"
    google = Google({path: [Answer(503), Answer(200, {"topics": []})]})
    assert survey(google.rest, [one]) == [] and google.asked == [path, path]
    with pytest.raises(InfraError, match="answered with 500"):
        survey(Google({path: Answer(500, "broken")}).rest, [one])
