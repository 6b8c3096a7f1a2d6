"""The Plan, and its reader: `terraform show -json` of saved plans (format 1.2) -> frozen values.

Read from JSON, never from the text for people. Source: developer.hashicorp.com/terraform/internals/json-format.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from infra.errors import InfraError
from infra.plan.values import (
    SENSITIVE,
    SENSITIVE_CHANGED,
    either,
    frozen,
    leaks,
    masked,
    secrets_in,
    with_unknown,
)

_CHANGES = ("resource_changes", "resource_drift")
Grant = tuple[str, str, str]
"""Dataset, role, member."""
_GRANT = "google_bigquery_dataset_iam_member"
READABLE_FORMAT = "1"
"""Major version of the format; a newer minor version only adds."""
STAND_IN = "stand-in"
"""What `infra.local.provider.install` calls the provider that is not Google's."""


class Action(Enum):
    """What becomes of a resource. The worst comes first, which is the order of every report."""

    DELETE = "delete"
    REPLACE = "replace"
    FORGET = "forget"
    UPDATE = "update"
    CREATE = "create"
    IMPORT = "import"
    MOVE = "move"
    READ = "read"
    NO_OP = "no-op"
    UNKNOWN = "unknown"
    """An action this reader does not know; the gate refuses it."""

    @property
    def is_destructive(self) -> bool:
        """Whether the object, or our hold on it, is lost."""
        return self in (Action.DELETE, Action.REPLACE, Action.FORGET)


@dataclass(frozen=True)
class Change:
    """One resource of a plan. `before` is None when it does not exist yet, `after` when it will not any more.

    A sensitive value is a SENSITIVE mark in both, a value that only the apply will tell is UNKNOWN in `after`.
    """

    stack: str
    address: str
    type: str
    name: str
    provider: str
    action: Action
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    replace_paths: tuple[tuple[str | int, ...], ...] = ()
    importing: str | None = None
    previous_address: str | None = None
    reason: str = ""
    mode: str = "managed"

    @property
    def changed(self) -> tuple[str, ...]:
        """Top-level arguments that differ, sorted; a value that is not known yet counts as differing."""
        before, after = self.before or {}, self.after or {}
        return tuple(sorted(key for key in {*before, *after} if before.get(key) != after.get(key)))


@dataclass(frozen=True)
class StackPlan:
    """What Terraform will do to one stack. `resources` holds the unchanged ones too: rules compare across them."""

    stack: str
    resources: tuple[Change, ...] = ()
    drift: tuple[Change, ...] = ()
    format_version: str = "1.2"
    terraform_version: str = ""
    providers: Mapping[str, str] = field(default_factory=dict)
    """Version constraint by full name."""
    errored: bool = False
    complete: bool = True
    applyable: bool = True
    changed_outputs: tuple[str, ...] = ()
    grants: frozenset[Grant] = frozenset()
    """Who may do what in which dataset by a resource of this stack: recorded, found or planned."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """What will change, worst first, then by address."""
        changing = (one for one in self.resources if one.action not in (Action.NO_OP, Action.READ))
        order = list(Action)
        return tuple(sorted(changing, key=lambda one: (order.index(one.action), one.address)))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to apply; an errored plan is not empty, because nobody knows."""
        return not self.changes and not self.changed_outputs and not self.errored and self.complete


@dataclass(frozen=True)
class Plan:
    """The plans of all stacks, made together and judged together, before the first of them is applied."""

    stacks: tuple[StackPlan, ...]
    environment: str = "local"
    provider: str = ""
    """Which plugin made it: STAND_IN, or the real one's version."""

    @property
    def resources(self) -> Iterator[Change]:
        """All resources, the unchanged ones too."""
        return (one for stack in self.stacks for one in stack.resources)

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes, worst first, then in the order of the stacks."""
        order = list(Action)
        found = [one for stack in self.stacks for one in stack.changes]
        return tuple(sorted(found, key=lambda one: order.index(one.action)))

    @property
    def counts(self) -> Mapping[Action, int]:
        """How many changes of each action, worst first."""
        found = self.changes
        return {action: n for action in Action if (n := sum(one.action is action for one in found))}

    @property
    def is_empty(self) -> bool:
        """Whether no stack has anything to apply."""
        return all(stack.is_empty for stack in self.stacks)

    @property
    def is_stand_in(self) -> bool:
        """Whether Google's own provider had no part in it: it shows Terraform's mechanics, not Google's behaviour."""
        return self.provider == STAND_IN


