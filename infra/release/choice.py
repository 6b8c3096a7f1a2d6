"""Which release a rollback goes back to, and from which. Pure: records in, records out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.errors import InfraError, UsageError
from infra.records import Release

PREVIOUS = "previous"


@dataclass(frozen=True)
class Choice:
    """`target` is gone back to; `current` is, by stack, the newest release that touched it, ended well or not."""

    target: Release
    current: Mapping[str, Release]

    @property
    def involved(self) -> tuple[Release, ...]:
        """Every release whose content is needed, oldest first."""
        found = {one.number: one for one in (self.target, *self.current.values())}
        return tuple(found[number] for number in sorted(found))


def choose(records: Sequence[Release], to: str, stacks: Sequence[str]) -> Choice:
    """What `to` means: a release's number, or "previous".

    Previous is the last complete release before the newest one; after a release that failed or was killed it is the
    last complete one; after a rollback, whatever became of it, what that went back to: so the same command again ends
    where it was meant to end. Raises InfraError when there is nothing to go back to, UsageError for a number that
    cannot be.
    """
    ordered = sorted(records, key=lambda one: one.number)
    complete = [one for one in ordered if one.outcome == "complete"]
    if not complete:
        raise InfraError("there is no release to go back to", why=_told(ordered), fix="make deploy")
    target = _previous(ordered, complete) if to == PREVIOUS else _numbered(to, complete, ordered)
    current = {
        stack: newest
        for stack in stacks
        if (newest := next((one for one in reversed(ordered) if stack in one.stacks), None)) is not None
    }
    return Choice(target, current)


def _previous(ordered: Sequence[Release], complete: Sequence[Release]) -> Release:
    newest = ordered[-1]
    if newest.kind == "rollback":
        found = next((one for one in complete if one.number == newest.target), None)
    else:
        found = next((one for one in reversed(complete) if one.number != newest.number), None)
    if found is None:
        raise InfraError(
            f"there is only one release, {newest.number}: nothing to go back to",
            why=_told(ordered),
            fix="eros-infra schedules pause stops what runs; mend the cause, then make deploy",
        )
    return found


def _numbered(to: str, complete: Sequence[Release], ordered: Sequence[Release]) -> Release:
    if not to.isdecimal():
        raise UsageError(f"there is no release {to!r}", fix=f"name its number, or {PREVIOUS}: eros-infra releases")
    if len(ordered) == 1:
        raise InfraError(f"there is only one release, {ordered[0].number}: nothing to go back to", fix="make deploy")
    found = next((one for one in complete if one.number == int(to)), None)
    if found is None:
        raise UsageError(
            f"there is no complete release {int(to)}", why=_told(ordered), fix="eros-infra releases shows them"
        )
    return found


def _told(ordered: Sequence[Release]) -> str:
    return "; ".join(f"{one.number} is {one.outcome}" for one in ordered) or "nothing was ever deployed here"
