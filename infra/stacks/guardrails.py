"""The guardrails stack: what stops or reports spending when everything else has failed.

The third guardrail is a setting and not a resource: EROS_SCHEDULES_DISABLED declares every schedule disabled
(infra.stacks.automation). It touches nothing else, so alerts keep watching, and one of them will say that nothing runs.
"""

from __future__ import annotations

import math
from typing import Any

from infra.cdk import add, google
from infra.environments import Environment
from sql import constants

MONTH_DAYS = 30
"""Days of a budget's month; the shorter of the usual two, so that a limit is never above what was meant."""
_SERVICE = "bigquery.googleapis.com"


def declare(stack: Any, environment: Environment) -> None:
    """The budget, which only notifies, and the two quotas, which stop queries."""
    _budget(stack, environment)
    dollars = environment.daily_dollars
    # The runner's own day is the budget's; the project's ends where a release is rolled back, so that people can still
    # find out why. When a quota is used up everything stops, the health check too, and missing runs are alerted.
    _quota(stack, environment, "query-usage-per-user-per-day", "QueryUsagePerUserPerDay", dollars["budget"])
    _quota(stack, environment, "query-usage-per-day", "QueryUsagePerDay", dollars["roll_back"])


def mebibytes(dollars: float) -> int:
    """What so many dollars scan on demand, in MiB: the unit of BigQuery's custom quotas. Rounded down."""
    return math.floor(dollars / float(constants()["cost"]["per_tib"]) * 1024**2)


def _budget(stack: Any, environment: Environment) -> None:
    budgets = google.billing_budget
    dollars = environment.daily_dollars
    add(
        budgets.BillingBudget,
        stack,
        "monthly",
        billing_account=environment.billing_account,
        display_name=f"EROS {environment.name}",
        budget_filter=budgets.BillingBudgetBudgetFilter(
            projects=[f"projects/{environment.project_number}"], calendar_period="MONTH"
        ),
        amount=budgets.BillingBudgetAmount(
            specified_amount=budgets.BillingBudgetAmountSpecifiedAmount(
                currency_code="USD", units=str(dollars["budget"] * MONTH_DAYS)
            )
        ),
        threshold_rules=[
            budgets.BillingBudgetThresholdRules(threshold_percent=1.0, spend_basis="FORECASTED_SPEND"),
            *(
                budgets.BillingBudgetThresholdRules(
                    threshold_percent=dollars[limit] / dollars["budget"], spend_basis="CURRENT_SPEND"
                )
                for limit in ("budget", "warning", "urgent", "roll_back")
            ),
        ],
        all_updates_rule=budgets.BillingBudgetAllUpdatesRule(
            pubsub_topic=environment.topic_path, schema_version="1.0", disable_default_iam_recipients=False
        ),
    )


def _quota(stack: Any, environment: Environment, name: str, quota: str, dollars: float) -> None:
    add(
        google.cloud_quotas_quota_preference.CloudQuotasQuotaPreference,
        stack,
        name,
        parent=f"projects/{environment.project_number}",
        name=f"eros-{name}",
        service=_SERVICE,
        quota_id=quota,
        contact_email=environment.emails[0],
        justification=f"${dollars:g} a day at ${constants()['cost']['per_tib']:g} per TiB",
        # Without it Google refuses to lower a limit by more than a tenth.
        ignore_safety_checks="QUOTA_DECREASE_PERCENTAGE_TOO_HIGH",
        quota_config=google.cloud_quotas_quota_preference.CloudQuotasQuotaPreferenceQuotaConfig(
            preferred_value=str(mebibytes(dollars))
        ),
    )
