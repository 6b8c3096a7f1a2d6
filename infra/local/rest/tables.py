"""tables.insert, get, list, patch, update and delete."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from infra.local.engine.schema import ColumnSchema, Table
from infra.local.rest import datasets
from infra.local.rest.errors import RestError, check_fields, not_supported
from infra.local.rest.exchange import Request, Response, check_precondition, etag_of, page
from infra.local.rest.labels import check_labels, merged_labels
from infra.local.rest.partitioning import clustering_fields, partition_expression, time_partitioning
from infra.local.rest.service import Service
from infra.local.rest.table_schema import columns_of, rest_fields, schema_change

_OUTPUT_ONLY = frozenset(
    {
        "kind",
        "id",
        "etag",
        "selfLink",
        "type",
        "creationTime",
        "lastModifiedTime",
        "numRows",
        "numBytes",
        "numLongTermBytes",
        "numTotalLogicalBytes",
        "location",
        "streamingBuffer",
        "numActiveLogicalBytes",
        "numLongTermLogicalBytes",
    }
)
_FIELDS = (
    frozenset({"tableReference", "schema", "description", "friendlyName", "labels", "timePartitioning", "clustering"})
    | {"view", "tableConstraints"}
    | _OUTPUT_ONLY
)


def insert(service: Service, request: Request) -> Response:
    """POST /datasets/{dataset}/tables: a table from its schema, or a view from its query."""
    given = request.json()
    check_fields(given, _FIELDS, "table")
    dataset = datasets.require(service, request).name
    name = str((given.get("tableReference") or {}).get("tableId") or "")
    if given.get("view"):
        return _answer(service, _create_view(service, dataset, name, given, replacing=False))
    wanted = _described(_new_table(dataset, name, given), given, merge=False)
    return _answer(service, service.engine.catalog.create_table(wanted))


def get(service: Service, request: Request) -> Response:
    """GET /tables/{table}."""
    return _answer(service, require(service, request))


def list_all(service: Service, request: Request) -> Response:
    """GET /datasets/{dataset}/tables, by name."""
    found = service.engine.catalog.tables(datasets.require(service, request).name)
    chosen, token = page(found, request)
    shown = ("kind", "id", "tableReference", "type", "creationTime", "labels", "timePartitioning", "clustering", "view")
    entries = []
    for table in chosen:
        full = resource(service, table)
        entries.append({name: full[name] for name in shown if name in full})
    body = {"kind": "bigquery#tableList", "tables": entries, "totalItems": len(found)}
    return Response({**body, **({"nextPageToken": token} if token else {})})


def patch(service: Service, request: Request) -> Response:
    """PATCH or PUT /tables/{table}: description, labels, a grown schema, a view's query.

    A column can be added, relaxed to NULLABLE or described; losing or retyping one is refused as in BigQuery.
    """
    given = request.json()
    check_fields(given, _FIELDS, "table")
    with service.writing:
        current = require(service, request)
        check_precondition(request, resource(service, current)["etag"])
        _refuse_repartition(current, given)
        with service.engine.catalog.together():
            if given.get("view"):
                _create_view(service, current.dataset, current.name, given, replacing=True)
            elif given.get("schema"):
                _change_schema(service, current, given["schema"].get("fields") or [])
            grown = require(service, request)
            changed = service.engine.catalog.update_table(_described(grown, given, merge=request.method == "PATCH"))
        return _answer(service, changed)


def delete(service: Service, request: Request) -> Response:
    """DELETE /tables/{table}."""
    with service.writing:
        current = require(service, request)
        check_precondition(request, resource(service, current)["etag"])
        service.engine.catalog.drop_table(current.dataset, current.name)
    return Response(None, 204)


def require(service: Service, request: Request) -> Table:
    """The table or view a URL names."""
    dataset = datasets.require(service, request).name
    return service.engine.catalog.require_table(dataset, request.path["table"])


def resource(service: Service, table: Table) -> dict[str, Any]:
    """The Table resource without its row counts: what the etag is made of."""
    place = {"projectId": service.project, "datasetId": table.dataset, "tableId": table.name}
    base = f"{service.url}/bigquery/v2/projects/{service.project}"
    body: dict[str, Any] = {
        "kind": "bigquery#table",
        "id": f"{service.project}:{table.dataset}.{table.name}",
        "selfLink": f"{base}/datasets/{table.dataset}/tables/{table.name}",
        "tableReference": place,
        "type": "SNAPSHOT" if table.snapshot_of else table.kind,
        "location": service.location,
        "schema": {"fields": rest_fields(table.columns)},
        "creationTime": datasets.iso_millis(table.created),
        "lastModifiedTime": datasets.iso_millis(table.modified),
    }
    optional = {
        "description": table.description,
        "friendlyName": table.options.get("friendly_name"),
        "labels": dict(table.labels),
        "timePartitioning": time_partitioning(table),
        "clustering": {"fields": list(table.cluster_by)} if table.cluster_by else None,
        "tableConstraints": {"primaryKey": {"columns": list(table.primary_key)}} if table.primary_key else None,
        "snapshotDefinition": _snapshot(service, table),
        "expirationTime": _expiration(table),
        "view": {"query": table.view_query, "useLegacySql": False} if table.view_query is not None else None,
    }
    body |= {name: value for name, value in optional.items() if value}
    return {**body, "etag": etag_of(body)}


def _snapshot(service: Service, table: Table) -> dict[str, Any] | None:
    if table.snapshot_of is None:
        return None
    dataset, name = table.snapshot_of
    source = {"projectId": service.project, "datasetId": dataset, "tableId": name}
    taken = datetime.fromisoformat(table.snapshot_time).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {"baseTableReference": source, "snapshotTime": taken}


def _expiration(table: Table) -> str | None:
    """Milliseconds, as REST tells them. Nothing expires by itself here."""
    ends = table.options.get("expiration_timestamp")
    return datasets.iso_millis(str(ends)) if ends else None


def qualified(service: Service, table: Table) -> str:
    """The table's name in GoogleSQL."""
    return f"`{service.project}.{table.dataset}.{table.name}`"


