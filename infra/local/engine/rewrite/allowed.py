"""The allow-list: every syntax node that is known to be right, and by which rule. All others are refused by name."""

from __future__ import annotations

from sqlglot import exp

from infra.local.engine.rewrite import (
    casts,
    conditionals,
    functions_arrays,
    functions_extract,
    functions_formats,
    functions_hashes,
    functions_json,
    functions_json_paths,
    functions_numbers,
    functions_printing,
    functions_shifts,
    functions_strings,
    functions_times,
    functions_windows,
    functions_words,
    operators,
    references,
    routines,
    subqueries,
)
from infra.local.engine.rewrite.context import Rule

ALLOWED: dict[type[exp.Expr], Rule] = {
    **operators.RULES,
    **references.RULES,
    **conditionals.RULES,
    **casts.RULES,
    **functions_numbers.RULES,
    **functions_strings.RULES,
    **functions_words.RULES,
    **functions_hashes.RULES,
    **functions_times.RULES,
    **functions_extract.RULES,
    **functions_shifts.RULES,
    **functions_formats.RULES,
    **functions_printing.RULES,
    **functions_json.RULES,
    **functions_json_paths.RULES,
    **functions_arrays.RULES,
    **functions_windows.RULES,
    **subqueries.RULES,
    **routines.RULES,
}
