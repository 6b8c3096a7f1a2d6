"""Reads the Markdown specification beside an agent, and says where it differs from the code."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator import errors
from tests.contract.agent_facts import Facts, Lines, modules_behind

FOLDER = Path(__file__).resolve().parents[2] / "orchestrator" / "agents"
NOTHING = "–"
ENDINGS = ("stops",)
"""What may stand for a page status when the whole command ends."""
_HEADING = re.compile(r"### `(\w+)`(?: -> `(.+)`)?")
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Failure:
    """A row of the failure modes: errors with their exit codes, who raises them, and what becomes of the page."""

    errors: tuple[str, ...]
    codes: str
    raised: str
    page: str


@dataclass(frozen=True)
class Spec:
    """A specification. `described` maps a function or type to its lines and, for a function, what it returns."""

    title: str
    summary: str
    purpose: str
    depends: tuple[str, ...]
    stages: tuple[tuple[str, ...], ...]
    described: Mapping[str, tuple[Lines, str | None]]
    meanings: tuple[str, ...]
    queries: tuple[str, ...]
    rules: tuple[tuple[tuple[str, ...], str], ...]
    failures: tuple[Failure, ...]
    statuses: Mapping[str, int]

    @property
    def rule_ids(self) -> list[str]:
        """All rules, of every kind."""
        return [one for ids, _ in self.rules for one in ids]


def read_spec(agent: str) -> Spec:
    """The specification of an agent."""
    head, *sections = re.split(r"^## ", (FOLDER / f"{agent}.md").read_text(), flags=re.MULTILINE)
    title, summary, purpose = head.strip().split("\n\n", 2)
    parts = dict(section.split("\n", 1) for section in sections)
    meanings = tuple(row[-1] for part in parts.values() for row in _rows(part))
    described = {name: one for part in ("Inputs", "Outputs") for name, one in _described(parts.pop(part))}
    spec = Spec(
        title=title,
        summary=" ".join(summary.split()),
        purpose=purpose.strip(),
        depends=tuple(_CODE.findall(parts.pop("Depends on"))),
        stages=tuple(tuple(_CODE.findall(line)) for line in parts.pop("Stages", "").splitlines() if line),
        described=described,
        meanings=meanings,
        queries=tuple(_CODE.findall(parts.pop("Queries"))),
        rules=tuple((tuple(_CODE.findall(row[0])), row[1]) for row in _rows(parts.pop("Rules"))),
        failures=tuple(
            Failure(tuple(_CODE.findall(row[0])), row[1], row[2], row[3].strip("`"))
            for row in _rows(parts.pop("Failure modes"))
        ),
        statuses={row[0].strip("`"): int(row[1]) for row in _rows(parts.pop("Page statuses", ""))},
    )
    assert not parts, f"{agent}.md has sections that nobody compares: {', '.join(parts)}"
    return spec


def _described(section: str) -> Iterator[tuple[str, tuple[Lines, str | None]]]:
    for text in re.split(r"^(?=### )", section, flags=re.MULTILINE)[1:]:
        heading = _HEADING.match(text)
        assert heading, text[:60]
        yield heading[1], (tuple((row[0].strip("`"), row[1].strip("`")) for row in _rows(text)), heading[2])


def _rows(text: str) -> list[list[str]]:
    """The cells of all tables, without their two lines of heading; `\\|` in a cell is a `|`."""
    rows: list[list[str]] = []
    heading = 2
    for line in text.splitlines():
        if not line.startswith("|"):
            heading = 2
        elif heading:
            heading -= 1
        else:
            rows.append([cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return rows


# Comparison


def differences(
    agent: str, spec: Spec, facts: Facts, constants: Mapping[str, Any], rules: set[str], from_warehouse: set[str]
) -> list[str]:
    """Everything in which a specification and the code part; empty when they agree."""
    return [
        *_head(agent, spec, facts),
        *_signatures(spec, facts),
        *_same("queries", set(spec.queries), set(facts.queries)),
        *_rules(agent, spec, facts, constants, rules),
        *_failures(spec, facts, from_warehouse),
    ]


def _head(agent: str, spec: Spec, facts: Facts) -> Iterator[str]:
    if spec.title != f"# {agent}":
        yield f"title {spec.title!r}"
    if spec.summary.lower() != " ".join(facts.summary.split()).lower():
        yield f"the first sentence is not the module's: {spec.summary!r}"
    if len(spec.purpose) < 40:
        yield "the purpose says nothing"
    if not all(spec.meanings):
        yield "a row without a meaning"


def _signatures(spec: Spec, facts: Facts) -> Iterator[str]:
    expected: dict[str, tuple[Lines, str | None]] = dict(facts.functions)
    expected |= {name: (lines, None) for name, lines in facts.types.items()}
    yield from _same("functions and types", set(spec.described), set(expected))
    for name in set(spec.described) & set(expected):
        (lines, returns), (wanted, gives) = spec.described[name], expected[name]
        if returns != gives:
            yield f"{name}: {returns} is described, {gives} comes back"
        if lines != wanted:
            only = [one for one in lines if one not in wanted], [one for one in wanted if one not in lines]
            yield f"{name}: {only[0]} is described only, {only[1]} is there only, or the order differs"


def _rules(agent: str, spec: Spec, facts: Facts, constants: Mapping[str, Any], rules: set[str]) -> Iterator[str]:
    behind = modules_behind(f"orchestrator.agents.{agent}")
    named: set[str] = set()
    for ids, now in spec.rules:
        paths = [one.removeprefix("constants.") for one in ids if one.startswith("constants.")]
        named |= set(paths)
        values = [_value(constants, path) for path in paths]
        wanted = ("; " if any(", " in value for value in values) else ", ").join(values)
        if now != wanted:
            yield f"{', '.join(ids)}: {now!r} is written, {wanted!r} holds"
        for one in ids:
            if one.startswith("orchestrator."):
                yield from _function(one, behind)
            elif not one.startswith("constants.") and one not in rules:
                yield f"no rule of the checker is called {one}"
    for path in facts.constants:
        if not any(one == path or one.startswith(f"{path}.") for one in named):
            yield f"constants.{path} is read and not described"


def _function(path: str, behind: set[str]) -> Iterator[str]:
    module, _, name = path.rpartition(".")
    if module not in behind:
        yield f"{path}: the agent does not reach its module"
    elif not callable(getattr(importlib.import_module(module), name, None)):
        yield f"{path} is no function"


def _value(constants: Mapping[str, Any], path: str) -> str:
    """A constant as a specification writes it; `*` lists the members of a mapping."""
    head, star, rest = path.partition(".*.")
    value: Any = constants
    for key in head.split("."):
        value = value.get(key, f"no {path}") if isinstance(value, Mapping) else f"no {path}"
    if star and isinstance(value, Mapping):
        return ", ".join(f"{name} {_value(member, rest)}" for name, member in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "none" if value is None else str(value)


def _failures(spec: Spec, facts: Facts, from_warehouse: set[str]) -> Iterator[str]:
    wanted = {"here": set(facts.raised), "caught": set(facts.caught)}
    wanted["warehouse"] = from_warehouse if facts.queries else set()
    for raised, names in wanted.items():
        found = {name for one in spec.failures if one.raised == raised for name in one.errors}
        yield from _same(f"errors ({raised})", found, names)
    for one in spec.failures:
        codes = ", ".join(str(getattr(getattr(errors, name, None), "exit_code", NOTHING)) for name in one.errors)
        if one.codes != (codes or NOTHING):
            yield f"{', '.join(one.errors)}: exit code {one.codes} is written, {codes or NOTHING} holds"
        if one.raised not in {*wanted, "result"}:
            yield f"nobody raises as {one.raised!r}"
        if one.raised == "result" and one.errors:
            yield f"a result is no error: {', '.join(one.errors)}"


def _same(what: str, found: set[str], wanted: set[str]) -> Iterator[str]:
    if found != wanted:
        yield f"{what}: {sorted(found - wanted)} too many, {sorted(wanted - found)} missing"
