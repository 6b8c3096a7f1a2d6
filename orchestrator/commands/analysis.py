"""Commands that look at one page: analyze."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrator.commands.common import Json, open_settings, parse_instant


def analyze(
    page: Annotated[str, typer.Argument(help="The page, as creators.csv spells it.")],
    lookback_days: Annotated[int | None, typer.Option(min=1, help="Days of history to read; default 90.")] = None,
    as_of: Annotated[
        str, typer.Option(help="Look back from this instant (ISO 8601 with an offset); default now.")
    ] = "",
    json: Json = False,
) -> None:
    """Show everything known of one page: size, saturation, next week's volume, and what sells when."""
    from orchestrator.agents.performance_analyzer import report_page
    from orchestrator.console import print_json, print_view, progress
    from orchestrator.insight.lookup import known_page
    from orchestrator.report.page_view import page_view
    from orchestrator.warehouse.client import open_warehouse

    instant = parse_instant(as_of, "--as-of") if as_of else None
    with progress("opening the warehouse") as step, open_warehouse(open_settings()) as warehouse:
        known_page(warehouse, page)
        step(f"analysing {page}")
        report = report_page(warehouse, page=page, as_of=instant or warehouse.now(), lookback_days=lookback_days)
    if json:
        print_json(report.model_dump(mode="json"))
    else:
        print_view(page_view(report))
