"""What decided a pick and its place in the week, kept so that both can be explained and replayed later.

Evidence is written into `schedule_messages.reason` and read back from there: numbers survive the way exactly, because
JSON keeps the shortest text that names a double.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from orchestrator.domain.kinds import Mode


@dataclass(frozen=True)
class PickEvidence:
    """The numbers behind one draw, as they were when the selector saw them.

    A hit is a purchase and a miss a view without one; for a free bump a hit is a view and a miss a recipient who did
    not look. `seen_*` were observed on this page for this text, `prior_*` are pseudo-counts expected before any
    evidence, from the history of the page or the agency, or from the constants (`prior_scope`). `thompson_score` is the
    draw in [0, 1] of mode optimize, or the mean or lower bound in its stead; `place` counts the captions that are free
    for this page and tier group from 1, best first, before the weekly caps. `freshness` is 1 for a rested text, `price`
    and `median_price` are dollars.
    """

    seed: str
    mode: Mode
    as_of: datetime
    seen_hits: int
    seen_misses: int
    prior_hits: float
    prior_misses: float
    prior_scope: str
    prior_as_of: datetime | None
    learnt_as_of: datetime | None
    temper: float
    thompson_score: float
    freshness: float
    price: Decimal
    median_price: Decimal | None
    views_per_message: float
    place: int
    free_captions: int

    @property
    def hits(self) -> float:
        """Observed and expected hits together."""
        return self.seen_hits + self.prior_hits

    @property
    def misses(self) -> float:
        """Observed and expected misses together."""
        return self.seen_misses + self.prior_misses

    def as_json(self) -> dict[str, Any]:
        """Ready for json.dumps; `from_json` is the inverse."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> PickEvidence:
        """Read what `as_json` wrote; KeyError or ValueError when a part is missing or no such thing."""
        return cls(
            seed=str(raw["seed"]),
            mode=Mode(raw["mode"]),
            as_of=datetime.fromisoformat(raw["as_of"]),
            seen_hits=int(raw["seen_hits"]),
            seen_misses=int(raw["seen_misses"]),
            prior_hits=float(raw["prior_hits"]),
            prior_misses=float(raw["prior_misses"]),
            prior_scope=str(raw["prior_scope"]),
            prior_as_of=_instant(raw["prior_as_of"]),
            learnt_as_of=_instant(raw["learnt_as_of"]),
            temper=float(raw["temper"]),
            thompson_score=float(raw["thompson_score"]),
            freshness=float(raw["freshness"]),
            price=Decimal(raw["price"]),
            median_price=None if raw["median_price"] is None else Decimal(raw["median_price"]),
            views_per_message=float(raw["views_per_message"]),
            place=int(raw["place"]),
            free_captions=int(raw["free_captions"]),
        )


@dataclass(frozen=True)
class SlotEvidence:
    """Why a message leaves when it does: its hour's rank among the day's peak hours (None outside them), the gap in
    minutes that holds around it, and the share of a usual day's volume that its day gets."""

    hour: int
    peak_rank: int | None
    peak_hours: int
    gap_minutes: int
    day_factor: Decimal

    def as_json(self) -> dict[str, Any]:
        """Ready for json.dumps; `from_json` is the inverse."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> SlotEvidence:
        """Read what `as_json` wrote; KeyError or ValueError when a part is missing or no such thing."""
        return cls(
            hour=int(raw["hour"]),
            peak_rank=None if raw["peak_rank"] is None else int(raw["peak_rank"]),
            peak_hours=int(raw["peak_hours"]),
            gap_minutes=int(raw["gap_minutes"]),
            day_factor=Decimal(raw["day_factor"]),
        )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | Mode) else value


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
