"""Budgets and quota preferences.

https://cloud.google.com/billing/docs/reference/budget/rest and
https://cloud.google.com/docs/quotas/reference/rest/v1/projects.locations.quotaPreferences.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from infra.local.provider.api import Api
from infra.local.provider.fields import Fields
from infra.local.provider.resources.base import Kind
from infra.local.provider.schema import Block
from infra.local.provider.values import Value


class _Budget(Kind):
    """A budget: "as last period" is an empty object in REST, and a label is a list of one value."""

    def body(self, block: Block, value: Value) -> dict[str, Any]:
        body = super().body(block, value)
        if body.get("amount", {}).get("lastPeriodAmount"):
            body["amount"]["lastPeriodAmount"] = {}
        labels = body.get("budgetFilter", {}).get("labels")
        if labels:
            body["budgetFilter"]["labels"] = {key: {"values": [text]} for key, text in labels.items()}
        return body

    def value(self, block: Block, kept: Value, answer: Mapping[str, Any]) -> Value:
        shown = copy.deepcopy(dict(answer))
        if "lastPeriodAmount" in shown.get("amount", {}):
            shown["amount"]["lastPeriodAmount"] = True
        labels = shown.get("budgetFilter", {}).get("labels")
        if labels:
            shown["budgetFilter"]["labels"] = {key: _only(held) for key, held in labels.items()}
        return super().value(block, kept, shown)


def _only(held: Any) -> Any:
    return held["values"][0] if isinstance(held, Mapping) else held


_FILTER = (
    "projects",
    "resourceAncestors",
    "labels",
    "calendarPeriod",
    "customPeriod",
    "services",
    "creditTypesTreatment",
    "creditTypes",
    "subaccounts",
)
_RULE = (
    "pubsubTopic",
    "schemaVersion",
    "monitoringNotificationChannels",
    "disableDefaultIamRecipients",
    "enableProjectLevelRecipients",
)

BUDGET = _Budget(
    type="google_billing_budget",
    noun="Budget",
    service="billing",
    collection="billingAccounts/{billing_account}/budgets",
    item="billingAccounts/{billing_account}/budgets/{name}",
    id="billingAccounts/{billing_account}/budgets/{name}",
    imports=("billingAccounts/{billing_account}/budgets/{name}", "{billing_account}/{name}"),
    fields=Fields(
        renamed={"all_updates_rule": "notificationsRule"},
        local=frozenset({"id", "billing_account"}),
        short=frozenset({"name"}),
    ),
    update_method="PATCH",
    masked=True,
    masks={
        "amount": tuple(f"amount.specifiedAmount.{name}" for name in ("currencyCode", "units", "nanos")),
        "budget_filter": tuple(f"budgetFilter.{name}" for name in _FILTER),
        "all_updates_rule": tuple(f"notificationsRule.{name}" for name in _RULE),
    },
)


class _Quota(Kind):
    """A quota preference. The API has no delete: destroying it only forgets it, as the real provider does."""

    def body(self, block: Block, value: Value) -> dict[str, Any]:
        return {**super().body(block, value), "name": self.place(self.item, value, escape=False)}

    def delete(self, api: Api, block: Block, prior: Value) -> None:
        return None


QUOTA = _Quota(
    type="google_cloud_quotas_quota_preference",
    noun="QuotaPreference",
    service="cloud_quotas",
    collection="{parent}/locations/global/quotaPreferences",
    item="{parent}/locations/global/quotaPreferences/{name}",
    id="{parent}/locations/global/quotaPreferences/{name}",
    imports=("{parent}/locations/global/quotaPreferences/{name}",),
    fields=Fields(
        local=frozenset({"id", "parent", "ignore_safety_checks"}),
        unread=frozenset({"contact_email", "justification"}),
        short=frozenset({"name"}),
    ),
    update_method="PATCH",
    masked=True,
    query={"ignoreSafetyChecks": "ignore_safety_checks"},
    create_query={"quotaPreferenceId": "name"},
)

KINDS = (BUDGET, QUOTA)
