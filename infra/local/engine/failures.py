"""Every other exception as an EngineError: the dialect's refusals, sqlglot's syntax errors, DuckDB's errors."""

from __future__ import annotations

import re

import duckdb
from sqlglot.errors import ParseError, SqlglotError

from .errors import OUT_OF_RANGE, EngineError
from .rewrite.names import AnalysisError, NotFoundError, UnsupportedError
from .types import TypeNameError

TRANSLATABLE = (AnalysisError, UnsupportedError, SqlglotError, TypeNameError, duckdb.Error)
_MESSAGES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"NOT NULL constraint failed: (?:.*\.)?([^.\s]+)"), r"Required field \1 cannot be null"),
    (re.compile(r"Could not convert string ['\"](.*?)['\"] to INT\d+"), r"Bad int64 value: \1"),
    (re.compile(r"Could not convert string ['\"](.*?)['\"] to (?:DOUBLE|FLOAT)"), r"Bad double value: \1"),
    (re.compile(r"Could not convert string ['\"](.*?)['\"] to BOOL\w*"), r"Bad bool value: \1"),
    (re.compile(r"Could not convert string ['\"](.*?)['\"] to DECIMAL\S*"), r"Invalid NUMERIC value: \1"),
    (re.compile(r"Could not cast value (.*) to DECIMAL.*"), r"numeric out of range: \1"),
    (re.compile(r"invalid (date|time|timestamp) field format: \"(.*?)\""), r'Invalid \1: "\2"'),
    (
        re.compile(r"Overflow in (?:multiplication of DECIMAL|\w+ of INT128).*"),
        "Arithmetic on so large NUMERICs is not supported by the local cloud",
    ),
    (
        re.compile(r".*UINT(?:32|64).*"),
        OUT_OF_RANGE,
    ),
    (re.compile(r"Overflow in (\w+) of INT64 \((.*)\)!?"), r"int64 overflow: \2"),
    (
        re.compile(r"More than one row returned by a subquery.*"),
        "Scalar subquery produced more than one element",
    ),
)
_REASONS = (("Not found: Table", "notFound"), ("Not found: Dataset", "notFound"), ("Access Denied", "accessDenied"))


def is_write_conflict(error: duckdb.Error) -> bool:
    """Whether DuckDB refused a write because another transaction changed the same row or definition."""
    return isinstance(error, duckdb.TransactionException) and "onflict" in str(error)


def engine_error(error: Exception, statement: str, place: tuple[int, int] = (1, 1)) -> EngineError:
    """``error`` as BigQuery would report it.

    ``place`` is the line and column in the script where the failed text starts, so that positions are the script's.
    """
    if isinstance(error, AnalysisError):
        return _analysis(error, statement, place)
    if isinstance(error, UnsupportedError):
        return EngineError("notImplemented", str(error), statement=statement)
    if isinstance(error, TypeNameError):
        reason = "notImplemented" if "not supported by the local cloud" in str(error) else "invalidQuery"
        return EngineError(reason, str(error), statement=statement)
    if isinstance(error, ParseError):
        detail = error.errors[0] if error.errors else {}
        line, column = _shifted(detail.get("line") or 1, detail.get("col") or 1, place)
        description = str(detail.get("description") or error).rstrip(".")
        return EngineError(
            "invalidQuery", f"Syntax error: {description} at [{line}:{column}]", "query", statement, line, column
        )
    if isinstance(error, duckdb.Error):
        return _duckdb(error, statement)
    return EngineError("invalidQuery", f"Syntax error: {error}", statement=statement)


def _analysis(error: AnalysisError, statement: str, place: tuple[int, int]) -> EngineError:
    reason = next((reason for start, reason in _REASONS if error.message.startswith(start)), "invalidQuery")
    if isinstance(error, NotFoundError) and "unction" not in error.message:
        reason = "notFound"
    if error.line is None or error.column is None:
        return EngineError(reason, error.message, statement=statement)
    line, column = _shifted(error.line, _name_start(error, statement), place)
    return EngineError(reason, f"{error.message} at [{line}:{column}]", "query", statement, line, column)


def _name_start(error: AnalysisError, statement: str) -> int:
    """The column where a name in the message begins; sqlglot's tokens know where they end."""
    column = error.column or 1
    name = error.message.rsplit(": ", 1)[-1]
    lines = statement.split("\n")
    line = lines[error.line - 1] if error.line and error.line <= len(lines) else ""
    ends_here = line[max(0, column - len(name)) : column].lower() == name.lower()
    return column - len(name) + 1 if ends_here else column


def _shifted(line: int, column: int, place: tuple[int, int]) -> tuple[int, int]:
    """A position inside a piece of a script as a position in the script."""
    return line + place[0] - 1, column + place[1] - 1 if line == 1 else column


def _duckdb(error: duckdb.Error, statement: str) -> EngineError:
    text = str(error).split("\n")[0].strip()
    if isinstance(error, duckdb.InterruptException):
        return EngineError("stopped", "Job execution was cancelled: User requested cancellation", statement=statement)
    refusing = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException, duckdb.InternalException)
    if isinstance(error, refusing) or "Cannot copy Bound" in text:
        return EngineError(
            "notImplemented", f"This statement is not supported by the local cloud ({text})", "query", statement
        )
    plain = re.sub(r"^[A-Z][\w -]* Error: ", "", text)
    found = (match.expand(message) for pattern, message in _MESSAGES if (match := pattern.search(text)))
    message = next(found, plain)
    refused = "not supported by the local cloud" in message
    return EngineError("notImplemented" if refused else "invalidQuery", message, statement=statement)
