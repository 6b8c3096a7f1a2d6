"""Scores: samples and propensities are probabilities; a bump earns nothing by itself."""

from __future__ import annotations

import math
from collections.abc import Iterator

from orchestrator.verify.evidence import Evidence, Finding, Rule
from orchestrator.verify.rules.volumes import BUMP


def thompson(evidence: Evidence) -> Iterator[Finding]:
    """A thompson_score given as a reason lies in [0, 1]."""
    for schedule, message in evidence.live_messages():
        score = (message.reason.get("pick") or {}).get("thompson_score")
        if score is not None and not 0 <= float(score) <= 1:
            yield Finding(
                "scores.thompson",
                schedule.schedule_id,
                f"caption {message.caption_id} has an impossible sample",
                str(score),
            )


def propensity(evidence: Evidence) -> Iterator[Finding]:
    """A propensity, where one is known, lies in (0, 1]: what was picked had a chance of being picked."""
    for schedule, message in evidence.live_messages():
        if message.propensity is not None and not 0 < message.propensity <= 1:
            detail = str(message.propensity)
            yield Finding(
                "scores.propensity",
                schedule.schedule_id,
                f"caption {message.caption_id} has an impossible propensity",
                detail,
            )


def final(evidence: Evidence) -> Iterator[Finding]:
    """Every message carries the finite, non-negative score by which it was picked."""
    for schedule, message in evidence.live_messages():
        score = message.final_score
        if score is None or not math.isfinite(score) or score < 0:
            yield Finding(
                "scores.final", schedule.schedule_id, f"caption {message.caption_id} has no usable score", str(score)
            )


def bump_emv(evidence: Evidence) -> Iterator[Finding]:
    """A bump's expected earnings are 0: it is picked for being read."""
    for schedule, message in evidence.live_messages():
        if message.message_type == BUMP and message.expected_emv not in (0, None):
            detail = str(message.expected_emv)
            yield Finding(
                "scores.bump_emv", schedule.schedule_id, f"bump {message.caption_id} expects earnings", detail
            )


RULES = (
    Rule("scores.thompson", thompson),
    Rule("scores.propensity", propensity),
    Rule("scores.final", final),
    Rule("scores.bump_emv", bump_emv),
)
