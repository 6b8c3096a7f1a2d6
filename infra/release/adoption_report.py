"""What a deployment would take over of a dataset that exists already, whoever made it; nothing is changed.

It is a deployment's own plan, with import blocks for what is there under a declared name. What differs from the
declaration is told as that plan's changes, and the gate judges them; what has another name is listed as not ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from infra.errors import RefusedError, UsageError
from infra.records import write_json
from infra.release.adopt import Existing
from infra.release.deploy import Deployment, Outcome, Parts
from infra.release.phases import Progress
from infra.release.site import Site
from infra.release.states import read_state
from infra.release.strangers import managed_objects, strangers
from infra.release.synthesised import STACK_FILE, read_stack, stack_folder, wanted
from infra.terraform import IMPORTS_FILE, require_version

FOLDER = "adopt"


@dataclass(frozen=True)
class Adoption:
    """The plan; `files` hold the import blocks, by stack; `not_ours` is there under names that nobody declares."""

    environment: str
    dataset: str
    outcome: Outcome
    files: Mapping[str, Path]
    not_ours: tuple[Existing, ...]

    @property
    def adopted(self) -> dict[str, dict[str, str]]:
        """Import id by address, by stack."""
        return {one.stack: dict(one.adopted) for one in self.outcome.planned.stacks if one.adopted}

    def as_dict(self) -> dict[str, Any]:
        """Without the plan, which has a document of its own."""
        return {
            "environment": self.environment,
            "dataset": self.dataset,
            "adopted": self.adopted,
            "files": {stack: str(path) for stack, path in self.files.items()},
            "not_ours": [{"type": one.type, "key": list(one.key), "id": one.identity} for one in self.not_ours],
        }


def adopt(site: Site, parts: Parts, progress: Progress) -> Adoption:
    """Plan the take-over in a folder of its own. The deploy lock is held by whoever runs it.

    Raises RefusedError when the environment's state manages another dataset already, or a name exists twice.
    """
    beside = replace(site, work=FOLDER)
    looking = replace(parts, ready=_ready, synthesise=lambda one: _synthesise(one, parts.synthesise))
    outcome = Deployment(beside, looking, progress).plan()
    environment = site.environment
    configurations = outcome.planned.configurations
    declared = [one for stack in site.stacks for one in wanted(stack, configurations[stack], environment.project)]
    states = [read_state(site, stack) or {} for stack in site.stacks]
    names = {address for one in outcome.planned.stacks for address in one.adopted.values()}
    existing = tuple(parts.survey(site, declared))
    left = strangers(existing, managed_objects(states), declared, environment)
    files = {
        one.stack: stack_folder(beside.out, one.stack) / IMPORTS_FILE for one in outcome.planned.stacks if one.adopted
    }
    return Adoption(
        site.name, environment.dataset, outcome, files, tuple(one for one in left if one.identity not in names)
    )


def _ready(site: Site) -> str:
    """As for a deployment, but nobody's lock is released."""
    require_version()
    place = site.start()
    if site.rest.get("storage", f"b/{site.environment.bucket}") is None:
        raise UsageError(
            "there is no bucket for Terraform's state yet",
            where=f"gs://{site.environment.bucket}",
            fix=site.command("bootstrap"),
        )
    managed = set(_datasets(read_state(site, "warehouse") or {}))
    dataset = site.environment.dataset
    if managed and dataset not in managed:
        raise RefusedError(
            f"the state of {site.name} manages {', '.join(sorted(managed))} already",
            why=f"one environment has one dataset, and taking over {dataset} would let go of that one",
            fix="adopt it in another environment: --target",
        )
    return place


def _synthesise(site: Site, synthesise: Callable[[Site], None]) -> None:
    """Where there is no state yet, Terraform's gcs backend, which would write an empty one, is kept away.

    And the plan is allowed to call for the replacement of what differs too much: the gate refuses it by name, where
    prevent_destroy would end the plan without saying why.
    """
    synthesise(site)
    for stack in site.stacks:
        if read_state(site, stack) is None:
            content = read_stack(site.out, stack)
            content["terraform"]["backend"] = {"local": {"path": "nothing.tfstate"}}
            for body in (body for named in content["resource"].values() for body in named.values()):
                body.get("lifecycle", {}).pop("prevent_destroy", None)
            write_json(stack_folder(site.out, stack) / STACK_FILE, content)


def _datasets(state: Mapping[str, Any]) -> Iterable[str]:
    for one in state.get("resources") or ():
        if one.get("type") == "google_bigquery_dataset":
            for instance in one.get("instances") or ():
                yield str((instance.get("attributes") or {}).get("dataset_id"))
