"""PIVOT, written as the GROUP BY that it stands for."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from infra.local.engine.rewrite.context import described, only
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError

_IGNORES_NULL = (exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Count)

_PARTS = ("expressions", "fields", "unpivot", "alias", "columns", "prefixed_pivot_columns", "pivot_column_naming")


def as_select(source: exp.Expr, pivots: Sequence[exp.Expr], columns: Sequence[str]) -> tuple[exp.Select, str]:
    """The SELECT that gives what a FROM item with a PIVOT gives, and its alias.

    ``source`` is the item without it, ``columns`` are the source's. Rows are grouped by every column that the PIVOT
    does not mention. Raises UnsupportedError for all but plain aggregates, integers and texts, or values with an alias.
    """
    if len(pivots) != 1 or pivots[0].args.get("unpivot"):
        raise UnsupportedError("UNPIVOT, or more than one PIVOT")
    pivot = pivots[0]
    only(pivot, *_PARTS)
    aggregates = [_named(node) for node in pivot.expressions]
    if len(aggregates) > 1 and not all(name for name, _ in aggregates):
        raise AnalysisError("PIVOT expression must specify an alias unless it is the only pivot expression")
    (chosen,) = pivot.args["fields"]
    mentioned = {column.name.lower() for node in (*pivot.expressions, chosen) for column in node.find_all(exp.Column)}
    kept = [name for name in columns if name.lower() not in mentioned]
    items: list[exp.Expr] = [exp.column(name, quoted=True) for name in kept]
    for value in chosen.expressions:
        label, constant = _labelled(value)
        for name, aggregate in aggregates:
            test = exp.EQ(this=chosen.this.copy(), expression=constant.copy())
            alias = f"{name}_{label}" if name else label if label[0].isalpha() or label[0] == "_" else f"_{label}"
            items.append(exp.alias_(_where(aggregate, test), alias, quoted=True))
    select = exp.Select(expressions=items).from_(source)
    if kept:
        select.set("group", exp.Group(expressions=[exp.column(name, quoted=True) for name in kept]))
    named = pivot.args.get("alias")
    return select, named.name if named is not None else ""


def _named(node: exp.Expr) -> tuple[str, exp.Expr]:
    name, aggregate = (node.alias, node.this) if isinstance(node, exp.Alias) else ("", node)
    if not isinstance(aggregate, _IGNORES_NULL) or isinstance(aggregate.this, exp.Distinct):
        raise UnsupportedError(f"PIVOT with {described(aggregate)}")
    return name, aggregate


def _labelled(node: exp.Expr) -> tuple[str, exp.Expr]:
    """The name that a value gives to its columns, and the value."""
    only(node, "this", "alias", "is_string")
    value = node.this if isinstance(node, exp.PivotAlias) else node
    if not isinstance(value, exp.Literal):
        raise UnsupportedError("PIVOT by values other than texts and numbers")
    if isinstance(node, exp.PivotAlias):
        return node.args["alias"].name, value
    text = str(value.this)
    if not (text.isidentifier() if value.is_string else text.isdigit()):
        raise UnsupportedError(f"PIVOT by {text!r} without an alias")
    return text, value


def _where(aggregate: exp.Expr, test: exp.Expr) -> exp.Expr:
    """The aggregate of the rows that pass the test; one that ignores NULL is given NULL for the others."""
    if isinstance(aggregate, exp.Count) and isinstance(aggregate.this, exp.Star):
        return exp.CountIf(this=test)
    limited = aggregate.copy()
    limited.set("this", exp.If(this=test, true=aggregate.this.copy(), false=exp.Null()))
    return limited
