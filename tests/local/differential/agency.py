"""The agency whose tables our own SQL is judged on: messages of the test pages, drafts, locks, restrictions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sql import names
from tests.local.differential.ours import World
from tests.sql.message_world import NEW, SINGLE, STEADY, TIRED, UNSEEN, Row, as_of, world

SMALL, SMALL_DAYS = (STEADY[0], TIRED, SINGLE, UNSEEN, NEW), 40
_AT = as_of().isoformat()


def settled(warehouse: Any, is_small: bool = False) -> World:
    """Fills a deployed dataset, with the newest messages of a few pages or with all there are, and reads it back."""
    tables = {**world(), **_others()}
    if is_small:
        since = (as_of() - timedelta(days=SMALL_DAYS)).isoformat()
        tables["mass_messages"] = [
            row for row in tables["mass_messages"] if row["page_name"] in SMALL and row["sending_time"] > since
        ]
    for table, rows in tables.items():
        warehouse.insert(table, rows)
    return World(warehouse, [name.partition("/")[2] for name in names("tables")])


def _others() -> dict[str, list[Row]]:
    return {
        "schedule_recommendations": [
            _schedule("sched_a", STEADY[0], "draft"),
            _schedule("sched_b", STEADY[0], "draft"),
            _schedule("sched_c", STEADY[2], "locked", fence=3),
            _schedule("sched_g", TIRED, "draft"),
            _schedule("sched_h", TIRED, "exported", fence=1),
            _schedule("sched_i", STEADY[1], "draft"),
        ],
        "schedule_messages": [
            _planned("sched_a", 1, 1, "2026-02-09T17:00:00+00:00"),
            _planned("sched_a", 2, 2, "2026-02-10T18:30:00+00:00"),
            _planned("sched_a", 3, 3, "2026-02-12T18:30:00+00:00"),
            _planned("sched_g", 1, 4, "2026-02-09T17:10:00+00:00"),
            _planned("sched_i", 1, 5, "2026-02-10T19:20:00+00:00"),
        ],
        "active_caption_assignments": [
            _held("h1", STEADY[0], 1, "2026-02-05", True),
            _held("h2", STEADY[0], 1, "2026-02-09", True),
            _held("h3", STEADY[2], 2, "2026-01-20", False, "past"),
            _held("h4", TIRED, 4, "2026-02-07", False, "cancelled"),
            _held("h5", TIRED, 3, "2026-02-01", True),
        ],
        "creator_lock": [
            {"page_name": STEADY[0], "fence": 2, "updated_at": _AT},
            {"page_name": STEADY[1], "fence": 0, "updated_at": _AT},
            {"page_name": STEADY[2], "fence": 1, "updated_at": _AT},
            {"page_name": TIRED, "fence": 5},
            {"page_name": TIRED, "fence": 5},
        ],
        "creator_caption_restrictions": [
            _restricted(STEADY[0], 1, hard_patterns=["text [12]", "["], applies_to_scope="PPV_ONLY"),
            _restricted(STEADY[0], 2, hard_patterns=["text 3"], applies_to_scope="ALL"),
            _restricted(TIRED, 1, restricted_categories=["CATEGORY 1"], restricted_price_tiers=["luxury"]),
        ],
        "creator_allowed_profile": [
            {
                "page_name": TIRED,
                "ppv_allowed_categories": ["category 0"],
                "bump_allowed_price_tiers": ["bump"],
                "is_active": True,
                "feature_enabled": True,
                "created_at": _AT,
                "updated_at": _AT,
            }
        ],
        "creator_content_inventory": [
            {"page_name": STEADY[0], "inventory_date": "2026-01-02", "available_categories": ["b", "a", "a"]},
            {"page_name": STEADY[0], "inventory_date": "2025-12-02", "available_categories": ["z"]},
        ],
        "job_runs": [
            {
                "job_name": "daily_caption_update",
                "period_key": day,
                "status": "succeeded",
                "started_at": day,
                "finished_at": day,
            }
            for day in ("2026-02-03T10:00:00+00:00", "2026-02-04T10:00:00+00:00")
        ],
    }


def _schedule(schedule_id: str, page: str, status: str, **others: Any) -> Row:
    row = {"schedule_id": schedule_id, "page_name": page, "week_start": "2026-02-09", "version": 1, "status": status}
    return {**row, "created_at": _AT, "shortages": {"ppv": [1, 2.5], "why": 'too "few"'}, **others}


def _planned(schedule_id: str, position: int, caption: int, instant: str) -> Row:
    return {
        "schedule_id": schedule_id,
        "position": position,
        "scheduled_send_time": instant,
        "message_type": "PPV",
        "caption_id": caption,
        "caption_key": f"k{caption % 9}",
        "price_tier": "mid",
        "price": "19.99",
        "pinned": False,
    }


def _held(key: str, page: str, caption: int, day: str, active: bool, reason: str | None = None) -> Row:
    return {
        "assignment_key": key,
        "page_name": page,
        "caption_id": caption,
        "caption_key": f"k{caption % 9}",
        "schedule_id": f"sched_{key}",
        "scheduled_send_time": f"{day}T17:00:00+00:00",
        "scheduled_send_date": day,
        "scheduled_send_hour": 9,
        "message_type": "PPV",
        "price_tier": "mid",
        "is_active": active,
        "fence": 4,
        "request_id": "r",
        "assigned_at": _AT,
        "deactivation_reason": reason,
    }


def _restricted(page: str, version: int, **others: Any) -> Row:
    return {"page_name": page, "version": version, "is_active": True, "updated_at": _AT, **others}
