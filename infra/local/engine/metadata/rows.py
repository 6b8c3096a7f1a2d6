"""The rows of the catalog's views, as they are at the moment a statement asks for them. Values are of JSON's types."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from infra.local.engine.catalog import quoted
from infra.local.engine.errors import EngineError, unsupported
from infra.local.engine.estimate import size_text
from infra.local.engine.metadata.ddl import routine_ddl, table_ddl, table_options
from infra.local.engine.pruning import partition_column, partitioning
from infra.local.engine.schema import ColumnSchema, Routine, Table
from infra.local.engine.types import type_text

if TYPE_CHECKING:
    from infra.local.engine.engine import Engine

Row = dict[str, Any]
_ROUTINE_TYPES = {
    "SCALAR_FUNCTION": "FUNCTION",
    "TABLE_VALUED_FUNCTION": "TABLE FUNCTION",
    "PROCEDURE": "PROCEDURE",
}
_PARTITION_NAMES = {"hour": "%Y%m%d%H", "day": "%Y%m%d", "month": "%Y%m", "year": "%Y"}
_NO_COLLATION = "NULL"
"""BigQuery writes the word where a column has no collation or default."""


def catalog_rows(engine: Engine, view: str, dataset: str | None) -> list[Row]:
    """The rows of a view for one dataset (in any letter case: dataset names differ in more), None for all."""
    catalog = engine.catalog
    wanted = [one.name for one in catalog.datasets() if dataset is None or one.name.lower() == dataset.lower()]
    if dataset is not None and not wanted:
        raise EngineError("notFound", f"Not found: Dataset {catalog.project}:{dataset}")
    if view in _OF_ROUTINES:
        return [row for name in wanted for item in catalog.routines(name) for row in _OF_ROUTINES[view](engine, item)]
    return [row for name in wanted for item in catalog.tables(name) for row in _OF_TABLES[view](engine, item)]


def _named(engine: Engine, table: Table) -> Row:
    return {"table_catalog": engine.project, "table_schema": table.dataset, "table_name": table.name}


def _tables(engine: Engine, table: Table) -> Iterator[Row]:
    is_view = table.view_query is not None
    yield {
        **_named(engine, table),
        "table_type": "VIEW" if is_view else "SNAPSHOT" if table.snapshot_of else "BASE TABLE",
        "managed_table_type": None if is_view else "NATIVE",
        "is_insertable_into": "NO" if is_view or table.snapshot_of else "YES",
        "is_fine_grained_mutations_enabled": "NO",
        "is_typed": "NO",
        "is_change_history_enabled": "NO",
        "creation_time": table.created,
        "ddl": table_ddl(engine.project, table),
        "default_collation_name": _NO_COLLATION,
    }


def _columns(engine: Engine, table: Table) -> Iterator[Row]:
    partitioned_by = partition_column(table)
    clustered_by = [name.lower() for name in table.cluster_by]
    for position, column in enumerate(table.columns, 1):
        name = column.name.lower()
        yield {
            **_named(engine, table),
            "column_name": column.name,
            "ordinal_position": position,
            "is_nullable": "YES" if column.mode == "NULLABLE" else "NO",
            "data_type": type_text(column.type),
            "is_generated": "NEVER",
            "is_hidden": "NO",
            "is_system_defined": "NO",
            "is_partitioning_column": "YES" if column is partitioned_by else "NO",
            "clustering_ordinal_position": clustered_by.index(name) + 1 if name in clustered_by else None,
            "collation_name": _NO_COLLATION,
            "column_default": _default(column),
            "data_policies": [],
            "policy_tags": [],
        }


def _default(column: ColumnSchema) -> str:
    return _NO_COLLATION if column.default is None else column.default


def _views(engine: Engine, table: Table) -> Iterator[Row]:
    if table.view_query is not None:
        yield {**_named(engine, table), "view_definition": table.view_query, "use_standard_sql": "YES"}


def _options(engine: Engine, table: Table) -> Iterator[Row]:
    for name, kind, value in table_options(table):
        yield {**_named(engine, table), "option_name": name, "option_type": kind, "option_value": value}


def _partitions(engine: Engine, table: Table) -> Iterator[Row]:
    """One row per partition that has rows; an unpartitioned table is one partition without an id."""
    if table.view_query is not None:
        return
    found = partitioning(table)
    if found is None and table.partition_by is not None:
        raise unsupported(f"INFORMATION_SCHEMA.PARTITIONS with {table.dataset}.{table.name} BY {table.partition_by}")
    if found is None:
        name = "NULL"
    else:
        instant = f"date_trunc('{found.unit}', CAST({quoted(found.column)} AS TIMESTAMP))"
        name = f"coalesce(strftime({instant}, '{_PARTITION_NAMES[found.unit]}'), '__NULL__')"
    size = " + ".join(size_text(quoted(column.name), column.type) for column in table.columns)
    grouped = "" if found is None else "GROUP BY 1 ORDER BY 1"
    sql = f"SELECT {name}, count(*), coalesce(sum({size}), 0) FROM {engine.catalog.physical(table.dataset, table.name)}"
    with engine.session() as session:
        counted = session.connection.execute(f"{sql} {grouped}").fetchall()
    for partition_id, rows, logical_bytes in counted:
        yield {
            **_named(engine, table),
            "partition_id": partition_id,
            "total_rows": int(rows),
            "total_logical_bytes": int(logical_bytes),
            "total_billable_bytes": int(logical_bytes),
            "storage_tier": "ACTIVE",
        }


def _specific(engine: Engine, routine: Routine) -> Row:
    return {"specific_catalog": engine.project, "specific_schema": routine.dataset, "specific_name": routine.name}


def _routines(engine: Engine, routine: Routine) -> Iterator[Row]:
    yield {
        **_specific(engine, routine),
        "routine_catalog": engine.project,
        "routine_schema": routine.dataset,
        "routine_name": routine.name,
        "routine_type": _ROUTINE_TYPES[routine.kind],
        "data_type": type_text(routine.return_type) if routine.return_type else None,
        "routine_body": "SQL",
        "routine_definition": routine.body,
        "created": routine.created,
        "last_altered": routine.modified,
        "ddl": routine_ddl(engine.project, routine),
    }


def _parameters(engine: Engine, routine: Routine) -> Iterator[Row]:
    """Position 0 is what a function returns; a mode is a procedure's."""
    if routine.return_type is not None:
        yield {
            **_specific(engine, routine),
            "ordinal_position": 0,
            "is_result": "YES",
            "data_type": type_text(routine.return_type),
        }
    for position, argument in enumerate(routine.arguments, 1):
        yield {
            **_specific(engine, routine),
            "ordinal_position": position,
            "parameter_mode": argument.mode if routine.kind == "PROCEDURE" else None,
            "is_result": "NO",
            "parameter_name": argument.name,
            "data_type": type_text(argument.type) if argument.type else "ANY TYPE",
        }


_OF_TABLES: Mapping[str, Callable[[Engine, Table], Iterator[Row]]] = {
    "TABLES": _tables,
    "COLUMNS": _columns,
    "VIEWS": _views,
    "TABLE_OPTIONS": _options,
    "PARTITIONS": _partitions,
}
_OF_ROUTINES: Mapping[str, Callable[[Engine, Routine], Iterator[Row]]] = {
    "ROUTINES": _routines,
    "PARAMETERS": _parameters,
}
