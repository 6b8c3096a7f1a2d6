"""Each agent's Markdown specification against its code, and proof that a change of the code is noticed.

[analyzer, monitor] -> [selector] -> [builder] -> [exporter]
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from orchestrator.agents.run_report import PageResult, RunReport
from orchestrator.verify.rules import RULES
from sql import constants
from sql.loader import ROOT
from tests.conftest import NOW
from tests.contract.agent_facts import AGENTS, Source, facts_of, source_of
from tests.contract.agent_specs import ENDINGS, FOLDER, differences, read_spec

# The contract's page "Six agents": what each may build on, and in which order they run.
DEPENDS = {
    "performance_analyzer": set(),
    "real_time_monitor": set(),
    "caption_selector": {"performance_analyzer"},
    "schedule_builder": {"performance_analyzer", "caption_selector", "real_time_monitor"},
    "sheets_exporter": {"schedule_builder"},
    "orchestrator": set(AGENTS) - {"orchestrator"},
}
STAGES = [
    {"performance_analyzer", "real_time_monitor"},
    {"caption_selector"},
    {"schedule_builder"},
    {"sheets_exporter"},
]
# What each stage is: the call by which the orchestrator runs it.
MAIN = {
    "analyze": "performance_analyzer",
    "observe": "real_time_monitor",
    "select": "caption_selector",
    "build": "schedule_builder",
    "export_all": "sheets_exporter",
}
RULE_NAMES = {rule.name for rule in RULES}


def _compared(
    agent: str,
    own: Source | None = None,
    values: Mapping[str, Any] | None = None,
    rules: set[str] | None = None,
) -> list[str]:
    """Where the specification and the code part, with changes of the code, the constants or the checker's rules."""
    return differences(
        agent,
        read_spec(agent),
        facts_of(agent, own),
        constants() if values is None else values,
        RULE_NAMES if rules is None else rules,
        _from_warehouse(source_of("orchestrator.warehouse.retries")),
    )


def _from_warehouse(source: Source) -> set[str]:
    """The errors that a failed job turns into."""
    explained = next(one for one in source.tree.body if isinstance(one, ast.FunctionDef) and one.name == "explained")
    returned = [node.value for node in ast.walk(explained) if isinstance(node, ast.Return)]
    return {one.func.id for one in returned if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)}


@pytest.mark.parametrize("agent", AGENTS)
def test_the_specification_agrees_with_the_code(agent: str) -> None:
    assert _compared(agent) == []


def test_each_agent_is_one_module_with_one_specification_beside_it() -> None:
    modules = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert {path.stem for path in FOLDER.glob("*.md")} == set(AGENTS)
    assert modules - set(AGENTS) == {"run_report"}  # what the orchestrator returns


def test_every_rule_of_the_checker_is_some_agent_s_duty() -> None:
    named = [one for agent in AGENTS for one in read_spec(agent).rule_ids if one in RULE_NAMES]
    assert set(named) == RULE_NAMES
    assert len(named) == len(set(named)), "two agents answer for one rule"


# Dependencies


@pytest.mark.parametrize("agent", AGENTS)
def test_dependencies_are_the_contract_s_and_imports_follow_them(agent: str) -> None:
    assert set(read_spec(agent).depends) == DEPENDS[agent]
    assert facts_of(agent).agents <= _upstream(agent)


def _upstream(agent: str) -> set[str]:
    return DEPENDS[agent].union(*(_upstream(one) for one in DEPENDS[agent]))


def test_the_stages_run_in_the_contract_s_order() -> None:
    assert [set(stage) for stage in read_spec("orchestrator").stages] == STAGES
    assert _stages(source_of("orchestrator.agents.orchestrator")) == STAGES


def _stages(source: Source) -> list[set[str]]:
    """The agents in the order in which run_week calls them; those of one helper function run side by side."""
    functions = {one.name: one for one in source.tree.body if isinstance(one, ast.FunctionDef)}
    found: list[set[str]] = []
    for statement in functions["run_week"].body:
        for call in ast.walk(statement):
            helper = (
                functions.get(getattr(getattr(call, "func", None), "id", "")) if isinstance(call, ast.Call) else None
            )
            names = {_name(node) for node in ast.walk(helper)} if helper else set()
            stage = {MAIN[name] for name in names & set(MAIN)}
            found += [stage] if stage else []
    return found


def _name(node: ast.AST) -> str:
    return str(getattr(node, "attr", "") or getattr(node, "id", ""))


# Outcomes


def test_page_statuses_are_those_that_a_run_gives() -> None:
    statuses = read_spec("orchestrator").statuses
    assert set(statuses) == _statuses(source_of("orchestrator.agents.orchestrator"))
    found = {one: _report(one).exit_code for one in statuses}
    assert found == statuses


def _statuses(source: Source) -> set[str]:
    """Literals given as `status=`, and what the lock answers besides."""
    given = [one.value for one in ast.walk(source.tree) if isinstance(one, ast.keyword) and one.arg == "status"]
    texts = {one.value for value in given for one in ast.walk(value) if isinstance(one, ast.Constant)}
    lock = (ROOT / "macros" / "locking.jinja").read_text()
    return texts | {one for one in ("error", "conflict") if f"'{one}' AS result" in lock}


def _report(status: str) -> RunReport:
    page = PageResult("amber", "sched_20260119_amber_v1", "MICRO", "GREEN", status)
    return RunReport(date(2026, 1, 19), "optimize", "eros", NOW, (page,))


@pytest.mark.parametrize("agent", AGENTS)
def test_every_failure_ends_in_a_page_status_or_the_command(agent: str) -> None:
    statuses = read_spec("orchestrator").statuses
    for failure in read_spec(agent).failures:
        assert failure.page in {*statuses, *ENDINGS}, failure
        if failure.raised == "warehouse":
            assert failure.page in ENDINGS, failure


