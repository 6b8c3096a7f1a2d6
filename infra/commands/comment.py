"""comment: the plan as a comment on a pull request."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.commands.deploy import AllowOption, run_deployment
from infra.commands.shared import HomeOption, JsonOption, TargetOption, WaitOption, answer, open_site, told

if TYPE_CHECKING:
    from infra.errors import InfraError
    from infra.report.comment import Comment


def comment(
    target: TargetOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write it to this file instead of posting it")] = None,
    source: Annotated[Path | None, typer.Option("--from", help="Post this file of --out; nothing is planned")] = None,
    allow: AllowOption = None,
    wait: WaitOption = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Plan, and keep one comment per target up to date on the pull request of this run.

    By GITHUB_TOKEN, GITHUB_REPOSITORY, GITHUB_API_URL and GITHUB_REF (or EROS_PULL_REQUEST). A plan that the gate
    refuses, or that fails, is commented on too, and ends as it would have without: exit code 3, or the error's own.
    """
    with told(as_json):
        from infra.errors import UsageError
        from infra.report import github

        if source is not None and out is not None:
            raise UsageError("--from posts what --out wrote: give one of them")
        place = None if out is not None else github.place_of(os.environ)
        made, error = (_stored(source, target), None) if source is not None else _planned(target, allow, wait, home)
        found: dict[str, object] = {"target": made.target, "outcome": made.outcome.value, "label": made.label}
        if out is not None:
            _write(out, made)
            found["file"] = str(out)
            said = [f"{made.label}: {out}"]
        elif place is not None:
            posted = github.GitHub(place).put(made)
            found |= posted.as_dict()
            said = [f"{made.label}: comment {posted.action} {posted.url}".rstrip(), *posted.notes]
        answer(as_json, found, lambda: "\n".join(said))
        if error is not None and as_json:
            raise typer.Exit(error.exit_code)
        if error is not None:
            raise error


def _planned(
    target: str | None, allow: list[str] | None, wait: float, home: Path | None
) -> tuple[Comment, InfraError | None]:
    """The comment, and the error that the plan ended with."""
    from infra.errors import InfraError
    from infra.report import comment as comments
    from infra.report.secrets import known_secrets

    site = open_site(target, home, wait)
    run, secrets = comments.run_of(os.environ), known_secrets(os.environ)
    try:
        review: Any = run_deployment(site, allow, "plan").review
    except InfraError as error:
        return comments.of_failure(site.name, error, run, secrets), error
    made = comments.of_review(review, run, secrets)
    try:
        review.verdicts.raise_if_refused()
    except InfraError as error:
        return made, error
    return made, None


def _stored(source: Path, target: str | None) -> Comment:
    """The comment in the file. Raises UsageError when it is on another target than the one that was named."""
    from infra.errors import UsageError
    from infra.report import comment as comments

    try:
        found = comments.read(source.read_text(encoding="utf-8"), str(source))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("the comment cannot be read", where=str(source), why=str(error)) from None
    if target is not None and found.target != target:
        raise UsageError(f"the comment is on {found.target}, not on {target}", where=str(source))
    return found


def _write(out: Path, made: Comment) -> None:
    from infra.errors import UsageError

    try:
        out.write_text(made.text, encoding="utf-8")
    except OSError as error:
        raise UsageError("the comment cannot be written", where=str(out), why=str(error)) from None
