"""The statement that would make a table, view or routine again: the column ``ddl`` of INFORMATION_SCHEMA."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from infra.local.engine.schema import ColumnSchema, Routine, RoutineArgument, Table
from infra.local.engine.types import type_text
from infra.syntax import identifier


def text_literal(value: str) -> str:
    """A GoogleSQL string literal in double quotes."""
    return json.dumps(value, ensure_ascii=False)


def _timestamp_literal(value: Any) -> str:
    instant = datetime.fromisoformat(str(value))
    return f'TIMESTAMP "{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03d}Z"'


_OPTIONS: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "default_rounding_mode": ("STRING", lambda value: text_literal(str(value))),
    "description": ("STRING", lambda value: text_literal(str(value))),
    "expiration_timestamp": ("TIMESTAMP", _timestamp_literal),
    "friendly_name": ("STRING", lambda value: text_literal(str(value))),
    "labels": (
        "ARRAY<STRUCT<STRING, STRING>>",
        lambda pairs: _listed(f"STRUCT({text_literal(k)}, {text_literal(v)})" for k, v in pairs.items()),
    ),
    "partition_expiration_days": ("FLOAT64", lambda value: repr(float(value))),
    "require_partition_filter": ("BOOL", lambda value: "true" if value else "false"),
}


def table_options(table: Table) -> Iterator[tuple[str, str, str]]:
    """(name, type, value as a literal) of every option that is set, by name."""
    given = {**table.options, "description": table.description, "labels": dict(table.labels) or None}
    for name in sorted(given):
        if given[name] is not None and name in _OPTIONS:
            kind, written = _OPTIONS[name]
            yield name, kind, written(given[name])


def table_ddl(project: str, table: Table) -> str:
    """CREATE TABLE or CREATE VIEW."""
    name = f"`{project}.{table.dataset}.{table.name}`"
    options = _options_clause(_written_options(table))
    if table.view_query is not None:
        return f"CREATE VIEW {name}\n{options}AS {table.view_query.strip()};"
    if table.snapshot_of is not None:
        source = f"`{project}.{table.snapshot_of[0]}.{table.snapshot_of[1]}`"
        taken = f"FOR SYSTEM_TIME AS OF TIMESTAMP '{table.snapshot_time}'"
        return f"CREATE SNAPSHOT TABLE {name}\nCLONE {source}\n{taken}\n{options}".rstrip() + ";"
    entries = [_column(column) for column in table.columns]
    if table.primary_key:
        entries.append(f"PRIMARY KEY ({', '.join(map(identifier, table.primary_key))}) NOT ENFORCED")
    listed = ",\n  ".join(entries)
    clauses = f"PARTITION BY {table.partition_by}\n" if table.partition_by else ""
    clauses += f"CLUSTER BY {', '.join(map(identifier, table.cluster_by))}\n" if table.cluster_by else ""
    return f"CREATE TABLE {name}\n(\n  {listed}\n)\n{clauses}{options}".rstrip() + ";"


def routine_ddl(project: str, routine: Routine) -> str:
    """CREATE FUNCTION, TABLE FUNCTION or PROCEDURE."""
    name = f"`{project}.{routine.dataset}.{routine.name}`"
    arguments = ", ".join(_argument(argument, routine.kind) for argument in routine.arguments)
    options = _options_clause([("description", text_literal(routine.description))] if routine.description else [])
    if routine.kind == "PROCEDURE":
        return f"CREATE PROCEDURE {name}({arguments})\n{options}{routine.body.strip()};"
    body = f"AS (\n{routine.body.strip()}\n)"
    after = f"\n{options}".rstrip()
    if routine.kind == "TABLE_VALUED_FUNCTION":
        columns = ", ".join(f"{identifier(column)} {type_text(kind)}" for column, kind in routine.columns)
        returns = f" RETURNS TABLE<{columns}>" if routine.declared_columns else ""
        return f"CREATE TABLE FUNCTION {name}({arguments}){returns}\n{options}{body};"
    returns = f" RETURNS {type_text(routine.return_type)}" if routine.return_type else ""
    return f"CREATE FUNCTION {name}({arguments}){returns}\n{body}{after};"


def _argument(argument: RoutineArgument, kind: str) -> str:
    mode = f"{argument.mode} " if kind == "PROCEDURE" else ""
    return f"{mode}{identifier(argument.name)} {type_text(argument.type) if argument.type else 'ANY TYPE'}"


def _column(column: ColumnSchema) -> str:
    parts = [identifier(column.name), type_text(column.type)]
    if column.default is not None:
        parts.append(f"DEFAULT {column.default}")
    if column.required:
        parts.append("NOT NULL")
    if column.description is not None:
        parts.append(f"OPTIONS(description={text_literal(column.description)})")
    return " ".join(parts)


def _written_options(table: Table) -> list[tuple[str, str]]:
    """Options as OPTIONS(...) writes them: labels are pairs there, not structs."""
    return [
        (name, value.replace("STRUCT(", "(")) if name == "labels" else (name, value)
        for name, _, value in table_options(table)
    ]


def _options_clause(options: Iterable[tuple[str, str]]) -> str:
    written = ",\n  ".join(f"{name}={value}" for name, value in options)
    return f"OPTIONS(\n  {written}\n)\n" if written else ""


def _listed(items: Iterable[str]) -> str:
    return f"[{', '.join(items)}]"
