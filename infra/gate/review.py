"""Everything that is to be known about the plans of all stacks before the first of them is applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.gate.judge import judge
from infra.gate.verdicts import Allowance, Context, Verdicts
from infra.plan.model import Plan, read_plan


@dataclass(frozen=True)
class ReviewContext:
    """What a review needs besides the plans.

    `provider` says which plugin made them (`infra.local.provider.install` returns it). `configurations` and `earlier`
    are cdk.tf.json by stack, of this release and of the last one.
    """

    environment: str = "local"
    provider: str = ""
    labels: Mapping[str, str] = field(default_factory=lambda: {"system": "eros"})
    allowances: Sequence[Allowance] = ()
    configurations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    earlier: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Review:
    """One Plan and what the gate says of it: what every report prints."""

    plan: Plan
    verdicts: Verdicts


def review(stacks: Mapping[str, Mapping[str, Any]], context: ReviewContext) -> Review:
    """Read the parsed `terraform show -json` of each stack, in the order of the stacks, and judge them together.

    Raises InfraError when one is not the JSON of a plan, UsageError when an allowance meets no finding. A refusal is
    no error here: `review(...).verdicts.raise_if_refused()` makes it one.
    """
    plans = tuple(read_plan(stack, shown) for stack, shown in stacks.items())
    plan = Plan(plans, context.environment, context.provider)
    verdicts = judge(
        plan,
        Context(
            labels=context.labels,
            allowances=context.allowances,
            configurations=context.configurations,
            earlier=context.earlier,
        ),
    )
    return Review(plan, verdicts)