# The test can fail


@pytest.mark.parametrize(
    ("agent", "old", "new"),
    [
        ("performance_analyzer", "pages: Sequence[str], as_of", "names: Sequence[str], as_of"),
        ("performance_analyzer", "warehouse: Queries, *, pages", "warehouse: Queries, pages"),
        ("performance_analyzer", "lookback_days: int | None = None", "lookback_days: int | None = 90"),
        ("performance_analyzer", "    avg_audience: int | None\n", "    avg_audience: float | None\n"),
        ("performance_analyzer", "    data_status: str\n", "    data_status: str\n    fans: int = 0\n"),
        ("performance_analyzer", "-> PerformanceReport", "-> PerformanceReport | None"),
        ("performance_analyzer", '"performance_report", {"page_name"', '"page_report", {"page_name"'),
        ("performance_analyzer", "raise ErosError(", "raise RefusedError("),
        ("performance_analyzer", 'constants()["lookback_days"]', 'constants()["cooldown_days"]'),
        ("performance_analyzer", "how big a page is", "how large a page is"),
        ("real_time_monitor", "    last_sent_at: datetime | None\n", "    last_sent_at: datetime\n"),
        ("real_time_monitor", 'constants()["zones"]', 'constants()["segments"]'),
        ("caption_selector", "    num_bump: int\n    seed", "    num_bump: int\n    num_free: int\n    seed"),
        ("caption_selector", "supersede: Sequence[str] = ()", "supersede: Sequence[str]"),
        ("caption_selector", "def pick_evidence(", "def evidence_of("),
        ("schedule_builder", "details: tuple[str, ...] = ()", 'details: tuple[str, ...] = ("none",)'),
        ("schedule_builder", "-> WeekPlan:", "-> WeekRequest:"),
        ("schedule_builder", '"holiday_factors"', '"verify_holidays"'),
        (
            "sheets_exporter",
            'raise UsageError(f"no schedule {schedule_id}"',
            'raise AccessError(f"no schedule {schedule_id}"',
        ),
        ("sheets_exporter", "except (ErosError, OSError)", "except ErosError"),
        ("sheets_exporter", 'override_red: str = ""', 'override_red: str = "why"'),
        ("orchestrator", "    replan: bool = False\n", "    replan: bool = True\n"),
        ("orchestrator", "constants().default_seed", "constants().bandit.temper"),
        ("orchestrator", "except (ErosError, ValueError)", "except (ErosError, KeyError)"),
        ("orchestrator", "def week_of(", "def _week_of("),
    ],
)
def test_a_change_of_the_code_is_noticed(agent: str, old: str, new: str) -> None:
    assert _compared(agent, source_of(f"orchestrator.agents.{agent}", old, new)) != []


@pytest.mark.parametrize(
    ("agent", "path"),
    [
        ("performance_analyzer", ["saturation", "red_from"]),
        ("real_time_monitor", ["zones", "YELLOW", "extra_gap_minutes"]),
        ("caption_selector", ["bandit", "temper"]),
        ("schedule_builder", ["account_sizes", "MEGA", "base_ppv"]),
        ("schedule_builder", ["time", "quiet_hours"]),
        ("orchestrator", ["time", "first_send_time"]),
    ],
)
def test_a_change_of_a_constant_is_noticed(agent: str, path: list[str]) -> None:
    changed = _thawed(constants())
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = "changed"
    assert _compared(agent, values=changed) != []
    del place[path[-1]]
    assert _compared(agent, values=changed) != []


def _thawed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _thawed(one) for key, one in value.items()}
    return list(value) if isinstance(value, tuple) else copy.copy(value)


def test_a_rule_that_is_gone_is_noticed() -> None:
    assert _compared("schedule_builder", rules=RULE_NAMES - {"gaps.within_week"}) != []


def test_another_exit_code_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestrator.errors.RefusedError.exit_code", 9)
    assert _compared("sheets_exporter") != []


def test_an_error_that_the_warehouse_no_longer_gives_is_noticed() -> None:
    changed = source_of("orchestrator.warehouse.retries", "return BudgetError(", "return ConflictError(")
    assert _from_warehouse(source_of("orchestrator.warehouse.retries")) - _from_warehouse(changed) == {"BudgetError"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    _select(run, factors)\n", ""),
        ('    on_progress("analysing pages")\n', "    _select(run, {})\n"),
        ("performance_analyzer.analyze", "performance_analyzer.report_page"),
    ],
)
def test_another_order_of_stages_is_noticed(old: str, new: str) -> None:
    assert _stages(source_of("orchestrator.agents.orchestrator", old, new)) != STAGES


def test_another_page_status_is_noticed() -> None:
    changed = source_of("orchestrator.agents.orchestrator", 'status="withheld"', 'status="kept"')
    assert _statuses(changed) != set(read_spec("orchestrator").statuses)


def test_an_import_against_the_order_is_noticed() -> None:
    line = "from orchestrator.agents.sheets_exporter import sheet_path\n"
    first = "from orchestrator.domain import"
    changed = source_of("orchestrator.agents.caption_selector", first, line + first)
    assert not facts_of("caption_selector", changed).agents <= _upstream("caption_selector")


def test_a_row_that_says_nothing_is_noticed() -> None:
    spec = read_spec("real_time_monitor")
    facts = facts_of("real_time_monitor")
    warehouse = _from_warehouse(source_of("orchestrator.warehouse.retries"))
    silent = replace(spec, meanings=("", *spec.meanings[1:]))
    assert differences("real_time_monitor", silent, facts, constants(), RULE_NAMES, warehouse) != []
