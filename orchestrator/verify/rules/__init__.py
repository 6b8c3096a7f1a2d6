"""Every rule of the contract that can be seen in the exported files and the warehouse, one module per family."""

from __future__ import annotations

from orchestrator.verify.evidence import Rule
from orchestrator.verify.rules import (
    captions,
    cooldown,
    files,
    gaps,
    identity,
    locks,
    prices,
    records,
    scores,
    times,
    volumes,
)

RULES: tuple[Rule, ...] = (
    *identity.RULES,
    *files.RULES,
    *times.RULES,
    *gaps.RULES,
    *volumes.RULES,
    *prices.RULES,
    *captions.RULES,
    *cooldown.RULES,
    *locks.RULES,
    *records.RULES,
    *scores.RULES,
)

__all__ = ["RULES"]
