"""What a workflow of ours may do, as rules over its YAML. actionlint checks that it is one; these, that it is harmless.

Source: docs.github.com, "Secure use reference" of GitHub Actions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

VERIFIED = {
    "actions/checkout": ("11bd71901bbe5b1630ceea73d27597364c9af683", "v4.2.2"),
    "actions/download-artifact": ("d3f86a106a0bac45b974a628896c90dbdf5c8093", "v4.3.0"),
    "actions/setup-node": ("49933ea5288caeca8642d1e84afbd3f7d6820020", "v4.4.0"),
    "actions/setup-python": ("a26af69be951a213d495a4c3e4e4022e16d87065", "v5.6.0"),
    "actions/upload-artifact": ("ea165f8d65b6e75b540449e92b4886f43607fa02", "v4.6.2"),
    "google-github-actions/auth": ("ba79af03959ebeac9769e648f473a284504d9193", "v2.1.10"),
    "hashicorp/setup-terraform": ("b9cd54a3c349d3f38e8881555d616ced269862dd", "v3.1.2"),
}
"""Each action's commit and its version, seen beside each other in many public workflows. Look a new one up before."""

TRIGGERS = {"pull_request", "push", "schedule", "workflow_dispatch"}
"""pull_request_target, workflow_run and issue_comment run with main's rights on what a stranger sent."""
PERMISSIONS = {("contents", "read"), ("id-token", "write"), ("pull-requests", "write")}
SAFE = re.compile(
    r"github\.(ref|repository|token|event\.pull_request\.(head\.sha|base\.sha|head\.repo\.full_name))"
    r"|matrix\.target|vars\.[A-Z_]+|vars\[format\('\{0\}_[A-Z_]+', matrix\.target\)\]"
    r"|!cancelled\(\)|needs\.\w+\.result|'skipped'|==|!=|&&|\s"
)
"""All that an expression may be made of: none of it is text that a stranger chooses, such as a title or a branch."""
NO_FORK = "github.event.pull_request.head.repo.full_name == github.repository"
BASE = "${{ github.event.pull_request.base.sha }}"
MOST_MINUTES = 60
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
_USES = re.compile(r"^\s*(?:- )?uses:\s*(\S+)(?:\s+# (v\d+\.\d+\.\d+))?\s*$", re.MULTILINE)
_MAKE = re.compile(r"make ([a-z-]+)((?: [A-Z]+=[a-z.]+)*)")


def objections(text: str, targets: set[str]) -> list[str]:
    """What is wrong with a workflow or a composite action. `targets` are make's."""
    found = yaml.safe_load(text)
    common = [*_pins(text, _count_uses(found)), *_expressions(found)]
    if "runs" in found:
        return [*common, *_steps(found["runs"]["steps"], targets)]
    on = found.get(True)  # YAML 1.1 reads the key `on` as true
    triggers = {on} if isinstance(on, str) else set(on)
    common += [f"trigger {one}" for one in sorted(triggers - TRIGGERS)]
    if found.get("permissions") != {}:
        common.append("permissions at the top are not {}")
    for name, job in found["jobs"].items():
        common += [f"{name}: {one}" for one in _job(job, found, triggers, targets)]
    return common


def _count_uses(value: Any) -> int:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sum(map(_count_uses, items)) + (isinstance(value, dict) and "uses" in value)


def _pins(text: str, number: int) -> Iterator[str]:
    for uses, version in _USES.findall(text):
        action, _, commit = uses.partition("@")
        if not uses.startswith("./") and VERIFIED.get(action) != (commit, version):
            yield f"{uses} is not pinned to a verified commit with its version"
    if len(_USES.findall(text)) != number:
        yield "a use that cannot be read"


def _expressions(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _expressions(item, str(name))
    elif isinstance(value, list):
        for item in value:
            yield from _expressions(item, key)
    elif isinstance(value, str):
        inside = _EXPRESSION.findall(value) or ([value] if key == "if" else [])
        if key == "run" and inside:
            yield f"an expression in run: {value}"
        yield from (f"an expression of what is not known: {one}" for one in inside if SAFE.sub("", one))
        if value.count("${{") != len(_EXPRESSION.findall(value)):
            yield f"an expression that cannot be read: {value}"


def _job(job: dict[str, Any], workflow: dict[str, Any], triggers: set[str], targets: set[str]) -> Iterator[str]:
    permissions = job.get("permissions")
    granted = set(permissions.items()) if isinstance(permissions, dict) else {("permissions", permissions)}
    yield from (f"permission {name}: {value}" for name, value in granted - PERMISSIONS)
    if {("id-token", "write"), ("pull-requests", "write")} <= granted:
        yield "may both reach the target and write to GitHub"
    minutes = job.get("timeout-minutes")
    if not (isinstance(minutes, int) and 0 < minutes <= MOST_MINUTES):
        yield f"timeout-minutes: {minutes}"
    concurrency = job.get("concurrency") or workflow.get("concurrency")
    if not isinstance(concurrency, dict) or not concurrency.get("group"):
        yield "no concurrency group"
    elif concurrency.get("cancel-in-progress") is not False and ("id-token", "write") in granted:
        yield "a terraform of its may be cancelled half-way"
    yield from _steps(job["steps"], targets)
    yield from _trust(job, workflow, triggers, granted)


def _steps(steps: list[dict[str, Any]], targets: set[str]) -> Iterator[str]:
    for step in steps:
        is_checkout = str(step.get("uses", "")).startswith("actions/checkout@")
        if is_checkout and step.get("with", {}).get("persist-credentials") is not False:
            yield "checkout leaves the token in .git/config"
        if "run" in step:
            made = _MAKE.fullmatch(step["run"])
            if made is None or made[1] not in targets:
                yield f"runs what is no make target: {step['run']}"


def _trust(
    job: dict[str, Any], workflow: dict[str, Any], triggers: set[str], granted: set[tuple[str, str]]
) -> Iterator[str]:
    text = yaml.safe_dump(job)
    checkouts = [
        one.get("with", {}) for one in job["steps"] if str(one.get("uses", "")).startswith("actions/checkout@")
    ]
    if "secrets." in text or "secrets[" in text:
        yield "reads a secret"
    if "pull_request" in triggers and granted - {("contents", "read")}:
        before = job.get("needs")
        guards = {job.get("if"), workflow["jobs"].get(before, {}).get("if") if isinstance(before, str) else None}
        skipped = isinstance(before, str) and f"needs.{before}.result != 'skipped'" in str(job.get("if"))
        if NO_FORK not in guards or not (job.get("if") == NO_FORK or skipped):
            yield "runs for a fork's pull request"
    writes = ("pull-requests", "write") in granted or "github.token" in text
    if writes and [one.get("ref") for one in checkouts] != [BASE]:
        yield "holds a token that may write, and runs a pull request's code"
    target = (job.get("env") or {}).get("TARGET")
    deploys = any(str(one.get("run", "")).startswith("make deploy") for one in job["steps"])
    if deploys and (job.get("environment") != target or workflow[True] != {"push": {"branches": ["main"]}}):
        yield "deploys without the approval of its environment, or from another branch than main"
    if not deploys and "environment" in job:
        yield "has the identity of a deployment"
    if deploys and target == "prod" and job.get("needs") != "staging":
        yield "deploys to prod what staging has not seen"
