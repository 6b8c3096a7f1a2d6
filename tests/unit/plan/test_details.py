"""What real plans of Terraform 1.11.4 and the stand-in provider mean, and the shapes that they do not show."""

from __future__ import annotations

import json

import pytest

from infra.plan import Action, read_plan
from infra.plan.columns import Kind
from infra.plan.details import _STAMP, describe
from infra.plan.texts import routine_sql, text_diff
from infra.rendered import release_id
from tests.plans import change, column, created, fixture, shown, table, updated


def told(*changes):
    [one] = read_plan("s", shown(*changes)).changes
    return describe(one)


def of_fixture(name):
    return {one.address: describe(one) for one in read_plan("warehouse", fixture(name)).changes}


@pytest.fixture(scope="module")
def harmless():
    return of_fixture("warehouse_harmless")


@pytest.fixture(scope="module")
def harmful():
    return of_fixture("warehouse_harmful")


def test_a_changed_routine_is_a_diff_of_its_sql(harmless):
    [diff] = harmless["google_bigquery_routine.recent_sends"].diffs
    assert [line for line in diff.lines if line[:1] in "+-"] == [
        "-  p_days INT64",
        "+  p_days INT64,",
        "+  p_page_name STRING",
        "-SELECT page_name, COUNT(*) AS sends",
        "+SELECT page_name, COUNT(*) AS sends, SUM(price) AS asked",
        "-WHERE price > 10",
        "+WHERE price > 12",
    ]
    assert harmless["google_bigquery_routine.recent_sends"].headline == "SQL +4 -3"


def test_a_changed_table_is_told_by_its_columns(harmless, harmful):
    [added] = harmless["google_bigquery_table.messages"].columns
    assert (added.path, added.kind, added.after) == ("asked_at", Kind.ADDED, "TIMESTAMP")
    assert str(harmless["google_bigquery_table.creators"].columns[0]) == "page_name relaxed: STRING NOT NULL -> STRING"
    assert [str(one) for one in harmful["google_bigquery_table.creators"].columns] == ["is_active lost: BOOL"]
    assert harmful["google_bigquery_table.creators"].arguments == ("deletion_protection: true -> false",)


def test_terraform_itself_calls_a_lost_column_an_update(harmful):
    assert harmful["google_bigquery_table.creators"].change.action is Action.UPDATE


def test_a_replacement_says_what_cannot_be_changed(harmful):
    one = harmful["google_bigquery_table.messages"]
    assert one.change.action is Action.REPLACE
    assert one.words == ("cannot be changed in place: schema",)
    assert [str(column) for column in one.columns] == ["kept.b lost: INT64"]


def test_a_renamed_table_is_one_that_goes_and_one_that_comes(harmful):
    actions = {name: harmful[f"google_bigquery_table.{name}"].change.action for name in ("old_name", "new_name")}
    assert actions == {"old_name": Action.DELETE, "new_name": Action.CREATE}


def test_a_view_is_told_by_its_query(harmless):
    [diff] = harmless["google_bigquery_table.sends_view"].diffs
    assert diff.title == "query"
    assert [line for line in diff.lines if line[:1] in "+-"] == [
        "-SELECT page_name FROM `of-scheduler-proj.plan_fixture.messages`",
        "+SELECT page_name, price FROM `of-scheduler-proj.plan_fixture.messages`",
    ]


def test_a_new_table_lists_its_columns(harmless):
    one = harmless["google_bigquery_table.new_one"]
    assert one.headline == "2 columns"
    assert one.words == ("a partition per day of at",)
    assert one.diffs[0].lines[1:] == ("+id INT64 NOT NULL", "+at TIMESTAMP")


def test_a_changed_dataset_lists_its_arguments(harmful):
    assert harmful["google_bigquery_dataset.eros"].arguments == (
        "delete_contents_on_destroy: false -> true",
        "max_time_travel_hours: 168 -> 48",
    )


def routine(kind, **more):
    return {"routine_id": "f", "routine_type": kind, "definition_body": "x", **more}


INT64, STRINGS = (
    json.dumps({"typeKind": "INT64"}),
    json.dumps({"typeKind": "ARRAY", "arrayElementType": {"typeKind": "STRING"}}),
)
ROW = {
    "name": "a",
    "type": {"typeKind": "STRUCT", "structType": {"fields": [{"name": "b", "type": {"typeKind": "DATE"}}]}},
}


@pytest.mark.parametrize(
    ("arguments", "sql"),
    [
        (
            routine("SCALAR_FUNCTION", arguments=[{"name": "p", "data_type": INT64}], return_type=STRINGS),
            "CREATE OR REPLACE FUNCTION f(\n  p INT64\n)\nRETURNS ARRAY<STRING>\nAS (\nx\n)",
        ),
        (
            routine("TABLE_VALUED_FUNCTION", return_table_type=json.dumps({"columns": [ROW]})),
            "CREATE OR REPLACE TABLE FUNCTION f()\nRETURNS TABLE<a STRUCT<b DATE>>\nAS (\nx\n)",
        ),
        (
            routine(
                "PROCEDURE",
                arguments=[{"name": "p", "mode": "OUT", "data_type": INT64}, {"name": "q", "data_type": None}],
            ),
            "CREATE OR REPLACE PROCEDURE f(\n  OUT p INT64,\n  q ANY TYPE\n)\nx",
        ),
    ],
)
def test_a_routine_is_shown_as_its_create_statement(arguments, sql):
    assert routine_sql(arguments) == sql


