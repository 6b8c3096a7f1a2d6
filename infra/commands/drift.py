"""drift: what was changed outside Terraform."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from infra.commands.shared import HomeOption, JsonOption, TargetOption, open_site, progress, told


def drift(
    verbose: Annotated[bool, typer.Option("--verbose", help="Show whole diffs")] = False,
    target: TargetOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Name what was changed outside Terraform, and what to do; changes nothing, locks nothing. Exit code 7 if any."""
    with told(as_json):
        from infra.errors import DriftError
        from infra.release.drift import find_drift
        from infra.release.parts import real_parts
        from infra.report import drift as report

        parts, shown = real_parts(), progress()
        try:
            found = find_drift(open_site(target, home), parts.synthesise, parts.survey, shown.tell)
        finally:
            close: Any = getattr(shown, "close", None)
            if close is not None:
                close()
        if as_json:
            said = report.as_dict(found)
            print(json.dumps(said, indent=2, ensure_ascii=False))
            if said["drift"]:
                raise typer.Exit(DriftError.exit_code)
            return
        from rich.console import Console

        Console(highlight=False).print(report.render(found, verbose=verbose), soft_wrap=True)
        found.raise_if_any()
