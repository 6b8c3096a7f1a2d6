"""The merge of two releases, by properties: nothing vanishes, no column or guard is lost, every dependency stands."""

from __future__ import annotations

import copy
import json
from graphlib import TopologicalSorter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from infra.gate.rules import protection
from infra.plan.columns import compare_schemas
from infra.release.merge import (
    ALERT,
    SCHEDULE,
    TABLE,
    bodies,
    merge,
    newer_only,
    union_schema,
    with_schedules_off,
)

DATASET, BUCKET, ROUTINE = "google_bigquery_dataset", "google_storage_bucket", "google_bigquery_routine"
NAMES = ("a", "b", "c", "d")
TYPES = ("STRING", "INTEGER", "INT64", "NUMERIC", "BIGNUMERIC", "BOOL")


def columns(depth: int = 1) -> some.SearchStrategy[list[dict[str, Any]]]:
    plain = some.fixed_dictionaries(
        {"name": some.sampled_from(NAMES), "type": some.sampled_from(TYPES)},
        optional={
            "mode": some.sampled_from(["NULLABLE", "REQUIRED", "REPEATED"]),
            "description": some.sampled_from(["one", "two"]),
            "maxLength": some.sampled_from(["5", "10"]),
        },
    )
    record = some.fixed_dictionaries(
        {"name": some.sampled_from(NAMES), "type": some.just("RECORD"), "fields": columns(depth - 1)}
    ) if depth else plain  # fmt: skip
    return some.lists(some.one_of(plain, record), max_size=4, unique_by=lambda field: field["name"])


@some.composite
def stacks(draw: some.DrawFn) -> dict[str, Any]:
    """A stack as it might have been synthesised: its dependencies point only at earlier addresses."""
    resource: dict[str, dict[str, Any]] = {}
    made: list[str] = []
    for kind, name in draw(some.lists(some.tuples(some.sampled_from([TABLE, SCHEDULE, ALERT, ROUTINE, BUCKET, DATASET]),
                                                  some.sampled_from(NAMES)), max_size=8, unique=True)):  # fmt: skip
        body: dict[str, Any] = {"note": draw(some.sampled_from(["x", "y"]))}
        if made:
            body["depends_on"] = draw(some.lists(some.sampled_from(made), max_size=2, unique=True))
        if kind == TABLE:
            body["schema"] = json.dumps(draw(columns()))
            body["deletion_protection"] = draw(some.booleans())
            body["require_partition_filter"] = draw(some.sampled_from([True, False, None]))
        if kind == SCHEDULE:
            body["disabled"] = draw(some.booleans())
        if kind == ALERT:
            body["enabled"] = draw(some.booleans())
        if kind == DATASET:
            body["max_time_travel_hours"] = draw(some.sampled_from(["48", "168"]))
            body["delete_contents_on_destroy"] = draw(some.booleans())
        if kind == BUCKET:
            body["force_destroy"] = draw(some.booleans())
            body["versioning"] = {"enabled": draw(some.booleans())}
        if draw(some.booleans()):
            body["lifecycle"] = {"prevent_destroy": draw(some.booleans())}
        resource.setdefault(kind, {})[name] = body
        made.append(f"{kind}.{name}")
    version = draw(some.sampled_from(["~> 6.49", "~> 6.50"]))
    return {"terraform": {"required_providers": {"google": {"version": version}}}, "provider": {}, "resource": resource}


@given(stacks(), stacks())
def test_every_address_of_both_is_there_and_nothing_else(old: dict[str, Any], current: dict[str, Any]) -> None:
    merged = dict(bodies(merge(old, current)))
    assert set(merged) == {*dict(bodies(old)), *dict(bodies(current))}


@given(stacks(), stacks())
def test_dependencies_point_at_what_is_there_and_close_no_circle(old: dict[str, Any], current: dict[str, Any]) -> None:
    merged = dict(bodies(merge(old, current)))
    graph = {f"{kind}.{name}": set(body.get("depends_on", ())) for (kind, name), body in merged.items()}
    assert {one for some_ in graph.values() for one in some_} <= set(graph)
    # What is newer only must be depended on by nothing older: then two graphs without circles give one without.
    newer = set(newer_only(old, current))
    assert not any(graph[address] & newer for address in set(graph) - newer)


def test_a_whole_graph_of_two_orders_has_an_order() -> None:
    """Old: a waits for b. Now: b waits for the new c, which waits for a. The old b does not wait, so there is one."""
    old = {"resource": {ROUTINE: {"a": {"depends_on": [f"{ROUTINE}.b"]}, "b": {}}}}
    now = {
        "resource": {ROUTINE: {"b": {"depends_on": [f"{ROUTINE}.c"]}, "c": {"depends_on": [f"{ROUTINE}.a"]}, "a": {}}}
    }
    merged = dict(bodies(merge(old, now)))
    graph = {f"{kind}.{name}": body.get("depends_on", ()) for (kind, name), body in merged.items()}
    assert [one.rpartition(".")[2] for one in TopologicalSorter(graph).static_order()] == ["b", "a", "c"]


