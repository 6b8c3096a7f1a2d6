"""What is downstream of a change: who reads or calls the object, who reads those, and which agents run them.

Objects refer to each other in their SQL, which infra.catalog reads. What writes a table reaches that table's readers
too, for one step: further on everything reaches everything. Which queries an agent runs, and on which agents it
depends, stands in the specification beside the agent, which a contract test compares with its code; those files are
read here as texts, so that infra need not import the orchestrator.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.catalog import Asset, Catalog, Use
from infra.catalog.names import path_of_table
from infra.plan.model import Change
from infra.syntax.sql import exp

SPECIFICATIONS = Path(__file__).resolve().parents[2] / "orchestrator" / "agents"
_NAMED_BY = {
    "google_bigquery_table": "table_id",
    "google_bigquery_routine": "routine_id",
    "google_bigquery_data_transfer_config": "display_name",
}
_COORDINATING = frozenset({"creator_lock", "job_guard", "job_runs"})
"""Tables that writers take turns by: what is written to them tells their readers nothing."""
_ACCOUNTS = ".iam.gserviceaccount.com"
_SCHEDULE = "google_bigquery_data_transfer_config"
_SECTION = re.compile(r"^## (?P<title>.+?)\n(?P<text>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(r"^[-*] `(\w+)`", re.MULTILINE)


@dataclass(frozen=True)
class Agent:
    """What an agent's specification says of it: the names of sql/queries that it runs, and the agents it waits for."""

    name: str
    queries: frozenset[str]
    depends_on: frozenset[str]


@dataclass(frozen=True)
class Reach:
    """Names of what is downstream of one change, sorted. `tables` are those that it fills; `agents` run a query of
    these themselves; `waiting` depend on an agent that does."""

    tables: tuple[str, ...] = ()
    routines: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is downstream."""
        return self == Reach()


class Graph:
    """Who refers to whom among the objects, schedules and queries of sql/; `resources` are those of the plan."""

    def __init__(self, catalog: Catalog, agents: Sequence[Agent], resources: Iterable[Change] = ()) -> None:
        self._agents = agents
        self._dataset = catalog.settings.dataset
        self._schedules = [one for one in resources if one.type == _SCHEDULE]
        self._by_name = {name.partition("/")[2].lower(): name for name in catalog.assets}
        self._readers: dict[str, set[str]] = {}
        self._called: dict[str, set[str]] = {}
        self._written: dict[str, set[str]] = {}
        for name, asset in catalog.assets.items():
            self._written[name] = set(_written(asset, catalog))
            for reference in asset.references:
                target = catalog.object(reference.path)
                if target is not None and target.name != name:
                    self._readers.setdefault(target.name, set()).add(name)
                    if reference.use is Use.PROCEDURE:
                        self._called.setdefault(name, set()).add(target.name)

    def reach(self, change: Change) -> Reach:
        """Everything downstream of a change; of a dataset that goes, all there is."""
        start = self._start(change)
        tables = self._filled(start)
        found = {one for name in (*start, *tables) for one in self._downstream(name)} - set(start)
        if self._is_the_end(change):
            found = set(self._by_name.values())
        elif change.type not in _NAMED_BY:
            found |= set(start)
        ran = {one.partition("/")[2] for one in found if one.startswith("queries/")}
        agents = {one.name for one in self._agents if one.queries & ran}
        return Reach(
            tables=_of(tables, "tables"),
            routines=_of(found, "functions", "table_functions", "procedures"),
            views=_of(found, "views"),
            schedules=_of(found, "scheduled_queries"),
            queries=_of(found, "queries"),
            agents=tuple(sorted(agents)),
            waiting=tuple(sorted(self._waiting(agents) - agents)),
        )

    def _is_the_end(self, change: Change) -> bool:
        gone = (change.before or {}).get("dataset_id") == self._dataset
        return gone and change.type == "google_bigquery_dataset" and change.action.is_destructive

    def _start(self, change: Change) -> list[str]:
        """The object itself; of an account, a grant or a topic, the schedules that run with it or report to it."""
        side = change.after or change.before or {}
        name = str(side.get(_NAMED_BY.get(change.type, "")) or "").lower()
        if name:
            return [self._by_name[name]] if name in self._by_name else []
        wanted = set(_identities(change, side))
        users = [one for one in self._schedules if wanted & set(_uses(one.after or one.before or {}))]
        names = (str((one.after or one.before or {}).get("display_name")).lower() for one in users)
        return [self._by_name[one] for one in names if one in self._by_name]

    def _filled(self, start: Sequence[str]) -> set[str]:
        """Tables that these write, themselves or through a procedure that they call."""
        seen, pending = set(start), list(start)
        while pending:
            for one in self._called.get(pending.pop(), set()) - seen:
                seen.add(one)
                pending.append(one)
        return {table for one in seen for table in self._written.get(one, ())}

    def _downstream(self, name: str) -> Iterator[str]:
        seen: set[str] = set()
        pending = [name]
        while pending:
            for reader in self._readers.get(pending.pop(), ()):
                if reader not in seen and reader != name:
                    seen.add(reader)
                    pending.append(reader)
                    yield reader

    def _waiting(self, agents: set[str]) -> set[str]:
        found: set[str] = set()
        more = set(agents)
        while more:
            more = {one.name for one in self._agents if one.depends_on & more} - found
            found |= more
        return found


def _written(asset: Asset, catalog: Catalog) -> Iterator[str]:
    for piece in asset.pieces:
        tree = piece.tree
        if isinstance(tree, exp.Insert | exp.Update | exp.Delete | exp.Merge):
            target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
            found = catalog.object(path_of_table(target)) if isinstance(target, exp.Table) else None
            if found is not None and found.name.partition("/")[2] not in _COORDINATING:
                yield found.name


def _identities(change: Change, side: Mapping[str, Any]) -> Iterator[str]:
    """What a schedule may name of an account, a grant or a topic."""
    if change.type == "google_service_account" and side.get("account_id"):
        yield f"{side['account_id']}@{side.get('project') or ''}"
    if change.type.endswith("_iam_member"):
        yield str(side.get("member")).partition(":")[2].removesuffix(_ACCOUNTS)
    if change.type == "google_pubsub_topic":
        yield str(side.get("name"))


def _uses(schedule: Mapping[str, Any]) -> Iterator[str]:
    if schedule.get("service_account_name"):
        yield str(schedule["service_account_name"]).removesuffix(_ACCOUNTS)
    if schedule.get("notification_pubsub_topic"):
        yield str(schedule["notification_pubsub_topic"]).rpartition("/")[2]


def read_agents(folder: Path = SPECIFICATIONS) -> tuple[Agent, ...]:
    """The agents whose specifications lie in a folder; none when infra is installed without it."""
    return tuple(_read(path.stem, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.md")))


def _read(name: str, text: str) -> Agent:
    sections: Mapping[str, str] = {one["title"].strip(): one["text"] for one in _SECTION.finditer(text)}
    queries, depends = (frozenset(_ITEM.findall(sections.get(title, ""))) for title in ("Queries", "Depends on"))
    return Agent(name, queries, depends)


def _of(found: set[str], *kinds: str) -> tuple[str, ...]:
    return tuple(sorted(name.partition("/")[2] for name in found if name.partition("/")[0] in kinds))
