"""Datasets, tables and routines by PUT, as Terraform's google provider writes them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.local.control.conftest import PROJECT, Call

BIGQUERY = f"/bigquery/v2/projects/{PROJECT}"
COLUMNS = [
    {"name": "id", "type": "STRING", "mode": "REQUIRED"},
    {"name": "at", "type": "TIMESTAMP"},
    {"name": "n", "type": "INTEGER"},
]


@pytest.fixture
def dataset(call: Call) -> Iterator[str]:
    """The path of a dataset of the test's own."""
    name = f"put_{uuid.uuid4().hex[:12]}"
    path = f"{BIGQUERY}/datasets/{name}"
    made = call("POST", f"{BIGQUERY}/datasets", {"datasetReference": {"projectId": PROJECT, "datasetId": name}})
    assert made.status == 200
    yield path
    call("DELETE", f"{path}?deleteContents=true")


def table(**fields: Any) -> dict[str, Any]:
    given = {"tableReference": {"tableId": "t"}, "schema": {"fields": COLUMNS}, **fields}
    return {name: value for name, value in given.items() if value is not None}


def query(call: Call, text: str) -> list[list[Any]]:
    answer = call("POST", f"{BIGQUERY}/queries", {"query": text, "useLegacySql": False})
    assert answer.status == 200, answer.message
    return [[cell["v"] for cell in row["f"]] for row in answer.body.get("rows", [])]


@pytest.mark.covers(
    "REST", "Datasets: PUT replaces description and labels, keeps an access it leaves out, and never moves"
)
def test_a_dataset_is_replaced(call: Call, dataset: str) -> None:
    reader = {"role": "roles/bigquery.dataViewer", "iamMember": "serviceAccount:x@p.iam.gserviceaccount.com"}
    given = {"description": "one", "labels": {"a": "b"}, "maxTimeTravelHours": "168", "access": [reader]}
    first = call("PUT", f"{dataset}?accessPolicyVersion=3", given).body
    assert first["access"] == [{"role": "READER", "userByEmail": "x@p.iam.gserviceaccount.com"}]
    assert (first["description"], first["labels"], first["maxTimeTravelHours"]) == ("one", {"a": "b"}, "168")
    second = call("PUT", dataset, {"friendlyName": "weeks"}, {"If-Match": first["etag"]}).body
    assert second["access"] == first["access"]
    assert ("description" in second, "labels" in second, second["friendlyName"]) == (False, False, "weeks")
    assert call("PUT", dataset, {}, {"If-Match": first["etag"]}).reason == (412, "conditionNotMet")
    assert call("PUT", dataset, {"location": "EU"}).reason == (400, "invalid")
    assert call("PUT", dataset, {"maxTimeTravelHours": "50"}).reason == (400, "invalid")
    assert call("PUT", dataset, {"access": [{"role": "READER"}]}).reason == (400, "invalid")
    conditional = {**reader, "condition": {"expression": "request.time < timestamp('2027-01-01T00:00:00Z')"}}
    assert "accessPolicyVersion=3" in call("PATCH", dataset, {"access": [conditional]}).message
    stranger = {"role": "READER", "userByEmail": f"nobody@{PROJECT}.iam.gserviceaccount.com"}
    assert "does not exist" in call("PATCH", dataset, {"access": [stranger]}).message
    assert call("GET", dataset).body == second
    changed = call("PATCH", f"{dataset}?accessPolicyVersion=3", {"access": [conditional]}).body
    assert changed["access"][0]["condition"] == conditional["condition"]


@pytest.mark.covers("control", "A dataset's IAM policy and its access entries are one thing; 409 for a stale etag")
def test_a_datasets_policy_is_its_access(call: Call, dataset: str) -> None:
    policy = call("POST", f"{dataset}:getIamPolicy", {}).body
    assert policy["bindings"] == [{"role": "roles/bigquery.dataOwner", "members": [f"projectOwner:{PROJECT}"]}]
    added = {"role": "roles/bigquery.dataEditor", "members": ["serviceAccount:r@p.iam.gserviceaccount.com"]}
    wanted = {"policy": {**policy, "bindings": [*policy["bindings"], added]}}
    written = call("POST", f"{dataset}:setIamPolicy", wanted).body
    assert added in written["bindings"]
    entries = call("GET", dataset).body["access"]
    assert {"role": "WRITER", "userByEmail": "r@p.iam.gserviceaccount.com"} in entries
    assert {"role": "OWNER", "specialGroup": "projectOwners"} in entries
    assert call("POST", f"{dataset}:setIamPolicy", wanted).reason == (409, "aborted")
    stranger = {
        "role": "roles/bigquery.dataViewer",
        "members": [f"serviceAccount:no@{PROJECT}.iam.gserviceaccount.com"],
    }
    refused = call("POST", f"{dataset}:setIamPolicy", {"policy": {"bindings": [*written["bindings"], stranger]}})
    assert "does not exist" in refused.message


