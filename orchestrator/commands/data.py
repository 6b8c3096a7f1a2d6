"""Commands that bring data in: sample-data and import."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.commands.common import Json, open_settings, parse_date


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
    json: Json = False,
) -> None:
    """Check an export row by row and bring it into the warehouse; a second time changes nothing."""
    from orchestrator.console import note, print_json, progress
    from orchestrator.importers import import_directory
    from orchestrator.warehouse.client import open_warehouse

    settings = open_settings()
    rejects = settings.home / "rejected.csv"
    with progress("opening the warehouse") as step, open_warehouse(settings) as warehouse:
        now = warehouse.now()
        report = import_directory(
            directory, warehouse, now=now, on_progress=step, rejects_path=rejects, work_folder=settings.home
        )
        step("updating what is known of each caption")
        warehouse.call("update_caption_performance")
    if json:
        print_json(report.as_dict())
        return
    print(report.text())
    note("next: eros run --week next")
