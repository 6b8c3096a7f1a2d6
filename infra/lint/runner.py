"""Runs every rule over every asset of the catalogue."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Protocol

from infra.catalog import Catalog, load_catalog
from infra.lint import rules
from infra.lint.findings import Finding, Hit, finding, shown
from sql import SqlSettings

SETTINGS = SqlSettings(project="lint-project", dataset="lint_dataset")
"""Names that nobody would write out: a template that does not use ref() is found by them."""


@cache
def all_rules() -> Mapping[str, ModuleType]:
    """The modules of infra/lint/rules by rule name ("no-drop"), sorted."""
    found = sorted(module.name for module in pkgutil.iter_modules(rules.__path__))
    return {name.replace("_", "-"): import_module(f"{rules.__name__}.{name}") for name in found}


def message_of(rule: ModuleType) -> str:
    """What a rule says: the first paragraph of its docstring, in one line and without its full stop."""
    first = (rule.__doc__ or "").strip().split("\n\n")[0]
    return " ".join(first.split()).rstrip(".")


class Complaint(Protocol):
    """What GoogleSQL's own analyser has against a template, `offset` characters into its rendered text."""

    @property
    def name(self) -> str: ...
    @property
    def offset(self) -> int: ...
    @property
    def message(self) -> str: ...


Judge = Callable[[Catalog], Iterable[Complaint]]


@dataclass(frozen=True)
class Report:
    """What the rules say of a catalogue; `findings` are sorted by place."""

    findings: tuple[Finding, ...]
    templates: int
    rules: int

    def __str__(self) -> str:
        count = f"{len(self.findings)} finding{'' if len(self.findings) == 1 else 's'}"
        return "\n".join([*map(str, self.findings), f"{self.templates} templates, {self.rules} rules, {count}"])

    def as_dict(self) -> dict[str, object]:
        """The report as `--json` prints it."""
        findings = [finding.as_dict() for finding in self.findings]
        return {"templates": self.templates, "rules": self.rules, "findings": findings}


def lint(catalog: Catalog | None = None, judge: Judge | None = None) -> Report:
    """Every rule over every template of sql/, or over the catalogue that is given, and then GoogleSQL's own `judge`.

    Raises InfraError when a template cannot be rendered or is no GoogleSQL script.
    """
    catalog = load_catalog(SETTINGS) if catalog is None else catalog
    found = {*_findings(catalog), *(_complaints(catalog, judge) if judge else ())}
    return Report(tuple(sorted(found)), len(catalog.assets), len(all_rules()))


def _findings(catalog: Catalog) -> Iterator[Finding]:
    for asset in catalog.assets.values():
        for name, rule in all_rules().items():
            for hit in rule.check(asset, catalog):
                yield finding(name, message_of(rule), hit, asset.traced.places(hit.offset))


def _complaints(catalog: Catalog, judge: Judge) -> Iterator[Finding]:
    for complaint in judge(catalog):
        asset = catalog.assets[complaint.name]
        hit = Hit(complaint.offset, shown(asset.text[complaint.offset :].split("\n")[0]))
        yield finding("googlesql", complaint.message, hit, asset.traced.places(complaint.offset))