@given(stacks(), stacks())
def test_trap_6_no_column_is_lost_narrowed_or_made_required(old: dict[str, Any], current: dict[str, Any]) -> None:
    merged = dict(bodies(merge(old, current)))
    for (kind, name), body in bodies(current):
        if kind == TABLE:
            found = compare_schemas(json.loads(body["schema"]), json.loads(merged[kind, name]["schema"]))
            assert [str(one) for one in found if one.kind.is_loss] == []


@given(columns(), columns())
def test_the_union_keeps_the_present_order_and_has_every_name_once(
    old: list[dict[str, Any]], current: list[dict[str, Any]]
) -> None:
    merged = [field["name"] for field in union_schema(old, current)]
    assert merged[: len(current)] == [field["name"] for field in current]
    assert sorted(merged) == sorted({field["name"] for field in [*old, *current]})


@given(stacks(), stacks())
def test_trap_8_no_protection_is_weakened(old: dict[str, Any], current: dict[str, Any]) -> None:
    merged = dict(bodies(merge(old, current)))
    for (kind, name), body in bodies(current):
        after = merged[kind, name]
        # What the current body itself does wrong is not made worse.
        assert set(protection.weakened(kind, body, after)) <= set(protection.weakened(kind, body, body))
        if body.get("lifecycle", {}).get("prevent_destroy"):
            assert after["lifecycle"]["prevent_destroy"] is True


@given(stacks(), stacks())
def test_trap_7_what_is_newer_only_is_silent_and_what_is_shared_is_as_it_was(
    old: dict[str, Any], current: dict[str, Any]
) -> None:
    merged, before = dict(bodies(merge(old, current))), dict(bodies(old))
    for (kind, name), body in bodies(current):
        if (kind, name) in before:
            assert merged[kind, name]["note"] == before[kind, name]["note"]
            if kind in (SCHEDULE, ALERT):
                assert merged[kind, name] == {**before[kind, name], **_kept(body, before[kind, name])}
        elif kind == SCHEDULE:
            assert merged[kind, name] == {**body, "disabled": True}
        elif kind == ALERT:
            assert merged[kind, name] == {**body, "enabled": False}
        else:
            assert merged[kind, name] == body


def _kept(body: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    guarded = body.get("lifecycle", {}).get("prevent_destroy") is True
    return {"lifecycle": {**old.get("lifecycle", {}), "prevent_destroy": True}} if guarded else {}


@given(stacks(), stacks())
def test_trap_19_provider_and_backend_are_the_current_ones(old: dict[str, Any], current: dict[str, Any]) -> None:
    merged = merge(old, current)
    assert (merged["terraform"], merged["provider"]) == (current["terraform"], current["provider"])


@given(stacks(), stacks())
def test_a_merge_changes_neither_side_and_with_itself_nothing(old: dict[str, Any], current: dict[str, Any]) -> None:
    sides = copy.deepcopy((old, current))
    merge(old, current)
    assert (old, current) == sides
    again = dict(bodies(merge(current, current)))
    for (kind, name), body in bodies(current):
        assert again[kind, name] == {**body, **({"schema": again[kind, name]["schema"]} if kind == TABLE else {})}


@given(stacks())
def test_schedules_off_touches_schedules_only(stack: dict[str, Any]) -> None:
    off = dict(bodies(with_schedules_off(stack)))
    for (kind, name), body in bodies(stack):
        assert off[kind, name] == ({**body, "disabled": True} if kind == SCHEDULE else body)


def field(name: str, kind: str, mode: str = "NULLABLE", **about: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "mode": mode, **about}


@pytest.mark.parametrize(
    ("old", "current", "merged"),
    [
        # Widened since: the rows may need the width.
        (field("n", "INT64"), field("n", "NUMERIC"), field("n", "NUMERIC")),
        # Relaxed since: rows may hold NULL by now.
        (field("n", "STRING", "REQUIRED"), field("n", "STRING"), field("n", "STRING")),
        # A limit lifted since; the description is the old release's again.
        (
            field("n", "STRING", maxLength="5", description="old"),
            field("n", "STRING", description="new"),
            field("n", "STRING", description="old"),
        ),
        # A policy tag put on since protects the column.
        (field("n", "STRING"), field("n", "STRING", policyTags={"names": ["pii"]}),
         field("n", "STRING", policyTags={"names": ["pii"]})),
        # A nested field that is newer stays, and may be NULL.
        (
            field("r", "RECORD", fields=[field("a", "STRING")]),
            field("r", "RECORD", fields=[field("a", "STRING"), field("b", "BOOL", "REQUIRED")]),
            field("r", "RECORD", fields=[field("a", "STRING"), field("b", "BOOL")]),
        ),
    ],
)  # fmt: skip
def test_one_column_of_both(old: dict[str, Any], current: dict[str, Any], merged: dict[str, Any]) -> None:
    assert union_schema([old], [current]) == [merged]


def test_a_bucket_keeps_its_versions_and_a_dataset_its_days() -> None:
    def stack(is_kept: bool, hours: str) -> dict[str, Any]:
        dataset = {"max_time_travel_hours": hours, "delete_contents_on_destroy": not is_kept}
        return {"resource": {BUCKET: {"s": {"versioning": {"enabled": is_kept}}}, DATASET: {"d": dataset}}}

    assert merge(stack(False, "48"), stack(True, "168"))["resource"] == stack(True, "168")["resource"]
    assert merge(stack(True, "168"), stack(False, "48"))["resource"] == stack(True, "168")["resource"]
