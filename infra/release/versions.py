"""The provider's version goes with the state: an older one cannot read what a newer one wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from infra.errors import RefusedError, UsageError
from infra.records import Release

_PROVIDER = "registry.terraform.io/hashicorp/google"


class Initialised(Protocol):
    """What is needed of Terraform here."""

    def init(self) -> None:
        """Choose and load the provider."""

    def version(self) -> dict[str, Any]:
        """Which one it is."""


def newest_provider(records: Iterable[Release]) -> str:
    """The newest version that any release applied with, whatever became of it; "" when none is known."""
    return max((one.provider_version for one in records), key=_ordered, default="")


def is_older(version: str, least: str) -> bool:
    """Whether the version comes before the other one."""
    return _ordered(version) < _ordered(least)


def pinned(stack: Mapping[str, Any], version: str) -> dict[str, Any]:
    """The stack asking for exactly that version of the provider, if one is known."""
    if not version:
        return dict(stack)
    terraform = dict(stack.get("terraform") or {})
    required = dict(terraform.get("required_providers") or {})
    google = {**(required.get("google") or {}), "version": version}
    return {**stack, "terraform": {**terraform, "required_providers": {**required, "google": google}}}


def init(terraform: Initialised, least: str) -> None:
    """Make a stack's folder ready, with a provider no older than the one that wrote its state.

    Raises RefusedError when only an older one can be had.
    """
    try:
        terraform.init()
    except UsageError as error:
        if not least:
            raise
        raise _refused("another one", least, error.why) from error
    if not least:
        return
    chosen = str((terraform.version().get("provider_selections") or {}).get(_PROVIDER, ""))
    if chosen and is_older(chosen, least):
        raise _refused(chosen, least)


def _refused(chosen: str, least: str, why: str = "") -> RefusedError:
    reason = "an older provider refuses a state that a newer one wrote, so a provider is never rolled back"
    return RefusedError(
        f"the state was written by version {least} of the google provider, and {chosen} would be used",
        why=f"{reason}; {why}" if why else reason,
        fix=f"make version {least} available (a mirror or the network), then the same command again",
    )


def _ordered(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("-")[0]))
