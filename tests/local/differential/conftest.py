"""The court: the process's local cloud through the real client, beside GoogleSQL's reference evaluator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.gcloud import make_client
from infra.googlesql.evaluator import Evaluator
from infra.googlesql.service import shared_service
from sql import SqlSettings
from tests.local.differential.judging import Court


@pytest.fixture(scope="session")
def court(cloud: Any) -> Iterator[Court]:
    """Asks both sides of expressions that read no table."""
    if cloud is None:
        pytest.skip("judges the local cloud, and EROS_TARGET names another one")
    client = make_client(SqlSettings(), url=cloud.url)
    yield Court(client, Evaluator(shared_service()))
    client.close()
