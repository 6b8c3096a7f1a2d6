"""GitHub's workflows: valid by actionlint, harmless by our own rules, each of which is shown to object."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.workflow_rules import BASE, NO_FORK, VERIFIED, objections

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github"
FILES = sorted([*FOLDER.glob("workflows/*"), *FOLDER.glob("actions/*/*")])
TARGETS = set(re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split())


def text_of(name: str) -> str:
    return (FOLDER / name).read_text()


def actionlint(*files: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("actionlint", path=sysconfig.get_path("scripts"))
    if program is None:
        pytest.skip("actionlint is installed on Linux alone")
    return subprocess.run([program, *files], cwd=ROOT, capture_output=True, text=True, check=False)


def test_there_is_a_workflow_for_each_occasion() -> None:
    assert [one.name for one in FILES if one.parent.name == "workflows"] == [
        "deploy.yml",
        "drift.yml",
        "plan.yml",
        "validate.yml",
    ]


def test_actionlint_has_no_objection() -> None:
    done = actionlint(*FOLDER.glob("workflows/*"))
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("old", "new"),
    [("timeout-minutes", "timeout-minute"), ("matrix.target }}", "matrix.taget }}"), ("needs: plan", "needs: x")],
)
def test_actionlint_would_object(tmp_path: Path, old: str, new: str) -> None:
    broken = tmp_path / "plan.yml"
    broken.write_text(text_of("workflows/plan.yml").replace(old, new))
    assert actionlint(broken).returncode == 1


@pytest.mark.parametrize("file", FILES, ids=lambda one: one.parent.name + "/" + one.name)
def test_a_workflow_does_only_what_it_may(file: Path) -> None:
    assert objections(file.read_text(), TARGETS) == []


def test_every_verified_action_is_used() -> None:
    everything = "".join(one.read_text() for one in FILES)
    assert [name for name in VERIFIED if f"{name}@" not in everything] == []


PINNED = "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2"
PLAN, DEPLOY, VALIDATE = "workflows/plan.yml", "workflows/deploy.yml", "workflows/validate.yml"
BROKEN = [
    (PLAN, PINNED, "actions/checkout@v4 # v4.2.2", "not pinned"),
    (PLAN, PINNED, PINNED.partition(" ")[0], "not pinned"),
    (PLAN, PINNED, PINNED.replace("4.2.2", "4.2.1"), "not pinned"),
    (PLAN, PINNED, f"evil/{PINNED.partition('/')[2]}", "not pinned"),
    (PLAN, f"uses: {PINNED}", f"'uses': {PINNED}", "a use that cannot be read"),
    ("actions/tools/action.yml", "setup-python@a", "setup-python@b", "not pinned"),
    (VALIDATE, "on:\n  pull_request:", "on:\n  pull_request_target:", "trigger pull_request_target"),
    (VALIDATE, "on:\n  pull_request:", "on: [workflow_run, push]", "trigger workflow_run"),
    (PLAN, "permissions: {}", "permissions: read-all", "permissions at the top"),
    (PLAN, "permissions: {}\n", "", "permissions at the top"),
    (VALIDATE, "contents: read", "contents: write", "validate: permission contents: write"),
    (VALIDATE, "    permissions:\n      contents: read\n", "", "validate: permission permissions: None"),
    (
        VALIDATE,
        "    permissions:\n      contents: read\n",
        "    permissions: write-all\n",
        "permission permissions: write-all",
    ),
    (PLAN, "id-token: write", "id-token: write\n      pull-requests: write", "may both reach the target"),
    (VALIDATE, "    timeout-minutes: 60\n", "", "timeout-minutes: None"),
    (VALIDATE, "timeout-minutes: 60", "timeout-minutes: 600", "timeout-minutes: 600"),
    (VALIDATE, "  group: validate-${{ github.ref }}\n", "", "no concurrency group"),
    (PLAN, "cancel-in-progress: false", "cancel-in-progress: true", "cancelled half-way"),
    (DEPLOY, "      cancel-in-progress: false\n", "", "cancelled half-way"),
    (VALIDATE, "persist-credentials: false", "fetch-depth: 0", "leaves the token"),
    (VALIDATE, "run: make lint", "run: pip install x", "no make target: pip install x"),
    (VALIDATE, "run: make lint", "run: make lint; curl x", "no make target"),
    (VALIDATE, "run: make lint", "run: make nothing", "no make target: make nothing"),
    (PLAN, "OUT=comment.md", "OUT=${{ github.event.pull_request.title }}", "an expression in run"),
    (PLAN, "github.event.pull_request.head.sha", "github.event.pull_request.head.ref", "what is not known"),
    (PLAN, "github.event.pull_request.head.sha", "github.head_ref", "what is not known"),
    (PLAN, "!cancelled() &&", "contains(github.event.pull_request.title, 'x') &&", "what is not known"),
    (PLAN, "TARGET: ${{ matrix.target }}", "TARGET: ${{ matrix.target", "cannot be read"),
    (PLAN, "vars.EROS_WEBHOOK_URL", "secrets.EROS_WEBHOOK_URL", "reads a secret"),
    (PLAN, f"    if: {NO_FORK}\n", "", "plan: runs for a fork's"),
    (PLAN, f"    if: {NO_FORK}\n", "", "comment: runs for a fork's"),
    (PLAN, " && needs.plan.result != 'skipped'", "", "comment: runs for a fork's"),
    (PLAN, f"          ref: {BASE}\n", "", "runs a pull request's code"),
    (PLAN, BASE, "${{ github.event.pull_request.head.sha }}", "runs a pull request's code"),
    (
        VALIDATE,
        "run: make test",
        "run: make test\n        env:\n          T: ${{ github.token }}",
        "runs a pull request's code",
    ),
    (DEPLOY, "    environment: prod\n", "", "prod: deploys without the approval"),
    (DEPLOY, "environment: prod", "environment: staging", "prod: deploys without the approval"),
    (DEPLOY, "branches: [main]", 'branches: ["**"]', "from another branch"),
    (DEPLOY, "    needs: staging\n", "", "what staging has not seen"),
    (PLAN, "timeout-minutes: 30", "timeout-minutes: 30\n    environment: prod", "the identity of a deployment"),
]


@pytest.mark.parametrize(("name", "old", "new", "objection"), BROKEN)
def test_each_rule_objects(name: str, old: str, new: str, objection: str) -> None:
    text = text_of(name)
    assert old in text
    assert any(objection in one for one in objections(text.replace(old, new), TARGETS))
