"""All of sql/ under GoogleSQL's analyser: every object after what it refers to, then every query."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from infra.catalog import Catalog as Assets
from infra.catalog.assets import STAGE
from infra.googlesql.analyser import Analyser
from infra.googlesql.catalog import Catalog
from infra.googlesql.service import Service, shared_service
from infra.googlesql.verdicts import Verdicts, digest
from infra.system_views import JOBS_COLUMNS
from sql import SqlSettings, deploy_order, names, render, sidecar


@dataclass(frozen=True)
class Finding:
    """GoogleSQL's complaint about a template: ``offset`` is in characters from the start of its rendered text."""

    name: str
    offset: int
    message: str


def rendered(settings: SqlSettings) -> dict[str, str]:
    """The text of every template by name, each identifier that it asks for called STAGE, as in the catalogue."""
    texts = {}
    for name in (*deploy_order(), *names("scheduled_queries"), *names("queries")):
        texts[name] = render(name, settings, **dict.fromkeys(sidecar(name).get("identifiers") or (), STAGE))
    return texts


class Bundle:
    """Rendered texts by template name ("tables/creators"), analysed as they are asked for.

    What `verdicts` knows to be right is not analysed again until another text refers to it.
    """

    def __init__(
        self,
        texts: Mapping[str, str],
        settings: SqlSettings,
        verdicts: Verdicts,
        start: Callable[[], Service] = shared_service,
    ) -> None:
        self._texts = texts
        self._settings = settings
        self._place = f"{settings.project}.{settings.dataset}"
        self._objects = {f"{self._place}.{name.partition('/')[2]}": name for name in deploy_order() if name in texts}
        self._verdicts = verdicts
        self._start = start
        self._deployed: dict[str, list[Finding]] = {}
        self._digests: dict[str, str] = {}

    @cached_property
    def _analyser(self) -> Analyser:
        return Analyser(self._start())

    @cached_property
    def _catalog(self) -> Catalog:
        catalog = self._analyser.empty_catalog()
        region = f"region-{self._settings.location.lower()}"
        jobs = [(column, self._analyser.type_of(data_type)) for column, data_type in JOBS_COLUMNS.items()]
        catalog.add_system_view((self._settings.project, region, "INFORMATION_SCHEMA", "JOBS"), jobs)
        return catalog

    def findings(self, name: str) -> list[Finding]:
        """What GoogleSQL has against one text."""
        key = self._digest(name)
        if key in self._verdicts:
            return []
        is_object = name in self._objects.values()
        found = self._deploy(name) if is_object else self.check(name, self._texts[name])
        if not found:
            self._verdicts.add(key)
        return found

    def check(self, name: str, text: str) -> list[Finding]:
        """What GoogleSQL would have against another text of that name; nothing that it creates is kept."""
        self._deploy_references(text)
        catalog = self._catalog.child()
        try:
            return self._check(name, text, catalog)
        finally:
            catalog.close()

    def _deploy(self, name: str) -> list[Finding]:
        """Analyse an object after those it refers to, and know it from then on."""
        if name not in self._deployed:
            self._deployed[name] = []  # a routine that calls itself is not met again
            self._deploy_references(self._texts[name])
            self._deployed[name] = self._check(name, self._texts[name], self._catalog)
        return self._deployed[name]

    def _deploy_references(self, text: str) -> None:
        for name in self._references(text):
            self._deploy(name)

    def _references(self, text: str) -> list[str]:
        """The names of the templates whose objects a text mentions."""
        mentioned = re.findall(rf"`({re.escape(self._place)}\.\w+)`", text)
        return sorted({self._objects[path] for path in mentioned if path in self._objects})

    def _digest(self, name: str) -> str:
        """Names a text with its sidecar's declarations and all that it refers to, however far."""
        if name not in self._digests:
            self._digests[name] = ""
            text, described = self._texts[name], sidecar(name)
            declared = repr([described.get(part) for part in ("identifiers", "parameters")])
            self._digests[name] = digest(name, text, declared, *map(self._digest, self._references(text)))
        return self._digests[name]

    def _check(self, name: str, text: str, catalog: Catalog) -> list[Finding]:
        described = sidecar(name)
        for listed in _stages(described):
            columns = [(column, self._analyser.type_of(data_type)) for column, data_type in listed.items()]
            catalog.add_table(f"{self._place}.{STAGE}", columns)
        mistakes = self._analyser.check(text, catalog, described.get("parameters") or {})
        return [Finding(name, mistake.offset, mistake.message) for mistake in mistakes]


def _stages(described: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """The columns of each identifier that is a table; a plain list of identifiers names texts."""
    identifiers = described.get("identifiers") or ()
    return list(identifiers.values()) if isinstance(identifiers, Mapping) else []


def analyse(texts: Mapping[str, str], settings: SqlSettings) -> list[Finding]:
    """What GoogleSQL has against the texts of sql/."""
    verdicts = Verdicts()
    bundle = Bundle(texts, settings, verdicts)
    found = [finding for name in texts for finding in bundle.findings(name)]
    verdicts.save()
    return found


def judge(assets: Assets) -> list[Finding]:
    """What GoogleSQL has against the texts of the catalogue. Raises UsageError when it is not installed."""
    return analyse({name: asset.text for name, asset in assets.assets.items()}, assets.settings)
