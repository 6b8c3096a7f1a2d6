"""The checker says nothing of a good week, whatever odd text it carries, and counts what it saw."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from orchestrator.verify import rules
from orchestrator.verify.evidence import Evidence
from orchestrator.verify.report import check
from orchestrator.verify.rules import RULES
from tests.contract.checker_world import NOW, WEEK, week_evidence


def test_good_week_has_no_findings() -> None:
    report = check(week_evidence())
    assert report.findings == ()
    assert report.ok
    assert report.line() == f"checker: 2 schedules, 1 files, 32 messages, {len(RULES)} rules, 0 broken"


def test_rule_names_are_unique_and_of_their_module() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    for rule in RULES:
        assert rule.name == f"{rule.check.__module__.rpartition('.')[2]}.{rule.check.__name__}"
        assert rule.check.__doc__


def test_checker_shares_nothing_with_what_it_checks() -> None:
    folder = Path(rules.__file__).parents[1]
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            shared = [name for name in names if name and name.startswith("orchestrator.")]
            assert all(name.startswith("orchestrator.verify") for name in shared), path
            if any(name == "sql" for name in names):
                assert [alias.name for alias in node.names] == ["constants"], path


def test_empty_week_is_not_ok() -> None:
    report = check(Evidence(week=WEEK, now=NOW))
    assert report.findings == ()
    assert not report.ok


def test_swept_assignments_of_a_past_week_are_fine() -> None:
    evidence = week_evidence()
    later = datetime(2026, 11, 5, tzinfo=UTC)
    swept = [
        replace(one, active=False, deactivated_at=later, deactivation_reason="expired") for one in evidence.assignments
    ]
    assert check(replace(evidence, now=later, assignments=tuple(swept))).findings == ()


def test_superseded_version_with_released_locks_is_fine() -> None:
    evidence = week_evidence()
    beta = evidence.schedules[1]
    old = replace(beta, schedule_id="sched_20261026_beta_v1", status="superseded")
    new = replace(beta, schedule_id="sched_20261026_beta_v2", version=2, seed="eros|2026-10-26|beta|v2", status="draft")
    released = [
        replace(one, active=False, deactivated_at=NOW, deactivation_reason="superseded")
        if one.schedule_id == old.schedule_id
        else one
        for one in evidence.assignments
    ]
    event = replace(evidence.events[-1], action="supersede", before="approved", after="superseded")
    changed = replace(
        evidence,
        schedules=(evidence.schedules[0], old, new),
        assignments=tuple(released),
        events=(*evidence.events, event),
    )
    assert check(changed).findings == ()


def test_report_as_dict_is_complete() -> None:
    report = check(week_evidence(lambda world: world.edit_schedule("alpha", seed="other")))
    answer = report.as_dict()
    assert answer["broken_rules"] == ["identity.seed"]
    assert answer["findings"][0]["schedule_id"] == "sched_20261026_alpha_v1"
    assert "identity.seed: sched_20261026_alpha_v1" in str(report.findings[0])
