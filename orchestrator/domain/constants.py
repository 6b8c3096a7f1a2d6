"""What Python needs of sql/constants.yaml, typed; the rest of that file concerns the SQL alone.

Multipliers, shares and dollars are `Decimal`, so that a floor or a largest remainder never depends on binary rounding
(in floats 0.29 x 100 is 28.999...). A missing or misspelt key raises at the first use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any

from orchestrator.domain.kinds import AccountSize, Mode, PriceTier, Segment, Zone
from sql import constants as yaml_constants

# The groups a segment divides its PPV among; premium stands for premium and luxury.
TIER_GROUPS = (PriceTier.BUDGET, PriceTier.MID, PriceTier.PREMIUM)


@dataclass(frozen=True)
class SendingHours:
    """When a message may leave, in local wall-clock time; both ends are inclusive to the minute."""

    zone_name: str
    first: time
    last: time
    quiet_hours: frozenset[int]


@dataclass(frozen=True)
class SizeRule:
    """Weekly base volume in messages, and the smallest gap between two messages of a page."""

    revenue_below: Decimal | None
    base_ppv: int
    base_bump: int
    min_gap: timedelta


@dataclass(frozen=True)
class ZoneRule:
    """What saturation does to volume and gap; PPV is forbidden on the week's first `cooling_days` days."""

    ppv_multiplier: Decimal
    bump_multiplier: Decimal
    extra_gap: timedelta
    cooling_days: int


@dataclass(frozen=True)
class PriceBand:
    """Dollars, both ends inclusive."""

    low: Decimal
    high: Decimal
    default_price: Decimal


@dataclass(frozen=True)
class BanditRule:
    """Parameters of the Wilson bandit; rates are purchases per view."""

    z: float
    temper: float
    fatigue_drop: float
    fatigue_tau_days: float
    tier_rate: Mapping[PriceTier, float]


@dataclass(frozen=True)
class Constants:
    """Everything in sql/constants.yaml that Python uses."""

    sending: SendingHours
    account_sizes: Mapping[AccountSize, SizeRule]
    revenue_period_days: int
    zones: Mapping[Zone, ZoneRule]
    price_bands: Mapping[PriceTier, PriceBand]
    price_tier_aliases: Mapping[str, PriceTier]
    segment_mix: Mapping[Segment, Mapping[PriceTier, Decimal]]
    urgent_cap: int
    category_cap: int
    cooldown_days: int
    bandit: BanditRule
    weekday_peak_hours: tuple[int, ...]
    weekend_peak_hours: tuple[int, ...]
    mode_ppv_multiplier: Mapping[Mode, Decimal]
    default_seed: str
    policy_version: str

    def min_gap(self, size: AccountSize, zone: Zone) -> timedelta:
        """The smallest time between any two messages of a page of this size in this zone."""
        return self.account_sizes[size].min_gap + self.zones[zone].extra_gap


@cache
def constants() -> Constants:
    """The business constants, converted once per process."""
    return constants_from(yaml_constants())


def constants_from(raw: Mapping[str, Any]) -> Constants:
    """Convert the parsed YAML; raises KeyError or ValueError that names what is missing or unknown."""
    return Constants(
        sending=_sending(raw["time"]),
        account_sizes=_keyed(AccountSize, raw["account_sizes"], _size_rule),
        revenue_period_days=raw["revenue_period_days"],
        zones=_keyed(Zone, raw["zones"], _zone_rule),
        price_bands=_keyed(PriceTier, raw["price_tiers"], _price_band),
        price_tier_aliases=MappingProxyType({old: PriceTier(new) for old, new in raw["price_tier_aliases"].items()}),
        segment_mix=_keyed(Segment, raw["segments"], _mix),
        urgent_cap=raw["week_caps"]["urgent"],
        category_cap=raw["week_caps"]["category"],
        cooldown_days=raw["cooldown_days"],
        bandit=_bandit(raw["bandit"]),
        weekday_peak_hours=tuple(raw["peak_hours"]["weekday"]),
        weekend_peak_hours=tuple(raw["peak_hours"]["weekend"]),
        mode_ppv_multiplier=_keyed(Mode, raw["modes"], lambda mode: exact(mode["ppv_multiplier"])),
        default_seed=raw["default_seed"],
        policy_version=raw["policy_version"],
    )


def exact(value: object) -> Decimal:
    """The number as it is written in the file: 0.75 is 3/4, and 0.1 is one tenth."""
    return Decimal(str(value))


def _keyed(kind: Any, raw: Mapping[str, Any], convert: Any) -> Mapping[Any, Any]:
    """One entry per member of the enum, in the enum's order; an unknown or missing key is an error."""
    unknown = sorted(set(raw) - {member.value for member in kind})
    missing = sorted({member.value for member in kind} - set(raw))
    if unknown or missing:
        raise ValueError(f"sql/constants.yaml: {kind.__name__} has unknown {unknown} and lacks {missing}")
    return MappingProxyType({member: convert(raw[member.value]) for member in kind})


def _sending(raw: Mapping[str, Any]) -> SendingHours:
    return SendingHours(
        zone_name=raw["zone"],
        first=time.fromisoformat(raw["first_send_time"]),
        last=time.fromisoformat(raw["last_send_time"]),
        quiet_hours=frozenset(raw["quiet_hours"]),
    )


def _size_rule(raw: Mapping[str, Any]) -> SizeRule:
    return SizeRule(
        revenue_below=None if raw["revenue_below"] is None else exact(raw["revenue_below"]),
        base_ppv=raw["base_ppv"],
        base_bump=raw["base_bump"],
        min_gap=timedelta(minutes=raw["min_gap_minutes"]),
    )


def _zone_rule(raw: Mapping[str, Any]) -> ZoneRule:
    return ZoneRule(
        ppv_multiplier=exact(raw["ppv_multiplier"]),
        bump_multiplier=exact(raw["bump_multiplier"]),
        extra_gap=timedelta(minutes=raw["extra_gap_minutes"]),
        cooling_days=raw["cooling_days"],
    )


def _price_band(raw: Mapping[str, Any]) -> PriceBand:
    return PriceBand(exact(raw["low"]), exact(raw["high"]), exact(raw["default_price"]))


def _mix(raw: Mapping[str, Any]) -> Mapping[PriceTier, Decimal]:
    if set(raw) != set(TIER_GROUPS):
        raise ValueError(f"sql/constants.yaml: a segment's mix names {sorted(raw)}, not {sorted(TIER_GROUPS)}")
    return MappingProxyType({group: exact(raw[group]) for group in TIER_GROUPS})


def _bandit(raw: Mapping[str, Any]) -> BanditRule:
    return BanditRule(
        z=float(raw["z"]),
        temper=float(raw["temper"]),
        fatigue_drop=float(raw["fatigue_drop"]),
        fatigue_tau_days=float(raw["fatigue_tau_days"]),
        tier_rate=_keyed(PriceTier, raw["tier_rate"], float),
    )
