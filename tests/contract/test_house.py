"""The house rules that a linter does not know."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 450


def _tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_a_stranger_sees_every_file_whole() -> None:
    lengths = {path.relative_to(ROOT): path.read_text().count("\n") for path in _tracked("*.py", "*.sql", "*.jinja")}
    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_make_help_lists_every_target() -> None:
    text = (ROOT / "Makefile").read_text()
    phony = set(re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE).group(1).split())
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    shown = subprocess.run(["make", "help"], cwd=ROOT, env=outside, capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in shown.splitlines()} == phony


@pytest.mark.parametrize("program", ["eros", "eros-infra"])
def test_the_readme_names_every_command(program: str) -> None:
    readme = (ROOT / "README.md").read_text()
    missing = [command for command in _commands(program) if f"{program} {command}" not in readme]
    assert missing == []


def test_the_readme_has_no_gap_left() -> None:
    assert "@@" not in (ROOT / "README.md").read_text()


def _commands(program: str) -> list[str]:
    import typer

    if program == "eros":
        from orchestrator.cli import app
    else:
        from infra.cli import app
    return _paths(typer.main.get_command(app), "")


def _paths(command: object, prefix: str) -> list[str]:
    children = getattr(command, "commands", None)
    if children is None:
        return [prefix]
    return [path for name, child in children.items() for path in _paths(child, f"{prefix} {name}".strip())]


def test_no_template_reads_a_value_from_the_environment() -> None:
    templates = _tracked("sql/*.sql", "sql/*.jinja")
    assert templates
    assert [path for path in templates if "environ" in path.read_text()] == []
