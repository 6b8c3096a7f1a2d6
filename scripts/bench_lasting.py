#!/usr/bin/env python3
"""Times what lasts: reopening a warehouse, and queries in a row on one server, with the server's memory.

    .venv/bin/python scripts/bench_lasting.py HOME [--queries 10000]

HOME is an imported warehouse with no server; the mixed queries write to a dataset `scratch` of it. `suite` puts every
case of the dialect's tests to one server, each text as a job: what a whole test run asks of many.
"""

from __future__ import annotations

import argparse
import http.client
import importlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from sql import SqlSettings

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = SqlSettings()
_KILLED_ROWS = 500_000
Query = Callable[[str], None]


def main() -> None:
    """Reopen, reopen after kill -9, then run the kinds of query in a row, each on a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("--queries", type=int, default=10_000)
    options = parser.parse_args()
    for _ in range(3):
        _with_server(options.home)
    for _ in range(3):
        _with_server(options.home, is_killed=True)
        wal = options.home / "warehouse.duckdb.wal"
        print(f"  killed, with {wal.stat().st_size / 2**20 if wal.exists() else 0:.1f} MiB to read again:")
        _with_server(options.home)
    for kind in (_one, _mixed, _suite):
        print(kind.__name__.strip("_"))
        _with_server(options.home, kind, options.queries)


def _with_server(
    home: Path, kind: Callable[[int], str] | None = None, queries: int = 0, is_killed: bool = False
) -> None:
    began = time.perf_counter()
    command = [sys.executable, "-m", "infra.local", "--home", str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            connection = http.client.HTTPConnection(url.removeprefix("http://"))

            def query(sql: str) -> None:
                body = json.dumps({"query": sql, "useLegacySql": False})
                path = f"/bigquery/v2/projects/{SETTINGS.project}/queries"
                connection.request("POST", path, body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                if response.status != 200 and kind is not _suite:  # some cases are refusals
                    sys.exit(response.read().decode())
                response.read()

            query("SELECT 1")
            print(f"first answer after {time.perf_counter() - began:.2f} s, {_cpu_seconds(process.pid):.2f} s of CPU")
            if kind is not None:
                _in_a_row(query, process.pid, kind, queries)
            if is_killed:
                query("CREATE SCHEMA IF NOT EXISTS scratch")
                rows = f"UNNEST(GENERATE_ARRAY(1, {_KILLED_ROWS})) AS k"
                query(f"CREATE OR REPLACE TABLE scratch.big AS SELECT k FROM {rows}")
                query("UPDATE scratch.big SET k = k + 1 WHERE TRUE")
                process.kill()
        finally:
            process.terminate()


def _in_a_row(query: Query, pid: int, kind: Callable[[int], str], queries: int) -> None:
    query("CREATE SCHEMA IF NOT EXISTS scratch")
    query("CREATE OR REPLACE TABLE scratch.t AS SELECT k, 0 AS n FROM UNNEST(GENERATE_ARRAY(0, 9)) AS k")
    seconds, part = [], max(1, queries // 10)
    for number in range(queries):
        if number % part == 0:
            print(f"  {number:>6} queries, {_resident_mib(pid)} MiB")
        began = time.perf_counter()
        query(kind(number))
        seconds.append(time.perf_counter() - began)
    first, last = statistics.median(seconds[:part]), statistics.median(seconds[-part:])
    print(
        f"  median of the first {part}: {first * 1000:.2f} ms, of the last: {last * 1000:.2f} ms, {last / first:.2f} x"
    )


def _one(number: int) -> str:
    return "SELECT 1"


def _mixed(number: int) -> str:
    dataset = SETTINGS.dataset
    return (
        "SELECT 1",
        f"SELECT {number} AS n",
        f"SELECT COUNT(*) AS n, SUM(price) AS p FROM {dataset}.mass_messages WHERE sending_time >= '2026-01-01'",
        f"SELECT COUNT(*) AS n FROM {dataset}.creators",
        f"UPDATE scratch.t SET n = {number} WHERE k = {number % 10}",
    )[number % 5]


def _suite(number: int) -> str:
    texts = _case_texts()
    return texts[number % len(texts)]


@cache
def _case_texts() -> list[str]:
    """Every case of the dialect's families, as a query."""
    texts: list[str] = []
    for file in sorted((ROOT / "tests" / "local" / "dialect").glob("cases_*.py")):
        family = importlib.import_module(f"tests.local.dialect.{file.stem}")
        texts += [str(case[0]) for name in ("CASES", "REFUSED") for case in getattr(family, name, ())]
    return [text if text.lstrip().upper().startswith(("SELECT", "WITH")) else f"SELECT {text}" for text in texts]


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mib(pid: int) -> int:
    [line] = [one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith("VmRSS")]
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
