"""Translates and runs statements against a bare DuckDB, with a catalog made of dictionaries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb
from sqlglot import exp

from infra.local.engine import runtime
from infra.local.engine.rewrite import (
    Binding,
    BindingKind,
    RoutineParameter,
    ScalarRoutine,
    TableRoutine,
    parse_expression,
    parse_statement,
    scalar_function_type,
    table_function_columns,
    translate,
)
from infra.local.engine.types import STRING, DataType, duck_type, parse_type

NOW = dt.datetime(2026, 3, 9, 17, 30, tzinfo=dt.UTC)
DATASET = "shop"


@dataclass
class FakeNames:
    """The catalog protocol over plain dictionaries, all in one dataset."""

    project: str = "test-project"
    location: str = "US"
    default_dataset: str | None = DATASET
    variables: dict[str, DataType] = field(default_factory=dict)
    parameters: dict[str | int, DataType] = field(default_factory=dict)
    tables: dict[tuple[str, str], dict[str, DataType]] = field(default_factory=dict)
    table_defaults: dict[tuple[str, str], dict[str, exp.Expr]] = field(default_factory=dict)
    views: dict[tuple[str, str], exp.Expr] = field(default_factory=dict)
    scalars: dict[str, ScalarRoutine] = field(default_factory=dict)
    table_routines: dict[str, TableRoutine] = field(default_factory=dict)

    def has_dataset(self, dataset: str) -> bool:
        return dataset == DATASET

    def columns(self, dataset: str, table: str) -> Mapping[str, DataType] | None:
        return self.tables.get((dataset, table))

    def defaults(self, dataset: str, table: str) -> Mapping[str, exp.Expr]:
        return self.table_defaults.get((dataset, table), {})

    def view(self, dataset: str, name: str) -> exp.Expr | None:
        return self.views.get((dataset, name))

    def table_function(self, dataset: str, name: str) -> TableRoutine | None:
        return self.table_routines.get(name.lower()) if dataset == DATASET else None

    def scalar_function(self, dataset: str, name: str) -> ScalarRoutine | None:
        return self.scalars.get(name.lower()) if dataset == DATASET else None

    def physical(self, dataset: str, table: str) -> str:
        return f'"{dataset}"."{table}"' if dataset else f'"temp"."main"."{table}"'


class Bench:
    """A DuckDB database with the runtime macros, and one dataset."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute(f"CREATE SCHEMA {DATASET}")
        runtime.install(self.connection)
        self.names = FakeNames()
        self.values: dict[tuple[BindingKind, str | int], Any] = {}

    def close(self) -> None:
        self.connection.close()

    def table(self, name: str, **columns: str) -> None:
        """Creates an empty table; columns by GoogleSQL type."""
        types = {column: parse_type(text) for column, text in columns.items()}
        self.names.tables[(DATASET, name)] = types
        listed = ", ".join(f'"{column}" {duck_type(data_type)}' for column, data_type in types.items())
        self.connection.execute(f'CREATE TABLE "{DATASET}"."{name}" ({listed})')

    def variable(self, name: str, type_text: str, value: Any) -> None:
        self.names.variables[name.lower()] = parse_type(type_text)
        self.values[(BindingKind.VARIABLE, name.lower())] = value

    def parameter(self, name: str, type_text: str, value: Any) -> None:
        self.names.parameters[name.lower()] = parse_type(type_text)
        self.values[(BindingKind.PARAMETER, name.lower())] = value

    def function(self, name: str, parameters: dict[str, str | None], body: str, returns: str | None = None) -> Any:
        routine = ScalarRoutine(
            DATASET, name, _parameters(parameters), parse_expression(body), parse_type(returns) if returns else None
        )
        data_type = scalar_function_type(routine, self.names)
        self.names.scalars[name.lower()] = routine
        return data_type

    def table_function(self, name: str, parameters: dict[str, str | None], body: str) -> Any:
        routine = TableRoutine(DATASET, name, _parameters(parameters), parse_statement(body))
        columns = table_function_columns(routine, self.names)
        self.names.table_routines[name.lower()] = routine
        return columns

    def view(self, name: str, query: str) -> None:
        self.names.views[(DATASET, name)] = parse_statement(query)

    def sql(self, text: str) -> str:
        return translate(parse_statement(text), self.names).sql

    def run(self, text: str) -> list[tuple[Any, ...]]:
        """The rows of a statement; instants come as UTC datetimes."""
        translation = translate(parse_statement(text), self.names)
        bound = {key: self._bound(binding) for key, binding in translation.placeholders.items()}
        cursor = self.connection.execute(translation.sql, bound or None)
        columns = [
            f"epoch_us({_quoted(i)})" if kind.kind == "TIMESTAMP" else _quoted(i)
            for i, (_, kind) in enumerate(translation.columns)
        ]
        if "TIMESTAMP" not in {kind.kind for _, kind in translation.columns}:
            return cursor.fetchall()
        names = ", ".join(_quoted(i) for i in range(len(columns)))
        wrapped = f"SELECT {', '.join(columns)} FROM ({translation.sql}) AS result({names})"
        rows = self.connection.execute(wrapped, bound or None).fetchall()
        kinds = [kind.kind for _, kind in translation.columns]
        return [tuple(_instant(v) if k == "TIMESTAMP" else v for v, k in zip(row, kinds, strict=True)) for row in rows]

    def _bound(self, binding: Binding) -> Any:
        if binding.kind is BindingKind.NOW:
            return NOW.isoformat()
        return self.values[(binding.kind, binding.name)]

    def value(self, expression: str) -> Any:
        """The value of one expression."""
        return self.run(f"SELECT {expression}")[0][0]

    def type_of(self, expression: str) -> str:
        translation = translate(parse_statement(f"SELECT {expression} AS x"), self.names)
        return str(translation.columns[0][1])


def _quoted(position: int) -> str:
    return f'"column {position}"'


def _instant(micros: int | None) -> dt.datetime | None:
    return None if micros is None else dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=micros)


def _parameters(given: dict[str, str | None]) -> tuple[RoutineParameter, ...]:
    return tuple(RoutineParameter(name, parse_type(text) if text else None) for name, text in given.items())


__all__ = ["DATASET", "NOW", "STRING", "Bench"]
