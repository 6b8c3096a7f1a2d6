"""Each rule against the thing it guards; the same plan without the harm passes all rules."""

from __future__ import annotations

import pytest

from infra.errors import RefusedError, UsageError
from infra.gate import RULES, Allowance, ReviewContext, read_allowances, review
from tests.plans import change, column, created, fixture, shown, table, unchanged, updated

TABLE = "google_bigquery_table.creators"
DATASET = "google_bigquery_dataset.eros"
BUCKET = "google_storage_bucket.state"
SCHEDULE = "google_bigquery_data_transfer_config.sweep"
GRANT = "google_project_iam_member.runner"
LABELS = {"system": "eros"}
GOOD_BUCKET = {
    "labels": LABELS,
    "public_access_prevention": "enforced",
    "uniform_bucket_level_access": True,
    "force_destroy": False,
    "versioning": [{"enabled": True}],
    "retention_policy": [{"retention_period": 604800, "is_locked": False}],
    "soft_delete_policy": [{"retention_duration_seconds": 604800}],
}
GOOD_DATASET = {"labels": LABELS, "delete_contents_on_destroy": False, "max_time_travel_hours": "168"}


def found(*changes, context=None, **more):
    """(rule, address) of everything refused."""
    verdicts = review({"warehouse": shown(*changes, **more)}, context or ReviewContext()).verdicts
    return {(one.rule, one.address) for one in verdicts.refused}


def reasons(*changes, **more):
    return [str(one) for one in review({"warehouse": shown(*changes, **more)}, ReviewContext()).verdicts.refused]


def test_a_harmless_plan_passes_every_rule():
    verdicts = review(
        {
            "warehouse": shown(
                unchanged(DATASET, **GOOD_DATASET),
                updated(TABLE, table(column("a")), schema=table(column("a"), column("b"))["schema"]),
                created("google_bigquery_table.new", **table(column("a", mode="REQUIRED"))),
                created(
                    "google_bigquery_table.view", view=[{"query": "SELECT 1"}], deletion_protection=False, labels=LABELS
                ),
                updated("google_bigquery_routine.f", {"definition_body": "1"}, definition_body="2"),
            ),
            "automation": shown(
                updated(SCHEDULE, {"schedule": "every day 10:07"}, schedule="every 6 hours from 00:13 to 18:13"),
                created(GRANT, member="serviceAccount:a@b.iam.gserviceaccount.com", role="roles/bigquery.jobUser"),
            ),
            "state": shown(unchanged(BUCKET, **GOOD_BUCKET)),
        },
        ReviewContext(),
    ).verdicts
    assert verdicts.refused == ()
    assert verdicts.rules == tuple(rule.NAME for rule in RULES)


def test_nothing_to_do_passes():
    verdicts = review({"warehouse": shown(unchanged(SCHEDULE, schedule="every day 10:07"))}, ReviewContext()).verdicts
    verdicts.raise_if_refused()


def test_a_plan_whose_cost_nobody_estimated_does_not_pass():
    plan = {"automation": shown(created(SCHEDULE, schedule="every day 10:07"))}
    verdicts = review(plan, ReviewContext()).verdicts
    assert (verdicts.refused, verdicts.unjudged, verdicts.passed) == ((), ("cost",), False)
    with pytest.raises(RefusedError, match="nobody judged cost"):
        verdicts.raise_if_refused()


@pytest.mark.parametrize("action", ["delete", "replace", "forget"])
@pytest.mark.parametrize("address", [TABLE, DATASET, SCHEDULE, "google_bigquery_routine.f"])
def test_nothing_is_destroyed_replaced_or_forgotten(action, address):
    after = (
        None if action != "replace" else {"labels": LABELS, "schedule": "every day 10:07", "deletion_protection": True}
    )
    assert ("no-destroy", address) in found(change(address, action, {"schema": "[]"}, after))


def test_a_replacement_says_which_argument_forces_it():
    [reason, *_] = reasons(
        change(TABLE, "replace", table(), table(), replace_paths=[["time_partitioning", 0, "field"]])
    )
    assert "because time_partitioning.0.field cannot be changed" in reason


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([column("a"), column("b")], [column("a")]),
        ([column("a", "INT64")], [column("a", "STRING")]),
        ([column("a")], [column("a", mode="REQUIRED")]),
        ([column("a")], [column("a"), column("b", mode="REQUIRED")]),
        ([column("r", "RECORD", fields=[column("x"), column("y")])], [column("r", "RECORD", fields=[column("x")])]),
        ([column("r", "RECORD", fields=[column("x")])], [column("r", "RECORD", fields=[column("x", mode="REQUIRED")])]),
    ],
)
def test_no_column_is_lost_narrowed_or_made_required(before, after):
    assert found(updated(TABLE, table(*before), schema=table(*after)["schema"])) == {("columns", TABLE)}


