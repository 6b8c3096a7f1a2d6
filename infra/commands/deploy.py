"""synth, plan, deploy, unlock and bootstrap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.commands.shared import HomeOption, JsonOption, TargetOption, WaitOption, answer, open_site, progress, told

if TYPE_CHECKING:
    from infra.release.deploy import Outcome
    from infra.release.site import Site

AllowOption = Annotated[
    list[str] | None,
    typer.Option("--allow", help="RULE:ADDRESS=REASON: let one finding pass; the reason is recorded. May be repeated"),
]


def synth(target: TargetOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Write the Terraform configuration of every stack. Exit code 3 when it would lose something.

    Google is not asked; the local target's server is started, as Terraform will look for its state there.
    """
    with told(as_json):
        from infra.release.locks import deploy_lock
        from infra.release.parts import real_parts

        site = open_site(target, home)
        with deploy_lock(site.home, site.name, f"synth {site.name}"):
            real_parts().synthesise(site)
        found = {"environment": site.name, "folder": str(site.out), "stacks": list(site.stacks)}
        answer(as_json, found, lambda: f"{len(site.stacks)} stacks in {site.out / 'stacks'}")


def plan(
    target: TargetOption = None,
    allow: AllowOption = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Write the plan as Markdown")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show whole diffs, those of new objects too")] = False,
    wait: WaitOption = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a deployment would change, what it costs, and what the gate says. Exit code 3 when it refuses."""
    with told(as_json):
        site = open_site(target, home, wait)
        outcome = run_deployment(site, allow, "plan")
        _show(outcome, as_json, markdown, verbose)
        if not as_json:
            outcome.review.verdicts.raise_if_refused()
        elif not outcome.review.verdicts.as_dict()["passed"]:
            raise typer.Exit(3)


def deploy(
    target: TargetOption = None,
    allow: AllowOption = None,
    wait: WaitOption = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Gates, plans, verdicts, snapshots, then apply exactly those plans, and check. Safe to run again at any time."""
    with told(as_json):
        site = open_site(target, home, wait)
        outcome = run_deployment(site, allow, "deploy")
        found = {
            "environment": site.name,
            "release": outcome.release.as_dict() if outcome.release else None,
            "phases": list(outcome.phases),
            "runs": [{"schedule": name, **run.as_dict()} for name, run in outcome.runs],
        }
        answer(as_json, found, lambda: _told(site, outcome))


def unlock(
    stacks: Annotated[list[str] | None, typer.Argument(help="Stacks; all of them when none is named")] = None,
    lock_id: Annotated[str, typer.Option("--id", help="Release this very lock, whoever holds it")] = "",
    target: TargetOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say who holds the stacks' states, and release what a dead terraform of this host left. Exit code 5 otherwise."""
    with told(as_json):
        from infra.release.unlocking import unlock as release

        found = release(open_site(target, home), stacks or [], lock_id)
        lines = [f"{one['stack']}: {one['outcome']}" for one in found]
        answer(as_json, {"locks": found}, lambda: "\n".join(lines))


def bootstrap(target: TargetOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Create the bucket of Terraform's state, once per environment; one that exists is left as it is."""
    with told(as_json):
        from infra.release.bootstrap import make_bucket

        site = open_site(target, home)
        site.start()
        made = make_bucket(site.rest, site.environment)
        found = {"bucket": site.environment.bucket, "made": made}
        verb = "made" if made else "already there"
        answer(as_json, found, lambda: f"gs://{site.environment.bucket}: {verb}")


def run_deployment(site: Site, allow: list[str] | None, command: str) -> Outcome:
    """Make the plans, or the whole deployment, under the environment's lock."""
    from infra.release.deploy import Deployment
    from infra.release.locks import deploy_lock
    from infra.release.parts import real_parts

    shown: Any = progress()
    try:
        with deploy_lock(site.home, site.name, f"{command} {site.name}", site.wait_seconds):
            deployment = Deployment(site, real_parts(allow or ()), shown)
            return deployment.plan() if command == "plan" else deployment.deploy()
    finally:
        if hasattr(shown, "close"):
            shown.close()


def _show(outcome: Outcome, as_json: bool, markdown: bool, verbose: bool) -> None:
    from infra.report import json as as_data
    from infra.report import markdown as as_markdown
    from infra.report import terminal

    review: Any = outcome.review
    if as_json:
        print(as_data.render(review, outcome.phases), end="")
    elif markdown:
        print(as_markdown.render(review, outcome.phases))
    else:
        from rich.console import Console

        Console(highlight=False).print(terminal.render(review, outcome.phases, verbose=verbose), soft_wrap=True)


def _told(site: Site, outcome: Outcome) -> str:
    release = outcome.release
    if release is None:
        return f"{site.name}: nothing to deploy, the target is as declared and the last release says so"
    seconds = sum(float(one["seconds"]) for one in outcome.phases)
    applied = ", ".join(release.applied) or "nothing had changed"
    lines = [
        f"{site.name}: release {release.number} ({release.release_id}) deployed in {seconds:.0f} s: {applied}",
        f"record: {release.folder}",
    ]
    lines += [f"{name}: first run {run.state.lower()}: {run.error}" for name, run in outcome.runs if run.error]
    if release.provider == "stand-in":
        lines.append("by the stand-in provider: proves Terraform's mechanics and our requests, not Google's behaviour")
    return "\n".join(lines)
