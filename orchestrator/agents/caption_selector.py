"""caption_selector: which captions each page gets next week, sampled from what is known of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orchestrator.domain import Candidate, Mode, PickEvidence, PriceTier, Shortage, constants
from orchestrator.domain.ports import Queries


@dataclass(frozen=True)
class SelectionRequest:
    """How many captions of each group one page needs; `num_premium` draws from premium and luxury."""

    page_name: str
    num_budget: int
    num_mid: int
    num_premium: int
    num_bump: int
    seed: str

    def as_parameter(self) -> dict[str, Any]:
        """The request as the query's struct."""
        return dict(vars(self))


@dataclass(frozen=True)
class Selection:
    """The captions of one page and what could not be found, best first."""

    candidates: tuple[Candidate, ...]
    shortages: tuple[Shortage, ...]


def select(
    warehouse: Queries,
    requests: Sequence[SelectionRequest],
    *,
    as_of: datetime,
    mode: Mode,
    supersede: Sequence[str] = (),
) -> dict[str, Selection]:
    """Select for every page in one job. A page asked for is always in the answer, if only with its shortages.

    Captions held by the schedules in `supersede` count as free: those give them back when their successor is locked.
    """
    if not requests:
        return {}
    rows = warehouse.query(
        "select_captions",
        {
            "requests": [request.as_parameter() for request in requests],
            "as_of": as_of,
            "mode": mode.value,
            "supersede": list(supersede),
        },
    )
    seeds = {request.page_name: request.seed for request in requests}
    candidates: dict[str, list[Candidate]] = defaultdict(list)
    shortages: dict[str, list[Shortage]] = defaultdict(list)
    for row in rows:
        if row["row_kind"] == "shortage":
            shortages[row["page_name"]].append(_shortage(row))
        else:
            candidates[row["page_name"]].append(_candidate(row, seeds[row["page_name"]], mode, as_of))
    return {
        request.page_name: Selection(tuple(candidates[request.page_name]), tuple(shortages[request.page_name]))
        for request in requests
    }


def _shortage(row: dict[str, Any]) -> Shortage:
    return Shortage(PriceTier(row["price_tier"]), int(row["missing"]), str(row["reason"]))


def pick_evidence(row: dict[str, Any], seed: str, mode: Mode, as_of: datetime) -> PickEvidence:
    """The evidence in a row of the selector."""
    return PickEvidence(
        seed=seed,
        mode=mode,
        as_of=as_of,
        seen_hits=row["seen_hits"],
        seen_misses=row["seen_misses"],
        prior_hits=row["prior_a"],
        prior_misses=row["prior_b"],
        prior_scope=row["prior_scope"],
        prior_as_of=row["prior_as_of"],
        learnt_as_of=row["learnt_as_of"],
        temper=constants().bandit.temper,
        thompson_score=row["thompson_score"],
        freshness=row["freshness"],
        price=row["recommended_price"],
        median_price=row["median_price"],
        views_per_message=row["views_per_message"],
        place=row["place"],
        free_captions=row["free_captions"],
    )


def _candidate(row: dict[str, Any], seed: str, mode: Mode, as_of: datetime) -> Candidate:
    return Candidate(
        caption_id=row["caption_id"],
        caption_key=row["caption_key"],
        caption_text=row["caption_text"],
        price_tier=PriceTier(row["price_tier"]),
        content_category=row["content_category"] or "",
        has_urgency=bool(row["has_urgency"]),
        final_score=row["final_score"],
        expected_emv=row["expected_emv"],
        recommended_price=row["recommended_price"],
        propensity=row["propensity"],
        reason=row["reason"],
        evidence=pick_evidence(row, seed, mode, as_of),
    )
