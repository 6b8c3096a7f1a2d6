"""Every gate goes red when the thing it guards is broken: routine, view, stored week, builder, exporter, zone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from orchestrator.agents import schedule_builder
from orchestrator.domain import Week, WeekPlan, WeekRequest
from orchestrator.errors import ErosError
from orchestrator.exporters import csv_format, sheets_export_client
from orchestrator.exporters.csv_format import render_csv as rendered
from orchestrator.planner import build_week
from sql import render
from tests.smoke.checks_builder import builder_findings, plan
from tests.smoke.checks_exporter import export, sheet_findings
from tests.smoke.checks_selector import Selection, select, selection_findings, time_findings
from tests.smoke.checks_timezone import (
    KNOWN_CHANGES,
    coming_changes,
    instants_around,
    python_findings,
    schedule_findings,
    sql_findings,
)
from tests.smoke.gate_data import PAGE, captions, fill

CAPTION_COUNT = 1_500
PROCEDURE = "procedures/select_captions_for_creator"
VIEW = "views/schedule_recommendations_with_messages"


@pytest.fixture
def gate(make_warehouse: Callable[..., Any]) -> Iterator[Any]:
    with make_warehouse("eros_gate") as ready:
        yield ready


@pytest.fixture
def week(gate: Any) -> Week:
    return fill(gate, caption_count=CAPTION_COUNT)


@pytest.fixture
def keys() -> dict[int, str]:
    return {one["caption_id"]: one["caption_key"] for one in captions(CAPTION_COUNT) if one["is_active"]}


def deploy_edited(gate: Any, name: str, old: str, new: str) -> None:
    """Replace a deployed object by one with a planted mistake."""
    text = render(name, gate.settings)
    assert old in text, f"{name} does not hold {old!r}"
    gate.rows(text.replace(old, new))


# Gate 2


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        (PROCEDURE, "<= need", "<= need + 1", "captions, not 18"),
        (PROCEDURE, "'caption' AS row_kind", "'captions' AS row_kind", "rows are no captions"),
        (PROCEDURE, "ELSE bound", "ELSE bound + 2", "scores 2"),
    ],
)
def test_selector_gate_sees_a_broken_routine(
    gate: Any, week: Week, keys: Mapping[int, str], name: str, old: str, new: str, complaint: str
) -> None:
    assert selection_findings(select(gate, PAGE, week.start_utc, "gate"), keys) == []
    deploy_edited(gate, name, old, new)
    findings = selection_findings(select(gate, PAGE, week.start_utc, "gate"), keys)
    assert any(complaint in one for one in findings), findings


def good_selection() -> tuple[Selection, dict[int, str]]:
    tiers = ["budget"] * 5 + ["mid"] * 5 + ["premium"] * 3 + ["luxury"] * 2 + ["bump"] * 3
    rows = [
        {"row_kind": "caption", "caption_id": number, "price_tier": tier, "thompson_score": 0.5}
        for number, tier in enumerate(tiers)
    ]
    return Selection(rows, 0.4), {number: f"key {number}" for number in range(18)}


SELECTOR_MUTATIONS: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "missing": lambda rows: rows.pop(),
    "a shortage": lambda rows: rows[0].update(row_kind="shortage", caption_id=None),
    "twice": lambda rows: rows[1].update(caption_id=0),
    "unknown": lambda rows: rows[1].update(caption_id=99),
    "wrong tier": lambda rows: rows[0].update(price_tier="mid"),
    "above one": lambda rows: rows[0].update(thompson_score=1.01),
    "below nought": lambda rows: rows[0].update(thompson_score=-0.01),
    "no score": lambda rows: rows[0].update(thompson_score=None),
}


@pytest.mark.parametrize("mutation", SELECTOR_MUTATIONS.values(), ids=SELECTOR_MUTATIONS)
def test_selector_gate_sees_a_broken_answer(mutation: Callable[[list[dict[str, Any]]], Any]) -> None:
    selection, keys = good_selection()
    assert selection_findings(selection, keys) == []
    mutation(list_of_rows := [dict(row) for row in selection.rows])
    assert selection_findings(Selection(list_of_rows, 0.4), keys) != []


def test_selector_gate_sees_one_text_twice() -> None:
    selection, keys = good_selection()
    assert any("key" in one for one in selection_findings(selection, {**keys, 1: keys[0]}))


def test_selector_gate_sees_a_slow_job() -> None:
    selection, _ = good_selection()
    assert time_findings(selection) == []
    assert time_findings(replace(selection, seconds=2.0)) != []


# Gate 3


BROKEN_STORES = {
    "a time moved": "UPDATE {messages} SET scheduled_send_time = TIMESTAMP_ADD(scheduled_send_time, INTERVAL 9 HOUR) "
    "WHERE position = 1",
    "a message lost": "DELETE FROM {messages} WHERE position = 1",
    "locks lost": "DELETE FROM {assignments} WHERE TRUE",
    "not locked": "UPDATE {schedules} SET status = 'draft' WHERE TRUE",
    "a price out of its band": "UPDATE {messages} SET price = 99 WHERE message_type = 'PPV' AND position < 5",
    "another zone": "UPDATE {schedules} SET saturation_status = 'RED' WHERE TRUE",
}


def test_builder_gate_sees_a_broken_store(gate: Any, week: Week, tmp_path: Path) -> None:
    tables = {
        "messages": gate.table("schedule_messages"),
        "assignments": gate.table("active_caption_assignments"),
        "schedules": gate.table("schedule_recommendations"),
    }
    plan(gate, week, tmp_path, pages=(PAGE,))
    assert builder_findings(gate, week, tmp_path, pages=(PAGE,)) == []
    unseen = []
    kept = {name: f"{table[:-1]}_kept`" for name, table in tables.items()}
    for name, table in tables.items():
        gate.rows(f"CREATE TABLE {kept[name]} AS SELECT * FROM {table}")
    for mutation, statement in BROKEN_STORES.items():
        gate.rows(statement.format(**tables))
        if not builder_findings(gate, week, tmp_path, pages=(PAGE,)):
            unseen.append(mutation)
        for name, table in tables.items():
            gate.rows(f"DELETE FROM {table} WHERE TRUE")
            gate.rows(f"INSERT INTO {table} SELECT * FROM {kept[name]}")
        assert builder_findings(gate, week, tmp_path, pages=(PAGE,)) == []
    assert unseen == []


def test_builder_gate_sees_a_page_without_a_week(gate: Any, week: Week, tmp_path: Path) -> None:
    assert builder_findings(gate, week, tmp_path, pages=(PAGE,)) != []


def test_builder_gate_sees_a_view_in_utc(gate: Any, week: Week, tmp_path: Path) -> None:
    plan(gate, week, tmp_path, pages=(PAGE,))
    deploy_edited(gate, VIEW, "America/Los_Angeles", "UTC")
    assert builder_findings(gate, week, tmp_path, pages=(PAGE,)) != []


def at_night(request: WeekRequest) -> WeekPlan:
    made = build_week(request)
    moved = tuple(
        replace(one, scheduled_send_time=one.scheduled_send_time + timedelta(hours=8)) for one in made.messages
    )
    return replace(made, messages=moved)


def too_close(request: WeekRequest) -> WeekPlan:
    made = build_week(request)
    first, second, *rest = made.messages
    close = replace(second, scheduled_send_time=first.scheduled_send_time + timedelta(minutes=10))
    return replace(made, messages=(first, close, *rest))


def one_message_short(request: WeekRequest) -> WeekPlan:
    made = build_week(request)
    return replace(made, messages=made.messages[:-1])


@pytest.mark.parametrize("broken", [at_night, too_close, one_message_short])
def test_builder_gate_sees_a_broken_builder(
    gate: Any, week: Week, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: Callable[[WeekRequest], WeekPlan]
) -> None:
    monkeypatch.setattr(schedule_builder, "build_week", broken)
    plan(gate, week, tmp_path, pages=(PAGE,))
    assert builder_findings(gate, week, tmp_path, pages=(PAGE,)) != []


# Gate 4


def sheet_rows() -> list[dict[str, Any]]:
    """What `schedule_rows` gives, for texts that begin with everything awkward."""
    texts = [one["caption_text"] for one in captions(11, awkward=True)]
    start = datetime(2026, 10, 31, 17, 0, tzinfo=UTC)
    return [
        {
            "schedule_id": "sched_20261026_test_creator_v1",
            "page_name": PAGE,
            "status": "approved",
            "saturation_status": "GREEN",
            "scheduled_send_time": start + timedelta(hours=3 * number),
            "message_type": "PPV",
            "caption_id": -1 - number,
            "caption_text": text,
            "price_tier": "budget",
            "price": Decimal("12"),
            "content_category": None,
            "has_urgency": False,
            "final_score": 1.25,
        }
        for number, text in enumerate(texts)
    ]


def test_exporter_gate_passes_the_real_exporter(tmp_path: Path) -> None:
    rows = sheet_rows()
    assert sheet_findings(export(rows, tmp_path / "sheet.csv"), rows) == []


@pytest.mark.parametrize(
    ("function", "broken"),
    [
        ("neutralise", lambda field: field),
        ("to_local", lambda instant: instant.astimezone(UTC)),
        ("to_local", lambda instant: instant.astimezone(timezone(timedelta(hours=-7)))),
        ("render_csv", lambda rows: rendered(rows[:-1])),
        ("render_csv", lambda rows: rendered(rows).replace(b"comma, ", b"comma ")),
        ("render_csv", lambda rows: rendered(rows).replace(b",12.00,", b",12,")),
    ],
    ids=["formulas run", "UTC", "summer time for ever", "a row lost", "a text changed", "another price"],
)
def test_exporter_gate_sees_a_broken_exporter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, broken: Callable[..., Any]
) -> None:
    monkeypatch.setattr(sheets_export_client if function == "render_csv" else csv_format, function, broken)
    rows = sheet_rows()
    try:
        findings = sheet_findings(export(rows, tmp_path / "sheet.csv"), rows)
    except ErosError as refusal:
        findings = [f"the exporter's own second look refused: {refusal}"]
    assert findings != []


# Gate 5


@pytest.mark.parametrize(
    "wrong",
    [ZoneInfo("America/Denver"), UTC, timezone(timedelta(hours=-8)), timezone(timedelta(hours=-7))],
    ids=str,
)
@pytest.mark.parametrize("day", KNOWN_CHANGES, ids=str)
def test_timezone_gate_sees_python_in_another_zone(day: date, wrong: Any) -> None:
    instants = instants_around(day)
    assert python_findings(instants) == []
    assert python_findings(instants, lambda instant: instant.astimezone(wrong)) != []


def test_timezone_gate_sees_sql_in_another_zone(gate: Any) -> None:
    for day in KNOWN_CHANGES:
        instants = instants_around(day)
        assert sql_findings(gate, instants) == []
        for wrong in ("UTC", "America/Denver", "Etc/GMT+8", "Etc/GMT+7"):
            assert sql_findings(gate, instants, zone=wrong) != [], wrong


def test_timezone_gate_sees_schedules_in_another_zone(gate: Any, week: Week, tmp_path: Path) -> None:
    coming = coming_changes(gate.warehouse.now())
    changing = Week.containing(datetime(coming[0].year, coming[0].month, coming[0].day, 20, tzinfo=UTC))
    assert schedule_findings(gate, changing, coming) == [f"schedule: no message on {coming[0]}"]
    plan(gate, changing, tmp_path, pages=(PAGE,))
    assert schedule_findings(gate, changing, coming) == []
    deploy_edited(gate, VIEW, "America/Los_Angeles", "Etc/GMT+8")
    assert schedule_findings(gate, changing, coming) != []
