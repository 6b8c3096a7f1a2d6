"""Only resource types that the rules were written for, from Google's provider: another type could hide its own kind of
destruction."""

from __future__ import annotations

from collections.abc import Iterator

from infra.gate.verdicts import Context, Finding, finding
from infra.plan.model import Plan

NAME = "known-types"
PROVIDERS = frozenset({"registry.terraform.io/hashicorp/google"})
TYPES = frozenset(
    {
        "google_bigquery_data_transfer_config",
        "google_bigquery_dataset",
        "google_bigquery_dataset_iam_member",
        "google_bigquery_routine",
        "google_bigquery_table",
        "google_billing_budget",
        "google_cloud_quotas_quota_preference",
        "google_logging_metric",
        "google_monitoring_alert_policy",
        "google_monitoring_notification_channel",
        "google_project_iam_member",
        "google_pubsub_topic",
        "google_pubsub_topic_iam_member",
        "google_service_account",
        "google_service_account_iam_member",
        "google_storage_bucket",
        "google_storage_bucket_iam_member",
    }
)


def judge(plan: Plan, context: Context) -> Iterator[Finding]:
    """Objections to types, data sources and providers that nobody has thought about."""
    for one in plan.resources:
        fix = f"remove it, or teach infra/gate what may happen to {one.type} and add it to TYPES"
        if one.provider not in PROVIDERS:
            yield finding(NAME, one, f"its provider {one.provider or '(none)'} is not known", fix)
        elif one.mode != "managed":
            yield finding(NAME, one, f"a {one.mode} source: names come from settings, never from a look-up", fix)
        elif one.type not in TYPES:
            yield finding(NAME, one, f"the type {one.type} is not known", fix)
    for stack in plan.stacks:
        for provider in stack.providers:
            if provider not in PROVIDERS:
                fix = "remove it, or add it to PROVIDERS of infra/gate/rules/known.py"
                yield Finding(NAME, stack.stack, f"provider {provider}", "this provider is not known", fix)
