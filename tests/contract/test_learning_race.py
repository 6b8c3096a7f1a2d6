"""Sessions that write the same rows at once: each row is there once afterwards, whoever came first.

A MERGE that only inserts conflicts with nothing, and no key is enforced, so these writers conflict on the sentinel row.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestrator.importers.run import HOLIDAY_SCHEMA
from tests.conftest import NOW

SESSIONS = 4
PAGES = ("lily", "rose")
CAPTIONS = (1, 2, 3)
DAYS = 20_000  # enough for the merges to overlap


def _at_once(work: Callable[[], object]) -> None:
    """Run `work` in several threads from the same moment on; the first error of any is raised."""
    start = threading.Barrier(SESSIONS)
    errors: list[BaseException] = []

    def session() -> None:
        start.wait()
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=session) for _ in range(SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def _keys(warehouse: Any, table: str, *key: str) -> tuple[int, int]:
    """Rows of a table, and how many different keys they have."""
    (row,) = warehouse.rows(
        f"SELECT SUM(times) AS all_rows, COUNT(*) AS different FROM "
        f"(SELECT COUNT(*) AS times FROM {warehouse.table(table)} GROUP BY {', '.join(key)})"
    )
    return row["all_rows"] or 0, row["different"]


def _caption(number: int) -> dict[str, Any]:
    return {
        "caption_id": number,
        "caption_text": f"caption {number}",
        "caption_key": f"key{number}",
        "price_tier": "mid",
        "has_urgency": False,
        "is_active": True,
        "created_at": NOW.isoformat(),
    }


def _message(page: str, caption: int) -> dict[str, Any]:
    return {
        "message_id": f"{page}-{caption}",
        "page_name": page,
        "message": f"caption {caption}",
        "caption_id": caption,
        "caption_key": f"key{caption}",
        "sending_time": (NOW - timedelta(days=caption)).isoformat(),
        "price": "23",
        "sent_count": 1000,
        "viewed_count": 400,
        "purchased_count": 9,
        "earnings": "207",
        "message_type": "PPV",
    }


def test_learning_for_the_first_time_in_parallel_learns_everything_once(warehouse: Any) -> None:
    warehouse.insert("caption_bank", [_caption(number) for number in CAPTIONS])
    warehouse.insert("mass_messages", [_message(page, number) for page in PAGES for number in CAPTIONS])
    _at_once(lambda: warehouse.warehouse.call("update_caption_performance"))
    pairs = len(PAGES) * len(CAPTIONS)
    assert _keys(warehouse, "caption_bandit_stats", "page_name", "caption_id") == (pairs, pairs)
    priors = (len(PAGES) + 1) * 5  # five price tiers for each page and for the agency
    assert _keys(warehouse, "bandit_priors", "page_name", "price_tier") == (priors, priors)


def test_imports_that_merge_the_same_rows_in_parallel_bring_each_in_once(warehouse: Any, tmp_path: Path) -> None:
    stage = "stage_holidays_0123456789ab"
    days = [
        {
            "holiday_date": str(NOW.date()),
            "holiday_name": f"day {number}",
            "type": "CULTURAL",
            "is_major_holiday": False,
            "saturation_impact_factor": 1.0,
        }
        for number in range(DAYS)
    ]
    path = tmp_path / "days.ndjson"
    path.write_text("".join(json.dumps(day) + "\n" for day in days))
    warehouse.warehouse.load_file(stage, path, HOLIDAY_SCHEMA)
    _at_once(lambda: warehouse.warehouse.query("upsert_holidays", {}, stage=stage))
    assert _keys(warehouse, "holiday_calendar", "holiday_date", "holiday_name") == (DAYS, DAYS)


def test_seeding_in_parallel_seeds_each_page_once(warehouse: Any) -> None:
    warehouse.insert("creators", [{"page_name": page, "is_active": True} for page in PAGES])
    _at_once(lambda: warehouse.warehouse.query("ensure_guard_rows", {"page_names": []}))
    assert _keys(warehouse, "creator_lock", "page_name") == (len(PAGES) + 1, len(PAGES) + 1)
    assert _keys(warehouse, "job_guard", "job_name") == (3, 3)


@pytest.mark.parametrize("sentinels", [0, 2])
def test_seeding_leaves_one_sentinel_and_every_fence(shared_warehouse: Any, sentinels: int) -> None:
    guards = shared_warehouse.table("creator_lock")
    shared_warehouse.rows(f"DELETE FROM {guards} WHERE TRUE")
    rows = [{"page_name": "*", "fence": 0}] * sentinels
    shared_warehouse.insert("creator_lock", [*rows, {"page_name": "kept", "fence": 7}])
    for _ in range(2):
        shared_warehouse.warehouse.query("ensure_guard_rows", {"page_names": []})
        found = shared_warehouse.rows(f"SELECT page_name, fence FROM {guards} ORDER BY page_name")
        assert found == [{"page_name": "*", "fence": 0}, {"page_name": "kept", "fence": 7}]
