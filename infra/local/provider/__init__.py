"""A stand-in for Terraform's google provider, for one machine without hashicorp/google's plugin.

Real Terraform plans and applies with it against the local cloud's REST surface. It proves Terraform's mechanics and
that our requests are well formed, not how Google behaves: docs/decisions/0014-stand-in-provider.md.
"""

from __future__ import annotations

import os
import platform
import shlex
import sys
from pathlib import Path

LABEL = "Stand-in for hashicorp/google (EROS Scheduling): plans and applies against the local cloud only."
VERSION = "6.50.0"
"""The version of hashicorp/google it stands in for: that of the installed bindings."""

_SOURCE = "registry.terraform.io/hashicorp/google"
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64", "i686": "386", "i386": "386"}


def install(stack_dir: Path) -> str:
    """Put the plugin where terraform looks for it below a stack's folder; returns "stand-in".

    The executable runs this interpreter with this source tree, so it needs no environment variable. A lock file that
    recorded another executable's checksum is removed with it: terraform would refuse the new one.
    """
    folder = stack_dir / "terraform.d" / "plugins" / _SOURCE / VERSION / _platform()
    plugin = folder / f"terraform-provider-google_v{VERSION}"
    text = _script()
    if plugin.is_file() and plugin.read_text() == text and os.access(plugin, os.X_OK):
        return "stand-in"
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder.parent / f".{plugin.name}.{os.getpid()}"
    beside.write_text(text)
    beside.chmod(0o755)
    beside.replace(plugin)
    (stack_dir / ".terraform.lock.hcl").unlink(missing_ok=True)
    return "stand-in"


def _script() -> str:
    root = Path(__file__).resolve().parents[3]
    return (
        "#!/bin/sh\n"
        f"# {LABEL}\n"
        f"PYTHONPATH={shlex.quote(str(root))}${{PYTHONPATH:+:$PYTHONPATH}}\n"
        "export PYTHONPATH\n"
        f'exec {shlex.quote(sys.executable)} -P -m infra.local.provider "$@"\n'
    )


def _platform() -> str:
    system = platform.system().lower()
    machine = platform.machine().lower()
    return f"{system}_{_MACHINES.get(machine, machine)}"
