"""Names in sight: the FROM items of a query, its select-list aliases, the queries around it.

Resolution order, as in GoogleSQL: select-list aliases where the clause allows them, then columns and range
variables of the query, then those of the queries around it, and last function arguments and script variables - so a
column name wins over a variable of the same name. A range variable wins over a column named alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from infra.local.engine.rewrite.names import AnalysisError
from infra.local.engine.rewrite.values import Chain, Value, quote, struct_text
from infra.local.engine.types import DataType, settled, struct_of


@dataclass(frozen=True)
class Column:
    """A column of a FROM item: its GoogleSQL name and how DuckDB calls it."""

    name: str
    value: Value
    base: tuple[str, str, str] | None = None  # (dataset, table, column) when it is read from a table
    missing_in: str | None = None  # the system view that has it in BigQuery, and not here

    @property
    def key(self) -> str:
        """The name as lookups compare it."""
        return self.name.lower()


@dataclass(frozen=True)
class Source:
    """One FROM item. ``value`` is set when it is an array element: then its alias is that element."""

    alias: str
    columns: tuple[Column, ...]
    value: Value | None = None

    def find(self, name: str) -> list[Column]:
        """The columns of that name."""
        return [column for column in self.columns if column.key == name.lower()]

    def row(self) -> Value:
        """The whole row: a STRUCT of the columns, or the array element itself."""
        if self.value is not None:
            return self.value
        row_type = struct_of(*((column.name, column.value.type) for column in self.columns))
        return Value(struct_text(row_type, [column.value.sql for column in self.columns]), row_type)


@dataclass(frozen=True)
class Relation:
    """A translated query: DuckDB text and its output columns. ``is_value_table``: SELECT AS STRUCT or AS VALUE.

    ``literal_columns`` are the positions of literals, which coerce further; ``is_numbered``: there is a column
    ``row#``.
    """

    sql: str
    columns: tuple[tuple[str, DataType], ...]
    duck_names: tuple[str, ...]
    is_value_table: bool = False
    literal_columns: frozenset[int] = frozenset()
    is_numbered: bool = False
    sizes: tuple[Chain | None, ...] = ()  # what is known of the columns' sizes; () is nothing


@dataclass
class Scope:
    """The names of one query block. ``parent`` is the query around it, through which correlation works."""

    parent: Scope | None = None
    sources: list[Source] = field(default_factory=list)
    merged: dict[str, Column] = field(default_factory=dict)
    hidden: set[tuple[str, str]] = field(default_factory=set)
    ctes: dict[str, tuple[str, Relation]] = field(default_factory=dict)
    aliases: dict[str, Value] = field(default_factory=dict)
    windows: Mapping[str, exp.Window] = field(default_factory=dict)
    arguments: Mapping[str, Value] = field(default_factory=dict)
    group_keys: list[tuple[exp.Expr, Value]] = field(default_factory=list)

    def child(self) -> Scope:
        """An inner query block."""
        return Scope(parent=self)

    def with_aliases(self, aliases: Mapping[str, Value]) -> Scope:
        """This block as ORDER BY, GROUP BY, HAVING and QUALIFY see it: select-list aliases first."""
        return Scope(
            self.parent,
            self.sources,
            self.merged,
            self.hidden,
            self.ctes,
            dict(aliases),
            self.windows,
            self.arguments,
            self.group_keys,
        )

    def find_cte(self, name: str) -> tuple[str, Relation] | None:
        """The innermost CTE of that name: (DuckDB name, relation)."""
        scope: Scope | None = self
        while scope is not None:
            if name.lower() in scope.ctes:
                return scope.ctes[name.lower()]
            scope = scope.parent
        return None

    def find_source(self, alias: str) -> Source | None:
        """The innermost FROM item of that alias."""
        scope: Scope | None = self
        while scope is not None:
            for source in scope.sources:
                if source.alias.lower() == alias.lower():
                    return source
            scope = scope.parent
        return None

    def unqualified(self, key: str | None = None) -> list[Column]:
        """The columns a bare name or star sees: of a pair joined by USING only the merged one, and that first."""
        merged = [column for name, column in self.merged.items() if key in (None, name)]
        others = [
            column
            for source in self.sources
            for column in source.columns
            if key in (None, column.key) and (source.alias, column.key) not in self.hidden
        ]
        return merged + others

    def root_arguments(self) -> Mapping[str, Value]:
        """The arguments of the routine whose body this is; empty outside of one."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope.arguments

    def lookup(self, name: str) -> tuple[Source | None, Column | None, Value | None]:
        """What the first name of a path means: a range variable, a column, or an alias or argument value.

        All three are None when nothing of that name is in sight.
        """
        key = name.lower()
        scope: Scope | None = self
        while scope is not None:
            if key in scope.aliases:
                return None, None, scope.aliases[key]
            for source in scope.sources:
                if source.alias.lower() == key:
                    return source, None, None
            columns = scope.unqualified(key)
            if len(columns) > 1:
                raise AnalysisError(f"Column name {name} is ambiguous")
            if columns:
                return None, columns[0], None
            if key in scope.arguments:
                return None, None, scope.arguments[key]
            scope = scope.parent
        return None, None, None


def column_of(duck_alias: str, name: str, duck_name: str, data_type: DataType, size: Chain | None = None) -> Column:
    """A column read through a DuckDB alias; a column of bare NULLs is an INT64 to whoever reads it."""
    return Column(name, Value(f"{duck_alias}.{quote(duck_name)}", settled(data_type), simple=True, chain=size))
