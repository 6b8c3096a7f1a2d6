"""Takes one object out of Terraform's hands, alive: the only `removed` block there is, and it never destroys.

For what is retired for good. A release that still declares the object takes it over again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.errors import InfraError, RefusedError, UsageError
from infra.plan.model import Action, StackPlan, read_plan
from infra.records import Release, last_release, stage, write_json
from infra.release import facts
from infra.release.bucket import Shelf
from infra.release.generations import live
from infra.release.merge import SCHEDULE, bodies
from infra.release.restore import declare_last
from infra.release.site import Site
from infra.release.synthesised import STACK_FILE, managed
from infra.terraform import write_removed

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Forgotten:
    """What was forgotten, and the record of it."""

    address: str
    stack: str
    release: Release


def without(stack: Mapping[str, Any], address: str) -> dict[str, Any]:
    """The stack without one resource, and without what only waited for it. Pure.

    Raises RefusedError when another resource uses one of its attributes.
    """
    kind, _, name = address.partition(".")
    resource: dict[str, dict[str, Any]] = {}
    for (one_kind, one_name), body in bodies(stack):
        if (one_kind, one_name) == (kind, name):
            continue
        if f"${{{address}." in json.dumps(body):
            raise RefusedError(
                f"{one_kind}.{one_name} uses {address}",
                why="its value would not be known any more",
                fix=f"deploy {one_kind}.{one_name} without it first",
            )
        waits = body.get("depends_on")
        kept = {**body, "depends_on": [one for one in waits if one != address]} if waits else dict(body)
        resource.setdefault(one_kind, {})[one_name] = kept
    return {**stack, "resource": resource}


def check(plan: StackPlan, address: str) -> None:
    """Raises RefusedError unless the plan forgets this one address and does nothing else."""
    found = {one.address: one.action for one in plan.changes}
    if plan.errored or not plan.complete or found != {address: Action.FORGET} or plan.changed_outputs:
        others = [f"{name} ({action.value})" for name, action in found.items() if name != address]
        raise RefusedError(
            f"the plan does not just forget {address}; nothing was applied",
            where=plan.stack,
            why=f"it would also change {', '.join(others)}"
            if others
            else f"it would {found.get(address, Action.NO_OP).value} it",
            fix="deploy first, so that nothing else is left to be done",
        )


def forget(site: Site, address: str, reason: str, tell: Tell) -> Forgotten:
    """Forget the address of whichever stack manages it. The deploy lock is held by whoever calls.

    Raises UsageError for an address that no stack manages, RefusedError for a schedule that would go on firing with
    nobody in charge, and when the plan would do anything else.
    """
    shelf = Shelf(site)
    shelf.catch_up()
    last = last_release(site.home, site.name)
    if last is None:
        raise InfraError("there is no release, so nothing is managed", fix=site.deploy_command)
    stack, body = _find(site, last, address)
    if address.startswith(f"{SCHEDULE}.") and body.get("disabled") is not True:
        raise RefusedError(
            f"{address} is a schedule that fires: forgotten, it would go on with nobody in charge",
            fix="declare it disabled and deploy, then forget it",
        )
    terraform = declare_last(site, stack, lambda content: without(content, address))
    staged = stage(site.home, site.name, "staged")
    file = staged / "plans" / f"{stack}.tfplan"
    file.parent.mkdir(parents=True)
    try:
        if address in managed(terraform.state()):
            write_removed(terraform.folder, address)
            terraform.plan(file)
            shown = terraform.show(file)
            check(read_plan(stack, shown), address)
            write_json(staged / "plans" / f"{stack}.json", shown)
        release = shelf.begin(staged, _draft(site, last, stack, address, reason, staged))
        if (release.folder / "plans" / file.name).is_file():
            terraform.apply(release.folder / "plans" / file.name)
    finally:
        write_removed(terraform.folder)
    tell(f"{address} is forgotten")
    done = replace(release, outcome="complete", finished=_now(), applied=(stack,), state_generations=live(site))
    return Forgotten(address, stack, shelf.finish(done))


def _find(site: Site, last: Release, address: str) -> tuple[str, Mapping[str, Any]]:
    for stack in site.stacks:
        for (kind, name), body in bodies(last.synthesised(stack) or {}):
            if f"{kind}.{name}" == address:
                return stack, body
    raise UsageError(
        f"no stack manages {address}",
        where=str(last.folder),
        fix="name it as a plan does: google_bigquery_table.creators",
    )


def _draft(site: Site, last: Release, stack: str, address: str, reason: str, staged: Path) -> Release:
    for one in last.stacks:
        content = last.synthesised(one) or {}
        write_json(staged / "stacks" / one / STACK_FILE, without(content, address) if one == stack else content)
    commit, dirty = facts.commit(site.root)
    return Release(
        0,
        site.name,
        "interrupted",
        staged,
        last.release_id,
        started=_now(),
        who=facts.who(),
        commit=commit,
        dirty=dirty,
        provider=last.provider,
        stacks=last.stacks,
        versions=last.versions,
        state_before=live(site),
        allowed={f"forget:{address}": reason},
        kind="forget",
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
