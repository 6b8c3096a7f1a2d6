"""What names mean to one statement: variables of the enclosing blocks, parameters, and the catalog behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlglot import exp

from . import rewrite
from .catalog import Catalog, quoted
from .results import QueryParameter
from .rewrite.names import RoutineParameter, ScalarRoutine, TableRoutine
from .schema import Routine, Table
from .types import DataType


@dataclass
class Variable:
    """A script variable or procedure argument."""

    type: DataType
    value: Any = None


@dataclass
class Scope:
    """The variables of one block; an inner block sees those of the outer ones.

    ``parameters`` are the query parameters in sight: a procedure's body sees none.
    """

    parent: Scope | None = None
    variables: dict[str, Variable] = field(default_factory=dict)
    parameters: Mapping[str, QueryParameter] = field(default_factory=dict)

    def inner(self) -> Scope:
        """A block inside this one."""
        return Scope(self, parameters=self.parameters)

    def find(self, name: str) -> Variable | None:
        """The nearest variable of that name, in any letter case."""
        scope: Scope | None = self
        while scope is not None:
            if name.lower() in scope.variables:
                return scope.variables[name.lower()]
            scope = scope.parent
        return None

    def visible(self) -> dict[str, Variable]:
        """Every variable in sight by lower-case name; inner ones hide outer ones."""
        return {**(self.parent.visible() if self.parent else {}), **self.variables}


@dataclass
class TemporaryObjects:
    """The temporary tables and functions of one session."""

    tables: dict[str, Table] = field(default_factory=dict)
    routines: dict[str, Routine] = field(default_factory=dict)

    def copy(self) -> TemporaryObjects:
        """A snapshot, to go back to when a transaction rolls back."""
        return TemporaryObjects(dict(self.tables), dict(self.routines))


_CACHED_TREES = 512
"""A tree weighs a hundred times its text, and a statement that is run again needs only its translation."""


@lru_cache(maxsize=_CACHED_TREES)
def parse_query(text: str) -> exp.Expr:
    """The tree of a query or DML statement, shared between callers: copy before changing it."""
    return rewrite.parse_statement(text)


@lru_cache(maxsize=_CACHED_TREES)
def parse_expression(text: str) -> exp.Expr:
    """The tree of an expression, shared between callers: copy before changing it."""
    return rewrite.parse_expression(text)


class StatementNames:
    """The catalog as one statement sees it: the dialect's `Names`."""

    def __init__(
        self,
        catalog: Catalog,
        temporary: TemporaryObjects,
        default_dataset: str | None,
        variables: Mapping[str, DataType],
        parameters: Mapping[str, DataType],
    ) -> None:
        self._catalog = catalog
        self._temporary = temporary
        self._default_dataset = default_dataset
        self._variables = variables
        self._parameters: dict[str | int, DataType] = dict(parameters.items())

    @property
    def project(self) -> str:
        """The project of the warehouse."""
        return self._catalog.project

    @property
    def location(self) -> str:
        """Where the warehouse is."""
        return self._catalog.location

    @property
    def default_dataset(self) -> str | None:
        """The dataset of a one-part name."""
        return self._default_dataset

    @property
    def variables(self) -> Mapping[str, DataType]:
        """Types of the variables in sight."""
        return self._variables

    @property
    def parameters(self) -> Mapping[str | int, DataType]:
        """Types of the query parameters in sight."""
        return self._parameters

    def has_dataset(self, dataset: str) -> bool:
        """Whether there is a dataset of that name."""
        return self._catalog.dataset(dataset) is not None

    def _table(self, dataset: str, name: str) -> Table | None:
        return self._catalog.table(dataset, name) if dataset else self._temporary.tables.get(name.lower())

    def columns(self, dataset: str, table: str) -> Mapping[str, DataType] | None:
        """The columns of a table, in order."""
        found = self._table(dataset, table)
        return None if found is None else found.types

    def defaults(self, dataset: str, table: str) -> Mapping[str, exp.Expr]:
        """DEFAULT expressions by column."""
        found = self._table(dataset, table)
        columns = found.columns if found else ()
        return {column.name: parse_expression(column.default) for column in columns if column.default is not None}

    def view(self, dataset: str, name: str) -> exp.Expr | None:
        """The query of a view."""
        found = self._table(dataset, name)
        return None if found is None or found.view_query is None else parse_query(found.view_query)

    def _routine(self, dataset: str, name: str, kind: str) -> Routine | None:
        found = self._catalog.routine(dataset, name) if dataset else self._temporary.routines.get(name.lower())
        return found if found is not None and found.kind == kind else None

    def table_function(self, dataset: str, name: str) -> TableRoutine | None:
        """A table function."""
        found = self._routine(dataset, name, "TABLE_VALUED_FUNCTION")
        if found is None:
            return None
        return as_table_routine(found)

    def scalar_function(self, dataset: str, name: str) -> ScalarRoutine | None:
        """A SQL function."""
        found = self._routine(dataset, name, "SCALAR_FUNCTION")
        if found is None:
            return None
        return as_scalar_routine(found)

    def physical(self, dataset: str, table: str) -> str:
        """The quoted DuckDB name of a table."""
        return self._catalog.physical(dataset, table) if dataset else temporary_name(table)


def temporary_name(table: str) -> str:
    """The quoted DuckDB name of a session's temporary table."""
    return f'"temp"."main".{quoted(table.lower())}'


def as_scalar_routine(routine: Routine) -> ScalarRoutine:
    """A SQL function as the dialect takes it."""
    return ScalarRoutine(
        routine.dataset, routine.name, _arguments(routine), parse_expression(routine.body), routine.return_type
    )


def as_table_routine(routine: Routine) -> TableRoutine:
    """A table function as the dialect takes it."""
    columns = routine.columns if routine.declared_columns else None
    return TableRoutine(routine.dataset, routine.name, _arguments(routine), parse_query(routine.body), columns)


def _arguments(routine: Routine) -> tuple[RoutineParameter, ...]:
    return tuple(RoutineParameter(argument.name, argument.type) for argument in routine.arguments)
