"""Nothing is destroyed, replaced or forgotten: schedules, history and alerts outlive every release."""

from __future__ import annotations

from collections.abc import Iterator

from infra.gate.verdicts import Context, Finding, finding
from infra.plan.model import Action, Plan

NAME = "no-destroy"
_WORDS = {
    Action.DELETE: "it would be destroyed",
    Action.REPLACE: "it would be destroyed and created anew",
    Action.FORGET: "Terraform would forget it: it stays alive, unmanaged, and a later release makes a second one",
}


def judge(plan: Plan, context: Context) -> Iterator[Finding]:
    """Objections to every delete, replace and forget, whatever else the plan says of the resource."""
    for one in plan.resources:
        if one.action.is_destructive:
            paths = ", ".join(".".join(map(str, path)) for path in one.replace_paths)
            because = f" because {paths} cannot be changed" if paths else ""
            yield finding(NAME, one, _WORDS[one.action] + because, _fix(one.action))


def _fix(action: Action) -> str:
    if action is Action.REPLACE:
        return "leave that argument as it is, or declare the new object beside the old one under another name"
    return "declare it again; to retire it, disable or empty it, and remove it by hand once nobody needs it"
