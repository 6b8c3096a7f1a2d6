"""What tables.patch and tables.update change in a table, and what BigQuery refuses to change.

PATCH keeps what it does not name; PUT is the whole table, so what it leaves out is cleared, except the schema.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from infra.local.engine.schema import ColumnSchema, Table
from infra.local.rest.errors import RestError, not_supported
from infra.local.rest.exchange import whole_number
from infra.local.rest.labels import check_labels, merged_labels
from infra.local.rest.partitioning import (
    clustering_fields,
    expiration_days,
    partition_expression,
    requires_filter,
    time_partitioning,
)
from infra.local.rest.service import Service
from infra.local.rest.table_schema import columns_of, schema_change

_FIELD: dict[str, Any] = dict.fromkeys(("name", "type", "mode", "description", "defaultValueExpression"), str)
_FIELD["fields"] = [_FIELD]
SHAPE = {
    "tableReference": {"tableId": str},
    "schema": {"fields": [_FIELD]},
    "labels": {str: str},
    "timePartitioning": {"type": str, "field": str, "expirationMs": int, "requirePartitionFilter": bool},
    "clustering": {"fields": [str]},
    "tableConstraints": {"primaryKey": {"columns": [str]}, "foreignKeys": list},
    "view": {"query": str, "useLegacySql": bool},
    "requirePartitionFilter": bool,
    "expirationTime": int,
    **dict.fromkeys(("description", "friendlyName"), str),
}
"""What a table's body has to look like, as far as it is looked at."""


def described(table: Table, given: dict[str, Any], *, merge: bool) -> Table:
    """The table with all that is neither column nor row taken from the request. Raises RestError."""
    base = table if merge else replace(table, description=None, labels={}, primary_key=(), cluster_by=(), options={})
    labels = merged_labels(base.labels, given["labels"]) if "labels" in given else base.labels
    check_labels(labels)
    return replace(
        base,
        description=given.get("description", base.description),
        labels=labels,
        options=_options(table, base, given),
        cluster_by=clustering_fields(table, given["clustering"]) if "clustering" in given else base.cluster_by,
        primary_key=primary_key(table, given["tableConstraints"]) if "tableConstraints" in given else base.primary_key,
    )


def primary_key(table: Table, given: dict[str, Any] | None) -> tuple[str, ...]:
    """The primary key's columns; nothing enforces it, as in BigQuery. Raises RestError for an unknown column."""
    if (given or {}).get("foreignKeys"):
        raise not_supported("table.tableConstraints.foreignKeys", "tableConstraints")
    names = tuple(((given or {}).get("primaryKey") or {}).get("columns") or ())
    missing = next((name for name in names if table.column(name) is None), None)
    if missing:
        raise RestError("invalid", f"The primary key column {missing} is no column of the table", "tableConstraints")
    return names


def refuse_repartition(table: Table, given: dict[str, Any], *, merge: bool) -> None:
    """BigQuery never moves a table's rows to other partitions. Raises RestError."""
    if merge and not given.get("timePartitioning"):
        return
    wanted = partition_expression(table, given.get("timePartitioning"))
    if wanted and time_partitioning(replace(table, partition_by=wanted)) == time_partitioning(table):
        return  # compared as REST shows them: DDL may have written it with quoted names
    if wanted == table.partition_by:
        return
    if table.partition_by is None:
        raise _unconvertible("non-partitioned", "partitioned")
    if wanted is None:
        raise _unconvertible("partitioned", "non-partitioned")
    # SQL can write one partitioning in several ways; REST tells them all alike.
    if time_partitioning(replace(table, partition_by=wanted)) != time_partitioning(table):
        raise RestError("invalid", "Cannot change the partitioning of an existing table", "timePartitioning")


def change_schema(service: Service, table: Table, fields: list[dict[str, Any]]) -> None:
    """Append, relax and describe columns; raises RestError when a column would be lost, retyped or tightened."""
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


def _options(table: Table, base: Table, given: dict[str, Any]) -> dict[str, Any]:
    options = dict(base.options)
    if "friendlyName" in given:
        options["friendly_name"] = given["friendlyName"]
    if "expirationTime" in given:
        options["expiration_timestamp"] = _instant(given["expirationTime"])
    if "timePartitioning" in given:
        options["partition_expiration_days"] = expiration_days(given["timePartitioning"])
    if "requirePartitionFilter" in given or "timePartitioning" in given:
        options["require_partition_filter"] = requires_filter(given)
    return {name: value for name, value in options.items() if value not in (None, False)}


def _instant(given: Any) -> str | None:
    """The end of a table, as an ISO instant; it does not end by itself here."""
    millis = whole_number(given, "expirationTime")
    return None if millis is None else datetime.fromtimestamp(millis / 1000, UTC).isoformat()


def _redescribed(column: ColumnSchema, descriptions: dict[str, str | None]) -> ColumnSchema:
    if column.name not in descriptions:
        return column
    return replace(column, description=descriptions[column.name])


def _unconvertible(before: str, after: str) -> RestError:
    return RestError("invalid", f"Cannot convert {before} table to {after} table.", "timePartitioning")
