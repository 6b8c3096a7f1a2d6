"""The stand-in provider's schema, made once per session, and its requests to a cloud that only notes them."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.provider.overlay import archive, build, read_overlay
from infra.local.provider.resources import KINDS
from infra.local.provider.schema import ProviderSchema
from infra.local.provider.values import conform
from tests.local.provider.requests import Cloud, planned


@pytest.fixture(scope="session")
def schema() -> ProviderSchema:
    return build(archive(), read_overlay())


@pytest.fixture
def make(schema: ProviderSchema) -> Any:
    """Creates a resource from its arguments; returns the requests and the state."""

    def made(kind: str, config: dict[str, Any], answer: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        cloud = Cloud(answer)
        block = schema.resources[kind]
        state = KINDS[kind].create(cloud, block, planned(block, config))  # type: ignore[arg-type]
        assert KINDS[kind].read(cloud, block, state) == state  # type: ignore[arg-type]
        return cloud.requests, state

    return made


@pytest.fixture
def change(schema: ProviderSchema) -> Any:
    """Changes a resource from one configuration to another; returns the requests."""

    def changed(kind: str, before: dict[str, Any], after: dict[str, Any], answer: dict[str, Any]) -> list[Any]:
        cloud, block = Cloud(answer), schema.resources[kind]
        prior = KINDS[kind].create(cloud, block, planned(block, before))  # type: ignore[arg-type]
        cloud.requests.clear()
        KINDS[kind].update(cloud, block, prior, planned(block, after, prior))  # type: ignore[arg-type]
        return cloud.requests

    return changed


@pytest.fixture
def destroy(schema: ProviderSchema) -> Any:
    """Destroys a resource of a given state; returns the requests."""

    def destroyed(kind: str, state: dict[str, Any], answer: Any = None) -> list[Any]:
        cloud, block = Cloud(answer or {}), schema.resources[kind]
        KINDS[kind].delete(cloud, block, conform(block, state))  # type: ignore[arg-type]
        return cloud.requests

    return destroyed