def test_a_changed_signature_is_seen_though_the_body_stays():
    before = routine("SCALAR_FUNCTION", arguments=[{"name": "p", "data_type": INT64}], return_type=INT64)
    one = told(updated("google_bigquery_routine.f", before, return_type=STRINGS))
    assert [line for line in one.diffs[0].lines if line[:1] in "+-"] == ["-RETURNS INT64", "+RETURNS ARRAY<STRING>"]


def test_texts_that_differ_in_blanks_at_line_ends_do_not_differ():
    assert text_diff("SQL", "a  \nb\n", "a\nb") is None


def test_a_scheduled_query_tells_script_times_and_switch():
    before = {
        "display_name": "sweep",
        "schedule": "every day 10:07",
        "params": {"query": "SELECT 1"},
        "disabled": False,
    }
    after = {"schedule": "every day 11:07", "params": {"query": "SELECT 2"}, "disabled": True}
    one = told(updated("google_bigquery_data_transfer_config.sweep", before, **after))
    assert one.headline == "fires at other times, switched off, script +1 -1"
    assert one.diffs[0].lines == ("@@ -1 +1 @@", "-SELECT 1", "+SELECT 2")
    assert len(one.words) == 3 and one.arguments == ()


STAMPED = "SET release_id = 'r0123456789ab';\nSELECT 1"


def test_a_script_that_only_writes_down_another_release_is_cosmetic():
    before = {"display_name": "sweep", "schedule": "every day 10:07", "params": {"query": STAMPED}}
    after = {"query": STAMPED.replace("r0123", "rffff")}
    one = told(updated("google_bigquery_data_transfer_config.sweep", before, params=after))
    assert (one.headline, one.diffs, one.is_cosmetic) == ("its script writes down the new release's id", (), True)


@pytest.mark.parametrize(
    "more",
    [
        {"params": {"query": STAMPED.replace("r0123", "rffff").replace("1", "2")}},
        {"params": {"query": STAMPED.replace("r0123", "rffff"), "write_disposition": "x"}},
        {"params": {"query": STAMPED.replace("r0123", "rffff")}, "disabled": True},
    ],
)
def test_a_script_that_changes_otherwise_too_is_not(more):
    before = {"display_name": "sweep", "schedule": "every day 10:07", "params": {"query": STAMPED}}
    one = told(updated("google_bigquery_data_transfer_config.sweep", before, **more))
    assert not one.is_cosmetic and "rffff" not in str(one.diffs)


def test_the_stamp_is_looked_for_as_releases_are_named():
    assert _STAMP.fullmatch(f"'{release_id()}'")


def test_where_a_scheduled_query_puts_its_result_is_told():
    before = {"display_name": "sweep", "schedule": "every day 10:07", "params": {"query": "SELECT 1"}}
    after = {"query": "SELECT 1", "write_disposition": "WRITE_TRUNCATE"}
    one = told(updated("google_bigquery_data_transfer_config.sweep", before, params=after))
    assert one.words == ("params.write_disposition: null -> WRITE_TRUNCATE",)
    assert one.headline == one.words[0]


def test_a_move_and_an_adoption_say_where_from():
    moved = change(
        "google_bigquery_routine.f", "no-op", {"a": 1}, {"a": 1}, previous_address="google_bigquery_routine.g"
    )
    assert told(moved).words == ("moved from google_bigquery_routine.g",)
    adopted = change("google_bigquery_routine.f", "no-op", {"a": 1}, {"a": 1}, importing={"id": "projects/p/f"})
    assert (told(adopted).headline, told(adopted).words) == ("adopted", ("adopted: projects/p/f",))


@pytest.mark.parametrize(
    ("after", "headline", "is_cosmetic"),
    [
        ({"labels": {"a": "b"}}, "adopted, labels", True),
        ({"labels": {"a": "b"}, "description": "x", "etag": "y"}, "adopted, description, labels", True),
        ({"schema": table(column("a", description="why"))["schema"]}, "adopted, 1 column described anew", True),
        ({"schema": table(column("a"), column("b"))["schema"]}, "adopted, 1 column added", False),
        ({"labels": {"a": "b"}, "clustering": ["a"]}, "adopted, clustering, labels", False),
    ],
)
def test_labels_and_descriptions_alone_are_cosmetic(after, headline, is_cosmetic):
    before = {**table(column("a")), "labels": None}
    one = told(change("google_bigquery_table.t", "update", before, {**before, **after}, importing={"id": "t"}))
    assert (one.headline, one.is_cosmetic) == (headline, is_cosmetic)


def test_a_schema_that_is_not_known_is_not_called_empty():
    one = updated("google_bigquery_table.creators", table(column("a")), schema=None)
    one["change"]["after_unknown"] = {"schema": True}
    assert told(one).words == ("its schema cannot be read before the apply",)


@pytest.mark.parametrize(
    ("address", "before", "after", "headline"),
    [
        (
            "google_monitoring_alert_policy.a",
            {"conditions": []},
            {"conditions": [{"display_name": "odd"}]},
            "alerts on other conditions",
        ),
        (
            "google_project_iam_member.a",
            None,
            {"member": "user:a@b", "role": "roles/bigquery.jobUser"},
            "a@b may run queries in the whole project (roles/bigquery.jobUser)",
        ),
        ("google_service_account.a", None, {"display_name": "EROS runner"}, "EROS runner"),
        ("google_logging_metric.a", {"filter": "x"}, {"filter": "y"}, "filter: x -> y"),
    ],
)
def test_every_type_has_a_headline(address, before, after, headline):
    one = created(address, **after) if before is None else updated(address, before, **after)
    assert told(one).headline == headline
