"""What the contract says of all seven table functions, asked of each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from google.cloud import bigquery

from sql import SqlSettings, render, sidecar
from tests.sql.message_world import LOOKBACK, NEW, PAGES, SINGLE, STRANGER, as_of, world
from tests.sql.table_function_checks import TABLE_FUNCTIONS, WITHOUT_EMPTY_ROW, call, check_bounds, load

# What the contract's table names, in its order; further columns may stand between.
COLUMNS = {
    "classify_account_size": "size_tier avg_audience total_revenue_period daily_ppv_target daily_bump_target "
    "weekly_ppv_target weekly_bump_target min_ppv_gap_minutes saturation_tolerance",
    "analyze_saturation_status": "saturation_score saturation_status unlock_rate_deviation emv_deviation "
    "consecutive_underperform_days volume_adjustment_factor confidence_score exclusion_reason recommended_action",
    "calculate_performance_metrics": "message_type messages sent viewed purchased earnings view_rate view_rate_lower "
    "view_rate_upper purchase_rate purchase_rate_lower purchase_rate_upper unlock_rate unlock_rate_lower "
    "unlock_rate_upper revenue_per_recipient revenue_per_view average_price avg_emv",
    "get_recent_performance_window": "day messages sent viewed purchased earnings view_rate purchase_rate unlock_rate "
    "revenue_per_recipient revenue_per_view avg_emv trailing_earnings trailing_view_rate trailing_purchase_rate "
    "trailing_revenue_per_recipient earnings_change view_rate_change purchase_rate_change revenue_per_recipient_change",
    "get_creator_baseline": "day_of_week hour_of_day n views_per_message purchase_rate revenue_per_message "
    "slot_multiplier",
    "detect_anomalies": "metric value expected robust_z severity",
    "calculate_engagement_rates": "dimension purchase_rate shrunk_rate rate_lower rate_upper lift",
}


@pytest.fixture(scope="module")
def agency(shared_warehouse: Any) -> Any:
    return load(shared_warehouse, world())


@pytest.fixture(scope="module", params=[1, 4, 8, 26], ids=lambda weeks: f"{weeks} weeks")
def moved(request: pytest.FixtureRequest, make_warehouse: Callable[..., Any]) -> Iterator[tuple[Any, int]]:
    """The agency later: with the same offset, with a change of clocks on the way, and on the other side of one."""
    with make_warehouse() as warehouse:
        yield load(warehouse, world(request.param)), request.param


def test_the_contract_names_seven() -> None:
    assert set(TABLE_FUNCTIONS) == set(COLUMNS)


@pytest.mark.parametrize("name", TABLE_FUNCTIONS)
def test_signature_and_columns(agency: Any, name: str) -> None:
    settings = agency.settings
    routine = agency.client.get_routine(f"{settings.project}.{settings.dataset}.{name}")
    described = sidecar(f"table_functions/{name}")
    arguments = [(one.name, one.data_type.type_kind.name) for one in routine.arguments]
    assert arguments == [(one["name"], one["type"]) for one in described["arguments"]]
    assert (arguments[0], arguments[-1]) == (("p_page_name", "STRING"), ("p_as_of", "TIMESTAMP"))
    text = f"SELECT * FROM {agency.table(name)}('*', 7, TIMESTAMP '2026-02-04 20:00:00+00')"
    columns = [field.name for field in agency.client.query(text).result().schema]
    assert columns == list(described["columns"])
    assert (columns[0], columns[-1]) == ("page_name", "data_status")
    named = COLUMNS[name].split()
    assert [column for column in columns if column in named] == named


@pytest.mark.parametrize("name", TABLE_FUNCTIONS)
def test_an_unknown_page_gives_no_row(agency: Any, name: str) -> None:
    assert call(agency, name, STRANGER, LOOKBACK, as_of()) == []
    assert STRANGER not in {row["page_name"] for row in call(agency, name, "*", LOOKBACK, as_of())}


@pytest.mark.parametrize("name", TABLE_FUNCTIONS)
def test_a_page_without_history_gives_one_row_of_nulls(agency: Any, name: str) -> None:
    rows = call(agency, name, NEW, LOOKBACK, as_of())
    # The one message of a page that has a single one came later.
    rows += call(agency, name, SINGLE, LOOKBACK, as_of() - timedelta(days=14))
    check_bounds(name, rows)
    without_history = [] if name in WITHOUT_EMPTY_ROW else [(NEW, "no_history"), (SINGLE, "no_history")]
    assert [(row["page_name"], row["data_status"]) for row in rows] == without_history


@pytest.mark.parametrize("name", TABLE_FUNCTIONS)
def test_one_message_is_insufficient(agency: Any, name: str) -> None:
    statuses = {row["data_status"] for row in call(agency, name, SINGLE, LOOKBACK, as_of())}
    assert statuses == (set() if name in WITHOUT_EMPTY_ROW else {"insufficient"})


@pytest.mark.parametrize("name", TABLE_FUNCTIONS)
def test_all_pages_are_the_union_of_the_pages(agency: Any, name: str) -> None:
    together = call(agency, name, "*", LOOKBACK, as_of())
    assert "ok" in {row["data_status"] for row in together}
    assert together == call(agency, name, PAGES, LOOKBACK, as_of())


@pytest.mark.parametrize("name", TABLE_FUNCTIONS)
def test_rates_intervals_and_statuses_hold_their_bounds(agency: Any, name: str) -> None:
    for days in (1, 7, LOOKBACK):
        check_bounds(name, call(agency, name, "*", days, as_of()))


@pytest.mark.parametrize("name", TABLE_FUNCTIONS)
def test_whole_weeks_move_the_days_and_nothing_else(agency: Any, moved: tuple[Any, int], name: str) -> None:
    warehouse, weeks = moved
    later = [
        {column: value - timedelta(weeks=weeks) if isinstance(value, date) else value for column, value in row.items()}
        for row in call(warehouse, name, "*", LOOKBACK, as_of(weeks))
    ]
    assert sorted(later, key=repr) == call(agency, name, "*", LOOKBACK, as_of())


@pytest.mark.parametrize("name", TABLE_FUNCTIONS)
def test_a_look_back_costs_its_days_only(agency: Any, name: str) -> None:
    assert 0 < _dry_run_bytes(agency, name, "*", 7) < _dry_run_bytes(agency, name, "*", LOOKBACK) / 4


@pytest.mark.parametrize("name", TABLE_FUNCTIONS)
def test_all_pages_are_one_scan(agency: Any, name: str) -> None:
    assert _dry_run_bytes(agency, name, "*", LOOKBACK) <= 3 * _dry_run_bytes(agency, name, PAGES[0], LOOKBACK)
    assert render(f"table_functions/{name}", SqlSettings()).count(".mass_messages`") == 1


def _dry_run_bytes(warehouse: Any, name: str, page: str, days: int) -> int:
    text = f"SELECT * FROM {warehouse.table(name)}('{page}', {days}, TIMESTAMP '{as_of().isoformat()}')"
    config = bigquery.QueryJobConfig(dry_run=True)
    size: int = warehouse.client.query(text, job_config=config).total_bytes_processed
    return size
