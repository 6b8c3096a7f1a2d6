"""Which partitions of a table a statement needs: constant ranges on the partition column in WHERE.

BigQuery prunes when the filter compares the partition column (or the expression it is partitioned by) with
constants; variables, arguments and parameters are constants here, because their values are known when it runs. Views
and table functions are looked into, with their arguments' values. What is not understood prunes nothing, so an
estimate is never too small.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from infra.syntax import identifier

from .errors import EngineError
from .place import Place
from .resolve import object_path
from .schema import ColumnSchema, Routine, Table
from .scope import Scope, Variable, parse_expression, parse_query

if TYPE_CHECKING:
    from .session import Session

_UNITS = frozenset({"HOUR", "DAY", "MONTH", "YEAR"})
_LOWER, _UPPER = dt.datetime.min, dt.datetime.max
_MIRRORED: Mapping[type, type] = {exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE, exp.EQ: exp.EQ}
_MAXIMUM_DEPTH = 30
_NAME = re.compile(r"(?<![`\w])[A-Za-z_]\w*(?=\s*(?:[,)]|$))")


@dataclass(frozen=True)
class Partitioning:
    """The column a table is partitioned by, and DuckDB's name of the unit."""

    column: str
    unit: str


@dataclass(frozen=True)
class Span:
    """Instants from ``low`` to ``high`` (naive UTC, both included); open ends are the calendar's ends."""

    low: dt.datetime = _LOWER
    high: dt.datetime = _UPPER

    def meet(self, other: Span) -> Span:
        """Both conditions hold."""
        return Span(max(self.low, other.low), min(self.high, other.high))

    def join(self, other: Span) -> Span:
        """The smallest span around both."""
        return Span(min(self.low, other.low), max(self.high, other.high))


def partitioning(table: Table) -> Partitioning | None:
    """How a table is partitioned; None without partitions or for integer ranges."""
    column = partition_column(table)
    if table.partition_by is None or column is None:
        return None
    unit = _expression(table.partition_by).args.get("unit")
    name = "DAY" if unit is None else str(unit.name).upper()
    if name not in _UNITS or column.type.kind == "INT64":
        return None
    return Partitioning(column.name, name.lower())


def partition_column(table: Table) -> ColumnSchema | None:
    """The column that PARTITION BY names."""
    named = _expression(table.partition_by).find(exp.Column) if table.partition_by else None
    return None if named is None else table.column(named.name)


def _expression(partition_by: str) -> exp.Expr:
    """PARTITION BY's expression; warehouses that were made before reserved words were refused hold them bare."""
    return parse_expression(_NAME.sub(lambda name: identifier(name.group()), partition_by))


def spans(session: Session, text: str, scope: Scope) -> dict[tuple[str, str], Span]:
    """For every partitioned table of a statement, the span of its partition column that the statement can need."""
    found: dict[tuple[str, str], Span] = {}
    for name, span in _Walk(session).statement(text, scope, 0):
        found[name] = found[name].join(span) if name in found else span
    return found


@lru_cache(maxsize=64)
def _tables(text: str) -> tuple[exp.Table, ...]:
    """The tables a statement names; kept, because looking for them in a long one takes milliseconds."""
    return tuple(parse_query(text).find_all(exp.Table))


