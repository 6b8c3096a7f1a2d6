"""Names in sight of a query block, and what a column's name means there.

GoogleSQL looks through the range variables and columns of a block, then through the blocks around it, and last at
routine parameters and script variables: a column wins over a variable of the same name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from infra.catalog.names import Columns, Names, Type, struct_of
from infra.syntax.sql import exp


class Kind(Enum):
    """What a name turned out to be."""

    COLUMN = "column"
    RANGE = "range variable"
    ALIAS = "alias of the select list"
    VARIABLE = "parameter or variable"
    UNKNOWN = "unknown"


@dataclass(eq=False)
class Source:
    """One FROM item. `columns` is None when they are not known; `element` is what an UNNEST gives."""

    alias: str
    node: exp.Expr
    columns: Columns | None
    element: Type = None
    is_array: bool = False

    def row(self) -> Type:
        """The type of the range variable itself."""
        if self.is_array:
            return self.element
        return None if self.columns is None else struct_of(self.columns)


@dataclass(eq=False)
class Scope:
    """A query block, a data-changing statement, or an expression of a script. `parent` is the block around it."""

    node: exp.Expr
    names: Names
    parent: Scope | None = None
    sources: list[Source] = field(default_factory=list)
    ctes: dict[str, Columns | None] = field(default_factory=dict)
    aliases: dict[str, Type] = field(default_factory=dict)

    def inner(self, node: exp.Expr) -> Scope:
        """A block within this one, which sees everything here."""
        return Scope(node, self.names, self)

    def beside(self, node: exp.Expr) -> Scope:
        """A derived table of this block: it sees the WITH clause and the outer blocks, but not its neighbours."""
        return Scope(node, self.names, self.parent)

    def cte(self, name: str) -> tuple[bool, Columns | None]:
        """(whether there is a common table expression of that name, its columns)."""
        scope: Scope | None = self
        while scope is not None:
            if name.lower() in scope.ctes:
                return True, scope.ctes[name.lower()]
            scope = scope.parent
        return False, None


@dataclass(frozen=True, eq=False)
class Meaning:
    """What the first name of a path stands for: where it was found, and its type.

    `rest` are the names after it, fields of a STRUCT. `scope` and `source` are None for what is no column.
    """

    kind: Kind
    type: Type = None
    scope: Scope | None = None
    source: Source | None = None
    rest: tuple[str, ...] = ()


def meaning_of(column: exp.Column, scope: Scope) -> Meaning:
    """What a column's path means in a block."""
    first, *rest = [part.name.lower() for part in column.parts]
    block: Scope | None = scope
    while block is not None:
        found = _in_block(first, tuple(rest), block)
        if found is not None:
            return found
        block = block.parent
    if first in scope.names.variables:
        return Meaning(Kind.VARIABLE, scope.names.variables[first], rest=tuple(rest))
    return Meaning(Kind.UNKNOWN, rest=tuple(rest))


def _in_block(first: str, rest: tuple[str, ...], block: Scope) -> Meaning | None:
    for source in block.sources:
        if source.alias == first:
            return _through(source, rest, block)
    for source in block.sources:
        if source.columns is not None and first in source.columns:
            return Meaning(Kind.COLUMN, source.columns[first], block, source, rest)
    if first in block.aliases:
        return Meaning(Kind.ALIAS, block.aliases[first], block, None, rest)
    if first in block.names.variables:
        return None
    opaque = [source for source in block.sources if source.columns is None and not source.is_array]
    return Meaning(Kind.COLUMN, None, block, opaque[0], rest) if opaque else None


def _through(source: Source, rest: tuple[str, ...], block: Scope) -> Meaning:
    if not rest:
        return Meaning(Kind.RANGE, source.row(), block, source)
    type_ = None if source.columns is None else source.columns.get(rest[0])
    return Meaning(Kind.COLUMN, type_, block, source, rest[1:])
