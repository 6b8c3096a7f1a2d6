"""Noise that a provider computes, and what somebody decided: told apart in one place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.gate import ReviewContext, review
from infra.plan import Action, read_plans
from infra.plan.details import describe
from infra.plan.model import Change
from infra.report.facts import drift_lines
from tests.plans import change, column, shown, table

DATASET = "google_bigquery_dataset.brain"
OWNERS = {"role": "OWNER", "special_group": "projectOwners"}
RUNNER = {"role": "WRITER", "user_by_email": "runner@p.iam.gserviceaccount.com"}
EVE = {"role": "READER", "user_by_email": "eve@example.com"}
RUNNERS_GRANT = {
    "dataset_id": "brain",
    "role": "roles/bigquery.dataEditor",
    "member": "serviceAccount:runner@p.iam.gserviceaccount.com",
}


def drifted(address: str, before: dict[str, Any], **after: Any) -> dict[str, Any]:
    return change(address, "update", before, {**before, **after})


def drift(*changes: dict[str, Any], grants: tuple[dict[str, Any], ...] = ()) -> tuple[Change, ...]:
    """What is left of these changes; the grants are another stack's, as its state holds them."""
    kept = [{"type": "google_bigquery_dataset_iam_member", "values": one} for one in grants]
    state = {"values": {"root_module": {"resources": kept}}}
    plans = read_plans({"warehouse": shown(resource_drift=list(changes)), "automation": shown(prior_state=state)})
    return plans[0].drift


def access(before: list[dict[str, Any]], after: list[dict[str, Any]], *grants: dict[str, Any]) -> list[str]:
    body = {"dataset_id": "brain", "access": before, "etag": "1"}
    found = drift(drifted(DATASET, body, access=after, etag="2"), grants=grants)
    return [word for one in found for word in describe(one).words]


@pytest.mark.parametrize("name", ["etag", "num_rows", "num_bytes", "last_modified_time", "creation_time", "self_link"])
def test_what_a_provider_counts_by_itself_is_no_drift(name: str) -> None:
    assert drift(drifted("google_bigquery_table.t", table(**{name: "1"}), **{name: "2"})) == ()


def test_nothing_said_in_two_ways_is_no_drift_and_a_schema_written_otherwise_is_none() -> None:
    before = table(column("a"), description="", labels={})
    spaced = json.dumps([column("a")], indent=1)
    assert spaced != before["schema"]
    assert drift(drifted("google_bigquery_table.t", before, description=None, labels=None, schema=spaced)) == ()
    (one,) = drift(drifted("google_bigquery_table.t", before, schema=json.dumps([column("a"), column("b")])))
    assert [str(found) for found in describe(one).columns] == ["b added: STRING"]


def test_what_is_gone_is_told_whatever_was_in_it() -> None:
    (one,) = drift(change("google_bigquery_table.t", "delete", table(), None))
    assert one.action is Action.DELETE and one.after is None


def test_entries_that_grants_of_any_stack_account_for_are_no_drift() -> None:
    assert access([OWNERS], [OWNERS, RUNNER], RUNNERS_GRANT) == []
    assert access([], [OWNERS]) == []
    # The grant is of another dataset, another role, another member: then nothing accounts for the entry.
    for other in ({"dataset_id": "other"}, {"role": "roles/bigquery.dataViewer"}, {"member": "user:x@y.z"}):
        assert len(access([OWNERS], [OWNERS, RUNNER], {**RUNNERS_GRANT, **other})) == 1


def test_a_grant_made_by_hand_is_told_and_one_under_a_condition_is_not_the_declared_one() -> None:
    assert access([OWNERS], [OWNERS, EVE, RUNNER], RUNNERS_GRANT) == [
        "access for user:eve@example.com: read data (roles/bigquery.dataViewer)"
    ]
    for_a_while = {**RUNNER, "condition": [{"title": "for a while"}]}
    assert len(access([OWNERS], [OWNERS, for_a_while], RUNNERS_GRANT)) == 1
    view = {"view": [{"project_id": "p", "dataset_id": "d", "table_id": "v"}]}
    assert access([], [view]) == ["access for the view p.d.v: read what it selects from"]


def test_a_default_that_was_taken_away_is_told() -> None:
    assert access([OWNERS, RUNNER], [RUNNER], RUNNERS_GRANT) == [
        "no longer projectOwners: read, write and share data (roles/bigquery.dataOwner)"
    ]


def test_a_grant_that_was_taken_away_is_told_once_where_it_is_declared() -> None:
    grant = change("google_bigquery_dataset_iam_member.runner_data", "delete", RUNNERS_GRANT, None)
    body = {"dataset_id": "brain", "access": [OWNERS, RUNNER]}
    plans = read_plans(
        {
            "warehouse": shown(resource_drift=[drifted(DATASET, body, access=[OWNERS])]),
            "automation": shown(resource_drift=[grant]),
        }
    )
    assert [one.address for plan in plans for one in plan.drift] == ["google_bigquery_dataset_iam_member.runner_data"]


def test_a_plan_tells_the_same_drift_as_its_reader() -> None:
    body = {"dataset_id": "brain", "access": [OWNERS], "etag": "1"}
    noise = drifted("google_bigquery_table.t", table(etag="1"), etag="2")
    found = review({"warehouse": shown(resource_drift=[noise, drifted(DATASET, body, access=[EVE])])}, ReviewContext())
    assert list(drift_lines(found.plan)) == [f"warehouse: {DATASET} differs in access"]
