"""Marks for tests that need a program that Python cannot install: they skip with the reason when it is missing.

The run's summary says how many did. With EROS_REQUIRE_TERRAFORM=1 any such skip fails the run: .ci/run sets it where
terraform is on the PATH.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from typing import Any

import pytest

NO_TERRAFORM = "terraform is not on the PATH"
NO_NODE = "node is not on the PATH"

needs_terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason=NO_TERRAFORM)
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason=NO_NODE)
REASONS = (NO_TERRAFORM, NO_NODE)


def skipped_for(reporter: Any) -> Counter[str]:
    """How many tests skipped for each of REASONS, from the reporter's statistics."""
    texts = [str(report.longrepr[-1]) for report in reporter.stats.get("skipped", ()) if report.longrepr]
    return Counter(reason for text in texts for reason in REASONS if text.endswith(reason))


def are_required() -> bool:
    """Whether a skip for one of REASONS is a failure of the run."""
    return os.environ.get("EROS_REQUIRE_TERRAFORM") == "1"
