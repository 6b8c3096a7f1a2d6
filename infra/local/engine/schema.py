"""The definitions a catalog keeps: datasets, tables and views, routines; and their form on disk (JSON)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cached_property
from typing import Any

from .types import DataType, parse_type, type_text


@dataclass(frozen=True)
class ColumnSchema:
    """A column as BigQuery describes it. ``mode`` is NULLABLE, REQUIRED or REPEATED; ``default`` is GoogleSQL text."""

    name: str
    type: DataType
    mode: str = "NULLABLE"
    description: str | None = None
    default: str | None = None

    @property
    def required(self) -> bool:
        """Whether NULL is refused."""
        return self.mode == "REQUIRED"


@dataclass(frozen=True)
class Dataset:
    """A dataset; ``extra`` keeps what the REST resource carries beyond the fields here (access, expiration, ...)."""

    name: str
    location: str = "US"
    description: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    created: str = ""
    modified: str = ""


@dataclass(frozen=True)
class Table:
    """A table, or a view when ``view_query`` (GoogleSQL text) is set.

    ``partition_by`` and ``cluster_by`` are texts as written; ``options`` holds the other OPTIONS values (JSON types).
    ``snapshot_of`` is the (dataset, table) that this is a read-only copy of, as it was at ``snapshot_time``.
    ``created`` and ``modified`` are ISO instants. Dataset "" means temporary.
    """

    dataset: str
    name: str
    columns: tuple[ColumnSchema, ...]
    description: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    partition_by: str | None = None
    cluster_by: tuple[str, ...] = ()
    primary_key: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    view_query: str | None = None
    snapshot_of: tuple[str, str] | None = None
    snapshot_time: str = ""
    created: str = ""
    modified: str = ""

    @property
    def kind(self) -> str:
        """TABLE or VIEW; a snapshot is a table."""
        return "TABLE" if self.view_query is None else "VIEW"

    @cached_property
    def types(self) -> dict[str, DataType]:
        """Column types by column name, in order."""
        return {column.name: column.type for column in self.columns}

    def column(self, name: str) -> ColumnSchema | None:
        """The column of that name, in any letter case."""
        return next((column for column in self.columns if column.name.lower() == name.lower()), None)


@dataclass(frozen=True)
class RoutineArgument:
    """One argument of a routine; ``type`` is None for ANY TYPE; ``mode`` is IN, OUT or INOUT."""

    name: str
    type: DataType | None
    mode: str = "IN"


@dataclass(frozen=True)
class Routine:
    """A routine. ``kind`` is SCALAR_FUNCTION, TABLE_VALUED_FUNCTION or PROCEDURE, as REST names them.

    ``body`` is GoogleSQL: an expression, a query, or BEGIN ... END. ``columns`` are a table function's result columns;
    ``declared_columns`` says whether RETURNS TABLE named them. ``statement`` is the CREATE statement as given.
    """

    dataset: str
    name: str
    kind: str
    arguments: tuple[RoutineArgument, ...]
    body: str
    return_type: DataType | None = None
    columns: tuple[tuple[str, DataType], ...] = ()
    declared_columns: bool = False
    description: str | None = None
    statement: str = ""
    created: str = ""
    modified: str = ""


def changed(item: Any, now: dt.datetime, **changes: Any) -> Any:
    """A copy with ``changes`` and a new modification time."""
    return replace(item, modified=now.isoformat(), **changes)


def to_json(item: Dataset | Table | Routine) -> str:
    """The definition as JSON; types are written as GoogleSQL text."""
    return json.dumps(_plain(item), ensure_ascii=False)


def _plain(value: Any) -> Any:
    """``value`` made of JSON's types only."""
    if isinstance(value, DataType):
        return type_text(value)
    if is_dataclass(value):
        return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def dataset_from_json(text: str) -> Dataset:
    """The dataset that `to_json` wrote."""
    return Dataset(**json.loads(text))


def table_from_json(text: str) -> Table:
    """The table or view that `to_json` wrote."""
    stored = json.loads(text)
    columns = tuple(ColumnSchema(**{**column, "type": parse_type(column["type"])}) for column in stored.pop("columns"))
    stored["cluster_by"] = tuple(stored["cluster_by"])
    stored["primary_key"] = tuple(stored["primary_key"])
    if stored.get("snapshot_of"):
        stored["snapshot_of"] = tuple(stored["snapshot_of"])
    return Table(columns=columns, **stored)


def routine_from_json(text: str) -> Routine:
    """The routine that `to_json` wrote."""
    stored = json.loads(text)
    stored["arguments"] = tuple(
        RoutineArgument(argument["name"], _optional_type(argument["type"]), argument["mode"])
        for argument in stored["arguments"]
    )
    stored["columns"] = tuple((name, parse_type(kind)) for name, kind in stored["columns"])
    stored["return_type"] = _optional_type(stored["return_type"])
    return Routine(**stored)


def _optional_type(text: str | None) -> DataType | None:
    return None if text is None else parse_type(text)
