"""Real terraform over the stand-in provider, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from infra.local.provider import install

PROJECT = "of-scheduler-proj"


def table_schema(*columns: str) -> str:
    """A table schema from `name TYPE` or `name TYPE REQUIRED`."""
    keys = ("name", "type", "mode")
    return json.dumps([dict(zip(keys, column.split(), strict=False)) for column in columns])


class Rig:
    """A stack: `write` its resources, then `run` terraform. Nothing is read from the user's own terraform settings."""

    def __init__(self, folder: Path, endpoints: dict[str, str]) -> None:
        self.folder = folder
        self._provider = {"project": PROJECT, "access_token": "local", **endpoints}
        self.environment = _environment()
        install(folder)

    def write(self, resources: dict[str, Any], **more: Any) -> None:
        required = {"google": {"source": "hashicorp/google", "version": "~> 6.50"}}
        config = {
            "terraform": {"required_providers": required},
            "provider": {"google": self._provider},
            "resource": resources,
            **more,
        }
        (self.folder / "main.tf.json").write_text(json.dumps(config))
        if not (self.folder / ".terraform").exists():
            self.run("init")

    def run(self, *arguments: str, fails: bool = False) -> str:
        """What a command prints. It has to succeed, or to fail where that is what the test is about."""
        command = ["terraform", *arguments, "-no-color"]
        if arguments[-1:] == ("plan",) and arguments[0] == "apply":
            command = ["terraform", *arguments[:-1], "-no-color", arguments[-1]]
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        said = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, said
        # Terraform wraps its diagnostics.
        return said if not fails else " ".join(said.replace("│", " ").split())

    def apply(self, *arguments: str, fails: bool = False) -> str:
        return self.run("apply", "-auto-approve", *arguments, fails=fails)

    def plan(self) -> dict[str, str]:
        """The planned action by address; no change, no entry."""
        lines = [json.loads(line) for line in self.run("plan", "-out=plan", "-json").splitlines()]
        changes = [line["change"] for line in lines if line["type"] == "planned_change"]
        return {change["resource"]["addr"]: change["action"] for change in changes}

    def changes(self) -> dict[str, dict[str, Any]]:
        """What changes, by address, as terraform's JSON plan has it."""
        self.run("plan", "-out=plan")
        shown = json.loads(self.run("show", "-json", "plan"))
        return {
            found["address"]: found["change"]
            for found in shown.get("resource_changes", [])
            if found["change"]["actions"] != ["no-op"] or "importing" in found["change"]
        }


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "PYTHONPATH"))}
    return {**kept, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}
