"""Gate 3: the real agents plan, store and lock a valid week."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.smoke.checks_builder import builder_findings, plan
from tests.smoke.gate_data import OTHER_PAGE, PAGE, fill

CAPTION_COUNT = 2_000
PAGES = (OTHER_PAGE, PAGE)


@pytest.mark.gate(3)
def test_builder_gate(gate: Any, tmp_path: Path) -> None:
    week = fill(gate, caption_count=CAPTION_COUNT)
    report = plan(gate, week, tmp_path, pages=PAGES)
    assert report.exit_code == 0, report
    assert builder_findings(gate, week, tmp_path, pages=PAGES) == []

    again = plan(gate, week, tmp_path, pages=PAGES)
    assert [page.schedule_id for page in again.pages] == [page.schedule_id for page in report.pages]
    assert builder_findings(gate, week, tmp_path, pages=PAGES) == []
