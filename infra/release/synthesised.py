"""The synthesised stacks as data: each resource with its arguments, references to names of the same stack filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.environments import STACKS
from infra.errors import InfraError

__all__ = ["STACKS", "STACK_FILE", "Wanted", "managed", "read_stack", "stack_folder", "wanted"]
STACK_FILE = "cdk.tf.json"
_REFERENCE = re.compile(r"\$\{([a-z0-9_]+)\.([A-Za-z0-9_-]+)\.([a-z0-9_]+)\}")


@dataclass(frozen=True)
class Wanted:
    """One resource that a stack declares."""

    stack: str
    type: str
    name: str
    arguments: Mapping[str, Any]

    @property
    def address(self) -> str:
        """How Terraform calls it."""
        return f"{self.type}.{self.name}"


def stack_folder(out: Path, stack: str) -> Path:
    """Where a stack was synthesised to, and where terraform runs."""
    return out / "stacks" / stack


def read_stack(out: Path, stack: str) -> dict[str, Any]:
    """A stack's synthesised JSON. Raises InfraError when it was not synthesised."""
    path = stack_folder(out, stack) / STACK_FILE
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise InfraError(
            f"the stack {stack} is not synthesised", where=str(path), why=str(error), fix="eros-infra synth"
        ) from error


def wanted(stack: str, synthesised: Mapping[str, Any], project: str) -> tuple[Wanted, ...]:
    """Every resource of the stack, sorted by address; `project` is what a resource without one gets."""
    declared: dict[str, dict[str, Any]] = dict(synthesised.get("resource") or {})
    filled = [
        Wanted(stack, kind, name, {"project": project, **_filled(arguments, declared, project)})
        for kind, named in declared.items()
        for name, arguments in named.items()
    ]
    return tuple(sorted(filled, key=lambda one: one.address))


def _filled(value: Any, declared: Mapping[str, Mapping[str, Any]], project: str) -> Any:
    if isinstance(value, str):
        return _REFERENCE.sub(lambda found: _refer(found, declared, project), value)
    if isinstance(value, Mapping):
        return {name: _filled(one, declared, project) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, declared, project) for one in value]
    return value


def _refer(found: re.Match[str], declared: Mapping[str, Mapping[str, Any]], project: str) -> str:
    """What a reference stands for, where it is a name that the configuration knows; else the reference itself."""
    kind, name, attribute = found.groups()
    arguments = declared.get(kind, {}).get(name)
    if arguments is None:
        return found.group()
    if kind == "google_service_account" and attribute in ("email", "member", "name", "id"):
        email = f"{arguments['account_id']}@{arguments.get('project', project)}.iam.gserviceaccount.com"
        full = f"projects/{arguments.get('project', project)}/serviceAccounts/{email}"
        return {"email": email, "member": f"serviceAccount:{email}"}.get(attribute, full)
    value = arguments.get(attribute)
    return value if isinstance(value, str) and "${" not in value else found.group()


def managed(state: Mapping[str, Any]) -> dict[str, str]:
    """Id by address of what a state holds (`terraform state pull`)."""
    return dict(_managed(state))


def _managed(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in state.get("resources") or ():
        if one.get("mode") != "managed":
            continue
        for instance in one.get("instances") or ():
            if instance.get("deposed") is None:
                yield f"{one['type']}.{one['name']}", str((instance.get("attributes") or {}).get("id") or "")
