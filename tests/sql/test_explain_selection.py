"""A selection judged again: who was picked, who was passed over, and by which rule."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

AS_OF = datetime(2026, 1, 19, 8, tzinfo=UTC)  # Monday 00:00 in Los Angeles
LEARNT = datetime(2026, 1, 12, 8, tzinfo=UTC)
# Purchases per thousand views of the budget captions; in mode safe the rate alone decides.
BUDGET = {
    **{f"urgent{n}": 900 - n for n in range(1, 8)},
    "sent": 880,
    "held": 870,
    "mine": 860,
    "forbidden": 850,
    "plain1": 500,
    "plain2": 490,
    "plain3": 480,
}


@pytest.fixture(scope="module")
def world(shared_warehouse: Any) -> Any:
    """A page whose best captions are urgent, sent, held or forbidden."""
    shared_warehouse.insert("creators", [{"page_name": "lily", "is_active": True}])
    shared_warehouse.insert(
        "caption_bank",
        [
            {
                "caption_id": n,
                "caption_text": f"text {key}",
                "caption_key": key,
                "price_tier": "budget",
                "content_category": "solo",
                "has_urgency": key.startswith("urgent"),
                "is_active": True,
            }
            for n, key in enumerate(BUDGET, start=1)
        ]
        + [_many(n) for n in range(30)],
    )
    zeros = dict.fromkeys(("confidence_lower_bound", "confidence_upper_bound", "exploration_score", "expected_emv"), 0)
    shared_warehouse.insert(
        "caption_bandit_stats",
        [
            {
                **zeros,
                "page_name": "lily",
                "caption_id": n,
                "caption_key": key,
                "price_tier": "budget",
                "successes": hits,
                "failures": 1000 - hits,
                "sends": 1000,
                "messages": 1,
                "revenue": "1",
                "median_price": "14",
                "prior_a": 1,
                "prior_b": 1,
                "freshness": 1,
                "last_sent_at": LEARNT.isoformat(),
                "as_of": LEARNT.isoformat(),
            }
            for n, (key, hits) in enumerate(BUDGET.items(), start=1)
        ],
    )
    shared_warehouse.insert(
        "creator_caption_restrictions",
        [
            {
                "page_name": "lily",
                "hard_patterns": ["forbidden"],
                "is_active": True,
                "version": 1,
                "updated_at": LEARNT.isoformat(),
            }
        ],
    )
    shared_warehouse.insert(
        "mass_messages",
        [
            _sent("sent", "2026-01-15T20:00:00Z"),
            _sent("held", "2026-01-13T20:00:00Z"),  # 6 days before the Monday; the hold is nearer, 4 days after it
            _sent("plain1", "2026-01-21T20:00:00Z"),
            _sent("plain2", "2026-01-19T08:00:00Z"),  # the first instant of the week
        ],
    )
    shared_warehouse.insert(
        "active_caption_assignments",
        [_held("held", "sched_20260119_lily_v2", "2026-01-23"), _held("mine", "sched_20260119_lily_v1", "2026-01-20")],
    )
    return shared_warehouse


def _many(n: int) -> dict[str, Any]:
    """Bumps, all but five of one category."""
    return {
        "caption_id": 100 + n,
        "caption_text": f"bump {n}",
        "caption_key": f"bump{n:02}",
        "price_tier": "bump",
        "content_category": "one" if n < 25 else "two",
        "has_urgency": False,
        "is_active": True,
    }


def _sent(key: str, at: str) -> dict[str, Any]:
    return {
        "message_id": key,
        "page_name": "lily",
        "message": "m",
        "caption_key": key,
        "sending_time": at,
        "sent_count": 1,
        "message_type": "PPV",
    }


def _held(key: str, schedule_id: str, day: str) -> dict[str, Any]:
    return {
        "assignment_key": key,
        "page_name": "lily",
        "caption_id": 1,
        "caption_key": key,
        "schedule_id": schedule_id,
        "scheduled_send_time": f"{day}T20:00:00Z",
        "scheduled_send_date": day,
        "scheduled_send_hour": 12,
        "message_type": "PPV",
        "price_tier": "budget",
        "is_active": True,
        "fence": 1,
        "request_id": "r",
        "assigned_at": LEARNT.isoformat(),
    }


def judged(world: Any, **changes: Any) -> dict[str, dict[str, Any]]:
    """The verdicts by key, best score first."""
    numbers = {"num_budget": 7, "num_mid": 0, "num_premium": 0, "num_bump": 0}
    request = {"page_name": "lily", "seed": "s", **numbers, **changes.pop("numbers", {})}
    params = {
        "requests": [request],
        "as_of": AS_OF,
        "mode": "safe",
        "released": ["sched_20260119_lily_v1"],
        "price_group": "budget",
        "final_score": 0.0,
        "caption_id": 0,
    }
    rows = world.warehouse.query("explain_selection", {**params, **changes})
    return {row["caption_key"]: row for row in rows}


def test_each_caption_has_the_verdict_of_the_rule_that_bit(world: Any) -> None:
    """Seven wanted: five urgent captions at most, so the best two that are free and not urgent complete the week."""
    assert {key: row["verdict"] for key, row in judged(world).items()} == {
        **{f"urgent{n}": "picked" for n in range(1, 6)},
        "urgent6": "urgent cap",
        "urgent7": "urgent cap",
        "sent": "cooling",
        "held": "cooling",
        "mine": "picked",
        "forbidden": "restricted",
        "plain1": "picked",
        "plain2": "not needed",
        "plain3": "not needed",
    }


def test_rows_come_best_first_and_are_scored_whether_free_or_not(world: Any) -> None:
    rows = judged(world)
    assert list(rows) == list(BUDGET)
    # prior by the constants: .04 with a variation of .5 is worth .96 / (.25 * .04) - 1 = 95 views, 3.8 purchases
    assert rows["sent"]["final_score"] == pytest.approx(14 * (880 + 3.8) / (1000 + 95), abs=1e-9)


def test_a_place_counts_the_free_ones_only(world: Any) -> None:
    rows = judged(world)
    assert {key: row["place"] for key, row in rows.items()} == {
        **{f"urgent{n}": n for n in range(1, 8)},
        "sent": None,
        "held": None,
        "forbidden": None,
        "mine": 8,
        "plain1": 9,
        "plain2": 10,
        "plain3": 11,
    }
    assert {row["free_captions"] for row in rows.values()} == {11}


def test_a_use_is_told_by_its_day_and_whose_it_is(world: Any) -> None:
    rows = judged(world)
    assert (rows["sent"]["used_on"], rows["sent"]["used_by"]) == (date(2026, 1, 15), None)
    assert (rows["held"]["used_on"], rows["held"]["used_by"]) == (date(2026, 1, 23), "sched_20260119_lily_v2")
    assert (rows["plain2"]["used_on"], rows["plain2"]["used_by"]) == (None, None)


def test_what_is_not_released_cools_down(world: Any) -> None:
    """The week's own messages, of plain1 and plain2, have no effect: nobody knew of them when the week was planned."""
    rows = judged(world, released=[])
    assert (rows["mine"]["verdict"], rows["mine"]["used_by"]) == ("cooling", "sched_20260119_lily_v1")
    assert rows["plain1"]["verdict"] == "picked"
    assert rows["plain2"]["verdict"] == "picked"


