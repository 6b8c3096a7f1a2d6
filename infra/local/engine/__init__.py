"""The local warehouse: GoogleSQL scripts on DuckDB. The only importer of duckdb."""

from .engine import Engine
from .errors import EngineError
from .results import Column, DmlStats, QueryParameter, ScriptResult
from .schema import ColumnSchema, Dataset, Routine, RoutineArgument, Table
from .session import Session

__all__ = [
    "Column",
    "ColumnSchema",
    "Dataset",
    "DmlStats",
    "Engine",
    "EngineError",
    "QueryParameter",
    "Routine",
    "RoutineArgument",
    "ScriptResult",
    "Session",
    "Table",
]
