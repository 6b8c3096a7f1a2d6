"""The schema of the stand-in provider, made once per session from the installed bindings and the overlay."""

from __future__ import annotations

import pytest

from infra.local.provider import bindings
from infra.local.provider.overlay import build, read_overlay
from infra.local.provider.schema import ProviderSchema


@pytest.fixture(scope="session")
def schema() -> ProviderSchema:
    return build(bindings.archive(), read_overlay())
