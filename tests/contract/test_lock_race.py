"""Two runs that want the same caption at once: one gets it, the other is told, nothing is held twice.

The local cloud conflicts per table as BigQuery does; that INSERT alone would not conflict is tested with the engine.
"""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from orchestrator.errors import ConflictError, ErosError
from orchestrator.warehouse.client import Warehouse
from tests.conftest import NOW

PAGE = "race_page"
SEND = datetime(2026, 1, 20, 20, 0, tzinfo=UTC)  # noon on Tuesday in Los Angeles
MONDAY = date(2026, 1, 19)
ROUNDS = 6  # a week each


@pytest.fixture(scope="module")
def racing(shared_warehouse: Any) -> Any:
    shared_warehouse.insert("creators", [{"page_name": PAGE, "is_active": True}])
    shared_warehouse.warehouse.query("ensure_guard_rows", {"page_names": [PAGE]})
    bank = [
        {
            "caption_id": number,
            "caption_text": f"caption {number}",
            "caption_key": f"key{number}",
            "price_tier": "mid",
            "has_urgency": False,
            "is_active": True,
            "created_at": NOW.isoformat(),
        }
        for number in range(ROUNDS)
    ]
    shared_warehouse.insert("caption_bank", bank)
    return shared_warehouse


def _draft(warehouse: Warehouse, schedule_id: str, caption: int) -> None:
    schedule = {
        "schedule_id": schedule_id,
        "page_name": PAGE,
        "week_start": MONDAY + timedelta(weeks=caption),
        "account_size": "MICRO",
        "saturation_status": "GREEN",
        "saturation_score": 0.1,
        "behavioral_segment": "BUDGET",
        "ppv_target": 1,
        "bump_target": 0,
        "ppv_count": 1,
        "bump_count": 0,
        "expected_emv": 1.0,
        "seed": "s",
        "policy_version": "p",
        "mode": "optimize",
        "shortages": "[]",
    }
    message = {
        "schedule_id": schedule_id,
        "position": 1,
        "scheduled_send_time": SEND + timedelta(weeks=caption),
        "message_type": "PPV",
        "caption_id": caption,
        "caption_key": f"key{caption}",
        "price_tier": "mid",
        "price": 23,
        "expected_emv": 1.0,
        "final_score": 1.0,
        "propensity": None,
        "reason": "{}",
    }
    warehouse.query("save_drafts", {"schedules": [schedule], "messages": [message]})


def _lock(warehouse: Warehouse, schedule_id: str, caption: int) -> str:
    day = MONDAY + timedelta(days=1, weeks=caption)
    wanted = {"caption_id": caption, "scheduled_send_date": day, "scheduled_send_hour": 12}
    assignment = {"schedule_id": schedule_id, "page_name": PAGE, **wanted}
    rows = warehouse.query("lock_schedules", {"assignments": [assignment], "supersede": [], "actor": "test"})
    return str(rows[0]["result"])


def test_one_of_two_racers_gets_the_caption(racing: Any) -> None:
    outcomes = []
    for caption in range(ROUNDS):
        ids = [f"sched_{MONDAY + timedelta(weeks=caption):%Y%m%d}_{PAGE}_v{racer + 1}" for racer in range(2)]
        for schedule_id in ids:
            _draft(racing.warehouse, schedule_id, caption)
        outcomes.append(sorted(_race(racing.warehouse, ids, caption)))
    assert outcomes == [["conflict", "locked"]] * ROUNDS
    held = racing.rows(
        f"SELECT caption_id, COUNT(*) AS times FROM {racing.table('active_caption_assignments')} GROUP BY caption_id"
    )
    assert sorted((row["caption_id"], row["times"]) for row in held) == [(caption, 1) for caption in range(ROUNDS)]


def _race(warehouse: Warehouse, ids: list[str], caption: int) -> list[str]:
    start = threading.Barrier(len(ids))
    results: list[str] = []

    def racer(schedule_id: str) -> None:
        start.wait()
        try:
            results.append(_lock(warehouse, schedule_id, caption))
        except ConflictError:
            results.append("aborted")
        except ErosError as error:
            results.append(str(error))

    threads = [threading.Thread(target=racer, args=(schedule_id,)) for schedule_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_the_fence_only_rises(racing: Any) -> None:
    fences = [
        row["fence"]
        for row in racing.rows(
            f"SELECT fence FROM {racing.table('active_caption_assignments')} ORDER BY assigned_at, fence"
        )
    ]
    guard = racing.rows(f"SELECT fence FROM {racing.table('creator_lock')} WHERE page_name = '{PAGE}'")
    assert len(set(fences)) == len(fences) == ROUNDS
    assert guard[0]["fence"] >= max(fences)
