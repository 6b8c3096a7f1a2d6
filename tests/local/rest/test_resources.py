"""Datasets, tables, views and routines through the real client."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from google.api_core import exceptions as api
from google.cloud import bigquery
from google.cloud.bigquery import SchemaField

from tests.conftest import NOW
from tests.local.rest.conftest import Call


@pytest.mark.covers(
    "REST", "Datasets are made, listed, read and deleted; 409 for one that exists, 404 for one that does not"
)
def test_a_dataset_lives_and_dies(client: Any, dataset: str) -> None:
    made = client.get_dataset(dataset)
    assert (made.dataset_id, made.location, made.created) == (dataset, "US", NOW)
    with pytest.raises(api.Conflict, match="Already Exists: Dataset"):
        client.create_dataset(dataset)
    assert client.create_dataset(dataset, exists_ok=True).dataset_id == dataset
    assert dataset in [listed.dataset_id for listed in client.list_datasets()]
    client.delete_dataset(dataset)
    with pytest.raises(api.NotFound, match="Not found: Dataset"):
        client.get_dataset(dataset)
    client.delete_dataset(dataset, not_found_ok=True)


@pytest.mark.covers("REST", "A dataset with content is deleted with deleteContents only")
def test_a_dataset_with_content_is_not_deleted_by_accident(client: Any, dataset: str) -> None:
    client.query_and_wait(f"CREATE TABLE `{dataset}.t` (k INT64)")
    with pytest.raises(api.BadRequest, match="still in use"):
        client.delete_dataset(dataset)
    client.delete_dataset(dataset, delete_contents=True)
    with pytest.raises(api.NotFound):
        client.get_table(f"{dataset}.t")


@pytest.mark.covers("REST", "Datasets: PATCH merges, and an If-Match of another ETag is 412")
def test_a_dataset_is_updated_and_guarded_by_its_etag(client: Any, dataset: str) -> None:
    first, second = client.get_dataset(dataset), client.get_dataset(dataset)
    first.description, first.labels = "weeks", {"system": "eros", "team": "one"}
    updated = client.update_dataset(first, ["description", "labels"])
    assert (updated.description, updated.labels) == ("weeks", {"system": "eros", "team": "one"})
    assert updated.etag != second.etag
    second.description = "other"
    with pytest.raises(api.PreconditionFailed):
        client.update_dataset(second, ["description"])
    updated.labels["team"] = None
    assert client.update_dataset(updated, ["labels"]).labels == {"system": "eros"}
    assert client.get_dataset(dataset).description == "weeks"


@pytest.mark.covers("REST", "Ends of tables, and a dataset's default, are kept and shown; nothing ends by itself")
def test_ends_are_kept_shown_and_lifted(client: Any, dataset: str) -> None:
    owner = client.get_dataset(dataset)
    owner.default_table_expiration_ms = 7 * 86_400_000
    assert client.update_dataset(owner, ["default_table_expiration_ms"]).default_table_expiration_ms == 604_800_000
    owner = client.get_dataset(dataset)
    owner.default_table_expiration_ms = 1000
    with pytest.raises(api.BadRequest, match="defaultTableExpirationMs"):
        client.update_dataset(owner, ["default_table_expiration_ms"])
    client.query_and_wait(f"CREATE TABLE `{dataset}.t` (k INT64) OPTIONS (description = 'kept')")
    client.query_and_wait(f"CREATE VIEW `{dataset}.v` AS SELECT k FROM `{dataset}.t`")
    for name in ("t", "v"):
        table = client.get_table(f"{dataset}.{name}")
        assert table.expires is None
        table.expires = NOW + timedelta(days=7)
        client.update_table(table, ["expires"])
        assert client.get_table(f"{dataset}.{name}").expires == NOW + timedelta(days=7)
    table = client.get_table(f"{dataset}.t")
    table.expires = None
    lifted = client.update_table(table, ["expires"])
    assert (lifted.expires, lifted.description) == (None, "kept")


@pytest.mark.covers("REST", "Tables keep schema, descriptions, labels, partitioning and clustering")
def test_a_table_keeps_what_it_was_made_with(client: Any, dataset: str) -> None:
    table = bigquery.Table(
        f"{client.project}.{dataset}.t",
        schema=[
            SchemaField("at", "TIMESTAMP", mode="REQUIRED", description="when"),
            SchemaField("page_name", "STRING"),
            SchemaField("parts", "RECORD", mode="REPEATED", fields=[SchemaField("n", "INTEGER")]),
        ],
    )
    table.description, table.labels = "messages", {"system": "eros"}
    table.time_partitioning = bigquery.TimePartitioning(field="at")
    table.clustering_fields = ["page_name"]
    client.create_table(table)
    read = client.get_table(table.reference)
    assert (read.description, read.labels, read.table_type) == ("messages", {"system": "eros"}, "TABLE")
    assert (read.time_partitioning.field, read.time_partitioning.type_) == ("at", "DAY")
    assert read.clustering_fields == ["page_name"]
    assert [(f.name, f.field_type, f.mode) for f in read.schema] == [
        ("at", "TIMESTAMP", "REQUIRED"),
        ("page_name", "STRING", "NULLABLE"),
        ("parts", "RECORD", "REPEATED"),
    ]
    assert read.schema[0].description == "when"
    assert (read.num_rows, read.created) == (0, NOW)
    with pytest.raises(api.Conflict, match="Already Exists: Table"):
        client.create_table(table)
    client.create_table(table, exists_ok=True)
    assert [listed.table_id for listed in client.list_tables(dataset)] == ["t"]
    client.delete_table(table)
    with pytest.raises(api.NotFound, match="Not found: Table"):
        client.get_table(table.reference)


@pytest.mark.covers("REST", "A table made by DDL shows its partitioning, clustering and description")
def test_a_table_made_by_ddl_shows_its_partitioning(client: Any, dataset: str) -> None:
    client.query_and_wait(
        f"CREATE TABLE `{dataset}.t` (id STRING NOT NULL, `at` TIMESTAMP, n INT64) "
        "PARTITION BY DATE(`at`) CLUSTER BY id OPTIONS(description = 'events')"
    )
    table = client.get_table(f"{dataset}.t")
    assert (table.time_partitioning.field, table.clustering_fields) == ("at", ["id"])
    assert (table.description, table.schema[0].mode) == ("events", "REQUIRED")


def test_partitioning_is_the_same_however_ddl_spelt_it(client: Any, dataset: str) -> None:
    client.query_and_wait(f"CREATE TABLE `{dataset}.p` (id INT64, `at` TIMESTAMP) PARTITION BY DATE(`at`)")
    table = client.get_table(f"{dataset}.p")
    table.description = "adopted"
    table = client.update_table(table, ["description", "time_partitioning"])
    assert table.description == "adopted"
    table.time_partitioning = bigquery.TimePartitioning(field="at", type_="MONTH")
    with pytest.raises(api.BadRequest, match="Cannot change the partitioning"):
        client.update_table(table, ["time_partitioning"])


@pytest.mark.covers(
    "REST", "Tables: columns are added, relaxed and described, never lost or retyped; another ETag is 412"
)
def test_a_schema_only_grows(client: Any, dataset: str) -> None:
    client.query_and_wait(f"CREATE TABLE `{dataset}.t` (id STRING NOT NULL, n INT64)")
    client.query_and_wait(f"INSERT INTO `{dataset}.t` (id, n) VALUES ('a', 1)")
    table = client.get_table(f"{dataset}.t")
    stale = client.get_table(f"{dataset}.t")
    table.schema = [
        SchemaField("id", "STRING", description="key"),
        SchemaField("n", "INTEGER"),
        SchemaField("x", "DATE"),
    ]
    grown = client.update_table(table, ["schema"])
    assert [(f.name, f.mode, f.description) for f in grown.schema] == [
        ("id", "NULLABLE", "key"),
        ("n", "NULLABLE", None),
        ("x", "NULLABLE", None),
    ]
    assert [tuple(row) for row in client.list_rows(grown)] == [("a", 1, None)]
    stale.description = "late"
    with pytest.raises(api.PreconditionFailed):
        client.update_table(stale, ["description"])
    for schema, text in [
        (grown.schema[:2], "Field x is missing in new schema"),
        ([*grown.schema[:2], SchemaField("x", "STRING")], "Field x has changed type from DATE to STRING"),
        ([SchemaField("id", "STRING", mode="REQUIRED"), *grown.schema[1:]], "changed mode from NULLABLE to REQUIRED"),
        ([*grown.schema, SchemaField("y", "STRING", mode="REQUIRED")], r"Cannot add required fields.*\(field: y\)"),
    ]:
        grown.schema = schema
        with pytest.raises(api.BadRequest, match=text):
            client.update_table(grown, ["schema"])


@pytest.mark.covers("REST", "Views are made, changed and read")
def test_a_view_is_made_changed_and_read(client: Any, dataset: str) -> None:
    view = bigquery.Table(f"{client.project}.{dataset}.v")
    view.view_query = "SELECT 1 AS n"
    made = client.create_table(view)
    assert (made.table_type, made.view_query, made.view_use_legacy_sql) == ("VIEW", "SELECT 1 AS n", False)
    assert [f.name for f in made.schema] == ["n"]
    made.view_query = "SELECT 2 AS n, 'b' AS s"
    changed = client.update_table(made, ["view_query"])
    assert [f.name for f in changed.schema] == ["n", "s"]
    assert [tuple(row) for row in client.query_and_wait(f"SELECT * FROM `{dataset}.v`")] == [(2, "b")]
    with pytest.raises(api.BadRequest, match="Cannot list a table of type VIEW"):
        list(client.list_rows(changed))


@pytest.mark.covers(
    "REST", "Functions, table functions and procedures are listed with language, body, arguments and result"
)
def test_routines_are_listed_and_described(client: Any, dataset: str) -> None:
    client.query_and_wait(f"CREATE FUNCTION `{dataset}.half`(x FLOAT64) RETURNS FLOAT64 AS (x / 2)")
    client.query_and_wait(
        f"CREATE TABLE FUNCTION `{dataset}.upto`(p_n INT64) AS (SELECT n FROM UNNEST(GENERATE_ARRAY(1, p_n)) AS n)"
    )
    client.query_and_wait(
        f"CREATE PROCEDURE `{dataset}.twice`(IN p_n INT64, OUT result INT64) BEGIN SET result = 2 * p_n; END"
    )
    listed = {routine.routine_id: routine.type_ for routine in client.list_routines(dataset)}
    assert listed == {"half": "SCALAR_FUNCTION", "upto": "TABLE_VALUED_FUNCTION", "twice": "PROCEDURE"}
    half = client.get_routine(f"{dataset}.half")
    assert (half.language, half.body, half.return_type.type_kind) == ("SQL", "x / 2", "FLOAT64")
    assert [(a.name, a.data_type.type_kind) for a in half.arguments] == [("x", "FLOAT64")]
    assert [(a.name, a.mode) for a in client.get_routine(f"{dataset}.twice").arguments] == [
        ("p_n", "IN"),
        ("result", "OUT"),
    ]


@pytest.mark.covers("REST", "A routine written by PUT is live at once; another ETag is 412")
def test_a_routine_is_written_and_live_at_once(client: Any, dataset: str) -> None:
    routine = bigquery.Routine(
        f"{client.project}.{dataset}.scaled",
        type_="SCALAR_FUNCTION",
        language="SQL",
        arguments=[
            bigquery.RoutineArgument(
                name="x", data_type=bigquery.StandardSqlDataType(type_kind=bigquery.StandardSqlTypeNames.INT64)
            ),
        ],
        return_type=bigquery.StandardSqlDataType(type_kind=bigquery.StandardSqlTypeNames.INT64),
        body="x * 2",
    )
    made = client.create_routine(routine)
    answer = f"SELECT `{dataset}.scaled`(5)"
    assert next(iter(client.query_and_wait(answer)))[0] == 10
    with pytest.raises(api.Conflict, match="Already Exists: Routine"):
        client.create_routine(routine)
    stale = client.get_routine(made.reference)
    made.body = "x * 3"
    client.update_routine(made, ["body", "arguments", "language", "type_", "return_type"])
    assert next(iter(client.query_and_wait(answer)))[0] == 15
    with pytest.raises(api.PreconditionFailed):
        client.update_routine(stale, ["body", "arguments", "language", "type_", "return_type"])
    client.delete_routine(made)
    with pytest.raises(api.NotFound, match="Not found: Routine"):
        client.get_routine(made.reference)
    with pytest.raises(api.BadRequest, match="scaled"):
        client.query_and_wait(answer)


@pytest.mark.covers("REST", "DELETE of a dataset, table, view or routine with an If-Match of another ETag is 412")
@pytest.mark.parametrize(
    ("made_by", "path"),
    [
        (None, ""),
        ("CREATE TABLE `{}.t` (k INT64)", "/tables/t"),
        ("CREATE VIEW `{}.v` AS SELECT 1 AS k", "/tables/v"),
        ("CREATE FUNCTION `{}.f`() AS (1)", "/routines/f"),
    ],
)
def test_nothing_is_deleted_that_has_changed_since(
    client: Any, call: Call, dataset: str, made_by: str | None, path: str
) -> None:
    if made_by is not None:
        client.query_and_wait(made_by.format(dataset))
    url = f"/datasets/{dataset}{path}"
    status, answer = call("DELETE", url, headers={"If-Match": "another"})
    assert (status, answer["error"]["errors"][0]["reason"]) == (412, "conditionNotMet")
    etag = call("GET", url)[1]["etag"]
    assert call("DELETE", url, headers={"If-Match": etag})[0] == 204
    assert call("GET", url)[0] == 404


@pytest.mark.covers(
    "REST",
    "One's own encryption keys, types such as GEOGRAPHY, routines in other languages, and every field that is not kept",
    refused=True,
)
def test_what_is_not_done_is_refused_by_name(client: Any, dataset: str) -> None:
    table = bigquery.Table(f"{client.project}.{dataset}.t", schema=[SchemaField("k", "INTEGER")])
    table.encryption_configuration = bigquery.EncryptionConfiguration(kms_key_name="projects/p/keys/k")
    with pytest.raises(api.MethodNotImplemented, match=r"table\.encryptionConfiguration is not supported by the local"):
        client.create_table(table)
    odd = bigquery.Table(f"{client.project}.{dataset}.t", schema=[SchemaField("k", "GEOGRAPHY")])
    with pytest.raises(api.BadRequest, match="GEOGRAPHY is not supported by the local cloud"):
        client.create_table(odd)
    routine = bigquery.Routine(
        f"{client.project}.{dataset}.js", type_="SCALAR_FUNCTION", language="JAVASCRIPT", body="1"
    )
    with pytest.raises(api.MethodNotImplemented, match="A routine in JAVASCRIPT"):
        client.create_routine(routine)
    assert list(client.list_tables(dataset)) == []


def test_a_snapshot_is_told_from_a_table(client: Any, dataset: str) -> None:
    client.query_and_wait(f"CREATE TABLE `{dataset}.t` AS SELECT 1 AS k")
    ends = "TIMESTAMP '2026-02-13 20:00:00+00'"
    client.query_and_wait(
        f"CREATE SNAPSHOT TABLE `{dataset}.s` CLONE `{dataset}.t` OPTIONS (expiration_timestamp = {ends})"
    )
    found = client.get_table(f"{dataset}.s")
    assert (found.table_type, found.num_rows) == ("SNAPSHOT", 1)
    assert found.snapshot_definition.base_table_reference.table_id == "t"
    assert found.snapshot_definition.snapshot_time == NOW
    assert found.expires.isoformat() == "2026-02-13T20:00:00+00:00"
    assert {one.table_id: one.table_type for one in client.list_tables(dataset)} == {"s": "SNAPSHOT", "t": "TABLE"}


def test_a_partitioning_written_otherwise_in_sql_is_still_the_same(client: Any, dataset: str) -> None:
    client.query_and_wait(f"CREATE TABLE `{dataset}.t` (`at` TIMESTAMP) PARTITION BY DATE(`at`)")
    path = f"/projects/{client.project}/datasets/{dataset}/tables/t"
    place = {"projectId": client.project, "datasetId": dataset, "tableId": "t"}
    body = {"tableReference": place, "labels": {"k": "v"}, "timePartitioning": {"type": "DAY", "field": "at"}}
    assert client._connection.api_request("PUT", path, data=body)["labels"] == {"k": "v"}
    body["timePartitioning"] = {"type": "MONTH", "field": "at"}
    with pytest.raises(api.BadRequest, match="Cannot change the partitioning"):
        client._connection.api_request("PUT", path, data=body)
