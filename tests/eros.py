"""Run the commands as a person does: a process of its own, a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("EROS_", "BIGQUERY_"))}
# A Wednesday noon in Los Angeles; the coming week is 2026-01-19.
NOW = "2026-01-14T20:00:00+00:00"


@dataclass(frozen=True)
class Answer:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Eros:
    """`eros` with one home, one clock and a working folder."""

    home: Path
    now: str = NOW
    environment: Mapping[str, str] | None = None

    def __call__(self, *arguments: object, program: str = "eros", timeout: float = 120) -> Answer:
        environment = {**CLEAN, "EROS_HOME": str(self.home), "EROS_NOW": self.now, "NO_COLOR": "1"}
        done = subprocess.run(
            [str(Path(sys.executable).with_name(program)), *map(str, arguments)],
            env={**environment, **(self.environment or {})},
            cwd=Path(__file__).resolve().parents[1],
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        return Answer(done.returncode, done.stdout, done.stderr)
