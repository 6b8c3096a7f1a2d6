"""Gate 4: the real exporter's sheets of a week whose every caption is awkward, read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator.verify import verify_week
from tests.smoke.checks_builder import plan
from tests.smoke.checks_exporter import sheet_findings
from tests.smoke.gate_data import OTHER_PAGE, PAGE, fill

CAPTION_COUNT = 2_000


@pytest.mark.gate(4)
def test_exporter_gate(gate: Any, tmp_path: Path) -> None:
    week = fill(gate, caption_count=CAPTION_COUNT, awkward=True)
    report = plan(gate, week, tmp_path, pages=(OTHER_PAGE, PAGE), auto_approve=True)
    exported = [page for page in report.pages if page.status == "exported"]
    assert exported, report
    for page in exported:
        rows = gate.warehouse.query("schedule_rows", {"schedule_ids": [page.schedule_id]})
        assert sheet_findings((tmp_path / f"{week}" / f"{page.schedule_id}.csv").read_bytes(), rows) == []
    assert verify_week(week.monday, tmp_path, gate.warehouse).findings == ()
