"""From the synthesised stacks to saved plans of all of them: adopted, planned, shown, and nothing applied yet."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from infra.release.adopt import Existing, adoptions
from infra.release.site import Site
from infra.release.synthesised import Wanted, managed, read_stack, stack_folder, wanted
from infra.release.versions import init
from infra.terraform import Message, write_imports, write_removed

Answer = TypeVar("Answer")
Survey = Callable[[Site, Iterable[Wanted]], Iterable[Existing]]


@dataclass(frozen=True)
class StackPlanned:
    """One stack's saved plan. `adopted` is what it imports, id by address; `changes` whether it does anything."""

    stack: str
    file: Path
    shown: Mapping[str, Any]
    changes: bool
    adopted: Mapping[str, str]


@dataclass(frozen=True)
class Planned:
    """The plans of all stacks in the order in which they are applied, and the configurations they were made from."""

    stacks: tuple[StackPlanned, ...]
    configurations: Mapping[str, Mapping[str, Any]]

    @property
    def shown(self) -> dict[str, Mapping[str, Any]]:
        """`terraform show -json` by stack."""
        return {one.stack: one.shown for one in self.stacks}

    @property
    def changing(self) -> tuple[StackPlanned, ...]:
        """The stacks that have something to apply."""
        return tuple(one for one in self.stacks if one.changes)

    @property
    def adopted(self) -> int:
        """How many objects are taken over."""
        return sum(len(one.adopted) for one in self.stacks)


def plan_all(
    site: Site, folder: Path, survey: Survey, tell: Callable[[str], None], least_provider: str = ""
) -> Planned:
    """Plan every stack and save the plans in `folder`/plans, several at once.

    `least_provider` is the version that wrote the state. Raises RefusedError for an older one and for a name that
    exists twice, StateLocked for a state in somebody's hands, or the first stack's InfraError.
    """
    configurations = {stack: read_stack(site.out, stack) for stack in site.stacks}
    declared = {stack: wanted(stack, configurations[stack], site.environment.project) for stack in site.stacks}
    existing = tuple(survey(site, [one for stack in site.stacks for one in declared[stack]]))
    (folder / "plans").mkdir(parents=True, exist_ok=True)

    def plan(stack: str) -> StackPlanned:
        terraform = site.terraform(stack, folder / "logs", _teller(stack, tell))
        write_removed(stack_folder(site.out, stack))  # one that was interrupted may have left it
        init(terraform, least_provider)
        in_state = managed(terraform.state())
        adopted = adoptions(declared[stack], existing, in_state)
        write_imports(stack_folder(site.out, stack), adopted)
        file = folder / "plans" / f"{stack}.tfplan"
        changes = terraform.plan(file)
        tell(f"{stack}: planned")
        return StackPlanned(stack, file, terraform.show(file), changes, adopted)

    return Planned(tuple(at_once(plan, site.stacks)), configurations)


def plan_again(site: Site, folder: Path, tell: Callable[[str], None]) -> dict[str, list[str]]:
    """Plan every stack anew, with nothing to adopt; returns what would still change, by stack; none if all is well."""

    def plan(stack: str) -> list[str]:
        write_imports(stack_folder(site.out, stack), {})
        left: list[str] = []

        def note(message: Message) -> None:
            if message.kind in ("planned_change", "resource_drift"):
                left.append(f"{message.address} ({message.action})")

        file = folder / "plans" / f"{stack}.again.tfplan"
        changes = site.terraform(stack, folder / "logs" / "again", note).plan(file)
        file.unlink(missing_ok=True)
        tell(f"{stack}: planned again")
        return left or ["its outputs"] if changes else []

    found = zip(site.stacks, at_once(plan, site.stacks), strict=True)
    return {stack: left for stack, left in found if left}


def at_once(work: Callable[[str], Answer], items: Iterable[str]) -> list[Answer]:
    """Do the work for all items, as many at once as this machine can bear; the first error is raised at the end."""
    workers = min(5, max(2, os.cpu_count() or 2))
    with ThreadPoolExecutor(workers, thread_name_prefix="terraform") as pool:
        pending = [pool.submit(work, one) for one in items]
    return [one.result() for one in pending]


def _teller(stack: str, tell: Callable[[str], None]) -> Callable[[Message], None]:
    def heard(message: Message) -> None:
        if message.kind in ("refresh_complete", "planned_change") and message.address:
            tell(f"{stack}: {message.address}")

    return heard
