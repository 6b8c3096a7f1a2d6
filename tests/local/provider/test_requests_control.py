"""Which requests every other type makes: paths, parameters and bodies of the public REST references."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.provider.api import ApiError
from infra.local.provider.resources import KINDS
from infra.local.provider.resources.base import ResourceError
from infra.local.provider.schema import ProviderSchema
from tests.local.provider.requests import ACCOUNT, Cloud, planned


def test_service_account(make: Any, change: Any) -> None:
    config = {"account_id": "runner", "display_name": "Runner"}
    name = f"projects/p/serviceAccounts/{ACCOUNT}"
    answer = {"name": name, "email": ACCOUNT, "projectId": "p", "uniqueId": "1", "displayName": "Runner"}
    kind = "google_service_account"
    requests, state = make(kind, config, answer)
    body = {"accountId": "runner", "serviceAccount": {"displayName": "Runner"}}
    assert requests == [("iam", "POST", "projects/p/serviceAccounts", {}, body)]
    assert (state["id"], state["member"]) == (name, f"serviceAccount:{ACCOUNT}")

    requests = change(kind, config, {**config, "description": "d", "disabled": True}, answer)
    account = {"displayName": "Runner", "description": "d"}
    assert requests == [
        ("iam", "POST", f"{name}:disable", {}, {}),
        ("iam", "PATCH", name, {}, {"serviceAccount": account, "updateMask": "description"}),
    ]


def test_a_service_account_that_exists_is_taken_when_asked_for(schema: ProviderSchema) -> None:
    class Taken(Cloud):
        def call(self, service: str, method: str, path: str, body: Any = None, query: Any = None) -> dict[str, Any]:
            if method == "POST":
                raise ApiError(409, "googleapi: Error 409: Service account runner already exists, alreadyExists")
            return super().call(service, method, path, body, query)

    name = f"projects/p/serviceAccounts/{ACCOUNT}"
    cloud = Taken({"name": name, "email": ACCOUNT, "projectId": "p", "uniqueId": "1"})
    kind, block = KINDS["google_service_account"], schema.resources["google_service_account"]
    config = {"account_id": "runner", "create_ignore_already_exists": True}
    assert kind.create(cloud, block, planned(block, config))["id"] == name  # type: ignore[arg-type]
    with pytest.raises(ResourceError, match="Error creating service account: googleapi: Error 409"):
        kind.create(cloud, block, planned(block, {"account_id": "runner"}))  # type: ignore[arg-type]


def test_topic(make: Any, change: Any) -> None:
    answer = {"name": "projects/p/topics/runs", "labels": {"a": "b"}}
    kind, path = "google_pubsub_topic", "projects/p/topics/runs"
    requests, state = make(kind, {"name": "runs", "labels": {"a": "b"}}, answer)
    assert requests == [("pubsub", "PUT", path, {}, {"labels": {"a": "b"}})]
    assert (state["id"], state["name"]) == (path, "runs")

    (request,) = change(kind, {"name": "runs", "labels": {"a": "b"}}, {"name": "runs"}, answer)
    assert request[:4] == ("pubsub", "PATCH", path, {"updateMask": "labels"})
    assert request[4]["topic"] == {}


BUDGET = {
    "billing_account": "000000-000000-000000",
    "display_name": "month",
    "budget_filter": [{"projects": ["projects/1"], "calendar_period": "MONTH"}],
    "amount": [{"specified_amount": [{"currency_code": "USD", "units": "300"}]}],
    "threshold_rules": [{"threshold_percent": 0.9}],
    "all_updates_rule": [{"pubsub_topic": "projects/p/topics/t"}],
}
BUDGET_BODY = {
    "displayName": "month",
    "budgetFilter": {
        "projects": ["projects/1"],
        "calendarPeriod": "MONTH",
        "creditTypesTreatment": "INCLUDE_ALL_CREDITS",
    },
    "amount": {"specifiedAmount": {"currencyCode": "USD", "units": "300"}},
    "thresholdRules": [{"thresholdPercent": 0.9, "spendBasis": "CURRENT_SPEND"}],
    "notificationsRule": {"pubsubTopic": "projects/p/topics/t", "schemaVersion": "1.0"},
}


def test_budget(make: Any, change: Any) -> None:
    base = "billingAccounts/000000-000000-000000/budgets"
    answer = {**BUDGET_BODY, "name": f"{base}/b1"}
    kind = "google_billing_budget"
    requests, state = make(kind, BUDGET, answer)
    assert requests == [("billing", "POST", base, {}, BUDGET_BODY)]
    assert (state["id"], state["name"]) == (f"{base}/b1", "b1")

    more = {**BUDGET, "amount": [{"specified_amount": [{"currency_code": "USD", "units": "400"}]}]}
    (request,) = change(kind, BUDGET, more, answer)
    parts = "amount.specifiedAmount.currencyCode,amount.specifiedAmount.nanos,amount.specifiedAmount.units"
    assert request[:4] == ("billing", "PATCH", f"{base}/b1", {"updateMask": parts})
    assert request[4]["amount"] == {"specifiedAmount": {"currencyCode": "USD", "units": "400"}}


def test_a_budget_of_last_period_and_its_labels(make: Any) -> None:
    config = {**BUDGET, "amount": [{"last_period_amount": True}], "budget_filter": [{"labels": {"team": "eros"}}]}
    labels = {"labels": {"team": {"values": ["eros"]}}, "creditTypesTreatment": "INCLUDE_ALL_CREDITS"}
    body = {**BUDGET_BODY, "amount": {"lastPeriodAmount": {}}, "budgetFilter": labels}
    requests, state = make("google_billing_budget", config, {**body, "name": "billingAccounts/x/budgets/b1"})
    assert requests[0][4] == body
    assert state["budget_filter"][0]["labels"] == {"team": "eros"}
    assert state["amount"][0]["last_period_amount"] is True


def test_quota_preference(make: Any, change: Any, destroy: Any) -> None:
    config = {
        "parent": "projects/1",
        "name": "daily",
        "service": "bigquery.googleapis.com",
        "quota_id": "QueryUsagePerDay",
        "contact_email": "a@example.com",
        "ignore_safety_checks": "QUOTA_DECREASE_PERCENTAGE_TOO_HIGH",
        "quota_config": [{"preferred_value": "1677721"}],
    }
    item = "projects/1/locations/global/quotaPreferences/daily"
    body = {
        "name": item,
        "service": "bigquery.googleapis.com",
        "quotaId": "QueryUsagePerDay",
        "contactEmail": "a@example.com",
        "quotaConfig": {"preferredValue": "1677721"},
    }
    shown = {name: value for name, value in body.items() if name != "contactEmail"}
    answer = {**shown, "quotaConfig": {"preferredValue": "1677721", "grantedValue": "1677721"}, "etag": "e"}
    kind, ignore = "google_cloud_quotas_quota_preference", {"ignoreSafetyChecks": "QUOTA_DECREASE_PERCENTAGE_TOO_HIGH"}
    requests, state = make(kind, config, answer)
    query = {**ignore, "quotaPreferenceId": "daily"}
    assert requests == [("cloud_quotas", "POST", "projects/1/locations/global/quotaPreferences", query, body)]
    assert (state["id"], state["name"], state["contact_email"]) == (item, "daily", "a@example.com")
    assert state["quota_config"][0]["granted_value"] == "1677721"

    (request,) = change(kind, config, {**config, "quota_config": [{"preferred_value": "5"}]}, answer)
    assert request[:4] == ("cloud_quotas", "PATCH", item, {**ignore, "updateMask": "quotaConfig"})
    assert destroy(kind, state) == []  # the API has no delete


def test_notification_channel_keeps_its_secret(make: Any, change: Any, destroy: Any) -> None:
    config = {
        "display_name": "relay",
        "type": "webhook_basicauth",
        "labels": {"url": "https://relay.example.com", "username": "eros"},
        "sensitive_labels": [{"password": "secret"}],
    }
    name = "projects/p/notificationChannels/1"
    answer = {
        "name": name,
        "displayName": "relay",
        "type": "webhook_basicauth",
        "labels": {"url": "https://relay.example.com", "username": "eros", "password": "****"},
        "enabled": True,
    }
    kind = "google_monitoring_notification_channel"
    requests, state = make(kind, config, answer)
    body = {
        "displayName": "relay",
        "type": "webhook_basicauth",
        "labels": {"url": "https://relay.example.com", "username": "eros", "password": "secret"},
        "enabled": True,
    }
    assert requests == [("monitoring", "POST", "v3/projects/p/notificationChannels", {}, body)]
    assert state["labels"] == config["labels"]
    assert state["sensitive_labels"][0]["password"] == "secret"

    requests = change(kind, config, {**config, "sensitive_labels": [{"password": "new"}]}, answer)
    labels = {**body["labels"], "password": "new"}
    assert requests == [("monitoring", "PATCH", f"v3/{name}", {}, {**body, "labels": labels})]
    assert destroy(kind, state) == [("monitoring", "DELETE", f"v3/{name}", {"force": "false"}, None)]


def test_alert_policy(make: Any, change: Any) -> None:
    threshold = {"filter": "f", "comparison": "COMPARISON_GT", "duration": "0s", "threshold_value": 2.5}
    config = {
        "display_name": "failed runs",
        "combiner": "OR",
        "conditions": [{"display_name": "c", "condition_threshold": [threshold]}],
        "notification_channels": ["projects/p/notificationChannels/1"],
        "documentation": [{"content": "look"}],
        "enabled": False,
    }
    rest = {"filter": "f", "comparison": "COMPARISON_GT", "duration": "0s", "thresholdValue": 2.5}
    body = {
        "displayName": "failed runs",
        "combiner": "OR",
        "conditions": [{"displayName": "c", "conditionThreshold": rest}],
        "notificationChannels": ["projects/p/notificationChannels/1"],
        "documentation": {"content": "look", "mimeType": "text/markdown"},
        "enabled": False,
    }
    name = "projects/p/alertPolicies/7"
    condition = {**body["conditions"][0], "name": f"{name}/conditions/8"}
    record = {"mutateTime": "2026-01-14T20:00:00Z", "mutatedBy": "me"}
    answer = {**body, "name": name, "conditions": [condition], "creationRecord": record}
    kind = "google_monitoring_alert_policy"
    requests, state = make(kind, config, answer)
    assert requests == [("monitoring", "POST", "v3/projects/p/alertPolicies", {}, body)]
    assert state["id"] == name
    assert state["conditions"][0]["name"] == f"{name}/conditions/8"
    assert state["creation_record"] == [{"mutate_time": "2026-01-14T20:00:00Z", "mutated_by": "me"}]

    (request,) = change(kind, config, {**config, "enabled": True}, answer)
    assert request[:4] == ("monitoring", "PATCH", f"v3/{name}", {"updateMask": "enabled"})
    assert request[4] == {**body, "enabled": True, "conditions": [condition]}


def test_log_metric(make: Any, change: Any) -> None:
    label = {"key": "job", "value_type": "STRING"}
    config = {
        "name": "errors",
        "filter": "severity>=ERROR",
        "metric_descriptor": [{"metric_kind": "DELTA", "value_type": "INT64", "labels": [label]}],
        "label_extractors": {"job": "EXTRACT(x)"},
    }
    described = {
        "metricKind": "DELTA",
        "valueType": "INT64",
        "unit": "1",
        "labels": [{"key": "job", "valueType": "STRING"}],
    }
    body = {
        "name": "errors",
        "filter": "severity>=ERROR",
        "metricDescriptor": described,
        "labelExtractors": {"job": "EXTRACT(x)"},
    }
    # The service leaves out a label's type where it is a string.
    answer = {**body, "metricDescriptor": {**described, "labels": [{"key": "job"}], "type": "t"}}
    kind = "google_logging_metric"
    requests, state = make(kind, config, answer)
    assert requests == [("logging", "POST", "projects/p/metrics", {}, body)]
    assert state["id"] == "errors"
    assert state["metric_descriptor"][0]["labels"][0]["value_type"] == "STRING"
    requests = change(kind, config, {**config, "filter": "severity>=WARNING"}, answer)
    changed = {**body, "filter": "severity>=WARNING"}
    assert requests == [("logging", "PUT", "projects/p/metrics/errors", {}, changed)]
    named = {**config, "name": "runs/errors"}
    (request,) = change(kind, named, {**named, "filter": "x"}, {**answer, "name": "runs/errors"})
    assert request[2] == "projects/p/metrics/runs%2Ferrors"


BUCKET = {
    "name": "state-bucket",
    "location": "us",
    "uniform_bucket_level_access": True,
    "public_access_prevention": "enforced",
    "versioning": [{"enabled": True}],
    "lifecycle_rule": [
        {
            "action": [{"type": "Delete"}],
            "condition": [{"num_newer_versions": 50, "with_state": "ARCHIVED", "send_age_if_zero": True}],
        }
    ],
    "retention_policy": [{"retention_period": 3600}],
}


def test_bucket(make: Any, change: Any, destroy: Any) -> None:
    rule = {"action": {"type": "Delete"}, "condition": {"numNewerVersions": 50, "isLive": False}}
    body = {
        "name": "state-bucket",
        "location": "us",
        "storageClass": "STANDARD",
        "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}, "publicAccessPrevention": "enforced"},
        "versioning": {"enabled": True},
        "lifecycle": {"rule": [rule]},
        "retentionPolicy": {"retentionPeriod": "3600"},
    }
    answer = {**body, "location": "US", "id": "state-bucket", "projectNumber": "12"}
    kind = "google_storage_bucket"
    requests, state = make(kind, BUCKET, answer)
    assert requests == [("storage", "POST", "b", {"project": "p"}, body)]
    assert (state["id"], state["url"], state["location"]) == ("state-bucket", "gs://state-bucket", "us")
    assert state["project_number"] == 12
    condition = state["lifecycle_rule"][0]["condition"][0]
    assert (condition["send_age_if_zero"], condition["with_state"]) == (True, "ARCHIVED")

    without = {name: value for name, value in BUCKET.items() if name not in ("retention_policy", "lifecycle_rule")}
    (request,) = change(kind, BUCKET, {**without, "labels": {"b": "2"}}, {**answer, "labels": {"a": "1"}})
    assert request[:4] == ("storage", "PATCH", "b/state-bucket", {})
    # A merge keeps what it does not name.
    assert (request[4]["retentionPolicy"], request[4]["lifecycle"]) == (None, {"rule": None})
    (request,) = change(kind, {**BUCKET, "labels": {"a": "1"}}, BUCKET, {**answer, "labels": {"a": "1"}})
    assert request[4]["labels"] == {"a": None}
    assert destroy(kind, {"name": "state-bucket"}) == [("storage", "DELETE", "b/state-bucket", {}, None)]
