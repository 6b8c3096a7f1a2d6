"""Volumes, mixes and day quotas: the oracles, and the arithmetic of largest remainders."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain import AccountSize, Mode, Segment, Zone
from orchestrator.planner.volume import day_quotas, largest_remainder, ppv_day_factors, segment_mix, weekly_targets

NORMAL = [Decimal(1)] * 7
PLENTY = [99] * 7
factors = st.lists(st.decimals("0", "1.5", places=2), min_size=7, max_size=7)


@pytest.mark.parametrize(
    ("size", "zone", "targets"),
    [
        ("MEDIUM", "GREEN", (12, 8)),
        ("MEDIUM", "YELLOW", (9, 9)),
        ("MEDIUM", "RED", (6, 16)),
        ("SMALL", "YELLOW", (6, 7)),
        ("LARGE", "RED", (8, 24)),
        ("MEGA", "GREEN", (21, 16)),
        ("MICRO", "YELLOW", (4, 4)),
        ("MICRO", "RED", (3, 8)),
    ],
)
def test_weekly_targets_match_the_oracles(size: str, zone: str, targets: tuple[int, int]) -> None:
    assert weekly_targets(AccountSize(size), Zone(zone), NORMAL) == targets


def test_modes_change_ppv_only() -> None:
    assert weekly_targets(AccountSize.MEDIUM, Zone.GREEN, NORMAL, Mode.SAFE) == (12, 8)
    assert weekly_targets(AccountSize.MEDIUM, Zone.GREEN, NORMAL, Mode.CONSERVATIVE) == (9, 8)
    assert weekly_targets(AccountSize.MEGA, Zone.YELLOW, NORMAL, Mode.CONSERVATIVE) == (11, 19)


@pytest.mark.parametrize(
    ("changed", "targets"),
    [
        ([Decimal("0.7")] * 7, (8, 5)),  # 8.4 and 5.6
        ([Decimal("0.3")] + [Decimal(1)] * 6, (10, 7)),  # mean 0.9: 10.8 and 7.2
        ([Decimal("1.5")] + [Decimal("0.5")] + [Decimal(1)] * 5, (12, 8)),
        ([Decimal(0)] * 7, (0, 0)),
    ],
)
def test_day_factors_scale_the_week(changed: list[Decimal], targets: tuple[int, int]) -> None:
    assert weekly_targets(AccountSize.MEDIUM, Zone.GREEN, changed) == targets


def test_the_floor_is_exact() -> None:
    # The mean is exactly 1; in binary floating point it falls just short, and a PPV would be lost.
    uneven = [Decimal(text) for text in ("1.1", "1.2", "1.0", "0.8", "1.1", "1.1", "0.7")]
    assert sum(map(float, uneven)) / 7 < 1
    assert weekly_targets(AccountSize.MEDIUM, Zone.GREEN, uneven) == (12, 8)


def test_six_factors_are_no_week() -> None:
    with pytest.raises(ValueError, match="7 day factors, not 6"):
        weekly_targets(AccountSize.MEDIUM, Zone.GREEN, NORMAL[:6])


@pytest.mark.parametrize(
    ("segment", "ppv", "mix"),
    [
        ("STANDARD", 12, (4, 5, 3)),  # 3.6, 5.4, 3.0
        ("BUDGET", 12, (7, 4, 1)),  # 7.2, 3.6, 1.2
        ("EXPLORATORY", 4, (3, 1, 0)),  # 2.4, 1.2, 0.4: equal remainders go to the cheaper tier
        ("PREMIUM", 12, (2, 4, 6)),  # 1.8, 4.2, 6.0
        ("LUXURY", 21, (3, 7, 11)),  # 3.15, 7.35, 10.5
        ("STANDARD", 0, (0, 0, 0)),
        ("STANDARD", 1, (0, 1, 0)),
    ],
)
def test_segment_mixes(segment: str, ppv: int, mix: tuple[int, int, int]) -> None:
    assert segment_mix(Segment(segment), ppv) == dict(zip(("budget", "mid", "premium"), mix, strict=True))


@given(st.sampled_from(Segment), st.integers(0, 60))
def test_a_mix_loses_nothing(segment: Segment, ppv: int) -> None:
    assert sum(segment_mix(segment, ppv).values()) == ppv


@given(st.integers(0, 60), factors)
def test_each_day_gets_its_share_rounded_up_or_down(total: int, weights: list[Decimal]) -> None:
    counts = day_quotas(total, weights, PLENTY)
    whole = sum(map(Fraction, weights))
    assert sum(counts) == (total if whole else 0)
    for count, weight in zip(counts, weights, strict=True):
        share = total * Fraction(weight) / whole if whole else Fraction(0)
        assert abs(count - share) < 1
        assert weight or not count


@given(st.integers(0, 60), factors, st.lists(st.integers(0, 12), min_size=7, max_size=7))
def test_a_full_day_passes_its_messages_on(total: int, weights: list[Decimal], room: list[int]) -> None:
    counts = day_quotas(total, weights, room)
    assert all(count <= limit for count, limit in zip(counts, room, strict=True))
    open_room = sum(limit for limit, weight in zip(room, weights, strict=True) if weight)
    assert sum(counts) == min(total, open_room)


def test_equal_days_are_filled_far_apart_and_lightest_first() -> None:
    assert day_quotas(3, NORMAL, PLENTY) == [0, 1, 0, 0, 1, 0, 1]
    assert day_quotas(3, NORMAL, PLENTY, load=[0, 1, 0, 1, 1, 0, 1]) == [1, 0, 1, 0, 0, 1, 0]


def test_red_pages_rest_from_ppv_on_the_first_two_days() -> None:
    assert ppv_day_factors(Zone.RED, NORMAL) == [0, 0, 1, 1, 1, 1, 1]
    assert ppv_day_factors(Zone.YELLOW, NORMAL) == NORMAL


def test_larger_remainders_come_first() -> None:
    assert largest_remainder(10, [Decimal("0.15"), Decimal("0.35"), Decimal("0.5")]) == [2, 3, 5]
    assert largest_remainder(7, [Decimal("0.6"), Decimal("0.3"), Decimal("0.1")]) == [4, 2, 1]
