"""What is downstream of a change: who reads or calls the object, who reads those, and which agents run them.

Objects refer to each other in their SQL, which infra.catalog reads. Which queries an agent runs, and on which agents it
depends, stands in the specification beside the agent, which a contract test compares with its code; those files are
read here as texts, so that infra need not import the orchestrator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.catalog import Catalog
from infra.plan.model import Change

SPECIFICATIONS = Path(__file__).resolve().parents[2] / "orchestrator" / "agents"
_NAMED_BY = {
    "google_bigquery_table": "table_id",
    "google_bigquery_routine": "routine_id",
    "google_bigquery_data_transfer_config": "display_name",
}
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
    """Names of what is downstream of one change, sorted. `agents` run such a query themselves; `waiting` depend on one
    that does."""

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
    """Who refers to whom among the objects, schedules and queries of sql/."""

    def __init__(self, catalog: Catalog, agents: tuple[Agent, ...]) -> None:
        self._agents = agents
        self._by_name = {name.partition("/")[2].lower(): name for name in catalog.assets}
        self._readers: dict[str, set[str]] = {}
        for name, asset in catalog.assets.items():
            for reference in asset.references:
                target = catalog.object(reference.path)
                if target is not None and target.name != name:
                    self._readers.setdefault(target.name, set()).add(name)

    def reach(self, change: Change) -> Reach:
        """Everything downstream of a change; of a dataset, all there is."""
        start = self._start(change)
        found = {one for name in start for one in self._downstream(name)}
        if change.type == "google_bigquery_dataset":
            found = set(self._by_name.values())
        ran = {one.partition("/")[2] for one in (*found, *start) if one.startswith("queries/")}
        agents = {one.name for one in self._agents if one.queries & ran}
        return Reach(
            routines=_of(found, "functions", "table_functions", "procedures"),
            views=_of(found, "views"),
            schedules=_of(found, "scheduled_queries"),
            queries=_of(found, "queries"),
            agents=tuple(sorted(agents)),
            waiting=tuple(sorted(self._waiting(agents) - agents)),
        )

    def _start(self, change: Change) -> list[str]:
        side = change.after or change.before or {}
        name = str(side.get(_NAMED_BY.get(change.type, "")) or "").lower()
        return [self._by_name[name]] if name in self._by_name else []

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


def read_agents(folder: Path = SPECIFICATIONS) -> tuple[Agent, ...]:
    """The agents whose specifications lie in a folder; none when infra is installed without it."""
    return tuple(_read(path.stem, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.md")))


def _read(name: str, text: str) -> Agent:
    sections: Mapping[str, str] = {one["title"].strip(): one["text"] for one in _SECTION.finditer(text)}
    queries, depends = (frozenset(_ITEM.findall(sections.get(title, ""))) for title in ("Queries", "Depends on"))
    return Agent(name, queries, depends)


def _of(found: set[str], *kinds: str) -> tuple[str, ...]:
    return tuple(sorted(name.partition("/")[2] for name in found if name.partition("/")[0] in kinds))
