"""Marks for tests that need a program that Python cannot install: they skip with the reason when it is missing."""

from __future__ import annotations

import shutil

import pytest

NO_TERRAFORM = "terraform is not on the PATH"
NO_NODE = "node is not on the PATH"

needs_terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason=NO_TERRAFORM)
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason=NO_NODE)
REASONS = (NO_TERRAFORM, NO_NODE)
