"""Which requests each resource type makes: the paths, parameters and bodies of Google's public REST references."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from infra.local.provider.api import ApiError
from infra.local.provider.planning import Defaults, plan
from infra.local.provider.resources import KINDS
from infra.local.provider.resources.base import ResourceError
from infra.local.provider.schema import Block, ProviderSchema
from infra.local.provider.values import conform
from tests.local.provider.rig import table_schema

ACCOUNT = "runner@p.iam.gserviceaccount.com"
INT64 = {"typeKind": "INT64"}


class Cloud:
    """Answers GET with what it is told to hold, everything else with the same; notes every request."""

    def __init__(self, held: dict[str, Any]) -> None:
        self.held = held
        self.requests: list[tuple[Any, ...]] = []

    def call(self, service: str, method: str, path: str, body: Any = None, query: Any = None) -> dict[str, Any]:
        if method != "GET":
            self.requests.append((service, method, path, dict(query or {}), copy.deepcopy(body)))
        if method == "GET" and not self.held:
            raise ApiError(404, "googleapi: Error 404: Not found, notFound")
        return copy.deepcopy(self.held)


def planned(block: Block, config: dict[str, Any], prior: Any = None) -> Any:
    """The planned value of a configuration: terraform's merge keeps what is computed and not configured."""
    given = conform(block, config)
    merged = dict(given)
    if prior is not None:
        computed = [name for name, attribute in block.attributes.items() if attribute.computed and given[name] is None]
        merged |= {name: prior[name] for name in computed}
    return plan(block, given, prior, merged, Defaults("p", {}, attribution=False)).value