@pytest.mark.parametrize(
    "schema", ["not json", '{"a": 1}', '[{"name": "a"}]', '[{"name": "a", "type": "X"}, {"name": "A", "type": "X"}]']
)
def test_a_schema_that_cannot_be_read_is_refused(schema):
    assert found(updated(TABLE, table(column("a")), schema=schema)) == {("columns", TABLE)}


def test_a_schema_that_is_not_known_before_the_apply_is_refused():
    one = updated(TABLE, table(column("a")), schema=None)
    one["change"]["after_unknown"] = {"schema": True}
    assert found(one) == {("columns", TABLE)}


def test_a_schema_that_vanishes_whole_is_refused():
    assert found(updated(TABLE, table(column("a")), schema=None)) == {("columns", TABLE)}


def test_a_views_schema_follows_its_query():
    view = {"view": [{"query": "SELECT 1"}], "labels": LABELS, "schema": '[{"name": "a", "type": "INT64"}]'}
    assert found(updated("google_bigquery_table.v", view, schema="[]")) == set()


@pytest.mark.parametrize(
    ("address", "before", "after"),
    [
        (TABLE, table(), {"deletion_protection": False}),
        (TABLE, table(), {"deletion_protection": None}),
        (TABLE, table(), {"expiration_time": 1900000000000}),
        (
            TABLE,
            table(time_partitioning=[{"type": "DAY"}]),
            {"time_partitioning": [{"type": "DAY", "expiration_ms": 86400000}]},
        ),
        (DATASET, GOOD_DATASET, {"delete_contents_on_destroy": True}),
        (DATASET, GOOD_DATASET, {"max_time_travel_hours": "48"}),
        (DATASET, {**GOOD_DATASET, "default_table_expiration_ms": 0}, {"default_table_expiration_ms": 3600000}),
        (DATASET, {**GOOD_DATASET, "default_table_expiration_ms": 7200000}, {"default_table_expiration_ms": 3600000}),
        (SCHEDULE, {"schedule": "every day 10:07", "service_account_name": "a@b"}, {"service_account_name": None}),
        (BUCKET, GOOD_BUCKET, {"force_destroy": True}),
        (BUCKET, GOOD_BUCKET, {"versioning": [{"enabled": False}]}),
        (BUCKET, GOOD_BUCKET, {"versioning": []}),
        (BUCKET, GOOD_BUCKET, {"retention_policy": [{"retention_period": 604799}]}),
        (BUCKET, GOOD_BUCKET, {"retention_policy": []}),
        (
            BUCKET,
            {**GOOD_BUCKET, "retention_policy": [{"retention_period": 9, "is_locked": True}]},
            {"retention_policy": [{"retention_period": 9}]},
        ),
        (BUCKET, GOOD_BUCKET, {"soft_delete_policy": [{"retention_duration_seconds": 0}]}),
        (BUCKET, GOOD_BUCKET, {"uniform_bucket_level_access": False}),
        (BUCKET, GOOD_BUCKET, {"lifecycle_rule": [{"action": [{"type": "Delete"}], "condition": [{"age": 1}]}]}),
        (
            "google_pubsub_topic.t",
            {"labels": LABELS, "message_retention_duration": "86400s"},
            {"message_retention_duration": "600s"},
        ),
    ],
)
def test_no_protection_is_weakened(address, before, after):
    assert found(updated(address, before, **after)) == {("protection", address)}


@pytest.mark.parametrize(
    ("state", "newer", "refused"),
    [("ARCHIVED", 50, False), ("ARCHIVED", 10, False), ("ARCHIVED", 9, True), ("ANY", 50, True), ("ARCHIVED", 0, True)],
)
def test_a_buckets_old_generations_may_be_trimmed_but_not_its_objects(state, newer, refused):
    condition = {"with_state": state, "num_newer_versions": newer, "days_since_noncurrent_time": 90}
    rule = {"action": [{"type": "Delete"}], "condition": [condition]}
    found_here = found(updated(BUCKET, GOOD_BUCKET, lifecycle_rule=[rule]))
    assert found_here == ({("protection", BUCKET)} if refused else set())


def test_no_table_or_dataset_begins_without_protection():
    assert found(created(TABLE, **table(deletion_protection=False))) == {("protection", TABLE)}
    assert found(created(DATASET, **{**GOOD_DATASET, "max_time_travel_hours": "48"})) == {("protection", DATASET)}
    assert found(created(DATASET, labels=LABELS)) == set()


