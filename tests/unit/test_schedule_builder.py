"""The week builder: always valid, exact when captions allow, deterministic.

`broken_rules` is a brute-force reading of the contract with its figures typed out; it shares nothing with the builder.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations, pairwise, product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from orchestrator.agents.schedule_builder import stored_reason
from orchestrator.domain import (
    AccountSize,
    Candidate,
    MessageType,
    Mode,
    PickEvidence,
    PriceTier,
    Segment,
    Shortage,
    SlotEvidence,
    Week,
    WeekPlan,
    WeekRequest,
    Zone,
    caption_key,
)
from orchestrator.planner import build_week
from orchestrator.planner.volume import segment_mix
from tests.unit.evidence_samples import PICK

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
# A busy machine draws large examples slowly; that is no finding.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50)
GAP_MINUTES = {"MICRO": 180, "SMALL": 150, "MEDIUM": 120, "LARGE": 90, "MEGA": 75}
EXTRA_MINUTES = {"GREEN": 0, "YELLOW": 30, "RED": 60}
BANDS = {"budget": (10, 18), "mid": (18, 28), "premium": (28, 45), "luxury": (45, 70), "bump": (0, 0)}
ORACLES = {
    ("MICRO", "GREEN"): (6, 4),
    ("MICRO", "YELLOW"): (4, 4),
    ("MICRO", "RED"): (3, 8),
    ("SMALL", "GREEN"): (8, 6),
    ("SMALL", "YELLOW"): (6, 7),
    ("SMALL", "RED"): (4, 12),
    ("MEDIUM", "GREEN"): (12, 8),
    ("MEDIUM", "YELLOW"): (9, 9),
    ("MEDIUM", "RED"): (6, 16),
    ("LARGE", "GREEN"): (16, 12),
    ("LARGE", "YELLOW"): (12, 14),
    ("LARGE", "RED"): (8, 24),
    ("MEGA", "GREEN"): (21, 16),
    ("MEGA", "YELLOW"): (15, 19),
    ("MEGA", "RED"): (10, 32),
}
ORDINARY, FALL_BACK, SPRING_FORWARD = date(2026, 1, 19), date(2025, 10, 27), date(2026, 3, 2)
HOLIDAYS = {date(2026, 1, 19): Decimal("0.8"), date(2026, 1, 23): Decimal("0.5"), date(2026, 1, 25): Decimal("0.65")}


def gap_of(request: WeekRequest) -> timedelta:
    return timedelta(minutes=GAP_MINUTES[request.account_size] + EXTRA_MINUTES[request.zone])


def group_of(tier: PriceTier) -> str:
    return "premium" if tier is PriceTier.LUXURY else tier.value


def quotas(plan: WeekPlan) -> dict[str, int]:
    return {**segment_mix(plan.request.segment, plan.ppv_target), "bump": plan.bump_target}


def broken_rules(plan: WeekPlan) -> list[str]:
    request, messages, broken = plan.request, plan.messages, []
    monday = request.week.monday
    locals_ = [message.scheduled_send_time.astimezone(LOS_ANGELES) for message in messages]
    if [message.position for message in messages] != list(range(1, len(messages) + 1)):
        broken.append("positions")
    if any(not later > earlier for earlier, later in pairwise([m.scheduled_send_time for m in messages])):
        broken.append("order")
    for message, local in zip(messages, locals_, strict=True):
        day = (local.date() - monday).days
        if not 0 <= day <= 6 or not 8 <= local.hour <= 22 or local.second or local.microsecond:
            broken.append(f"time {local}")
        if request.zone is Zone.RED and day < 2 and message.message_type is MessageType.PPV:
            broken.append(f"PPV on cooling day {local}")
        low, high = BANDS[message.price_tier]
        if not low <= message.price <= high or message.price != round(message.price, 2):
            broken.append(f"price {message.price} of {message.price_tier}")
        if (message.price_tier is PriceTier.BUMP) != (message.message_type is MessageType.BUMP):
            broken.append("type")
        for used in request.history.get(message.caption_key, ()):
            if abs((used - local.date()).days) < 7:
                broken.append(f"cooldown {used} {local}")
        offered = [one for one in request.candidates if one.caption_id == message.caption_id]
        if not any(one.caption_key == message.caption_key and one.price_tier is message.price_tier for one in offered):
            broken.append(f"caption {message.caption_id} was not offered")
    instants = [message.scheduled_send_time for message in messages]
    for one, other in combinations(instants, 2):
        if abs(one - other) < gap_of(request):
            broken.append(f"gap {one} {other}")
    broken += [
        f"gap to {busy}" for one, busy in product(instants, request.occupied) if abs(one - busy) < gap_of(request)
    ]
    for name in ("caption_id", "caption_key"):
        if len({getattr(message, name) for message in messages}) < len(messages):
            broken.append(f"{name} twice")
    if sum(message.has_urgency for message in messages) > 5:
        broken.append("urgent")
    if max(Counter(message.content_category for message in messages).values(), default=0) > 20:
        broken.append("category")
    planned = Counter(group_of(message.price_tier) for message in messages)
    missing = Counter({group: 0 for group in quotas(plan)})
    for shortage in plan.shortages:
        missing[group_of(shortage.price_tier)] += shortage.missing
    if any(planned[group] + missing[group] != quota for group, quota in quotas(plan).items()):
        broken.append(f"counts {planned} missing {missing} quotas {quotas(plan)}")
    if any(shortage.missing < 1 or not shortage.reason for shortage in plan.shortages):
        broken.append("shortage")
    return broken


def could_be_added(plan: WeekPlan) -> list[Candidate]:
    """Offered captions that break no rule of the week although their group is short."""
    messages, request = plan.messages, plan.request
    short = {group_of(shortage.price_tier) for shortage in plan.shortages}
    categories = Counter(message.content_category for message in messages)
    urgent = sum(message.has_urgency for message in messages)
    return [
        one
        for one in request.candidates
        if group_of(one.price_tier) in short
        and one.caption_id not in {message.caption_id for message in messages}
        and one.caption_key not in {message.caption_key for message in messages}
        and categories[one.content_category] < 20
        and (urgent < 5 or not one.has_urgency)
        and all(
            abs((used - day).days) >= 7
            for used in request.history.get(one.caption_key, ())
            for day in request.week.dates
        )
    ]


def caption(number: int, tier: str, **changes: object) -> Candidate:
    plain = Candidate(
        caption_id=number,
        caption_key=caption_key(f"caption {number}"),
        caption_text=f"caption {number}",
        price_tier=PriceTier(tier),
        content_category=f"category {number % 7}",
        has_urgency=False,
        final_score=(number * 37 % 101) / 101,
        expected_emv=0.0 if tier == "bump" else (number * 53 % 97) / 9,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def library(per_tier: int = 40) -> tuple[Candidate, ...]:
    return tuple(caption(5 * i + t, tier) for i in range(per_tier) for t, tier in enumerate(PriceTier, start=1))


LIBRARY = library()


def request_for(size: str = "MEDIUM", zone: str = "GREEN", monday: date = ORDINARY, **changes: object) -> WeekRequest:
    plain = WeekRequest("lily", Week(monday), AccountSize(size), Zone(zone), Segment.STANDARD, LIBRARY)
    return replace(plain, **changes)  # type: ignore[arg-type]


keys = [caption_key(f"text {i}") for i in range(60)]
candidates = st.builds(
    Candidate,
    caption_id=st.integers(-80, 80),
    caption_key=st.sampled_from(keys),
    caption_text=st.just("text"),
    price_tier=st.sampled_from(PriceTier),
    content_category=st.sampled_from(["solo", "solo", "solo", "duo", "tease"]),
    has_urgency=st.booleans(),
    final_score=st.sampled_from([0.0, 0.25, 0.5, 0.5, 1.0]),
    expected_emv=st.sampled_from([0.0, 1.5, 1.5, 8.0]),
    recommended_price=st.none() | st.decimals("-5", "200", places=3),
)
mondays = st.sampled_from([FALL_BACK, SPRING_FORWARD]) | st.integers(0, 260).map(
    lambda n: date(2024, 1, 1) + timedelta(weeks=n)
)


@st.composite
def requests(draw: st.DrawFn) -> WeekRequest:
    week = Week(draw(mondays))
    days = st.integers(-14, 20).map(lambda n: week.monday + timedelta(days=n))
    moments = st.datetimes(datetime(2000, 1, 1), datetime(2000, 1, 13)).map(
        lambda moment: week.start_utc - timedelta(days=3) + (moment - datetime(2000, 1, 1))
    )
    return WeekRequest(
        page_name="lily",
        week=week,
        account_size=draw(st.sampled_from(AccountSize)),
        zone=draw(st.sampled_from(Zone)),
        segment=draw(st.sampled_from(Segment)),
        candidates=tuple(draw(st.lists(candidates, max_size=70, unique_by=lambda one: one.caption_id))),
        mode=draw(st.sampled_from(Mode)),
        version=draw(st.integers(1, 3)),
        seed=draw(st.sampled_from(["eros", "other"])),
        day_factors=draw(st.dictionaries(days, st.decimals("0", "1.5", places=2), max_size=7)),
        occupied=tuple(draw(st.lists(moments, max_size=30))),
        history=draw(st.dictionaries(st.sampled_from(keys), st.lists(days, max_size=3).map(tuple), max_size=20)),
    )


@given(requests())
@settings(UNHURRIED, max_examples=150)
def test_any_week_is_valid_whatever_is_offered(request: WeekRequest) -> None:
    assert broken_rules(build_week(request)) == []


@given(requests())
@UNHURRIED
def test_a_short_week_lacks_nothing_that_could_be_added(request: WeekRequest) -> None:
    plan = build_week(replace(request, occupied=()))
    assume(plan.shortages and not any("no time" in shortage.reason for shortage in plan.shortages))
    assert could_be_added(plan) == []


@given(requests(), st.randoms(use_true_random=False))
@UNHURRIED
def test_order_of_candidates_does_not_matter(request: WeekRequest, shuffler: object) -> None:
    shuffled = list(request.candidates)
    shuffler.shuffle(shuffled)  # type: ignore[attr-defined]
    occupied = tuple(reversed(request.occupied))
    again = build_week(replace(request, candidates=tuple(shuffled), occupied=occupied))
    first = build_week(request)
    assert (again.messages, again.shortages) == (first.messages, first.shortages)


@pytest.mark.parametrize("monday", [ORDINARY, FALL_BACK, SPRING_FORWARD])
@pytest.mark.parametrize(("size", "zone"), ORACLES)
def test_every_size_and_zone_gets_its_exact_counts(size: str, zone: str, monday: date) -> None:
    plan = build_week(request_for(size, zone, monday))
    assert (plan.ppv_count, plan.bump_count) == (plan.ppv_target, plan.bump_target) == ORACLES[size, zone]
    assert plan.shortages == ()
    assert broken_rules(plan) == []


@pytest.mark.parametrize("segment", Segment)
@pytest.mark.parametrize(("size", "zone"), ORACLES)
def test_holiday_weeks_are_full_too(size: str, zone: str, segment: Segment) -> None:
    for mode in Mode:
        plan = build_week(request_for(size, zone, day_factors=HOLIDAYS, segment=segment, mode=mode))
        assert (plan.ppv_count, plan.bump_count) == (plan.ppv_target, plan.bump_target)
        assert plan.ppv_target + plan.bump_target < sum(ORACLES[size, zone])
        assert broken_rules(plan) == []


@pytest.mark.parametrize(("size", "zone"), ORACLES)
def test_weeks_follow_each_other_without_a_broken_gap(size: str, zone: str) -> None:
    week, following = Week(FALL_BACK), Week(FALL_BACK).next
    first = build_week(request_for(size, zone, week.monday))
    third = build_week(request_for(size, zone, following.next.monday))
    occupied = tuple(message.scheduled_send_time for message in (*first.messages, *third.messages))
    second = build_week(request_for(size, zone, following.monday, occupied=occupied))
    assert (second.ppv_count, second.bump_count) == ORACLES[size, zone]
    assert broken_rules(second) == []


def test_occupied_time_is_left_free() -> None:
    free = build_week(request_for())
    busy = tuple(message.scheduled_send_time + timedelta(seconds=1) for message in free.messages[::2])
    plan = build_week(request_for(occupied=busy))
    assert broken_rules(plan) == []
    assert (plan.ppv_count, plan.bump_count) == (12, 8)
    assert not {m.scheduled_send_time for m in plan.messages} & {m.scheduled_send_time for m in free.messages[::2]}


def test_a_week_without_time_says_so() -> None:
    monday = datetime(2026, 1, 19, tzinfo=LOS_ANGELES).astimezone(UTC)
    busy = tuple(monday + timedelta(hours=hour) for hour in range(24 * 6 + 16))
    plan = build_week(request_for(occupied=busy))
    assert broken_rules(plan) == []
    assert 0 < len(plan.messages) < 20
    assert plan.shortages
    assert all("no time left" in shortage.reason for shortage in plan.shortages)


def test_no_candidates_make_an_empty_week_that_names_what_is_missing() -> None:
    plan = build_week(request_for(candidates=()))
    assert plan.messages == ()
    missing = {(s.price_tier, s.missing, s.reason) for s in plan.shortages}
    assert missing == {
        (PriceTier.BUDGET, 4, "too few budget captions were offered"),
        (PriceTier.MID, 5, "too few mid captions were offered"),
        (PriceTier.PREMIUM, 3, "too few premium or luxury captions were offered"),
        (PriceTier.BUMP, 8, "too few bump captions were offered"),
    }


def test_a_shortage_names_its_causes() -> None:
    tired = [caption(i, "mid") for i in range(1001, 1004)]
    urgent = [caption(i, "mid", has_urgency=True) for i in range(1011, 1018)]
    twins = [caption(i, "mid", caption_key=urgent[0].caption_key, final_score=0.0) for i in (1021, 1022)]
    history = {one.caption_key: (date(2026, 1, 13),) for one in tired}
    others = tuple(one for one in LIBRARY if one.price_tier is not PriceTier.MID)
    offered = (*others, *tired, *urgent[:4], *twins)
    plan = build_week(request_for(candidates=offered, history=history))
    assert plan.shortages == (
        Shortage(
            PriceTier.MID,
            1,
            "too few mid captions were offered; 3 in cool-down; 2 with a text already in the week",
        ),
    )
    plan = build_week(request_for(size="LARGE", candidates=(*others, *urgent)))
    assert [(s.missing, s.reason) for s in plan.shortages] == [
        (2, "too few mid captions were offered; 2 over the cap of 5 urgent")
    ]


def test_the_best_scored_captions_are_used_and_the_best_earners_get_the_best_hours() -> None:
    plan = build_week(request_for())
    for group in ("budget", "mid", "premium", "bump"):
        offered = sorted((c for c in LIBRARY if group_of(c.price_tier) == group), key=lambda c: -c.final_score)
        used = [message for message in plan.messages if group_of(message.price_tier) == group]
        assert min(m.final_score for m in used) >= offered[len(used)].final_score
    ppv = [message for message in plan.messages if message.message_type is MessageType.PPV]
    first = [message for message in ppv if "peak hour 1 of" in message.reason["slot"]]
    later = [message for message in ppv if message not in first]
    assert len(first) >= 6
    assert later
    assert sum(m.expected_emv for m in first) / len(first) > sum(m.expected_emv for m in later) / len(later)


def test_ties_go_to_the_smaller_caption_key() -> None:
    same = tuple(caption(i, "mid", final_score=0.5, expected_emv=1.0) for i in range(1, 30))
    plan = build_week(request_for(candidates=same))
    assert {m.caption_key for m in plan.messages} == set(sorted(one.caption_key for one in same)[:5])


def test_another_version_or_seed_moves_the_minutes() -> None:
    times = [
        [message.scheduled_send_time for message in build_week(one).messages]
        for one in (request_for(), request_for(version=2), request_for(seed="other"), request_for(page_name="rosa"))
    ]
    assert all(one != other for one, other in combinations(times, 2))


@pytest.mark.parametrize("mode", Mode)
def test_conservative_sends_less_ppv(mode: Mode) -> None:
    plan = build_week(request_for(mode=mode))
    assert (plan.ppv_count, plan.bump_count) == ((9, 8) if mode is Mode.CONSERVATIVE else (12, 8))


def test_bumps_fill_the_days_without_ppv_first() -> None:
    plan = build_week(request_for("MICRO", "GREEN"))
    days = {message.scheduled_send_time.astimezone(LOS_ANGELES).date() for message in plan.messages}
    assert len(days) == 7


def test_a_plan_says_what_it_is() -> None:
    plan = build_week(request_for(version=4))
    assert plan.schedule_id == "sched_20260119_lily_v4"
    assert plan.request.plan_seed == "eros|2026-01-19|lily|v4"
    assert plan.expected_emv == pytest.approx(sum(message.expected_emv for message in plan.messages))
    assert all(set(message.reason) == {"slot", "caption", "price"} for message in plan.messages)
    assert all(all(message.reason.values()) for message in plan.messages)


def test_a_message_keeps_the_numbers_behind_its_time() -> None:
    plan = build_week(request_for("MEDIUM", "RED", day_factors=HOLIDAYS))
    monday = plan.request.week.monday
    assert plan.messages
    for message in plan.messages:
        local = message.scheduled_send_time.astimezone(LOS_ANGELES)
        slot = message.slot
        assert slot is not None
        peaks = [21, 18, 14, 11] if local.date() >= monday + timedelta(days=5) else [19, 20, 13, 17, 9]
        rank = peaks.index(local.hour) + 1 if local.hour in peaks else None
        assert (slot.hour, slot.peak_rank, slot.peak_hours) == (local.hour, rank, len(peaks))
        assert slot.gap_minutes == 120 + 60
        assert slot.day_factor == HOLIDAYS.get(local.date(), 1)


def test_a_message_keeps_the_evidence_of_its_caption() -> None:
    offered = tuple(replace(one, evidence=PICK) if one.caption_id % 2 else one for one in LIBRARY)
    plan = build_week(request_for(candidates=offered))
    by_id = {one.caption_id: one.evidence for one in offered}
    assert {message.pick for message in plan.messages} == {PICK, None}
    assert all(message.pick is by_id[message.caption_id] for message in plan.messages)


def test_the_stored_reason_holds_sentences_and_numbers() -> None:
    [message] = [one for one in build_week(request_for()).messages if one.position == 1]
    plain = stored_reason(replace(message, pick=None, slot=None))
    assert set(plain) == {"slot", "caption", "price"}
    full = stored_reason(replace(message, pick=PICK))
    assert {name: full[name] for name in plain} == plain
    assert PickEvidence.from_json(full["pick"]) == PICK
    assert SlotEvidence.from_json(full["time"]) == message.slot


@pytest.mark.parametrize(
    "changes",
    [
        {"occupied": (datetime(2026, 1, 20, 12),)},
        {"day_factors": {ORDINARY: Decimal("-0.1")}},
        {"candidates": LIBRARY + LIBRARY[3:4]},
        {"page_name": "Lily"},
    ],
)
def test_a_request_that_would_mislead_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(Exception, match=r"no UTC offset|negative|offered twice|not a page name"):
        request_for(**changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("changes", [{"final_score": float("nan")}, {"recommended_price": Decimal("NaN")}])
def test_a_caption_that_cannot_be_ranked_or_sold_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="caption 1"):
        caption(1, "mid", **changes)


def test_a_page_takes_less_than_twenty_milliseconds() -> None:
    request = request_for("MEGA", "RED")
    spans = []
    for _ in range(5):
        start = time.process_time()
        build_week(request)
        spans.append(time.process_time() - start)
    assert min(spans) < 0.020
