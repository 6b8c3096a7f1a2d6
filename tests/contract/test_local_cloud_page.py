"""docs/local-cloud.md says what the tests hold, and nothing else."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def _generator() -> Any:
    spec = importlib.util.spec_from_file_location("write_local_cloud_page", ROOT / "scripts/write_local_cloud_page.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_tests_say() -> None:
    generated = _generator().page()
    assert (ROOT / "docs/local-cloud.md").read_text(encoding="utf-8") == generated, "run: make docs"


def test_every_section_has_clauses() -> None:
    found = _generator().clauses()
    assert {clause.section for clause in found} == {
        "transactions",
        "jobs",
        "INFORMATION_SCHEMA",
        "REST",
        "control",
        "dialect",
    }
    assert all(clause.text and clause.file for clause in found)
