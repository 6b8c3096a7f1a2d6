"""What a dry run says of one statement: the one type that whoever makes it and whoever asks for it share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class DryRun:
    """Bytes that BigQuery would process, the tables it would read, and the fields of the result as its REST API writes
    them; or, in its own words, why it cannot tell."""

    bytes: int = 0
    tables: tuple[str, ...] = ()
    columns: tuple[Mapping[str, Any], ...] = field(default=(), compare=False)
    refusal: str = ""


DryRunner = Callable[[str], DryRun]
"""From a statement with `@run_time` as its only parameter. A text that BigQuery refuses is an answer, not an error;
whatever else goes wrong (nobody signed in, no connection) raises InfraError."""
