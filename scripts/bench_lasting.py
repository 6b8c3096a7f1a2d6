#!/usr/bin/env python3
"""Times what lasts: reopening a warehouse, and queries in a row on one server, with the server's memory.

    .venv/bin/python scripts/bench_lasting.py HOME [--queries 10000]

HOME is an imported warehouse with no server; the mixed queries write to a dataset `scratch` of it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sql import SqlSettings

SETTINGS = SqlSettings()
Query = Callable[[str], None]


def main() -> None:
    """Reopen three times, then run the two kinds of query in a row, each on a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("--queries", type=int, default=10_000)
    options = parser.parse_args()
    for _ in range(3):
        _with_server(options.home)
    for kind in (_one, _mixed):
        print(kind.__name__.strip("_"))
        _with_server(options.home, kind, options.queries)


def _with_server(home: Path, kind: Callable[[int], str] | None = None, queries: int = 0) -> None:
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
                if response.status != 200:
                    sys.exit(response.read().decode())
                response.read()

            query("SELECT 1")
            print(f"first answer after {time.perf_counter() - began:.2f} s, {_cpu_seconds(process.pid):.2f} s of CPU")
            if kind is not None:
                _in_a_row(query, process.pid, kind, queries)
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


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mib(pid: int) -> int:
    [line] = [one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith("VmRSS")]
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    main()
