"""Which requests BigQuery's types make: paths, parameters and bodies of the public REST references; and import ids."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.local.provider.resources import KINDS
from infra.local.provider.resources.base import ResourceError
from infra.local.provider.schema import ProviderSchema
from infra.local.provider.values import conform
from tests.local.provider.requests import ACCOUNT, Cloud
from tests.local.provider.rig import table_schema

INT64 = {"typeKind": "INT64"}
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
        "datasetReference": {"datasetId": "shop"},
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

    (put,) = change("google_bigquery_table", TABLE, {**TABLE, "deletion_protection": False}, TABLE_ANSWER)
    assert put == ("big_query", "PUT", "projects/p/datasets/shop/tables/orders", {}, TABLE_BODY)
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
