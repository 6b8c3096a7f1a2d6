"""What was changed outside Terraform: refresh-only plans of all stacks, and what exists and is in no state.

Nothing is written on the target, the state included, and no state's lock is taken: a deployment may run meanwhile, and
then its half is seen as drift. The configurations are those of the last release, or else this checkout's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from infra.endpoints import ENDPOINTS
from infra.errors import DriftError, UsageError
from infra.local_target import install_provider
from infra.plan import StackPlan, read_plans
from infra.plan.details import Detail, describe
from infra.records import last_release
from infra.release.adopt import Existing
from infra.release.locks import deploy_lock
from infra.release.planning import at_once
from infra.release.site import Site
from infra.release.states import read_state
from infra.release.strangers import managed_objects, strangers
from infra.release.synthesised import STACK_FILE, Wanted, read_stack, stack_folder, wanted
from infra.terraform import require_version, write_imports

FOLDER = "drift"
ADVICE_CHANGED = "meant: write it into the code; not meant: deploy, whose plan puts back what is declared"
ADVICE_GONE = "deploy makes it anew, and a table empty: its rows are in the last release's snapshots"
ADVICE_STRANGER = "meant: declare it in the code, and the next deploy takes it over; not meant: remove it by hand"


@dataclass(frozen=True)
class Drift:
    """All that differs. `details` tell each managed object that differs from the state: before is the state's side."""

    environment: str
    provider: str
    details: tuple[Detail, ...]
    strangers: tuple[Existing, ...]

    @property
    def changed(self) -> tuple[Detail, ...]:
        """Objects that are there and differ."""
        return tuple(one for one in self.details if one.change.after is not None)

    @property
    def gone(self) -> tuple[Detail, ...]:
        """Objects that were deleted."""
        return tuple(one for one in self.details if one.change.after is None)

    def raise_if_any(self) -> None:
        """Raises DriftError (exit code 7) naming every object and what to do."""
        if not self.details and not self.strangers:
            return
        kinds = ((self.changed, ADVICE_CHANGED), (self.gone, ADVICE_GONE), (self.strangers, ADVICE_STRANGER))
        raise DriftError(
            f"{self.environment} was changed outside Terraform: {len(self.changed)} changed, {len(self.gone)} gone, "
            f"{len(self.strangers)} not managed",
            where=", ".join([one.change.address for one in self.details] + [one.identity for one in self.strangers]),
            fix="; ".join(advice for found, advice in kinds if found),
        )


def find_drift(
    site: Site,
    synthesise: Callable[[Site], None],
    survey: Callable[[Site, Iterable[Wanted]], Iterable[Existing]],
    tell: Callable[[str], None],
) -> Drift:
    """Compare the target with its state, all stacks at once.

    Raises UsageError without terraform or a state, ConflictError while another drift command of this home looks.
    """
    require_version()
    site.start()
    found = {stack: read_state(site, stack) for stack in site.stacks}
    states = {stack: state for stack, state in found.items() if state is not None}
    if not states:
        raise UsageError(
            "there is no state to compare with", where=f"gs://{site.environment.bucket}", fix=site.deploy_command
        )
    beside = replace(site, work=FOLDER)
    # Its own lock: only the folder must not be shared, and deployments have another one.
    with deploy_lock(site.home, f"{site.name}/{FOLDER}", f"drift {site.name}"):
        _configure(beside, synthesise)
        configurations = {stack: read_stack(beside.out, stack) for stack in site.stacks}
        seen = dict(zip(states, at_once(lambda stack: _look(beside, stack, tell), states), strict=True))
    plans = read_plans(seen)
    declared = [one for stack in site.stacks for one in wanted(stack, configurations[stack], site.environment.project)]
    unknown = strangers(survey(site, declared), managed_objects(states.values()), declared, site.environment)
    return Drift(site.name, beside.provider, _described(plans), unknown)


def _described(plans: Iterable[StackPlan]) -> tuple[Detail, ...]:
    return tuple(describe(change) for plan in plans for change in plan.drift)


def _configure(site: Site, synthesise: Callable[[Site], None]) -> None:
    """Put the last release's configurations into the folder; this checkout's where no release is recorded here."""
    release = last_release(site.home, site.name)
    found = {stack: release.synthesised(stack) for stack in site.stacks} if release is not None else {}
    if not found or None in found.values():
        synthesise(site)
    else:
        for stack, synthesised in found.items():
            _write(site, stack_folder(site.out, stack), synthesised or {})
    for stack in site.stacks:
        write_imports(stack_folder(site.out, stack), {})


def _write(site: Site, folder: Path, synthesised: Mapping[str, Any]) -> None:
    text = json.dumps(synthesised)
    if site.environment.endpoint is not None:
        # A home that was copied has another port than the one that it was deployed with.
        recorded = synthesised["terraform"]["backend"]["gcs"]["storage_custom_endpoint"]
        text = text.replace(str(recorded).removesuffix(ENDPOINTS["storage"]), site.environment.endpoint)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STACK_FILE).write_text(text, encoding="utf-8")
    if site.environment.is_local:
        install_provider(folder, _constraint(synthesised))


def _constraint(synthesised: Mapping[str, Any]) -> str:
    return str(synthesised["terraform"]["required_providers"]["google"]["version"])


def _look(site: Site, stack: str, tell: Callable[[str], None]) -> dict[str, Any]:
    """A stack's refresh-only plan."""
    terraform = site.terraform(stack, site.out / "logs")
    terraform.init()
    file = Path(site.out / f"{stack}.tfplan")
    try:
        terraform.plan_drift(file)
        tell(f"{stack}: compared")
        return terraform.show(file)
    finally:
        file.unlink(missing_ok=True)
