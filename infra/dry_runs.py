"""What BigQuery says that queries cost: would cost, by a dry run of one statement, and did cost, by its list of jobs.

The types that whoever asks BigQuery and whoever judges the answer share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sql import constants

_TIB = 1024**4


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


@dataclass(frozen=True)
class Spent:
    """What INFORMATION_SCHEMA.JOBS says that a scheduled query really was billed in the week before."""

    bytes_per_day: float
    runs_per_day: float

    @property
    def dollars_per_day(self) -> float:
        """The same in dollars on demand."""
        return dollars(self.bytes_per_day)


def dollars(billed: float) -> float:
    """Bytes billed in dollars on demand. Source: cloud.google.com/bigquery/pricing."""
    return billed / _TIB * float(constants()["cost"]["per_tib"])
