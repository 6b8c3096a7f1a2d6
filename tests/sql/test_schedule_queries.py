"""What the schedule scripts refuse at the door, what a sheet reads, and how guard rows are seeded."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from orchestrator.errors import ErosError

PAGE = "door_page"
SCHEDULE = f"sched_20260119_{PAGE}_v1"
NOON = datetime(2026, 1, 20, 20, 0, tzinfo=UTC)  # Tuesday 12:00 in Los Angeles


@pytest.fixture(scope="module")
def door(shared_warehouse: Any) -> Any:
    shared_warehouse.insert("creators", [{"page_name": PAGE, "is_active": True}])
    captions = [
        {
            "caption_id": number,
            "caption_text": f"caption {number}",
            "caption_key": f"key{number}",
            "price_tier": "mid",
            "has_urgency": False,
            "is_active": True,
        }
        for number in (1, 2)
    ]
    shared_warehouse.insert("caption_bank", captions)
    shared_warehouse.warehouse.query("ensure_guard_rows", {"page_names": [PAGE]})
    return shared_warehouse


def _save(door: Any, schedule_id: str, message_schedule: str = SCHEDULE) -> None:
    schedule = {
        "schedule_id": schedule_id,
        "page_name": PAGE,
        "week_start": date(2026, 1, 19),
        "account_size": "MICRO",
        "saturation_status": "GREEN",
        "saturation_score": 0.1,
        "behavioral_segment": "BUDGET",
        "ppv_target": 2,
        "bump_target": 0,
        "ppv_count": 2,
        "bump_count": 0,
        "expected_emv": 12.5,
        "seed": "s",
        "policy_version": "p",
        "mode": "optimize",
        "shortages": "[]",
    }
    messages = [
        {
            "schedule_id": message_schedule,
            "position": position,
            "scheduled_send_time": NOON + timedelta(hours=3 * position),
            "message_type": "PPV",
            "caption_id": caption,
            "caption_key": f"key{caption}",
            "price_tier": "mid",
            "price": 23,
            "expected_emv": 1.5,
            "final_score": 0.25,
            "propensity": None,
            "reason": "{}",
        }
        for position, caption in ((1, 2), (2, 1))
    ]
    door.warehouse.query("save_drafts", {"schedules": [schedule], "messages": messages})


@pytest.mark.parametrize(
    ("schedule_id", "message_schedule"),
    [(f"sched_20260119_{PAGE}", f"sched_20260119_{PAGE}"), (SCHEDULE, "sched_20260119_nobody_v1")],
    ids=["an id without a version", "a message without its schedule"],
)
def test_a_malformed_draft_is_refused(door: Any, schedule_id: str, message_schedule: str) -> None:
    with pytest.raises(ErosError, match="malformed schedule id, message without its schedule"):
        _save(door, schedule_id, message_schedule)


def test_the_sheet_s_rows_come_in_order_with_local_times(door: Any) -> None:
    _save(door, SCHEDULE)
    rows = door.warehouse.query("schedule_rows", {"schedule_ids": [SCHEDULE]})
    assert [(row["position"], row["caption_text"], row["scheduled_send_time_local"]) for row in rows] == [
        (1, "caption 2", "2026-01-20T15:00:00-08:00"),
        (2, "caption 1", "2026-01-20T18:00:00-08:00"),
    ]
    assert {row["day_of_week"] for row in rows} == {"Tuesday"}


def test_guard_rows_are_seeded_once(door: Any) -> None:
    door.warehouse.query("ensure_guard_rows", {"page_names": []})
    text = f"SELECT page_name, fence FROM {door.table('creator_lock')} ORDER BY page_name"
    assert door.rows(text) == [{"page_name": "*", "fence": 0}, {"page_name": PAGE, "fence": 0}]
