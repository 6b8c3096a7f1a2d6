"""Commands that bring data in: sample-data and import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrator.commands.common import Json, open_settings, parse_date

if TYPE_CHECKING:
    from orchestrator.importers import ImportReport, TrialReport


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

    first_without = parse_date(until, "--until") if until else today()
    report = write_sample(out, pages=pages, captions=captions, messages=messages, until=first_without, seed=seed)
    if json:
        print_json(report.as_dict())
    else:
        print(report.line())
        note(f"next: eros import {out}")


def import_files(
    directory: Annotated[Path, typer.Argument(help="Folder with creators.csv, captions.csv and messages.csv.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and write no table.")] = False,
    rejects: Annotated[
        Path | None, typer.Option(help="Where rejected rows go, with reasons; default rejected.csv in EROS_HOME.")
    ] = None,
    take_last_row: Annotated[
        bool, typer.Option("--take-last-row", help="The files are whole although their last line does not end.")
    ] = False,
    match_similar: Annotated[
        bool,
        typer.Option("--match-similar", help="Also match texts that differ from a caption only in typing; lists them."),
    ] = False,
    json: Json = False,
) -> None:
    """Check an export row by row and bring it into the warehouse; a second time changes nothing."""
    from contextlib import nullcontext

    from orchestrator import clock
    from orchestrator.console import note, print_json, progress
    from orchestrator.importers import import_directory, try_directory
    from orchestrator.warehouse.client import open_warehouse
    from orchestrator.warehouse.target import is_there

    settings = open_settings()
    has_warehouse = not dry_run or is_there(settings)
    with (
        progress("opening the warehouse") as step,
        open_warehouse(settings) if has_warehouse else nullcontext() as warehouse,
    ):
        options: dict[str, Any] = {
            "now": clock.now() if warehouse is None else warehouse.now(),
            "on_progress": step,
            "rejects_path": rejects or settings.home / "rejected.csv",
            "work_folder": settings.home,
            "last_row_is_whole": take_last_row,
            "similar_path": settings.home / "similar.csv" if match_similar else None,
        }
        report: ImportReport | TrialReport
        if warehouse is None or dry_run:
            report = try_directory(directory, warehouse, **options)
        else:
            report = import_directory(directory, warehouse, **options)
            step("updating what is known of each caption")
            warehouse.call("update_caption_performance")
    if json:
        print_json(report.as_dict())
        return
    print(report.text())
    note(f"next: eros import {directory}" if dry_run else "next: eros run --week next")