class _Walk:
    """Visits the tables of a statement, through views and table functions."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def statement(self, text: str, scope: Scope, depth: int) -> Iterator[tuple[tuple[str, str], Span]]:
        for table in _tables(text):
            yield from self._table(table, scope, depth)

    def _table(self, node: exp.Table, scope: Scope, depth: int) -> Iterator[tuple[tuple[str, str], Span]]:
        catalog = self._session.engine.catalog
        called = node.this if isinstance(node.this, exp.Func) else None
        parts = [part.name for part in node.parts] if called is None else [node.catalog, node.db, called.name]
        path = [piece for part in parts if part for piece in part.split(".")]
        try:
            name = object_path(path, catalog.project, self._session.default_dataset)
        except EngineError:
            return
        if called is not None:
            routine = catalog.routine(*name)
            if routine is not None and depth < _MAXIMUM_DEPTH:
                yield from self.statement(routine.body, self._arguments(routine, called, scope), depth + 1)
            return
        table = catalog.table(*name)
        if table is None:
            return
        if table.view_query is not None:
            if depth < _MAXIMUM_DEPTH:
                yield from self.statement(table.view_query, Scope(), depth + 1)
            return
        found = partitioning(table)
        if found is not None:
            yield name, self._span(node, found, scope)

    def _arguments(self, routine: Routine, called: exp.Func, scope: Scope) -> Scope:
        """The function's arguments that are constants, by value; the others stay unknown."""
        inner = Scope()
        for argument, given in zip(routine.arguments, called.expressions, strict=False):
            value = self._constant(given, scope)
            if argument.type is not None and value is not None:
                inner.variables[argument.name.lower()] = Variable(argument.type, value)
        return inner

    def _span(self, node: exp.Table, partitions: Partitioning, scope: Scope) -> Span:
        """What the WHERE of the query around a table says of its partition column."""
        select = node.find_ancestor(exp.Select, exp.Update, exp.Delete)
        where = select.args.get("where") if select is not None else None
        span = Span()
        conditions = where.this.flatten() if where is not None and isinstance(where.this, exp.And) else []
        for condition in conditions or ([where.this] if where is not None else []):
            span = span.meet(self._condition(condition.unnest(), node.alias_or_name, partitions, scope))
        return span

    def _condition(self, node: exp.Expr, alias: str, partitions: Partitioning, scope: Scope) -> Span:
        if isinstance(node, exp.Between) and _is_partition(node.this, alias, partitions):
            low, high = node.args["low"], node.args["high"]
            return self._compared(exp.GTE, low, scope).meet(self._compared(exp.LTE, high, scope))
        if type(node) in _MIRRORED:
            if _is_partition(node.this, alias, partitions):
                return self._compared(type(node), node.expression, scope)
            if _is_partition(node.expression, alias, partitions):
                return self._compared(_MIRRORED[type(node)], node.this, scope)
        return Span()

    def _compared(self, operator: type, bound: exp.Expr, scope: Scope) -> Span:
        limit = _instant(self._constant(bound, scope))
        if limit is None:
            return Span()
        tick = dt.timedelta(microseconds=1)
        if operator in (exp.GT, exp.GTE):
            return Span(low=limit)
        if operator is exp.LT:
            return Span(high=limit - tick)
        whole = limit + dt.timedelta(days=1) - tick if limit.time() == dt.time() else limit
        return Span(high=whole) if operator is exp.LTE else Span(limit, whole)

    def _constant(self, node: exp.Expr, scope: Scope) -> Any:
        """The value of an expression of constants and known names, else None."""
        names = {column.name.lower() for column in node.find_all(exp.Column)}
        if node.find(exp.Query) or not names <= set(scope.visible()):
            return None
        try:
            return self._session.executor.value(Place(f"({node.sql(dialect='bigquery')})"), scope)
        except EngineError:
            return None


def _is_partition(node: exp.Expr, alias: str, partitions: Partitioning) -> bool:
    """Whether an expression is the partition column, bare or cut down to a date."""
    while isinstance(node, (exp.Date, exp.TsOrDsToDate, exp.TimestampTrunc, exp.DateTrunc, exp.Paren, exp.Cast)):
        if node.args.get("zone"):
            return False
        node = node.this
    if not isinstance(node, exp.Column) or node.name.lower() != partitions.column.lower():
        return False
    return not node.table or node.table.lower() == alias.lower()


def _instant(value: Any) -> dt.datetime | None:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value
    return dt.datetime.combine(value, dt.time()) if isinstance(value, dt.date) else None
