"""`eros`: from exported files to next week's sheets.

Exit codes: 0 ok, 1 failed, 2 usage, 3 refused by a rule, 4 auth, 5 lock or conflict, 6 budget.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.errors import ErosError, UsageError

if TYPE_CHECKING:
    from orchestrator.agents.orchestrator import RunReport
    from orchestrator.settings import Settings
    from orchestrator.verify import VerifyReport

app = typer.Typer(
    help="EROS Scheduling: which caption goes to which page at which time and price.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON on stdout.")]
Week = Annotated[str, typer.Option(help="Monday of the week (YYYY-MM-DD), or 'next'.")]
Out = Annotated[Path, typer.Option(help="Folder for the sheets; a folder per week is made in it.")]


def main() -> None:
    """Run the command line; the only place where an error becomes an exit code."""
    try:
        app(standalone_mode=True)
    except ErosError as error:
        from orchestrator.console import print_error

        print_error(error, as_json="--json" in sys.argv)
        sys.exit(error.exit_code)
    except OSError as error:
        from orchestrator.console import print_error

        where = str(error.filename or "")
        print_error(
            ErosError("the file system refused", where=where, why=str(error.strerror)), as_json="--json" in sys.argv
        )
        sys.exit(ErosError.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)


@app.command("sample-data")
def sample_data(
    out: Annotated[Path, typer.Option(help="Folder to write creators.csv, captions.csv and messages.csv to.")],
    pages: Annotated[int, typer.Option(min=3, help="Pages, one of them saturated and one new.")] = 39,
    captions: Annotated[int, typer.Option(min=100, help="Captions, about a sixth of them duplicate texts.")] = 44_651,
    messages: Annotated[int, typer.Option(min=100, help="Messages over 18 months.")] = 63_411,
    until: Annotated[str, typer.Option(help="The first day without messages (YYYY-MM-DD); default today.")] = "",
    seed: Annotated[str, typer.Option(help="The same seed gives the same files.")] = "eros",
    json: Json = False,
) -> None:
    """Write a seeded, safe-for-work world with the shape of a real agency's export."""
    from orchestrator.clock import today
    from orchestrator.console import note, print_json
    from orchestrator.simulation import write_sample

    first_without = _date(until, "--until") if until else today()
    report = write_sample(out, pages=pages, captions=captions, messages=messages, until=first_without, seed=seed)
    if json:
        print_json(report.as_dict())
    else:
        print(report.line())
        note(f"next: eros import {out}")


@app.command("import")
def import_files(
    directory: Annotated[Path, typer.Argument(help="Folder with creators.csv, captions.csv and messages.csv.")],
    json: Json = False,
) -> None:
    """Check an export row by row and bring it into the warehouse; a second time changes nothing."""
    from orchestrator.console import note, print_json, progress
    from orchestrator.importers import import_directory
    from orchestrator.warehouse.client import open_warehouse

    settings = _settings()
    rejects = settings.home / "rejected.csv"
    with progress("opening the warehouse") as step, open_warehouse(settings) as warehouse:
        now = warehouse.now()
        report = import_directory(directory, warehouse, now=now, on_progress=step, rejects_path=rejects)
        step("updating what is known of each caption")
        warehouse.call("update_caption_performance")
    if json:
        print_json(report.as_dict())
        return
    print(report.text())
    note("next: eros run --week next")


@app.command()
def run(
    week: Week,
    page: Annotated[list[str] | None, typer.Option(help="Only this page; may be repeated.")] = None,
    out: Out = Path("schedules"),
    seed: Annotated[str, typer.Option(help="The same seed, data and clock give the same week.")] = "",
    mode: Annotated[str, typer.Option(help="optimize, safe or conservative.")] = "optimize",
    replan: Annotated[bool, typer.Option("--replan", help="Make a new version of weeks that exist already.")] = False,
    auto_approve: Annotated[bool, typer.Option("--auto-approve", help="Approve and export at once; logged.")] = False,
    json: Json = False,
) -> None:
    """Plan, check, lock and (when approved) export the week of every page."""
    from orchestrator.agents.orchestrator import RunRequest, run_week
    from orchestrator.console import print_json, progress
    from orchestrator.warehouse.client import open_warehouse

    with progress("opening the warehouse") as step, open_warehouse(_settings()) as warehouse:
        request = RunRequest(
            week=week,
            pages=tuple(page or ()),
            out=out,
            seed=seed or None,
            mode=mode,
            replan=replan,
            auto_approve=auto_approve,
            actor=_actor(),
        )
        report = run_week(request, warehouse, on_progress=step)
    if json:
        print_json(report.as_dict())
    else:
        _print_run(report, out)
    if report.exit_code:
        raise typer.Exit(report.exit_code)


