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
from orchestrator.domain import AccountSize, Mode, PriceTier, Zone, constants, to_utc
from orchestrator.domain.constants import constants_from

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
    assert rules.mode_ppv_multiplier[Mode.CONSERVATIVE] == Decimal("0.75")
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


def test_old_tier_names_are_known() -> None:
    assert dict(constants().price_tier_aliases) == {"low": "budget", "standard": "mid", "high": "premium"}


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda raw: raw["account_sizes"].pop("MEGA"), "lacks .'MEGA'"),
        (lambda raw: raw["zones"].update(PURPLE=raw["zones"]["RED"]), "unknown .'PURPLE'"),
        (lambda raw: raw["segments"]["BUDGET"].pop("mid"), "a segment's mix names"),
        (lambda raw: raw["price_tier_aliases"].update(x="vip"), "vip"),
    ],
)
def test_a_wrong_file_is_refused_by_name(spoil: Callable[[dict[str, Any]], object], message: str) -> None:
    raw = deepcopy(RAW)
    spoil(raw)
    with pytest.raises(ValueError, match=message):
        constants_from(raw)
