"""A planned message as the warehouse keeps it, with the evidence that was written down for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from orchestrator.domain import AccountSize, Mode, PickEvidence, PriceTier, Segment, SlotEvidence, Week, Zone
from orchestrator.planner.choice import tier_group


@dataclass(frozen=True)
class StoredMessage:
    """One row of queries/schedule_decisions.sql.

    `reason` holds the sentences of the plan; `pick` and `slot` are None for weeks planned before evidence was kept.
    """

    schedule_id: str
    page_name: str
    week: Week
    status: str
    account_size: AccountSize
    zone: Zone
    segment: Segment
    mode: Mode
    seed: str
    policy_version: str
    ppv_target: int
    bump_target: int
    position: int
    at: datetime
    message_type: str
    caption_id: int
    caption_key: str
    caption_text: str
    is_text_current: bool
    tier: PriceTier
    price: Decimal
    category: str
    has_urgency: bool
    expected_emv: float
    final_score: float
    pinned: bool
    reason: Mapping[str, str]
    pick: PickEvidence | None
    slot: SlotEvidence | None

    @property
    def group(self) -> PriceTier:
        """The tier group it competes in: luxury counts as premium."""
        return tier_group(self.tier)

    @property
    def local(self) -> datetime:
        """When it leaves, on the business wall clock."""
        return self.week.local(self.at)


def read_message(row: Mapping[str, Any]) -> StoredMessage:
    """A row as the typed message; a JSON column may come as text or parsed."""
    raw = row["reason"] or {}
    reason = json.loads(raw) if isinstance(raw, str) else raw
    return StoredMessage(
        schedule_id=row["schedule_id"],
        page_name=row["page_name"],
        week=Week(row["week_start"]),
        status=row["status"],
        account_size=AccountSize(row["account_size"]),
        zone=Zone(row["saturation_status"]),
        segment=Segment(row["behavioral_segment"]),
        mode=Mode(row["mode"]),
        seed=row["seed"],
        policy_version=row["policy_version"],
        ppv_target=row["ppv_target"],
        bump_target=row["bump_target"],
        position=row["position"],
        at=row["scheduled_send_time"],
        message_type=row["message_type"],
        caption_id=row["caption_id"],
        caption_key=row["caption_key"],
        caption_text=row["caption_text"] or "",
        is_text_current=bool(row["is_text_current"]),
        tier=PriceTier(row["price_tier"]),
        price=row["price"],
        category=row["content_category"] or "",
        has_urgency=bool(row["has_urgency"]),
        expected_emv=float(row["expected_emv"] or 0),
        final_score=float(row["final_score"] or 0),
        pinned=bool(row["pinned"]),
        reason={name: text for name, text in reason.items() if isinstance(text, str)},
        pick=PickEvidence.from_json(reason["pick"]) if "pick" in reason else None,
        slot=SlotEvidence.from_json(reason["time"]) if "time" in reason else None,
    )
