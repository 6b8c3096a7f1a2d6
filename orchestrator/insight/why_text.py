"""`eros why` for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from orchestrator.bandit import posterior
from orchestrator.domain import Mode, PickEvidence, PriceTier, constants
from orchestrator.domain.week import DAY_NAMES
from orchestrator.insight.rerun import NOT_NEEDED, PICKED, Judged
from orchestrator.insight.stored import StoredMessage
from orchestrator.insight.why import Why
from orchestrator.insight.wording import duration, percent, row, shortened, wrapped
from orchestrator.planner.slots import peak_hours

_MINUTE = timedelta(minutes=1)
_MOST = 5
_SCOPES = {
    "page": "on this page",
    "agency": "across the agency (this page has no such history)",
    "constants": "by the last resort (nobody has such history)",
}


def why_lines(why: Why) -> list[str]:
    """The answer for people, at most about 100 columns wide."""
    message = why.message
    head = [
        f"{message.schedule_id}, message {message.position} of {len(why.week)} ({message.status})",
        f"{message.page_name}, {DAY_NAMES[message.local.weekday()]} {message.local.isoformat()}, {_kind(message)}",
        *wrapped("  ", f'"{message.caption_text}"'),
        f"  (caption {message.caption_id})",
    ]
    parts = [
        ("Why this caption", list(_caption(why))),
        ("Passed over", list(_passed_over(why))),
        ("Since then", list(_since(why))),
        ("Why this time", list(_time(why))),
        ("Why this price", list(row("price", message.reason.get("price", "not written down")))),
    ]
    return head + [line for title, lines in parts for line in ("", title, *lines)]


def _kind(message: StoredMessage) -> str:
    is_bump = message.tier is PriceTier.BUMP
    sold = "free bump" if is_bump else f"{message.message_type} {message.tier} ${message.price:.2f}"
    more = [message.category, "urgent" if message.has_urgency else "", "pinned" if message.pinned else ""]
    return ", ".join(part for part in (sold, *more) if part)


def _caption(why: Why) -> Iterator[str]:
    pick, message = why.evidence, why.message
    if pick is None:
        yield from row("evidence", "none was written down, and the caption is not offered any more")
        return
    if message.pick is None:
        yield from row("note", "planned before evidence was kept: these are today's figures")
    mean, bounds = posterior(pick)
    is_bump = message.tier is PriceTier.BUMP
    does = "of the recipients look at it" if is_bump else "of those who look buy it"
    between = f"95 % sure between {percent(bounds.lower_bound)} and {percent(bounds.upper_bound)}"
    yield from row("rate", f"{percent(mean)} {does}; {between}")
    yield from row("seen here", _seen(pick, is_bump))
    yield from row("prior", _prior(pick, message.tier, is_bump))
    yield from row("freshness", f"{percent(pick.freshness)} rested")
    yield from row("worth", _worth(why, pick, mean))
    yield from row("score", _score(why, pick))
    yield from row("replay", _replay(why))
    yield from row("place", _place(why, pick))


def _seen(pick: PickEvidence, is_bump: bool) -> str:
    trials = pick.seen_hits + pick.seen_misses
    if not trials:
        return "never: this text is new to the page"
    people = "recipients" if is_bump else "viewers"
    return f"{'looked at' if is_bump else 'bought'} by {pick.seen_hits:,} of {trials:,} {people}"


def _prior(pick: PickEvidence, tier: PriceTier, is_bump: bool) -> str:
    strength = pick.prior_hits + pick.prior_misses
    unit = "recipients" if is_bump else "views"
    known = f", known up to {pick.prior_as_of:%Y-%m-%d}" if pick.prior_as_of else ""
    rate = percent(pick.prior_hits / strength)
    return f"{rate} for an unknown {tier} caption {_SCOPES[pick.prior_scope]}, worth {strength:,.0f} {unit}{known}"


def _worth(why: Why, pick: PickEvidence, mean: float) -> str:
    if why.message.tier is PriceTier.BUMP:
        return "$0: a bump earns nothing by itself"
    return (
        f"${pick.price:.2f} x {percent(mean)} x {percent(pick.freshness)} rested x {pick.views_per_message:,.0f} views"
        f" a message = ${why.message.expected_emv:,.2f} expected"
    )


def _score(why: Why, pick: PickEvidence) -> str:
    times = "freshness" if why.message.tier is PriceTier.BUMP else "freshness x price"
    ranked = f"x {times} = {why.message.final_score:.4f}, by which it was ranked"
    if pick.mode is not Mode.OPTIMIZE:
        what = "the mean" if pick.mode is Mode.SAFE else "the lower bound"
        return f"{100 * pick.thompson_score:.2f} %, {what} of the rate (mode {pick.mode} draws nothing), {ranked}"
    again = why.replayed
    chance = f" (u = {again.u:.4f}, z = {again.z:+.2f})" if again and again.u is not None else ""
    return f"{100 * pick.thompson_score:.2f} %, drawn with the seed {pick.seed}{chance}, {ranked}"


def _replay(why: Why) -> str:
    if why.message.pick is None:
        return "not possible: no evidence was written down"
    if not why.differences:
        return "replays bit for bit from the logged counts and seed"
    parts = [f"{name}: stored {stored!r}, computed {computed!r}" for name, stored, computed in why.differences]
    verdict = "replays but for rounding" if why.agrees else "does NOT replay"
    return f"{verdict}: {'; '.join(parts)}"


def _place(why: Why, pick: PickEvidence) -> str:
    group, taken = _group(why), why.group.index(why.message) + 1
    of_week = f"number {taken} of the {len(why.group)} that the week took"
    if not pick.place:
        return of_week
    return f"rank {pick.place:,} of the {pick.free_captions:,} {group} captions free then; {of_week}"


def _group(why: Why) -> str:
    group = why.message.group
    return "premium and luxury" if group is PriceTier.PREMIUM else group.value


def _passed_over(why: Why) -> Iterator[str]:
    found = why.passed_over
    if not found:
        yield "  nothing: no caption that scores more was kept out by a rule"
        return
    yield f"  {len(found)} that score more and are kept out by a rule:"
    for one in found[:_MOST]:
        yield f'  {one.final_score:.4f}  caption {one.caption_id} "{shortened(one.caption_text)}"'
        yield f"          {one.rule()}"
    if len(found) > _MOST:
        yield f"  ... and {len(found) - _MOST} more (--json lists all)"


def _since(why: Why) -> Iterator[str]:
    same = f"{why.still_picked} of the week's {len(why.group)} {_group(why)} captions would be picked again"
    if not why.changes and why.still_picked == len(why.group):
        yield f"  nothing has changed: {same}"
        return
    yield "  the data has changed: what is passed over above is today's view"
    yield f"  {same}{_verdict_today(why.today)}"
    for change in why.changes:
        yield f"  - {change}"


def _verdict_today(today: Judged | None) -> str:
    if today is None:
        return ""
    if today.verdict == PICKED:
        return ", this one among them"
    reason = "others score more now" if today.verdict == NOT_NEEDED else today.rule()
    return f"; this one would not: {reason}"


def _time(why: Why) -> Iterator[str]:
    message, slot = why.message, why.message.slot
    yield from row("hour", _hour(why))
    minutes = slot.gap_minutes if slot else constants().min_gap(message.account_size, message.zone) // _MINUTE
    before, after = why.gaps
    around = [f"{duration(before)} after the message before"] if before else []
    around += [f"{duration(after)} before the next"] if after else []
    rule = f"at least {minutes} minutes on a {message.account_size} page that is {message.zone}"
    yield from row("gap", f"{rule}; it leaves {' and '.join(around) or 'alone in its week'}")
    cooling = constants().zones[message.zone].cooling_days
    if cooling:
        yield from row("cooling", f"{message.zone}: no PPV on the first {cooling} days of the week")
    if why.holidays or (slot and slot.day_factor != 1):
        share = f"{slot.day_factor:g} of " if slot and slot.day_factor != 1 else ""
        yield from row("day", f"{', '.join(why.holidays) or 'a holiday then'}: {share}a usual day's volume")


def _hour(why: Why) -> str:
    local, slot = why.message.local, why.message.slot
    peaks = peak_hours(local.date())
    rank = slot.peak_rank if slot else (peaks.index(local.hour) + 1 if local.hour in peaks else None)
    hour = f"{DAY_NAMES[local.weekday()]} {local.hour:02}h"
    if rank is None:
        return f"{hour} is the best free hour near a peak"
    return f"{hour} is peak hour {rank} of {slot.peak_hours if slot else len(peaks)}"


def why_dict(why: Why) -> dict[str, Any]:
    """The answer as `--json` prints it."""
    message, pick, again = why.message, why.evidence, why.replayed
    belief = None
    if pick is not None:
        mean, bounds = posterior(pick)
        belief = {"mean": mean, "lower": bounds.lower_bound, "upper": bounds.upper_bound, **pick.as_json()}
    before, after = why.gaps
    return {
        "schedule_id": message.schedule_id,
        "position": message.position,
        "messages": len(why.week),
        "status": message.status,
        "page_name": message.page_name,
        "mode": message.mode,
        "seed": message.seed,
        "policy_version": message.policy_version,
        "message": {
            "time": message.local,
            "message_type": message.message_type,
            "price_tier": message.tier,
            "price": f"{message.price:.2f}",
            "caption_id": message.caption_id,
            "caption_key": message.caption_key,
            "caption_text": message.caption_text,
            "content_category": message.category,
            "has_urgency": message.has_urgency,
            "expected_emv": message.expected_emv,
            "final_score": message.final_score,
            "pinned": message.pinned,
        },
        "evidence_is_from": "the plan" if message.pick else "today",
        "belief": belief,
        "replay": None
        if again is None
        else {
            "bit_for_bit": not why.differences,
            "agrees": why.agrees,
            "u": again.u,
            "z": again.z,
            "differences": [
                {"name": name, "stored": stored, "computed": computed} for name, stored, computed in why.differences
            ],
        },
        "passed_over": [_barred(one) for one in why.passed_over],
        "today": {
            "verdict": why.today.verdict if why.today else "not offered",
            "picked_again": why.still_picked,
            "of": len(why.group),
            "changes": why.changes,
        },
        "slot": message.slot.as_json() if message.slot else None,
        "holidays": list(why.holidays),
        "minutes_after_previous": None if before is None else before.total_seconds() / 60,
        "minutes_before_next": None if after is None else after.total_seconds() / 60,
        "reason": dict(message.reason),
    }


def _barred(one: Judged) -> dict[str, Any]:
    return {
        "caption_id": one.caption_id,
        "caption_text": one.caption_text,
        "final_score": one.final_score,
        "verdict": one.verdict,
        "rule": one.rule(),
        "used_on": one.used_on,
        "used_by": one.used_by,
    }