@pytest.mark.covers("REST", "Tables: PUT clears what it leaves out, changes clustering, and keeps every row")
def test_a_table_is_replaced(call: Call, dataset: str) -> None:
    partitions = {"type": "DAY", "field": "at", "expirationMs": "86400000"}
    given = table(
        description="sends",
        labels={"system": "eros"},
        timePartitioning=partitions,
        clustering={"fields": ["id"]},
        tableConstraints={"primaryKey": {"columns": ["id"]}},
    )
    made = call("POST", f"{dataset}/tables", given).body
    assert (made["timePartitioning"], made["clustering"]) == (partitions, {"fields": ["id"]})
    name = dataset.rpartition("/")[2]
    query(call, f"INSERT INTO `{name}.t` (id, n) VALUES ('a', 1)")
    columns = [{**COLUMNS[0], "mode": "NULLABLE"}, *COLUMNS[1:], {"name": "extra", "type": "NUMERIC"}]
    longer = {**partitions, "expirationMs": "172800000"}
    wanted = table(schema={"fields": columns}, timePartitioning=longer, clustering={"fields": ["n", "id"]})
    changed = call("PUT", f"{dataset}/tables/t", {**wanted, "requirePartitionFilter": False}).body
    assert [(field["name"], field["mode"]) for field in changed["schema"]["fields"]] == [
        ("id", "NULLABLE"),
        ("at", "NULLABLE"),
        ("n", "NULLABLE"),
        ("extra", "NULLABLE"),
    ]
    assert (changed["clustering"], changed["timePartitioning"]) == ({"fields": ["n", "id"]}, longer)
    assert not {"description", "labels", "tableConstraints", "requirePartitionFilter"} & set(changed)
    assert query(call, f"SELECT id, n, extra FROM `{name}.t`") == [["a", "1", None]]
    again = call(
        "PUT", f"{dataset}/tables/t", {**wanted, "schema": None, "description": "x"}, {"If-Match": changed["etag"]}
    )
    assert (again.status, len(again.body["schema"]["fields"])) == (200, 4)
    assert call("PUT", f"{dataset}/tables/t", wanted, {"If-Match": changed["etag"]}).reason[0] == 412


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"schema": {"fields": COLUMNS[:2]}}, "Field n is missing in new schema"),
        (
            {"schema": {"fields": [*COLUMNS[:2], {"name": "n", "type": "STRING"}]}},
            "Field n has changed type from INTEGER to STRING",
        ),
        (
            {"schema": {"fields": [*COLUMNS[:2], {"name": "n", "type": "INTEGER", "mode": "REQUIRED"}]}},
            "Field n has changed mode from NULLABLE to REQUIRED",
        ),
        (
            {"schema": {"fields": [*COLUMNS[:2], {"name": "n", "type": "INTEGER", "mode": "REPEATED"}]}},
            "Field n has changed mode from NULLABLE to REPEATED",
        ),
        (
            {"schema": {"fields": [*COLUMNS, {"name": "x", "type": "STRING", "mode": "REQUIRED"}]}},
            "Cannot add required fields to an existing schema. (field: x)",
        ),
        ({"timePartitioning": None}, "Cannot convert partitioned table to non-partitioned table."),
        ({"timePartitioning": {"type": "MONTH", "field": "at"}}, "Cannot change the partitioning"),
        ({"clustering": {"fields": ["nothing"]}}, "clustering cannot be found in the schema: nothing"),
    ],
)
def test_a_replacement_that_loses_something_is_refused(
    call: Call, dataset: str, change: dict[str, Any], text: str
) -> None:
    given = table(timePartitioning={"type": "DAY", "field": "at"})
    before = call("POST", f"{dataset}/tables", given).body
    refused = call("PUT", f"{dataset}/tables/t", {**given, "description": "new", **change})
    assert refused.reason == (400, "invalid")
    assert text in refused.message
    assert call("GET", f"{dataset}/tables/t").body == before


def test_a_table_without_partitions_gets_none(call: Call, dataset: str) -> None:
    call("POST", f"{dataset}/tables", table())
    refused = call("PUT", f"{dataset}/tables/t", table(timePartitioning={"type": "DAY", "field": "at"}))
    assert "Cannot convert non-partitioned table to partitioned table." in refused.message


@pytest.mark.covers("REST", "A column goes by ALTER TABLE DROP COLUMN, after which a PUT without it is fine")
def test_a_column_is_dropped_as_the_provider_drops_it(call: Call, dataset: str) -> None:
    call("POST", f"{dataset}/tables", table())
    query(call, f"ALTER TABLE `{dataset.rpartition('/')[2]}.t` DROP COLUMN n")
    changed = call("PUT", f"{dataset}/tables/t", table(schema={"fields": COLUMNS[:2]}))
    assert [field["name"] for field in changed.body["schema"]["fields"]] == ["id", "at"]


@pytest.mark.covers("REST", "Routines: one that is replaced by PUT is live at the next query, in callers too")
def test_a_replaced_routine_is_live_at_once(call: Call, dataset: str) -> None:
    name = dataset.rpartition("/")[2]
    number = {"typeKind": "INT64"}
    given = {
        "routineReference": {"projectId": PROJECT, "datasetId": name, "routineId": "f"},
        "routineType": "SCALAR_FUNCTION",
        "language": "SQL",
        "arguments": [{"name": "x", "dataType": number}],
        "definitionBody": "x + 1",
    }
    made = call("POST", f"{dataset}/routines", given).body
    query(call, f"CREATE TABLE FUNCTION `{name}.g`(p_x INT64) AS (SELECT `{PROJECT}.{name}.f`(p_x) AS y)")
    assert query(call, f"SELECT y FROM `{name}.g`(1)") == [["2"]]
    changed = call("PUT", f"{dataset}/routines/f", {**given, "definitionBody": "x * 10"}, {"If-Match": made["etag"]})
    assert changed.body["definitionBody"] == "x * 10"
    assert query(call, f"SELECT y FROM `{name}.g`(1)") == [["10"]]
    assert call("PUT", f"{dataset}/routines/f", given, {"If-Match": made["etag"]}).reason == (412, "conditionNotMet")
    assert call("PUT", f"{dataset}/routines/f", {**given, "definitionBody": "nothing"}).reason[0] == 400
    assert query(call, f"SELECT y FROM `{name}.g`(1)") == [["10"]]
    assert call("PUT", f"{dataset}/routines/no", given).reason == (404, "notFound")
