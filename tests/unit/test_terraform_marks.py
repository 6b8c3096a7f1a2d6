"""What a run says and how it ends when terraform or node is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.eros import CLEAN

ROOT = Path(__file__).resolve().parents[2]


# One of them with workers, where the skips are told to another process.
@pytest.mark.parametrize(("required", "code", "workers"), [("", 0, "0"), ("1", 1, "2")])
def test_a_skip_for_want_of_terraform_is_counted_and_fails_where_it_is_required(
    tmp_path: Path, required: str, code: int, workers: str
) -> None:
    """A PATH with nothing on it, and the one test that needs terraform alone."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", workers, "tests/unit/stacks/test_literals.py"],
        cwd=ROOT,
        env={**CLEAN, "PATH": str(tmp_path), "PYTHONPATH": os.pathsep.join(["."]), "EROS_REQUIRE_TERRAFORM": required},
        capture_output=True,
        text=True,
    )
    assert "1 infrastructure tests skipped: terraform is not on the PATH" in done.stdout
    assert ("does not allow" in done.stdout) == bool(code)
    assert done.returncode == code
