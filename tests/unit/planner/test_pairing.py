"""Captions into slots: the best into the best, and variety that costs nothing."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain import Candidate, MessageType, PriceTier
from orchestrator.planner import pairing
from orchestrator.planner.pairing import Placement, clashes, pair, vary
from orchestrator.planner.slots import MINUTE, Slot


def slot(position: int, value: int) -> Slot:
    return Slot(day=0, at=position * 60 * MINUTE, room=14, hour=8 + position, value=value, peak_rank=None)


def caption(number: int, tier: str = "mid", category: str = "solo", emv: float = 1.0) -> Candidate:
    return Candidate(number, f"key {number:03}", "text", PriceTier(tier), category, False, 0.5, emv)


@st.composite
def weeks(draw: st.DrawFn) -> list[Placement]:
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(0, 3),
                st.sampled_from(["budget", "mid", "bump"]),
                st.sampled_from("abc"),
                st.sampled_from([0.0, 1.0, 2.0]),
            ),
            max_size=14,
        )
    )
    return [
        Placement(slot(i, value), caption(i, tier, category, emv))
        for i, (value, tier, category, emv) in enumerate(rows)
    ]


def worth(placements: list[Placement]) -> float:
    return sum(placement.slot.value * placement.caption.expected_emv for placement in placements)


def test_the_best_earner_goes_to_the_best_slot() -> None:
    slots = [slot(0, 1), slot(1, 9), slot(2, 5)]
    captions = [caption(1, emv=2.0), caption(2, emv=3.0), caption(3, emv=1.0)]
    placed = pair(slots, captions, [], [])
    assert [placement.caption.caption_id for placement in placed] == [3, 2, 1]


def test_types_stay_in_their_slots_and_the_week_is_in_order() -> None:
    placed = pair([slot(2, 1), slot(0, 1)], [caption(1), caption(2)], [slot(1, 9)], [caption(3, "bump")])
    assert [placement.caption.message_type for placement in placed] == [
        MessageType.PPV,
        MessageType.BUMP,
        MessageType.PPV,
    ]


def test_equal_neighbours_are_taken_apart_when_it_is_free() -> None:
    captions = [caption(1, "mid", "a"), caption(2, "mid", "a"), caption(3, "budget", "b"), caption(4, "budget", "b")]
    placed = vary([Placement(slot(i, 5), one) for i, one in enumerate(captions)])
    assert clashes([placement.caption for placement in placed]) == 0


def test_equal_neighbours_stay_when_it_would_cost() -> None:
    captions = [caption(1, "mid", "a", 4.0), caption(2, "mid", "a", 3.0), caption(3, "budget", "b", 2.0)]
    placements = [Placement(slot(i, 9 - i), one) for i, one in enumerate(captions)]
    assert vary(placements) == placements


def test_a_swap_that_helps_nothing_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "_MAX_ROUNDS", 1)
    placements = [Placement(slot(i, 5), caption(i)) for i in range(4)]
    assert vary(placements) == placements


def test_bumps_in_a_row_are_no_clash_of_tiers() -> None:
    assert clashes([caption(1, "bump", "a"), caption(2, "bump", "b"), caption(3, "bump", "b")]) == 1
    assert clashes([caption(1, "mid", "a"), caption(2, "mid", "b"), caption(3, "mid", "b")]) == 3


@given(weeks())
def test_variety_never_costs_and_never_hurts(placements: list[Placement]) -> None:
    varied = vary(placements)
    before, after = ([placement.caption for placement in week] for week in (placements, varied))
    assert [placement.slot for placement in varied] == [placement.slot for placement in placements]
    assert Counter(before) == Counter(after)
    assert [one.message_type for one in before] == [one.message_type for one in after]
    assert clashes(after) <= clashes(before)
    paid = [[p for p in week if p.caption.message_type is MessageType.PPV] for week in (placements, varied)]
    assert worth(paid[1]) == pytest.approx(worth(paid[0]))
