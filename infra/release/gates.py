"""The five gates, run as `make validate` runs them: in parallel, on throw-away datasets, never on the target's."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

from infra.environments import Environment
from infra.errors import RefusedError, UsageError
from infra.processes import run

GATES = ("tests/smoke", "-n", "auto", "--dist", "load", "-vv")
"""What pytest is called with; the Makefile's `validate` says the same."""
_RESULT = re.compile(r"\b(PASSED|FAILED|ERROR)\b.*?(tests/smoke/\S+)")
_TAIL_LINES = 25


def validate(environment: Environment, root: Path, log: Path, tell: Callable[[str], None]) -> int:
    """Run all gates; returns how many tests passed. Their whole output is kept in `log`.

    Raises RefusedError naming what failed, UsageError when they cannot be run at all.
    """
    if not (root / GATES[0]).is_dir():
        raise UsageError(
            "the gates are not here", where=str(root / GATES[0]), fix="deploy from a checkout of the repository"
        )
    passed: set[str] = set()
    failed: set[str] = set()

    def hear(line: str) -> None:
        found = _RESULT.search(line)
        if found is not None:
            (passed if found[1] == "PASSED" else failed).add(found[2])
            tell(f"gates: {len(passed)} passed{f', {len(failed)} failed' if failed else ''}")

    log.parent.mkdir(parents=True, exist_ok=True)
    code = run(
        [sys.executable, "-m", "pytest", *GATES],
        folder=root,
        environment=surroundings(environment, os.environ),
        said=log,
        on_line=hear,
    )
    if code == 0 and passed:
        return len(passed)
    tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL_LINES:])
    if failed:
        names = ", ".join(sorted(failed))
        raise RefusedError(f"gates failed: {names}", where=str(log), why=tail, fix="make validate")
    raise UsageError(
        f"the gates could not be run (exit code {code})", where=str(log), why=tail, fix="pip install -e '.[dev]'"
    )


def surroundings(environment: Environment, given: os._Environ[str] | dict[str, str]) -> dict[str, str]:
    """What the gates see: the real project of a real target, nothing of the local one's home and clock."""
    kept = {name: value for name, value in given.items() if not name.startswith(("EROS_", "BIGQUERY_", "PYTEST_"))}
    if environment.is_local:
        return kept
    place = {"EROS_PROJECT_ID": environment.project, "EROS_LOCATION": environment.location}
    return {**kept, "EROS_TARGET": "bigquery", **place}
