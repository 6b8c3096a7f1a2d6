"""One bench for all cases that need no table of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.local.dialect.harness import Bench


@pytest.fixture(scope="session")
def shared_bench() -> Iterator[Bench]:
    opened = Bench()
    yield opened
    opened.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A database of the test's own, for tables, routines, variables."""
    opened = Bench()
    yield opened
    opened.close()
