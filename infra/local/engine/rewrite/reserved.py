"""Reserved words as names: BigQuery takes them in backticks and after a dot only, sqlglot nearly anywhere."""

from __future__ import annotations

from sqlglot import exp

from infra.local.engine.rewrite.names import AnalysisError
from infra.syntax.lexer import RESERVED

_TAKEN = frozenset({"AT", "DEFAULT"})
"""DEFAULT is read by sqlglot as a column where GoogleSQL means the word itself; AT passes as a name all the same."""


def refuse_reserved_names(tree: exp.Expr) -> None:
    """Raise AnalysisError for the first name of a path, or an alias, that is a reserved word without backticks."""
    for name in tree.find_all(exp.Identifier):
        word = name.name.upper()
        if word in RESERVED and word not in _TAKEN and not name.args.get("quoted") and _stands_first(name):
            line, column = name.meta.get("line"), name.meta.get("col")
            start = None if column is None else column - len(word) + 1
            raise AnalysisError(f"Syntax error: Unexpected keyword {word}", line, start)


def _stands_first(name: exp.Identifier) -> bool:
    parent = name.parent
    if isinstance(parent, (exp.Column, exp.Table)):
        return parent.parts[0] is name
    return isinstance(parent, (exp.Alias, exp.TableAlias, exp.PropertyEQ))
