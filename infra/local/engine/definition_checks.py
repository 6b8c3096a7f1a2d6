"""What a definition is called in BigQuery, and the checks that need no session."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from infra.syntax import script as tree

from .errors import EngineError, unsupported
from .schema import ColumnSchema, Table
from .scope import parse_expression
from .types import DataType

_GIVEN_NAME = re.compile(r"f\d+_")


def statement_type(statement: tree.Statement) -> str:
    """BigQuery's name of a single statement's kind."""
    if isinstance(statement, tree.SqlStatement):
        return statement.verb
    if isinstance(statement, tree.CreateTable):
        return "CREATE_TABLE" if statement.query is None else "CREATE_TABLE_AS_SELECT"
    if isinstance(statement, tree.CreateFunction):
        return "CREATE_TABLE_FUNCTION" if statement.is_table else "CREATE_FUNCTION"
    if isinstance(statement, tree.Drop):
        return "DROP_" + statement.kind.replace(" ", "_")
    if isinstance(statement, tree.Alter):
        return f"ALTER_{statement.kind}"
    return _STATEMENT_TYPES[type(statement)]


_STATEMENT_TYPES: Mapping[type, str] = {
    tree.CreateSnapshot: "CREATE_SNAPSHOT_TABLE",
    tree.CreateView: "CREATE_VIEW",
    tree.CreateProcedure: "CREATE_PROCEDURE",
    tree.CreateSchema: "CREATE_SCHEMA",
    tree.Truncate: "TRUNCATE_TABLE",
}


def labels_of(pairs: Any) -> dict[str, str]:
    """Labels are an array of two-field structs."""
    return {str(key): str(value) for key, value in (list(pair.values()) for pair in pairs or ())}


def mode_of(kind: DataType) -> str:
    """The mode that follows from a type."""
    return "REPEATED" if kind.kind == "ARRAY" else "NULLABLE"


def named_columns(declared: list[ColumnSchema], found: tuple[tuple[str, DataType], ...]) -> list[ColumnSchema]:
    """Columns of CREATE TABLE AS SELECT: the query's, or the declared ones when they agree with it."""
    if not declared:
        return [ColumnSchema(name, kind, mode_of(kind)) for name, kind in found]
    if [(column.name.lower(), column.type) for column in declared] != [(name.lower(), kind) for name, kind in found]:
        raise unsupported("CREATE TABLE AS SELECT whose column list differs from the query's columns")
    return declared


def refuse_unnamed(columns: tuple[tuple[str, DataType], ...], query: str) -> None:
    """The dialect calls unnamed columns f0_, f1_, ...: BigQuery takes none into a table or view."""
    for position, (name, _) in enumerate(columns, 1):
        if _GIVEN_NAME.fullmatch(name) and name not in query:
            raise EngineError(
                "invalidQuery", f"CREATE TABLE or VIEW columns must be named, but column {position} has no name"
            )


def check_columns(table: Table) -> None:
    """Refuse repeated columns, and keys that are no columns."""
    seen: set[str] = set()
    for column in table.columns:
        if column.name.lower() in seen:
            raise EngineError("invalidQuery", f"Duplicate column name: {column.name}")
        seen.add(column.name.lower())
        if column.default is not None:
            parse_expression(column.default)
    for name in (*table.cluster_by, *table.primary_key):
        if table.column(name) is None:
            raise EngineError("invalidQuery", f"Column {name} of CLUSTER BY or PRIMARY KEY is not in the table")
