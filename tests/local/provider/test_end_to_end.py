"""Real terraform, the stand-in provider and the local cloud's own REST surface."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.endpoints import custom_endpoints
from infra.gcloud import make_client
from infra.local.server import LocalCloud
from sql import SqlSettings
from tests.local.provider.rig import PROJECT, Rig, table_schema
from tests.terraform import needs_terraform

pytestmark = needs_terraform

DATASET = "${google_bigquery_dataset.shop.dataset_id}"
INT64 = json.dumps({"typeKind": "INT64"})


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(bootstrap=False) as running:
        yield running


@pytest.fixture
def client(cloud: LocalCloud) -> Iterator[Any]:
    made = make_client(SqlSettings(), url=cloud.url)
    yield made
    for dataset in list(made.list_datasets()):
        made.delete_dataset(dataset.reference, delete_contents=True)
    made.close()


@pytest.fixture
def rig(cloud: LocalCloud, client: Any, tmp_path: Path) -> Rig:
    return Rig(tmp_path, custom_endpoints(cloud.url))


def shop(**table: Any) -> dict[str, Any]:
    """A dataset, a table, a view of it and a function."""
    orders = {
        "dataset_id": DATASET,
        "table_id": "orders",
        "schema": table_schema("id INT64 REQUIRED", "at TIMESTAMP", "note STRING"),
        "time_partitioning": {"type": "DAY", "field": "at"},
        "clustering": ["id"],
        "labels": {"owner": "eros"},
        **table,
    }
    view = {
        "dataset_id": DATASET,
        "table_id": "order_ids",
        "deletion_protection": False,
        "view": {"query": f"SELECT id FROM `{PROJECT}.shop.orders`", "use_legacy_sql": False},
        "depends_on": ["google_bigquery_table.orders"],
    }
    routine = {
        "dataset_id": DATASET,
        "routine_id": "next_id",
        "routine_type": "SCALAR_FUNCTION",
        "language": "SQL",
        "definition_body": "id + 1",
        "arguments": [{"name": "id", "data_type": INT64}],
        "return_type": INT64,
    }
    return {
        "google_bigquery_dataset": {"shop": {"dataset_id": "shop", "location": "US", "max_time_travel_hours": "168"}},
        "google_bigquery_table": {"orders": orders, "order_ids": view},
        "google_bigquery_routine": {"next_id": routine},
    }


def test_what_is_applied_exists_and_each_change_is_planned_for_what_it_does(rig: Rig, client: Any) -> None:
    rig.write(shop())
    rig.apply()
    table = client.get_table("shop.orders")
    assert [(field.name, field.field_type, field.mode) for field in table.schema] == [
        ("id", "INTEGER", "REQUIRED"),
        ("at", "TIMESTAMP", "NULLABLE"),
        ("note", "STRING", "NULLABLE"),
    ]
    assert (table.time_partitioning.field, table.clustering_fields) == ("at", ["id"])
    assert table.labels == {"owner": "eros", "goog-terraform-provisioned": "true"}
    assert [list(row.values()) for row in client.query_and_wait("SELECT shop.next_id(4)")] == [[5]]
    assert list(client.query_and_wait("SELECT id FROM shop.order_ids")) == []
    assert rig.plan() == {}

    # Somebody writes a description by hand: seen, and taken back by the next apply.
    table.description = "by hand"
    client.update_table(table, ["description"])
    drift = rig.changes()["google_bigquery_table.orders"]
    assert (drift["actions"], drift["before"]["description"]) == (["update"], "by hand")

    # A new nullable column and another body: changed in place, live at once, and the description is gone.
    changed = shop(schema=table_schema("id INT64 REQUIRED", "at TIMESTAMP", "note STRING", "more FLOAT64"))
    changed["google_bigquery_routine"]["next_id"]["definition_body"] = "id + 2"
    rig.write(changed)
    assert rig.plan() == {"google_bigquery_table.orders": "update", "google_bigquery_routine.next_id": "update"}
    rig.apply("plan")
    table = client.get_table("shop.orders")
    assert ([field.name for field in table.schema], table.description) == (["id", "at", "note", "more"], None)
    assert [list(row.values()) for row in client.query_and_wait("SELECT shop.next_id(4)")] == [[6]]

    # A lost column is planned as an update and is a DROP COLUMN, as with the real provider.
    rig.write(shop(schema=table_schema("id INT64 REQUIRED", "at TIMESTAMP", "more FLOAT64")))
    assert rig.plan()["google_bigquery_table.orders"] == "update"
    rig.apply("plan")
    assert [field.name for field in client.get_table("shop.orders").schema] == ["id", "at", "more"]

    # Another type replaces the table, which its protection then refuses.
    rig.write(shop(schema=table_schema("id INT64 REQUIRED", "at TIMESTAMP", "more STRING")))
    assert rig.plan()["google_bigquery_table.orders"] == "replace"
    said = rig.apply("plan", fails=True)
    assert "without setting deletion_protection=false and running `terraform apply`" in said
    assert client.get_table("shop.orders").schema[2].field_type == "FLOAT"


def test_a_destroy_is_refused_until_the_protection_is_off(rig: Rig, client: Any) -> None:
    rig.write(shop())
    rig.apply()
    said = rig.run("destroy", "-auto-approve", fails=True)
    assert "cannot destroy table projects/of-scheduler-proj/datasets/shop/tables/orders" in said
    assert client.get_table("shop.orders").table_id == "orders"
    rig.write(shop(deletion_protection=False))
    rig.apply()
    rig.run("destroy", "-auto-approve")
    assert list(client.list_datasets()) == []


def test_an_import_block_adopts_what_is_there(rig: Rig, client: Any) -> None:
    client.query_and_wait("CREATE SCHEMA shop OPTIONS (max_time_travel_hours = 168)")
    client.query_and_wait(
        "CREATE TABLE shop.orders (id INT64 NOT NULL, `at` TIMESTAMP, note STRING) "
        "PARTITION BY DATE(`at`) CLUSTER BY id OPTIONS (description = 'kept')"
    )
    client.query_and_wait("INSERT INTO shop.orders VALUES (1, TIMESTAMP '2026-01-14 20:00:00+00', 'a')")
    client.query_and_wait("CREATE FUNCTION shop.next_id(id INT64) RETURNS INT64 AS (id + 1)")
    base = f"projects/{PROJECT}/datasets/shop"
    adopted = {
        "google_bigquery_dataset.shop": base,
        "google_bigquery_table.orders": f"{base}/tables/orders",
        "google_bigquery_routine.next_id": f"{base}/routines/next_id",
    }
    imports = [{"to": address, "id": place} for address, place in adopted.items()]
    rig.write(shop(description="kept"), **{"import": imports})
    changes = rig.changes()
    assert {address: changes[address]["importing"]["id"] for address in adopted} == adopted
    assert {address: changes[address]["actions"] for address in adopted} == {
        "google_bigquery_dataset.shop": ["update"],  # Terraform's own label
        "google_bigquery_table.orders": ["update"],
        "google_bigquery_routine.next_id": ["no-op"],
    }
    assert changes["google_bigquery_table.order_ids"]["actions"] == ["create"]
    rig.apply("plan")
    assert [list(row.values()) for row in client.query_and_wait("SELECT id, note FROM shop.orders")] == [[1, "a"]]
    assert client.get_table("shop.orders").labels["owner"] == "eros"
    rig.write(shop(description="kept"))
    assert rig.plan() == {}


def test_what_exists_without_being_known_is_an_error_in_googles_words(rig: Rig, client: Any) -> None:
    client.query_and_wait("CREATE SCHEMA shop")
    rig.write({"google_bigquery_dataset": {"shop": {"dataset_id": "shop"}}})
    said = rig.apply(fails=True)
    assert "Error creating Dataset: googleapi: Error 409: Already Exists: Dataset of-scheduler-proj:shop" in said


def test_a_wrong_value_is_told_where_it_stands(rig: Rig) -> None:
    wrong = shop()
    wrong["google_bigquery_routine"]["next_id"]["routine_type"] = "MACRO"
    rig.write(wrong)
    said = rig.run("validate", fails=True)
    assert "expected routine_type to be one of" in said
    assert "google_bigquery_routine.next_id" in said
