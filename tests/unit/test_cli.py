"""The command line before it does any work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.eros import Eros

HEAVY = ("google.cloud.bigquery", "duckdb", "sqlglot", "jinja2", "yaml", "rich.table", "pydantic")


@pytest.mark.parametrize("module", ["orchestrator.cli", "infra.cli"])
def test_help_loads_nothing_heavy(module: str) -> None:
    """What keeps --help quick; `make bench` measures the seconds."""
    program = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(("run",), "--week"), (("run", "--week"), "--week"), (("frobnicate",), "frobnicate"), (("export", "x"), "--out")],
)
def test_a_misused_command_ends_with_2(tmp_path: Path, arguments: tuple[str, ...], word: str) -> None:
    answer = Eros(tmp_path)(*arguments)
    assert answer.code == 2
    assert word in answer.err


def test_an_impossible_setting_is_named(tmp_path: Path) -> None:
    answer = Eros(tmp_path, environment={"EROS_TARGET": "mainframe"})("run", "--week", "next")
    assert answer.code == 2
    assert "EROS_TARGET is not valid" in answer.err


def test_an_identifier_that_could_escape_its_quotes_is_refused(tmp_path: Path) -> None:
    answer = Eros(tmp_path, environment={"EROS_DATASET": "x`; DROP"})("run", "--week", "next")
    assert answer.code == 2
    assert "EROS_DATASET" in answer.err


def test_errors_are_json_on_request(tmp_path: Path) -> None:
    answer = Eros(tmp_path)("sample-data", "--out", tmp_path / "x", "--until", "yesterday", "--json")
    assert answer.code == 2
    assert answer.json["kind"] == "UsageError"
    assert answer.json["exit_code"] == 2
    assert "YYYY-MM-DD" in answer.json["fix"]


@pytest.mark.parametrize(
    ("arguments", "word", "where"),
    [
        (("run",), "--week", "eros run"),
        (("frobnicate",), "frobnicate", "eros"),
        (("export", "x"), "--out", "eros export"),
        (("sample-data", "--out", "x", "--pages", "two"), "--pages", "eros sample-data"),
        (("run", "--week", "next", "--speed"), "--speed", "eros run"),
        ((), "--json", "eros"),
    ],
)
def test_a_misused_command_is_json_on_request(
    tmp_path: Path, arguments: tuple[str, ...], word: str, where: str
) -> None:
    answer = Eros(tmp_path)(*arguments, "--json")
    assert answer.code == 2
    assert word in answer.err
    assert word in answer.json["error"]
    expected = {"kind": "UsageError", "exit_code": 2, "where": where, "fix": f"{where} --help"}
    assert {key: answer.json[key] for key in expected} == expected


def test_a_misused_command_says_nothing_on_stdout_unasked(tmp_path: Path) -> None:
    answer = Eros(tmp_path)("run")
    assert (answer.code, answer.out) == (2, "")
