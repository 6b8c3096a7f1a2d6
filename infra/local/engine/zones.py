"""The time zones there are."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def known_zones() -> frozenset[str]:
    """IANA's names, spelled as they must be; ICU, which DuckDB asks, knows others and takes any letter case."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text().split())
