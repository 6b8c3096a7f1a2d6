"""No column is lost, narrowed or made required, nested ones included. Terraform calls all three "update"."""

from __future__ import annotations

from collections.abc import Iterator

from infra.gate.verdicts import Context, Finding, finding
from infra.plan.columns import UnreadableSchema, compare_schemas, read_schema
from infra.plan.model import Change, Plan
from infra.plan.values import block

NAME = "columns"
_TABLE = "google_bigquery_table"


def judge(plan: Plan, context: Context) -> Iterator[Finding]:
    """Objections to tables whose rows, or whose writers, would not survive the new schema."""
    for one in plan.resources:
        if one.type == _TABLE and one.before is not None and one.after is not None:
            yield from _judge_table(one)


def _judge_table(change: Change) -> Iterator[Finding]:
    before, after = change.before or {}, change.after or {}
    is_view, was_view = (block(side.get("view")) is not None for side in (after, before))
    if was_view and is_view:
        return
    try:
        found = compare_schemas(read_schema(before.get("schema")), read_schema(after.get("schema")))
    except UnreadableSchema as error:
        yield finding(NAME, change, f"{error}, so nobody can tell what is lost", "give the table its schema in sql/")
        return
    for one in found:
        if one.kind.is_loss:
            yield finding(NAME, change, f"column {one}", _fix(one.path))


def _fix(path: str) -> str:
    return f"leave {path} in sql/tables as it is; add a new nullable column beside it and fill that"
