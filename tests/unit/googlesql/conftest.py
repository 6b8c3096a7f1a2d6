"""GoogleSQL's own code, started once per test process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.googlesql.bundle import Bundle, rendered
from infra.googlesql.service import shared_service
from infra.googlesql.verdicts import Verdicts
from sql import SqlSettings


@pytest.fixture(scope="session")
def service() -> Any:
    return shared_service()


@pytest.fixture(scope="session")
def texts() -> dict[str, str]:
    return rendered(SqlSettings())


@pytest.fixture(scope="session")
def bundle(texts: dict[str, str]) -> Iterator[Bundle]:
    """All of sql/; texts that are known to be right are analysed only where others need them."""
    verdicts = Verdicts()
    yield Bundle(texts, SqlSettings(), verdicts)
    verdicts.save()
