"""Gate 5: Python, SQL and schedules agree in Los Angeles on both days the clocks change, past and coming."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any

import pytest

from orchestrator.domain import Week
from orchestrator.domain.week import to_utc
from orchestrator.verify import verify_week
from tests.smoke.checks_builder import plan
from tests.smoke.checks_timezone import (
    KNOWN_CHANGES,
    coming_changes,
    instants_around,
    python_findings,
    schedule_findings,
    sql_findings,
)
from tests.smoke.gate_data import PAGE, fill

CAPTION_COUNT = 2_000


@pytest.mark.gate(5)
def test_timezone_gate(gate: Any, tmp_path: Path) -> None:
    fill(gate, caption_count=CAPTION_COUNT)
    now = gate.warehouse.now()
    coming = coming_changes(now)
    assert len(coming) == 2
    for day in (*KNOWN_CHANGES, *coming):
        instants = instants_around(day)
        assert python_findings(instants) == []
        assert sql_findings(gate, instants) == []
    for day in coming:
        week = Week.containing(to_utc(day, time(12)))
        report = plan(gate, week, tmp_path, pages=(PAGE,), auto_approve=True)
        assert report.exit_code == 0, report
        assert schedule_findings(gate, week, coming) == []
        assert verify_week(week.monday, tmp_path, gate.warehouse).findings == ()
