"""The whole schema: what the bindings tell, and what overlay.yaml adds, kept in the user's cache.

A plugin is started several times per terraform command, and reading the bindings takes two seconds. The cached file's
name carries everything it was made of, so it never has to be looked after.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra.errors import InfraError, UsageError
from infra.local.provider import schema
from infra.local.provider.schema import Block, ProviderSchema

PACKAGE = "cdktf_cdktf_provider_google"
OVERLAY = Path(__file__).with_name("overlay.yaml")
_FLAGS = ("force_new", "computed", "sensitive", "refused")
_VALUES = {"defaults": "default", "same": "same", "one_of": "one_of"}
_PROVIDER_SECRETS = ("access_token", "credentials")


def archive() -> Path:
    """The bindings' archive, whose name carries their version. Raises UsageError when they are not installed."""
    found = importlib.util.find_spec(PACKAGE)
    folders = list(found.submodule_search_locations or ()) if found else []
    archives = [path for folder in folders for path in sorted(Path(folder, "_jsii").glob("*.tgz"))]
    if not archives:
        raise UsageError(
            "the stand-in provider has no schema to offer",
            where=PACKAGE,
            why="the google bindings of cdktf are not installed",
            fix="pip install -e '.[infra]'",
        )
    return archives[0]


def load_schema() -> ProviderSchema:
    """The provider's schema. Raises UsageError without the bindings, InfraError for an overlay that names nothing."""
    path = archive()
    kept = _cache_folder() / f"google-schema-{_key(path)}.json"
    try:
        return _from_data(json.loads(kept.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        made = build(path, read_overlay())
        _keep(kept, made)
        return made


def build(path: Path, overlay: Mapping[str, Mapping[str, Any]]) -> ProviderSchema:
    """The schema made anew from the bindings' archive at `path` and an overlay."""
    from infra.local.provider import bindings  # on demand: a warm start needs none of it

    read = bindings.read(path, overlay)
    resources = {kind: apply_overlay(kind, read.resources[kind], given) for kind, given in overlay.items()}
    secrets = {name: replace(read.provider.attributes[name], sensitive=True) for name in _PROVIDER_SECRETS}
    provider = Block({**read.provider.attributes, **secrets}, read.provider.blocks)
    versions = {kind: int(given["version"]) for kind, given in overlay.items() if "version" in given}
    return ProviderSchema(read.version, provider, resources, versions)


def read_overlay(path: Path = OVERLAY) -> dict[str, dict[str, Any]]:
    """The overlay by resource type."""
    import yaml

    read: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text())
    return read


def apply_overlay(kind: str, block: Block, overlay: Mapping[str, Any]) -> Block:
    """The block with the overlay's facts. Raises InfraError when the overlay names what the block has not."""
    for flag in _FLAGS:
        for path in overlay.get(flag, ()):
            block = _changed(kind, block, path.split("."), {flag: True})
    for section, name in _VALUES.items():
        for path, value in overlay.get(section, {}).items():
            block = _changed(kind, block, path.split("."), {name: tuple(value) if name == "one_of" else value})
    return block


def _changed(kind: str, block: Block, path: list[str], change: dict[str, Any]) -> Block:
    name, *rest = path
    nested = block.blocks.get(name)
    if nested is not None:
        changed = (
            replace(nested, block=_changed(kind, nested.block, rest, change)) if rest else replace(nested, **change)
        )
        return Block(block.attributes, {**block.blocks, name: changed})
    attribute = block.attributes.get(name)
    if attribute is None or rest:
        raise InfraError(f"overlay.yaml: {kind} has no {name}", where=str(OVERLAY), fix="compare it with the bindings")
    return Block({**block.attributes, name: replace(attribute, **change)}, block.blocks)


def _cache_folder() -> Path:
    given = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(given) if Path(given).is_absolute() else Path.home() / ".cache") / "eros"


def _key(path: Path) -> str:
    digest = hashlib.sha256(f"{path.name} {path.stat().st_size}".encode())
    for part in _made_by():
        digest.update(part.read_bytes())
    return digest.hexdigest()[:20]


def _made_by() -> Iterable[Path]:
    here = Path(__file__)
    return (OVERLAY, here, here.with_name("bindings.py"), here.with_name("schema.py"))


def _keep(path: Path, made: ProviderSchema) -> None:
    data = json.dumps(
        {
            "version": made.version,
            "state_versions": dict(made.state_versions),
            "provider": schema.to_data(made.provider),
            "resources": {kind: schema.to_data(block) for kind, block in made.resources.items()},
        }
    )
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(data)
        beside.replace(path)
    except OSError:
        # A cache that cannot be written costs time, not the answer.
        with contextlib.suppress(OSError):
            beside.unlink()


def _from_data(data: Mapping[str, Any]) -> ProviderSchema:
    resources = {kind: schema.from_data(block) for kind, block in data["resources"].items()}
    return ProviderSchema(data["version"], schema.from_data(data["provider"]), resources, data["state_versions"])
