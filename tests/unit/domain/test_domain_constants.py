"""The typed constants: the file's figures, exact, complete, and the assumptions the planner makes about them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

import sql
from orchestrator.domain import AccountSize, Mode, PriceTier, Segment, Zone, constants, to_utc
from orchestrator.domain.constants import constants_from
from orchestrator.domain.labels import price_tier, segment
from orchestrator.errors import UsageError

RAW = yaml.safe_load(Path(sql.__file__).with_name("constants.yaml").read_text(encoding="utf-8"))


def test_the_contracts_figures() -> None:
    rules = constants()
    bands = {tier: (band.low, band.high, band.default_price) for tier, band in rules.price_bands.items()}
    assert bands == {
        PriceTier.BUDGET: (10, 18, 14),
        PriceTier.MID: (18, 28, 23),
        PriceTier.PREMIUM: (28, 45, 36),
        PriceTier.LUXURY: (45, 70, 57),
        PriceTier.BUMP: (0, 0, 0),
    }
    assert (rules.urgent_cap, rules.category_cap, rules.cooldown_days) == (5, 20, 7)
    assert (rules.sending.first, rules.sending.last) == (time(8), time(22, 59))
    assert rules.sending.quiet_hours == {2, 3, 4, 5, 6}
    assert rules.sending.zone_name == "America/Los_Angeles"
    assert rules.saturation.yellow_from == Decimal("0.30")
    assert rules.saturation.red_from == Decimal("0.50")
    assert rules.modes[Mode.CONSERVATIVE].ppv_multiplier == Decimal("0.75")
    assert rules.bandit.z == 1.96
    assert rules.min_gap(AccountSize.LARGE, Zone.RED) == timedelta(minutes=150)


def test_shares_are_exact_and_whole() -> None:
    for shares in constants().segment_mix.values():
        assert sum(shares.values()) == 1


def test_every_night_is_longer_than_every_gap() -> None:
    rules = constants()
    longest = max(rules.min_gap(size, zone) for size in AccountSize for zone in Zone)
    for evening in (date(2025, 11, 1), date(2026, 3, 7), date(2026, 6, 1)):
        morning = evening + timedelta(days=1)
        assert to_utc(morning, rules.sending.first) - to_utc(evening, rules.sending.last) >= longest


def test_a_message_never_falls_into_a_quiet_hour() -> None:
    sending = constants().sending
    minutes = range(24 * 60)
    hours = {
        clock.hour
        for clock in ((datetime(2026, 1, 1) + timedelta(minutes=minute)).time() for minute in minutes)
        if sending.first <= clock <= sending.last
    }
    assert not hours & sending.quiet_hours


@pytest.mark.parametrize(
    ("old", "new"),
    [("low", "budget"), ("standard", "mid"), ("high", "premium"), ("luxury", "luxury"), ("bump", "bump")],
)
def test_old_tier_names_are_understood(old: str, new: str) -> None:
    assert price_tier(old) is PriceTier(new)


@pytest.mark.parametrize(
    ("old", "new"),
    [("High-Value/Price-Insensitive", "PREMIUM"), ("Budget-Conscious", "BUDGET"), ("EXPLORATORY", "EXPLORATORY")],
)
def test_old_segment_names_are_understood(old: str, new: str) -> None:
    assert segment(old) is Segment(new)


def test_an_unknown_label_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="low, standard, high"):
        price_tier("vip")
    with pytest.raises(UsageError, match="Budget-Conscious"):
        segment("whale")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda raw: raw["account_sizes"].pop("MEGA"), "lacks .'MEGA'"),
        (lambda raw: raw["zones"].update(PURPLE=raw["zones"]["RED"]), "unknown .'PURPLE'"),
        (lambda raw: raw["segments"]["BUDGET"].pop("mid"), "a segment's mix names"),
        (lambda raw: raw["segment_aliases"].update(x="VIP"), "VIP"),
    ],
)
def test_a_wrong_file_is_refused_by_name(spoil: Callable[[dict[str, Any]], object], message: str) -> None:
    raw = deepcopy(RAW)
    spoil(raw)
    with pytest.raises(ValueError, match=message):
        constants_from(raw)
