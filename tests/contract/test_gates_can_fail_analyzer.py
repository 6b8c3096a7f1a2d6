"""Gate 1 goes red when the analyzer is broken: the routine, what it rests on, its answer, its speed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any

import pytest

from orchestrator.domain import Week
from sql import render
from tests.smoke.checks_analyzer import (
    Analysis,
    analysis_findings,
    analyze,
    holiday_factors,
    stranger_findings,
    time_findings,
)
from tests.smoke.gate_data import PAGE, fill, fill_surroundings

PROCEDURE = "procedures/analyze_creator_performance"
SATURATION = "table_functions/analyze_saturation_status"
METRICS = "table_functions/calculate_performance_metrics"
Report = dict[str, Any]


@pytest.fixture(scope="module")
def gate(make_warehouse: Callable[..., Any]) -> Iterator[Any]:
    with make_warehouse("eros_gate") as ready:
        week = fill(ready, caption_count=1_500)
        fill_surroundings(ready, week)
        yield ready


@pytest.fixture(scope="module")
def as_of(gate: Any) -> datetime:
    return gate.warehouse.now()


@pytest.fixture(scope="module")
def factors(gate: Any) -> dict[str, Fraction]:
    return holiday_factors(gate, Week.containing(gate.warehouse.now()).next)


@pytest.fixture(scope="module")
def good(gate: Any, as_of: datetime) -> Analysis:
    return analyze(gate, PAGE, as_of)


@pytest.fixture
def planted(gate: Any) -> Iterator[Callable[[str, str, str], None]]:
    """Deploys an object with a mistake, and the sound one again afterwards."""
    broken: list[str] = []

    def plant(name: str, old: str, new: str) -> None:
        text = render(name, gate.settings)
        assert old in text, f"{name} does not hold {old!r}"
        broken.append(name)
        gate.rows(text.replace(old, new))

    yield plant
    for name in broken:
        gate.rows(render(name, gate.settings))


BROKEN_ROUTINES = [
    (PROCEDURE, "v_course.anomalies AS anomalies,", "", "'anomalies' is a required property"),
    (PROCEDURE, "v_course.anomalies AS anomalies", "NULL AS anomalies", "$.anomalies"),
    (PROCEDURE, "v_sales.windows AS time_window_optimization", "[] AS time_window_optimization", "not 1 to 20"),
    (PROCEDURE, "v_page.saturation_score AS saturation_score", "'NaN' AS saturation_score", "saturation_score"),
    (PROCEDURE, "SELECT avg_emv FROM", "SELECT avg_emv * purchase_rate FROM", "avg_emv is"),
    (PROCEDURE, "7 - COALESCE(SUM(1 -", "7 - COALESCE(SUM(0 *", "recommended_volume.ppv is"),
    (PROCEDURE, "WEEK(MONDAY)", "WEEK(SUNDAY)", "recommended_week is"),
    (SATURATION, "IF(has_history, score, NULL)", "IF(has_history, score + 2, NULL)", "$.saturation_score"),
    (SATURATION, "IF(has_history, zone, NULL)", "IF(has_history, 'RED', NULL)", "is not RED"),
    (METRICS, "measured.view_rate,", "measured.view_rate * 9 AS view_rate,", "view_rate"),
]


@pytest.mark.parametrize(("name", "old", "new", "complaint"), BROKEN_ROUTINES)
def test_analyzer_gate_sees_a_broken_routine(
    gate: Any,
    as_of: datetime,
    factors: dict[str, Fraction],
    planted: Callable[[str, str, str], None],
    name: str,
    old: str,
    new: str,
    complaint: str,
) -> None:
    planted(name, old, new)
    findings = analysis_findings(analyze(gate, PAGE, as_of), as_of, factors)
    assert any(complaint in one for one in findings), findings


def test_analyzer_gate_sees_a_stranger_let_in(
    gate: Any, as_of: datetime, planted: Callable[[str, str, str], None]
) -> None:
    assert stranger_findings(gate, as_of) == []
    planted(PROCEDURE, "IF NOT EXISTS (SELECT page_name", "IF 1 = 2 AND NOT EXISTS (SELECT page_name")
    assert stranger_findings(gate, as_of) != []


def the(report: Report, section: str, **values: Any) -> None:
    """Change one key of a section."""
    (report[section][0] if isinstance(report[section], list) else report[section]).update(values)


BROKEN_ANSWERS: dict[str, Callable[[Report], Any]] = {
    "missing key": lambda report: report.pop("behavioral_segment"),
    "missing section": lambda report: report.pop("saturation"),
    "unknown key": lambda report: report.update(more=1),
    "null list": lambda report: report.update(content_category_performance=None),
    "empty list": lambda report: report.update(day_of_week_patterns=[]),
    "null score": lambda report: report.update(saturation_score=None),
    "score above one": lambda report: (
        report.update(saturation_score=1.2),
        the(report, "saturation", saturation_score=1.2),
    ),
    "score of another zone": lambda report: (
        report.update(saturation_score=0.4),
        the(report, "saturation", saturation_score=0.4),
    ),
    "two zones": lambda report: the(report, "saturation", saturation_status="RED"),
    "two sizes": lambda report: the(report, "account_classification", size_tier="MICRO"),
    "two segments": lambda report: the(report, "behavioral_segment_analysis", segment_label="BUDGET"),
    "no dollars per message": lambda report: report.update(avg_emv=None),
    "other dollars per message": lambda report: report.update(avg_emv=report["avg_emv"] * 1.01),
    "a message too many": lambda report: the(report, "recommended_volume", ppv=report["recommended_volume"]["ppv"] + 1),
    "no bumps": lambda report: the(report, "recommended_volume", bump=0),
    "a rate outside its interval": lambda report: the(report, "message_type_performance", purchase_rate_upper=0.001),
    "hour 24": lambda report: the(report, "time_window_optimization", hour_24=24),
    "a rate as text": lambda report: the(report, "day_of_week_patterns", avg_conv="NaN"),
}


@pytest.mark.parametrize("mutation", BROKEN_ANSWERS.values(), ids=BROKEN_ANSWERS)
def test_analyzer_gate_sees_a_broken_answer(
    good: Analysis, as_of: datetime, factors: dict[str, Fraction], mutation: Callable[[Report], Any]
) -> None:
    assert analysis_findings(good, as_of, factors) == []
    report = json.loads(good.text)
    mutation(report)
    assert analysis_findings(replace(good, text=json.dumps(report)), as_of, factors) != []


@pytest.mark.parametrize("text", ["", "not JSON", "[]", "null", '{"saturation_score": NaN}'])
def test_analyzer_gate_sees_what_is_no_report(
    good: Analysis, as_of: datetime, factors: dict[str, Fraction], text: str
) -> None:
    assert analysis_findings(replace(good, text=text), as_of, factors) != []


def test_analyzer_gate_sees_nothing_at_all(good: Analysis, as_of: datetime, factors: dict[str, Fraction]) -> None:
    nothing: Any = None
    assert analysis_findings(replace(good, text=nothing), as_of, factors) != []


def test_analyzer_gate_sees_a_slow_job(good: Analysis) -> None:
    assert time_findings(replace(good, seconds=9.99)) == []
    assert time_findings(replace(good, seconds=10.0)) != []
