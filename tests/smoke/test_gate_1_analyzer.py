"""Gate 1: the deployed analyzer, for a page with three months of history."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.domain import Week
from tests.smoke.checks_analyzer import (
    analysis_findings,
    analyze,
    holiday_factors,
    stranger_findings,
    time_findings,
)
from tests.smoke.gate_data import PAGE, fill, fill_surroundings

CAPTION_COUNT = 2_000


@pytest.mark.gate(1)
def test_analyzer_gate(gate: Any, slot: Any) -> None:
    week = fill(gate, caption_count=CAPTION_COUNT)
    fill_surroundings(gate, week)
    as_of = gate.warehouse.now()
    assert week == Week.containing(as_of).next
    analysis = analyze(gate, PAGE, as_of)
    assert analysis_findings(analysis, as_of, holiday_factors(gate, week)) == []
    assert stranger_findings(gate, as_of) == []
    if time_findings(analysis):
        with slot.alone():
            analysis = analyze(gate, PAGE, as_of)
    assert time_findings(analysis) == []
    assert analyze(gate, PAGE, as_of).text == analysis.text, "the same data gave another report"
