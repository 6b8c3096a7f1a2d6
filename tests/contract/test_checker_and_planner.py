"""The builder's weeks pass the checker's rules: all sizes and zones, clock changes, holidays, modes, shortages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.domain import (
    AccountSize,
    Candidate,
    Mode,
    PlannedMessage,
    PriceTier,
    Segment,
    Week,
    WeekPlan,
    WeekRequest,
    Zone,
)
from orchestrator.planner import build_week
from orchestrator.verify.evidence import Caption, Evidence, Finding, Message, Schedule
from orchestrator.verify.rules import RULES
from orchestrator.verify.rules.captions import text_key

# What a bare plan can be held to: no file, lock, event or log exists yet.
PLAN_RULES = [
    rule for rule in RULES if rule.name.startswith(("identity.", "times.", "gaps.", "volumes.", "prices.", "captions."))
]
SCORE_OF_ZONE = {Zone.GREEN: 0.0, Zone.YELLOW: 0.3, Zone.RED: 0.5}
WEEKS = [date(2026, 10, 26), date(2026, 3, 2), date(2026, 12, 21), date(2027, 6, 14)]


def candidates(per_tier: int) -> tuple[Candidate, ...]:
    """As many captions of each tier, over enough categories for the caps not to bind."""
    made = []
    for tier_number, tier in enumerate(PriceTier):
        for number in range(per_tier):
            text = f"caption {tier.value} {number}"
            made.append(
                Candidate(
                    caption_id=1000 * tier_number + number,
                    caption_key=text_key(text),
                    caption_text=text,
                    price_tier=tier,
                    content_category=f"category {number % 5}",
                    has_urgency=number % 25 == 3,
                    final_score=1.0 / (1 + number),
                    expected_emv=0.0 if tier is PriceTier.BUMP else 10.0,
                    recommended_price=Decimal(5 + 9 * (number % 9)) if number % 2 else None,
                )
            )
    return tuple(made)


def broken(plan: WeekPlan) -> Sequence[Finding]:
    """Findings for a plan as if it had been stored and locked."""
    request = plan.request
    schedule = Schedule(
        schedule_id=plan.schedule_id,
        page_name=request.page_name,
        week_start=request.week.monday,
        version=request.version,
        status="locked",
        account_size=request.account_size.value,
        zone=request.zone.value,
        saturation_score=SCORE_OF_ZONE[request.zone],
        segment=request.segment.value,
        mode=request.mode.value,
        ppv_target=plan.ppv_target,
        bump_target=plan.bump_target,
        ppv_count=plan.ppv_count,
        bump_count=plan.bump_count,
        seed=request.plan_seed,
        shortages=tuple({"price_tier": one.price_tier.value, "missing": one.missing} for one in plan.shortages),
        request_id=None,
        fence=None,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    evidence = Evidence(
        week=request.week.monday,
        now=schedule.created_at,
        schedules=(schedule,),
        messages=tuple(_message(plan.schedule_id, one) for one in plan.messages),
        captions=tuple(_caption(one) for one in request.candidates),
        day_factors=dict(request.day_factors),
    )
    return [finding for rule in PLAN_RULES for finding in rule.check(evidence)]


def _message(schedule_id: str, one: PlannedMessage) -> Message:
    return Message(
        schedule_id=schedule_id,
        position=one.position,
        send_time=one.scheduled_send_time,
        message_type=one.message_type.value,
        caption_id=one.caption_id,
        caption_key=one.caption_key,
        price_tier=one.price_tier.value,
        price=one.price,
        expected_emv=one.expected_emv,
        final_score=one.final_score,
        propensity=one.propensity,
        reason=one.reason,
    )


def _caption(one: Candidate) -> Caption:
    return Caption(
        caption_id=one.caption_id,
        text=one.caption_text,
        caption_key=one.caption_key,
        category=one.content_category,
        price_tier=one.price_tier.value,
        urgent=one.has_urgency,
        active=True,
    )


@pytest.mark.parametrize("monday", WEEKS, ids=str)
@pytest.mark.parametrize("zone", list(Zone))
@pytest.mark.parametrize("size", list(AccountSize))
def test_full_week_breaks_no_rule(size: AccountSize, zone: Zone, monday: date) -> None:
    request = WeekRequest("page", Week(monday), size, zone, Segment.STANDARD, candidates(45))
    plan = build_week(request)
    assert broken(plan) == []
    assert plan.shortages == ()


@settings(max_examples=40, deadline=None)
@given(
    size=st.sampled_from(AccountSize),
    zone=st.sampled_from(Zone),
    segment=st.sampled_from(Segment),
    mode=st.sampled_from(Mode),
    monday=st.sampled_from(WEEKS),
    per_tier=st.integers(0, 40),
    factors=st.dictionaries(st.integers(0, 6), st.decimals("0.5", "1", places=1), max_size=4),
)
def test_any_week_breaks_no_rule(
    size: AccountSize,
    zone: Zone,
    segment: Segment,
    mode: Mode,
    monday: date,
    per_tier: int,
    factors: dict[int, Decimal],
) -> None:
    week = Week(monday)
    day_factors = {week.dates[day]: factor for day, factor in factors.items()}
    request = WeekRequest(
        "page", week, size, zone, segment, candidates(per_tier), mode=mode, day_factors=day_factors, version=2
    )
    assert broken(build_week(request)) == []
