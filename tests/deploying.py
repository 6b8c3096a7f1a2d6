"""A local cloud of its own, the stacks synthesised for it once, and deployments without the gates and Node."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from infra.environments import STACKS, load_environment
from infra.local.lifecycle import ServerRecord, port_of, write_record
from infra.local.server import LocalCloud
from infra.local_target import install_provider
from infra.release.backups import Backup
from infra.release.deploy import Deployment, Outcome, Parts
from infra.release.parts import real_parts
from infra.release.phases import Silent
from infra.release.site import Site
from infra.release.synthesised import STACK_FILE, stack_folder
from infra.settings import Settings
from infra.stacks.base import PROVIDER_VERSION
from tests.conftest import NOW

ROOT = Path(__file__).resolve().parents[1]
Edit = Callable[[dict[str, Any]], None]


class _Passed:
    """A gate that was passed."""

    def raise_if_refused(self) -> None: ...

    def as_dict(self) -> dict[str, Any]:
        return {"passed": True}


APPLY_ALONE: Mapping[str, Any] = {
    "review": lambda *_: SimpleNamespace(verdicts=_Passed()),
    "make_place": lambda *_: None,
    "back_up": lambda *_: Backup(),
    "seed": lambda *_: None,
    "first_runs": lambda *_: [],
    "look": lambda *_: 0,
}
"""Steps that do nothing, so that a deployment is synthesis, adoption, plan, apply and plan again."""


@dataclass(frozen=True)
class World:
    """One home, its server in this process, and what every stack is synthesised to."""

    site: Site
    stacks: Mapping[str, dict[str, Any]]
    cloud: LocalCloud | None = None
    edits: dict[str, Edit] = field(default_factory=dict)

    @property
    def client(self) -> Any:
        return self.site.client

    def parts(self, **others: Any) -> Parts:
        """The real steps, but for the gates and Node."""
        return replace(real_parts(), validate=lambda *_: 0, synthesise=self.synthesise, **others)

    def synthesise(self, site: Site) -> None:
        for stack in self.stacks:
            content = copy.deepcopy(self.stacks[stack])
            if stack in self.edits:
                self.edits[stack](content["resource"])
            folder = stack_folder(site.out, stack)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / STACK_FILE).write_text(json.dumps(content))
            install_provider(folder, PROVIDER_VERSION)

    def deploy(self, *only: str, **others: Any) -> Outcome:
        return Deployment(self.only(*only), self.parts(**others), Silent()).deploy()

    def plan(self, *only: str) -> Outcome:
        return Deployment(self.only(*only), self.parts(), Silent()).plan()

    def only(self, *stacks: str) -> Site:
        return replace(self.site, stacks=stacks or tuple(self.stacks))


def of_pull_request(here: World, number: int) -> World:
    """The environment of its own that a pull request has beside this one."""
    from infra.app import synthesise

    settings = Settings(home=here.site.settings.home, now=here.site.settings.now, pull_request=number)
    environment = load_environment("local", settings)
    out = here.site.home / f"synthesised-{number}"
    synthesise(environment, out)
    stacks = {stack: json.loads((stack_folder(out, stack) / STACK_FILE).read_text()) for stack in environment.stacks}
    return World(Site(environment, settings, ROOT, environment.stacks), stacks)


@contextmanager
def world(home: Path, *, bootstrap: bool) -> Iterator[World]:
    """`bootstrap`: the local cloud has made its own dataset, as `make demo` leaves it."""
    from infra.app import synthesise

    settings = _settings(home)
    synthesise(load_environment("local", settings), home / "synthesised")
    with LocalCloud(home, port_of(home), now=NOW, bootstrap=bootstrap, settings=settings.sql) as cloud:
        write_record(home, ServerRecord(cloud.url, os.getpid(), port_of(home), str(home)))
        yield replace(again(home), cloud=cloud)


def again(home: Path) -> World:
    """A home whose world exists already, as another process sees it."""
    settings = _settings(home)
    stacks = {
        stack: json.loads((stack_folder(home / "synthesised", stack) / STACK_FILE).read_text()) for stack in STACKS
    }
    return World(Site(load_environment("local", settings), settings, ROOT), stacks)


def _settings(home: Path) -> Settings:
    return Settings(home=home, now=NOW.isoformat())
