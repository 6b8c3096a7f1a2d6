"""The generations of a stack's state in its bucket: which one is live, and what an older one held."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from infra.release.site import Site


@dataclass(frozen=True)
class Generation:
    """One version of a stack's state; `content` is None when it cannot be read as a state."""

    number: str
    created: str
    live: bool
    content: Mapping[str, Any] | None

    @property
    def serial(self) -> int | None:
        """Terraform's own count of the state's changes."""
        return int(self.content["serial"]) if self.content is not None else None

    @property
    def lineage(self) -> str:
        """Which state it is, from its first day on; "" when it cannot be read."""
        return str(self.content["lineage"]) if self.content is not None else ""

    def as_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        held = sum(len(one.get("instances") or ()) for one in (self.content or {}).get("resources") or ())
        return {
            "generation": self.number,
            "created": self.created,
            "live": self.live,
            "serial": self.serial,
            "resources": held if self.content is not None else None,
        }


def state_object(site: Site, stack: str) -> str:
    """The name of a stack's state in the bucket, as Terraform's gcs backend has it."""
    return f"{site.environment.state_prefix(stack)}/default.tfstate"


def live(site: Site) -> dict[str, str]:
    """The live generation of each stack's state; none for a stack that was never applied."""
    bucket = site.environment.bucket
    found = {
        stack: site.rest.get("storage", f"b/{bucket}/o/{quote(state_object(site, stack), safe='')}")
        for stack in site.stacks
    }
    return {stack: str(about["generation"]) for stack, about in found.items() if about is not None}


def generations(site: Site, stack: str) -> tuple[Generation, ...]:
    """Every generation that the bucket still has, oldest first, each with what it holds."""
    bucket, name = site.environment.bucket, state_object(site, stack)
    path = f"b/{bucket}/o"
    listed = site.rest.pages("storage", path, "items", prefix=name, versions="true")
    found = []
    for about in (one for one in listed if one["name"] == name):
        number = str(about["generation"])
        data = site.rest.content("storage", f"{path}/{quote(name, safe='')}", alt="media", generation=number)
        found.append(
            Generation(number, str(about.get("timeCreated", "")), "timeDeleted" not in about, read_state(data or b""))
        )
    return tuple(sorted(found, key=lambda one: int(one.number)))


def read_state(data: bytes) -> dict[str, Any] | None:
    """A state as data; None for what is damaged: no JSON, or without what makes it a state."""
    try:
        found = json.loads(data)
    except ValueError:
        return None
    if not isinstance(found, dict) or not isinstance(found.get("serial"), int) or not found.get("lineage"):
        return None
    return found
