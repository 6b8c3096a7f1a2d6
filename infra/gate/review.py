"""Everything that is to be known about the plans of all stacks before the first of them is applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.catalog import Catalog
from infra.dry_runs import DryRunner, Spent
from infra.gate.judge import judge
from infra.gate.verdicts import Allowance, Context, Rise, Verdicts
from infra.plan.costs import CostChange, estimate_costs
from infra.plan.details import Detail, describe
from infra.plan.drift import read_plans
from infra.plan.model import Change, Plan
from infra.plan.reach import Graph, Reach, read_agents
from infra.plan.words.money import quota_dollars
from sql import constants


@dataclass(frozen=True)
class ReviewContext:
    """What a review needs besides the plans.

    `provider` says which plugin made them (`infra.local.provider.install` returns it). `configurations` and `earlier`
    are cdk.tf.json by stack, of this release and of the last one. Without `catalog` nothing is said of what is
    downstream; without `dry_run` or `catalog` no cost is told, and the gate does not pass a plan with schedules.
    `last_week` is what each scheduled query was really billed, by its name.
    """

    environment: str = "local"
    provider: str = ""
    labels: Mapping[str, str] = field(default_factory=lambda: {"system": "eros"})
    allowances: Sequence[Allowance] = ()
    configurations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    earlier: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    catalog: Catalog | None = None
    dry_run: DryRunner | None = None
    last_week: Mapping[str, Spent] = field(default_factory=dict)


@dataclass(frozen=True)
class Review:
    """One Plan, what each change means, what it costs, whom it reaches, and what the gate says: all that is reported.

    `details` are in the order of `plan.changes`, `reaches` beside them. `costs` is None when nobody made dry runs.
    """

    plan: Plan
    verdicts: Verdicts
    details: tuple[Detail, ...] = ()
    reaches: tuple[Reach, ...] = ()
    costs: tuple[CostChange, ...] | None = None


def review(stacks: Mapping[str, Mapping[str, Any]], context: ReviewContext) -> Review:
    """Read the parsed `terraform show -json` of each stack, in the order of the stacks, and judge them together.

    Raises InfraError when one is not the JSON of a plan, UsageError when an allowance meets no finding. A refusal is
    no error here: `review(...).verdicts.raise_if_refused()` makes it one.
    """
    plan = Plan(read_plans(stacks), context.environment, context.provider)
    costs = _costs(plan, context)
    verdicts = judge(
        plan,
        Context(
            labels=context.labels,
            allowances=context.allowances,
            rises=None if costs is None else tuple(_rises(plan, costs)),
            rise_limit=float(constants()["cost"]["rise_without_reason"]),
            configurations=context.configurations,
            earlier=context.earlier,
        ),
    )
    details = tuple(describe(one) for one in plan.changes)
    return Review(plan, verdicts, details, tuple(_reaches(plan, details, context.catalog)), costs)


def _costs(plan: Plan, context: ReviewContext) -> tuple[CostChange, ...] | None:
    if plan.is_empty:
        return ()
    if context.dry_run is None or context.catalog is None:
        return None
    return estimate_costs(plan, context.catalog, context.dry_run, context.last_week)


def _rises(plan: Plan, costs: tuple[CostChange, ...]) -> Iterator[Rise]:
    """Estimated costs of scheduled queries, and daily caps: what the cap lets be spent can be spent."""
    for one in costs:
        before = 0.0 if one.before is None else one.before.dollars_per_day
        after = None if one.unknown else 0.0 if one.after is None else one.after.dollars_per_day
        yield Rise(one.stack, one.address, before, after, one.unknown)
    for change in plan.changes:
        cap = _raised_cap(change)
        if cap is not None:
            yield cap


def _raised_cap(change: Change) -> Rise | None:
    before, after = quota_dollars(change.before), quota_dollars(change.after)
    if before is None or before == after:
        return None
    why = "" if after is not None else "its daily cap in dollars is gone or not known"
    return Rise(change.stack, change.address, before, after, why)


def _reaches(plan: Plan, details: Sequence[Detail], catalog: Catalog | None) -> Iterator[Reach]:
    if catalog is None or all(one.is_cosmetic for one in details):
        yield from (Reach() for _ in details)
        return
    graph = Graph(catalog, read_agents(), plan.resources)
    yield from (Reach() if one.is_cosmetic else graph.reach(one.change) for one in details)
