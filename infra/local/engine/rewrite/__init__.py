"""GoogleSQL to DuckDB, for the statements that EROS uses; everything else is refused by name.

A statement, parsed by sqlglot, is analysed in one walk: every name is resolved and every expression typed, by
GoogleSQL's rules, while its DuckDB text is written. Nothing is left to sqlglot's own transpiler or type annotator,
which guess where they do not know.
"""

from __future__ import annotations

from infra.local.engine.rewrite.names import (
    AnalysisError,
    Binding,
    BindingKind,
    Names,
    NotFoundError,
    RoutineParameter,
    ScalarRoutine,
    TableRoutine,
    Translation,
    UnsupportedError,
)
from infra.local.engine.rewrite.translate import (
    parse_expression,
    parse_statement,
    scalar_function_type,
    table_function_columns,
    translate,
)

__all__ = [
    "AnalysisError",
    "Binding",
    "BindingKind",
    "Names",
    "NotFoundError",
    "RoutineParameter",
    "ScalarRoutine",
    "TableRoutine",
    "Translation",
    "UnsupportedError",
    "parse_expression",
    "parse_statement",
    "scalar_function_type",
    "table_function_columns",
    "translate",
]