def _answer(service: Service, table: Table) -> Response:
    body = resource(service, table)
    if table.kind == "TABLE":
        body |= _sizes(service, table)
    return Response(body, headers={"ETag": body["etag"]})


def _sizes(service: Service, table: Table) -> dict[str, str]:
    rows, size = service.engine.table_statistics(table.dataset, table.name)
    return {"numRows": str(rows), "numBytes": str(size), "numLongTermBytes": "0"}


def _new_table(dataset: str, name: str, given: dict[str, Any]) -> Table:
    columns = columns_of((given.get("schema") or {}).get("fields") or [])
    primary_key = ((given.get("tableConstraints") or {}).get("primaryKey") or {}).get("columns") or ()
    table = Table(dataset, name, columns, primary_key=tuple(primary_key))
    return replace(
        table,
        partition_by=partition_expression(table, given.get("timePartitioning")),
        cluster_by=clustering_fields(table, given.get("clustering")),
    )


def _described(table: Table, given: dict[str, Any], *, merge: bool) -> Table:
    base = table if merge else Table(table.dataset, table.name, table.columns)
    labels = merged_labels(base.labels, given["labels"]) if "labels" in given else base.labels
    check_labels(labels)
    options = dict(table.options)
    if "friendlyName" in given:
        options["friendly_name"] = given["friendlyName"]
    return replace(table, description=given.get("description", base.description), labels=labels, options=options)


def _create_view(service: Service, dataset: str, name: str, given: dict[str, Any], *, replacing: bool) -> Table:
    view = given["view"]
    check_fields(view, frozenset({"query", "useLegacySql"}), "table.view")
    if view.get("useLegacySql", True):
        raise not_supported("A legacy SQL view (view.useLegacySql, true unless it is sent as false)", "view")
    if "`" in name or "\\" in name:
        raise RestError("invalid", f'Invalid table ID "{name}".', "tableId")
    verb = "CREATE OR REPLACE VIEW" if replacing else "CREATE VIEW"
    catalog = service.engine.catalog
    with service.engine.session() as session, catalog.together():
        session.run(f"{verb} `{service.project}.{dataset}.{name}` AS {view['query']}")
        created = catalog.require_table(dataset, name)
        described = _described(created, given, merge=True)
        return catalog.update_table(described) if described != created else created


def _change_schema(service: Service, table: Table, fields: list[dict[str, Any]]) -> None:
    change = schema_change(f"{service.project}:{table.dataset}.{table.name}", table.columns, columns_of(fields))
    catalog = service.engine.catalog
    if change.added:
        catalog.add_columns(table.dataset, table.name, change.added)
    for name in change.relaxed:
        catalog.relax_column(table.dataset, table.name, name)
    if change.described:
        current = catalog.require_table(table.dataset, table.name)
        columns = tuple(_redescribed(column, change.described) for column in current.columns)
        catalog.update_table(replace(current, columns=columns))


def _redescribed(column: ColumnSchema, descriptions: dict[str, str | None]) -> ColumnSchema:
    if column.name not in descriptions:
        return column
    return replace(column, description=descriptions[column.name])


def _refuse_repartition(table: Table, given: dict[str, Any]) -> None:
    if given.get("timePartitioning") and partition_expression(table, given["timePartitioning"]) != table.partition_by:
        raise RestError("invalid", "Cannot change the partitioning of an existing table", "timePartitioning")
    if given.get("clustering") and clustering_fields(table, given["clustering"]) != table.cluster_by:
        raise not_supported("Changing the clustering of an existing table", "clustering")
