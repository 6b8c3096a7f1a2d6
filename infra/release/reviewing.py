"""Gives the gate what it needs to judge: both releases' configurations, the SQL's catalog, dry runs on the target."""

from __future__ import annotations

from infra.catalog import load_catalog
from infra.dry_runs import Spent
from infra.errors import AccessError
from infra.gate import Allowance, Review, ReviewContext
from infra.gate import review as reviewed
from infra.gcloud import dry_runner, spent_last_week
from infra.records import Release
from infra.release.planning import Planned
from infra.release.site import Site


def review(site: Site, planned: Planned, previous: Release | None, allow: tuple[Allowance, ...]) -> Review:
    """Everything that is to be known about the plans. Raises UsageError for an allowance that meets no finding."""
    environment = site.environment
    earlier = {stack: previous.synthesised(stack) or {} for stack in site.stacks} if previous is not None else {}
    return reviewed(
        planned.shown,
        ReviewContext(
            environment=site.name,
            provider=site.provider,
            labels=environment.labels,
            allowances=allow,
            configurations=planned.configurations,
            earlier=earlier,
            catalog=load_catalog(environment.sql),
            dry_run=dry_runner(site.client, site.now()),
            last_week=_last_week(site),
        ),
    )


def _last_week(site: Site) -> dict[str, Spent]:
    """What the scheduled queries were really billed; nothing when the list of jobs may not be read."""
    try:
        return spent_last_week(site.client, site.environment.sql, site.now())
    except AccessError:
        return {}
