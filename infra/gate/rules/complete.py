"""A plan that is errored, incomplete or of an unknown make says nothing about what an apply would do."""

from __future__ import annotations

from collections.abc import Iterator

from infra.gate.verdicts import Context, Finding
from infra.plan.model import Action, Plan

NAME = "complete-plan"


def judge(plan: Plan, context: Context) -> Iterator[Finding]:
    """Objections to whole stacks, and to actions that the reader does not know."""
    if not plan.stacks:
        yield Finding(NAME, "*", "*", "there is no plan of any stack", "eros-infra plan")
    for stack in plan.stacks:
        again = "mend what Terraform reported, then plan again"
        if stack.errored:
            yield Finding(NAME, stack.stack, stack.stack, "its plan is errored", again)
        elif not stack.complete:
            yield Finding(NAME, stack.stack, stack.stack, "its plan is incomplete: changes were deferred", again)
        elif stack.changes and not stack.applyable:
            yield Finding(NAME, stack.stack, stack.stack, "Terraform calls its plan not applyable", again)
        for one in stack.resources:
            if one.action is Action.UNKNOWN:
                yield Finding(NAME, stack.stack, one.address, "the plan does something this gate does not know", again)
