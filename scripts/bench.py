#!/usr/bin/env python3
"""Times the main job at full size, each step as a process of its own, and prints a Markdown table.

Every figure is also a ratio to a baseline of the same run, because machines differ and drift: reading the three
sample files with Python's csv module and doing nothing with them. Memory is the largest single process of the step.

    make bench            or            .venv/bin/python scripts/bench.py [--keep DIR]
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.warehouse.client import Warehouse

EROS = [sys.executable, "-m", "orchestrator.cli"]
NOW = "2026-01-14T20:00:00+00:00"
BASELINE = """
import csv, pathlib, sys
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.csv")):
    with path.open(newline="", encoding="utf-8") as file:
        sum(1 for _ in csv.reader(file))
"""


def main() -> None:
    """Run all steps in a temporary home."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, help="use this folder and leave it for a look afterwards")
    keep = parser.parse_args().keep
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        _bench(keep)
        return
    with tempfile.TemporaryDirectory() as folder:
        _bench(Path(folder))


def _bench(folder: Path) -> None:
    sample, sheets = folder / "sample", folder / "schedules"
    os.environ.update(EROS_HOME=str(folder / "home"), EROS_NOW=NOW, EROS_TARGET="local")
    _measure([*EROS, "sample-data", "--out", str(sample), "--until", "2026-01-14"])
    baseline = min(_measure([sys.executable, "-c", BASELINE, str(sample)])[0] for _ in range(3))
    run = [*EROS, "run", "--week", "next", "--out", str(sheets)]
    steps: list[tuple[str, Sequence[str]]] = [
        ("eros --help", [*EROS, "--help"]),
        ("eros import, 39 pages, 44,651 captions, 63,411 messages", [*EROS, "import", str(sample)]),
        ("eros import again, nothing changes", [*EROS, "import", str(sample)]),
        ("eros run, 39 pages, exported", [*run, "--auto-approve"]),
        ("eros run again, nothing changes", [*run, "--auto-approve"]),
        ("eros run --replan", [*run, "--auto-approve", "--replan"]),
        ("eros verify", [*EROS, "verify", "--week", "next", "--out", str(sheets)]),
        ("synthesis of all five stacks (Node beside)", _synthesis(folder)),
    ]
    size = sum(path.stat().st_size for path in sample.glob("*.csv")) / 2**20
    print(f"baseline: reading the sample ({size:.1f} MiB) with csv, {baseline:.2f} s\n")
    print("| step | seconds | x baseline | MiB, largest process |\n|---|---:|---:|---:|")
    for name, command in steps:
        seconds, peak = _measure(command)
        print(f"| {name} | {seconds:.2f} | {seconds / baseline:.1f} | {peak:.0f} |", flush=True)
    print(f"\nrows read by the baseline: {_rows(sample):,}")
    _table_functions()
    _statements(folder / "selector", baseline)


def _synthesis(folder: Path) -> list[str]:
    """What cdktf-cli runs, for an environment that starts no server."""
    given = {
        "EROS_ENVIRONMENT": "prod",
        "EROS_PROJECT_NUMBER": "123456789012",
        "EROS_BILLING_ACCOUNT": "0A1B2C-3D4E5F-678901",
        "EROS_ALERT_EMAILS": "bench@example.com",
        "CDKTF_OUTDIR": str(folder / "cdktf.out"),
    }
    return ["env", *(f"{name}={value}" for name, value in given.items()), sys.executable, "-m", "infra.app"]


def _table_functions() -> None:
    """Every table function on the imported sample: for all pages and, in turn, for a middling one."""
    from orchestrator.settings import Settings
    from orchestrator.warehouse.client import open_warehouse
    from sql import names

    print("\n| table function, 90 days | '*', quickest | median | one page, quickest | median | median / median |")
    print("|---|---:|---:|---:|---:|---:|")
    with open_warehouse(Settings()) as warehouse:
        page = _middling_page(warehouse)
        for name in (name.partition("/")[2] for name in names("table_functions")):
            calls = [(_seconds(warehouse, name, "*"), _seconds(warehouse, name, page)) for _ in range(21)]
            every, one = (sorted(seconds) for seconds in zip(*calls, strict=True))
            middle = len(calls) // 2
            times = " | ".join(f"{seconds[at]:.3f}" for seconds in (every, one) for at in (0, middle))
            print(f"| {name} | {times} | {every[middle] / one[middle]:.1f} |", flush=True)


