"""GROUP BY."""

from __future__ import annotations

from sqlglot import exp

from infra.local.engine.rewrite.coercion import groupable
from infra.local.engine.rewrite.context import Translator, only
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.values import Value


def group_by(node: exp.Select, translator: Translator) -> str:
    """The GROUP BY text; what is grouped by joins the scope. One ROLLUP may stand alone."""
    group = node.args.get("group")
    if group is None:
        return ""
    only(group, "expressions")
    listed = group.expressions
    rolled = is_rolled_up(node) and len(listed) == 1
    if rolled:
        only(listed[0], "expressions")
        listed = listed[0].expressions
    aliased = {e.alias.lower(): e.this for e in node.expressions if isinstance(e, exp.Alias)}
    keys: list[tuple[exp.Expr, Value]] = []
    for expression in listed:
        target = _group_target(expression, node, aliased)
        keys.append((target, groupable(translator.value(target), "GROUP BY")))
    translator.scope.group_keys.extend(key for key in keys if not isinstance(key[0], exp.Literal))
    texts = list(dict.fromkeys(value.sql for _, value in keys))
    if not rolled:
        return f" GROUP BY {', '.join(texts)}"
    if len(texts) < len(keys) or any(not target.find(exp.Column) for target, _ in keys):
        raise UnsupportedError("GROUP BY ROLLUP with a constant, or with an item twice")
    return f" GROUP BY ROLLUP ({', '.join(texts)})"


def is_rolled_up(node: exp.Select) -> bool:
    """Whether a SELECT has a ROLLUP, whose total of no rows at all is no row in GoogleSQL, but one in DuckDB."""
    return node.args.get("group") is not None and isinstance(node.args["group"].expressions[0], exp.Rollup)


def _group_target(expression: exp.Expr, node: exp.Select, aliased: dict[str, exp.Expr]) -> exp.Expr:
    """What a GROUP BY item stands for: a position, a select-list alias, or itself."""
    if isinstance(expression, exp.Literal) and not expression.is_string:
        position = int(expression.this)
        if not 1 <= position <= len(node.expressions):
            raise AnalysisError(f"GROUP BY column number {position} is out of range")
        chosen = node.expressions[position - 1]
        if chosen.is_star:
            raise UnsupportedError("GROUP BY position of a star")
        return chosen.this if isinstance(chosen, exp.Alias) else chosen
    if isinstance(expression, exp.Column) and len(expression.parts) == 1:
        return aliased.get(expression.name.lower(), expression)
    if isinstance(expression, exp.Rollup | exp.Cube | exp.GroupingSets | exp.Tuple):
        raise UnsupportedError(f"GROUP BY {type(expression).__name__.upper()}")
    return expression
