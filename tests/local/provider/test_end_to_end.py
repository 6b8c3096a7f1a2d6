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


def test_what_is_applied_exists_and_the_second_plan_is_empty(rig: Rig, client: Any) -> None:
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
