"""Commands that explain: schedules, why, explain and doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.commands.common import Json, open_settings, parse_instant
from orchestrator.errors import ErosError

if TYPE_CHECKING:
    from orchestrator.insight.schedules import ScheduleList


def schedules(
    week: Annotated[
        str, typer.Option(help="Monday of a week (YYYY-MM-DD), 'next' or 'all'; default this week and later.")
    ] = "",
    page: Annotated[str, typer.Option(help="Only this page.")] = "",
    status: Annotated[list[str] | None, typer.Option(help="Only this status; may be repeated.")] = None,
    json: Json = False,
) -> None:
    """List the schedules with their status, last event and sheet, newest week first."""
    from orchestrator.agents.orchestrator import week_of
    from orchestrator.console import print_json
    from orchestrator.insight.schedules import list_schedules
    from orchestrator.warehouse.client import open_warehouse

    with open_warehouse(open_settings()) as warehouse:
        now = warehouse.now()
        found = list_schedules(
            warehouse,
            now=now,
            week=week_of(week, now) if week not in ("", "all") else None,
            everything=week == "all",
            page=page,
            statuses=status or (),
        )
    if json:
        print_json(found.as_dict())
    else:
        _print_schedules(found)


def why(
    schedule_id: Annotated[str, typer.Argument(help="The schedule; eros schedules lists them.")],
    position: Annotated[int, typer.Argument(help="The number of its message, from 1 by time.")],
    json: Json = False,
) -> None:
    """Say why a message carries this caption, at this time and price, and draw it again from its seed."""
    from orchestrator.console import print_json
    from orchestrator.insight.why import explain_message
    from orchestrator.insight.why_text import why_dict, why_lines
    from orchestrator.warehouse.client import open_warehouse

    with open_warehouse(open_settings()) as warehouse:
        found = explain_message(warehouse, schedule_id, position)
    if json:
        print_json(why_dict(found))
    else:
        print("\n".join(why_lines(found)))


def explain(
    page: Annotated[str, typer.Argument(help="The page, as creators.csv spells it.")],
    as_of: Annotated[str, typer.Option(help="Judge as of this instant (ISO 8601 with an offset); default now.")] = "",
    json: Json = False,
) -> None:
    """Show how a page's tier, zone, segment and coming week's volume come about."""
    from orchestrator.console import print_json
    from orchestrator.insight.explain import explain_page
    from orchestrator.insight.explain_text import explain_dict, explain_lines
    from orchestrator.warehouse.client import open_warehouse

    instant = parse_instant(as_of, "--as-of") if as_of else None
    with open_warehouse(open_settings()) as warehouse:
        found = explain_page(warehouse, page, instant or warehouse.now())
    if json:
        print_json(explain_dict(found))
    else:
        print("\n".join(explain_lines(found)))


def doctor(json: Json = False) -> None:
    """Look whether everything EROS needs is in place, and say what to do where it is not; writes nothing."""
    import os

    from orchestrator.console import print_json, progress

    try:
        from orchestrator.insight.doctor import examine
        from orchestrator.insight.doctor.text import doctor_lines
    except ImportError as error:
        raise ErosError("a package is missing", why=str(error), fix="pip install -e '.[local]'") from error

    with progress("looking at this machine") as step:
        report = examine(open_settings, os.environ, on_progress=step)
    if json:
        print_json(report.as_dict())
    else:
        print("\n".join(doctor_lines(report)))
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def _print_schedules(found: ScheduleList) -> None:
    from orchestrator.console import note, table_lines
    from orchestrator.insight.schedules import sheet_folders

    if not found.lines:
        print(f"no schedules {found.asked}")
        note("next: eros run --week next, or eros schedules --week all")
        return
    headings = ("schedule", "status", "size", "zone", "PPV", "bumps", "expected $")
    for number, (title, lines) in enumerate(found.weeks()):
        print(f"\n{title}" if number else title)
        head, *rows = table_lines(headings, [line.cells() for line in lines], right=("PPV", "bumps", "expected $"))
        print(head)
        for row, line in zip(rows, lines, strict=True):
            print(f"{row}\n    {line.details()}")
        for folder in sheet_folders(lines):
            print(f"sheets: {folder}")
