"""The gap holds across the edge of the week, whether one page is asked for or all."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from orchestrator.agents import real_time_monitor
from orchestrator.domain import Week

WEEK = Week(date(2026, 1, 19))
SUNDAY_NIGHT = datetime(2026, 1, 19, 6, 30, tzinfo=UTC)  # 22:30 on Sunday in Los Angeles
NEXT_MONDAY = datetime(2026, 1, 26, 8, 15, tzinfo=UTC)  # 00:15 on the Monday after


@pytest.fixture(scope="module")
def edges(shared_warehouse: Any) -> Any:
    shared_warehouse.insert("creators", [{"page_name": name, "is_active": True} for name in ("amber", "bea")])
    shared_warehouse.insert(
        "mass_messages",
        [
            {
                "message_id": "1",
                "page_name": "amber",
                "message": "hello",
                "caption_key": "k",
                "sending_time": SUNDAY_NIGHT.isoformat(),
                "message_type": "Bump",
                "sent_count": 10,
                "viewed_count": 5,
                "earnings": "0",
                "price": "0",
            }
        ],
    )
    schedule = {"schedule_id": "sched_20260126_amber_v1", "page_name": "amber", "week_start": "2026-01-26"}
    dates = {"version": 1, "created_at": SUNDAY_NIGHT.isoformat()}
    shared_warehouse.insert("schedule_recommendations", [{**schedule, **dates, "status": "locked"}])
    shared_warehouse.insert(
        "schedule_messages",
        [
            {
                "schedule_id": schedule["schedule_id"],
                "position": 1,
                "scheduled_send_time": NEXT_MONDAY.isoformat(),
                "message_type": "Bump",
                "caption_id": 1,
                "caption_key": "k",
                "price_tier": "bump",
                "pinned": False,
                "price": "0",
            }
        ],
    )
    return shared_warehouse.warehouse


@pytest.mark.parametrize("asked", [[], ["amber"], ["amber", "bea"]])
def test_messages_on_both_sides_are_seen(edges: Any, asked: list[str]) -> None:
    states = real_time_monitor.observe(edges, pages=asked, week=WEEK)
    assert states["amber"].occupied == (SUNDAY_NIGHT, NEXT_MONDAY)
    assert states["amber"].last_sent_at == SUNDAY_NIGHT


def test_a_message_of_the_week_s_own_first_hours_is_seen(edges: Any) -> None:
    """A week may be planned until Monday 08:00, when some of its messages may have been sent already."""
    previous = Week(date(2026, 1, 12))
    assert real_time_monitor.observe(edges, pages=["amber"], week=previous)["amber"].occupied == (SUNDAY_NIGHT,)


def test_a_page_without_neighbours_has_none(edges: Any) -> None:
    states = real_time_monitor.observe(edges, pages=[], week=WEEK)
    assert sorted(states) == ["amber", "bea"]
    assert states["bea"].occupied == ()
    assert states["bea"].last_sent_at is None
