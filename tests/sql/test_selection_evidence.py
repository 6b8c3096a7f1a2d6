"""What the selector says of its picks, and that the stored picks replay from it bit for bit."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from orchestrator.agents import caption_selector
from orchestrator.agents.caption_selector import SelectionRequest
from orchestrator.bandit import replay
from orchestrator.domain import Mode, PickEvidence

AS_OF = datetime(2026, 1, 19, 8, tzinfo=UTC)
LEARNT = datetime(2025, 12, 20, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(shared_warehouse: Any) -> Any:
    """A page with a prior for budget captions only, one that has nothing of its own, and five captions."""
    shared_warehouse.insert("creators", [{"page_name": page, "is_active": True} for page in ("known", "fresh")])
    tiers = {1: "budget", 2: "budget", 3: "bump", 4: "luxury", 5: "mid"}
    shared_warehouse.insert(
        "caption_bank",
        [
            {
                "caption_id": n,
                "caption_text": f"text {n}",
                "caption_key": f"k{n}",
                "price_tier": tier,
                "has_urgency": False,
                "is_active": True,
            }
            for n, tier in tiers.items()
        ],
    )
    priors = [("known", "budget", 2, 48), ("*", "budget", 1, 1), ("*", "mid", 3, 97), ("*", "bump", 50, 50)]
    shared_warehouse.insert(
        "bandit_priors",
        [
            {
                "page_name": page,
                "price_tier": tier,
                "rate": a / (a + b),
                "variation": 0.5,
                "prior_a": a,
                "prior_b": b,
                "views_per_message": 500,
                "as_of": LEARNT.isoformat(),
            }
            for page, tier, a, b in priors
        ],
    )
    shared_warehouse.insert(
        "caption_bandit_stats", [_learnt(2, "budget", "99"), _learnt(3, "bump", None), _learnt(5, "mid", "3.50")]
    )
    return shared_warehouse


def _learnt(caption_id: int, tier: str, median: str | None) -> dict[str, Any]:
    """Four purchases and 96 other views among 1,000 recipients, sent at the instant the row knows of."""
    zeros = dict.fromkeys(("confidence_lower_bound", "confidence_upper_bound", "exploration_score", "expected_emv"), 0)
    return {
        **zeros,
        "page_name": "known",
        "caption_id": caption_id,
        "caption_key": f"k{caption_id}",
        "price_tier": tier,
        "successes": 4,
        "failures": 96,
        "sends": 1000,
        "messages": 1,
        "revenue": "48",
        "median_price": median,
        "prior_a": 2,
        "prior_b": 48,
        "freshness": 0.7,
        "last_sent_at": LEARNT.isoformat(),
        "as_of": LEARNT.isoformat(),
    }


def _picks(world: Any, page: str, mode: Mode = Mode.OPTIMIZE) -> dict[int, Any]:
    request = SelectionRequest(page, 2, 1, 1, 1, "s")
    selection = caption_selector.select(world.warehouse, [request], as_of=AS_OF, mode=mode)[page]
    return {one.caption_id: one for one in selection.candidates}


def _evidence(world: Any, page: str) -> dict[int, PickEvidence]:
    return {caption_id: one.evidence for caption_id, one in _picks(world, page).items()}


def test_observed_counts_are_purchases_of_views_and_for_bumps_views_of_recipients(world: Any) -> None:
    found = _evidence(world, "known")
    assert (found[2].seen_hits, found[2].seen_misses) == (4, 96)
    assert (found[3].seen_hits, found[3].seen_misses) == (100, 900)
    assert (found[1].seen_hits, found[1].seen_misses) == (0, 0)


def test_the_prior_is_the_page_s_else_the_agency_s_else_the_constants(world: Any) -> None:
    found = _evidence(world, "known")
    assert {n: one.prior_scope for n, one in found.items()} == {
        1: "page",
        2: "page",
        3: "agency",
        4: "constants",
        5: "agency",
    }
    assert (found[2].prior_hits, found[2].prior_misses, found[2].prior_as_of) == (2, 48, LEARNT)
    assert (found[5].prior_hits, found[5].prior_misses, found[5].prior_as_of) == (3, 97, LEARNT)
    # luxury: rate .01 with a variation of .5 is worth .99 / (.25 * .01) - 1 = 395 views
    assert (found[4].prior_hits, found[4].prior_misses) == pytest.approx((3.95, 391.05))
    assert found[4].prior_as_of is None
    assert {one.prior_scope for one in _evidence(world, "fresh").values()} == {"agency", "constants"}


def test_prices_freshness_and_dates_are_those_the_score_was_made_of(world: Any) -> None:
    found = _evidence(world, "known")
    assert (found[2].median_price, found[2].price) == (Decimal(99), Decimal(18))
    assert (found[5].median_price, found[5].price) == (Decimal("3.50"), Decimal(18))
    assert (found[1].median_price, found[1].price) == (None, Decimal(14))
    assert found[2].freshness == pytest.approx(0.889636, abs=1e-6)  # 30 days later: 1 - .3 * EXP(-1)
    assert (found[2].learnt_as_of, found[1].learnt_as_of) == (LEARNT, None)
    assert (found[2].seed, found[2].mode, found[2].as_of, found[2].temper) == ("s", Mode.OPTIMIZE, AS_OF, 0.5)


def test_the_place_counts_the_free_captions_of_the_group(world: Any) -> None:
    picks = _picks(world, "known")
    assert {n: (one.evidence.place, one.evidence.free_captions) for n, one in picks.items() if n != 1 and n != 2} == {
        3: (1, 1),
        4: (1, 1),
        5: (1, 1),
    }
    by_score = sorted((1, 2), key=lambda n: -picks[n].final_score)
    assert [(picks[n].evidence.place, picks[n].evidence.free_captions) for n in by_score] == [(1, 2), (2, 2)]


@pytest.mark.parametrize("mode", list(Mode))
def test_every_pick_replays_bit_for_bit(world: Any, mode: Mode) -> None:
    for page in ("known", "fresh"):
        for one in _picks(world, page, mode).values():
            again = replay(one.evidence, one.caption_key, one.price_tier)
            got = again.thompson_score, again.final_score, again.expected_emv
            if world.url is None:  # BigQuery's logarithm and square root may differ in the last place
                assert got == pytest.approx((one.evidence.thompson_score, one.final_score, one.expected_emv), rel=1e-12)
            else:
                assert got == (one.evidence.thompson_score, one.final_score, one.expected_emv)


def test_a_number_with_seventeen_digits_is_stored_as_it_is(world: Any) -> None:
    """PARSE_JSON refuses on BigQuery, unless told to round, what its own writer spells with other digits."""
    score = 0.30000000000000004
    schedule = {
        **dict.fromkeys(("ppv_target", "bump_target", "ppv_count", "bump_count"), 0),
        **dict.fromkeys(("account_size", "saturation_status", "behavioral_segment", "seed", "policy_version", "mode")),
        "schedule_id": "sched_20260119_known_v1",
        "page_name": "known",
        "week_start": AS_OF.date(),
        "saturation_score": 0.1,
        "expected_emv": 1.0,
        "shortages": "[]",
    }
    message = {
        "schedule_id": "sched_20260119_known_v1",
        "position": 1,
        "scheduled_send_time": AS_OF,
        "message_type": "PPV",
        "caption_id": 1,
        "caption_key": "k1",
        "price_tier": "budget",
        "price": Decimal(14),
        "expected_emv": 1.0,
        "final_score": score,
        "propensity": None,
        "reason": json.dumps({"pick": {"thompson_score": score}}),
    }
    world.warehouse.query("ensure_guard_rows", {"page_names": []})
    [saved] = world.warehouse.query("save_drafts", {"schedules": [schedule], "messages": [message]})
    assert saved["result"] == "saved"
    [row] = world.rows(f"SELECT reason FROM {world.table('schedule_messages')}")
    assert row["reason"]["pick"]["thompson_score"] == score
