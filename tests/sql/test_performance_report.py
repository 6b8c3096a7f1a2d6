"""The report of every kind of page holds the published schema, agrees with what it rests on, and fails when broken."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from orchestrator.agents.performance_analyzer import analyze, report_page
from orchestrator.domain import Week, Zone
from orchestrator.domain.performance_report import DataStatus, PerformanceReport, report_schema
from tests.sql.message_world import (
    LOOKBACK,
    NEW,
    PAGES,
    SINGLE,
    STEADY,
    TIRED,
    TODAY,
    UNSEEN,
    Tables,
    as_of,
    creators,
    instant,
    message,
    world,
)
from tests.sql.table_function_checks import call, load

PUBLISHED = Path(__file__).resolve().parents[2] / "docs" / "schemas" / "performance_report.schema.json"
REFUNDED = "kiwi"
LISTS = (
    "message_type_performance",
    "anomalies",
    "psychological_trigger_analysis",
    "content_category_performance",
    "day_of_week_patterns",
    "time_window_optimization",
    "available_categories",
)


@pytest.fixture(scope="module")
def agency(make_warehouse: Callable[..., Any]) -> Iterator[Any]:
    with make_warehouse() as warehouse:
        yield load(load(warehouse, world()), refunds())


def refunds() -> Tables:
    """A page that gave back more than it earned, on most days."""
    rows = [
        message(
            REFUNDED, ago, instant(TODAY - timedelta(days=ago), 18), price="20", viewed_count=100, purchased_count=1
        )
        for ago in range(1, 41)
    ]
    earned = [{**row, "earnings": "20" if number % 4 == 0 else "-20"} for number, row in enumerate(rows)]
    return {"creators": creators([REFUNDED]), "mass_messages": earned}


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft202012Validator:
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(published)
    return jsonschema.Draft202012Validator(published)


@pytest.fixture(scope="module")
def rich(agency: Any) -> dict[str, Any]:
    return raw_report(agency, STEADY[0])


def raw_report(warehouse: Any, page: str, **options: Any) -> dict[str, Any]:
    parameters = {"page_name": page, "lookback_days": LOOKBACK, "as_of": as_of(), **options}
    [row] = warehouse.warehouse.query("performance_report", parameters)
    report: dict[str, Any] = json.loads(row["performance_report"], parse_constant=pytest.fail)
    return report


def complaints(schema: jsonschema.Draft202012Validator, report: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in schema.iter_errors(report)]


def test_the_published_schema_is_the_model_s() -> None:
    written = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    assert written == report_schema(), "run: python scripts/write_schemas.py"


def test_every_object_of_the_schema_is_closed_and_every_key_is_required_and_described() -> None:
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    objects = [published, *(one for one in published["$defs"].values() if one.get("type") == "object")]
    assert len(objects) == 14
    for one in objects:
        assert one["additionalProperties"] is False
        assert set(one["required"]) == set(one["properties"])
        assert all(field["description"] for field in one["properties"].values())


@pytest.mark.parametrize("page", [*PAGES, REFUNDED])
@pytest.mark.parametrize("days", [1, LOOKBACK])
def test_every_kind_of_page_holds_the_schema(
    agency: Any, schema: jsonschema.Draft202012Validator, page: str, days: int
) -> None:
    report = raw_report(agency, page, lookback_days=days)
    assert complaints(schema, report) == []
    assert all(isinstance(report[name], list) for name in LISTS)
    assert PerformanceReport.model_validate_json(json.dumps(report)).model_dump(mode="json") == report


def test_what_each_kind_of_page_is_told(agency: Any, rich: dict[str, Any]) -> None:
    tired, single, new, unseen = (raw_report(agency, page) for page in (TIRED, SINGLE, NEW, UNSEEN))
    assert (rich["data_status"], rich["saturation_status"]) == ("ok", "GREEN")
    assert all(rich[name] for name in LISTS if name != "available_categories")
    assert rich["behavioral_segment"] != "EXPLORATORY"
    assert (tired["saturation_status"], tired["saturation"]["volume_adjustment_factor"]) == ("RED", 0.5)
    assert single["data_status"] == "insufficient"
    assert (single["avg_emv"], single["behavioral_segment"]) == (31.5, "EXPLORATORY")
    assert (new["data_status"], new["account_size"], new["saturation_status"]) == ("no_history", "MICRO", "GREEN")
    assert all(new[name] == [] for name in LISTS)
    # Bumps that nobody opened: there is history, and nothing was sold.
    assert (unseen["avg_emv"], unseen["behavioral_segment"], unseen["day_of_week_patterns"]) == (
        None,
        "EXPLORATORY",
        [],
    )


def test_refunds_are_dollars_too(agency: Any) -> None:
    report = report_page(agency.warehouse, page=REFUNDED, as_of=as_of())
    assert report.avg_emv == -10  # thirty of 40 messages lost 20 dollars, ten earned 20
    assert (report.account_size, report.behavioral_segment) == ("MICRO", "BUDGET")


@pytest.mark.parametrize("page", PAGES)
def test_the_report_agrees_with_the_profile_that_plans_are_made_from(agency: Any, page: str) -> None:
    """`analyze` looks back 90 days, so that the report does too here."""
    profile = analyze(agency.warehouse, pages=[page], as_of=as_of()).get(page)
    if profile is None:  # the page is not active
        return
    report = report_page(agency.warehouse, page=page, as_of=as_of())
    assert (report.account_size, report.saturation_status) == (profile.account_size, profile.zone)
    assert (report.behavioral_segment, report.saturation_score) == (profile.segment, profile.saturation_score)
    assert report.saturation.recommended_action == profile.recommended_action
    assert report.account_classification.avg_audience == profile.avg_audience
    assert report.data_status == profile.data_status


def test_the_report_says_what_the_table_functions_say(agency: Any) -> None:
    page = STEADY[0]
    report = report_page(agency.warehouse, page=page, as_of=as_of(), lookback_days=LOOKBACK)
    [paid] = [
        row
        for row in call(agency, "calculate_performance_metrics", page, LOOKBACK, as_of())
        if row["message_type"] == "PPV"
    ]
    assert report.avg_emv == pytest.approx(paid["avg_emv"], abs=0.005)
    assert report.avg_emv == pytest.approx(float(paid["earnings"]) / paid["messages"], rel=0.1)
    rates = call(agency, "calculate_engagement_rates", page, LOOKBACK, as_of())
    days = {row["dimension_value"]: row for row in rates if row["dimension"] == "day_of_week"}
    assert [one.day_of_week_la for one in report.day_of_week_patterns] == [1, 2, 3, 4, 5, 6, 7]
    assert [one.msg_count for one in report.day_of_week_patterns] == [
        days[name]["messages"]
        for name in ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
    ]
    appeals = {row["dimension_value"]: row for row in rates if row["dimension"] == "psychological_trigger"}
    assert {one.psychological_trigger: one.conv_stat_sig for one in report.psychological_trigger_analysis} == {
        name: row["is_significant"] for name, row in appeals.items()
    }
    assert report.behavioral_segment_analysis.sample_size == paid["messages"]
    assert sum(one.msg_count for one in report.day_of_week_patterns) == paid["messages"]
    assert len(report.anomalies) == min(20, len(call(agency, "detect_anomalies", page, LOOKBACK, as_of())))


def test_the_same_question_gets_the_same_answer(agency: Any) -> None:
    texts = {json.dumps(raw_report(agency, TIRED)) for _ in range(3)}
    assert len(texts) == 1


def test_nothing_after_the_instant_is_read(agency: Any) -> None:
    earlier = as_of() - timedelta(days=14)
    report = report_page(agency.warehouse, page=TIRED, as_of=earlier)
    assert report.saturation_status is not Zone.RED
    assert report.data_freshness.last_message_at is not None and report.data_freshness.last_message_at < earlier
    assert report.recommended_week == Week.containing(earlier).next.monday
    assert report_page(agency.warehouse, page=SINGLE, as_of=earlier).data_status is DataStatus.NO_HISTORY


BREAKS: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
    "a key is missing": ("'avg_emv' is a required", lambda report: report.pop("avg_emv")),
    "a section's key is missing": ("'exclusion_reason'", lambda report: report["saturation"].pop("exclusion_reason")),
    "a list is null": ("$.anomalies", lambda report: report.update(anomalies=None)),
    "NaN as text": (
        "rpr_price_corr",
        lambda report: report["behavioral_segment_analysis"].update(rpr_price_corr="NaN"),
    ),
    "a score above 1": ("$.saturation_score", lambda report: report.update(saturation_score=1.01)),
    "a score below 0": (
        "$.saturation.saturation_score",
        lambda report: report["saturation"].update(saturation_score=-1),
    ),
    "an unknown size": ("$.account_size", lambda report: report.update(account_size="XL")),
    "an unknown zone": ("$.saturation_status", lambda report: report.update(saturation_status="ORANGE")),
    "an unknown key": ("'surprise' was unexpected", lambda report: report.update(surprise=1)),
    "a week of half a message": (
        "$.recommended_volume.ppv",
        lambda report: report["recommended_volume"].update(ppv=5.5),
    ),
    "a negative volume": ("$.recommended_volume.bump", lambda report: report["recommended_volume"].update(bump=-1)),
    "too many hours": (
        "$.time_window_optimization",
        lambda report: report["time_window_optimization"].extend(report["time_window_optimization"] * 20),
    ),
    "an eighth weekday": (
        "day_of_week_la",
        lambda report: report["day_of_week_patterns"][0].update(day_of_week_la=8),
    ),
    "a rate above 1": (
        "avg_conv",
        lambda report: report["content_category_performance"][0].update(avg_conv=1.5),
    ),
    "a segment that is a section": (
        "$.behavioral_segment",
        lambda report: report.update(behavioral_segment={"segment_label": "BUDGET"}),
    ),
    "a trend made of nothing": (
        "trend_direction",
        lambda report: report["content_category_performance"][0].update(trend_direction=None),
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_report_fails(schema: jsonschema.Draft202012Validator, rich: dict[str, Any], name: str) -> None:
    where, damage = BREAKS[name]
    report = copy.deepcopy(rich)
    assert complaints(schema, report) == []
    damage(report)
    found = complaints(schema, report)
    assert any(where in one for one in found), found
    with pytest.raises(ValueError):
        PerformanceReport.model_validate_json(json.dumps(report))
