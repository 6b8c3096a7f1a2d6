"""How a page's tier, zone, segment and weekly volume came about, from the numbers they were decided by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from orchestrator.agents import real_time_monitor
from orchestrator.agents.schedule_builder import day_factors
from orchestrator.domain import AccountSize, Segment, Week, Zone, constants
from orchestrator.domain.ports import Queries
from orchestrator.insight.lookup import known_page
from orchestrator.planner.slots import room_by_day
from orchestrator.planner.volume import segment_mix, spread_over_days, weekly_targets
from sql import constants as yaml_constants

_USUAL_DAY = Decimal(1)


@dataclass(frozen=True)
class TierReason:
    """`revenue` in dollars over `lookback_days`, `per_period` scaled to the period tiers are meant in.

    Both are None without history. `low` and `high` bound the tier; `high` is None for the highest.
    """

    size: AccountSize
    revenue: Decimal | None
    lookback_days: int
    period_days: int
    per_period: Decimal | None
    low: Decimal
    high: Decimal | None
    smaller: AccountSize | None
    larger: AccountSize | None
    avg_audience: int | None
    data_status: str


@dataclass(frozen=True)
class Deviation:
    """A figure of the last seven days against the usual, as shares of the usual.

    `error` is chance's standard error, `beyond_chance` what is left of the deviation without it, `points` what that
    adds to the score. None where there is nothing to measure by.
    """

    name: str
    deviation: float | None
    error: float | None
    beyond_chance: float | None
    points: float


@dataclass(frozen=True)
class ZoneReason:
    """The saturation score and its parts; `score` is None without history."""

    zone: Zone
    score: float | None
    deviations: tuple[Deviation, ...]
    run_days: int
    run_points: float
    exclusion: str | None
    confidence: float | None
    sending_days: int
    usable_days: int
    holiday_days: int
    platform_days: int
    baseline_days: int
    action: str
    data_status: str
    first_day: date
    last_day: date

    @property
    def points(self) -> float:
        """What the parts add up to, before an exclusion halves it."""
        return sum(one.points for one in self.deviations) + self.run_points


@dataclass(frozen=True)
class SegmentReason:
    """The segment by dollars per recipient of a PPV; it sets the tier mix and nothing else."""

    segment: Segment
    ppv_messages: int
    per_recipient: float | None
    low: float
    high: float | None
    too_few_below: int
    shares: Mapping[str, Decimal]
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Count:
    """One kind of message: base of the tier, zone multiplier, the product before it is rounded down, and each day's."""

    base: int
    multiplier: Decimal
    exact: Fraction
    target: int
    days: tuple[int, ...]


@dataclass(frozen=True)
class VolumeReason:
    """The coming week's volume; `factors` are shares of a usual day's, Monday first, `holidays` names by date."""

    week: Week
    factors: tuple[Decimal, ...]
    holidays: Mapping[date, tuple[str, ...]]
    ppv: Count
    bumps: Count
    gap: timedelta
    extra_gap: timedelta
    cooling_days: int

    @property
    def mean_factor(self) -> Fraction:
        """The mean of the seven day factors, exact."""
        return sum(map(Fraction, self.factors), Fraction(0)) / len(self.factors)


@dataclass(frozen=True)
class PageExplanation:
    """All four answers for one page, as of an instant; `standing` are the coming week's schedules: (id, status)."""

    page_name: str
    is_active: bool
    as_of: datetime
    tier: TierReason
    zone: ZoneReason
    segment: SegmentReason
    volume: VolumeReason
    standing: tuple[tuple[str, str], ...]


def explain_page(warehouse: Queries, page: str, as_of: datetime) -> PageExplanation:
    """Judge a page as a run at `as_of` would, for the week after it; only reads. UsageError for an unknown page."""
    is_active = known_page(warehouse, page)
    lookback = int(yaml_constants()["lookback_days"])
    [row] = warehouse.query("explain_page", {"page_name": page, "lookback_days": lookback, "as_of": as_of})
    week = Week.containing(as_of).next
    states = real_time_monitor.observe(warehouse, pages=[page], week=week)
    volume = volume_reason(
        AccountSize(row["account_size"]),
        Zone(row["saturation_status"]),
        week,
        day_factors(warehouse, week),
        states[page].occupied if page in states else (),
        _holidays(warehouse.query("verify_holidays", {"week_start": week.monday})),
    )
    rows = warehouse.query("existing_schedules", {"week_start": week.monday, "page_names": [page]})
    return PageExplanation(
        page_name=page,
        is_active=is_active,
        as_of=as_of,
        tier=tier_reason(row, lookback),
        zone=zone_reason(row, as_of),
        segment=segment_reason(row, volume.ppv.target),
        volume=volume,
        standing=tuple((one["schedule_id"], one["status"]) for one in rows),
    )


