"""A stored pick computed again from its evidence: the same arithmetic as sql/macros/selection.jinja, step by step."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.bandit.wilson import WilsonBounds, normal_quantile, uniform, wilson_sample, wilson_score_bounds
from orchestrator.domain.evidence import PickEvidence
from orchestrator.domain.kinds import Mode, PriceTier


@dataclass(frozen=True)
class Replay:
    """What the evidence gives: the score in [0, 1], what the caption was ranked by, and dollars per message.

    `u` and `z` are the uniform number of the draw and its normal quantile; None in modes that draw nothing.
    """

    thompson_score: float
    final_score: float
    expected_emv: float
    u: float | None
    z: float | None


def posterior(evidence: PickEvidence) -> tuple[float, WilsonBounds]:
    """The mean rate after evidence and prior, and its 95 % interval. Tempering sharpens draws, not beliefs."""
    bounds = wilson_score_bounds(evidence.hits, evidence.misses)
    assert bounds is not None
    return evidence.hits / (evidence.hits + evidence.misses), bounds


def replay(evidence: PickEvidence, caption_key: str, tier: PriceTier) -> Replay:
    """Draw again with the logged pseudo-counts and seed. The order of the operations is the selector's."""
    sharpness = evidence.temper * evidence.temper
    hits, misses = evidence.hits / sharpness, evidence.misses / sharpness
    seed = f"{evidence.seed}|{caption_key}"
    price = float(evidence.price)
    mean, _ = posterior(evidence)
    score = _score(evidence.mode, hits, misses, seed)
    draws = evidence.mode is Mode.OPTIMIZE
    return Replay(
        thompson_score=score,
        final_score=score * evidence.freshness * (1.0 if tier is PriceTier.BUMP else price),
        expected_emv=price * mean * evidence.freshness * evidence.views_per_message,
        u=uniform(seed) if draws else None,
        z=normal_quantile(uniform(seed)) if draws else None,
    )


def _score(mode: Mode, hits: float, misses: float, seed: str) -> float:
    if mode is Mode.SAFE:
        return hits / (hits + misses)
    if mode is Mode.CONSERVATIVE:
        bounds = wilson_score_bounds(hits, misses)
        assert bounds is not None
        return bounds.lower_bound
    sample = wilson_sample(hits, misses, seed)
    assert sample is not None
    return sample
