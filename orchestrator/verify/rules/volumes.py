"""How many messages, on which days, from which tiers: computed anew, in exact fractions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from math import ceil, floor

from orchestrator.verify.evidence import Evidence, Finding, Rule, Schedule
from sql import constants

PPV, BUMP = "PPV", "Bump"
# Premium and luxury captions are drawn as one group.
TIER_GROUP = {"budget": "budget", "mid": "mid", "premium": "premium", "luxury": "premium"}


def exact(number: float | int | str) -> Fraction:
    """The fraction that the constant's decimal digits mean: 0.7 is 7/10, not the nearest double."""
    return Fraction(str(number))


def day_weights(evidence: Evidence) -> list[Fraction]:
    """Monday to Sunday: 1, or the holiday's factor."""
    return [exact(str(evidence.day_factors.get(day, 1))) for day in evidence.week_dates()]


def targets(evidence: Evidence, schedule: Schedule) -> dict[str, int]:
    """floor(base x zone multiplier x mean of the seven day factors), PPV also x the mode's multiplier."""
    size, zone = constants()["account_sizes"][schedule.account_size], constants()["zones"][schedule.zone]
    mean = sum(day_weights(evidence), Fraction(0)) / 7
    mode = exact(constants()["modes"][schedule.mode]["ppv_multiplier"])
    return {
        PPV: floor(size["base_ppv"] * exact(zone["ppv_multiplier"]) * mean * mode),
        BUMP: floor(size["base_bump"] * exact(zone["bump_multiplier"]) * mean),
    }


def zone(evidence: Evidence) -> Iterator[Finding]:
    """GREEN below .30, YELLOW below .50, else RED."""
    saturation = constants()["saturation"]
    for one in evidence.live:
        if one.saturation_score is None:
            continue
        score = one.saturation_score
        expected = (
            "GREEN" if score < saturation["yellow_from"] else "YELLOW" if score < saturation["red_from"] else "RED"
        )
        if one.zone != expected or not 0 <= score <= 1:
            yield Finding("volumes.zone", one.schedule_id, f"is {one.zone} at a saturation score of {score}", expected)


def recorded_targets(evidence: Evidence) -> Iterator[Finding]:
    """The targets stored with a schedule are the ones its size, zone, days and mode give."""
    for one in evidence.measurable:
        expected = targets(evidence, one)
        if (one.ppv_target, one.bump_target) != (expected[PPV], expected[BUMP]):
            detail = f"{one.ppv_target} PPV and {one.bump_target} bumps, not {expected[PPV]} and {expected[BUMP]}"
            yield Finding(
                "volumes.recorded_targets", one.schedule_id, "has other targets than its size and zone give", detail
            )


def recorded_counts(evidence: Evidence) -> Iterator[Finding]:
    """The counts stored with a schedule are those of its messages."""
    for one in evidence.live:
        found = _counts(evidence, one)
        if (one.ppv_count, one.bump_count) != (found[PPV], found[BUMP]):
            detail = f"{one.ppv_count} PPV and {one.bump_count} bumps, found {found[PPV]} and {found[BUMP]}"
            yield Finding(
                "volumes.recorded_counts", one.schedule_id, "states other counts than it has messages", detail
            )


def message_type(evidence: Evidence) -> Iterator[Finding]:
    """A message is a PPV or a Bump."""
    for schedule, message in evidence.live_messages():
        if message.message_type not in (PPV, BUMP):
            yield Finding(
                "volumes.message_type", schedule.schedule_id, "has an unknown message type", message.message_type
            )


def weekly(evidence: Evidence) -> Iterator[Finding]:
    """A week has its target of PPV and of bumps; fewer only by as many as a recorded shortage says."""
    for one in evidence.measurable:
        expected, found, missing = targets(evidence, one), _counts(evidence, one), _missing(one)
        for kind in (PPV, BUMP):
            lowest = expected[kind] - missing[kind]
            if not lowest <= found[kind] <= expected[kind]:
                detail = f"target {expected[kind]}, recorded as missing {missing[kind]}"
                yield Finding("volumes.weekly", one.schedule_id, f"has {found[kind]} {kind} messages", detail)


def daily(evidence: Evidence) -> Iterator[Finding]:
    """Days share the week's messages by their factors, largest remainder: floor or ceiling of the exact share."""
    for one in evidence.measurable:
        expected, found = targets(evidence, one), _counts(evidence, one)
        for kind in (PPV, BUMP):
            weights = day_weights(evidence)
            if kind == PPV:
                cooling = constants()["zones"][one.zone]["cooling_days"]
                weights = [Fraction(0)] * cooling + weights[cooling:]
            if found[kind] == expected[kind]:
                yield from _uneven_days(evidence, one, kind, expected[kind], weights)


def _uneven_days(
    evidence: Evidence, schedule: Schedule, kind: str, total: int, weights: list[Fraction]
) -> Iterator[Finding]:
    per_day = Counter(one.local.date() for one in evidence.messages_of(schedule) if one.message_type == kind)
    for day, weight in zip(evidence.week_dates(), weights, strict=True):
        share = total * weight / (sum(weights, Fraction(0)) or 1)
        # No PPV on a cooling day has a rule of its own; here its share is not reported twice.
        if weight and not floor(share) <= per_day[day] <= ceil(share):
            detail = f"{per_day[day]}, share {float(share):.2f} of {total}"
            yield Finding("volumes.daily", schedule.schedule_id, f"has an uneven number of {kind} on {day}", detail)


def mix(evidence: Evidence) -> Iterator[Finding]:
    """PPV come from the tier groups in the segment's shares, largest remainder, fewer only with a recorded shortage."""
    for one in evidence.measurable:
        total = targets(evidence, one)[PPV]
        found = Counter(
            TIER_GROUP.get(message.price_tier) for message in evidence.messages_of(one) if message.message_type == PPV
        )
        if one.shortages or sum(found.values()) != total:
            continue
        for group, share in constants()["segments"][one.segment].items():
            quota = total * exact(share)
            if not floor(quota) <= found[group] <= ceil(quota):
                detail = f"{found[group]}, share {float(quota):.2f} of {total}"
                yield Finding(
                    "volumes.mix", one.schedule_id, f"{one.segment} has another number of {group} captions", detail
                )


def cooling(evidence: Evidence) -> Iterator[Finding]:
    """A RED week has no PPV on its first two days."""
    for one in evidence.measurable:
        days = constants()["zones"][one.zone]["cooling_days"]
        first_day = evidence.week + timedelta(days=days)
        for message in evidence.messages_of(one):
            if message.message_type == PPV and message.local.date() < first_day:
                yield Finding(
                    "volumes.cooling", one.schedule_id, "has a PPV on a cooling day", message.local.isoformat()
                )


def _counts(evidence: Evidence, schedule: Schedule) -> Counter[str]:
    return Counter(message.message_type for message in evidence.messages_of(schedule))


def _missing(schedule: Schedule) -> Counter[str]:
    missing: Counter[str] = Counter()
    for shortage in schedule.shortages:
        missing[BUMP if shortage["price_tier"] == "bump" else PPV] += int(shortage["missing"])
    return missing


RULES = (
    Rule("volumes.zone", zone),
    Rule("volumes.recorded_targets", recorded_targets),
    Rule("volumes.recorded_counts", recorded_counts),
    Rule("volumes.message_type", message_type),
    Rule("volumes.weekly", weekly),
    Rule("volumes.daily", daily),
    Rule("volumes.mix", mix),
    Rule("volumes.cooling", cooling),
)
