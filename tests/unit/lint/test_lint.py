"""`eros-infra lint`: our SQL breaks no rule, and what would break one is named by its template's line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.googlesql import module
from infra.lint import lint
from infra.lint.rules import parameter_prefix
from sql import deploy_order, names
from tests.contract.test_sql_inventory import ROUTINES

ROOT = Path(__file__).resolve().parents[3]


def test_our_sql_breaks_no_rule() -> None:
    report = lint()
    assert list(map(str, report.findings)) == []
    assert report.templates == len(names()) == len({*deploy_order(), *names("queries"), *names("scheduled_queries")})


class Copy:
    """A copy of sql/ and infra/ that a test may spoil, and `eros-infra lint` run on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for package in ("sql", "infra"):
            shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "local"))

    def insert(self, path: str, before: str, line: str) -> int:
        """Write a line before the first that begins with `before`; its number."""
        file = self.folder / path
        lines = file.read_text().split("\n")
        at = next(number for number, text in enumerate(lines) if text.startswith(before))
        file.write_text("\n".join([*lines[:at], line, *lines[at:]]))
        return at + 1

    def lint(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Run the command on the copy, from another folder and with settings that must not matter."""
        command = [sys.executable, "-c", "from infra.cli import main; main()", "lint", *options]
        environment = {**os.environ, "PYTHONPATH": str(self.folder), "EROS_DATASET": "elsewhere"}
        return subprocess.run(command, env=environment, capture_output=True, text=True, cwd=self.folder)


@pytest.fixture(scope="module")
def analyser() -> None:
    """GoogleSQL's module is compiled before a command speaks: the first time on a machine it says so on stderr."""
    module.compiled()


@pytest.fixture
def copy(analyser: None, tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def test_a_good_tree_ends_with_0(copy: Copy) -> None:
    done = copy.lint()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].endswith(" rules, 0 findings")


def test_a_macro_s_line_is_named_with_every_template_that_prints_it(copy: Copy) -> None:
    line = copy.insert("sql/macros/locking.jinja", "UPDATE", 'DELETE FROM {{ ref("creator_lock") }} WHERE TRUE;')
    done = copy.lint()
    assert done.returncode == 1
    found = done.stdout.splitlines()
    assert found[-1].endswith("rules, 4 findings")
    # The DELETE stands first in both transactions, too.
    assert sum(one.startswith(f"sql/macros/locking.jinja:{line}: guard-row-first: ") for one in found) == 2
    unbounded = [one for one in found if one.startswith(f"sql/macros/locking.jinja:{line}: no-unbounded-change: ")]
    assert len(unbounded) == 2
    for template in ("sql/procedures/lock_caption_assignments.sql", "sql/queries/lock_schedules.sql"):
        caller = (copy.folder / template).read_text().split("\n")
        at = next(number for number, text in enumerate(caller, 1) if "locking.take_guard_rows" in text)
        assert any(one.endswith(f"(printed by {template}:{at})") for one in unbounded)
    assert "name the rows that are meant" in unbounded[0]


def test_googlesql_s_own_complaint_is_named_with_the_template_s_line(copy: Copy) -> None:
    view = "sql/views/schedule_recommendations_with_messages.sql"
    line = copy.insert(view, "  messages.reason", "  messages.no_such_column,")
    done = copy.lint()
    assert (done.returncode, done.stderr) == (1, "")
    (complaint,) = [one for one in done.stdout.splitlines() if one.startswith(f"{view}:{line}: googlesql: ")]
    assert "no_such_column,: Name no_such_column not found inside messages" in complaint


def test_findings_are_json_on_request(copy: Copy) -> None:
    line = copy.insert("sql/views/schedule_recommendations_with_messages.sql", "  messages.reason", "  messages.*,")
    done = copy.lint("--json")
    answer = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    # A view that GoogleSQL refuses is unknown to what reads it, which it then says too.
    assert [one for one in answer["findings"] if one["rule"] != "googlesql"] == [
        {
            "path": "sql/views/schedule_recommendations_with_messages.sql",
            "line": line,
            "rule": "no-star",
            "subject": "SELECT messages.*",
            "message": "A star takes whatever columns there are on that day; name the columns",
            "through": [],
        }
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("IF TRUE THEN", "Syntax error: "),
        ("{{ ref('nowhere') }}", "names no object under sql/"),
        ("{% if %}", "sql/macros/cooldown.jinja"),
    ],
)
def test_a_template_that_is_no_script_is_named(copy: Copy, line: str, told: str) -> None:
    path = "sql/macros/cooldown.jinja" if "if %" in line else "sql/queries/lock_schedules.sql"
    copy.insert(path, "{% macro" if "if %" in line else "DECLARE first_day", line)
    done = copy.lint("--json")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["exit_code"], done.stderr) == (1, 1, "")
    assert told in answer["error"]


def test_an_error_goes_to_stderr_with_its_line(copy: Copy) -> None:
    line = copy.insert("sql/tables/creators.sql", "CREATE", "CREATE TABLE")
    done = copy.lint()
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr.startswith("error: Syntax error: ") and f"where: sql/tables/creators.sql:{line + 1}" in done.stderr
    )


def test_names_that_the_contract_fixes_are_the_contract_s() -> None:
    """The contract names these parameters without p_, and no others; an exemption that nothing needs is an error."""
    unprefixed = {
        name: {parameter for parameter, _ in parameters if not parameter.startswith("p_")}
        for name, (_, parameters) in ROUTINES.items()
    }
    needed = {name: found for name, found in unprefixed.items() if found}
    exempt = {name: set(found) for name, found in parameter_prefix.FIXED_BY_THE_CONTRACT.items()}
    for name, found in needed.items():
        assert exempt[name] == found
    # analyze_creator_performance(..., OUT performance_report STRING) of the contract is exempt from the day it comes.
    assert set(exempt) - set(needed) <= {"analyze_creator_performance"} - set(ROUTINES)
    assert exempt["analyze_creator_performance"] == {"performance_report"}
