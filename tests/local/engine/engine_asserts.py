"""Short names for what the engine's tests do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.local.engine import EngineError, QueryParameter, ScriptResult, Session
from infra.local.engine.types import parse_type

PROJECT = "of-scheduler-proj"
NOW = datetime(2026, 1, 14, 20, 0, tzinfo=UTC)


def run(session: Session, sql: str, **parameters: tuple[str, Any]) -> ScriptResult:
    """Run a script; parameters are (type text, value)."""
    return session.run(
        sql, [QueryParameter(name, parse_type(kind), value) for name, (kind, value) in parameters.items()]
    )


def rows(session: Session, sql: str, **parameters: tuple[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a script."""
    return run(session, sql, **parameters).rows


def value(session: Session, sql: str, **parameters: tuple[str, Any]) -> Any:
    """The only value of a script."""
    ((found,),) = rows(session, sql, **parameters)
    return found


def kinds(result: ScriptResult) -> list[str]:
    """The statement types of a script's children."""
    return [child.statement_type for child in result.children]


@contextmanager
def refused(reason: str, message: str) -> Iterator[None]:
    """The block raises EngineError with that reason and a message that contains the text."""
    with pytest.raises(EngineError) as caught:
        yield
    assert caught.value.reason == reason, caught.value.message
    assert message in caught.value.message
