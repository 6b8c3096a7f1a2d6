"""performance_analyzer: how big a page is, how saturated, and which prices its fans bear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from orchestrator.domain import AccountSize, Segment, Zone
from sql import constants


class Queries(Protocol):
    """The part of the warehouse that agents use: a named query in, rows out."""

    def query(self, name: str, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Run `sql/queries/<name>.sql`."""
        ...


@dataclass(frozen=True)
class PageProfile:
    """What the analysis says of one page; `saturation_score` is in [0, 1], revenue in dollars per 90 days."""

    page_name: str
    account_size: AccountSize
    zone: Zone
    segment: Segment
    saturation_score: float | None
    total_revenue_period: float | None
    avg_audience: int | None
    recommended_action: str | None
    exclusion_reason: str | None
    data_status: str


def analyze(warehouse: Queries, *, pages: Sequence[str], as_of: datetime) -> dict[str, PageProfile]:
    """Profile the active pages asked for (none asked for: all of them), as of an instant."""
    rows = warehouse.query(
        "page_profiles",
        {"as_of": as_of, "lookback_days": constants()["lookback_days"], "page_names": list(pages)},
    )
    return {row["page_name"]: _profile(row) for row in rows}


def _profile(row: dict[str, Any]) -> PageProfile:
    return PageProfile(
        page_name=row["page_name"],
        account_size=AccountSize(row["account_size"]),
        zone=Zone(row["saturation_status"]),
        segment=Segment(row["behavioral_segment"]),
        saturation_score=row["saturation_score"],
        total_revenue_period=None if row["total_revenue_period"] is None else float(row["total_revenue_period"]),
        avg_audience=row["avg_audience"],
        recommended_action=row["recommended_action"],
        exclusion_reason=row["exclusion_reason"],
        data_status=row["data_status"],
    )
