"""real_time_monitor: what is already fixed around the week, and how fresh the data is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestrator.domain import Week
from orchestrator.domain.ports import Queries
from sql import constants


@dataclass(frozen=True)
class PageState:
    """`occupied` are instants of messages within a gap's reach of the week; `last_sent_at` is None without history."""

    page_name: str
    last_sent_at: datetime | None
    occupied: tuple[datetime, ...]


def observe(warehouse: Queries, *, pages: Sequence[str], week: Week) -> dict[str, PageState]:
    """Look at the edges of the week for every page."""
    rows = warehouse.query(
        "page_state",
        {
            "page_names": list(pages),
            "week_start": week.start_utc,
            "week_end": week.end_utc,
            "margin_minutes": _widest_gap_minutes(),
            "lookback_days": constants()["lookback_days"],
        },
    )
    return {
        row["page_name"]: PageState(row["page_name"], row["last_sent_at"], tuple(row["occupied"] or ())) for row in rows
    }


def _widest_gap_minutes() -> int:
    sizes, zones = constants()["account_sizes"].values(), constants()["zones"].values()
    return max(size["min_gap_minutes"] for size in sizes) + max(zone["extra_gap_minutes"] for zone in zones)
