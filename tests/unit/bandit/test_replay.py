"""A stored pick computed again: the oracle of sql/procedures/select_captions_for_creator.yaml, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from statistics import NormalDist

import pytest

from orchestrator.bandit import posterior, replay
from orchestrator.domain import Mode, PickEvidence, PriceTier

# A budget caption seen by 100 and bought by 4, prior 2 : 48, thirty days rested, at its page's median of $12.
KNOWN = PickEvidence(
    seed="s",
    mode=Mode.OPTIMIZE,
    as_of=datetime(2026, 1, 19, 8, tzinfo=UTC),
    seen_hits=4,
    seen_misses=96,
    prior_hits=2.0,
    prior_misses=48.0,
    prior_scope="page",
    prior_as_of=None,
    learnt_as_of=None,
    temper=0.5,
    thompson_score=0.0,
    freshness=0.889636168,  # 1 - .3 * EXP(-1)
    price=Decimal(12),
    median_price=Decimal(12),
    views_per_message=500.0,
    place=1,
    free_captions=3,
)


def test_the_posterior_is_not_tempered() -> None:
    # 6 of 150: mean .04; Wilson at 1.96: (6 + 1.9208 -+ 1.96 * SQRT(5.76 + .9604)) / 153.8416
    mean, bounds = posterior(KNOWN)
    assert mean == pytest.approx(0.04)
    assert (bounds.lower_bound, bounds.upper_bound) == pytest.approx((0.018459, 0.084515), abs=1e-6)


def test_a_draw_is_repeated_from_its_seed() -> None:
    # counts 24 : 576; u from the MD5 of 's|k2', which begins with .8527; z = 1.048; 12 * .04 * .889636 * 500 dollars
    again = replay(KNOWN, "k2", PriceTier.BUDGET)
    assert again.u == pytest.approx(0.8527, abs=1e-4)
    assert again.z == pytest.approx(NormalDist().inv_cdf(again.u), abs=1e-8)
    assert again.thompson_score == pytest.approx(0.049258493, abs=1e-9)
    assert again.final_score == pytest.approx(0.525865643, abs=1e-9)
    assert again.expected_emv == pytest.approx(213.512680, abs=1e-6)


def test_another_text_draws_another_number() -> None:
    assert replay(KNOWN, "k1", PriceTier.BUDGET).u == pytest.approx(0.4325, abs=1e-4)


def test_safe_is_the_mean_and_draws_nothing() -> None:
    again = replay(replace(KNOWN, mode=Mode.SAFE), "k2", PriceTier.BUDGET)
    assert again.thompson_score == pytest.approx(0.04)
    assert (again.u, again.z) == (None, None)


def test_conservative_is_the_lower_bound_of_the_tempered_counts() -> None:
    # (24 + 1.9208 - 1.96 * SQRT(24 * 576 / 600 + .9604)) / 603.8416
    again = replay(replace(KNOWN, mode=Mode.CONSERVATIVE), "k2", PriceTier.BUDGET)
    assert again.thompson_score == pytest.approx(0.027025, abs=1e-6)


def test_a_bump_is_ranked_without_a_price_and_earns_nothing() -> None:
    again = replay(replace(KNOWN, price=Decimal(0)), "k2", PriceTier.BUMP)
    assert again.final_score == pytest.approx(0.049258493 * 0.889636168, abs=1e-9)
    assert again.expected_emv == 0