@pytest.fixture
def make(schema: ProviderSchema) -> Any:
    """Creates a resource from its arguments; returns the requests and the state."""

    def made(kind: str, config: dict[str, Any], answer: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        cloud = Cloud(answer)
        block = schema.resources[kind]
        state = KINDS[kind].create(cloud, block, planned(block, config))  # type: ignore[arg-type]
        assert KINDS[kind].read(cloud, block, state) == state  # type: ignore[arg-type]
        return cloud.requests, state

    return made


@pytest.fixture
def change(schema: ProviderSchema) -> Any:
    """Changes a resource from one configuration to another; returns the requests."""

    def changed(kind: str, before: dict[str, Any], after: dict[str, Any], answer: dict[str, Any]) -> list[Any]:
        cloud, block = Cloud(answer), schema.resources[kind]
        prior = KINDS[kind].create(cloud, block, planned(block, before))  # type: ignore[arg-type]
        cloud.requests.clear()
        KINDS[kind].update(cloud, block, prior, planned(block, after, prior))  # type: ignore[arg-type]
        return cloud.requests

    return changed


@pytest.fixture
def destroy(schema: ProviderSchema) -> Any:
    """Destroys a resource of a given state; returns the requests."""

    def destroyed(kind: str, state: dict[str, Any], answer: Any = None) -> list[Any]:
        cloud, block = Cloud(answer or {}), schema.resources[kind]
        KINDS[kind].delete(cloud, block, conform(block, state))  # type: ignore[arg-type]
        return cloud.requests

    return destroyed


DATASET = {"dataset_id": "shop", "labels": {"a": "b"}, "max_time_travel_hours": "168"}
DATASET_ANSWER = {
    "datasetReference": {"datasetId": "shop", "projectId": "p"},
    "location": "US",
    "labels": {"a": "b", "theirs": "x"},
    "maxTimeTravelHours": "168",
    "creationTime": "1700000000000",
    "access": [{"role": "OWNER", "specialGroup": "projectOwners"}],
}


def test_dataset(make: Any, change: Any, destroy: Any) -> None:
    body = {
        "datasetReference": {"datasetId": "shop", "projectId": "p"},
        "location": "US",
        "labels": {"a": "b"},
        "maxTimeTravelHours": "168",
    }
    requests, state = make("google_bigquery_dataset", DATASET, DATASET_ANSWER)
    assert requests == [("big_query", "POST", "projects/p/datasets", {}, body)]
    assert (state["id"], state["creation_time"]) == ("projects/p/datasets/shop", 1700000000000)
    assert (state["labels"], state["effective_labels"]) == ({"a": "b"}, {"a": "b", "theirs": "x"})
    assert [grant["special_group"] for grant in state["access"]] == ["projectOwners"]

    requests = change("google_bigquery_dataset", DATASET, {**DATASET, "description": "d"}, DATASET_ANSWER)
    access = {"access": [{"role": "OWNER", "specialGroup": "projectOwners"}]}
    body = {**body, **access, "description": "d", "labels": {"a": "b", "theirs": "x"}}
    assert requests == [("big_query", "PUT", "projects/p/datasets/shop", {}, body)]

    gone = ("big_query", "DELETE", "projects/p/datasets/shop", {"deleteContents": "false"}, None)
    assert destroy("google_bigquery_dataset", {"project": "p", **DATASET}) == [gone]


TABLE = {
    "dataset_id": "shop",
    "table_id": "orders",
    "schema": table_schema("id INT64", "at TIMESTAMP"),
    "time_partitioning": [{"type": "DAY", "field": "at", "expiration_ms": 86400000}],
    "clustering": ["id"],
}
REFERENCE = {"tableId": "orders", "datasetId": "shop", "projectId": "p"}
TABLE_BODY = {
    "tableReference": REFERENCE,
    "schema": {"fields": [{"name": "id", "type": "INT64"}, {"name": "at", "type": "TIMESTAMP"}]},
    "timePartitioning": {"type": "DAY", "field": "at", "expirationMs": "86400000"},
    "clustering": {"fields": ["id"]},
}
TABLE_ANSWER = {
    "tableReference": REFERENCE,
    "schema": {"fields": [{"name": "id", "type": "INTEGER", "mode": "NULLABLE"}, {"name": "at", "type": "TIMESTAMP"}]},
    "timePartitioning": {"type": "DAY", "field": "at", "expirationMs": "86400000"},
    "clustering": {"fields": ["id"]},
    "numRows": "7",
    "type": "TABLE",
}


def test_table(make: Any, change: Any, destroy: Any) -> None:
    requests, state = make("google_bigquery_table", TABLE, TABLE_ANSWER)
    assert requests == [("big_query", "POST", "projects/p/datasets/shop/tables", {}, TABLE_BODY)]
    assert (state["id"], state["num_rows"]) == ("projects/p/datasets/shop/tables/orders", 7)
    assert state["schema"] == TABLE["schema"]

    requests = change("google_bigquery_table", TABLE, {**TABLE, "friendly_name": "f"}, TABLE_ANSWER)
    body = {**TABLE_BODY, "friendlyName": "f"}
    assert requests == [("big_query", "PUT", "projects/p/datasets/shop/tables/orders", {}, body)]

    assert change("google_bigquery_table", TABLE, {**TABLE, "deletion_protection": False}, TABLE_ANSWER) == []
    with pytest.raises(ResourceError, match="cannot destroy table") as caught:
        destroy("google_bigquery_table", {**TABLE, "project": "p", "deletion_protection": True})
    assert caught.value.attribute == "deletion_protection"
    open_to_all = {**TABLE, "project": "p", "deletion_protection": False}
    gone = ("big_query", "DELETE", "projects/p/datasets/shop/tables/orders", {}, None)
    assert destroy("google_bigquery_table", open_to_all) == [gone]


def test_a_lost_column_is_dropped_before_the_update(change: Any) -> None:
    shorter = {**TABLE, "schema": table_schema("at TIMESTAMP"), "clustering": None}
    drop, put = change("google_bigquery_table", TABLE, shorter, TABLE_ANSWER)
    query = {"query": "ALTER TABLE `p.shop.orders` DROP COLUMN id", "useLegacySql": False}
    assert drop == ("big_query", "POST", "projects/p/queries", {}, query)
    assert (put[1], put[4]["schema"]) == ("PUT", {"fields": [{"name": "at", "type": "TIMESTAMP"}]})


def test_view(make: Any) -> None:
    config = {"dataset_id": "shop", "table_id": "orders", "view": [{"query": "SELECT 1", "use_legacy_sql": False}]}
    answer = {"tableReference": REFERENCE, "view": {"query": "SELECT 1", "useLegacySql": False}, "type": "VIEW"}
    body = {"tableReference": REFERENCE, "view": {"query": "SELECT 1", "useLegacySql": False}}
    requests, state = make("google_bigquery_table", config, answer)
    assert requests == [("big_query", "POST", "projects/p/datasets/shop/tables", {}, body)]
    assert state["view"] == [{"query": "SELECT 1", "use_legacy_sql": False}]


def test_routine(make: Any, change: Any) -> None:
    config = {
        "dataset_id": "shop",
        "routine_id": "f",
        "routine_type": "SCALAR_FUNCTION",
        "language": "SQL",
        "definition_body": "x + 1",
        "arguments": [{"name": "x", "data_type": json.dumps(INT64)}],
        "return_type": json.dumps(INT64, indent=1),
    }
    body = {
        "routineReference": {"routineId": "f", "datasetId": "shop", "projectId": "p"},
        "routineType": "SCALAR_FUNCTION",
        "language": "SQL",
        "definitionBody": "x + 1",
        "arguments": [{"name": "x", "dataType": INT64, "argumentKind": "FIXED_TYPE"}],
        "returnType": INT64,
    }
    # BigQuery leaves the usual kind of argument out of its answers.
    answer = {**body, "arguments": [{"name": "x", "dataType": INT64}]}
    requests, state = make("google_bigquery_routine", config, answer)
    assert requests == [("big_query", "POST", "projects/p/datasets/shop/routines", {}, body)]
    assert state["return_type"] == config["return_type"]
    requests = change("google_bigquery_routine", config, {**config, "definition_body": "x + 2"}, answer)
    changed = {**body, "definitionBody": "x + 2"}
    assert requests == [("big_query", "PUT", "projects/p/datasets/shop/routines/f", {}, changed)]


CONFIG_NAME = "projects/p/locations/us/transferConfigs/c1"


def test_transfer_config(make: Any, change: Any, destroy: Any) -> None:
    config = {
        "display_name": "sweep",
        "data_source_id": "scheduled_query",
        "schedule": "every 6 hours from 00:13 to 18:13",
        "service_account_name": ACCOUNT,
        "params": {"query": "CALL f()"},
    }
    body = {
        "displayName": "sweep",
        "dataSourceId": "scheduled_query",
        "schedule": "every 6 hours from 00:13 to 18:13",
        "params": {"query": "CALL f()"},
    }
    answer = {**body, "name": CONFIG_NAME}
    kind, account = "google_bigquery_data_transfer_config", {"serviceAccountName": ACCOUNT}
    requests, state = make(kind, config, answer)
    path = "projects/p/locations/US/transferConfigs"
    assert requests == [("bigquery_data_transfer", "POST", path, account, body)]
    assert (state["id"], state["name"], state["service_account_name"]) == (CONFIG_NAME, CONFIG_NAME, ACCOUNT)

    mask = {"updateMask": "disabled,schedule"}
    requests = change(kind, config, {**config, "disabled": True, "schedule": "every day 09:07"}, answer)
    changed = {**body, "disabled": True, "schedule": "every day 09:07"}
    assert requests == [("bigquery_data_transfer", "PATCH", CONFIG_NAME, account | mask, changed)]

    other = "other@p.iam.gserviceaccount.com"
    (request,) = change(kind, config, {**config, "service_account_name": other}, answer)
    assert request[3] == {"serviceAccountName": other, "updateMask": "serviceAccountName"}
    assert destroy(kind, state) == [("bigquery_data_transfer", "DELETE", CONFIG_NAME, {}, None)]


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
    assert state["lifecycle_rule"][0]["condition"][0]["send_age_if_zero"] is True

    without = {name: value for name, value in BUCKET.items() if name != "retention_policy"}
    (request,) = change(kind, BUCKET, without, answer)
    assert request[:4] == ("storage", "PATCH", "b/state-bucket", {})
    assert request[4]["retentionPolicy"] is None  # a merge keeps what it does not name
    assert destroy(kind, {"name": "state-bucket"}) == [("storage", "DELETE", "b/state-bucket", {}, None)]


def test_an_import_has_defaults_for_what_only_terraform_knows(schema: ProviderSchema) -> None:
    def named(kind: str, text: str) -> dict[str, Any]:
        return KINDS[kind].identify(schema.resources[kind], text, "here")

    table = {"project": "p", "dataset_id": "d", "table_id": "t", "deletion_protection": True}
    table["id"] = "projects/p/datasets/d/tables/t"
    for text in ("projects/p/datasets/d/tables/t", "p/d/t"):
        assert named("google_bigquery_table", text) == table
    assert named("google_bigquery_table", "d/t")["project"] == "here"
    assert named("google_bigquery_data_transfer_config", CONFIG_NAME)["name"] == CONFIG_NAME
    assert named("google_monitoring_alert_policy", "projects/p/alertPolicies/7")["id"] == "projects/p/alertPolicies/7"
    budget = named("google_billing_budget", "billingAccounts/0-1/budgets/b")
    assert (budget["billing_account"], budget["name"]) == ("0-1", "b")
    quota = named("google_cloud_quotas_quota_preference", "projects/1/locations/global/quotaPreferences/daily")
    assert (quota["parent"], quota["name"]) == ("projects/1", "daily")
    assert named("google_service_account", ACCOUNT)["id"] == f"projects/here/serviceAccounts/{ACCOUNT}"
    bucket = named("google_storage_bucket", "p/state-bucket")
    assert (bucket["project"], bucket["name"], bucket["force_destroy"]) == ("p", "state-bucket", False)
    with pytest.raises(ResourceError, match="doesn't match any of the accepted formats") as caught:
        named("google_bigquery_table", "t")
    assert "{dataset_id}/{table_id}" in caught.value.detail


def test_what_is_gone_is_read_as_gone(schema: ProviderSchema) -> None:
    block = schema.resources["google_bigquery_table"]
    state = conform(block, {**TABLE, "project": "p"})
    assert KINDS["google_bigquery_table"].read(Cloud({}), block, state) is None  # type: ignore[arg-type]
