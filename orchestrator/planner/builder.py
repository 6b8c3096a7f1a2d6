"""The first week builder: greedy, and valid by construction.

Volume decides how many, the captions decide how many of those there are, the clock decides when; then the best captions
go to the best hours. With too little to send the week is shorter and says so; it is never invalid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from orchestrator.domain.constants import TIER_GROUPS, constants
from orchestrator.domain.evidence import SlotEvidence
from orchestrator.domain.kinds import PriceTier
from orchestrator.domain.plan import Candidate, PlannedMessage, Shortage, WeekPlan, WeekRequest
from orchestrator.domain.week import DAY_NAMES
from orchestrator.planner.choice import choose_captions, tier_group
from orchestrator.planner.pairing import Placement, pair
from orchestrator.planner.prices import price_of
from orchestrator.planner.slots import (
    Slot,
    best_slots,
    capacity,
    free_slots,
    instant,
    microseconds,
    peak_hours,
    seeded_noise,
    spread,
    week_grid,
)
from orchestrator.planner.volume import segment_mix, spread_over_days, weekly_targets

_NORMAL_DAY = Decimal(1)


@dataclass(frozen=True)
class _Clock:
    """The page's free slots by day, its gap and the instants it must keep that gap from, in microseconds."""

    days: tuple[list[Slot], ...]
    gap: int
    taken: list[int]
    seed: str


def build_week(request: WeekRequest) -> WeekPlan:
    """The page's week: equal requests give equal plans, whatever the order of candidates.

    Nights are longer than every gap, so days do not constrain each other: each day is planned for itself.
    """
    factors = [request.day_factors.get(day, _NORMAL_DAY) for day in request.week.dates]
    ppv_target, bump_target = weekly_targets(request.account_size, request.zone, factors, request.mode)
    mix = segment_mix(request.segment, ppv_target)
    quotas = {group: mix[group] for group in TIER_GROUPS} | {PriceTier.BUMP: bump_target}
    choice = choose_captions(request, quotas)

    clock = _clock(request)
    room = [capacity(slots, clock.gap) for slots in clock.days]
    ppv_days, bump_days = spread_over_days(request.zone, factors, room, len(choice.ppv), len(choice.bumps))

    ppv, homeless_ppv = _split(choice.ppv, sum(ppv_days))
    bumps, homeless_bumps = _split(choice.bumps, sum(bump_days))
    ppv_slots, bump_slots = _slots(clock, ppv_days, bump_days)
    return WeekPlan(
        request=request,
        ppv_target=ppv_target,
        bump_target=bump_target,
        messages=_messages(request, clock, pair(ppv_slots, ppv, bump_slots, bumps)),
        shortages=choice.shortages + _no_time_left([*homeless_ppv, *homeless_bumps]),
    )


def _clock(request: WeekRequest) -> _Clock:
    gap = constants().min_gap(request.account_size, request.zone)
    gap_microseconds = round(gap.total_seconds() * 10**6)
    taken = sorted(microseconds(moment) for moment in request.occupied)
    days = tuple(free_slots(slots, gap_microseconds, taken) for slots in week_grid(request.week))
    return _Clock(days, gap_microseconds, taken, request.plan_seed)


def _slots(clock: _Clock, ppv_days: Sequence[int], bump_days: Sequence[int]) -> tuple[list[Slot], list[Slot]]:
    """The best slots of each day; PPVs get the better ones of them."""
    ppv_slots: list[Slot] = []
    bump_slots: list[Slot] = []
    for day, (slots, ppv, bumps) in enumerate(zip(clock.days, ppv_days, bump_days, strict=True)):
        noise = seeded_noise(clock.seed, f"slots of day {day}", len(slots))
        chosen = best_slots(slots, ppv + bumps, clock.gap, noise)
        chosen.sort(key=lambda slot: (-slot.value, slot.at))
        ppv_slots += chosen[:ppv]
        bump_slots += chosen[ppv:]
    return ppv_slots, bump_slots


def _split(captions: Sequence[Candidate], count: int) -> tuple[Sequence[Candidate], Sequence[Candidate]]:
    """The best `count` captions and the rest; captions come best first."""
    return captions[:count], captions[count:]


def _no_time_left(captions: Sequence[Candidate]) -> tuple[Shortage, ...]:
    groups = [tier_group(caption.price_tier) for caption in captions]
    return tuple(
        Shortage(group, groups.count(group), "no time left in the week that keeps the gaps and the cooling days")
        for group in (*TIER_GROUPS, PriceTier.BUMP)
        if group in groups
    )


def _messages(request: WeekRequest, clock: _Clock, placements: Sequence[Placement]) -> tuple[PlannedMessage, ...]:
    slots = [placement.slot for placement in placements]
    times = spread(slots, clock.gap, clock.taken, seeded_noise(clock.seed, "minutes", len(slots)))
    return tuple(
        _message(request, position, at, placement)
        for position, (at, placement) in enumerate(zip(times, placements, strict=True), start=1)
    )


def _message(request: WeekRequest, position: int, at: int, placement: Placement) -> PlannedMessage:
    caption = placement.caption
    price, why_price = price_of(caption)
    return PlannedMessage(
        position=position,
        scheduled_send_time=instant(at),
        message_type=caption.message_type,
        caption_id=caption.caption_id,
        caption_key=caption.caption_key,
        caption_text=caption.caption_text,
        content_category=caption.content_category,
        has_urgency=caption.has_urgency,
        price_tier=caption.price_tier,
        price=price,
        expected_emv=caption.expected_emv,
        final_score=caption.final_score,
        propensity=caption.propensity,
        reason={
            "slot": _why_slot(request, placement.slot),
            "caption": caption.reason
            or f"final score {caption.final_score:.4f} among the {caption.price_tier} captions",
            "price": why_price,
        },
        pick=caption.evidence,
        slot=_slot_evidence(request, placement.slot),
    )


def _slot_evidence(request: WeekRequest, slot: Slot) -> SlotEvidence:
    day = request.week.dates[slot.day]
    return SlotEvidence(
        hour=slot.hour,
        peak_rank=slot.peak_rank,
        peak_hours=len(peak_hours(day)),
        gap_minutes=constants().min_gap(request.account_size, request.zone) // timedelta(minutes=1),
        day_factor=request.day_factors.get(day, _NORMAL_DAY),
    )


def _why_slot(request: WeekRequest, slot: Slot) -> str:
    hour = f"{DAY_NAMES[slot.day]} {slot.hour:02}h"
    peaks = peak_hours(request.week.dates[slot.day])
    if slot.peak_rank is None:
        return f"{hour} is the best free hour near a peak"
    return f"{hour} is peak hour {slot.peak_rank} of {len(peaks)}"
