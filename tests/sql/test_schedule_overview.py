"""The overview of schedules against the warehouse: filters, order, the last event and the last export."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

SAME = "2026-01-14T20:00:00Z"


@pytest.fixture(scope="module")
def world(shared_warehouse: Any) -> Any:
    """Three weeks of one page, and a replanned week of another."""
    schedules = [
        ("sched_20260112_lily_v1", "lily", "2026-01-12", 1, "sent"),
        ("sched_20260119_lily_v1", "lily", "2026-01-19", 1, "exported"),
        ("sched_20260126_lily_v1", "lily", "2026-01-26", 1, "draft"),
        ("sched_20260119_rose_v1", "rose", "2026-01-19", 1, "superseded"),
        ("sched_20260119_rose_v2", "rose", "2026-01-19", 2, "locked"),
    ]
    names = ("schedule_id", "page_name", "week_start", "version", "status")
    shared_warehouse.insert(
        "schedule_recommendations", [{**dict(zip(names, one, strict=True)), "created_at": SAME} for one in schedules]
    )
    events = [
        ("a", "sched_20260119_lily_v1", "lock", SAME, "locked"),
        ("b", "sched_20260119_lily_v1", "approve", SAME, "approved"),
        ("c", "sched_20260119_lily_v1", "export", SAME, "exported"),
        ("d", "sched_20260119_rose_v1", "lock", "2026-01-13T20:00:00Z", "locked"),
        ("e", "sched_20260119_rose_v1", "supersede", SAME, "superseded"),
    ]
    names = ("event_id", "schedule_id", "action", "at", "after")
    shared_warehouse.insert(
        "schedule_events", [{**dict(zip(names, one, strict=True)), "actor": "ann"} for one in events]
    )
    exports = [
        ("x1", "sched_20260119_lily_v1", "success", "old", "2026-01-13T20:00:00Z"),
        ("x2", "sched_20260119_lily_v1", "failed", None, SAME),
        ("x3", "sched_20260119_lily_v1", "success", "new", SAME),
        ("x4", "sched_20260112_lily_v1", "failed", None, SAME),
    ]
    names = ("export_id", "schedule_id", "status", "content_hash", "exported_at")
    shared_warehouse.insert(
        "schedule_export_log",
        [{**dict(zip(names, one, strict=True)), "export_format": "csv", "exported_by": "ann"} for one in exports],
    )
    return shared_warehouse


def overview(world: Any, **changes: Any) -> list[dict[str, Any]]:
    everything = {"first_week": None, "last_week": None, "page_names": [], "statuses": []}
    rows: list[dict[str, Any]] = world.warehouse.query("schedule_overview", {**everything, **changes})
    return rows


def test_newest_week_first_then_pages_then_newest_version(world: Any) -> None:
    assert [row["schedule_id"] for row in overview(world)] == [
        "sched_20260126_lily_v1",
        "sched_20260119_lily_v1",
        "sched_20260119_rose_v2",
        "sched_20260119_rose_v1",
        "sched_20260112_lily_v1",
    ]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"first_week": date(2026, 1, 19)}, 4),
        ({"last_week": date(2026, 1, 12)}, 1),
        ({"first_week": date(2026, 1, 19), "last_week": date(2026, 1, 19)}, 3),
        ({"page_names": ["rose"]}, 2),
        ({"statuses": ["draft", "sent"]}, 2),
        ({"page_names": ["rose"], "statuses": ["draft"]}, 0),
    ],
)
def test_filters(world: Any, changes: dict[str, Any], found: int) -> None:
    assert len(overview(world, **changes)) == found


def test_versions_are_counted_whatever_is_filtered(world: Any) -> None:
    [row] = overview(world, statuses=["locked"])
    assert (row["version"], row["versions"]) == (2, 2)


def test_of_events_at_one_instant_the_one_that_led_to_the_status_is_the_last(world: Any) -> None:
    rows = {row["schedule_id"]: row for row in overview(world)}
    assert rows["sched_20260119_lily_v1"]["last_action"] == "export"
    assert rows["sched_20260119_rose_v1"]["last_action"] == "supersede"
    assert rows["sched_20260126_lily_v1"]["last_action"] is None


def test_the_last_export_wins_and_a_success_before_a_failure_of_the_same_instant(world: Any) -> None:
    rows = {row["schedule_id"]: row for row in overview(world)}
    exported = rows["sched_20260119_lily_v1"]
    assert (exported["export_status"], exported["sheet_hash"]) == ("success", "new")
    assert rows["sched_20260112_lily_v1"]["export_status"] == "failed"
    assert rows["sched_20260126_lily_v1"]["export_status"] is None
