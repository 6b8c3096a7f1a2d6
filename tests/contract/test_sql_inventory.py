"""The objects of the contract: their names, parameters and columns, as the warehouse shows them after a deployment."""

from __future__ import annotations

from typing import Any

import pytest

from sql import SqlError, SqlSettings, deploy_order, names, render, sidecar

# The contract's routines with their parameters.
ROUTINES = {
    "wilson_score_bounds": ("SCALAR_FUNCTION", [("successes", "FLOAT64"), ("failures", "FLOAT64")]),
    "wilson_sample": ("SCALAR_FUNCTION", [("successes", "FLOAT64"), ("failures", "FLOAT64"), ("seed", "STRING")]),
    "classify_account_size": (
        "TABLE_VALUED_FUNCTION",
        [("p_page_name", "STRING"), ("p_lookback_days", "INT64"), ("p_as_of", "TIMESTAMP")],
    ),
    "analyze_saturation_status": (
        "TABLE_VALUED_FUNCTION",
        [("p_page_name", "STRING"), ("p_lookback_days", "INT64"), ("p_as_of", "TIMESTAMP")],
    ),
    "calculate_performance_metrics": (
        "TABLE_VALUED_FUNCTION",
        [("p_page_name", "STRING"), ("p_lookback_days", "INT64"), ("p_as_of", "TIMESTAMP")],
    ),
    "get_recent_performance_window": (
        "TABLE_VALUED_FUNCTION",
        [("p_page_name", "STRING"), ("p_window_days", "INT64"), ("p_as_of", "TIMESTAMP")],
    ),
    "get_creator_baseline": (
        "TABLE_VALUED_FUNCTION",
        [("p_page_name", "STRING"), ("p_lookback_days", "INT64"), ("p_as_of", "TIMESTAMP")],
    ),
    "detect_anomalies": (
        "TABLE_VALUED_FUNCTION",
        [("p_page_name", "STRING"), ("p_lookback_days", "INT64"), ("p_as_of", "TIMESTAMP")],
    ),
    "calculate_engagement_rates": (
        "TABLE_VALUED_FUNCTION",
        [("p_page_name", "STRING"), ("p_lookback_days", "INT64"), ("p_as_of", "TIMESTAMP")],
    ),
    "update_caption_performance": ("PROCEDURE", []),
    "select_captions_for_creator": (
        "PROCEDURE",
        [
            ("p_page_name", "STRING"),
            ("p_behavioral_segment", "STRING"),
            ("p_num_budget", "INT64"),
            ("p_num_mid", "INT64"),
            ("p_num_premium", "INT64"),
            ("p_num_bump", "INT64"),
            ("p_as_of", "TIMESTAMP"),
            ("p_seed", "STRING"),
        ],
    ),
    "analyze_creator_performance": (
        "PROCEDURE",
        [
            ("p_page_name", "STRING"),
            ("p_lookback_days", "INT64"),
            ("p_as_of", "TIMESTAMP"),
            ("performance_report", "STRING"),
        ],
    ),
    "lock_caption_assignments": (
        "PROCEDURE",
        [("p_schedule_id", "STRING"), ("p_page_name", "STRING"), ("p_caption_assignments", "ARRAY")],
    ),
}
# "The 17 tracked routines, views and schedules: exactly these": by folder of sql/.
TRACKED = {
    "functions": ["wilson_sample", "wilson_score_bounds"],
    "table_functions": [
        "analyze_saturation_status",
        "calculate_engagement_rates",
        "calculate_performance_metrics",
        "classify_account_size",
        "detect_anomalies",
        "get_creator_baseline",
        "get_recent_performance_window",
    ],
    "procedures": [
        "analyze_creator_performance",
        "lock_caption_assignments",
        "select_captions_for_creator",
        "update_caption_performance",
    ],
    "views": ["schedule_recommendations_with_messages"],
    "scheduled_queries": ["daily_caption_update", "expired_lock_sweep", "health_check"],
}
TABLES = {
    "creators": "page_name is_active",
    "mass_messages": "message_id page_name message caption_id caption_key sending_time price sent_count viewed_count "
    "purchased_count earnings message_type",
    "caption_bank": "caption_id caption_text caption_key content_category price_tier has_urgency psychological_trigger "
    "is_active created_at",
    "caption_bandit_stats": "page_name caption_id successes failures sends revenue prior_a prior_b freshness "
    "confidence_lower_bound confidence_upper_bound exploration_score expected_emv last_sent_at as_of",
    "active_caption_assignments": "assignment_key page_name caption_id caption_key schedule_id scheduled_send_time "
    "scheduled_send_date scheduled_send_hour message_type price_tier is_active fence request_id assigned_at "
    "deactivated_at deactivation_reason",
    "creator_lock": "page_name fence request_id updated_at",
    "schedule_recommendations": "schedule_id page_name week_start account_size saturation_status status expected_emv "
    "seed policy_version shortages created_at",
    "schedule_messages": "schedule_id position scheduled_send_time message_type caption_id caption_key price_tier "
    "price expected_emv final_score propensity pinned reason",
    "schedule_events": "event_id schedule_id action actor at before after",
    "schedule_export_log": "export_id schedule_id export_format target message_count content_hash status error_message "
    "duration_seconds exported_at exported_by",
    "holiday_calendar": "holiday_date holiday_name type is_major_holiday saturation_impact_factor",
    "creator_caption_restrictions": "page_name restriction_text hard_patterns soft_patterns restricted_categories "
    "restricted_price_tiers applies_to_scope min_ppv_pool min_bump_pool is_active updated_at updated_by version",
    "creator_allowed_profile": "page_name ppv_allowed_categories ppv_allowed_price_tiers bump_allowed_categories "
    "bump_allowed_price_tiers is_active feature_enabled",
    "caption_filter_audit_log": "schedule_id page_name caption_id rule_type rule_value enforcement filtered_at",
    "feature_flags": "flag is_enabled updated_at updated_by",
    "creator_content_inventory": "page_name inventory_date available_categories",
    "job_guard": "job_name period_key",
    "job_runs": "job_name status release_id",
    "health_checks": "checked_at score release_id formula_version",
}


