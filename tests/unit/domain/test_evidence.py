"""Evidence survives the way through JSON to the last bit."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain import PickEvidence, SlotEvidence
from tests.unit.evidence_samples import PICK, SLOT

numbers = st.floats(0, allow_infinity=False)


@given(numbers, numbers, numbers, st.decimals(0, 70, places=2) | st.none())
def test_a_pick_reads_back_as_it_was_written(score: float, prior: float, freshness: float, median: Decimal) -> None:
    pick = replace(PICK, thompson_score=score, prior_misses=prior, freshness=freshness, median_price=median)
    assert PickEvidence.from_json(json.loads(json.dumps(pick.as_json()))) == pick


@pytest.mark.parametrize("rank", [1, None])
def test_a_slot_reads_back_as_it_was_written(rank: int | None) -> None:
    slot = replace(SLOT, peak_rank=rank)
    assert SlotEvidence.from_json(json.loads(json.dumps(slot.as_json()))) == slot


@pytest.mark.parametrize("name", ["seed", "thompson_score", "prior_hits", "place"])
def test_a_part_that_is_missing_is_an_error(name: str) -> None:
    raw = PICK.as_json()
    del raw[name]
    with pytest.raises(KeyError, match=name):
        PickEvidence.from_json(raw)


def test_counts_are_what_was_seen_and_what_was_expected_together() -> None:
    assert (PICK.hits, PICK.misses) == (6.0, 144.0)
