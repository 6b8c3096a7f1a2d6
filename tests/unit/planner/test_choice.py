"""Which captions a week uses: quotas, caps, cool-down, and what is missing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from orchestrator.domain import AccountSize, Candidate, MessageType, PriceTier, Segment, Week, WeekRequest, Zone
from orchestrator.planner.choice import choose_captions

WEEK = Week(date(2026, 1, 19))


def caption(
    number: int, tier: str = "mid", category: str = "solo", urgent: bool = False, score: float = 0.5
) -> Candidate:
    return Candidate(number, f"key {number:03}", "text", PriceTier(tier), category, urgent, score, 1.0)


def request(*candidates: Candidate, history: dict[str, tuple[date, ...]] | None = None) -> WeekRequest:
    return WeekRequest("lily", WEEK, AccountSize.MEGA, Zone.GREEN, Segment.STANDARD, candidates, history=history or {})


def test_exactly_twenty_of_a_category() -> None:
    many = [caption(i) for i in range(30)]
    choice = choose_captions(request(*many, caption(99, category="duo", score=0.1)), {PriceTier.MID: 30})
    assert len(choice.ppv) == 21
    assert [(one.missing, one.reason) for one in choice.shortages] == [
        (9, "too few mid captions were offered; 10 over the cap of 20 of a category")
    ]


def test_exactly_five_urgent() -> None:
    many = [caption(i, category=f"category {i}", urgent=True) for i in range(9)]
    choice = choose_captions(request(*many, caption(99, score=0.1)), {PriceTier.MID: 9})
    assert len(choice.ppv) == 6
    assert [(one.missing, one.reason) for one in choice.shortages] == [
        (3, "too few mid captions were offered; 4 over the cap of 5 urgent")
    ]


def test_paid_captions_use_the_caps_before_free_ones() -> None:
    bumps = [caption(i, "bump", urgent=True, score=0.9) for i in range(5)]
    paid = [caption(10 + i, urgent=True, score=0.1) for i in range(5)]
    choice = choose_captions(request(*bumps, *paid), {PriceTier.MID: 5, PriceTier.BUMP: 5})
    assert {one.message_type for one in (*choice.ppv, *choice.bumps)} == {MessageType.PPV}
    assert [one.price_tier for one in choice.shortages] == [PriceTier.BUMP]


def test_luxury_counts_as_premium() -> None:
    offered = [caption(1, "premium", score=0.2), caption(2, "luxury", score=0.9), caption(3, "luxury", score=0.1)]
    choice = choose_captions(request(*offered), {PriceTier.PREMIUM: 2})
    assert [one.caption_id for one in choice.ppv] == [2, 1]
    assert choice.shortages == ()


def test_a_text_is_used_once() -> None:
    twin = Candidate(2, "key 001", "TEXT!", PriceTier.MID, "solo", False, 0.9, 1.0)
    choice = choose_captions(request(caption(1), twin), {PriceTier.MID: 2})
    assert [one.caption_id for one in choice.ppv] == [2]
    assert "1 with a text already in the week" in choice.shortages[0].reason


@pytest.mark.parametrize("distance", [6, 7])
@pytest.mark.parametrize("end", ["before", "after"])
def test_a_caption_is_free_on_the_seventh_day(distance: int, end: str) -> None:
    used = {
        "before": WEEK.dates[0] - timedelta(days=distance),
        "after": WEEK.dates[-1] + timedelta(days=distance),
    }[end]
    choice = choose_captions(request(caption(1), history={"key 001": (used,)}), {PriceTier.MID: 1})
    assert bool(choice.ppv) is (distance == 7)
