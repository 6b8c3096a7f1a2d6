"""Gate 1: what the analyzer's report must be."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from google.api_core.exceptions import BadRequest
from google.cloud import bigquery
from jsonschema import Draft202012Validator

from orchestrator.domain import Week
from sql import constants

TIME_LIMIT_SECONDS = 10.0
LOOKBACK_DAYS = 90
SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "schemas" / "performance_report.schema.json"
# What the contract asks for by name, and the sections of the old report; with how many rows a list may have.
KEYS = (
    *("account_size", "saturation_status", "saturation_score", "avg_emv", "recommended_volume", "behavioral_segment"),
    *("creator_name", "analysis_timestamp", "data_freshness", "account_classification", "saturation"),
)
LISTS = {
    "psychological_trigger_analysis": 10,
    "content_category_performance": 15,
    "day_of_week_patterns": 7,
    "time_window_optimization": 20,
    "available_categories": math.inf,
}


@dataclass(frozen=True)
class Analysis:
    """The text of one call, and the job's own endTime - startTime in seconds."""

    text: str
    seconds: float


def analyze(gate: Any, page: str, as_of: datetime) -> Analysis:
    """CALL the deployed procedure."""
    text = f"""
    DECLARE report STRING;
    CALL {gate.table("analyze_creator_performance")}(@page, {LOOKBACK_DAYS}, @as_of, report);
    SELECT report
    """
    config = bigquery.QueryJobConfig(
        query_parameters=[
            bigquery.ScalarQueryParameter("page", "STRING", page),
            bigquery.ScalarQueryParameter("as_of", "TIMESTAMP", as_of),
        ],
        use_query_cache=False,
    )
    job = gate.client.query(text, job_config=config)
    [row] = job.result()
    return Analysis(row["report"], (job.ended - job.started).total_seconds())


def holiday_factors(gate: Any, week: Week) -> dict[str, Fraction]:
    """The strictest factor of each day of a week that has one."""
    rows = gate.rows(
        f"""
        SELECT holiday_date, saturation_impact_factor AS factor
        FROM {gate.table("holiday_calendar")}
        WHERE holiday_date BETWEEN CAST(@first AS DATE) AND CAST(@last AS DATE)
        ORDER BY factor DESC
        """,
        first=str(week.dates[0]),
        last=str(week.dates[-1]),
    )
    return {str(row["holiday_date"]): Fraction(str(row["factor"])) for row in rows}


def analysis_findings(analysis: Analysis, as_of: datetime, factors: Mapping[str, Fraction]) -> list[str]:
    """The report of a page with history is complete, of the published shape, in range and true to its own figures."""
    unreadable: list[str] = []
    try:
        report = json.loads(analysis.text, parse_constant=lambda text: unreadable.append(f"{text} is no number"))
    except (TypeError, ValueError) as error:
        return [f"not JSON: {error}"]
    if not isinstance(report, dict):
        return [f"a report is an object, not {type(report).__name__}"]
    schema = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    findings = unreadable + [f"{error.json_path}: {error.message[:100]}" for error in schema.iter_errors(report)]
    findings += [f"{key} is missing" for key in (*KEYS, *LISTS) if report.get(key) is None]
    findings += [
        f"{name} has {len(report[name])} rows, not 1 to {most}"
        for name, most in LISTS.items()
        if isinstance(report.get(name), list) and not 1 <= len(report[name]) <= most
    ]
    # The figures are compared only when there is something to compare.
    return findings or [*_range_findings(report), *_volume_findings(report, as_of, factors)]


def _range_findings(report: Mapping[str, Any]) -> Iterator[str]:
    rules, score = constants()["saturation"], report["saturation_score"]
    zone = "GREEN" if score < rules["yellow_from"] else "YELLOW" if score < rules["red_from"] else "RED"
    if not 0 <= score <= 1 or report["saturation_status"] != zone:
        yield f"a score of {score} is not {report['saturation_status']}"
    [paid] = [one for one in report["message_type_performance"] if one["message_type"] == "PPV"]
    emv = paid["earnings"] / paid["messages"]
    if not math.isclose(report["avg_emv"], emv, abs_tol=0.01):
        yield f"avg_emv is {report['avg_emv']}, but a PPV message earned {emv:.2f} dollars"
    if not paid["purchase_rate_lower"] <= paid["purchase_rate"] <= paid["purchase_rate_upper"]:
        yield "the purchase rate lies outside its interval"
    for key, part, name in (
        ("account_size", "account_classification", "size_tier"),
        ("saturation_status", "saturation", "saturation_status"),
        ("saturation_score", "saturation", "saturation_score"),
        ("behavioral_segment", "behavioral_segment_analysis", "segment_label"),
    ):
        if report[key] != report[part][name]:
            yield f"{key} is {report[key]}, {part}.{name} is {report[part][name]}"


def _volume_findings(report: Mapping[str, Any], as_of: datetime, factors: Mapping[str, Fraction]) -> Iterator[str]:
    size, zone = constants()["account_sizes"][report["account_size"]], constants()["zones"][report["saturation_status"]]
    week = Week.containing(as_of).next
    whole = sum(factors.get(str(week.monday + timedelta(days=day)), Fraction(1)) for day in range(7))
    if report["recommended_week"] != str(week.monday):
        yield f"recommended_week is {report['recommended_week']}, not {week.monday}"
    for kind in ("ppv", "bump"):
        wanted = math.floor(size[f"base_{kind}"] * Fraction(str(zone[f"{kind}_multiplier"])) * whole / 7)
        if report["recommended_volume"][kind] != wanted:
            yield f"recommended_volume.{kind} is {report['recommended_volume'][kind]}, not {wanted}"


def stranger_findings(gate: Any, as_of: datetime) -> list[str]:
    """A page that nobody knows is refused by name."""
    try:
        analyze(gate, "nobody_at_all", as_of)
    except BadRequest as refusal:
        return [] if "unknown page nobody_at_all" in str(refusal) else [f"an unknown page is refused by: {refusal}"]
    return ["an unknown page gets a report"]


def time_findings(analysis: Analysis) -> list[str]:
    """The job took less than ten seconds."""
    slow = analysis.seconds >= TIME_LIMIT_SECONDS
    return [f"took {analysis.seconds:.2f} s, at most {TIME_LIMIT_SECONDS} s"] if slow else []
