"""Which warehouse a command talks to: BigQuery, or the local cloud as a subprocess.

The orchestrator never imports the local cloud. It finds a running one by the `server.json` in its home, or starts
`python -m infra.local` and stops it afterwards. From there on the real BigQuery client cannot tell the difference.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orchestrator.errors import AccessError, BudgetError, ConflictError, ErosError, UsageError
from orchestrator.settings import Settings
from orchestrator.warehouse.retries import DISK_IS_FULL

WAREHOUSE_FILE = "warehouse.duckdb"  # as infra.local.server names it
_BY_EXIT_CODE: dict[int, type[ErosError]] = {
    error.exit_code: error for error in (ErosError, UsageError, AccessError, ConflictError, BudgetError)
}


@contextmanager
def connected(settings: Settings, *, read_only: bool = False) -> Iterator[str | None]:
    """Yield the local cloud's address for the time of a command, or None for BigQuery itself.

    With `read_only` a server that has to be started for it deploys and writes nothing.
    """
    if settings.target == "bigquery":
        yield None
        return
    running = _running(settings.home)
    if running is not None:
        yield running
        return
    with _started(settings.home, *(["--read-only"] if read_only else [])) as url:
        yield url


def look(settings: Settings) -> dict[str, Any]:
    """What the local cloud says of its home without starting: `port`, `port_is_free`, `server` (the status of the one
    that serves it, or None), `left_by` (the process of a `server.json` that nobody answers for, or None)."""
    command = [sys.executable, "-m", "infra.local", "--home", str(settings.home), "--look"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise _not_started(done.stderr) from None
    if "error" in answer:
        raise _reported(answer["error"])
    return dict(answer)


def is_there(settings: Settings) -> bool:
    """Whether there is a warehouse to ask: always for BigQuery, for the local target once something made its file."""
    return settings.target == "bigquery" or (settings.home / WAREHOUSE_FILE).is_file()


def _running(home: Path) -> str | None:
    try:
        url = str(json.loads((home / "server.json").read_text())["url"])
        with urllib.request.urlopen(f"{url}/eros/status", timeout=5) as answer:
            status = json.load(answer)
    except (OSError, ValueError, KeyError, urllib.error.URLError):
        return None
    return url if Path(str(status.get("home"))).resolve() == home.resolve() else None


@contextmanager
def _started(home: Path, *options: str) -> Iterator[str]:
    command = [sys.executable, "-m", "infra.local", "--home", str(home), "--owner", str(os.getpid()), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        yield _address(line, process)
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def _address(line: str, process: subprocess.Popen[str]) -> str:
    answer: dict[str, Any] = {}
    if line.strip():
        answer = json.loads(line)
    if "url" in answer:
        return str(answer["url"])
    if answer.get("error"):
        raise _reported(answer["error"])
    process.wait(timeout=30)
    raise _not_started(process.stderr.read() if process.stderr else "")


def _reported(error: dict[str, Any]) -> ErosError:
    kind = _BY_EXIT_CODE.get(int(error.get("exit_code", 1)), ErosError)
    return kind(
        str(error["message"]),
        where=str(error.get("where", "")),
        why=str(error.get("why", "")),
        fix=str(error.get("fix", "")),
    )


def _not_started(trace: str) -> ErosError:
    last = trace.strip().splitlines()[-1] if trace.strip() else "it said nothing"
    if DISK_IS_FULL.search(last):
        return ErosError("the disk is full", where="the local warehouse", why=last, fix="make room and run it again")
    missing = "No module named" in last
    return ErosError(
        "the local warehouse did not start",
        why=last,
        fix="pip install 'eros-scheduling[local]'" if missing else "eros-infra local up",
    )
