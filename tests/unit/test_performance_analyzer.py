"""performance_analyzer for one page: what it asks the warehouse, and what it answers when that fails."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from orchestrator.agents.performance_analyzer import report_page
from orchestrator.errors import ErosError, UsageError
from tests.unit.report.samples import NEW

AS_OF = datetime(2026, 1, 14, 20, tzinfo=UTC)


class Memory:
    """A warehouse that knows one report, and what it was asked."""

    def __init__(self, report: dict[str, Any] | None = None) -> None:
        self.report = report or NEW
        self.asked: list[tuple[str, dict[str, Any] | None]] = []

    def query(self, name: str, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        self.asked.append((name, params))
        return [{"performance_report": json.dumps(self.report)}]


def test_the_report_is_typed_and_looks_back_90_days() -> None:
    memory = Memory()
    report = report_page(memory, page="amber_paid", as_of=AS_OF)
    assert (report.page_name, report.recommended_volume.ppv) == ("amber_paid", 6)
    assert memory.asked == [("performance_report", {"page_name": "amber_paid", "lookback_days": 90, "as_of": AS_OF})]


def test_another_look_back() -> None:
    memory = Memory()
    report_page(memory, page="amber_paid", as_of=AS_OF, lookback_days=7)
    assert memory.asked[-1][1] == {"page_name": "amber_paid", "lookback_days": 7, "as_of": AS_OF}


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_a_look_back_that_cannot_be_is_refused_before_anything_is_asked(days: int) -> None:
    memory = Memory()
    with pytest.raises(UsageError, match=f"look-back of {days} days"):
        report_page(memory, page="amber_paid", as_of=AS_OF, lookback_days=days)
    assert memory.asked == []


@pytest.mark.parametrize(
    ("broken", "where"),
    [
        ({"saturation_score": 2}, "saturation_score"),
        ({"anomalies": None}, "anomalies"),
        ({"surprise": 1}, "surprise"),
        ({"recommended_volume": {"ppv": 5}}, "recommended_volume.bump"),
    ],
)
def test_a_report_of_another_shape_is_an_error_that_names_the_place(broken: dict[str, Any], where: str) -> None:
    with pytest.raises(ErosError, match="not of the published shape") as failure:
        report_page(Memory({**NEW, **broken}), page="amber_paid", as_of=AS_OF)
    assert failure.value.where == where
    assert failure.value.exit_code == 1