def test_more_protection_is_welcome():
    less = {"versioning": [{"enabled": False}], "retention_policy": [{"retention_period": 1}], "force_destroy": True}
    assert found(updated(BUCKET, {**GOOD_BUCKET, **less}, **GOOD_BUCKET)) == set()
    assert found(updated(TABLE, table(deletion_protection=False), deletion_protection=True)) == set()


def test_prevent_destroy_is_compared_between_two_releases():
    def stack(prevents, names=("creators",)):
        guarded = {"lifecycle": {"prevent_destroy": prevents}}
        return {"warehouse": {"resource": {"google_bigquery_table": {name: guarded for name in names}}}}

    for now in (stack(False), stack(True, names=()), {}):
        context = ReviewContext(configurations=now, earlier=stack(True))
        assert found(unchanged(TABLE, **table()), context=context) == {("protection", TABLE)}
    assert (
        found(unchanged(TABLE, **table()), context=ReviewContext(configurations=stack(True), earlier=stack(False)))
        == set()
    )


@pytest.mark.parametrize(
    "text",
    [
        "every day 10:00",
        "every 1 hours from 09:00 to 10:00",
        "every 20 minutes from 00:20 to 01:20",
        "every 12 hours",
        "every 6 hours synchronized",
        "every 3 minutes from 00:01 to 00:31",
        "whenever it rains",
        "",
    ],
)
def test_no_schedule_fires_on_the_hour_or_at_unknown_or_crowded_times(text):
    assert found(updated(SCHEDULE, {"schedule": "every day 10:07"}, schedule=text)) == {("schedule-times", SCHEDULE)}
    assert found(created(SCHEDULE, schedule=text, disabled=True)) == {("schedule-times", SCHEDULE)}


def test_a_schedule_that_is_not_known_before_the_apply_is_refused():
    one = change(SCHEDULE, "create", None, {}, after_unknown={"schedule": True})
    assert found(one) == {("schedule-times", SCHEDULE)}


def test_a_configuration_that_only_runs_by_hand_needs_no_schedule():
    by_hand = {"schedule": None, "schedule_options": [{"disable_auto_scheduling": True}]}
    assert found(created(SCHEDULE, **by_hand)) == set()


@pytest.mark.parametrize(
    "times",
    ["every 1 hours from 09:07 to 10:07", "every 6 hours from 00:13 to 18:13", "every 1 hours from 00:23 to 23:23"],
)
def test_the_three_schedules_of_the_contract_pass(times):
    assert found(created(SCHEDULE, schedule=times)) == set()


@pytest.mark.parametrize(
    ("address", "argument"),
    [
        (DATASET, "labels"),
        (TABLE, "labels"),
        (BUCKET, "labels"),
        ("google_pubsub_topic.t", "labels"),
        ("google_monitoring_alert_policy.a", "user_labels"),
        ("google_monitoring_notification_channel.c", "user_labels"),
    ],
)
def test_what_can_carry_labels_carries_those_of_the_environment(address, argument):
    good = {**GOOD_BUCKET, **table(), argument: LABELS}
    assert found(created(address, **good)) == set()
    for wrong in ({}, {"system": "other"}, None):
        assert found(created(address, **{**good, "labels": wrong, argument: wrong})) == {("labels", address)}
    context = ReviewContext(labels={"system": "eros", "environment": "prod"})
    assert found(created(address, **good), context=context) == {("labels", address)}


def test_labels_that_the_provider_adds_count():
    assert found(created(DATASET, **{**GOOD_DATASET, "labels": None, "effective_labels": LABELS})) == set()


@pytest.mark.parametrize(
    ("member", "role"),
    [
        ("allUsers", "roles/bigquery.dataViewer"),
        ("allAuthenticatedUsers", "roles/bigquery.dataViewer"),
        ("domain:example.com", "roles/bigquery.dataViewer"),
        ("principalSet://iam.googleapis.com/x/*", "roles/bigquery.dataViewer"),
        ("projectOwner:some-project", "roles/bigquery.dataViewer"),
        ("user:a@example.com", "roles/owner"),
        ("user:a@example.com", "roles/editor"),
        ("user:a@example.com", "roles/viewer"),
        ("user:a@example.com", "roles/bigquery.admin"),
    ],
)
@pytest.mark.parametrize("kind", ["project", "bigquery_dataset", "storage_bucket", "pubsub_topic", "service_account"])
def test_nobody_outside_gets_in_and_nobody_gets_everything(kind, member, role):
    address = f"google_{kind}_iam_member.x"
    assert found(created(address, member=member, role=role)) == {("access", address)}
    assert found(unchanged(address, member=member, role=role)) == {("access", address)}


@pytest.mark.parametrize("member", ["allUsers", "AllAuthenticatedUsers", "allUsers:x"])
def test_the_whole_world_is_called_so(member):
    assert "is the whole world" in reasons(created(GRANT, member=member, role="roles/bigquery.jobUser"))[0]