@pytest.mark.parametrize("name", ROUTINES)
def test_routine_has_the_contract_s_parameters(shared_warehouse: Any, name: str) -> None:
    settings = shared_warehouse.settings
    routine = shared_warehouse.client.get_routine(f"{settings.project}.{settings.dataset}.{name}")
    kind, arguments = ROUTINES[name]
    assert routine.type_ == kind
    assert [(one.name, one.data_type.type_kind.name) for one in routine.arguments] == arguments


def test_the_report_comes_out_of_its_procedure(shared_warehouse: Any) -> None:
    settings = shared_warehouse.settings
    routine = shared_warehouse.client.get_routine(f"{settings.project}.{settings.dataset}.analyze_creator_performance")
    assert [one.mode for one in routine.arguments] == ["IN", "IN", "IN", "OUT"]


def test_there_are_exactly_the_seventeen_of_the_contract() -> None:
    found = {kind: [name.partition("/")[2] for name in names(kind)] for kind in TRACKED}
    assert found == TRACKED
    assert [len(kind) for kind in TRACKED.values()] == [2, 7, 4, 1, 3]


def test_what_is_deployed_is_tracked_or_a_table(shared_warehouse: Any) -> None:
    dataset = f"{shared_warehouse.settings.project}.{shared_warehouse.settings.dataset}"
    routines = {one.reference.routine_id for one in shared_warehouse.client.list_routines(dataset)}
    assert routines == set(ROUTINES) == {*TRACKED["functions"], *TRACKED["table_functions"], *TRACKED["procedures"]}
    objects = {one.table_id: one.table_type for one in shared_warehouse.client.list_tables(dataset)}
    assert {name for name, kind in objects.items() if kind == "VIEW"} == set(TRACKED["views"])
    assert {f"tables/{name}" for name, kind in objects.items() if kind == "TABLE"} == set(names("tables"))


@pytest.mark.parametrize("name", TABLES)
def test_table_has_the_contract_s_columns(shared_warehouse: Any, name: str) -> None:
    settings = shared_warehouse.settings
    table = shared_warehouse.client.get_table(f"{settings.project}.{settings.dataset}.{name}")
    assert set(TABLES[name].split()) <= {field.name for field in table.schema}


def test_messages_are_partitioned_by_day_and_clustered_by_page(shared_warehouse: Any) -> None:
    settings = shared_warehouse.settings
    table = shared_warehouse.client.get_table(f"{settings.project}.{settings.dataset}.mass_messages")
    assert (table.time_partitioning.type_, table.time_partitioning.field) == ("DAY", "sending_time")
    assert table.clustering_fields[0] == "page_name"


def test_deploying_again_keeps_the_data(warehouse: Any) -> None:
    from infra.gcloud import apply_sql

    warehouse.insert("creators", [{"page_name": "amber", "is_active": True}])
    apply_sql(warehouse.client, warehouse.settings)
    assert [row["page_name"] for row in warehouse.rows(f"SELECT page_name FROM {warehouse.table('creators')}")] == [
        "amber"
    ]


def test_a_page_s_messages_cost_its_days_only(shared_warehouse: Any) -> None:
    """Partitions prune: a look-back of a day reads a small part of what a look-back of 90 days reads."""
    from google.cloud import bigquery

    rows = [
        {
            "message_id": str(day),
            "page_name": "pruned",
            "message": "hello",
            "caption_key": "k",
            "sending_time": f"2025-{1 + day // 28:02d}-{1 + day % 28:02d}T20:00:00Z",
            "sent_count": 10,
            "message_type": "PPV",
        }
        for day in range(300)
    ]
    shared_warehouse.insert("mass_messages", rows)

    def cost(days: int) -> int:
        call = f"{shared_warehouse.table('classify_account_size')}('*', {days}, TIMESTAMP '2025-10-01T00:00:00Z')"
        config = bigquery.QueryJobConfig(dry_run=True)
        return shared_warehouse.client.query(f"SELECT * FROM {call}", job_config=config).total_bytes_processed

    assert 0 < cost(7) < cost(84) / 4


@pytest.mark.parametrize("name", [*deploy_order(), *names("scheduled_queries"), *names("queries")])
def test_every_template_has_a_description_and_an_owner(name: str) -> None:
    assert sidecar(name)["description"].strip() not in ("", "x")
    assert sidecar(name)["owner"].strip() not in ("", "x")


@pytest.mark.parametrize("bad", ["queries/nothing", "queries/../tables/creators", "tables", "nonsense/x"])
def test_an_unknown_template_is_named(bad: str) -> None:
    with pytest.raises(SqlError, match="no SQL template"):
        render(bad, SqlSettings())


def test_a_name_that_could_leave_its_quotes_is_refused() -> None:
    with pytest.raises(SqlError, match="EROS_DATASET"):
        SqlSettings(dataset="x`; DROP TABLE y")
    with pytest.raises(SqlError, match="not an identifier"):
        render("queries/upsert_captions", SqlSettings(), stage="x` WHERE TRUE; --")
