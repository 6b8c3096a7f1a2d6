"""Reserved words as names: BigQuery takes them in backticks and after a dot only, sqlglot nearly anywhere."""

from __future__ import annotations

from sqlglot import exp

from infra.local.engine.rewrite.names import AnalysisError
from infra.syntax.lexer import RESERVED

_NAMING = (exp.Alias, exp.TableAlias, exp.PropertyEQ, exp.Schema, exp.Join, exp.Unnest, exp.Window, exp.ColumnDef)
"""Whose own identifiers are names by themselves: aliases, INSERT and USING lists, OFFSET, OVER, fields of STRUCT<>."""


def refuse_reserved_names(tree: exp.Expr) -> None:
    """Raise AnalysisError for the first name of a path, or an alias, that is a reserved word without backticks."""
    for name in tree.find_all(exp.Identifier):
        word = name.name.upper()
        if word in RESERVED and not name.args.get("quoted") and _stands_first(name) and not _is_default(name):
            line, column = name.meta.get("line"), name.meta.get("col")
            start = None if column is None else column - len(word) + 1
            raise AnalysisError(f"Syntax error: Unexpected keyword {word}", line, start)


def _stands_first(name: exp.Identifier) -> bool:
    parent = name.parent
    if isinstance(parent, (exp.Column, exp.Table)):
        return parent.parts[0] is name
    return isinstance(parent, _NAMING)


def _is_default(name: exp.Identifier) -> bool:
    """Whether it is the word DEFAULT among the values of INSERT or SET, which sqlglot reads as a column."""
    column = name.parent
    is_value = isinstance(column, exp.Column) and isinstance(column.parent, (exp.Tuple, exp.EQ))
    return is_value and name.name.upper() == "DEFAULT"
