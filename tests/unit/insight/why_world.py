"""A planned week of two budget messages and a bump, as queries give it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from orchestrator.bandit import replay
from orchestrator.domain import PickEvidence, PriceTier, SlotEvidence
from orchestrator.insight.why import Why, explain_message
from tests.unit.evidence_samples import PICK

SCHEDULE = "sched_20260119_lily_v1"
TIMES = ("2026-01-19T21:05:00Z", "2026-01-21T03:46:00Z", "2026-01-22T04:00:00Z")
PICKS = (
    replace(PICK, seen_hits=981, seen_misses=4223, price=Decimal(0), views_per_message=0.0, place=2),
    replace(PICK, freshness=0.9, price=Decimal("12.50"), place=1, free_captions=1204),
    replace(PICK, freshness=0.9, price=Decimal("12.50"), place=2, free_captions=1204),
)
SLOT = SlotEvidence(hour=19, peak_rank=1, peak_hours=5, gap_minutes=180, day_factor=Decimal(1))


def exact(pick: PickEvidence, key: str, tier: str) -> tuple[PickEvidence, float, float]:
    """The pick with the score its own numbers give, its final score and its dollars."""
    again = replay(pick, key, PriceTier(tier))
    return replace(pick, thompson_score=again.thompson_score), again.final_score, again.expected_emv


def row(position: int, **changes: Any) -> dict[str, Any]:
    """Message `position` as queries/schedule_decisions.sql gives it."""
    tier = "bump" if position == 1 else "budget"
    pick, final_score, emv = exact(PICKS[position - 1], f"k{position}", tier)
    reason = {"slot": "s", "caption": "c", "price": "the page's median for this text", "pick": pick.as_json()}
    return {
        "schedule_id": SCHEDULE,
        "page_name": "lily",
        "week_start": date(2026, 1, 19),
        "status": "exported",
        "account_size": "MICRO",
        "saturation_status": "GREEN",
        "behavioral_segment": "STANDARD",
        "mode": "optimize",
        "seed": PICK.seed,
        "policy_version": "week-1",
        "ppv_target": 6,
        "bump_target": 4,
        "created_at": datetime(2026, 1, 14, 20, tzinfo=UTC),
        "position": position,
        "scheduled_send_time": datetime.fromisoformat(TIMES[position - 1]),
        "message_type": "Bump" if tier == "bump" else "PPV",
        "caption_id": position,
        "caption_key": f"k{position}",
        "caption_text": f"text {position}",
        "is_text_current": True,
        "price_tier": tier,
        "price": pick.price,
        "content_category": "solo",
        "has_urgency": False,
        "expected_emv": emv,
        "final_score": final_score,
        "pinned": False,
        "reason": {**reason, "time": SLOT.as_json()},
        **changes,
    }


def judged(position: int, verdict: str = "picked", **changes: Any) -> dict[str, Any]:
    """Caption `position` as queries/explain_selection.sql judges it, by default as it was when it was picked."""
    stored = row(min(position, 3))
    pick = PickEvidence.from_json(stored["reason"]["pick"])
    return {
        "caption_id": position,
        "caption_key": f"k{position}",
        "caption_text": f"text {position}",
        "price_tier": stored["price_tier"],
        "content_category": "solo",
        "has_urgency": False,
        "thompson_score": pick.thompson_score,
        "expected_emv": stored["expected_emv"],
        "final_score": stored["final_score"],
        "recommended_price": pick.price,
        "seen_hits": pick.seen_hits,
        "seen_misses": pick.seen_misses,
        "prior_a": pick.prior_hits,
        "prior_b": pick.prior_misses,
        "prior_scope": pick.prior_scope,
        "prior_as_of": pick.prior_as_of,
        "learnt_as_of": pick.learnt_as_of,
        "freshness": pick.freshness,
        "median_price": pick.median_price,
        "views_per_message": pick.views_per_message,
        "place": pick.place if verdict == "picked" else None,
        "free_captions": pick.free_captions,
        "verdict": verdict,
        "used_on": None,
        "used_by": None,
        **changes,
    }


class Memory:
    """Answers the queries of `eros why` and remembers what was asked."""

    def __init__(self, rows: list[dict[str, Any]], again: list[dict[str, Any]], holidays: Sequence[str] = ()) -> None:
        self.asked: dict[str, dict[str, Any]] = {}
        days = [{"holiday_date": date(2026, 1, 20), "holiday_name": name} for name in holidays]
        self.answers = {
            "schedule_decisions": rows,
            "explain_selection": again,
            "existing_schedules": [{"schedule_id": SCHEDULE}, {"schedule_id": "sched_20260119_lily_v2"}],
            "verify_holidays": [{"holiday_date": date(2026, 1, 19), "holiday_name": "Another day's"}, *days],
            "schedule_overview": [{"schedule_id": SCHEDULE}, {"schedule_id": "sched_20260119_rose_v1"}],
        }

    def query(self, name: str, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        self.asked[name] = params or {}
        return self.answers[name]


def why(position: int = 2, *, again: list[dict[str, Any]] | None = None, **changes: Any) -> Why:
    """Message `position` of the week explained; `changes` are of its own row."""
    rows = [row(n, **(changes if n == position else {})) for n in (1, 2, 3)]
    return explain_message(Memory(rows, [judged(2), judged(3)] if again is None else again), SCHEDULE, position)
