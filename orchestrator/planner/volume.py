"""How many messages a week gets, of which tiers, and on which days. All arithmetic is exact (fractions)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from orchestrator.domain.constants import TIER_GROUPS, constants
from orchestrator.domain.kinds import AccountSize, Mode, Segment, Zone
from orchestrator.domain.week import DAYS_PER_WEEK

# Of days that deserve a message alike, these come first: neighbours in the list are far apart in the week.
_DAY_ORDER = (4, 1, 6, 2, 5, 0, 3)


def weekly_targets(
    size: AccountSize, zone: Zone, day_factors: Sequence[Decimal], mode: Mode = Mode.OPTIMIZE
) -> tuple[int, int]:
    """PPV and bumps a week: floor(base x zone multiplier x mean of the seven day factors), PPV also x the mode's.

    `day_factors` are the seven shares of a normal day's volume, Monday first.
    """
    if len(day_factors) != DAYS_PER_WEEK:
        raise ValueError(f"a week has {DAYS_PER_WEEK} day factors, not {len(day_factors)}")
    rule, saturation = constants().account_sizes[size], constants().zones[zone]
    mean = sum(map(Fraction, day_factors)) / DAYS_PER_WEEK
    ppv_multiplier = Fraction(saturation.ppv_multiplier) * Fraction(constants().mode_ppv_multiplier[mode])
    ppv = math.floor(rule.base_ppv * ppv_multiplier * mean)
    bumps = math.floor(rule.base_bump * Fraction(saturation.bump_multiplier) * mean)
    return ppv, bumps


def segment_mix(segment: Segment, ppv: int) -> dict[str, int]:
    """How many of `ppv` come from budget, mid and premium (premium and luxury); the parts add up to `ppv`."""
    shares = constants().segment_mix[segment]
    counts = largest_remainder(ppv, [shares[group] for group in TIER_GROUPS])
    return {group.value: count for group, count in zip(TIER_GROUPS, counts, strict=True)}


def ppv_day_factors(zone: Zone, day_factors: Sequence[Decimal]) -> list[Decimal]:
    """The day factors as they weight PPV: nothing on the zone's cooling days."""
    cooling = constants().zones[zone].cooling_days
    return [Decimal(0) if day < cooling else factor for day, factor in enumerate(day_factors)]


def spread_over_days(
    zone: Zone, day_factors: Sequence[Decimal], room: Sequence[int], ppv: int, bumps: int
) -> tuple[list[int], list[int]]:
    """PPV and bumps for each day of the week; `room` is how many messages a day has place for.

    PPV come first; bumps take what room is left, and prefer the days that have little of the rest.
    """
    ppv_days = day_quotas(ppv, ppv_day_factors(zone, day_factors), room)
    room_left = [limit - count for limit, count in zip(room, ppv_days, strict=True)]
    return ppv_days, day_quotas(bumps, day_factors, room_left, load=ppv_days)


def day_quotas(
    total: int, weights: Sequence[Decimal], room: Sequence[int], load: Sequence[int] | None = None
) -> list[int]:
    """Messages per day, in proportion to the weights, at most `room`; equal claims go to the day with the least load.

    The sum is `total` unless the days with a weight have less room than that.
    """
    order = [_DAY_ORDER.index(day) for day in range(DAYS_PER_WEEK)]
    ties = [(load[day] if load else 0, order[day]) for day in range(DAYS_PER_WEEK)]
    return largest_remainder(total, weights, room, ties)


def largest_remainder(
    total: int,
    weights: Sequence[Decimal],
    room: Sequence[int] | None = None,
    ties: Sequence[tuple[int, int]] | None = None,
) -> list[int]:
    """Split `total` in proportion to the weights; what rounding down leaves goes to the largest remainders.

    A place never gets more than its `room`; what it cannot take moves to the others with a weight. Equal remainders go
    to the smallest of `ties`, else to the first place.
    """
    limits = list(room) if room is not None else [total] * len(weights)
    whole = sum(map(Fraction, weights))
    if not whole:
        return [0] * len(weights)
    shares = [total * Fraction(weight) / whole for weight in weights]
    counts = [min(math.floor(share), limit) for share, limit in zip(shares, limits, strict=True)]
    for _ in range(total - sum(counts)):
        open_places = [i for i, weight in enumerate(weights) if weight and counts[i] < limits[i]]
        if not open_places:
            break
        neediest = min(open_places, key=lambda i: (counts[i] - shares[i], ties[i] if ties else (0, i)))
        counts[neediest] += 1
    return counts
