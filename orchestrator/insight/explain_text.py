"""`eros explain` for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from orchestrator.console import table_lines
from orchestrator.domain import Segment, Week, to_local
from orchestrator.domain.week import DAY_NAMES
from orchestrator.insight.explain import Count, PageExplanation, TierReason, ZoneReason
from orchestrator.insight.wording import row
from sql import constants as yaml_constants

_MINUTE = timedelta(minutes=1)
_EXCUSES = {
    "HOLIDAY": "too many holidays among the seven days",
    "PLATFORM_HEADWIND": "most other pages fell on the same days",
    "LOW_CONFIDENCE": "too little certainty",
}


def explain_lines(found: PageExplanation) -> list[str]:
    """The answer for people, at most about 100 columns wide."""
    at = f"{to_local(found.as_of):%Y-%m-%d %H:%M %z}"
    inactive = "" if found.is_active else " (inactive: runs leave it out)"
    lines = [f"{found.page_name}{inactive}, as of {at}, for the week of {found.volume.week}"]
    for name, status in found.standing:
        lines.append(f"{name} stands, {status}; below is what a plan made now would get")
    parts = [
        (f"Tier: {found.tier.size}", list(_tier(found.tier))),
        (f"Zone: {found.zone.zone}", list(_zone(found.zone))),
        (f"Volume: {found.volume.ppv.target} PPV and {found.volume.bumps.target} bumps", list(_volume(found))),
        (f"Segment: {found.segment.segment}", list(_segment(found))),
    ]
    return lines + [line for title, body in parts for line in ("", title, *body)]


def _tier(tier: TierReason) -> Iterator[str]:
    if tier.per_period is None:
        yield from row("revenue", f"no message in {tier.lookback_days} days: such a page starts as {tier.size}")
        return
    span = f"from {_dollars(tier.low)}" + (f" to below {_dollars(tier.high)}" if tier.high is not None else "")
    yield from row("revenue", f"{_dollars(tier.per_period)} per {tier.period_days} days; {tier.size} is {span}")
    if tier.larger and tier.high is not None:
        more = tier.high - tier.per_period
        yield from row("up", f"{tier.larger} takes {_dollars(more)} more{_share(more, tier.per_period)}")
    if tier.smaller:
        less = tier.per_period - tier.low
        yield from row("down", f"{tier.smaller} is {_dollars(less)} away{_share(-less, tier.per_period)}")
    if tier.data_status == "insufficient":
        yield from row("note", "there are few messages yet, so the tier may move soon")


def _zone(zone: ZoneReason) -> Iterator[str]:
    if zone.score is None:
        yield from row("score", f"no history: {zone.zone} until there is something to judge by")
        return
    limits = yaml_constants()["saturation"]
    bounds = f"YELLOW from {limits['yellow_from']:.2f}, RED from {limits['red_from']:.2f}"
    halved = f" = {zone.points:.2f} points, halved" if zone.exclusion else ""
    yield from row("score", f"{zone.score:.2f} of 1{halved}; {bounds}")
    cells = [
        (one.name, _signed(one.deviation), _error(one.error), _signed(one.beyond_chance), f"{one.points:.2f}")
        for one in zone.deviations
    ]
    cells.append((f"bad days in a row: {zone.run_days}", "", "", "", f"{zone.run_points:.2f}"))
    headings = ("last 7 days against the usual", "deviation", "chance", "beyond chance", "points")
    yield from (f"  {line}" for line in table_lines(headings, cells, right=headings[1:]))
    left_out = [f"holidays: {zone.holiday_days}" if zone.holiday_days else ""]
    left_out += [f"days on which most other pages fell too: {zone.platform_days}" if zone.platform_days else ""]
    without = ", ".join(part for part in left_out if part)
    yield from row(
        "days",
        f"{zone.first_day} to {zone.last_day}: PPV on {zone.sending_days}, of which {zone.usable_days} count"
        f"{f' (left out: {without})' if without else ''}; the usual comes from {zone.baseline_days} days before",
    )
    certain = f"confidence {zone.confidence:.2f}" if zone.confidence is not None else "no confidence"
    excuse = _EXCUSES.get(zone.exclusion or "", "")
    yield from row("trust", f"{certain}; {zone.exclusion}: {excuse}, so the score counts half" if excuse else certain)
    if zone.data_status == "insufficient":
        yield from row("note", "there are too few days to judge by, so deviations add no points yet")
    yield from row("advice", zone.action)


def _volume(found: PageExplanation) -> Iterator[str]:
    volume = found.volume
    mean = _number(volume.mean_factor)
    for label, count in (("PPV", volume.ppv), ("bumps", volume.bumps)):
        yield from row(label, _product(found, count, mean))
    extra = f" ({_minutes(volume.gap - volume.extra_gap)} + {_minutes(volume.extra_gap)} for {found.zone.zone})"
    yield from row("gap", f"{_minutes(volume.gap)} minutes{extra if volume.extra_gap else ''} between any two messages")
    if volume.cooling_days:
        yield from row("cooling", f"{found.zone.zone}: no PPV on the first {volume.cooling_days} days")
    headings = ("", *(f"{DAY_NAMES[day.weekday()][:3]} {day:%m-%d}" for day in volume.week.dates))
    rows = [
        ("factor", *(f"{factor.normalize():f}" for factor in volume.factors)),
        ("PPV", *map(str, volume.ppv.days)),
        ("bumps", *map(str, volume.bumps.days)),
    ]
    yield from (f"  {line}" for line in table_lines(headings, rows, right=headings[1:]))
    missing = volume.ppv.target + volume.bumps.target - sum(volume.ppv.days) - sum(volume.bumps.days)
    if missing:
        yield from row("short", f"{missing} find no time that keeps the gaps")
    for day, names in sorted(volume.holidays.items()):
        factor = volume.factors[volume.week.dates.index(day)]
        yield from row("holiday", f"{DAY_NAMES[day.weekday()]}: {', '.join(names)}, {factor:g} of a usual day's volume")


def _product(found: PageExplanation, count: Count, mean: str) -> str:
    product = f"{count.base} ({found.tier.size}) x {count.multiplier} ({found.zone.zone}) x {mean} (mean day factor)"
    return f"{product} = {_number(count.exact)}, rounded down to {count.target}"


def _segment(found: PageExplanation) -> Iterator[str]:
    segment = found.segment
    if segment.segment is Segment.EXPLORATORY:
        yield from row(
            "PPV sent", f"{segment.ppv_messages}: below {segment.too_few_below} a page explores before it is judged"
        )
    elif segment.per_recipient is not None:
        span = f"from ${segment.low:g}" + (f" to below ${segment.high:g}" if segment.high is not None else "")
        yield from row(
            "earned",
            f"${segment.per_recipient:.4f} per recipient of {segment.ppv_messages:,} PPV; {segment.segment} is {span}",
        )
    names = {"premium": "premium or luxury"}
    mix = [f"{100 * share:.0f} % {names.get(group, group)}" for group, share in segment.shares.items()]
    counts = [f"{count} {names.get(group, group)}" for group, count in segment.counts.items()]
    yield from row("mix", f"{', '.join(mix)}: {', '.join(counts)} of {found.volume.ppv.target} PPV")


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.0f}"


def _share(change: Decimal, of: Decimal) -> str:
    return f" ({100 * change / of:+.0f} %)" if of else ""


def _signed(share: float | None) -> str:
    return "-" if share is None else f"{100 * share + 0.0:+.1f} %"


def _error(share: float | None) -> str:
    return "-" if share is None else f"±{100 * share:.1f} %"


def _number(value: Fraction) -> str:
    text = f"{float(value):.4f}".rstrip("0").rstrip(".")
    return text or "0"


def _minutes(span: timedelta) -> str:
    return str(span // _MINUTE)


def explain_dict(found: PageExplanation) -> dict[str, Any]:
    """The answer as `--json` prints it: every field of the explanation, fractions as numbers."""
    document: dict[str, Any] = _plain(found)
    document["zone"]["points"] = found.zone.points
    document["volume"]["mean_factor"] = float(found.volume.mean_factor)
    return document


def _plain(value: Any) -> Any:
    if isinstance(value, Week):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, timedelta):
        return value / _MINUTE
    return float(value) if isinstance(value, Decimal | Fraction) else value
