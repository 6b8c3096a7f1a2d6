"""The review as one JSON document: the same facts, for a program. Sensitive values are marks, as everywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from infra.dry_runs import Spent
from infra.gate import Review
from infra.plan.columns import ColumnChange
from infra.plan.costs import CostChange, Estimate
from infra.plan.model import StackPlan
from infra.plan.values import thawed
from infra.report import facts
from infra.report.facts import Phases, Told
from infra.report.secrets import everywhere

FORMAT = 1
"""Counts up when a reader of the document would have to change."""


def render(review: Review, phases: Phases = ()) -> str:
    """The document, indented, keys in a fixed order."""
    return json.dumps(as_dict(review, phases), indent=2, ensure_ascii=False) + "\n"


def as_dict(review: Review, phases: Phases = ()) -> dict[str, Any]:
    """The document before it is written."""
    plan = review.plan
    document = {
        "format": FORMAT,
        "environment": plan.environment,
        "provider": plan.provider,
        "stand_in": plan.is_stand_in,
        "empty": plan.is_empty,
        "summary": facts.counts(plan),
        "counts": {action.value: number for action, number in plan.counts.items()},
        "gate": review.verdicts.as_dict(),
        "stacks": [_stack(one) for one in plan.stacks],
        "changes": [_change(one) for one in facts.told(review)],
        "drift": list(facts.drift_lines(plan)),
        "costs": None if review.costs is None else [_cost(one) for one in review.costs],
        "phases": [dict(one) for one in phases],
    }
    return dict(everywhere(document))


def _stack(stack: StackPlan) -> dict[str, Any]:
    return {
        "stack": stack.stack,
        "terraform_version": stack.terraform_version,
        "providers": dict(stack.providers),
        "changes": len(stack.changes),
        "resources": len(stack.resources),
        "changed_outputs": list(stack.changed_outputs),
        "errored": stack.errored,
        "complete": stack.complete,
        "applyable": stack.applyable,
    }


def _change(told: Told) -> dict[str, Any]:
    change, detail = told.change, told.detail
    return {
        "stack": change.stack,
        "address": change.address,
        "type": change.type,
        "action": change.action.value,
        "reason": change.reason,
        "importing": change.importing,
        "previous_address": change.previous_address,
        "replace_paths": thawed(change.replace_paths),
        "headline": detail.headline,
        "refused": list(told.refused),
        "words": list(detail.words),
        "arguments": list(detail.arguments),
        "columns": [_column(one) for one in detail.columns],
        "diffs": [{"title": one.title, "lines": list(one.lines)} for one in detail.diffs],
        "reach": {name: list(names) for name, names in vars(told.reach).items()},
        "changed": list(change.changed),
        "before": thawed(change.before),
        "after": thawed(change.after),
    }


def _column(column: ColumnChange) -> dict[str, Any]:
    return {"path": column.path, "kind": column.kind.value, "before": column.before, "after": column.after}


def _cost(cost: CostChange) -> dict[str, Any]:
    return {
        "stack": cost.stack,
        "address": cost.address,
        "name": cost.name,
        "before": _estimate(cost.before),
        "after": _estimate(cost.after),
        "rise_dollars_per_day": cost.rise,
        "last_week": _spent(cost.last_week),
        "unknown": cost.unknown,
    }


def _estimate(estimate: Estimate | None) -> Mapping[str, Any] | None:
    if estimate is None:
        return None
    return {**vars(estimate), "bytes_per_day": estimate.bytes_per_day, "dollars_per_day": estimate.dollars_per_day}


def _spent(spent: Spent | None) -> Mapping[str, Any] | None:
    return None if spent is None else {**vars(spent), "dollars_per_day": spent.dollars_per_day}
