"""What makes `cdktf-cli plan` work on the local target with nothing set up: a server that runs, a provider to load."""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from infra.environments import Environment
from infra.local.lifecycle import port_of, start_detached
from infra.settings import Settings

PROVIDER_FILE = "provider.json"
"""Beside a stack's cdk.tf.json: which provider its plans are made with, "stand-in" or "hashicorp/google"."""
GOOGLE = "hashicorp/google"
_ADDRESS = f"registry.terraform.io/{GOOGLE}"
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


def prepare(environment: Environment, settings: Settings, out: Path, constraint: str) -> None:
    """Make synthesised stacks ready for Terraform; `constraint` is the provider's version that they ask for.

    The home's server is started, because Terraform's first question is for its state.
    """
    start_detached(settings.home, settings.port or port_of(settings.home))
    for name in environment.stacks:
        install_provider(out / "stacks" / name, constraint)
    adopt_what_exists(environment, out)


def install_provider(stack: Path, constraint: str) -> str:
    """Put the stand-in where Terraform looks first, unless Google's own plugin is on this machine.

    `constraint` is the version that the stack asks for. Returns which it is, and writes it to PROVIDER_FILE: every plan
    has to say so.
    """
    if real_plugin() is None:
        from infra.local import provider

        chosen = provider.install(stack)
        _write_lock_file(stack / ".terraform.lock.hcl", provider.VERSION, constraint)
    else:
        chosen = GOOGLE
        shutil.rmtree(stack / "terraform.d" / "plugins" / _ADDRESS, ignore_errors=True)
    (stack / PROVIDER_FILE).write_text(json.dumps({"provider": chosen}) + "\n", encoding="utf-8")
    return chosen


def _write_lock_file(path: Path, version: str, constraint: str) -> None:
    """Name the stand-in before Terraform does, which adds its checksum: else cdktf-cli asks the registry for it."""
    if not path.exists():
        block = f'  version     = "{version}"\n  constraints = "{constraint}"\n'
        path.write_text(f'provider "{_ADDRESS}" {{\n{block}}}\n', encoding="utf-8")


def adopt_what_exists(environment: Environment, out: Path) -> None:
    """Write import blocks for what the local cloud has, so that cdktf-cli's own deploy can take over what a demo made.

    A block does nothing for what is in the state already, and `eros-infra` writes its own before it plans.
    """
    from infra import gcloud
    from infra.release import adopt, survey, synthesised
    from infra.terraform import write_imports

    found = {name: synthesised.read_stack(out, name) for name in environment.stacks}
    declared = {name: synthesised.wanted(name, stack, environment.project) for name, stack in found.items()}
    rest = gcloud.rest(environment.project, environment.endpoint)
    existing = survey.survey(rest, [one for wanted in declared.values() for one in wanted])
    for name, wanted in declared.items():
        write_imports(synthesised.stack_folder(out, name), adopt.adoptions(wanted, existing, {}))


def real_plugin(environment: Mapping[str, str] | None = None) -> Path | None:
    """Google's plugin, series 6, in the plugin cache or in a folder that Terraform takes for a mirror; else None."""
    for root in _mirrors(os.environ if environment is None else environment):
        folder = root / _ADDRESS
        unpacked = folder.glob(f"6.*/{_target()}/terraform-provider-google_v6.*")
        packed = folder.glob(f"terraform-provider-google_6.*_{_target()}.zip")
        if found := [*(one for one in sorted(unpacked) if not _is_script(one)), *sorted(packed)]:
            return found[-1]
    return None


def _is_script(plugin: Path) -> bool:
    """Whether it is the stand-in: Terraform copies whatever it has loaded into the plugin cache that cdktf-cli sets."""
    with plugin.open("rb") as read:
        return read.read(2) == b"#!"


def _mirrors(environment: Mapping[str, str]) -> Iterable[Path]:
    """Where Terraform looks without being told to, besides a stack's own folder: that one holds the stand-in."""
    if cache := environment.get("TF_PLUGIN_CACHE_DIR"):
        yield Path(cache)
    home = Path(environment.get("HOME") or Path.home())
    yield home / ".terraform.d" / "plugins"
    yield Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share") / "terraform" / "plugins"
    for shared in (environment.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":"):
        yield Path(shared) / "terraform" / "plugins"


def _target() -> str:
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{_MACHINES.get(machine, machine)}"
