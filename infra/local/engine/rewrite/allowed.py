"""The allow-list: every syntax node that is known to be right, and by which rule. All others are refused by name."""

from __future__ import annotations

from sqlglot import exp

from infra.local.engine.rewrite import (
    casts,
    conditionals,
    functions_aggregates,
    functions_arrays,
    functions_formats,
    functions_json,
    functions_numbers,
    functions_strings,
    functions_times,
    operators,
    routines,
    subqueries,
)
from infra.local.engine.rewrite.context import Rule

ALLOWED: dict[type[exp.Expr], Rule] = {
    **operators.RULES,
    **conditionals.RULES,
    **casts.RULES,
    **functions_numbers.RULES,
    **functions_strings.RULES,
    **functions_times.RULES,
    **functions_formats.RULES,
    **functions_json.RULES,
    **functions_arrays.RULES,
    **functions_aggregates.RULES,
    **subqueries.RULES,
    **routines.RULES,
}
