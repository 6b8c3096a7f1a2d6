"""The steps of a rollback in earnest: the transfer service, this machine's provider, Google's clients."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from infra.gate import Review, read_allowances
from infra.local_target import install_provider
from infra.records import Release
from infra.release import held
from infra.release.deploy import Parts, Tell
from infra.release.parts import schedules_of
from infra.release.planning import Planned
from infra.release.restore_data import restore
from infra.release.reviewing import review
from infra.release.rollback import Stacks, Way
from infra.release.site import Site
from infra.release.synthesised import read_stack, stack_folder


def real_way() -> Way:
    """All steps."""
    return Way(switch_off=_switch_off, place=place, look=_look, restore=restore)


def lenient(parts: Parts, allow: Iterable[str]) -> Parts:
    """The steps with a review that asks for an allowance only where it is needed: a rollback has two plans."""
    allowed = read_allowances(allow)

    def judge(site: Site, planned: Planned, previous: Release | None) -> Review:
        found = review(site, planned, previous, ())
        refused = {(one.rule, one.address) for one in found.verdicts.refused}
        needed = tuple(one for one in allowed if (one.rule, one.address) in refused)
        return review(site, planned, previous, needed) if needed else found

    return replace(parts, review=judge)


def place(site: Site) -> None:
    """On the local target, put the provider that the stacks ask for where terraform finds it."""
    if not site.environment.is_local:
        return
    for stack in site.stacks:
        required = read_stack(site.out, stack)["terraform"]["required_providers"]["google"]["version"]
        install_provider(stack_folder(site.out, stack), str(required))


def _switch_off(site: Site, names: Iterable[str]) -> tuple[str, ...]:
    return schedules_of(site).switch_off(names)


def _look(site: Site, stacks: Stacks, tell: Tell) -> int:
    return held.look(site.client, site.environment, schedules_of(site), stacks, tell)
