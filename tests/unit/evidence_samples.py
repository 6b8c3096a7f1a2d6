"""Evidence to test with: a pick and its slot."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from orchestrator.domain import Mode, PickEvidence, SlotEvidence

MONDAY = datetime(2026, 1, 19, 8, tzinfo=UTC)
PICK = PickEvidence(
    seed="eros|2026-01-19|lily|v1",
    mode=Mode.OPTIMIZE,
    as_of=MONDAY,
    seen_hits=4,
    seen_misses=96,
    prior_hits=2.0,
    prior_misses=48.0,
    prior_scope="page",
    prior_as_of=MONDAY,
    learnt_as_of=None,
    temper=0.5,
    thompson_score=0.1 + 0.2,
    freshness=1 / 3,
    price=Decimal("12.50"),
    median_price=None,
    views_per_message=500.0,
    place=3,
    free_captions=1204,
)
SLOT = SlotEvidence(hour=19, peak_rank=1, peak_hours=5, gap_minutes=120, day_factor=Decimal("0.7"))
