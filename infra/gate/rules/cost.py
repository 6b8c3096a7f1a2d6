"""Dollars a day may not rise by more than the limit unless somebody says why it is worth it."""

from __future__ import annotations

from collections.abc import Iterator

from infra.gate.verdicts import Context, Finding
from infra.plan.model import Plan

NAME = "cost"
_PRICED = ("google_bigquery_data_transfer_config", "google_bigquery_routine", "google_cloud_quotas_quota_preference")


def concerns(plan: Plan) -> bool:
    """Whether anything changes that could change the bill."""
    return any(one.type in _PRICED for one in plan.changes)


def judge(plan: Plan, context: Context) -> Iterator[Finding]:
    """Objections to every rise once those that nobody allowed sum to more than the limit, and to unknown costs."""
    allowed = {one.address for one in context.allowances if one.rule == NAME}
    rises = [one for one in context.rises or () if one.dollars_after is None or one.dollars_after > one.dollars_before]
    known = {one.address: (one.dollars_after or 0.0) - one.dollars_before for one in rises}
    too_much = sum(rise for address, rise in known.items() if address not in allowed) > context.rise_limit
    for one in rises:
        fix = f"make it cheaper, or --allow '{NAME}:{one.address}=the reason it is worth it'"
        if one.dollars_after is None:
            yield Finding(NAME, one.stack, one.address, f"its cost cannot be told: {one.why}", fix, allowable=True)
        elif too_much or (one.address in allowed and known[one.address] > 0):
            estimate = f"${one.dollars_before:.2f} -> ${one.dollars_after:.2f} a day, estimated"
            reason = f"{estimate}; all rises together may be ${context.rise_limit:.2f}"
            yield Finding(NAME, one.stack, one.address, reason, fix, allowable=True)
