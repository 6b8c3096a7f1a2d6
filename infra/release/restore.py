"""Repairs a damaged state: an older generation's content, counted one further, pushed under Terraform's own lock.

Only for a state that is damaged. Setting a good one back changes no infrastructure; it only orphans what is newer.
"""

from __future__ import annotations

import json
import os
import socket
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from infra.errors import ConflictError, InfraError, RefusedError, UsageError
from infra.holders import holder_of, user, write_holder
from infra.plan import read_plans
from infra.records import last_release
from infra.release.bucket import Shelf
from infra.release.generations import Generation, generations, state_object
from infra.release.locks import clear_state, release_state, running_note, state_lock
from infra.release.rollback import at_home, write_stacks
from infra.release.site import Site
from infra.release.versions import init, newest_provider, pinned
from infra.terraform import Terraform, write_imports, write_removed

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Restored:
    """What a repair came to: the generation that was brought back, and its new serial and generation."""

    stack: str
    generation: str
    serial: int
    made: str

    def as_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {"stack": self.stack, "generation": self.generation, "serial": self.serial, "made": self.made}


def repaired(wanted: Generation, every: Sequence[Generation]) -> dict[str, Any]:
    """The state to push: the wanted generation's content with the serial after the current one. Pure.

    Where the current one cannot be read, the serial follows the highest that any generation had. Raises RefusedError
    for a generation that is damaged itself, or of another lineage, which would be another stack's or an abandoned
    state.
    """
    if wanted.content is None:
        raise RefusedError(f"generation {wanted.number} is damaged itself", fix="choose an older one")
    readable = [one for one in every if one.content is not None]
    current = next((one for one in every if one.live), None)
    newest = current if current is not None and current.content is not None else readable[-1]
    if newest.lineage != wanted.lineage:
        raise RefusedError(
            f"generation {wanted.number} is of another lineage than the state",
            why=f"{wanted.lineage} and {newest.lineage}: two states with nothing in common",
            fix="choose a generation of the same lineage",
        )
    count = [one.serial or 0 for one in ([newest] if newest is current else readable)]
    return {**wanted.content, "serial": max(count) + 1}


def restore_state(site: Site, stack: str, number: str, tell: Tell) -> Restored:
    """Bring a stack's state back, then plan with nothing but a look at the target, which must find nothing else.

    The deploy lock is held by whoever calls. Raises UsageError for a stack or generation that is not there,
    StateLocked while somebody works with the state, InfraError when the target is not as the state says now.
    """
    if stack not in site.stacks:
        raise UsageError(f"there is no stack {stack!r}", fix=f"name one of {', '.join(site.stacks)}")
    every = generations(site, stack)
    wanted = next((one for one in every if one.number == number), None)
    if wanted is None:
        raise UsageError(
            f"the state of {stack} has no generation {number}",
            why=f"it has {', '.join(one.number for one in every) or 'none'}",
            fix=f"eros-infra state-restore --stack {stack} shows them",
        )
    with held_state(site, stack):
        every = generations(site, stack)
        content = repaired(wanted, every)
        current = next((one for one in every if one.live), None)
        data = (json.dumps(content, indent=2) + "\n").encode()
        made = site.rest.upload(
            site.environment.bucket, state_object(site, stack), data, current.number if current else 0
        )
        if made is None:
            raise ConflictError(f"the state of {stack} was changed by somebody else meanwhile", fix="look again")
    tell(f"{stack}: serial {content['serial']} from generation {number}")
    refreshed(site, stack)
    return Restored(stack, number, int(content["serial"]), str(made["generation"]))


@contextmanager
def held_state(site: Site, stack: str) -> Iterator[None]:
    """Hold the stack's state as Terraform does, by its lock object, and let a dead holder of this host go first."""
    environment, prefix = site.environment, site.environment.state_prefix(stack)
    note = running_note(site.home, site.name, stack)
    clear_state(site.rest, environment.bucket, prefix, stack, note, site.unlock_hint)
    note.parent.mkdir(parents=True, exist_ok=True)
    write_holder(note, holder_of(os.getpid(), f"state-restore {stack}"))
    about = {
        "ID": str(uuid.uuid4()),
        "Operation": "state-restore",
        "Info": "",
        "Who": f"{user()}@{socket.gethostname()}",
        "Version": "",
        "Created": datetime.now(UTC).isoformat(),
        "Path": f"gs://{environment.bucket}/{prefix}/default.tflock",
    }
    made = site.rest.upload(environment.bucket, f"{prefix}/default.tflock", json.dumps(about).encode(), 0)
    lock = state_lock(site.rest, environment.bucket, prefix)
    if made is None or lock is None or lock.id != str(made["generation"]):
        raise ConflictError(f"the state of {stack} was locked by somebody else meanwhile", fix="wait, then again")
    try:
        yield
    finally:
        release_state(site.rest, environment.bucket, prefix, lock)
        note.unlink(missing_ok=True)


def refreshed(site: Site, stack: str) -> None:
    """Plan the stack with a look at the target only. Raises InfraError naming what the state says otherwise.

    The other stacks are looked at too: grants that one declares are seen in the access list of another's dataset.
    """

    def look(one: str) -> dict[str, Any] | None:
        out = site.folder / f"refresh.{one}.tfplan"
        try:
            terraform = declare_last(site, one)
            terraform.plan_drift(out)
            return terraform.show(out)
        except InfraError:
            if one == stack:
                raise
            return None  # it may be damaged as well, and have its turn after this one
        finally:
            out.unlink(missing_ok=True)

    found = {one: shown for one in site.stacks if (shown := look(one)) is not None}
    (drift,) = (plan.drift for plan in read_plans(found) if plan.stack == stack)
    if drift:
        raise InfraError(
            f"the state of {stack} is pushed, but the target is not as it says",
            why="; ".join(f"{one.address} ({', '.join(one.changed) or one.action.value})" for one in drift),
            fix=f"{site.deploy_command}: what was made or changed since that generation is taken over and made right",
        )


def declare_last(site: Site, stack: str, change: Callable[[dict[str, Any]], Mapping[str, Any]] = dict) -> Terraform:
    """Terraform in the stack's folder, made ready with what the last complete release declares there."""
    from infra.release.way import place

    archive = Shelf(site)
    archive.catch_up()
    release = last_release(site.home, site.name)
    content = release.synthesised(stack) if release is not None else None
    if release is None or content is None:
        raise InfraError(f"no release declares {stack}", fix=site.deploy_command)
    version = newest_provider([release])
    write_stacks(site, {stack: change(pinned(at_home(content, site.environment.endpoint), version))})
    place(replace(site, stacks=(stack,)))
    terraform = site.terraform(stack, site.folder / "staged" / "logs")
    write_imports(terraform.folder, {})
    write_removed(terraform.folder)
    init(terraform, version)
    return terraform
