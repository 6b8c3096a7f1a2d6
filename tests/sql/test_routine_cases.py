"""Every routine, view and scheduled script against the cases in its sidecar, through the real client.

A sidecar's `setup` runs before each of its cases, on empty tables. A case is `run` (statements, of which the last is
judged), `expect` (its rows; only the columns named are compared) or `error` (a pattern of the message), and `then`
(queries with the rows they must give afterwards). `{name}` stands for the qualified table or routine. Rows come in
order, unless `unordered_by` names columns to sort them by; with `count_by`, `expect` counts them by that column. A case
of a scheduled script has `run_times`: after `run` the script fires at each of them, and the last firing is judged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from google.api_core import exceptions

from sql import names, sidecar
from tests.schedules import fire

KINDS = ("functions", "table_functions", "procedures", "views", "scheduled_queries")
ROUTINES = tuple(name for kind in KINDS for name in names(kind))
CASES = [(name, case) for name in ROUTINES for case in sidecar(name)["cases"]]
REFUSING = ("functions/", "procedures/select_", "procedures/lock_", "scheduled_queries/")
TABLES = tuple(name.partition("/")[2] for name in names("tables"))
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}: {case['name']}" for name, case in CASES])
def test_case(shared_warehouse: Any, name: str, case: Mapping[str, Any]) -> None:
    if sidecar(name).get("local_only") and shared_warehouse.url is None:
        pytest.skip(f"{name} is tested on the local cloud only")
    is_schedule = name.startswith("scheduled_queries/")
    before, last = (case.get("run", ()), "") if is_schedule else (case["run"][:-1], case["run"][-1])
    _run(shared_warehouse, ";\n".join([*_clearing(), *sidecar(name).get("setup", ()), *before]))
    if is_schedule:
        *earlier, now = case["run_times"]
        for run_time in earlier:
            fire(shared_warehouse, name, _instant(run_time))
        _judge(case, lambda: fire(shared_warehouse, name, _instant(now)))
    else:
        _judge(case, lambda: _run(shared_warehouse, last))
    for afterwards in case.get("then", ()):
        _compare(_run(shared_warehouse, afterwards["run"]), afterwards["expect"], {**case, **afterwards})


@pytest.mark.parametrize("name", ROUTINES)
def test_every_routine_is_described_and_has_cases(name: str) -> None:
    described = sidecar(name)
    assert described["owner"] and described["cost_class"] and len(described["description"]) > 20
    assert described["cases"]
    if name.startswith(REFUSING):
        assert any("error" in case for case in described["cases"])


def _judge(case: Mapping[str, Any], run: Callable[[], list[dict[str, Any]]]) -> None:
    if "error" in case:
        with pytest.raises(exceptions.BadRequest, match=case["error"]):
            run()
        return
    rows = run()
    if "expect" in case or "run_times" not in case:
        _compare(rows, case["expect"], case)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _clearing() -> list[str]:
    return [f"DELETE FROM {{{table}}} WHERE TRUE" for table in TABLES]


def _run(warehouse: Any, statement: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = warehouse.rows(PLACEHOLDER.sub(lambda found: warehouse.table(found[1]), statement))
    return rows


def _compare(rows: list[dict[str, Any]], expected: Any, case: Mapping[str, Any]) -> None:
    if "count_by" in case:
        assert Counter(row[case["count_by"]] for row in rows) == expected
        return
    if "unordered_by" in case:
        rows = sorted(rows, key=lambda row: [(row[column] is None, row[column]) for column in case["unordered_by"]])
    assert len(rows) == len(expected), rows
    tolerance = case.get("tolerance", 1e-9)
    found = [{column: _plain(row[column]) for column in want} for row, want in zip(rows, expected, strict=True)]
    assert found == [{column: _approximately(value, tolerance) for column, value in want.items()} for want in expected]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def _approximately(value: Any, tolerance: float) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return pytest.approx(value, abs=tolerance)
    return _plain(value)
