"""What the rules of aggregate and window functions share: their result, and the argument they are called with.

A rule returns the type and a builder that takes the OVER text (empty for a plain aggregate), because what wraps the
DuckDB call, a cast for one, has to stand outside of OVER.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from infra.local.engine.rewrite.coercion import groupable
from infra.local.engine.rewrite.context import Translator, described, only
from infra.local.engine.rewrite.functions_arrays import untyped_null
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.values import NUMBERS, Value
from infra.local.engine.types import FLOAT64, DataType


@dataclass(frozen=True)
class Aggregate:
    """``build(over)`` gives the DuckDB text."""

    build: Callable[[str], str]
    type: DataType
    needs_over: bool = False


AggregateRule = Callable[[Any, Translator, str], Aggregate]


def order_keys(ordered: Sequence[exp.Expr], translator: Translator, ranged: bool = False) -> str:
    """ORDER BY keys. NULLs come first ascending; NaN comes before every number (DuckDB puts it last)."""
    keys = []
    for node in ordered:
        if not isinstance(node, exp.Ordered):
            raise UnsupportedError(described(node))
        only(node, "this", "desc", "nulls_first")
        keys.append(order_key(translator.value(node.this), node, ranged))
    return ", ".join(keys)


def order_key(value: Value, node: exp.Ordered, ranged: bool = False) -> str:
    """One key with its direction and NULL placement."""
    groupable(value, "ORDER BY")
    direction = "DESC" if node.args.get("desc") else "ASC"
    nulls = "NULLS FIRST" if node.args.get("nulls_first") else "NULLS LAST"
    key = f"{value.sql} {direction} {nulls}"
    if value.type == FLOAT64 and not ranged and not value.literal:
        key = f"isnan({value.sql}) {'ASC' if direction == 'DESC' else 'DESC'} {nulls}, {key}"
    return key


@dataclass(frozen=True)
class Input:
    """The pieces of AGG([DISTINCT] x [ORDER BY ...] [LIMIT n])."""

    value: Value
    distinct: bool
    order: str
    limit: str


def input_of(node: exp.Expr, translator: Translator) -> Input:
    """The argument of an aggregate with all that may be written around it."""
    distinct, order, limit = False, "", ""
    if isinstance(node, exp.Limit):
        if not isinstance(node.expression, exp.Literal):
            raise UnsupportedError("LIMIT in an aggregate that is not a literal")
        limit, node = str(node.expression.this), node.this
    if isinstance(node, exp.Order):
        order, node = order_keys(node.expressions, translator), node.this
    if isinstance(node, exp.Distinct):
        if len(node.expressions) != 1:
            raise UnsupportedError("DISTINCT of several expressions")
        distinct, node = True, node.expressions[0]
    if isinstance(node, exp.HavingMax):
        raise UnsupportedError("HAVING MAX here")
    value = untyped_null(translator.value(node))
    return Input(groupable(value, "DISTINCT") if distinct else value, distinct, order, limit)


def plain_argument(translator: Translator, node: exp.Expr, name: str) -> tuple[Value, str]:
    """The argument of an aggregate without order or limit, and its DISTINCT prefix."""
    given = input_of(node, translator)
    if given.order or given.limit:
        raise AnalysisError(f"Aggregate function {name} does not support ORDER BY or LIMIT")
    return given.value, "DISTINCT " if given.distinct else ""


def require_number(value: Value, name: str) -> None:
    """Raises AnalysisError for what is no number."""
    if value.type not in NUMBERS:
        raise AnalysisError(f"No matching signature for aggregate function {name} for argument types: {value.type}")
