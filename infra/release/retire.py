"""The end of a pull request's environment: its schedules stop, its tables expire. Nothing is destroyed, nothing shared
is touched.

A pull request's environment is told by the label that its stacks put on its datasets, beside its dataset's name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from infra.environments import Environment
from infra.errors import InfraError, RefusedError
from infra.release.expiry import set_ends
from infra.release.parts import schedules_of
from infra.release.site import Site

LABEL = "pull_request"
_DAY_MILLIS = 86_400_000


@dataclass(frozen=True)
class PullRequest:
    """One pull request's dataset; `expires_days` is how long its new tables live, 0 while it is in use."""

    number: int
    dataset: str
    environment: str
    expires_days: float

    def as_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {**vars(self), "retired": self.expires_days > 0}


@dataclass(frozen=True)
class Retired:
    """What was done: the schedules that were switched off, and the tables that got an end, by their full names."""

    environment: str
    dataset: str
    paused: tuple[str, ...] = ()
    expiring: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}


def retire(site: Site, days: int, tell: Callable[[str], None]) -> Retired:
    """Switch its schedules off and let its tables end after `days`; those that end anyhow keep their end.

    Can be repeated, and goes on where it stopped. Raises RefusedError for anything but a pull request's environment,
    InfraError when there is none.
    """
    environment = site.environment
    require_pull_request(environment)
    site.start()
    labels = _labels(site, environment.dataset)
    if labels is None:
        raise InfraError(
            f"there is no environment of pull request {environment.pull_request}",
            where=f"{environment.project}.{environment.dataset}",
            fix=f"eros-infra pull-requests --target {environment.name}",
        )
    _require_labels(environment, labels)
    schedules = schedules_of(site)
    paused = [one.name for one in schedules.list() if not one.paused and schedules.set_paused(one, True)]
    ends = site.now() + timedelta(days=days)
    # Its snapshots, in the dataset of backups, have an end from the start.
    expiring = set_ends(site.client, environment.dataset, days, ends, tell)
    return Retired(site.name, environment.dataset, tuple(paused), tuple(expiring))


def require_pull_request(environment: Environment) -> None:
    """Raises RefusedError unless it is a pull request's environment."""
    if environment.pull_request is None:
        raise RefusedError(
            f"{environment.name} is no environment of a pull request",
            where=f"{environment.project}.{environment.dataset}",
            why="only those are ever retired",
            fix="name the pull request: --pull-request NUMBER",
        )


def pull_requests(site: Site) -> tuple[PullRequest, ...]:
    """Every pull request's dataset in the project, by number."""
    site.start()
    project = site.environment.project
    found = []
    for one in site.rest.pages("big_query", f"projects/{project}/datasets", "datasets", maxResults=1000):
        labels, name = one.get("labels") or {}, str(one["datasetReference"]["datasetId"])
        if labels.get("system") != "eros" or not name.endswith(f"_pr_{labels.get(LABEL)}"):
            continue
        about = site.rest.get("big_query", f"projects/{project}/datasets/{name}") or {}
        days = int(about.get("defaultTableExpirationMs") or 0) / _DAY_MILLIS
        found.append(PullRequest(int(labels[LABEL]), name, str(labels.get("environment", "")), days))
    return tuple(sorted(found, key=lambda one: (one.environment, one.number, one.dataset)))


def _labels(site: Site, dataset: str) -> dict[str, str] | None:
    about = site.rest.get("big_query", f"projects/{site.environment.project}/datasets/{dataset}")
    return None if about is None else dict(about.get("labels") or {})


def _require_labels(environment: Environment, labels: dict[str, str]) -> None:
    wrong = sorted(f"{key}={value}" for key, value in environment.labels.items() if labels.get(key) != value)
    if wrong:
        raise RefusedError(
            f"{environment.dataset} is not what a deployment of pull request {environment.pull_request} made",
            where=f"{environment.project}.{environment.dataset}",
            why=f"it lacks the labels {', '.join(wrong)}",
            fix="look at it: nothing of it was touched",
        )
