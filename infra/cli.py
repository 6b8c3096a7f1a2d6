"""`eros-infra`: the local cloud from the command line. Heavy imports wait until a command needs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.commands import adopt, back, deploy, drift, pull_requests, schedules
from infra.commands.comment import comment
from infra.commands.shared import Commands, HomeOption, JsonOption, told

if TYPE_CHECKING:
    from infra.settings import Settings

app = typer.Typer(
    name="eros-infra",
    cls=Commands,
    help="Plans and deploys the stacks, runs the local cloud on this machine, checks the SQL.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
local = typer.Typer(help="The local cloud: BigQuery's REST API over one DuckDB file.", no_args_is_help=True)
app.add_typer(local, name="local")
app.add_typer(schedules.app, name="schedules")
for command in (deploy.synth, deploy.plan, deploy.deploy, deploy.unlock, deploy.bootstrap, comment):
    app.command()(command)
app.command()(adopt.adopt)
app.command()(drift.drift)
for way_back in (back.releases, back.rollback, back.state_restore, back.forget, back.drill):
    app.command()(way_back)
app.command()(pull_requests.retire)
app.command()(pull_requests.pull_requests)


@app.callback()
def _group() -> None:
    """Exit codes: 0 ok, 1 failed, 2 usage, 3 gate refused, 4 access, 5 lock or conflict, 6 budget, 7 drift."""


@local.command()
def up(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Start one server for many processes; nothing happens when it runs already."""
    _command(_up, home, as_json)


@local.command()
def status(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show the running server. Exit code 1 when none runs."""
    _command(_status, home, as_json)


@local.command()
def down(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Stop the server and close the warehouse; nothing happens when none runs."""
    _command(_down, home, as_json)


@local.command()
def advance(
    to: Annotated[str, typer.Option("--to", help="Instant with an offset, e.g. 2026-03-09T00:00:00-07:00")] = "",
    by: Annotated[str, typer.Option("--by", help="How far: 7d, 36h, 90m")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move the running server's clock forward; each schedule that falls due runs at its own instant."""
    _command(lambda settings, port: _advance(settings, port, to, by), home, as_json)


@app.command()
def lint(as_json: JsonOption = False) -> None:
    """Check every SQL template by the rules of infra/lint and GoogleSQL's own analyser. Exit code 1 for a finding."""
    from infra.errors import InfraError
    from infra.googlesql.bundle import judge
    from infra.lint import lint as run_rules

    with told(as_json):
        report = run_rules(judge=judge)
    print(json.dumps(report.as_dict()) if as_json else report)
    if report.findings:
        raise typer.Exit(InfraError.exit_code)


def main() -> None:
    """The console script's entry point."""
    app()


def _up(settings: Settings, port: int) -> tuple[str, dict[str, Any]]:
    from infra.local import lifecycle

    found, started = lifecycle.start_detached(settings.home, port)
    verb = "started" if started else "already running"
    return f"local cloud {verb}: {_shown(found)}", {"state": verb, **found}


def _status(settings: Settings, port: int) -> tuple[str, dict[str, Any]]:
    from infra.errors import InfraError
    from infra.local import lifecycle

    found = lifecycle.running(settings.home, port)
    if found is None:
        raise InfraError("no local cloud is running", where=str(settings.home.resolve()), fix="eros-infra local up")
    return f"local cloud running: {_shown(found)}", {"state": "running", **found}


def _advance(settings: Settings, port: int, to: str, by: str) -> tuple[str, dict[str, Any]]:
    from infra.local import lifecycle

    found = _status(settings, port)[1]
    answer = lifecycle.advance(found["url"], to, by)
    runs: dict[str, list[str]] = {}
    for run in answer["fired"]:
        runs.setdefault(run["displayName"], []).append(run["state"])
    lines = [f"the clock went from {found['now']} to {answer['now']}"]
    for name, states in sorted(runs.items()):
        failed = len(states) - states.count("SUCCEEDED")
        count = "1 run" if len(states) == 1 else f"{len(states)} runs"
        lines.append(f"{name}: {count}" + (f", {failed} failed" if failed else ""))
    return "\n".join(lines), answer


def _down(settings: Settings, port: int) -> tuple[str, dict[str, Any]]:
    from infra.local import lifecycle

    pid = lifecycle.stop(settings.home, port)
    if pid is None:
        return f"no local cloud is running for {settings.home.resolve()}", {"state": "not running"}
    return f"local cloud stopped: process {pid}", {"state": "stopped", "pid": pid}


def _shown(status: dict[str, Any]) -> str:
    place = f"{status['url']}  process {status['pid']}  {status['home']}"
    counts = {"tables and views": status["tables"], **status.get("resources", {})}
    contents = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    return f"{place}\n{status['project']}.{status['dataset']}: {contents}, now {status['now']}"


def _command(action: Callable[[Settings, int], tuple[str, dict[str, Any]]], home: Path | None, as_json: bool) -> None:
    from infra.local import lifecycle
    from infra.settings import load_settings

    with told(as_json):
        settings = load_settings(home=home)
        text, answer = action(settings, settings.port or lifecycle.port_of(settings.home))
    print(json.dumps(answer) if as_json else text)
