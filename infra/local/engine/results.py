"""What a script answers, and how values travel between Python and DuckDB."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import OUT_OF_RANGE, EngineError
from .types import DataType, duck_type, field_name

_DAYS = frozenset({"DATE", "DATETIME", "TIMESTAMP"})


@dataclass(frozen=True)
class QueryParameter:
    """A typed query parameter; ``name`` is None for a positional one (``?``)."""

    name: str | None
    type: DataType
    value: Any


@dataclass(frozen=True)
class Column:
    """One column of a result; ``mode`` is NULLABLE or REPEATED (then ``type`` is an ARRAY)."""

    name: str
    type: DataType
    mode: str = "NULLABLE"


@dataclass(frozen=True)
class DmlStats:
    """Rows written by one statement."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0

    @property
    def total(self) -> int:
        """Rows written in any way: BigQuery's numDmlAffectedRows."""
        return self.inserted + self.updated + self.deleted


@dataclass
class ScriptResult:
    """The answer to one statement or script.

    ``statement_type`` is BigQuery's (SELECT, MERGE, CREATE_TABLE, ..., SCRIPT). A script has the ``columns`` and
    ``rows`` of its last statement, if that was a SELECT; its ``children`` are one result per executed SQL statement,
    in order. Timestamps in rows are aware datetimes in UTC. ``bytes_processed`` and ``bytes_billed`` are in bytes,
    ``accuracy`` says how well a dry run knows them. ``began`` and ``ended`` are seconds of time.perf_counter();
    ``line`` and ``column`` are where the statement starts, in the script or in the procedure ``routine``
    ("dataset.name"). ``evaluation`` is EXPRESSION for a query that a statement needed for a value. ``error`` is set
    for a statement that failed. For DDL, ``ddl_operation`` is CREATE, REPLACE, SKIP, DROP or ALTER and ``target`` is
    the (dataset, name) it acts on.
    """

    statement_type: str
    columns: tuple[Column, ...] = ()
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    affected_rows: int | None = None
    dml_stats: DmlStats | None = None
    bytes_processed: int = 0
    bytes_billed: int = 0
    accuracy: str = "PRECISE"
    children: list[ScriptResult] = field(default_factory=list)
    statement: str = ""
    ddl_operation: str | None = None
    target: tuple[str, str] | None = None
    began: float = 0.0
    ended: float = 0.0
    line: int = 1
    column: int = 1
    routine: str = ""
    evaluation: str = "STATEMENT"
    transaction_id: str | None = None
    reads: tuple[tuple[str, str], ...] = ()
    error: EngineError | None = None


def result_columns(columns: Sequence[tuple[str, DataType]]) -> tuple[Column, ...]:
    """Columns of a result with the mode that follows from the type."""
    return tuple(Column(name, kind, "REPEATED" if kind.kind == "ARRAY" else "NULLABLE") for name, kind in columns)


def refuse_null_elements(result: ScriptResult) -> None:
    """BigQuery lets an array hold a NULL while a query runs, and fails when such an array is its result.

    Raises EngineError invalidQuery.
    """
    for position, column in enumerate(result.columns):
        if _has_array(column.type) and any(_holds_null(row[position], column.type) for row in result.rows):
            raise EngineError("invalidQuery", f"Array cannot have a null element; error in writing field {column.name}")


def _has_array(kind: DataType) -> bool:
    return kind.kind == "ARRAY" or any(_has_array(part.type) for part in kind.fields)


def _holds_null(value: Any, kind: DataType) -> bool:
    """Whether a value holds an array with a NULL, however deep."""
    if value is None:
        return False
    if kind.element is not None:
        return any(item is None or _holds_null(item, kind.element) for item in value)
    names = [field_name(part, position) for position, part in enumerate(kind.fields)]
    return any(_holds_null(value[name], part.type) for name, part in zip(names, kind.fields, strict=True))


def fetchable(sql: str, types: Sequence[DataType]) -> str:
    """``sql`` with its timestamps as naive UTC: DuckDB's client would need pytz for TIMESTAMPTZ."""
    if not any(_has_timestamp(kind) for kind in types):
        return sql
    picked = ", ".join(
        f"CAST(c{position} AS {duck_type(_naive(kind))})" if _has_timestamp(kind) else f"c{position}"
        for position, kind in enumerate(types)
    )
    names = ", ".join(f"c{position}" for position in range(len(types)))
    return f"SELECT {picked} FROM ({sql}) AS fetched({names})"


def python_rows(rows: list[tuple[Any, ...]], types: Sequence[DataType]) -> list[tuple[Any, ...]]:
    """Rows as `fetchable` fetched them, with every TIMESTAMP an aware datetime again.

    Raises EngineError invalidQuery for a day outside the years 1 to 9999, which DuckDB can hold and BigQuery cannot:
    DuckDB's client gives its text instead of a date.
    """
    for position, kind in enumerate(types):
        if kind.kind in _DAYS:  # a quick look at what most rows hold
            outside = [row[position] for row in rows if type(row[position]) is str]
            _check_days(outside[0] if outside else None, kind)
        elif _has_day(kind):
            for row in rows:
                _check_days(row[position], kind)
    if not any(_has_timestamp(kind) for kind in types):
        return rows
    return [tuple(_aware(value, kind) for value, kind in zip(row, types, strict=True)) for row in rows]


def _has_day(kind: DataType) -> bool:
    if kind.element is not None:
        return _has_day(kind.element)
    return kind.kind in _DAYS or any(_has_day(part.type) for part in kind.fields)


def _check_days(value: Any, kind: DataType) -> None:
    if type(value) is str and kind.kind in _DAYS:
        raise EngineError("invalidQuery", f"{OUT_OF_RANGE}: {value}")
    if value is None or not _has_day(kind):
        return
    if kind.element is not None:
        for item in value:
            _check_days(item, kind.element)
    for position, part in enumerate(kind.fields):
        _check_days(value[field_name(part, position)], part.type)


def _has_timestamp(kind: DataType) -> bool:
    if kind.element is not None:
        return _has_timestamp(kind.element)
    return kind.kind == "TIMESTAMP" or any(_has_timestamp(part.type) for part in kind.fields)


def _naive(kind: DataType) -> DataType:
    if kind.element is not None:
        return DataType("ARRAY", element=_naive(kind.element))
    if kind.fields:
        return DataType("STRUCT", fields=tuple(type(part)(part.name, _naive(part.type)) for part in kind.fields))
    return DataType("DATETIME") if kind.kind == "TIMESTAMP" else kind


def _aware(value: Any, kind: DataType) -> Any:
    if value is None or not _has_timestamp(kind):
        return value
    if kind.element is not None:
        return [_aware(item, kind.element) for item in value]
    if kind.fields:
        names = [field_name(part, position) for position, part in enumerate(kind.fields)]
        return {name: _aware(value[name], part.type) for name, part in zip(names, kind.fields, strict=True)}
    return value.replace(tzinfo=dt.UTC)
