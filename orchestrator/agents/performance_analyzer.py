"""performance_analyzer: how big a page is, how saturated, what its fans pay; for one page, everything known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from orchestrator.domain import AccountSize, Segment, Zone
from orchestrator.domain.ports import Queries
from orchestrator.errors import ErosError, UsageError
from sql import constants

if TYPE_CHECKING:
    from orchestrator.domain.performance_report import PerformanceReport


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


def report_page(
    warehouse: Queries, *, page: str, as_of: datetime, lookback_days: int | None = None
) -> PerformanceReport:
    """Everything known of one page, active or not, at an instant; the usual look-back unless one is given.

    Raises UsageError for a look-back that cannot be, and ErosError for an unknown page or a report that is not of this
    release's shape.
    """
    # Building the model takes longer than a run of all pages may spend on what it does not use.
    from pydantic import ValidationError

    from orchestrator.domain.performance_report import LONGEST_LOOKBACK_DAYS, PerformanceReport

    days = constants()["lookback_days"] if lookback_days is None else lookback_days
    if not 1 <= days <= LONGEST_LOOKBACK_DAYS:
        raise UsageError(f"a look-back of {days} days cannot be", fix=f"use 1 to {LONGEST_LOOKBACK_DAYS} days")
    rows = warehouse.query("performance_report", {"page_name": page, "lookback_days": days, "as_of": as_of})
    try:
        return PerformanceReport.model_validate_json(rows[0]["performance_report"])
    except ValidationError as error:
        first = error.errors()[0]
        raise ErosError(
            f"the report of {page} is not of the published shape",
            where=".".join(str(part) for part in first["loc"]) or "performance_report",
            why=first["msg"],
            fix="deploy the SQL of this release, then try again",
        ) from error


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