def _middling_page(warehouse: Warehouse) -> str:
    """Half of the pages sent more messages in the 90 days."""
    text = f"""
        SELECT page_name FROM `{warehouse.settings.project}.{warehouse.settings.dataset}.mass_messages`
        WHERE sending_time >= TIMESTAMP_SUB(TIMESTAMP '{NOW}', INTERVAL 90 DAY)
        GROUP BY page_name ORDER BY COUNT(*), page_name"""
    pages = [str(row["page_name"]) for row in warehouse.client.query(text).result()]
    return pages[len(pages) // 2]


def _seconds(warehouse: Warehouse, name: str, page: str) -> float:
    """The job's own endTime - startTime."""
    function = f"`{warehouse.settings.project}.{warehouse.settings.dataset}.{name}`"
    job = warehouse.client.query(f"SELECT * FROM {function}('{page}', 90, TIMESTAMP '{NOW}')", job_retry=None)
    job.result()
    return float((job.ended - job.started).total_seconds())


def _statements(folder: Path, baseline: float) -> None:
    """Single statements on a bank of 50,000 captions: what a round trip, a selection and a merge take."""
    from orchestrator.settings import Settings
    from orchestrator.warehouse.client import open_warehouse

    os.environ["EROS_HOME"] = str(folder / "home")
    world = ["--pages", "3", "--captions", "50000", "--messages", "5000", "--until", "2026-01-14"]
    _measure([*EROS, "sample-data", "--out", str(folder), *world])
    _measure([*EROS, "import", str(folder)])
    with (folder / "creators.csv").open(newline="", encoding="utf-8") as file:
        page = next(csv.DictReader(file))["page_name"]
    print(
        "\n| statement, 50,000 captions | ms, first | median | worst | median x baseline |\n|---|---:|---:|---:|---:|"
    )
    with open_warehouse(Settings()) as warehouse:
        dataset = f"{warehouse.settings.project}.{warehouse.settings.dataset}"
        warehouse.client.query(f"CREATE TABLE `{dataset}.bench_merge` (n INT64, seen INT64)").result()
        call = (
            f"CALL `{dataset}.select_captions_for_creator`('{page}', 'High-Value/Price-Insensitive', 5, 5, 5, 3, "
            "TIMESTAMP '2026-01-19 08:00:00+00', 'bench|{draw}')"
        )
        merge = (
            f"MERGE `{dataset}.bench_merge` AS t USING (SELECT n FROM UNNEST(GENERATE_ARRAY(1, 10000)) AS n) AS s "
            "ON t.n = s.n WHEN MATCHED THEN UPDATE SET seen = {draw} "
            "WHEN NOT MATCHED THEN INSERT (n, seen) VALUES (n, 0)"
        )
        for name, times in (
            ("SELECT 1, query_and_wait, the client's time", [_round_trip(warehouse) for _ in range(200)]),
            ("CALL select_captions_for_creator, 18 captions", [_job(warehouse, call, n, rows=18) for n in range(20)]),
            ("MERGE of 10,000 rows, new once, then known", [_job(warehouse, merge, n) for n in range(20)]),
        ):
            median = sorted(times)[len(times) // 2]
            shown = " | ".join(f"{1000 * seconds:.1f}" for seconds in (times[0], median, max(times)))
            print(f"| {name} | {shown} | {median / baseline:.3f} |", flush=True)


def _round_trip(warehouse: Warehouse) -> float:
    """Seconds of the smallest query through the real client."""
    started = time.perf_counter()
    list(warehouse.client.query_and_wait("SELECT 1"))
    return time.perf_counter() - started


def _job(warehouse: Warehouse, text: str, draw: int, rows: int | None = None) -> float:
    """Seconds from the job's startTime to its endTime; ends the run when it answers another number of rows."""
    job = warehouse.client.query(text.format(draw=draw), job_retry=None)
    found = len(list(job.result()))
    if rows is not None and found != rows:
        sys.exit(f"{found} rows, not {rows}: {text}")
    return float((job.ended - job.started).total_seconds())


def _measure(command: Sequence[str]) -> tuple[float, float]:
    """Seconds and MiB of one command, measured by a process between, so that peaks of earlier steps do not count."""
    inner = (
        "import resource, subprocess, sys, time\n"
        "started = time.perf_counter()\n"
        "done = subprocess.run(sys.argv[1:], capture_output=True, text=True)\n"
        "seconds = time.perf_counter() - started\n"
        "sys.stderr.write(done.stderr if done.returncode else '')\n"
        "print(seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)\n"
        "sys.exit(done.returncode)\n"
    )
    done = subprocess.run([sys.executable, "-c", inner, *command], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}")
    seconds, peak = map(float, done.stdout.split())
    return seconds, peak


def _rows(sample: Path) -> int:
    total = 0
    for path in sample.glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            total += sum(1 for _ in csv.reader(file)) - 1
    return total


if __name__ == "__main__":
    main()
