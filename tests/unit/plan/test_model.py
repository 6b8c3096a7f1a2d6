import json

import pytest

from infra.errors import InfraError
from infra.plan import Action, Plan, read_plan
from infra.plan.values import SENSITIVE, SENSITIVE_CHANGED, UNKNOWN, Mark, thawed
from tests.plans import change, created, fixture, shown, unchanged, updated


def by_address(plan):
    return {one.address: one for one in plan.resources}


def test_what_terraform_prints_becomes_one_change_per_resource():
    found = by_address(read_plan("warehouse", fixture("builtin_changes")))
    assert {address: one.action for address, one in found.items()} == {
        "terraform_data.a": Action.REPLACE,
        "terraform_data.b2": Action.UPDATE,
        "terraform_data.c": Action.FORGET,
        "terraform_data.d": Action.IMPORT,
    }
    assert found["terraform_data.a"].replace_paths == (("triggers_replace",),)
    assert found["terraform_data.a"].reason == "replace_because_cannot_update"
    assert found["terraform_data.b2"].previous_address == "terraform_data.b"
    assert found["terraform_data.d"].importing == "xyz"


def test_a_value_that_only_the_apply_knows_is_marked():
    found = by_address(read_plan("warehouse", fixture("builtin_changes")))["terraform_data.b2"]
    assert (found.before["output"], found.after["output"]) == ("hello", UNKNOWN)
    assert found.changed == ("input", "output")


def test_no_sensitive_value_gets_past_the_reader():
    shown_by_terraform = fixture("builtin_changes")
    assert "hunter2" in json.dumps(shown_by_terraform) and "hunter3" in json.dumps(shown_by_terraform)
    plan = read_plan("warehouse", shown_by_terraform)
    assert "hunter" not in repr(plan)
    found = by_address(plan)["terraform_data.a"]
    assert (found.before["input"]["s"], found.after["input"]["s"]) == (SENSITIVE, SENSITIVE_CHANGED)
    assert found.after["input"]["q"] == "x"


@pytest.mark.parametrize("flags", [{"before_sensitive": {"key": True}}, {"after_sensitive": {"key": True}}])
def test_a_value_that_is_sensitive_on_one_side_is_hidden_on_both(flags):
    plan = read_plan("s", shown(change("google_x.a", "update", {"key": "old-word"}, {"key": "new-word"}, **flags)))
    assert "word" not in repr(plan)
    assert by_address(plan)["google_x.a"].changed == ("key",)


def test_sensitive_things_are_hidden_inside_lists_and_as_whole_blocks():
    before = {"one": [{"a": "word", "b": 1}], "two": [{"c": "word"}], "three": {"d": "word"}}
    sensitive = {"one": [{"a": True}], "two": True, "three": True}
    plan = read_plan("s", shown(change("google_x.a", "update", before, before, before_sensitive=sensitive)))
    assert "word" not in repr(plan)
    found = by_address(plan)["google_x.a"]
    assert (
        thawed(found.before)
        == thawed(found.after)
        == {"one": [{"a": SENSITIVE, "b": 1}], "two": SENSITIVE, "three": SENSITIVE}
    )


def test_unknown_values_are_marked_inside_lists_and_blocks():
    unknown = {"id": True, "rows": [{"key": True}], "map": {"a": True}, "known": {}}
    plan = read_plan(
        "s", shown(change("google_x.a", "create", None, {"rows": [{"n": 1}], "known": {}}, after_unknown=unknown))
    )
    after = by_address(plan)["google_x.a"].after
    assert thawed(after) == {"id": UNKNOWN, "rows": [{"n": 1, "key": UNKNOWN}], "map": {"a": UNKNOWN}, "known": {}}
    assert isinstance(after["id"], Mark)


def test_an_errored_plan_says_so_and_is_not_empty():
    plan = read_plan("warehouse", fixture("builtin_errored"))
    assert (plan.errored, plan.complete, plan.applyable, plan.is_empty) == (True, False, False, False)


def test_a_plan_that_does_not_say_whether_it_is_whole_counts_as_errored():
    without = shown()
    del without["errored"], without["complete"]
    plan = read_plan("s", without)
    assert (plan.errored, plan.complete) == (True, False)


def test_nothing_to_apply_is_an_empty_plan():
    plan = read_plan("s", shown(unchanged("google_x.a", key=1)))
    assert plan.is_empty and Plan((plan,)).is_empty
    assert not read_plan("s", shown(output_changes={"o": {"actions": ["update"]}})).is_empty
    assert read_plan("s", shown(output_changes={"o": {"actions": ["no-op"]}})).is_empty


def test_the_worst_comes_first_over_all_stacks():
    first = read_plan("a", shown(created("google_x.a"), updated("google_x.b", {"k": 1}, k=2)))
    second = read_plan("b", shown(change("google_x.c", "delete", {"k": 1}), change("google_x.d", "replace", {}, {})))
    plan = Plan((first, second))
    assert [one.address for one in plan.changes] == ["google_x.c", "google_x.d", "google_x.b", "google_x.a"]
    assert dict(plan.counts) == {Action.DELETE: 1, Action.REPLACE: 1, Action.UPDATE: 1, Action.CREATE: 1}


@pytest.mark.parametrize("actions", [["create", "delete"], ["delete", "create"], ["create", "forget"]])
def test_every_order_of_destroying_and_creating_is_a_replacement(actions):
    one = change("google_x.a", "no-op", {}, {})
    one["change"]["actions"] = actions
    assert read_plan("s", shown(one)).resources[0].action is Action.REPLACE


@pytest.mark.parametrize("actions", [["explode"], ["update", "create"], []])
def test_an_action_that_the_reader_does_not_know_is_called_unknown(actions):
    one = change("google_x.a", "no-op", {}, {})
    one["change"]["actions"] = actions
    assert read_plan("s", shown(one)).resources[0].action is Action.UNKNOWN


def test_a_plan_cannot_be_changed_by_who_reads_it():
    found = read_plan("s", shown(created("google_x.a", tags={"k": [1]}))).resources[0]
    with pytest.raises(TypeError):
        found.after["tags"]["k"] = 2
    assert found.after["tags"]["k"] == (1,)


@pytest.mark.parametrize("wrong", [{}, {"format_version": "1.0"}, {"format_version": "2.0", "terraform_version": "9"}])
def test_what_is_no_plan_is_refused_by_name(wrong):
    with pytest.raises(InfraError, match="stack automation"):
        read_plan("automation", wrong)


def test_the_provider_versions_are_read():
    assert dict(read_plan("s", shown()).providers) == {"registry.terraform.io/hashicorp/google": "~> 6.50"}
