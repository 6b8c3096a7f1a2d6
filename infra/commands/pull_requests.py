"""retire and pull-requests: the environments that pull requests have of their own."""

from __future__ import annotations

from typing import Annotated

import typer

from infra.commands.shared import HomeOption, JsonOption, TargetOption, answer, open_site, told


def retire(
    pull_request: Annotated[int | None, typer.Option("--pull-request", min=1, help="[env: EROS_PULL_REQUEST]")] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=365, help="How long its tables stay")] = 7,
    target: TargetOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a pull request's environment: schedules off, tables expire; nothing is destroyed. Exit code 3 for others."""
    with told(as_json):
        from infra.release.locks import deploy_lock
        from infra.release.retire import require_pull_request
        from infra.release.retire import retire as end

        site = open_site(target, home, pull_request=pull_request)
        require_pull_request(site.environment)
        with deploy_lock(site.home, site.name, f"retire {site.name}"):
            done = end(site, days, lambda _: None)
        counts = f"{len(done.paused)} schedules switched off, {len(done.expiring)} tables end in {days} days"
        answer(as_json, done.as_dict(), lambda: f"{site.name} retired: {counts}")


def pull_requests(target: TargetOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the environments of pull requests in a target's project."""
    with told(as_json):
        from infra.release.retire import pull_requests as listed

        found = listed(open_site(target, home))
        lines = [f"{one.number:>6}  {one.dataset}  {'retired' if one.expires_days else 'in use'}" for one in found] or [
            "none"
        ]
        answer(as_json, {"pull_requests": [one.as_dict() for one in found]}, lambda: "\n".join(lines))
