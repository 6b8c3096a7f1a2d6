"""The doctor's checks of the warehouse: whole, and with one thing missing at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestrator.errors import ErosError
from orchestrator.insight.doctor import warehouse as checks
from orchestrator.insight.doctor.checks import Verdict

NOW = datetime(2026, 1, 14, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def whole(shared_warehouse: Any) -> Any:
    """A freshly deployed dataset, for checks that find nothing wrong."""
    return shared_warehouse


def test_a_fresh_deployment_is_whole(whole: Any) -> None:
    found = checks.look_up(whole.warehouse)
    for result in (
        checks.answers(whole.warehouse),
        checks.objects(found, "local"),
        checks.columns(found, whole.settings, "local"),
        checks.texts(found, whole.settings, "local"),
        checks.stages(found),
        checks.guard_rows(whole.warehouse),
        checks.locks(whole.warehouse, NOW),
    ):
        assert result.verdict is Verdict.OK, result.detail


def test_the_columns_that_the_code_declares_are_read_off_exactly(whole: Any) -> None:
    expected = checks.expected_columns(whole.settings)
    assert len(expected) >= 18
    for table, columns in expected.items():
        schema = whole.client.get_table(f"{whole.settings.project}.{whole.settings.dataset}.{table}").schema
        assert columns == {field.name for field in schema}, table


def test_a_missing_table_view_or_routine_is_named(warehouse: Any) -> None:
    dataset = f"{warehouse.settings.project}.{warehouse.settings.dataset}"
    warehouse.client.delete_table(f"{dataset}.schedule_events")
    warehouse.client.delete_table(f"{dataset}.schedule_recommendations_with_messages")
    warehouse.client.delete_routine(f"{dataset}.wilson_sample")
    found = checks.look_up(warehouse.warehouse)
    result = checks.objects(found, "local")
    assert result.verdict is Verdict.FAIL
    for name in ("schedule_events", "schedule_recommendations_with_messages", "wilson_sample"):
        assert name in result.detail
    assert checks.columns(found, warehouse.settings, "local").verdict is Verdict.OK
    assert checks.texts(found, warehouse.settings, "local").verdict is Verdict.OK
    assert "deploy sql/" in checks.objects(found, "bigquery").fix


def test_a_missing_column_and_another_text_are_named(warehouse: Any) -> None:
    creators, sample = warehouse.table("creators"), warehouse.table("wilson_sample")
    warehouse.rows(f"ALTER TABLE {creators} DROP COLUMN audience")
    warehouse.rows(
        f"CREATE OR REPLACE FUNCTION {sample}(successes FLOAT64, failures FLOAT64, seed STRING) "
        "RETURNS FLOAT64 AS (successes)"
    )
    found = checks.look_up(warehouse.warehouse)
    columns = checks.columns(found, warehouse.settings, "local")
    assert (columns.verdict, columns.detail) == (Verdict.FAIL, "missing: creators.audience")
    texts = checks.texts(found, warehouse.settings, "local")
    assert (texts.verdict, texts.detail) == (Verdict.WARN, "another version is deployed: wilson_sample")
    assert texts.fix.startswith("eros-infra deploy")  # a restart changes nothing of what was deployed to


def test_a_missing_table_is_a_failure_of_the_checks_that_read_it_and_of_no_other(warehouse: Any) -> None:
    warehouse.client.delete_table(f"{warehouse.settings.project}.{warehouse.settings.dataset}.creator_lock")
    with pytest.raises(ErosError, match="not found"):
        checks.guard_rows(warehouse.warehouse)
    assert checks.locks(warehouse.warehouse, NOW).verdict is Verdict.OK
    assert checks.data(warehouse.warehouse, NOW).verdict is Verdict.WARN


@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        ("DELETE FROM {lock} WHERE page_name = 'lily'", "lily has 0"),
        ("DELETE FROM {lock} WHERE page_name = '*'", "* has 0"),
        ("INSERT INTO {lock} (page_name, fence) VALUES ('lily', 0)", "lily has 2"),
    ],
)
def test_a_guard_row_that_is_missing_or_doubled_is_named(warehouse: Any, break_it: str, told: str) -> None:
    warehouse.insert("creators", [{"page_name": "lily", "is_active": True}])
    warehouse.warehouse.query("ensure_guard_rows", {"page_names": []})
    assert checks.guard_rows(warehouse.warehouse).verdict is Verdict.OK
    warehouse.rows(break_it.format(lock=warehouse.table("creator_lock")))
    found = checks.guard_rows(warehouse.warehouse)
    assert (found.verdict, found.detail) == (Verdict.FAIL, f"guard rows other than one: {told}")


def _page(warehouse: Any) -> None:
    warehouse.insert("creators", [{"page_name": "lily", "is_active": True, "updated_at": "2026-01-10T20:00:00Z"}])


def _caption(warehouse: Any) -> None:
    caption = {"caption_id": 1, "caption_text": "hi", "caption_key": "k", "price_tier": "mid", "has_urgency": False}
    warehouse.insert("caption_bank", [{**caption, "is_active": True}])


def _message(age: timedelta) -> Callable[[Any], None]:
    def insert(warehouse: Any) -> None:
        message = {"message_id": "1", "page_name": "lily", "message": "m", "caption_key": "k", "message_type": "PPV"}
        warehouse.insert("mass_messages", [{**message, "sending_time": (NOW - age).isoformat(), "sent_count": 1}])

    return insert


def _learnt(warehouse: Any) -> None:
    prior = {"rate": 0.1, "variation": 0.5, "prior_a": 1, "prior_b": 9, "views_per_message": 1}
    row = {**prior, "page_name": "*", "price_tier": "mid", "as_of": (NOW - timedelta(hours=3)).isoformat()}
    warehouse.insert("bandit_priors", [row])


FRESH, STALE = timedelta(hours=3), timedelta(days=7)


@pytest.mark.parametrize(
    ("world", "verdict", "words"),
    [
        ([], Verdict.WARN, "0 active pages, 0 captions"),
        ([_page], Verdict.WARN, "1 active pages, 0 captions"),
        ([_page, _caption], Verdict.WARN, "0 messages in 90 days; an import last changed a page at 2026-01-10 12:00"),
        ([_page, _caption, _message(STALE)], Verdict.WARN, "is 7 days old: zones rest on old data"),
        ([_page, _caption, _message(FRESH)], Verdict.WARN, "3 h old, and nothing has been learnt from it"),
        ([_page, _caption, _message(FRESH), _learnt], Verdict.OK, "1 messages in 90 days"),
    ],
)
def test_data(warehouse: Any, world: list[Callable[[Any], None]], verdict: Verdict, words: str) -> None:
    for part in world:
        part(warehouse)
    found = checks.data(warehouse.warehouse, NOW)
    assert (found.verdict, words in found.detail) == (verdict, True), found.detail
    assert ("import" in found.fix) == (verdict is Verdict.WARN)


def _lock(hours_ago: int, *, active: bool = True) -> dict[str, Any]:
    at = NOW - timedelta(hours=hours_ago)
    return {
        "assignment_key": f"{hours_ago} {active}",
        "page_name": "lily",
        "caption_id": 1,
        "caption_key": "k",
        "schedule_id": "s",
        "scheduled_send_time": at.isoformat(),
        "scheduled_send_date": at.date().isoformat(),
        "scheduled_send_hour": at.hour,
        "message_type": "PPV",
        "price_tier": "mid",
        "is_active": active,
        "fence": 1,
        "request_id": "r",
        "assigned_at": "2026-01-01T00:00:00Z",
    }


def test_locks_that_two_sweeps_have_missed_and_drafts_left_over_are_told(warehouse: Any) -> None:
    """The sweep comes every six hours, so what is past for more than twelve was missed twice."""
    warehouse.insert("active_caption_assignments", [_lock(11), _lock(40, active=False)])
    assert checks.locks(warehouse.warehouse, NOW).verdict is Verdict.OK
    warehouse.insert("active_caption_assignments", [_lock(13), _lock(37)])
    draft = {"schedule_id": "d", "page_name": "lily", "week_start": "2026-01-12", "version": 1, "status": "draft"}
    warehouse.insert("schedule_recommendations", [{**draft, "created_at": "2026-01-13T00:00:00Z"}])
    found = checks.locks(warehouse.warehouse, NOW)
    assert found.verdict is Verdict.WARN
    # 37 hours before noon of the 14th in Los Angeles is 23:00 of the 12th
    assert found.detail == "2 locks are past since 2026-01-12; 1 drafts were never locked"


def test_stage_tables_left_over_are_named(warehouse: Any) -> None:
    warehouse.rows(f"CREATE TABLE {warehouse.table('stage_captions_0123456789ab')} (a INT64)")
    warehouse.rows(f"CREATE TABLE {warehouse.table('stage_of_mine')} (a INT64)")
    found = checks.stages(checks.look_up(warehouse.warehouse))
    assert found.verdict is Verdict.WARN
    assert "stage_captions_0123456789ab" in found.detail
    assert "stage_of_mine" not in found.detail
