"""The translator of expressions: one statement's state, and the dispatch from syntax node to its rule.

The rules live by family in the ``functions_*`` modules; ``allowed.py`` puts them into the one table of all node
classes that are known to be right. A class that is not in it is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlglot import exp

from infra.local.engine.rewrite.coercion import coerce
from infra.local.engine.rewrite.names import AnalysisError, Binding, BindingKind, Names, UnsupportedError
from infra.local.engine.rewrite.overflow import tested
from infra.local.engine.rewrite.scope import Column, Scope
from infra.local.engine.rewrite.values import Value, cast_text, null_value, quote
from infra.local.engine.types import NULL, TIMESTAMP, DataType

Rule = Callable[[Any, "Translator"], Value]
MAX_ROUTINE_DEPTH = 30


class Statement:
    """What one statement gathers while it is translated."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.placeholders: dict[str, Binding] = {}
        self.reads: dict[tuple[str, str], set[str]] = {}
        self.subqueries = 0
        self.routine_stack: list[str] = []
        self._aliases = 0

    def fresh(self, name: str) -> str:
        """A quoted DuckDB alias used nowhere else in the statement, so that inlined bodies capture nothing."""
        self._aliases += 1
        return quote(f"{name}#{self._aliases}")

    def read(self, column: Column) -> None:
        """Notes that a table's column is read: the base of dry-run bytes. Raises UnsupportedError for a missing one."""
        if column.missing_in is not None:
            raise UnsupportedError(f"Column {column.name} of {column.missing_in}")
        if column.base is not None:
            dataset, table, name = column.base
            self.reads.setdefault((dataset, table), set()).add(name)

    def placeholder(self, kind: BindingKind, name: str, data_type: DataType) -> Value:
        """A typed reference to a variable, query parameter, system variable, the clock or the rows of a system view."""
        plain = "".join(character if character.isalnum() else "_" for character in name.lower())
        key = "now" if kind is BindingKind.NOW else f"{kind.value}_{plain}"
        self.placeholders[key] = Binding(kind, name.lower(), data_type)
        return Value(cast_text(f"${key}", data_type), data_type, simple=True, literal=kind is BindingKind.PARAMETER)

    def now(self) -> Value:
        """The statement's clock, a TIMESTAMP."""
        return self.placeholder(BindingKind.NOW, "now", TIMESTAMP)

    @contextmanager
    def inside_routine(self, name: str) -> Iterator[None]:
        """Bounds inlining: a routine that reaches itself would never end."""
        if name in self.routine_stack or len(self.routine_stack) >= MAX_ROUTINE_DEPTH:
            raise AnalysisError(f"Recursive function calls are not allowed: {' -> '.join([*self.routine_stack, name])}")
        self.routine_stack.append(name)
        try:
            yield
        finally:
            self.routine_stack.pop()


class Translator:
    """Translates expressions in one scope. ``rules`` is the allow-list; ``query`` translates nested queries."""

    rules: Mapping[type[exp.Expr], Rule] = {}

    def __init__(self, statement: Statement, scope: Scope) -> None:
        self.statement = statement
        self.scope = scope

    def within(self, scope: Scope) -> Translator:
        """The same statement in another scope."""
        return Translator(self.statement, scope)

    def value(self, node: exp.Expr) -> Value:
        """The DuckDB text and type of an expression. Raises UnsupportedError or AnalysisError."""
        return tested(self.operand(node))

    def operand(self, node: exp.Expr) -> Value:
        """Like :meth:`value` for an operand of arithmetic, which tests for overflow at its own end."""
        for key, grouped in self.scope.group_keys:
            if key == node:
                return grouped
        rule = self.rules.get(type(node))
        if rule is None:
            raise UnsupportedError(described(node))
        return rule(node, self)

    def values(self, nodes: Sequence[exp.Expr]) -> list[Value]:
        """The values of several expressions."""
        return [self.value(node) for node in nodes]

    def typed(self, node: exp.Expr, wanted: DataType, where: str) -> Value:
        """An expression implicitly converted to ``wanted``."""
        return coerce(self.value(node), wanted, where)

    def optional(self, node: exp.Expr | None, wanted: DataType, where: str) -> Value | None:
        """Like :meth:`typed` for an argument that may be missing."""
        return None if node is None else self.typed(node, wanted, where)

    def null(self) -> Value:
        """An untyped NULL."""
        return null_value(NULL)


def described(node: exp.Expr) -> str:
    """What a node is called in an error: the function's name, or the piece of syntax."""
    if isinstance(node, exp.Anonymous):
        return f"Function {node.name}"
    if isinstance(node, exp.Func):
        names = node.sql_names()
        return f"Function {names[0] if names else type(node).__name__.upper()}"
    return f"{type(node).__name__} ({node.sql(dialect='bigquery')[:60]})"


def only(node: exp.Expr, *known: str) -> None:
    """Refuses a node that carries anything besides the arguments its rule reads."""
    for name, argument in node.args.items():
        if argument and name not in known:
            shown = argument.sql(dialect="bigquery") if isinstance(argument, exp.Expr) else name
            raise UnsupportedError(f"{described(node)} with {shown}")
