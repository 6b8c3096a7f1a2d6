"""Script texts to statement trees, kept because procedures run often."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache

from infra.syntax import ScriptSyntaxError, UnsupportedSyntaxError, line_and_column, parse_script, walk
from infra.syntax.script import Create, Fragment, Statement

from .errors import EngineError
from .failures import engine_error
from .positional import name_positions
from .rewrite import AnalysisError, UnsupportedError
from .scope import parse_expression, parse_query


def parsed_script(source: str) -> list[Statement]:
    """The statements of a script or procedure body. Raises EngineError with the line and column."""
    try:
        return _parsed(source)
    except ScriptSyntaxError as error:
        reason = "notImplemented" if isinstance(error, UnsupportedSyntaxError) else "invalidQuery"
        raise EngineError(reason, str(error), line=error.line, column=error.column) from None


@lru_cache(maxsize=512)
def _parsed(source: str) -> list[Statement]:
    return parse_script(source)


@lru_cache(maxsize=512)
def check_syntax(source: str) -> None:
    """Read all SQL inside a script, procedure bodies too: BigQuery runs nothing of one that it cannot read.

    What the local cloud refuses by name is refused where it is reached. Trees are kept for when they run. Raises
    EngineError for the first mistake, with its place in the script.
    """
    for statement in walk.statements(parsed_script(source)):
        for role, fragment in walk.fragments(statement):
            if role is not walk.Role.PARTITION:
                _read(statement, role, fragment, source)


def _read(statement: Statement, role: walk.Role, fragment: Fragment, source: str) -> None:
    text, (line, column) = fragment.text, line_and_column(source, fragment.start)
    with suppress(UnsupportedError):
        try:
            if role is not walk.Role.EXPRESSION:
                parse_query(name_positions(text))
            elif isinstance(statement, Create):
                parse_expression(text)
            else:
                parse_query(name_positions(f"SELECT {text}"))
        except AnalysisError as error:
            ahead = len("SELECT ") if role is walk.Role.EXPRESSION else 0
            found = engine_error(error, " " * ahead + text, (line, column - ahead))
            found.statement = statement.text
            raise found from None
