"""A selection made again for one page's week, to see who was passed over and whether the data has changed since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from orchestrator.agents.caption_selector import SelectionRequest, pick_evidence
from orchestrator.domain import PickEvidence
from orchestrator.domain.ports import Queries
from orchestrator.insight.stored import StoredMessage
from orchestrator.planner.volume import segment_mix

PICKED, NOT_NEEDED = "picked", "not needed"


@dataclass(frozen=True)
class Judged:
    """One caption as the selection judges it today.

    `verdict` is picked, cooling, restricted, urgent cap, category cap or not needed; `used_on` and `used_by` tell the
    use nearest to the week's Monday, a sent message when `used_by` is None.
    """

    caption_id: int
    caption_key: str
    caption_text: str
    category: str
    final_score: float
    verdict: str
    used_on: date | None
    used_by: str | None
    evidence: PickEvidence

    def rule(self) -> str:
        """The verdict as people read it."""
        if self.verdict == "cooling":
            return (
                f"cooling down: held for {self.used_on} by {self.used_by}"
                if self.used_by
                else (f"cooling down: sent on {self.used_on}")
            )
        return {
            "restricted": "restricted on this page",
            "urgent cap": "urgent cap: the week has its fill of urgent captions",
            "category cap": f"category cap: the week has its fill of {self.category}",
        }.get(self.verdict, self.verdict)


@dataclass(frozen=True)
class Rerun:
    """The judged captions of one tier group, best first: those picked, those that score no less than the message asked
    about, and its own."""

    judged: tuple[Judged, ...]

    def of(self, caption_key: str) -> Judged | None:
        """What becomes of a text today; None when it is not offered any more."""
        return next((one for one in self.judged if one.caption_key == caption_key), None)

    @property
    def picked(self) -> frozenset[str]:
        """The keys that would be picked today."""
        return frozenset(one.caption_key for one in self.judged if one.verdict == PICKED)

    def kept_out(self, above: float) -> list[Judged]:
        """Captions that score more than `above` and that a rule keeps out of the week, best first."""
        barred = [one for one in self.judged if one.verdict not in (PICKED, NOT_NEEDED)]
        return sorted((one for one in barred if one.final_score > above), key=lambda one: -one.final_score)


def select_again(warehouse: Queries, message: StoredMessage, released: Sequence[str]) -> Rerun:
    """Judge the captions of the message's tier group as the selector did, with what is known today.

    Captions held by the schedules in `released` count as free.
    """
    mix = segment_mix(message.segment, message.ppv_target)
    request = SelectionRequest(
        page_name=message.page_name,
        num_budget=mix["budget"],
        num_mid=mix["mid"],
        num_premium=mix["premium"],
        num_bump=message.bump_target,
        seed=message.seed,
    )
    rows = warehouse.query(
        "explain_selection",
        {
            "requests": [request.as_parameter()],
            "as_of": message.week.start_utc,
            "mode": message.mode.value,
            "released": list(released),
            "price_group": message.group.value,
            "final_score": message.final_score,
            "caption_id": message.caption_id,
        },
    )
    return Rerun(tuple(_judged(row, message) for row in rows))


def _judged(row: dict[str, Any], message: StoredMessage) -> Judged:
    # A caption that a rule keeps out has no place among those that are free.
    placed = row if row["place"] is not None else {**row, "place": 0}
    return Judged(
        caption_id=row["caption_id"],
        caption_key=row["caption_key"],
        caption_text=row["caption_text"],
        category=row["content_category"] or "",
        final_score=row["final_score"],
        verdict=row["verdict"],
        used_on=row["used_on"],
        used_by=row["used_by"],
        evidence=pick_evidence(placed, message.seed, message.mode, message.week.start_utc),
    )
