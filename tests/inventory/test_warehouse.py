from __future__ import annotations

import json

from tests.stacks import declared
from tests.terraform import needs_node

pytestmark = needs_node


def test_the_datasets_cannot_be_destroyed_and_can_be_read_back_a_week() -> None:
    datasets = declared("warehouse", "google_bigquery_dataset")
    assert set(datasets) == {"eros_scheduling_brain", "eros_scheduling_brain_backups"}
    for name, one in datasets.items():
        assert one["dataset_id"] == name
        assert (one["project"], one["location"]) == ("of-scheduler-proj", "US")
        assert one["max_time_travel_hours"] == "168"  # 7 x 24
        assert one["delete_contents_on_destroy"] is False
        assert one["lifecycle"] == {"prevent_destroy": True}


def test_every_table_is_protected_and_described() -> None:
    tables = declared("warehouse", "google_bigquery_table")
    view = tables.pop("schedule_recommendations_with_messages")
    assert len(tables) == 20
    for name, one in tables.items():
        assert one["deletion_protection"] is True, name
        assert one["lifecycle"] == {"prevent_destroy": True}, name
        assert one["description"], name
        assert "view" not in one
    assert view["deletion_protection"] is True
    assert view["view"]["use_legacy_sql"] is False
    assert "schema" not in view


def test_contract_the_messages_are_partitioned_by_day_and_clustered_by_page() -> None:
    messages = declared("warehouse", "google_bigquery_table")["mass_messages"]
    assert messages["time_partitioning"] == {"type": "DAY", "field": "sending_time"}
    assert messages["clustering"] == ["page_name"]


def test_partitioning_and_clustering_of_the_rest() -> None:
    tables = declared("warehouse", "google_bigquery_table")
    by_day = {name: one["time_partitioning"]["field"] for name, one in tables.items() if "time_partitioning" in one}
    assert by_day == {
        "active_caption_assignments": "scheduled_send_date",
        "caption_filter_audit_log": "filtered_at",
        "creator_allowed_profile": "updated_at",
        "creator_caption_restrictions": "updated_at",
        "feature_flags": "updated_at",
        "health_checks": "checked_at",
        "job_runs": "started_at",
        "mass_messages": "sending_time",
        "schedule_events": "at",
        "schedule_export_log": "exported_at",
    }
    assert not [name for name, one in tables.items() if "require_partition_filter" in one]  # none in the DDL
    assert [name for name, one in tables.items() if "clustering" not in one] == [
        "creator_lock",
        "health_checks",
        "holiday_calendar",
        "job_guard",
        "schedule_recommendations_with_messages",
    ]


def test_a_column_carries_type_mode_and_description() -> None:
    columns = {
        one["name"]: one for one in json.loads(declared("warehouse", "google_bigquery_table")["creators"]["schema"])
    }
    assert columns["page_name"] == {
        "name": "page_name",
        "type": "STRING",
        "mode": "REQUIRED",
        "description": "One creator account, lower case",
    }
    assert (columns["audience"]["type"], columns["audience"]["mode"]) == ("INTEGER", "NULLABLE")
    inventory = declared("warehouse", "google_bigquery_table")["creator_content_inventory"]["schema"]
    (repeated,) = [one for one in json.loads(inventory) if one["name"] == "available_categories"]
    assert (repeated["type"], repeated["mode"]) == ("STRING", "REPEATED")


def test_a_body_is_a_body_and_never_create() -> None:
    routines = declared("warehouse", "google_bigquery_routine")
    kinds = {"SCALAR_FUNCTION": [], "TABLE_VALUED_FUNCTION": [], "PROCEDURE": []}
    for name, one in routines.items():
        kinds[one["routine_type"]].append(name)
        assert "CREATE OR REPLACE FUNCTION" not in one["definition_body"]
        assert "CREATE OR REPLACE PROCEDURE" not in one["definition_body"]
        assert not one["definition_body"].lstrip().startswith("CREATE")
        assert one["language"] == "SQL"
        assert one["description"]
    assert [len(names) for names in kinds.values()] == [2, 7, 4]
    for name in kinds["PROCEDURE"]:
        body = routines[name]["definition_body"]
        assert (body[:5], body[-3:]) == ("BEGIN", "END"), name
    for name in kinds["TABLE_VALUED_FUNCTION"]:
        assert routines[name]["definition_body"].startswith("WITH "), name
        assert "return_type" not in routines[name], name
    assert routines["wilson_score_bounds"]["definition_body"].startswith("CASE")
    assert routines["wilson_score_bounds"]["definition_body"].endswith("END")


def test_arguments_and_results_are_standard_sql_types() -> None:
    routines = declared("warehouse", "google_bigquery_routine")
    lock = routines["lock_caption_assignments"]["arguments"]
    assert [one["name"] for one in lock] == ["p_schedule_id", "p_page_name", "p_caption_assignments"]
    assert json.loads(lock[2]["data_type"]) == {
        "typeKind": "ARRAY",
        "arrayElementType": {
            "typeKind": "STRUCT",
            "structType": {
                "fields": [
                    {"name": "caption_id", "type": {"typeKind": "INT64"}},
                    {"name": "scheduled_send_date", "type": {"typeKind": "DATE"}},
                    {"name": "scheduled_send_hour", "type": {"typeKind": "INT64"}},
                ]
            },
        },
    }
    report = routines["analyze_creator_performance"]["arguments"]
    assert [one["mode"] for one in report] == ["IN", "IN", "IN", "OUT"]
    assert json.loads(routines["wilson_sample"]["return_type"]) == {"typeKind": "FLOAT64"}
    assert "mode" not in routines["wilson_sample"]["arguments"][0]
    sizes = json.loads(routines["classify_account_size"]["return_table_type"])["columns"]
    assert [(one["name"], one["type"]["typeKind"]) for one in sizes[:4]] == [
        ("page_name", "STRING"),
        ("size_tier", "STRING"),
        ("avg_audience", "INT64"),
        ("total_revenue_period", "NUMERIC"),
    ]
    bounds = json.loads(routines["wilson_score_bounds"]["return_type"])
    assert [one["name"] for one in bounds["structType"]["fields"]] == [
        "lower_bound",
        "upper_bound",
        "exploration_bonus",
    ]


def test_what_a_routine_reads_is_there_before_it() -> None:
    """Terraform sees no edge in SQL text."""
    routines = declared("warehouse", "google_bigquery_routine")
    assert routines["update_caption_performance"]["depends_on"] == [
        "google_bigquery_dataset.eros_scheduling_brain",
        "google_bigquery_table.bandit_priors",
        "google_bigquery_table.caption_bandit_stats",
        "google_bigquery_table.caption_bank",
        "google_bigquery_table.creator_lock",
        "google_bigquery_table.mass_messages",
        "google_bigquery_routine.wilson_score_bounds",
    ]
    view = declared("warehouse", "google_bigquery_table")["schedule_recommendations_with_messages"]
    assert view["depends_on"] == [
        "google_bigquery_dataset.eros_scheduling_brain",
        "google_bigquery_table.caption_bank",
        "google_bigquery_table.schedule_messages",
        "google_bigquery_table.schedule_recommendations",
    ]
