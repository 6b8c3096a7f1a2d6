"""schedules list, run, pause and resume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from infra.commands.shared import HomeOption, JsonOption, TargetOption, answer, open_site, progress, told

if TYPE_CHECKING:
    from infra.release.site import Site
    from infra.schedules import Schedule, Schedules

app = typer.Typer(help="The scheduled queries of a target: the same on Google and locally.", no_args_is_help=True)

NamesArgument = Annotated[list[str] | None, typer.Argument(help="Schedules; all of them when none is named")]


@app.command("list")
def list_all(target: TargetOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show each schedule: when it fires next, how its last run ended."""
    with told(as_json):
        _, schedules = _open(target, home)
        found = schedules.list()
        answer(as_json, {"schedules": [one.as_dict() for one in found]}, lambda: _table(found))


@app.command()
def run(
    names: NamesArgument = None,
    timeout: Annotated[float, typer.Option("--timeout", min=1, help="Seconds to wait for each run's end")] = 900,
    target: TargetOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Start schedules by hand, now, one after the other, and wait. Exit code 1 when one fails."""
    with told(as_json):
        site, schedules = _open(target, home)
        shown = progress()
        done = [(one, schedules.run(one, site.now(), timeout, shown.tell)) for one in schedules.chosen(names or [])]
        lines = [f"{one.name}: {made.state.lower()}{f': {made.error}' if made.error else ''}" for one, made in done]
        answer(
            as_json,
            {"runs": [{"schedule": one.name, **made.as_dict()} for one, made in done]},
            lambda: "\n".join(lines),
        )
        if any(made.state != "SUCCEEDED" for _, made in done):
            raise typer.Exit(1)


@app.command()
def pause(
    names: NamesArgument = None, target: TargetOption = None, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Stop schedules from firing: at once, and until `resume` or the next deployment."""
    _set(names, True, target, home, as_json)


@app.command()
def resume(
    names: NamesArgument = None, target: TargetOption = None, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Let paused schedules fire again."""
    _set(names, False, target, home, as_json)


def _set(names: list[str] | None, paused: bool, target: str | None, home: HomeOption, as_json: bool) -> None:
    with told(as_json):
        _, schedules = _open(target, home)
        found = [schedules.set_paused(one, paused) for one in schedules.chosen(names or [])]
        answer(as_json, {"schedules": [one.as_dict() for one in found]}, lambda: _table(found))


def _open(target: str | None, home: HomeOption) -> tuple[Site, Schedules]:
    from infra.release.parts import schedules_of

    site = open_site(target, home)
    site.start()
    return site, schedules_of(site)


def _table(found: tuple[Schedule, ...] | list[Schedule]) -> str:
    from infra.schedules import local_time

    if not found:
        return "no scheduled query here: eros-infra deploy makes them"
    rows = [("schedule", "fires (UTC)", "next", "last run", "ended")]
    for one in found:
        last = one.last_run
        rows.append(
            (
                one.name,
                one.schedule,
                "paused" if one.paused else local_time(one.next_run),
                local_time(last.scheduled if last else None),
                f"{last.state.lower()}{f': {last.error}' if last.error else ''}" if last else "never ran",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]) for row in rows
    )
