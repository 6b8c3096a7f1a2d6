from __future__ import annotations

import json
from typing import Any

import pytest

from infra.stacks.regressions import regressions

COLUMNS = [
    {"name": "id", "type": "STRING", "mode": "REQUIRED"},
    {"name": "n", "type": "INTEGER", "mode": "NULLABLE"},
    {"name": "deep", "type": "RECORD", "mode": "REPEATED", "fields": [{"name": "x", "type": "STRING"}]},
]
TABLE = {
    "deletion_protection": True,
    "require_partition_filter": True,
    "lifecycle": {"prevent_destroy": True},
    "schema": json.dumps(COLUMNS),
}
DATASET = {
    "delete_contents_on_destroy": False,
    "max_time_travel_hours": "168",
    "lifecycle": {"prevent_destroy": True},
}
BUCKET = {
    "force_destroy": False,
    "uniform_bucket_level_access": True,
    "public_access_prevention": "enforced",
    "versioning": {"enabled": True},
    "soft_delete_policy": {"retention_duration_seconds": 2592000},
}


def stacks(**kinds: Any) -> Any:
    return {"warehouse": {"resource": {f"google_{kind}": {"one": body} for kind, body in kinds.items()}}}


def rules(before: Any, after: Any) -> list[tuple[str, str]]:
    return [(one.address, one.rule) for one in regressions(before, after)]


def with_columns(*columns: dict[str, Any]) -> Any:
    return stacks(bigquery_table={**TABLE, "schema": json.dumps(columns)})


BEFORE = stacks(bigquery_table=TABLE)
ADDRESS = "warehouse/google_bigquery_table.one"


def test_the_same_again_and_more_of_it_loses_nothing() -> None:
    assert rules(BEFORE, BEFORE) == []
    wider = with_columns(*COLUMNS, {"name": "new", "type": "STRING", "mode": "NULLABLE"})
    wider["warehouse"]["resource"]["google_bigquery_table"]["two"] = TABLE
    assert rules(BEFORE, wider) == []
    assert rules({}, BEFORE) == []


@pytest.mark.parametrize("after", [{}, {"warehouse": {}}, stacks(bigquery_dataset=DATASET)])
def test_an_address_that_is_not_declared_any_more_has_vanished(after: Any) -> None:
    assert rules(BEFORE, after) == [(ADDRESS, "vanished-address")]


def test_an_address_that_moved_to_another_stack_has_vanished_from_its_own() -> None:
    assert rules(BEFORE, {"automation": BEFORE["warehouse"], "warehouse": {}}) == [(ADDRESS, "vanished-address")]


def test_a_column_is_lost_at_any_depth() -> None:
    (found,) = regressions(BEFORE, with_columns(*COLUMNS[1:]))
    assert (found.rule, found.reason) == ("lost-column", "id was deployed and is gone")
    shallow = with_columns(*COLUMNS[:2], {"name": "deep", "type": "RECORD", "mode": "REPEATED", "fields": []})
    assert [one.reason for one in regressions(BEFORE, shallow)] == ["deep.x was deployed and is gone"]
    assert rules(BEFORE, stacks(bigquery_table={**TABLE, "schema": "[]"})) == [(ADDRESS, "lost-column")] * 4


def test_the_letter_case_of_a_column_is_no_loss() -> None:
    assert rules(BEFORE, with_columns({**COLUMNS[0], "name": "ID"}, *COLUMNS[1:])) == []


@pytest.mark.parametrize("change", [{"type": "BYTES"}, {"mode": "REQUIRED"}, {"mode": "REPEATED"}])
def test_a_column_of_another_type_or_made_required_has_changed(change: dict[str, str]) -> None:
    assert rules(BEFORE, with_columns(COLUMNS[0], {**COLUMNS[1], **change}, COLUMNS[2])) == [
        (ADDRESS, "changed-column")
    ]


def test_a_required_column_may_become_nullable() -> None:
    assert rules(BEFORE, with_columns({**COLUMNS[0], "mode": "NULLABLE"}, *COLUMNS[1:])) == []


@pytest.mark.parametrize(
    ("kind", "body", "change"),
    [
        ("bigquery_table", TABLE, {"deletion_protection": False}),
        ("bigquery_table", TABLE, {"deletion_protection": None}),
        ("bigquery_table", TABLE, {"require_partition_filter": False}),
        ("bigquery_table", TABLE, {"lifecycle": {"prevent_destroy": False}}),
        ("bigquery_table", TABLE, {"lifecycle": None}),
        ("bigquery_dataset", DATASET, {"delete_contents_on_destroy": True}),
        ("bigquery_dataset", DATASET, {"delete_contents_on_destroy": None}),
        ("bigquery_dataset", DATASET, {"max_time_travel_hours": "48"}),
        ("bigquery_dataset", DATASET, {"max_time_travel_hours": None}),
        ("storage_bucket", BUCKET, {"force_destroy": True}),
        ("storage_bucket", BUCKET, {"uniform_bucket_level_access": False}),
        ("storage_bucket", BUCKET, {"public_access_prevention": "inherited"}),
        ("storage_bucket", BUCKET, {"versioning": {"enabled": False}}),
        ("storage_bucket", BUCKET, {"versioning": None}),
        ("storage_bucket", BUCKET, {"soft_delete_policy": {"retention_duration_seconds": 604800}}),
    ],
)
def test_a_protection_that_is_weaker_or_not_given_is_named(kind: str, body: Any, change: Any) -> None:
    changed = {key: value for key, value in {**body, **change}.items() if value is not None}
    (found,) = regressions(stacks(**{kind: body}), stacks(**{kind: changed}))
    assert found.rule == "weakened-protection"
    assert next(iter(change)) in found.reason


def test_a_protection_may_be_put_on() -> None:
    bare = {"schema": TABLE["schema"], "deletion_protection": False}
    assert rules(stacks(bigquery_table=bare), BEFORE) == []
    shorter = {**DATASET, "max_time_travel_hours": "48", "delete_contents_on_destroy": True}
    assert rules(stacks(bigquery_dataset=shorter), stacks(bigquery_dataset=DATASET)) == []


def test_each_loss_says_what_to_do() -> None:
    (found,) = regressions(BEFORE, {})
    assert str(found) == (
        "warehouse/google_bigquery_table.one: vanished-address: it was deployed and is not declared any more; "
        "declare it again, under the same name"
    )
