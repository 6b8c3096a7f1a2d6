"""An engine in memory with one dataset, a clock that stands still, and two sessions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.engine import Engine, Session
from tests.local.engine.engine_asserts import NOW, PROJECT


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine(None, PROJECT, lambda: NOW, lock_wait_seconds=5) as opened:
        opened.catalog.create_dataset("d")
        yield opened


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with engine.session("d") as opened:
        yield opened


@pytest.fixture
def other(engine: Engine) -> Iterator[Session]:
    """A second session of the same engine."""
    with engine.session("d") as opened:
        yield opened
