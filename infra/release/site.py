"""Where a deployment works: the environment it goes to, and the folders it uses on this machine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from infra.environments import Environment, load_environment
from infra.errors import InfraError
from infra.local import lifecycle
from infra.local_target import GOOGLE, PROVIDER_FILE
from infra.records import releases_folder
from infra.release.locks import running_note
from infra.release.synthesised import STACKS, stack_folder
from infra.rest import Rest
from infra.settings import Settings
from infra.terraform import Listener, Terraform


@dataclass(frozen=True)
class Site:
    """One environment seen from one home. `root` is the checkout that is deployed, `stacks` what of it, in order.

    `wait_seconds` is how long a state that somebody holds is waited for.
    """

    environment: Environment
    settings: Settings
    root: Path
    stacks: tuple[str, ...] = STACKS
    wait_seconds: float = 0
    work: str = "work"
    """The folder of `out`: a command that runs beside deployments has another."""

    @property
    def name(self) -> str:
        """What tells the environment from all others."""
        return self.environment.id

    @property
    def home(self) -> Path:
        """EROS_HOME: state of the local target, and every environment's releases."""
        return self.settings.home.resolve()

    @property
    def folder(self) -> Path:
        """The environment's releases, locks and unfinished work."""
        return releases_folder(self.home, self.name)

    @property
    def out(self) -> Path:
        """Where the stacks are synthesised to and terraform runs: of this home alone, so that two can work at once."""
        return self.folder / self.work

    @property
    def unlock_hint(self) -> str:
        """The command that releases a state's lock."""
        return self.command("unlock")

    @property
    def deploy_command(self) -> str:
        """The command that goes on after a failure."""
        return self.command("deploy")

    def command(self, name: str) -> str:
        """Another command for this environment, as a person writes it."""
        number = self.environment.pull_request
        before = "" if number is None else f"EROS_PULL_REQUEST={number} "
        return f"{before}eros-infra {name} --target {self.environment.name}"

    @property
    def provider(self) -> str:
        """Which plugin speaks for Google in the plans, as the synthesis wrote it down beside each stack."""
        try:
            text = (stack_folder(self.out, self.stacks[0]) / PROVIDER_FILE).read_text(encoding="utf-8")
        except FileNotFoundError:
            return GOOGLE
        return str(json.loads(text)["provider"])

    @cached_property
    def rest(self) -> Rest:
        """The target's REST services."""
        from infra import gcloud

        return gcloud.rest(self.environment.project, self.environment.endpoint)

    @cached_property
    def client(self) -> Any:
        """The target's BigQuery client."""
        from infra import gcloud

        return gcloud.make_client(self.environment.sql, url=self.environment.endpoint)

    def terraform(self, stack: str, logs: Path | None = None, listener: Listener | None = None) -> Terraform:
        """Terraform in one stack's folder."""
        return Terraform(
            stack_folder(self.out, stack),
            stack,
            running=running_note(self.home, self.name, stack),
            logs=logs,
            listener=listener,
            lock_wait_seconds=round(self.wait_seconds),
            unlock_hint=self.unlock_hint,
        )

    def start(self) -> str:
        """Make sure that the target answers, which only the local one may not do yet; returns where it is."""
        if self.environment.endpoint is None:
            return f"{self.environment.project}.{self.environment.dataset} in {self.environment.location}"
        found, started = lifecycle.start_detached(self.home, int(self.environment.endpoint.rpartition(":")[2]))
        return f"{found['url']} ({'started' if started else 'already running'})"

    def now(self) -> datetime:
        """The target's clock; the local cloud's may stand still."""
        if self.environment.endpoint is None:
            return datetime.now(UTC)
        status = lifecycle.ask_status(self.environment.endpoint)
        if status is None:
            raise InfraError(
                "the local cloud does not answer", where=self.environment.endpoint, fix="eros-infra local up"
            )
        return datetime.fromisoformat(str(status["now"])).astimezone(UTC)


def open_site(target: str | None, settings: Settings, root: Path, wait_seconds: float = 0) -> Site:
    """The site of an environment's name. Raises UsageError when the name or a setting is wrong."""
    environment = load_environment(target, settings)
    return Site(environment, settings, root, environment.stacks, wait_seconds=wait_seconds)
