"""schedule_builder: puts a page's captions on the week's clock, stores the draft and locks it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from orchestrator.agents.caption_selector import Selection
from orchestrator.agents.performance_analyzer import PageProfile
from orchestrator.agents.real_time_monitor import PageState
from orchestrator.domain import Mode, PlannedMessage, Shortage, Week, WeekPlan, WeekRequest
from orchestrator.domain.ports import Queries
from orchestrator.planner import build_week


@dataclass(frozen=True)
class LockResult:
    """`result` is locked, already_locked, conflict or error; `details` name every conflict."""

    result: str
    details: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        """Whether the schedule's captions are reserved now."""
        return self.result in ("locked", "already_locked")


def day_factors(warehouse: Queries, week: Week) -> dict[date, Decimal]:
    """The volume factors of the week's holidays; other days count 1."""
    rows = warehouse.query("holiday_factors", {"first_date": week.dates[0], "last_date": week.dates[-1]})
    return {row["holiday_date"]: Decimal(str(row["factor"])) for row in rows}


def build(
    profile: PageProfile,
    state: PageState,
    selection: Selection,
    *,
    week: Week,
    mode: Mode,
    version: int,
    seed: str,
    factors: Mapping[date, Decimal],
) -> WeekPlan:
    """A valid week of one page from what the other agents found out."""
    request = WeekRequest(
        page_name=profile.page_name,
        week=week,
        account_size=profile.account_size,
        zone=profile.zone,
        segment=profile.segment,
        candidates=selection.candidates,
        mode=mode,
        version=version,
        seed=seed,
        day_factors=factors,
        occupied=state.occupied,
    )
    return build_week(request)


def save_drafts(
    warehouse: Queries,
    plans: Sequence[WeekPlan],
    profiles: Mapping[str, PageProfile],
    selections: Mapping[str, Selection],
) -> dict[str, str]:
    """Store the weeks as drafts; a draft of the same id is replaced.

    Returns, per schedule that could not be stored, why: it is further along already, or its page has no guard row.
    """
    if not plans:
        return {}
    schedules = [
        _schedule_row(plan, profiles[plan.request.page_name], selections[plan.request.page_name]) for plan in plans
    ]
    rows = warehouse.query(
        "save_drafts", {"schedules": schedules, "messages": [row for plan in plans for row in _rows(plan)]}
    )
    return {row["schedule_id"]: str(row["detail"]) for row in rows if row["result"] != "saved"}


def lock(
    warehouse: Queries, plans: Sequence[WeekPlan], *, supersede: Sequence[str], actor: str
) -> dict[str, LockResult]:
    """Reserve the captions of all drafts in one transaction; a draft with any conflict is left out whole."""
    if not plans:
        return {}
    rows = warehouse.query(
        "lock_schedules",
        {
            "assignments": [row for plan in plans for row in _assignments(plan)],
            "supersede": list(supersede),
            "actor": actor,
        },
    )
    results: dict[str, LockResult] = {}
    for row in rows:
        before = results.get(row["schedule_id"])
        details = (before.details if before else ()) + ((str(row["detail"]),) if row["detail"] else ())
        results[row["schedule_id"]] = LockResult(row["result"], details)
    return {
        plan.schedule_id: results.get(plan.schedule_id, LockResult("error", ("the lock said nothing",)))
        for plan in plans
    }


def shortages_of(plan: WeekPlan, selection: Selection) -> tuple[Shortage, ...]:
    """What the week lacks; where the selector already came up short, its reason says more than the builder's."""
    why = {shortage.price_tier: shortage.reason for shortage in selection.shortages}
    return tuple(replace(one, reason=why.get(one.price_tier, one.reason)) for one in plan.shortages)


def _schedule_row(plan: WeekPlan, profile: PageProfile, selection: Selection) -> dict[str, Any]:
    request = plan.request
    shortages = [
        {"price_tier": s.price_tier.value, "missing": s.missing, "reason": s.reason}
        for s in shortages_of(plan, selection)
    ]
    return {
        "schedule_id": plan.schedule_id,
        "page_name": request.page_name,
        "week_start": request.week.monday,
        "account_size": request.account_size.value,
        "saturation_status": request.zone.value,
        "saturation_score": profile.saturation_score,
        "behavioral_segment": request.segment.value,
        "ppv_target": plan.ppv_target,
        "bump_target": plan.bump_target,
        "ppv_count": plan.ppv_count,
        "bump_count": plan.bump_count,
        "expected_emv": plan.expected_emv,
        "seed": request.plan_seed,
        "policy_version": request.policy_version,
        "mode": request.mode.value,
        "shortages": json.dumps(shortages),
    }


def _rows(plan: WeekPlan) -> list[dict[str, Any]]:
    return [
        {
            "schedule_id": plan.schedule_id,
            "position": message.position,
            "scheduled_send_time": message.scheduled_send_time,
            "message_type": message.message_type.value,
            "caption_id": message.caption_id,
            "caption_key": message.caption_key,
            "price_tier": message.price_tier.value,
            "price": message.price,
            "expected_emv": message.expected_emv,
            "final_score": message.final_score,
            "propensity": message.propensity,
            "reason": json.dumps(stored_reason(message), ensure_ascii=False, sort_keys=True),
        }
        for message in plan.messages
    ]


def stored_reason(message: PlannedMessage) -> dict[str, Any]:
    """The sentences for people, and the numbers behind them under `pick` and `time`."""
    evidence = {"pick": message.pick, "time": message.slot}
    return {**message.reason, **{name: one.as_json() for name, one in evidence.items() if one is not None}}


def _assignments(plan: WeekPlan) -> list[dict[str, Any]]:
    rows = []
    for message in plan.messages:
        local = plan.request.week.local(message.scheduled_send_time)
        rows.append(
            {
                "schedule_id": plan.schedule_id,
                "page_name": plan.request.page_name,
                "caption_id": message.caption_id,
                "scheduled_send_date": local.date(),
                "scheduled_send_hour": local.hour,
            }
        )
    return rows
