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
from collections.abc import Sequence
from pathlib import Path

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
    ]
    size = sum(path.stat().st_size for path in sample.glob("*.csv")) / 2**20
    print(f"baseline: reading the sample ({size:.1f} MiB) with csv, {baseline:.2f} s\n")
    print("| step | seconds | x baseline | MiB, largest process |\n|---|---:|---:|---:|")
    for name, command in steps:
        seconds, peak = _measure(command)
        print(f"| {name} | {seconds:.2f} | {seconds / baseline:.1f} | {peak:.0f} |", flush=True)
    print(f"\nrows read by the baseline: {_rows(sample):,}")


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
