"""The comment on a pull request: one for each target, found again by its first line, which no reader sees.

What is rendered where Google can be reached may be posted elsewhere, by a job that holds GitHub's token and nothing
else: the text alone says which target it is of and how the plan came out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum

from infra.errors import InfraError, RefusedError, UsageError
from infra.gate import Review
from infra.report import facts, markdown
from infra.report.markdown import LIMIT, Run, escaped
from infra.report.secrets import without

_MARKER = re.compile(r"<!-- eros-infra plan of ([a-z0-9][a-z0-9_-]{0,39}): ([a-z-]+) -->\n")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_PART = r"[A-Za-z0-9_.-]+"
_REPOSITORY = re.compile(rf"{_PART}/{_PART}")


class Outcome(Enum):
    """How a plan came out; also the last part of the pull request's label."""

    UNCHANGED = "no-changes"
    CHANGES = "changes"
    DESTROYS = "destroys"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class Comment:
    """What is posted. `text` begins with the marker and is no longer than GitHub takes."""

    target: str
    outcome: Outcome
    text: str

    @property
    def marker(self) -> str:
        """How a comment on the same target begins, however its plan came out."""
        return marker(self.target)

    @property
    def label(self) -> str:
        """The pull request's label for this target, such as "staging/changes"."""
        return f"{self.target}/{self.outcome.value}"

    @property
    def labels(self) -> frozenset[str]:
        """Every label that a plan of this target may give; all but one are taken away."""
        return frozenset(f"{self.target}/{one.value}" for one in Outcome)


def marker(target: str) -> str:
    """The beginning of the first line of a target's comment."""
    return f"<!-- eros-infra plan of {target}: "


def of_review(review: Review, run: Run, secrets: Collection[str] = ()) -> Comment:
    """The comment on a plan. `secrets` are texts that must not stand in it, whoever put them into the plan."""
    return _comment(review.plan.environment, outcome_of(review), markdown.render(review, run=run), secrets)


def of_failure(target: str, error: InfraError, run: Run, secrets: Collection[str] = ()) -> Comment:
    """The comment on a plan that could not be made, or that was refused before there was one."""
    outcome = Outcome.REFUSED if isinstance(error, RefusedError) else Outcome.FAILED
    return _comment(target, outcome, markdown.render_failure(target, error, run), secrets)


def outcome_of(review: Review) -> Outcome:
    """The worst that is to be said of a plan."""
    if not review.verdicts.passed:
        return Outcome.REFUSED
    if facts.destructive(review):
        return Outcome.DESTROYS
    return Outcome.UNCHANGED if review.plan.is_empty else Outcome.CHANGES


def read(text: str, where: str) -> Comment:
    """A comment that was written to a file. Raises UsageError when it is none, or longer than GitHub takes."""
    found = _MARKER.match(text)
    fix = "write it by eros-infra comment --out FILE"
    if found is None or found[2] not in {one.value for one in Outcome}:
        raise UsageError("this is no plan's comment", where=where, fix=fix)
    if len(text) >= LIMIT:
        raise UsageError(f"a comment of {len(text):,} characters is too long", where=where, why=f"under {LIMIT:,}")
    return Comment(found[1], Outcome(found[2]), text)


def run_of(environment: Mapping[str, str]) -> Run:
    """Which run of GitHub's makes the plan, by the variables that it sets; what is not well formed is left out."""
    server = environment.get("GITHUB_SERVER_URL", "")
    repository, number = environment.get("GITHUB_REPOSITORY", ""), environment.get("GITHUB_RUN_ID", "")
    commit = environment.get("EROS_COMMIT") or environment.get("GITHUB_SHA", "")
    is_known = server.startswith("https://") and _REPOSITORY.fullmatch(repository) and number.isdecimal()
    return Run(
        link=f"{server}/{repository}/actions/runs/{number}" if is_known else "",
        commit=commit if _COMMIT.fullmatch(commit) else "",
    )


def _comment(target: str, outcome: Outcome, body: str, secrets: Collection[str]) -> Comment:
    first = f"{marker(target)}{outcome.value} -->\n"
    if _MARKER.fullmatch(first) is None:
        raise UsageError(f"{target!r} cannot be a target's name", fix="letters, digits, - and _")
    return Comment(target, outcome, first + without(body, secrets, escaped))
