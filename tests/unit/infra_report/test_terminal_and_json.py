"""The terminal's text and the JSON document: the same facts as everywhere, and nothing that a terminal would obey."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from infra.dry_runs import DryRun, Spent
from infra.gate import ReviewContext, read_allowances, review
from infra.plan.costs import CostChange, Estimate
from infra.report import facts, terminal
from infra.report import json as as_json
from tests.plans import change, created, fixture, shown, table, unchanged, updated

MIB = 1024**2


def printed(found, phases=(), *, colours=False, **options):
    console = Console(
        file=io.StringIO(), width=160, force_terminal=colours, color_system="truecolor" if colours else None
    )
    console.print(terminal.render(found, phases, **options))
    return console.file.getvalue()


def of(*changes, **context):
    return review({"warehouse": shown(*changes)}, ReviewContext(**{"provider": "stand-in", **context}))


@pytest.fixture(scope="module")
def harmful():
    return review({"warehouse": fixture("warehouse_harmful")}, ReviewContext(provider="stand-in"))


def test_the_verdict_comes_before_the_changes_and_the_worst_change_first(harmful):
    text = printed(harmful)
    order = [
        text.index(one)
        for one in (
            "stand-in provider",
            "1 destroyed",
            "The gate refuses",
            "✗ columns",
            "- google_bigquery_table.old_name  delete",
            "~ google_bigquery_dataset.eros  update",
            "+ google_bigquery_table.new_name  create",
        )
    ]
    assert order == sorted(order)


def test_an_objection_says_where_why_and_what_to_do(harmful):
    lines = [line.strip() for line in printed(harmful).splitlines()]
    at = lines.index("✗ columns  column is_active lost: BOOL")
    assert lines[at + 1] == "google_bigquery_table.creators in warehouse"
    assert (
        lines[at + 2] == "do: leave is_active in sql/tables as it is; add a new nullable column beside it and fill that"
    )


def test_where_the_console_does_not_wrap_nothing_is_cut(harmful):
    narrow = Console(file=io.StringIO(), width=30)
    narrow.print(
        terminal.render(harmful, [{"phase": "p", "note": "a note of more than thirty characters"}]), soft_wrap=True
    )
    whole = "do: leave is_active in sql/tables as it is; add a new nullable column beside it and fill that"
    assert f"    {whole}" in narrow.file.getvalue().splitlines()
    assert "a note of more than thirty characters" in narrow.file.getvalue()


def test_a_wrapped_line_keeps_its_indent(harmful):
    narrow = Console(file=io.StringIO(), width=40)
    narrow.print(terminal.render(harmful))
    lines = narrow.file.getvalue().splitlines()
    at = lines.index("    do: leave is_active in sql/tables as")
    assert lines[at + 1].startswith("    it is; add")


def test_labels_alone_take_one_line():
    found = of(updated("google_bigquery_table.t", table(description="a"), description="b", etag="x"))
    assert "~ google_bigquery_table.t  update  description: a -> b\n" in printed(found)
    assert "etag" not in printed(found, verbose=True)


def test_equal_objections_are_told_once():
    found = of(*(created(f"google_bigquery_table.t{number}", **table(labels=None)) for number in range(3)))
    text = printed(found)
    assert text.count("labels lack system=eros") == 1 and "The gate refuses: 3 objections" in text


def test_what_is_new_is_told_in_a_line_unless_all_is_asked_for():
    body = "\n".join(f"SELECT {number};" for number in range(100))
    new = created("google_bigquery_routine.f", routine_id="f", routine_type="PROCEDURE", definition_body=body)
    # one line CREATE, 100 of the body
    assert "+ google_bigquery_routine.f  create  procedure of 101 lines" in printed(of(new))
    assert "SELECT 77;" not in printed(of(new)) and "SELECT 77;" in printed(of(new), verbose=True)


def test_a_long_diff_is_cut_and_says_so():
    body = "\n".join(f"SELECT {number};" for number in range(100))
    found = of(updated("google_bigquery_routine.f", {"routine_id": "f", "definition_body": "x"}, definition_body=body))
    text = printed(found)
    assert "more lines of SQL; --verbose shows them" in text and "SELECT 99;" not in text
    assert "SELECT 99;" in printed(found, verbose=True)


@given(
    st.text(alphabet=st.characters(categories=("L", "Cc", "Cf", "Zl", "Zp")))
    | st.sampled_from(["\x1b]0;x\x07", "[red]x[/red]"])
)
def test_no_text_of_a_plan_moves_the_cursor_or_styles_the_line(text):
    found = of(updated("google_bigquery_routine.f", {"definition_body": "x", "description": "a"}, description=text))
    assert not set(printed(found)) & {chr(one) for one in range(32) if chr(one) != "\n"} - {"\n"}
    assert "\u202e" not in printed(found)
    if text == "[red]x[/red]":
        assert text in printed(found)


def test_a_sensitive_value_is_in_no_report():
    plan = {"warehouse": fixture("builtin_changes")}
    found = review(plan, ReviewContext())
    assert "hunter" not in printed(found, verbose=True) + as_json.render(found)


def cost(**more):
    before = Estimate(10 * MIB, 24, 8, 0)
    return CostChange(
        "automation", "a.sweep", "sweep", before, Estimate(20 * MIB, 24, 8, 2), Spent(5 * MIB, 23.9), **more
    )


def test_costs_stand_beside_what_was_really_spent():
    # 10 MiB x 24 / 2^40 x $6.25 = $0.0014; 20 MiB: $0.0029; really 5 MiB a day: $0.00003
    assert facts.cost_row(cost()) == ("sweep", "20 MiB", "24", "$0.0014", "$0.0029", "$0.0000")
    notes = list(facts.cost_notes([cost()]))
    assert (
        "an estimate" in notes[0]
        and notes[1] == "sweep: 2 of 8 statements could not be dry-run and count with whole tables"
    )


def test_a_cost_that_nobody_can_tell_is_no_number():
    unknown = CostChange("automation", "a.sweep", "sweep", None, None, None, "a script cannot be taken apart")
    assert facts.cost_row(unknown) == ("sweep", "?", "?", "?", "?", "–")
    assert list(facts.cost_notes([unknown]))[1] == "sweep: a script cannot be taken apart"


def test_phases_are_told_with_their_times(harmful):
    phases = [{"phase": "gates", "seconds": 31.24, "outcome": "ok", "note": "five passed"}]
    assert "gates  ok       31.2 s  five passed" in printed(harmful, phases)


def test_what_changed_behind_terraforms_back_is_told():
    drifted = change("google_bigquery_table.t", "update", table(), table(description="by hand"))
    counted = change("google_bigquery_table.v", "update", table(num_rows=1), table(num_rows=2))
    gone = change("google_bigquery_table.u", "delete", table(), None)
    found = review({"warehouse": shown(resource_drift=[drifted, gone, counted])}, ReviewContext())
    text = printed(found)
    assert "Changed outside Terraform" in text
    assert "warehouse: google_bigquery_table.t differs in description" in text
    assert "warehouse: google_bigquery_table.u is gone" in text
    assert "google_bigquery_table.v" not in text


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (of(unchanged("google_bigquery_table.t", **table())), "No changes: the target is as declared"),
        (
            review({"s": shown(output_changes={"o": {"actions": ["update"]}})}, ReviewContext()),
            "1 output changed, no object",
        ),
        (of(created("google_bigquery_routine.f")), "The gate is undecided: nobody judged cost"),
        (of(unchanged("google_bigquery_table.t", **table())), "The gate passes: 9 rules"),
    ],
)
def test_one_line_says_how_it_stands(found, line):
    assert line in printed(found)


def test_colours_are_only_for_a_terminal(harmful):
    assert "\x1b[" in printed(harmful, colours=True) and "\x1b[" not in printed(harmful)


def test_the_document_holds_what_the_others_show(harmful):
    document = json.loads(as_json.render(harmful, [{"phase": "plan", "seconds": 1.0, "outcome": "ok"}]))
    assert document["format"] == as_json.FORMAT
    assert document["stand_in"] is True and document["empty"] is False
    assert document["counts"] == {"delete": 1, "replace": 1, "update": 3, "create": 1} | document["counts"]
    assert document["gate"]["passed"] is False
    lost = next(one for one in document["changes"] if one["address"] == "google_bigquery_table.creators")
    assert lost["columns"] == [{"path": "is_active", "kind": "lost", "before": "BOOL", "after": ""}]
    assert set(lost["refused"]) == {"columns", "protection"}
    assert lost["before"]["table_id"] == "creators" and lost["action"] == "update"
    assert document["phases"] == [{"phase": "plan", "seconds": 1.0, "outcome": "ok"}]
    assert document["costs"] is None


def test_the_document_tells_costs_and_allowances(monkeypatch):
    quota = {"quota_id": "QueryUsagePerDay", "quota_config": [{"preferred_value": "1677721"}]}
    raised = updated("google_cloud_quotas_quota_preference.day", quota, quota_config=[{"preferred_value": "3355442"}])
    from infra.catalog import build_catalog
    from sql import SqlSettings

    catalog = build_catalog([], SqlSettings())
    allowances = read_allowances(["cost:google_cloud_quotas_quota_preference.day=twice as many pages now"])
    found = of(raised, catalog=catalog, dry_run=lambda text: DryRun(), allowances=allowances)
    document = json.loads(as_json.render(found))
    assert document["gate"]["allowed"][0]["allowed_because"] == "twice as many pages now"
    assert document["costs"] == []
    assert "because: twice as many pages now" in printed(found)
