"""What can carry labels does: the bill and the clean-up both go by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.gate.verdicts import Context, Finding, finding
from infra.plan.model import Plan

NAME = "labels"
ARGUMENT = {
    "google_bigquery_dataset": "labels",
    "google_bigquery_table": "labels",
    "google_monitoring_alert_policy": "user_labels",
    "google_monitoring_notification_channel": "user_labels",
    "google_pubsub_topic": "labels",
    "google_storage_bucket": "labels",
}
"""The argument by type; the types that are not here have none (a channel's `labels` are its address)."""


def judge(plan: Plan, context: Context) -> Iterator[Finding]:
    """Objections to resources without the labels of the environment, or with other values."""
    for one in plan.resources:
        argument = ARGUMENT.get(one.type)
        if argument is None or one.after is None:
            continue
        found = _labels(one.after, argument)
        wrong = sorted(f"{key}={value}" for key, value in context.labels.items() if found.get(key) != value)
        if wrong:
            yield finding(NAME, one, f"{argument} lack {', '.join(wrong)}", f"set {argument} from the environment")


def _labels(after: Mapping[str, Any], argument: str) -> Mapping[str, Any]:
    """Those given here, and those that the provider adds by default_labels."""
    found: dict[str, Any] = {}
    for name in (argument, "effective_labels"):
        side = after.get(name)
        found |= side if isinstance(side, Mapping) else {}
    return found