def read_plan(stack: str, shown: Mapping[str, Any]) -> StackPlan:
    """One stack's plan from the parsed output of `terraform show -json`.

    Raises InfraError when it is not the JSON of a plan, or of a format that this reader does not know.
    """
    version = shown.get("format_version")
    if not isinstance(version, str) or "terraform_version" not in shown:
        raise InfraError(f"stack {stack}: this is no plan", why="it has no format_version", fix="terraform show -json")
    if version.partition(".")[0] != READABLE_FORMAT:
        raise InfraError(f"stack {stack}: plans of format {version} cannot be read", fix="use Terraform 1.x")
    secrets = frozenset(_secrets(shown))
    resources, drift = (tuple(_change(stack, one, secrets) for one in shown.get(key) or ()) for key in _CHANGES)
    outputs = shown.get("output_changes") or {}
    return StackPlan(
        stack=stack,
        resources=resources,
        drift=drift,
        format_version=version,
        terraform_version=str(shown["terraform_version"]),
        providers=frozen(_providers(shown)),
        errored=shown.get("errored") is not False,
        complete=shown.get("complete") is True,
        applyable=shown.get("applyable") is True,
        changed_outputs=tuple(sorted(name for name, one in outputs.items() if one.get("actions") != ["no-op"])),
        grants=frozenset(_grants(shown)),
    )


def _grants(shown: Mapping[str, Any]) -> Iterator[Grant]:
    root = ((shown.get("prior_state") or {}).get("values") or {}).get("root_module") or {}
    planned = (one for key in _CHANGES for one in shown.get(key) or () if one["type"] == _GRANT)
    sides = [one.get("values") for one in root.get("resources") or () if one["type"] == _GRANT]
    sides += [one["change"].get(side) for one in planned for side in ("before", "after")]
    for side in sides:
        if side is not None:
            yield str(side.get("dataset_id")), str(side.get("role")), str(side.get("member"))


def _secrets(shown: Mapping[str, Any]) -> Iterator[str]:
    """All texts that Terraform calls sensitive anywhere in the plan."""
    declared = ((shown.get("configuration") or {}).get("root_module") or {}).get("variables") or {}
    for name, given in (shown.get("variables") or {}).items():
        yield from secrets_in(given.get("value"), declared.get(name, {}).get("sensitive"))
    for one in (one for key in _CHANGES for one in shown.get(key) or ()):
        for side in ("before", "after"):
            yield from secrets_in(one["change"].get(side), one["change"].get(f"{side}_sensitive"))


def _change(stack: str, shown: Mapping[str, Any], secrets: Collection[str]) -> Change:
    change = shown["change"]
    before, after = change.get("before"), change.get("after")
    sensitive = either(change.get("before_sensitive"), change.get("after_sensitive"))
    for side in (before, after) if secrets else ():
        sensitive = either(sensitive, leaks(side, secrets))
    seen = masked(after, sensitive, before, SENSITIVE if before is None else SENSITIVE_CHANGED)
    return Change(
        stack=stack,
        address=str(shown["address"]),
        type=str(shown["type"]),
        name=str(shown["name"]),
        provider=str(shown.get("provider_name", "")),
        action=_action(change, shown),
        before=frozen(masked(before, sensitive, before)),
        after=frozen(with_unknown(seen, change.get("after_unknown"))),
        replace_paths=tuple(tuple(path) for path in change.get("replace_paths") or ()),
        importing=(change.get("importing") or {}).get("id"),
        previous_address=shown.get("previous_address"),
        reason=str(shown.get("action_reason", "")),
        mode=str(shown.get("mode", "managed")),
    )


def _action(change: Mapping[str, Any], shown: Mapping[str, Any]) -> Action:
    actions: Sequence[str] = change.get("actions") or ()
    if "delete" in actions or "forget" in actions:
        return Action.REPLACE if "create" in actions else Action.DELETE if "delete" in actions else Action.FORGET
    if list(actions) == ["no-op"]:
        if change.get("importing"):
            return Action.IMPORT
        return Action.MOVE if shown.get("previous_address") else Action.NO_OP
    try:
        return Action(actions[0]) if len(actions) == 1 else Action.UNKNOWN
    except ValueError:
        return Action.UNKNOWN


def _providers(shown: Mapping[str, Any]) -> dict[str, str]:
    configured = (shown.get("configuration") or {}).get("provider_config") or {}
    return {one["full_name"]: one.get("version_constraint", "") for one in configured.values() if "full_name" in one}