def test_only_the_group_s_picks_and_what_scores_as_much_are_told(world: Any) -> None:
    score = judged(world)["held"]["final_score"]
    assert set(judged(world, final_score=score)) == set(BUDGET) - {"forbidden", "plain2", "plain3"}
    number = list(BUDGET).index("plain3") + 1
    assert "plain3" in judged(world, final_score=score, caption_id=number)


def test_the_category_cap_is_told_apart_from_what_was_not_needed(world: Any) -> None:
    """Of 25 wanted bumps 20 may be of category one; with five of category two the week is full."""
    rows = judged(world, numbers={"num_budget": 0, "num_bump": 25}, price_group="bump")
    verdicts = [rows[f"bump{n:02}"]["verdict"] for n in range(30)]
    assert verdicts == ["picked"] * 20 + ["category cap"] * 5 + ["picked"] * 5


def test_a_new_caption_with_a_low_draw_is_judged_when_it_is_the_one_asked_about(world: Any) -> None:
    """Of new captions that differ by their draw only the best few are scored: not this one, unless it is named."""
    numbers = {"num_budget": 0, "num_bump": 1}
    drawn = judged(world, numbers=numbers, price_group="bump", mode="optimize")
    last = next(n for n in range(25) if f"bump{n:02}" not in drawn)
    again = judged(world, numbers=numbers, price_group="bump", mode="optimize", caption_id=100 + last)
    assert set(again) - set(drawn) == {f"bump{last:02}"}
    assert again[f"bump{last:02}"]["verdict"] == "not needed"


def test_the_picks_are_the_selector_s(world: Any) -> None:
    request = {"page_name": "lily", "num_budget": 5, "num_mid": 0, "num_premium": 0, "num_bump": 9, "seed": "x"}
    params = {"requests": [request], "as_of": AS_OF, "mode": "optimize"}
    selected = world.warehouse.query("select_captions", {**params, "supersede": ["sched_20260119_lily_v1"]})
    for group in ("budget", "bump"):
        again = world.warehouse.query(
            "explain_selection",
            {
                **params,
                "released": ["sched_20260119_lily_v1"],
                "price_group": group,
                "final_score": 0.0,
                "caption_id": 0,
            },
        )
        picked = [(row["caption_id"], row["final_score"]) for row in again if row["verdict"] == "picked"]
        wanted = [(row["caption_id"], row["final_score"]) for row in selected if row["price_tier"] == group]
        assert len(picked) == request[f"num_{group}"]
        assert picked == wanted
