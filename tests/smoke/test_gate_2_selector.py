"""Gate 2: the deployed selector, at 50,000 captions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.smoke.checks_selector import select, selection_findings, time_findings
from tests.smoke.gate_data import PAGE, captions, fill

CAPTION_COUNT = 50_000


@pytest.mark.gate(2)
def test_selector_gate(gate: Any, slot: Any) -> None:
    week = fill(gate, caption_count=CAPTION_COUNT)
    keys = {one["caption_id"]: one["caption_key"] for one in captions(CAPTION_COUNT) if one["is_active"]}
    selection = select(gate, PAGE, week.start_utc, "gate")
    assert selection_findings(selection, keys) == []
    if time_findings(selection):
        with slot.alone():
            selection = select(gate, PAGE, week.start_utc, "gate")
    assert time_findings(selection) == []
    again = select(gate, PAGE, week.start_utc, "gate")
    assert again.rows == selection.rows, "the same seed and data gave another selection"