def test_a_member_that_is_not_known_before_the_apply_is_refused():
    one = change(GRANT, "create", None, {"role": "roles/bigquery.jobUser"}, after_unknown={"member": True})
    assert found(one) == {("access", GRANT)}


@pytest.mark.parametrize(
    "entry",
    [
        {"role": "READER", "special_group": "allAuthenticatedUsers"},
        {"role": "READER", "iam_member": "allUsers"},
        {"role": "READER", "domain": "example.com"},
        {"role": "roles/owner", "user_by_email": "a@example.com"},
    ],
)
def test_a_datasets_own_access_list_opens_it_to_nobody(entry):
    assert found(created(DATASET, **GOOD_DATASET, access=[entry])) == {("access", DATASET)}


def test_a_bucket_is_closed_to_the_public():
    for wrong in ("inherited", None, ""):
        assert found(updated(BUCKET, GOOD_BUCKET, public_access_prevention=wrong)) == {("access", BUCKET)}


def test_an_errored_or_incomplete_plan_is_refused():
    assert ("complete-plan", "warehouse") in found(errored=True)
    assert ("complete-plan", "warehouse") in found(complete=False)
    assert ("complete-plan", "warehouse") in found(created(DATASET, **GOOD_DATASET), applyable=False)
    assert found(unchanged(DATASET, **GOOD_DATASET), applyable=False) == set()


def test_a_plan_that_terraform_errored_in_is_refused():
    verdicts = review({"warehouse": fixture("builtin_errored")}, ReviewContext()).verdicts
    assert "its plan is errored" in [one.reason for one in verdicts.refused]


def test_no_plan_at_all_is_refused():
    assert not review({}, ReviewContext()).verdicts.passed


def test_an_action_that_nobody_knows_is_refused():
    one = unchanged(DATASET, **GOOD_DATASET)
    one["change"]["actions"] = ["explode"]
    assert found(one) == {("complete-plan", DATASET)}


@pytest.mark.parametrize(
    "more",
    [{"provider_name": "registry.terraform.io/someone/else"}, {"mode": "data"}, {"provider_name": ""}],
)
def test_only_managed_resources_of_googles_provider_are_known(more):
    one = {**unchanged("google_bigquery_dataset.x", **GOOD_DATASET), **more}
    assert found(one) == {("known-types", "google_bigquery_dataset.x")}


def test_only_the_types_that_the_rules_were_written_for_are_known():
    assert found(created("google_sql_database_instance.x")) == {("known-types", "google_sql_database_instance.x")}


def test_a_provider_that_nothing_uses_yet_is_refused_too():
    other = {"provider_config": {"x": {"full_name": "registry.terraform.io/someone/else"}}}
    assert found(configuration=other) == {("known-types", "provider registry.terraform.io/someone/else")}


def test_a_refusal_names_resource_rule_reason_and_what_to_do():
    verdicts = review({"warehouse": shown(updated(TABLE, table(column("a")), schema="[]"))}, ReviewContext()).verdicts
    with pytest.raises(RefusedError) as refused:
        verdicts.raise_if_refused()
    assert refused.value.exit_code == 3
    said = str(refused.value)
    assert "warehouse: google_bigquery_table.creators" in said
    assert "column a lost: STRING [columns]" in said
    assert "fix: leave a in sql/tables as it is" in said


def test_only_a_rule_about_money_can_be_allowed_away():
    [one] = read_allowances(["cost:google_bigquery_data_transfer_config.sweep=the sweep now covers all pages"])
    assert (one.rule, one.reason) == ("cost", "the sweep now covers all pages")
    with pytest.raises(UsageError, match="cannot be allowed away"):
        read_allowances([f"columns:{TABLE}=we do not need it any more"])


@pytest.mark.parametrize(
    "text", ["cost", "cost:x", "x=y", "cost:a b=some reason that is long", "cost:x=", "cost:x=   ok   "]
)
def test_an_allowance_needs_a_rule_an_address_and_a_reason(text):
    with pytest.raises(UsageError):
        read_allowances([text])


def test_no_allowance_reaches_a_rule_that_cannot_be_allowed_away():
    lost = shown(updated(TABLE, table(column("a")), schema="[]"))
    context = ReviewContext(allowances=[Allowance("columns", TABLE, "we do not need it any more")])
    with pytest.raises(UsageError, match="meets no finding"):
        review({"warehouse": lost}, context)


def test_an_allowance_that_meets_nothing_is_an_error():
    allowances = read_allowances(["cost:google_bigquery_data_transfer_config.sweep=the sweep now covers all pages"])
    with pytest.raises(UsageError, match="meets no finding"):
        review({"warehouse": shown()}, ReviewContext(allowances=allowances))
