"""The scripts for many pages at once: equal to the routines where they share a rule, all or nothing otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from orchestrator.errors import ErosError

ZONE = ZoneInfo("America/Los_Angeles")
MONDAY = date(2026, 1, 19)
AS_OF = datetime(2026, 1, 19, 8, tzinfo=UTC)
TIERS = ("budget", "mid", "premium", "luxury", "bump")


@pytest.fixture(scope="module")
def world(shared_warehouse: Any) -> Any:
    """Sixty captions, of which each tenth repeats the text of its neighbour, and pages with guard rows."""
    pages = ["lily", "rose", "iris", *(f"page{n}" for n in range(20))]
    shared_warehouse.insert("creators", [{"page_name": page, "is_active": True} for page in pages])
    shared_warehouse.insert(
        "caption_bank",
        [
            {
                "caption_id": n,
                "caption_text": f"text {n - (n % 10 == 0)}",
                "caption_key": f"k{n - (n % 10 == 0)}",
                "price_tier": TIERS[(n - (n % 10 == 0)) % 5],
                "content_category": f"category {n % 3}",
                "has_urgency": n % 2 == 0,
                "is_active": True,
            }
            for n in range(1, 61)
        ],
    )
    shared_warehouse.warehouse.query("ensure_guard_rows", {"page_names": []})
    return shared_warehouse


def sent(world: Any, page: str, caption_id: int, when: datetime, **values: Any) -> None:
    row = {
        "message_id": f"{page} {caption_id} {when.isoformat()}",
        "page_name": page,
        "message": "m",
        "caption_id": caption_id,
        "caption_key": f"k{caption_id}",
        "sending_time": when.isoformat(),
        "sent_count": 1000,
        "message_type": "PPV",
    }
    world.insert("mass_messages", [{**row, **values}])


class NotSaved(Exception):
    """The script left the draft out and said why."""


def drafted(
    world: Any, page: str, captions: Sequence[tuple[int, datetime]], *, version: int = 1, emv: float = 1.0
) -> str:
    """Save a draft of page with one PPV per caption at the local time given; its id."""
    schedule_id = f"sched_{MONDAY:%Y%m%d}_{page}_v{version}"
    schedule = {
        **dict.fromkeys(("ppv_target", "bump_target", "bump_count"), 0),
        **dict.fromkeys(("account_size", "saturation_status", "behavioral_segment", "seed", "policy_version", "mode")),
        "schedule_id": schedule_id,
        "page_name": page,
        "week_start": MONDAY,
        "saturation_score": 0.1,
        "ppv_count": len(captions),
        "expected_emv": emv,
        "shortages": "[]",
    }
    messages = [
        {
            "schedule_id": schedule_id,
            "position": position,
            "scheduled_send_time": when.astimezone(UTC),
            "message_type": "PPV",
            "caption_id": caption_id,
            "caption_key": f"k{caption_id}",
            "price_tier": "mid",
            "price": Decimal("23"),
            "expected_emv": emv,
            "final_score": 0.5,
            "propensity": None,
            "reason": "{}",
        }
        for position, (caption_id, when) in enumerate(captions, start=1)
    ]
    [saved] = world.warehouse.query("save_drafts", {"schedules": [schedule], "messages": messages})
    assert saved["schedule_id"] == schedule_id
    if saved["result"] != "saved":
        raise NotSaved(saved["detail"])
    return schedule_id


def locked(world: Any, *schedule_ids: str, supersede: Sequence[str] = ()) -> list[dict[str, Any]]:
    rows = world.warehouse.query("schedule_rows", {"schedule_ids": list(schedule_ids)})
    assignments = [
        {
            "schedule_id": row["schedule_id"],
            "page_name": row["page_name"],
            "caption_id": row["caption_id"],
            "scheduled_send_date": row["scheduled_send_time"].astimezone(ZONE).date(),
            "scheduled_send_hour": row["scheduled_send_time"].astimezone(ZONE).hour,
        }
        for row in rows
    ]
    answer: list[dict[str, Any]] = world.warehouse.query(
        "lock_schedules", {"assignments": assignments, "supersede": list(supersede), "actor": "test"}
    )
    return answer


def moved(world: Any, to_status: str, *schedule_ids: str) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = world.warehouse.query(
        "transition_schedules",
        {"schedule_ids": list(schedule_ids), "to_status": to_status, "action": to_status, "actor": "a", "note": "n"},
    )
    return answer


def state(world: Any, schedule_id: str) -> tuple[str, int, list[str], list[str]]:
    """Status, captions held, reasons of those given back, and the audit trail."""
    one = f"FROM {{}} WHERE schedule_id = '{schedule_id}'"
    [schedule] = world.rows(f"SELECT status {one.format(world.table('schedule_recommendations'))}")
    held = world.rows(f"SELECT is_active, deactivation_reason {one.format(world.table('active_caption_assignments'))}")
    events = world.rows(f"SELECT action {one.format(world.table('schedule_events'))} ORDER BY `at`, action")
    return (
        schedule["status"],
        sum(row["is_active"] for row in held),
        [row["deactivation_reason"] for row in held if not row["is_active"]],
        [row["action"] for row in events],
    )


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 1, day, hour, 5, tzinfo=ZONE)


def test_many_pages_at_once_get_what_each_gets_alone(world: Any) -> None:
    start = datetime(2025, 12, 1, 20, tzinfo=UTC)
    world.insert(
        "mass_messages",
        [
            {
                "message_id": f"{page} {n}",
                "page_name": page,
                "message": "m",
                "caption_id": n,
                "caption_key": f"k{n - (n % 10 == 0)}",
                "sending_time": (start + timedelta(hours=20 * n)).isoformat(),
                "price": "20",
                "sent_count": 900 + n,
                "viewed_count": 300 + n,
                "purchased_count": n % 9,
                "message_type": "Bump" if n % 5 == 4 else "PPV",
            }
            for page, last in (("lily", 55), ("rose", 7))
            for n in range(1, last)
        ],
    )
    world.insert(
        "creator_caption_restrictions",
        [
            {
                "page_name": "rose",
                "restricted_categories": ["CATEGORY 1"],
                "is_active": True,
                "version": 1,
                "updated_at": "2026-01-01T00:00:00Z",
            }
        ],
    )
    world.warehouse.call("update_caption_performance")
    requests = [
        {"page_name": page, "num_budget": 5, "num_mid": 4, "num_premium": 6, "num_bump": 12, "seed": f"seed {page}"}
        for page in ("lily", "rose", "iris")
    ]
    together = world.warehouse.query(
        "select_captions", {"requests": requests, "as_of": AS_OF, "mode": "optimize", "supersede": []}
    )
    for request in requests:
        wanted = [("INT64", request[f"num_{group}"]) for group in ("budget", "mid", "premium", "bump")]
        names = [("STRING", request["page_name"]), ("STRING", "STANDARD")]
        alone = world.warehouse.call(
            "select_captions_for_creator", [*names, *wanted, ("TIMESTAMP", AS_OF), ("STRING", request["seed"])]
        )
        share = [row for row in together if row["page_name"] == request["page_name"]]
        assert [{key: row[key] for key in alone[0]} for row in share] == alone
        assert {row["row_kind"] for row in alone} == {"caption", "shortage"}
        found = [row["caption_key"] for row in alone if row["row_kind"] == "caption"]
        assert len(found) == len(set(found)) > 10


def test_a_schedule_with_a_conflict_is_left_out_whole_and_the_others_are_locked(world: Any) -> None:
    sent(world, "page0", 1, at(14, 12))
    clashing = drafted(world, "page0", [(1, at(20, 9)), (2, at(21, 9))])
    free = drafted(world, "page1", [(1, at(20, 9)), (2, at(21, 9))])
    answer = {row["schedule_id"]: row for row in locked(world, clashing, free)}
    assert answer[free]["result"] == "locked"
    assert answer[clashing]["result"] == "conflict"
    assert (answer[clashing]["caption_id"], answer[clashing]["caption_key"]) == (1, "k1")
    assert answer[clashing]["conflict_date"] == date(2026, 1, 14)
    assert "by a message sent" in answer[clashing]["detail"]
    assert state(world, clashing) == ("draft", 0, [], [])
    assert state(world, free) == ("locked", 2, [], ["lock"])
    assert [row["result"] for row in locked(world, free)] == ["already_locked"]
    assert state(world, free) == ("locked", 2, [], ["lock"])


def test_a_schedule_is_superseded_only_when_its_successor_is_locked(world: Any) -> None:
    week = [(3, at(20, 9)), (4, at(21, 9))]
    first = drafted(world, "page2", week)
    locked(world, first)
    second = drafted(world, "page2", week, version=2)
    assert {row["result"] for row in locked(world, second)} == {"conflict"}
    assert state(world, first) == ("locked", 2, [], ["lock"])
    sent(world, "page2", 5, at(22, 12))
    third = drafted(world, "page2", [*week, (5, at(22, 9))], version=3)
    assert [(row["result"], row["caption_id"]) for row in locked(world, third, supersede=[first])] == [("conflict", 5)]
    assert state(world, first) == ("locked", 2, [], ["lock"])
    assert [row["result"] for row in locked(world, second, supersede=[first])] == ["locked"]
    assert state(world, first) == ("superseded", 0, ["superseded", "superseded"], ["lock", "supersede"])
    assert state(world, second) == ("locked", 2, [], ["lock"])


def test_a_week_that_stands_keeps_another_version_out(world: Any) -> None:
    first = drafted(world, "page9", [(3, at(20, 9))])
    locked(world, first)
    second = drafted(world, "page9", [(4, at(20, 9))], version=2)
    [row] = locked(world, second)
    assert (row["result"], row["detail"]) == ("conflict", f"the week stands already: {first} is locked")
    assert state(world, first) == ("locked", 1, [], ["lock"])
    assert state(world, second) == ("draft", 0, [], [])


def test_a_week_that_was_sent_cannot_be_superseded(world: Any) -> None:
    first = drafted(world, "page10", [(3, at(20, 9))])
    locked(world, first)
    schedules = world.table("schedule_recommendations")
    world.rows(f"UPDATE {schedules} SET status = 'sent' WHERE schedule_id = '{first}'")
    second = drafted(world, "page10", [(3, at(21, 9))], version=2)
    assert {row["result"] for row in locked(world, second, supersede=[first])} == {"conflict"}
    assert state(world, first) == ("sent", 1, [], ["lock"])


def test_two_versions_of_a_week_in_one_request_both_stay_out(world: Any) -> None:
    one = drafted(world, "page11", [(3, at(20, 9))])
    other = drafted(world, "page11", [(4, at(20, 9))], version=2)
    rows = locked(world, one, other)
    assert {(row["result"], row["detail"]) for row in rows} == {
        ("conflict", f"the same week is asked for twice: also {one}"),
        ("conflict", f"the same week is asked for twice: also {other}"),
    }


def test_a_text_that_changed_since_the_draft_is_named_and_shown_as_changed(world: Any) -> None:
    draft = drafted(world, "page12", [(59, at(20, 9))])
    [before] = world.warehouse.query("schedule_rows", {"schedule_ids": [draft]})
    bank = world.table("caption_bank")
    world.rows(f"UPDATE {bank} SET caption_key = 'other', caption_text = 'other' WHERE caption_id = 59")
    [row] = locked(world, draft)
    [after] = world.warehouse.query("schedule_rows", {"schedule_ids": [draft]})
    assert (row["result"], row["detail"]) == ("error", "caption 59 has another text now than in the draft")
    assert (before["is_text_current"], after["is_text_current"]) == (True, False)


def test_one_bad_draft_leaves_the_others_saved(world: Any) -> None:
    held = drafted(world, "page13", [(16, at(20, 9))])
    locked(world, held)
    with pytest.raises(NotSaved):
        drafted(world, "page13", [(17, at(20, 9))])
    assert state(world, held) == ("locked", 1, [], ["lock"])
    world.rows(f"DELETE FROM {world.table('creator_lock')} WHERE page_name = 'page14'")
    with pytest.raises(NotSaved, match="page14 has no guard row"):
        drafted(world, "page14", [(16, at(20, 9))])


def test_a_draft_is_written_again_without_a_trace_and_nothing_beyond_it_is_touched(world: Any) -> None:
    tables = ("schedule_recommendations", "schedule_messages", "schedule_events")

    def everything() -> list[Any]:
        return [
            world.rows(f"SELECT * FROM {world.table(table)} ORDER BY TO_JSON_STRING(schedule_id)") for table in tables
        ]

    schedule = drafted(world, "page3", [(6, at(20, 9))])
    before = everything()
    assert drafted(world, "page3", [(6, at(20, 9))]) == schedule
    assert everything() == before
    drafted(world, "page3", [(7, at(21, 9)), (8, at(22, 9))])
    rows = world.warehouse.query("schedule_rows", {"schedule_ids": [schedule]})
    assert [row["caption_id"] for row in rows] == [7, 8]
    locked(world, schedule)
    before = everything()
    with pytest.raises(NotSaved, match=f"{schedule} is locked: only drafts can be replaced"):
        drafted(world, "page3", [(9, at(20, 9))])
    assert everything() == before


def test_only_legal_steps_are_taken_and_all_or_none(world: Any) -> None:
    one = drafted(world, "page4", [(11, at(20, 9))])
    other = drafted(world, "page5", [(11, at(20, 9))])
    locked(world, one)
    with pytest.raises(ErosError, match=f"cannot become approved: {other} is draft"):
        moved(world, "approved", one, other)
    with pytest.raises(ErosError, match="cannot become cancelled: sched_none is unknown"):
        moved(world, "cancelled", one, "sched_none")
    with pytest.raises(ErosError, match=f"cannot become locked: {other} is draft"):
        moved(world, "locked", other)
    assert state(world, one) == ("locked", 1, [], ["lock"])
    assert state(world, other) == ("draft", 0, [], [])
    assert moved(world, "approved", one) == [{"schedule_id": one, "from_status": "locked", "to_status": "approved"}]
    moved(world, "approved", one)
    assert state(world, one)[:3] == ("approved", 1, [])
    assert sorted(state(world, one)[3]) == ["approved", "lock"]


@pytest.mark.parametrize(("page", "ending"), [("page6", "cancelled"), ("page7", "rejected")])
def test_a_schedule_that_will_not_be_sent_gives_its_captions_back(world: Any, page: str, ending: str) -> None:
    schedule = drafted(world, page, [(12, at(20, 9)), (13, at(21, 9))])
    locked(world, schedule)
    moved(world, ending, schedule)
    assert state(world, schedule)[:3] == (ending, 0, [ending, ending])
    again = drafted(world, page, [(12, at(20, 9)), (13, at(21, 9))], version=2)
    assert [row["result"] for row in locked(world, again)] == ["locked"]


def test_the_same_export_is_logged_once(world: Any) -> None:
    schedule = drafted(world, "page8", [(14, at(20, 9))])
    locked(world, schedule)
    log = world.table("schedule_export_log")

    def export(content_hash: str, status: str = "success") -> list[dict[str, Any]]:
        one = {
            "schedule_id": schedule,
            "export_format": "csv",
            "target": "x.csv",
            "message_count": 1,
            "content_hash": content_hash,
            "status": status,
            "error_message": None,
            "duration_seconds": 0.1,
        }
        answer: list[dict[str, Any]] = world.warehouse.query("log_exports", {"exports": [one], "actor": "test"})
        return answer

    def logged() -> list[tuple[str, str]]:
        rows = world.rows(f"SELECT content_hash, status FROM {log} WHERE schedule_id = '{schedule}'")
        return sorted((row["content_hash"], row["status"]) for row in rows)

    with pytest.raises(ErosError, match=f"an export needs an approved schedule: {schedule} is locked"):
        export("a")
    assert logged() == []
    moved(world, "approved", schedule)
    assert export("a", "failed") == []
    assert state(world, schedule)[0] == "approved"
    assert export("a") == [{"schedule_id": schedule}]
    assert state(world, schedule)[0] == "exported"
    before = state(world, schedule)
    assert export("a") == []
    assert state(world, schedule) == before
    assert logged() == [("a", "failed"), ("a", "success")]
    assert export("b") == []
    assert logged() == [("a", "failed"), ("a", "success"), ("b", "success")]
