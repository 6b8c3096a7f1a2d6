#!/usr/bin/env python3
"""Judges the local cloud by GoogleSQL's reference evaluator at length, and prints a Markdown table.

Generated expressions of every family of tests/local/differential, and every function, table function, query and macro
of ours over a small agency's tables. Cases are drawn from seeds that the tests keep, so a run can be had again. Ends
with 1, and prints them, when two answers differ without the local cloud refusing by name.

    make bench-dialect    or            .venv/bin/python scripts/bench_dialect.py [--cases N] [--offset N]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from infra.googlesql.evaluator import Evaluator
from infra.googlesql.service import shared_service
from infra.local.server import LocalCloud
from sql import SqlSettings
from tests.conftest import TestWarehouse, deployed
from tests.local.differential.agency import settled
from tests.local.differential.families import FAMILIES, drawn
from tests.local.differential.judging import Court, Judgement, Verdict
from tests.local.differential.macro_queries import QUERIES
from tests.local.differential.macros import EXPRESSIONS
from tests.local.differential.our_queries import CALLS, WHOLE, table_function_text, whole_query
from tests.local.differential.ours import TABLE_FUNCTIONS, UDFS, World, udf_cases

NOW = datetime(2026, 1, 14, 20, tzinfo=UTC)
MACRO_CASES, UDF_CASES = 24, 66
SHOWN = (Verdict.EQUAL, Verdict.BOTH_FAIL, Verdict.REFUSED, Verdict.SKIPPED, Verdict.DIFFERENT)


def main() -> int:
    """The exit code: 0 without a silent difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=5200, help="generated expressions to judge (default: 5200)")
    parser.add_argument("--offset", type=int, default=0, help="draw others than the usual ones: any number")
    given = parser.parse_args()
    os.environ["EROS_TARGET"] = "local"
    different: list[Judgement] = []
    print(f"| cases | judged | {' | '.join(verdict.value for verdict in SHOWN)} | s |")
    print(f"|---|---:|{'---:|' * (len(SHOWN) + 1)}")
    totals = [0] * (len(SHOWN) + 2)
    with LocalCloud(now=NOW, bootstrap=False) as cloud, deployed(cloud, "judged") as warehouse:
        for name, judge in _parts(warehouse, given.cases, given.offset):
            started = time.perf_counter()
            judgements = judge()
            different += [one for one in judgements if one.verdict is Verdict.DIFFERENT]
            counts = [sum(one.verdict is verdict for one in judgements) for verdict in SHOWN]
            row = [len(judgements), *counts, round(time.perf_counter() - started)]
            totals = [total + part for total, part in zip(totals, row, strict=True)]
            _print_row(name, row)
    _print_row("all", totals)
    print(f"\nseeds: families 1 to {len(FAMILIES)} of tests/local/differential/families.py, offset {given.offset}\n")
    for judgement in different:
        print(f"{judgement}\n")
    return 1 if different else 0


def _print_row(name: str, numbers: list[int]) -> None:
    print(f"| {name} | {' | '.join(f'{number:,}' for number in numbers)} |", flush=True)


def _parts(warehouse: TestWarehouse, cases: int, offset: int) -> Iterator[tuple[str, Callable[[], list[Judgement]]]]:
    """Each part's name and how to judge it."""
    court = Court(warehouse.client, Evaluator(shared_service()))
    shares = sum(family.share for family in FAMILIES)
    for family in FAMILIES:
        count = -(-cases * family.share // shares)
        yield family.name, lambda family=family, count=count: court.judge(drawn(family, count, offset))  # type: ignore[misc]
    settings = SqlSettings()
    macros = [case for name, macro in EXPRESSIONS.items() for case in macro.cases(name, settings, MACRO_CASES)]
    yield f"our macros that are expressions ({len(EXPRESSIONS)})", lambda: court.judge(macros)
    calls = [case for name in UDFS for case in udf_cases(name, warehouse.settings, UDF_CASES)]
    yield f"our functions ({len(UDFS)})", lambda: court.judge(calls)
    world = settled(warehouse)
    texts = {
        f"our macros that are queries ({len(QUERIES)})": [
            query.query(name, warehouse.settings) for name, query in QUERIES.items()
        ],
        f"our queries ({len(WHOLE)})": [whole_query(name, warehouse.settings) for name in WHOLE],
        f"our table functions ({len(TABLE_FUNCTIONS)})": [
            table_function_text(warehouse, name, *call) for name in TABLE_FUNCTIONS for call in CALLS
        ],
    }
    for part, queries in texts.items():
        yield part, lambda queries=queries: _judged(court, world, queries)  # type: ignore[misc]


def _judged(court: Court, world: World, queries: list[str]) -> list[Judgement]:
    return [court.judge_rows(query, world.closed(query)) for query in queries]


if __name__ == "__main__":
    sys.exit(main())
