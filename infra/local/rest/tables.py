"""tables.insert, get, list, patch, update and delete."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from infra.local.engine.schema import Table
from infra.local.rest import datasets
from infra.local.rest.errors import RestError, check_fields, not_supported
from infra.local.rest.exchange import Request, Response, check_precondition, etag_of, page
from infra.local.rest.partitioning import partition_expression, time_partitioning
from infra.local.rest.service import Service
from infra.local.rest.shapes import check_shape
from infra.local.rest.table_changes import SHAPE, change_schema, described, refuse_repartition
from infra.local.rest.table_schema import columns_of, rest_fields

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
    | {"view", "tableConstraints", "requirePartitionFilter", "expirationTime"}
    | _OUTPUT_ONLY
)


def insert(service: Service, request: Request) -> Response:
    """POST /datasets/{dataset}/tables: a table from its schema, or a view from its query."""
    given = request.json()
    check_shape(given, SHAPE, "table", closed=False)
    check_fields(given, _FIELDS, "table")
    dataset = datasets.require(service, request).name
    name = str((given.get("tableReference") or {}).get("tableId") or "")
    if given.get("view"):
        return _answer(service, _create_view(service, dataset, name, given, replacing=False))
    wanted = described(_new_table(dataset, name, given), given, merge=False)
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
    """PATCH or PUT /tables/{table}: all but a column lost or retyped, or rows moved to other partitions.

    PATCH keeps what it does not name, PUT replaces all but the schema, which it may leave out.
    """
    given = request.json()
    check_shape(given, SHAPE, "table", closed=False)
    check_fields(given, _FIELDS, "table")
    merge = request.method == "PATCH"
    with service.writing:
        current = require(service, request)
        check_precondition(request, resource(service, current)["etag"])
        with service.engine.catalog.together():
            if given.get("view"):
                _create_view(service, current.dataset, current.name, given, replacing=True)
            else:
                refuse_repartition(current, given, merge=merge)
                if given.get("schema"):
                    change_schema(service, current, given["schema"].get("fields") or [])
            grown = require(service, request)
            changed = service.engine.catalog.update_table(described(grown, given, merge=merge))
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
        "requirePartitionFilter": table.options.get("require_partition_filter"),
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
    table = Table(dataset, name, columns_of((given.get("schema") or {}).get("fields") or []))
    return replace(table, partition_by=partition_expression(table, given.get("timePartitioning")))


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
        wanted = described(created, given, merge=True)
        return catalog.update_table(wanted) if wanted != created else created
