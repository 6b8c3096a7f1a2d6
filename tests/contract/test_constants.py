"""The numbers of the contract, spelled out again: a slip in sql/constants.yaml must not pass unseen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from orchestrator.domain import AccountSize, Mode, Zone
from orchestrator.domain.constants import constants as typed
from orchestrator.planner.volume import weekly_targets
from sql import constants

NORMAL_WEEK = (Decimal(1),) * 7


@pytest.mark.parametrize(
    ("size", "zone", "ppv", "bumps"),
    [
        ("MEDIUM", "GREEN", 12, 8),
        ("MEDIUM", "YELLOW", 9, 9),
        ("MEDIUM", "RED", 6, 16),
        ("SMALL", "YELLOW", 6, 7),
        ("LARGE", "RED", 8, 24),
        ("MEGA", "GREEN", 21, 16),
        ("MICRO", "YELLOW", 4, 4),
        ("MICRO", "RED", 3, 8),
    ],
)
def test_weekly_volume(size: str, zone: str, ppv: int, bumps: int) -> None:
    assert weekly_targets(AccountSize(size), Zone(zone), NORMAL_WEEK, Mode.OPTIMIZE) == (ppv, bumps)


def test_a_conservative_week_has_three_quarters_of_the_ppv() -> None:
    assert weekly_targets(AccountSize.MEDIUM, Zone.GREEN, NORMAL_WEEK, Mode.CONSERVATIVE) == (9, 8)


def test_the_mean_of_the_day_factors_scales_the_week() -> None:
    christmas = (*NORMAL_WEEK[:3], Decimal("0.7"), Decimal("0.6"), *NORMAL_WEEK[5:])
    # 12 x (5 + 1.3) / 7 = 10.8 and 8 x 6.3 / 7 = 7.2
    assert weekly_targets(AccountSize.MEDIUM, Zone.GREEN, christmas, Mode.OPTIMIZE) == (10, 7)


def test_account_sizes_are_cut_by_revenue_per_90_days() -> None:
    cuts = {size: rule["revenue_below"] for size, rule in constants()["account_sizes"].items()}
    assert cuts == {"MICRO": 5_000, "SMALL": 25_000, "MEDIUM": 100_000, "LARGE": 500_000, "MEGA": None}
    assert constants()["revenue_period_days"] == 90


def test_gaps_in_minutes_per_size_and_zone() -> None:
    gaps = {
        (size.value, zone.value): typed().min_gap(size, zone).total_seconds() / 60
        for size in AccountSize
        for zone in Zone
    }
    base = {"MICRO": 180, "SMALL": 150, "MEDIUM": 120, "LARGE": 90, "MEGA": 75}
    extra = {"GREEN": 0, "YELLOW": 30, "RED": 60}
    assert gaps == {(size, zone): base[size] + extra[zone] for size in base for zone in extra}


def test_saturation_zones_have_one_tolerance() -> None:
    rule = constants()["saturation"]
    assert (rule["tolerance"], rule["yellow_from"], rule["red_from"]) == (0.50, 0.30, 0.50)
    assert (rule["recent_days"], rule["baseline_days"]) == (7, 90)


@pytest.mark.parametrize(
    ("tier", "low", "high", "default"),
    [("budget", 10, 18, 14), ("mid", 18, 28, 23), ("premium", 28, 45, 36), ("luxury", 45, 70, 57), ("bump", 0, 0, 0)],
)
def test_price_bands(tier: str, low: int, high: int, default: int) -> None:
    band = constants()["price_tiers"][tier]
    assert (band["low"], band["high"], band["default_price"]) == (low, high, default)
    assert low <= default <= high  # the price of a text without history is not clipped


def test_old_labels() -> None:
    assert dict(constants()["price_tier_aliases"]) == {"low": "budget", "standard": "mid", "high": "premium"}
    assert dict(constants()["segment_aliases"]) == {
        "High-Value/Price-Insensitive": "PREMIUM",
        "Budget-Conscious": "BUDGET",
    }


def test_weekly_caps_cooldown_and_hours() -> None:
    assert dict(constants()["week_caps"]) == {"urgent": 5, "category": 20}
    assert constants()["cooldown_days"] == 7
    assert set(constants()["cooldown_ignores"]) == {"cancelled", "rejected", "superseded"}
    time: Any = constants()["time"]
    assert (time["zone"], time["first_send_time"], time["last_send_time"]) == ("America/Los_Angeles", "08:00", "22:59")
    assert set(time["quiet_hours"]) >= {2, 3, 4, 5}


def test_the_sampler() -> None:
    bandit = constants()["bandit"]
    assert (bandit["z"], bandit["temper"], bandit["fatigue_drop"], bandit["fatigue_tau_days"]) == (1.96, 0.5, 0.3, 30)


def test_what_stands_out_and_what_is_significant() -> None:
    assert dict(constants()["anomalies"]) == {"least_observations": 7, "warning_above": 3, "critical_from": 5}
    assert constants()["significant_below"] == 0.05


def test_holidays_of_2025_are_those_of_the_old_calendar() -> None:
    from orchestrator.domain.holidays import holidays

    factors = {one.holiday_date: one.saturation_impact_factor for one in holidays(2025, 2025)}
    assert len(factors) == 20
    assert factors[date(2025, 4, 20)] == 0.8
    assert factors[date(2025, 11, 27)] == 0.7
    assert factors[date(2025, 12, 25)] == 0.6
