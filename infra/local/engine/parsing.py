"""Script texts to statement trees, kept because procedures run often."""

from __future__ import annotations

from functools import lru_cache

from infra.syntax import ScriptSyntaxError, UnsupportedSyntaxError, parse_script
from infra.syntax.script import Statement

from .errors import EngineError


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
