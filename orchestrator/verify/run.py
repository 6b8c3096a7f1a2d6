"""Gathers a week's evidence from the warehouse and the output folder, and checks it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from orchestrator.verify.evidence import (
    AllowedProfile,
    Assignment,
    Caption,
    Event,
    Evidence,
    ExportedFile,
    ExportEntry,
    Message,
    Restriction,
    Schedule,
    Send,
)
from orchestrator.verify.report import VerifyReport, check

Row = Mapping[str, Any]


class Queries(Protocol):
    """The part of the warehouse that the checker uses."""

    def query(self, name: str, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Run `sql/queries/<name>.sql`."""
        ...


def verify_week(week: date, out_dir: Path, warehouse: Queries) -> VerifyReport:
    """Check the week of that Monday: `<out_dir>/<week>/` against the warehouse, both against the contract."""
    return check(gather(week, out_dir, warehouse))


def gather(week: date, out_dir: Path, warehouse: Queries) -> Evidence:
    """Everything the rules look at, read once."""
    of_week = {"week_start": week}
    context = warehouse.query("verify_context", of_week)[0]
    schedules = warehouse.query("verify_schedules", of_week)
    messages = warehouse.query("verify_messages", of_week)
    return Evidence(
        week=week,
        now=context["checked_at"],
        files=exported_files(out_dir, week),
        schedules=tuple(map(_schedule, schedules)),
        messages=tuple(map(_message, messages)),
        captions=tuple({row["caption_id"]: _caption(row) for row in messages if row["in_bank"]}.values()),
        assignments=tuple(map(_assignment, warehouse.query("verify_assignments", of_week))),
        sends=tuple(Send(**row) for row in warehouse.query("verify_sends", of_week)),
        events=tuple(map(_event, warehouse.query("verify_events", of_week))),
        exports=tuple(ExportEntry(**row) for row in warehouse.query("verify_exports", of_week)),
        restrictions=_newest_restrictions(warehouse.query("verify_restrictions")),
        profiles=_newest_profiles(warehouse.query("verify_profiles")),
        restrictions_enabled=context["restrictions_enabled"],
        day_factors=_strictest(warehouse.query("verify_holidays", of_week)),
        guard_fences={row["page_name"]: row["guard_fence"] for row in schedules if row["guard_fence"] is not None},
        cooldown_conflicts_in_sql=context["cooldown_conflicts"],
    )


def exported_files(out_dir: Path, week: date) -> tuple[ExportedFile, ...]:
    """Every file under `<out_dir>/<week>/`, whatever its name, sorted by path; no folder means no files."""
    folder = out_dir / f"{week:%Y-%m-%d}"
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple(ExportedFile(path.relative_to(out_dir).as_posix(), path.read_bytes()) for path in paths)


def _schedule(row: Row) -> Schedule:
    return Schedule(
        schedule_id=row["schedule_id"],
        page_name=row["page_name"],
        week_start=row["week_start"],
        version=row["version"],
        status=row["status"],
        account_size=row["account_size"] or "",
        zone=row["saturation_status"] or "",
        saturation_score=row["saturation_score"],
        segment=row["behavioral_segment"] or "",
        mode=row["mode"] or "",
        ppv_target=row["ppv_target"],
        bump_target=row["bump_target"],
        ppv_count=row["ppv_count"],
        bump_count=row["bump_count"],
        seed=row["seed"] or "",
        shortages=tuple(_parsed(row["shortages"]) or ()),
        request_id=row["request_id"],
        fence=row["fence"],
        created_at=row["created_at"],
    )


def _message(row: Row) -> Message:
    return Message(
        schedule_id=row["schedule_id"],
        position=row["position"],
        send_time=row["scheduled_send_time"],
        message_type=row["message_type"],
        caption_id=row["caption_id"],
        caption_key=row["caption_key"],
        price_tier=row["price_tier"],
        price=row["price"],
        expected_emv=row["expected_emv"],
        final_score=row["final_score"],
        propensity=row["propensity"],
        reason=_parsed(row["reason"]) or {},
    )


def _caption(row: Row) -> Caption:
    return Caption(
        caption_id=row["caption_id"],
        text=row["bank_text"],
        caption_key=row["bank_key"],
        category=row["bank_category"],
        price_tier=row["bank_tier"],
        urgent=row["bank_urgency"],
        active=row["bank_active"],
    )


def _assignment(row: Row) -> Assignment:
    return Assignment(
        assignment_key=row["assignment_key"],
        schedule_id=row["schedule_id"],
        page_name=row["page_name"],
        caption_id=row["caption_id"],
        caption_key=row["caption_key"],
        send_time=row["scheduled_send_time"],
        send_date=row["scheduled_send_date"],
        send_hour=row["scheduled_send_hour"],
        message_type=row["message_type"],
        price_tier=row["price_tier"],
        active=row["is_active"],
        fence=row["fence"],
        request_id=row["request_id"],
        deactivated_at=row["deactivated_at"],
        deactivation_reason=row["deactivation_reason"],
    )


def _event(row: Row) -> Event:
    happened_at: datetime = row["happened_at"]
    return Event(row["schedule_id"], row["action"], happened_at, row["before"], row["after"])


def _newest_restrictions(rows: list[dict[str, Any]]) -> tuple[Restriction, ...]:
    """The last active version of each page: a newer one that is off does not lift it, for restrictions fail closed."""
    newest = {row["page_name"]: row for row in rows if row["is_active"]}
    return tuple(
        Restriction(
            page_name=row["page_name"],
            hard_patterns=tuple(row["hard_patterns"] or ()),
            categories=tuple(row["restricted_categories"] or ()),
            price_tiers=tuple(row["restricted_price_tiers"] or ()),
            scope=row["applies_to_scope"],
        )
        for row in newest.values()
    )


def _newest_profiles(rows: list[dict[str, Any]]) -> tuple[AllowedProfile, ...]:
    newest = {row["page_name"]: row for row in rows if row["holds"]}
    return tuple(
        AllowedProfile(
            page_name=row["page_name"],
            ppv_categories=tuple(row["ppv_allowed_categories"] or ()),
            ppv_price_tiers=tuple(row["ppv_allowed_price_tiers"] or ()),
            bump_categories=tuple(row["bump_allowed_categories"] or ()),
            bump_price_tiers=tuple(row["bump_allowed_price_tiers"] or ()),
        )
        for row in newest.values()
    )


def _strictest(rows: list[dict[str, Any]]) -> dict[date, Decimal]:
    """One factor per day; of two holidays on a day the one that asks for less counts."""
    factors: dict[date, Decimal] = {}
    for row in rows:
        factor = Decimal(str(row["saturation_impact_factor"]))
        factors[row["holiday_date"]] = min(factor, factors.get(row["holiday_date"], factor))
    return factors


def _parsed(value: Any) -> Any:
    """A JSON column arrives parsed or as text, depending on the client's version."""
    return json.loads(value) if isinstance(value, str) else value
