"""Every rule breaks on what it is there for, and passes what looks alike: one file of cases per rule, in rules/."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.lint.findings import Finding, finding
from infra.lint.runner import all_rules, lint, message_of
from tests.unit.lint.world import OBJECTS, catalog

CASES = Path(__file__).parent / "rules"
DEFAULT = "queries/example"


def cases(kind: str) -> list[Any]:
    found = []
    for name in all_rules():
        written = yaml.safe_load((CASES / f"{name}.yaml").read_text())
        for number, case in enumerate(written[kind], 1):
            found.append(pytest.param(name, case, id=f"{name}-{case.get('name', number)}"))
    return found


def findings(rule: str, case: dict[str, Any]) -> list[Finding]:
    asset_name = case.get("asset", DEFAULT)
    built = catalog(asset_name, case["sql"])
    asset, module = built.assets[asset_name], all_rules()[rule]
    hits = module.check(asset, built)
    return sorted(finding(rule, message_of(module), hit, asset.traced.places(hit.offset)) for hit in hits)


@pytest.mark.parametrize(("rule", "case"), cases("breaks"))
def test_a_rule_finds_what_breaks_it(rule: str, case: dict[str, Any]) -> None:
    found = findings(rule, case)
    told = [f"{one.line}: {one.subject}" for one in found]
    assert len(told) == len(case["found"]) and all(map(str.startswith, told, case["found"])), told
    assert {one.path for one in found} == {f"sql/{case.get('asset', DEFAULT)}.sql"}


@pytest.mark.parametrize(("rule", "case"), cases("passes"))
def test_a_rule_passes_what_looks_alike(rule: str, case: dict[str, Any]) -> None:
    assert findings(rule, case) == []
    # No look-alike passes only because nothing could be read.
    assert findings("readable-sql", case) == []


def test_every_rule_has_its_file_of_cases() -> None:
    assert {path.stem for path in CASES.glob("*.yaml")} == set(all_rules())


@pytest.mark.parametrize("rule", all_rules())
def test_a_rule_s_docstring_is_its_message_and_its_fix(rule: str) -> None:
    message, separator, fix = message_of(all_rules()[rule]).partition("; ")
    assert message and separator and fix, f"{rule}: write 'what is wrong; what to do'"
    assert message[0].isupper() and len(message_of(all_rules()[rule])) < 130


def test_the_world_of_these_tests_breaks_no_rule() -> None:
    name = "tables/creators"
    assert lint(catalog(name, OBJECTS[name])).findings == ()
