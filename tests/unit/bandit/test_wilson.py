"""The Python twin of the Wilson SQL: published values, exact uniforms, properties of the draw."""

from __future__ import annotations

import hashlib
import math
from itertools import pairwise
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.bandit import normal_quantile, uniform, wilson_sample, wilson_score_bounds

REFERENCE = [
    (0, 0, 0, 1, 1),
    (0, 1, 0, 0.79346, 0.70711),
    (1, 0, 0.20654, 1, 0.70711),
    (1, 1, 0.09453, 0.90547, 0.57735),
    (1, 3, 0.04559, 0.69936, 0.44721),
    (10, 5, 0.41713, 0.84824, 0.25),
    (50, 50, 0.40383, 0.59617, 0.09950),
    (70, 30, 0.60415, 0.78105, 0.09950),
    (100, 0, 0.96301, 1, 0.09950),
    (0, 100, 0, 0.03699, 0.09950),
    (500, 500, 0.46907, 0.53093, 0.03161),
]
counts = st.just(0) | st.floats(1e-6, 1e6) | st.integers(0, 10**6)


@pytest.mark.parametrize(("successes", "failures", "lower", "upper", "bonus"), REFERENCE)
def test_bounds_match_the_reference_table(
    successes: int, failures: int, lower: float, upper: float, bonus: float
) -> None:
    bounds = wilson_score_bounds(successes, failures)
    assert bounds is not None
    got = (bounds.lower_bound, bounds.upper_bound, bounds.exploration_bonus)
    assert got == pytest.approx((lower, upper, bonus), abs=5e-6)


@given(counts, counts)
def test_bounds_lie_in_order_around_the_rate(successes: float, failures: float) -> None:
    bounds = wilson_score_bounds(successes, failures)
    assert bounds is not None
    assert 0 <= bounds.lower_bound <= bounds.upper_bound <= 1
    if successes + failures > 0:
        rate = successes / (successes + failures)
        assert bounds.lower_bound <= rate + 1e-12
        assert rate - 1e-12 <= bounds.upper_bound


@pytest.mark.parametrize(("successes", "failures"), [(None, 1), (1, None), (None, None)])
def test_nothing_in_nothing_out(successes: float | None, failures: float | None) -> None:
    assert wilson_score_bounds(successes, failures) is None
    assert wilson_sample(successes, failures, "s") is None


def test_no_seed_no_draw() -> None:
    assert wilson_sample(1, 1, None) is None


@pytest.mark.parametrize(("successes", "failures"), [(-1, 1), (1, -0.5), (float("nan"), 1)])
def test_a_negative_count_is_refused(successes: float, failures: float) -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        wilson_score_bounds(successes, failures)
    with pytest.raises(ValueError, match="must not be negative"):
        wilson_sample(successes, failures, "s")


@given(st.text())
def test_uniform_is_exact_in_a_double(seed: str) -> None:
    digits = int(hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest()[:13], 16)
    assert 0 < uniform(seed) < 1
    assert uniform(seed) * 2**53 == 2 * digits + 1


def test_uniform_of_a_known_seed() -> None:
    # MD5 of the seed begins with these digits: a value other programs can be held against.
    assert uniform("eros|2026-03-02|lily|v1|ab") == (0x8AEDE798689D3 + 0.5) / 2**52


@given(st.integers(0, 2**52 - 1))
def test_the_quantile_is_acklams(digits: int) -> None:
    probability = (digits + 0.5) / 2**52
    assert normal_quantile(probability) == pytest.approx(NormalDist().inv_cdf(probability), abs=6e-9, rel=1.2e-9)


def test_the_quantile_is_odd_in_the_tails_and_monotone() -> None:
    grid = [k / 10_000 for k in range(1, 10_000)] + [1e-12, 1 - 1e-12]
    values = [normal_quantile(p) for p in sorted(grid)]
    assert all(lower < upper for lower, upper in pairwise(values))
    assert normal_quantile(0.01) == pytest.approx(-normal_quantile(0.99), abs=1e-14)


@pytest.mark.parametrize("probability", [0.0, 1.0, -0.1, math.nan])
def test_the_quantile_of_no_probability_is_refused(probability: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        normal_quantile(probability)


@given(counts, counts, st.text(max_size=20))
def test_a_draw_replays_and_lies_in_the_unit_interval(successes: float, failures: float, seed: str) -> None:
    draw = wilson_sample(successes, failures, seed)
    assert draw is not None
    assert 0 <= draw <= 1
    assert wilson_sample(successes, failures, seed) == draw


def test_without_evidence_the_draw_is_the_uniform_number() -> None:
    assert wilson_sample(0, 0, "seed") == uniform("seed")


@pytest.mark.parametrize(("successes", "failures"), [(3, 97), (0.4, 12.5), (50, 50), (1, 0)])
def test_draws_lie_inside_the_bounds_exactly_when_z_does(successes: float, failures: float) -> None:
    bounds = wilson_score_bounds(successes, failures)
    assert bounds is not None
    seeds = [f"{successes}|{i}" for i in range(2000)]
    central = [seed for seed in seeds if abs(normal_quantile(uniform(seed))) <= 1.96]
    draws = {seed: wilson_sample(successes, failures, seed) or 0.0 for seed in seeds}
    assert all(bounds.lower_bound <= draws[seed] <= bounds.upper_bound for seed in central)
    assert len(central) / len(seeds) == pytest.approx(0.95, abs=0.015)
    ranked = sorted(seeds, key=uniform)
    assert all(draws[low] <= draws[high] + 1e-12 for low, high in pairwise(ranked))
