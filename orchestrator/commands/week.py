"""Commands that take a week from a plan to sheets: run, approve, export and verify."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.commands.common import Json, Out, Week, actor, open_settings

if TYPE_CHECKING:
    from orchestrator.agents.orchestrator import RunReport
    from orchestrator.verify import VerifyReport


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

    with progress("opening the warehouse") as step, open_warehouse(open_settings()) as warehouse:
        request = RunRequest(
            week=week,
            pages=tuple(page or ()),
            out=out,
            seed=seed or None,
            mode=mode,
            replan=replan,
            auto_approve=auto_approve,
            actor=actor(),
        )
        report = run_week(request, warehouse, on_progress=step)
    if json:
        print_json(report.as_dict())
    else:
        _print_run(report, out)
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def approve(
    schedule_id: Annotated[list[str], typer.Argument(help="One or more schedules to approve.")], json: Json = False
) -> None:
    """Approve locked schedules, so that they may be exported."""
    from orchestrator.agents.sheets_exporter import approve_schedules
    from orchestrator.console import print_json
    from orchestrator.warehouse.client import open_warehouse

    with open_warehouse(open_settings()) as warehouse:
        moved = approve_schedules(warehouse, schedule_id, actor=actor(), note="eros approve")
    if json:
        print_json({"approved": moved})
    else:
        print("\n".join(f"approved {one}" for one in moved) or "nothing to do: approved already")


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

    with open_warehouse(open_settings()) as warehouse:
        result = export_one(warehouse, schedule_id, out, actor=actor(), override_red=override_red)
    if json:
        print_json(result.as_dict())
    else:
        print(f"{result.path}: {result.message_count} messages, sha256 {result.content_hash[:12]}")


def verify(week: Week, out: Out = Path("schedules"), json: Json = False) -> None:
    """Check a week's sheets and its rows in the warehouse against every rule, independently of the builder."""
    from orchestrator.agents.orchestrator import week_of
    from orchestrator.console import print_json
    from orchestrator.verify import verify_week
    from orchestrator.warehouse.client import open_warehouse

    with open_warehouse(open_settings()) as warehouse:
        monday = week_of(week, warehouse.now()).monday
        report = verify_week(monday, out, warehouse)
    if json:
        print_json(report.as_dict())
    else:
        _print_findings(report)
    if not report.ok:
        raise typer.Exit(1)


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
