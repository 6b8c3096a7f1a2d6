"""All rules over one plan."""

from __future__ import annotations

from types import ModuleType

from infra.errors import UsageError
from infra.gate.rules import access, columns, complete, cost, destroy, known, labels, protection, schedule_times
from infra.gate.verdicts import Context, Finding, Verdicts
from infra.plan.model import Plan

RULES: tuple[ModuleType, ...] = (
    complete,
    known,
    destroy,
    columns,
    protection,
    access,
    schedule_times,
    labels,
    cost,
)
"""The worst first. Each has a NAME and `judge(plan, context)`, which yields findings."""


def judge(plan: Plan, context: Context) -> Verdicts:
    """What every rule says of the plan. Raises UsageError when an allowance meets no finding."""
    found: list[Finding] = [one for rule in RULES for one in rule.judge(plan, context)]
    allowances = {(one.rule, one.address): one for one in context.allowances}
    refused, allowed, used = [], [], set()
    for one in found:
        allowance = allowances.get((one.rule, one.address)) if one.allowable else None
        if allowance is None:
            refused.append(one)
        else:
            allowed.append((one, allowance))
            used.add((one.rule, one.address))
    unused = [f"{rule}:{address}" for rule, address in allowances if (rule, address) not in used]
    if unused:
        raise UsageError(
            f"--allow {', '.join(unused)} meets no finding of this plan",
            why="what it was meant for is not there, or is written otherwise",
            fix="eros-infra plan shows the findings; leave the flag away or correct the address",
        )
    unjudged = (cost.NAME,) if context.rises is None and cost.concerns(plan) else ()
    return Verdicts(tuple(rule.NAME for rule in RULES), tuple(refused), tuple(allowed), unjudged)
