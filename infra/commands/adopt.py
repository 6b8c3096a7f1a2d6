"""adopt: what a deployment would take over of a dataset that exists."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from infra.commands.shared import HomeOption, JsonOption, TargetOption, WaitOption, open_site, progress, told


def adopt(
    dataset: Annotated[str | None, typer.Option("--dataset", help="[env: EROS_DATASET]")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show whole diffs")] = False,
    target: TargetOption = None,
    wait: WaitOption = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write import blocks for what exists under declared names, and show the plan; changes nothing on the target.

    Exit code 3 when the gate would refuse the take-over.
    """
    with told(as_json):
        from infra.release.adoption_report import adopt as planned
        from infra.release.locks import deploy_lock
        from infra.release.parts import real_parts
        from infra.report import adoption

        site = open_site(target, home, wait, dataset=dataset)
        shown: Any = progress()
        try:
            with deploy_lock(site.home, site.name, f"adopt {site.name}", wait):
                found = planned(site, real_parts(), shown)
        finally:
            if hasattr(shown, "close"):
                shown.close()
        review: Any = found.outcome.review
        if as_json:
            print(adoption.as_json(found, review), end="")
            if not review.verdicts.passed:
                raise typer.Exit(3)
            return
        from rich.console import Console

        Console(highlight=False).print(adoption.render(found, review, verbose=verbose), soft_wrap=True)
        review.verdicts.raise_if_refused()
