"""What the dialect asks of the catalog, and what it answers: the seam between translation and execution.

The dialect never touches DuckDB. It is given a :class:`Names` (the catalog as one statement sees it) and returns a
:class:`Translation` (DuckDB text and what must be bound to run it).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from sqlglot import exp

from infra.local.engine.types import DataType


class UnsupportedError(Exception):
    """The statement uses something the local cloud does not have: "X is not supported by the local cloud"."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not supported by the local cloud")
        self.what = what


class AnalysisError(Exception):
    """The statement is wrong in BigQuery too; the message is shaped like BigQuery's."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message if line is None else f"{message} at [{line}:{column}]")
        self.message, self.line, self.column = message, line, column


class NotFoundError(AnalysisError):
    """A table, view or routine that is not in the catalog (BigQuery reports reason notFound for tables)."""


@dataclass(frozen=True)
class RoutineParameter:
    """One argument of a SQL function; ``type`` is None for ANY TYPE."""

    name: str
    type: DataType | None


@dataclass(frozen=True)
class ScalarRoutine:
    """A SQL UDF: ``body`` is the parsed expression between the parentheses of ``AS (...)``."""

    dataset: str
    name: str
    parameters: tuple[RoutineParameter, ...]
    body: exp.Expr
    return_type: DataType | None = None


@dataclass(frozen=True)
class TableRoutine:
    """A SQL table function: ``body`` is its parsed query; ``columns`` is RETURNS TABLE<...>, None when not declared."""

    dataset: str
    name: str
    parameters: tuple[RoutineParameter, ...]
    body: exp.Expr
    columns: tuple[tuple[str, DataType], ...] | None = None


class Names(Protocol):
    """The catalog as one statement sees it. Dataset ``""`` means a temporary object of the session.

    Lookups are case-sensitive for datasets and tables, as in BigQuery, and insensitive for columns and routines.
    """

    @property
    def project(self) -> str:
        """The project that an unqualified or two-part name belongs to; another project is not found."""

    @property
    def location(self) -> str:
        """Where the project's data is, e.g. US: INFORMATION_SCHEMA views of another region are not found."""

    @property
    def default_dataset(self) -> str | None:
        """The dataset of a one-part name that is no temporary object."""

    @property
    def variables(self) -> Mapping[str, DataType]:
        """Script variables and procedure arguments in sight, by lower-case name."""

    @property
    def parameters(self) -> Mapping[str | int, DataType]:
        """Query parameters by lower-case name, or by 0-based position."""

    def has_dataset(self, dataset: str) -> bool:
        """Whether there is a dataset of that name."""

    def columns(self, dataset: str, table: str) -> Mapping[str, DataType] | None:
        """The columns of a table in their order, or None when there is no such table."""

    def defaults(self, dataset: str, table: str) -> Mapping[str, exp.Expr]:
        """Parsed DEFAULT expressions by column name, for INSERT and MERGE that leave a column out."""

    def view(self, dataset: str, name: str) -> exp.Expr | None:
        """The parsed query of a view: it is inlined, so that it always sees today's tables and routines."""

    def table_function(self, dataset: str, name: str) -> TableRoutine | None:
        """A table function, or None."""

    def scalar_function(self, dataset: str, name: str) -> ScalarRoutine | None:
        """A SQL UDF, or None."""

    def physical(self, dataset: str, table: str) -> str:
        """The quoted DuckDB name of a table, e.g. ``"eros"."creators"`` or ``"temp"."main"."picked"``."""


def missing_table(names: Names, dataset: str, table: str) -> NotFoundError:
    """BigQuery's refusal of a table that is not there; it names the dataset when that one is missing too."""
    known = not dataset or names.has_dataset(dataset)
    what = f"Table {names.project}:{dataset}.{table}" if known else f"Dataset {names.project}:{dataset}"
    return NotFoundError(f"Not found: {what} was not found in location {names.location}")


class BindingKind(Enum):
    """Where the value of a placeholder comes from."""

    VARIABLE = "variable"
    PARAMETER = "parameter"
    SYSTEM = "system"
    NOW = "now"
    ROWS = "rows"


@dataclass(frozen=True)
class Binding:
    """The source of one ``$placeholder``; ``name`` is lower case (``@@`` and dots kept for system variables).

    ROWS binds the rows of the INFORMATION_SCHEMA view ``name`` (``view``, or ``view.dataset`` for those of one dataset)
    as the JSON text of an array of objects.
    """

    kind: BindingKind
    name: str | int
    type: DataType


@dataclass(frozen=True)
class ColumnDefinition:
    """A column of CREATE TABLE or ALTER TABLE ADD COLUMN; ``default`` is a parsed expression, evaluated at INSERT."""

    name: str
    type: DataType
    required: bool = False
    default: exp.Expr | None = None
    description: str | None = None


@dataclass(frozen=True)
class TableDefinition:
    """What CREATE TABLE / VIEW or ALTER TABLE says, for the catalog to keep. ``dataset`` is "" for TEMP."""

    dataset: str
    name: str
    columns: tuple[ColumnDefinition, ...]
    temporary: bool = False
    replace: bool = False
    if_not_exists: bool = False
    partition_by: str | None = None
    cluster_by: tuple[str, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)
    view_query: exp.Expr | None = None


@dataclass(frozen=True)
class Translation:
    """DuckDB text for one GoogleSQL statement.

    ``kind`` is BigQuery's statement type (SELECT, INSERT, UPDATE, DELETE, MERGE, TRUNCATE_TABLE, CREATE_TABLE,
    CREATE_TABLE_AS_SELECT, CREATE_VIEW, ALTER_TABLE, DROP_TABLE, DROP_VIEW). ``columns`` describe the rows of a SELECT.
    A MERGE ends in RETURNING merge_action, so that its INSERT / UPDATE / DELETE rows can be counted; other DML returns
    one row with the count, as DuckDB does. ``reads`` names, per base table (dataset, table), the columns read: the
    base of dry-run bytes. ``target`` is the table a DML or DDL statement writes; ``definition`` is set for DDL.
    ``sql`` is empty when only the catalog changes (CREATE VIEW).
    """

    kind: str
    sql: str
    placeholders: Mapping[str, Binding]
    columns: tuple[tuple[str, DataType], ...] = ()
    reads: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    target: tuple[str, str] | None = None
    definition: TableDefinition | None = None
    if_exists: bool = False
