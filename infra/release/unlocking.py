"""Gives back the locks of states: what a dead terraform of this host left, or one that a person names by its id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from infra.errors import UsageError
from infra.holders import read_holder
from infra.release.locks import deploy_lock, is_stale, release_state, running_note, state_lock
from infra.release.site import Site
from infra.terraform import StateLocked


def unlock(site: Site, stacks: Iterable[str], lock_id: str = "") -> list[dict[str, Any]]:
    """Look at each stack's lock and release it when it is stale, or is the one of that id; says what became of each.

    Raises StateLocked for one whose holder may be alive, ConflictError while a command of this home works there.
    """
    chosen = tuple(stacks) or site.stacks
    unknown = sorted(set(chosen) - set(site.stacks))
    if unknown:
        raise UsageError(f"there is no stack {', '.join(unknown)}", fix=f"name some of {', '.join(site.stacks)}")
    site.start()
    with deploy_lock(site.home, site.name, f"unlock {site.name}"):
        return [_unlock(site, stack, lock_id) for stack in chosen]


def _unlock(site: Site, stack: str, lock_id: str) -> dict[str, Any]:
    environment = site.environment
    prefix = environment.state_prefix(stack)
    lock = state_lock(site.rest, environment.bucket, prefix)
    if lock is None:
        return {"stack": stack, "outcome": "not locked"}
    note = running_note(site.home, site.name, stack)
    if lock.id != lock_id and not is_stale(lock, read_holder(note)):
        raise StateLocked(
            stack, lock, f"wait for it; if it is certainly gone: {site.unlock_hint} {stack} --id {lock.id}"
        )
    released = release_state(site.rest, environment.bucket, prefix, lock)
    note.unlink(missing_ok=True)
    outcome = f"released the lock of {lock.holder}" if released else "was released by its holder meanwhile"
    return {"stack": stack, "outcome": outcome, "holder": lock.who, "since": lock.created, "id": lock.id}