def tier_reason(row: Mapping[str, Any], lookback_days: int) -> TierReason:
    """Which revenue bounds the tier has and how far the page is from them."""
    size = AccountSize(row["account_size"])
    sizes = list(constants().account_sizes)
    place = sizes.index(size)
    smaller = sizes[place - 1] if place else None
    revenue = None if row["total_revenue_period"] is None else Decimal(row["total_revenue_period"])
    period = constants().revenue_period_days
    return TierReason(
        size=size,
        revenue=revenue,
        lookback_days=lookback_days,
        period_days=period,
        per_period=None if revenue is None else revenue * period / lookback_days,
        low=constants().account_sizes[smaller].revenue_below or Decimal(0) if smaller else Decimal(0),
        high=constants().account_sizes[size].revenue_below,
        smaller=smaller,
        larger=sizes[place + 1] if place + 1 < len(sizes) else None,
        avg_audience=row["avg_audience"],
        data_status=row["data_status"],
    )


def zone_reason(row: Mapping[str, Any], as_of: datetime) -> ZoneReason:
    """The parts of the saturation score."""
    today = Week.containing(as_of).local(as_of).date()
    deviations = tuple(
        Deviation(
            name,
            row[f"{column}_deviation"],
            row[f"{column}_error"],
            row[f"{column}_beyond_chance"],
            row[f"{column}_points"] or 0.0,
        )
        for column, name in (("unlock_rate", "views per recipient"), ("emv", "dollars per recipient"))
    )
    return ZoneReason(
        zone=Zone(row["saturation_status"]),
        score=row["saturation_score"],
        deviations=deviations,
        run_days=row["consecutive_underperform_days"] or 0,
        run_points=row["run_points"] or 0.0,
        exclusion=row["exclusion_reason"],
        confidence=row["confidence_score"],
        sending_days=row["sending_days"] or 0,
        usable_days=row["usable_days"] or 0,
        holiday_days=row["holiday_days"] or 0,
        platform_days=row["platform_days"] or 0,
        baseline_days=row["baseline_days"] or 0,
        action=row["recommended_action"],
        data_status=row["saturation_data_status"],
        first_day=today - timedelta(days=int(yaml_constants()["saturation"]["recent_days"])),
        last_day=today - timedelta(days=1),
    )


def segment_reason(row: Mapping[str, Any], ppv: int) -> SegmentReason:
    """The bounds of the segment, and how it divides `ppv` messages among the tiers."""
    segment, rules = Segment(row["behavioral_segment"]), yaml_constants()["segment_rules"]
    bounds = {
        Segment.BUDGET: (0.0, rules["budget_below"]),
        Segment.STANDARD: (rules["budget_below"], rules["standard_below"]),
        Segment.PREMIUM: (rules["standard_below"], rules["premium_below"]),
        Segment.LUXURY: (rules["premium_below"], None),
    }
    low, high = bounds.get(segment, (0.0, None))
    earned = row["ppv_earnings_per_recipient"]
    return SegmentReason(
        segment=segment,
        ppv_messages=row["ppv_messages"] or 0,
        per_recipient=None if earned is None else float(earned),
        low=low,
        high=high,
        too_few_below=rules["exploratory_below_messages"],
        shares={group.value: share for group, share in constants().segment_mix[segment].items()},
        counts=segment_mix(segment, ppv),
    )


def volume_reason(
    size: AccountSize,
    zone: Zone,
    week: Week,
    factors: Mapping[date, Decimal],
    occupied: Sequence[datetime],
    holidays: Mapping[date, tuple[str, ...]],
) -> VolumeReason:
    """The week's volume as the builder plans it, when there are captions enough."""
    by_day = tuple(factors.get(day, _USUAL_DAY) for day in week.dates)
    rule, saturation = constants().account_sizes[size], constants().zones[zone]
    mean = sum(map(Fraction, by_day), Fraction(0)) / len(by_day)
    ppv, bumps = weekly_targets(size, zone, by_day)
    gap = constants().min_gap(size, zone)
    ppv_days, bump_days = spread_over_days(zone, by_day, room_by_day(week, gap, occupied), ppv, bumps)

    def count(base: int, multiplier: Decimal, target: int, days: Sequence[int]) -> Count:
        return Count(base, multiplier, base * Fraction(multiplier) * mean, target, tuple(days))

    return VolumeReason(
        week=week,
        factors=by_day,
        holidays=holidays,
        ppv=count(rule.base_ppv, saturation.ppv_multiplier, ppv, ppv_days),
        bumps=count(rule.base_bump, saturation.bump_multiplier, bumps, bump_days),
        gap=gap,
        extra_gap=saturation.extra_gap,
        cooling_days=saturation.cooling_days,
    )


def _holidays(rows: Sequence[Mapping[str, Any]]) -> dict[date, tuple[str, ...]]:
    found: dict[date, tuple[str, ...]] = {}
    for row in rows:
        found[row["holiday_date"]] = (*found.get(row["holiday_date"], ()), row["holiday_name"])
    return found
