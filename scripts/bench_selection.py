#!/usr/bin/env python3
"""Times the selector's one large SELECT and a MERGE of 10,000 rows without a server, and tells planning from work.

    .venv/bin/python scripts/bench_selection.py HOME PAGE [--runs 25]

HOME is an imported warehouse with no server; it is copied first. Every figure is in milliseconds, as wall time and as
processor time of this process, which a busy machine changes less.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from infra.local.bootstrap import bootstrap
from infra.local.engine import Engine, Session
from infra.local.engine.statements import ParsedStatements
from infra.local.server import WAREHOUSE_FILE
from sql import SqlSettings

SETTINGS = SqlSettings()
NAME = f"`{SETTINGS.project}.{SETTINGS.dataset}"
NOW = datetime(2026, 1, 14, 20, tzinfo=UTC)
Times = list[tuple[float, float]]


class Timed(ParsedStatements):
    """Notes what each statement took."""

    def __init__(self) -> None:
        super().__init__()
        self.longest_text = 0
        self.times = (0.0, 0.0)

    def execute(
        self, connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, Any]
    ) -> duckdb.DuckDBPyConnection:
        """Keep the times of the longest text since `longest_text` was 0."""
        began, began_cpu = time.perf_counter(), time.process_time()
        done = super().execute(connection, sql, values)
        if len(sql) > self.longest_text:
            self.longest_text = len(sql)
            self.times = time.perf_counter() - began, time.process_time() - began_cpu
        return done


def main() -> None:
    """Copy the warehouse, measure, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("page")
    parser.add_argument("--runs", type=int, default=25)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / WAREHOUSE_FILE
        shutil.copy(options.home / WAREHOUSE_FILE, copy)
        with Engine(copy, SETTINGS.project, lambda: NOW, location=SETTINGS.location) as engine:
            bootstrap(engine, SETTINGS)
            engine.statements = timed = Timed()
            _show(engine, timed, options.page, options.runs, Path(folder) / "profile.json")


def _show(engine: Engine, timed: Timed, page: str, runs: int, profile: Path) -> None:
    with engine.session() as session:
        session.run(f"CREATE TABLE {NAME}.bench_merge` (n INT64, seen INT64)")
        print("| ms | wall, best | median | processor, best | median |\n|---|---:|---:|---:|---:|")
        for threads in (2, 1):
            session.connection.execute(f"SET threads = {threads}")
            _row(f"selection SQL, {threads} threads", _measured(lambda n: _select(session, timed, page, n), runs))
        session.connection.execute("SET threads = 2")
        _row("MERGE of 10,000 rows, whole statement", _measured(lambda n: _merge(session, n), runs))
        print(
            "\nDuckDB's own times of the selection SQL, best of as many, ms: " + _planning(session, page, profile, runs)
        )
        print(f"{timed.longest_text:,} characters; load {os.getloadavg()[0]:.1f}")


def _measured(run: Callable[[int], tuple[float, float]], runs: int) -> Times:
    run(-1)
    return [run(number) for number in range(runs)]


def _row(name: str, times: Times) -> None:
    wall, cpu = zip(*times, strict=True)
    figures = (min(wall), statistics.median(wall), min(cpu), statistics.median(cpu))
    print(f"| {name} | " + " | ".join(f"{1000 * figure:.1f}" for figure in figures) + " |", flush=True)


def _call(page: str, draw: int) -> str:
    return (
        f"CALL {NAME}.select_captions_for_creator`('{page}', 'High-Value/Price-Insensitive', 5, 5, 5, 3, "
        f"TIMESTAMP '2026-01-19 08:00:00+00', 'bench|{draw}')"
    )


def _select(session: Session, timed: Timed, page: str, draw: int) -> tuple[float, float]:
    timed.longest_text = 0
    session.run(_call(page, draw))
    return timed.times


def _merge(session: Session, draw: int) -> tuple[float, float]:
    began, began_cpu = time.perf_counter(), time.process_time()
    session.run(
        f"MERGE {NAME}.bench_merge` AS t USING (SELECT n FROM UNNEST(GENERATE_ARRAY(1, 10000)) AS n) AS s ON t.n = s.n "
        f"WHEN MATCHED THEN UPDATE SET seen = {draw} WHEN NOT MATCHED THEN INSERT (n, seen) VALUES (n, 0)"
    )
    return time.perf_counter() - began, time.process_time() - began_cpu


def _planning(session: Session, page: str, profile: Path, runs: int) -> str:
    """The selection is the CALL's last statement, so that the last profile is its own."""
    session.connection.execute(f"SET enable_profiling = 'json'; SET profiling_output = '{profile}'")
    session.connection.execute("SET profiling_mode = 'detailed'")
    found = []
    for number in range(runs):
        session.run(_call(page, number))
        told = json.loads(profile.read_text())
        found.append((told["planner"]["total_time"], told["optimizer"]["total_time"], told["query"]["total_time"]))
    session.connection.execute("PRAGMA disable_profiling")
    best = [1000 * min(times) for times in zip(*found, strict=True)]
    return "binding {:.1f}, optimizing {:.1f}, all {:.1f}".format(*best)


if __name__ == "__main__":
    main()