@app.command()
def approve(
    schedule_id: Annotated[list[str], typer.Argument(help="One or more schedules to approve.")], json: Json = False
) -> None:
    """Approve locked schedules, so that they may be exported."""
    from orchestrator.agents.sheets_exporter import approve_schedules
    from orchestrator.console import print_json
    from orchestrator.warehouse.client import open_warehouse

    with open_warehouse(_settings()) as warehouse:
        moved = approve_schedules(warehouse, schedule_id, actor=_actor(), note="eros approve")
    if json:
        print_json({"approved": moved})
    else:
        print("\n".join(f"approved {one}" for one in moved) or "nothing to do: approved already")


@app.command("export")
def export_schedule(
    schedule_id: Annotated[str, typer.Argument(help="The schedule to hand over.")],
    out: Annotated[Path, typer.Option(help="The CSV file to write.")],
    override_red: Annotated[str, typer.Option(help="Why a RED week is handed over all the same; logged.")] = "",
    json: Json = False,
) -> None:
    """Write one approved schedule as a sheet."""
    from orchestrator.agents.sheets_exporter import export_one
    from orchestrator.console import print_json
    from orchestrator.warehouse.client import open_warehouse

    with open_warehouse(_settings()) as warehouse:
        result = export_one(warehouse, schedule_id, out, actor=_actor(), override_red=override_red)
    if json:
        print_json(result.as_dict())
    else:
        print(f"{result.path}: {result.message_count} messages, sha256 {result.content_hash[:12]}")


@app.command()
def verify(week: Week, out: Out = Path("schedules"), json: Json = False) -> None:
    """Check a week's sheets and its rows in the warehouse against every rule, independently of the builder."""
    from orchestrator.agents.orchestrator import week_of
    from orchestrator.console import print_json
    from orchestrator.verify import verify_week
    from orchestrator.warehouse.client import open_warehouse

    with open_warehouse(_settings()) as warehouse:
        monday = week_of(week, warehouse.now()).monday
        report = verify_week(monday, out, warehouse)
    if json:
        print_json(report.as_dict())
    else:
        _print_findings(report)
    if not report.ok:
        raise typer.Exit(1)


def _settings() -> Settings:
    from pydantic import ValidationError

    from orchestrator.settings import Settings
    from sql import SqlError

    try:
        settings = Settings()
        settings.sql  # noqa: B018 - names are checked here, before anything starts
    except ValidationError as error:
        first = error.errors()[0]
        name = "EROS_" + "_".join(str(part) for part in first["loc"]).upper()
        raise UsageError(f"{name} is not valid", why=first["msg"], fix=f"unset {name}") from error
    except SqlError as error:
        raise UsageError("the settings name something impossible", why=str(error)) from error
    return settings


def _actor() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _date(text: str, option: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} is not a date: {text!r}", fix="write it as YYYY-MM-DD") from error
    if not 2000 <= day.year <= 2100:
        raise UsageError(f"{option} is out of range: {text}", fix="use a year from 2000 to 2100")
    return day


def _print_findings(report: VerifyReport, *, most: int = 5) -> None:
    for rule in report.broken_rules:
        findings = [finding for finding in report.findings if finding.rule == rule]
        for finding in findings[:most]:
            print(finding)
        if len(findings) > most:
            print(f"{rule}: ... and {len(findings) - most} more; --json lists all")
    print(report.line() if report.schedules else "checker: nothing is planned for this week")


def _print_run(report: RunReport, out: Path) -> None:
    from orchestrator.console import print_table

    columns = [
        ("page", "left"), ("size", "left"), ("zone", "left"), ("PPV", "right"), ("bumps", "right"),
        ("expected $", "right"), ("status", "left"), ("schedule", "left"),
    ]  # fmt: skip
    rows: list[Any] = [page.cells() for page in report.pages]
    print_table(f"Week of {report.week_start}, mode {report.mode}, seed {report.seed}", columns, rows)
    print()
    print(report.line())
    for text in report.remarks():
        print(text)
    if any(page.path for page in report.pages):
        print(f"sheets: {out / report.week_start.isoformat()}/")


if __name__ == "__main__":
    main()
