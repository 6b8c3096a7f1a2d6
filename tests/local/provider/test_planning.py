"""What the stand-in plans, from values alone."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.provider.planning import Defaults, plan, schema_forces_new, settle
from infra.local.provider.schema import Attribute, Block, NestedBlock
from infra.local.provider.values import UNKNOWN, conform
from tests.local.provider.rig import table_schema

PARTITION = Block(
    {"field": Attribute("string", optional=True, force_new=True), "days": Attribute("number", optional=True)}
)
GRANTS = Block({"role": Attribute("string", optional=True)})
BLOCK = Block(
    {
        "name": Attribute("string", required=True, force_new=True),
        "project": Attribute("string", optional=True, computed=True, force_new=True),
        "size": Attribute("number", optional=True, default=3),
        "on": Attribute("bool", optional=True),
        "etag": Attribute("string", computed=True),
        "schema": Attribute("string", optional=True, same="table_schema"),
        "labels": Attribute(["map", "string"], optional=True),
        "terraform_labels": Attribute(["map", "string"], computed=True),
        "effective_labels": Attribute(["map", "string"], computed=True),
    },
    {
        "partition": NestedBlock(PARTITION, "list", max_items=1),
        "access": NestedBlock(GRANTS, "set", computed=True),
    },
)
HERE = Defaults(project="here")


def planned(config: dict[str, Any], prior: dict[str, Any] | None = None, defaults: Defaults = HERE) -> Any:
    """The plan, with the merge that terraform itself makes first: computed values stay where nothing is configured."""
    given = conform(BLOCK, config)
    before = None if prior is None else conform(BLOCK, prior)
    merged = dict(given)
    for name, attribute in BLOCK.attributes.items():
        if before is not None and attribute.computed and given[name] is None:
            merged[name] = before[name]
    return plan(BLOCK, given, before, merged, defaults)


def test_a_new_resource_gets_defaults_and_unknowns() -> None:
    value = planned({"name": "a"}).value
    assert (value["size"], value["project"], value["on"]) == (3, "here", None)
    assert value["etag"] is UNKNOWN
    assert value["access"] is UNKNOWN
    assert value["partition"] == []


def test_what_only_the_cloud_knows_stays_while_the_resource_lives() -> None:
    prior = {"name": "a", "project": "here", "size": 3, "etag": "x", "access": [{"role": "r"}]}
    made = planned({"name": "a", "on": True}, prior)
    assert (made.value["etag"], made.value["access"], made.value["on"]) == ("x", [{"role": "r"}], True)
    assert made.replace == []


@pytest.mark.parametrize(
    ("change", "replace"),
    [
        ({"partition": [], "name": "a"}, [("partition", 0, "field")]),
        ({"partition": [{"field": "at", "days": 2}, {"field": "day"}]}, [("partition", 1, "field")]),
        ({"partition": [{"field": "at", "days": 2}, {"days": 1}]}, []),
        ({"name": "b"}, [("name",)]),
        ({"project": "there"}, [("project",)]),
        ({"size": 4}, []),
        ({"partition": [{"field": "at", "days": 1}]}, []),
        ({"partition": [{"field": "day", "days": 2}]}, [("partition", 0, "field")]),
    ],
)
def test_only_what_forces_new_replaces(change: dict[str, Any], replace: list[Any]) -> None:
    prior = {"name": "a", "project": "here", "size": 3, "partition": [{"field": "at", "days": 2}]}
    assert planned({**prior, **change}, prior).replace == replace


def test_a_block_that_comes_replaces_like_one_that_changes() -> None:
    prior = {"name": "a", "project": "here", "size": 3}
    assert planned({"name": "a", "partition": [{"field": "at"}]}, prior).replace == [("partition", 0, "field")]
    assert planned({"name": "a", "partition": [{"days": 1}]}, prior).replace == []


def test_an_element_of_a_set_is_changed_by_another_element() -> None:
    prior = {"name": "a", "project": "here", "size": 3, "access": [{"role": "r"}, {"role": "s"}]}
    assert planned({"name": "a", "access": [{"role": "s"}, {"role": "r"}]}, prior).value["access"] == prior["access"]
    assert planned({"name": "a", "access": [{"role": "t"}]}, prior).replace == []
    fixed = Block({}, {"labels": NestedBlock(PARTITION, "set")})
    before, after = ({"labels": [{"field": text, "days": None}]} for text in "ab")
    assert plan(fixed, after, before, after, HERE).replace == [("labels",)]
    assert plan(fixed, before, before, before, HERE).replace == []


def test_another_project_of_the_provider_replaces() -> None:
    assert planned({"name": "a"}, {"name": "a", "project": "there", "size": 3}).replace == [("project",)]


def test_unset_false_and_empty_are_one() -> None:
    prior = {"name": "a", "project": "here", "size": 3, "on": None, "schema": None}
    assert planned({"name": "a", "on": False, "schema": ""}, prior).value == conform(BLOCK, prior)


def test_unset_is_the_default_and_nothing_else() -> None:
    # An API that leaves a setting out means its default, which a false would then have to change.
    block = Block({"enabled": Attribute("bool", optional=True, default=True)})
    prior = {"enabled": None}
    assert plan(block, {"enabled": False}, prior, {"enabled": False}, HERE).value == {"enabled": False}
    assert plan(block, {"enabled": True}, prior, {"enabled": True}, HERE).value == prior


def test_labels_are_planned_with_the_providers_and_without_strangers() -> None:
    defaults = Defaults("here", {"team": "eros"})
    new = planned({"name": "a", "labels": {"tier": "x"}}, None, defaults).value
    assert new["terraform_labels"] == {"goog-terraform-provisioned": "true", "team": "eros", "tier": "x"}
    assert new["effective_labels"] == new["terraform_labels"]
    prior = {"name": "a", "labels": {"tier": "x", "old": "y"}, "terraform_labels": {"tier": "x", "old": "y"}}
    prior |= {"effective_labels": {"tier": "x", "old": "y", "theirs": "z"}}
    changed = planned({"name": "a", "labels": {"tier": "w"}}, prior, defaults).value
    assert changed["terraform_labels"] == {"team": "eros", "tier": "w"}
    assert changed["effective_labels"] == {"theirs": "z", "team": "eros", "tier": "w"}


def test_no_label_of_terraforms_own_where_it_is_turned_off() -> None:
    assert planned({"name": "a"}, None, Defaults("here", {}, attribution=False)).value["effective_labels"] == {}


OLD = table_schema("id INT64 REQUIRED", "at TIMESTAMP", "note STRING")


@pytest.mark.parametrize(
    ("new", "replaces"),
    [
        (table_schema("note STRING NULLABLE", "id INTEGER REQUIRED", "at TIMESTAMP"), False),
        (table_schema("id INT64 REQUIRED", "at TIMESTAMP", "note STRING", "more FLOAT64"), False),
        (table_schema("id INT64 REQUIRED", "at TIMESTAMP", "note STRING", "more FLOAT64 REQUIRED"), True),
        (table_schema("id INT64 NULLABLE", "at TIMESTAMP", "note STRING"), False),
        (table_schema("id INT64 REQUIRED", "at TIMESTAMP REQUIRED", "note STRING"), True),
        (table_schema("id INT64 REQUIRED", "at DATE", "note STRING"), True),
        (table_schema("id INT64 REQUIRED", "at TIMESTAMP"), False),
        (table_schema("id INT64 REQUIRED", "at TIMESTAMP", "remark STRING"), True),
    ],
    ids=["reordered", "added", "required added", "relaxed", "tightened", "retyped", "dropped", "renamed"],
)
def test_a_table_is_replaced_only_for_what_cannot_be_altered(new: str, replaces: bool) -> None:
    assert schema_forces_new(OLD, new) is replaces
    prior = {"name": "a", "project": "here", "size": 3, "schema": OLD}
    assert planned({"name": "a", "schema": new}, prior).replace == ([("schema",)] if replaces else [])


def test_a_lost_nested_field_replaces() -> None:
    nested = (
        '[{"name": "r", "type": "RECORD", "fields": [{"name": "a", "type": "STRING"}, {"name": "b", "type": "DATE"}]}]'
    )
    assert schema_forces_new(nested, nested.replace(', {"name": "b", "type": "DATE"}', ""))
    assert not schema_forces_new(nested, nested.replace("RECORD", "STRUCT"))


def test_the_same_schema_in_other_words_is_no_change() -> None:
    prior = {"name": "a", "project": "here", "size": 3, "schema": OLD}
    new = table_schema("note STRING NULLABLE", "id INTEGER REQUIRED", "at TIMESTAMP")
    assert planned({"name": "a", "schema": new}, prior).value["schema"] == OLD


def test_what_is_read_keeps_the_spelling_of_the_state() -> None:
    kept = conform(BLOCK, {"name": "a", "on": False, "schema": OLD, "etag": "1", "partition": [{"days": 0}]})
    kept["project"] = UNKNOWN
    read = conform(
        BLOCK,
        {"name": "a", "project": "p", "schema": table_schema("id INTEGER REQUIRED", "at TIMESTAMP", "note STRING")},
    )
    settled = settle(BLOCK, read, kept)
    assert (settled["schema"], settled["on"], settled["project"]) == (OLD, False, "p")
    assert settled["etag"] is None
    assert settled["partition"] == kept["partition"]
