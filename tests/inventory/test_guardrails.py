from __future__ import annotations

import pytest

from infra.stacks.guardrails import mebibytes
from tests.stacks import declared
from tests.terraform import needs_node


# $10 buys 10 / 6.25 = 1.6 TiB = 1.6 x 1048576 MiB = 1677721.6; $100 buys 16 TiB.
@pytest.mark.parametrize(("dollars", "expected"), [(10, 1_677_721), (100, 16_777_216), (6.25, 1_048_576), (0, 0)])
def test_contract_limits_dollars_are_written_as_mebibytes(dollars: float, expected: int) -> None:
    assert mebibytes(dollars) == expected


@needs_node
def test_contract_limits_ten_dollars_a_day_for_each_account_and_a_hundred_for_the_project() -> None:
    quotas = declared("guardrails", "google_cloud_quotas_quota_preference")
    shown = {one["quota_id"]: one["quota_config"]["preferred_value"] for one in quotas.values()}
    assert shown == {"QueryUsagePerUserPerDay": "1677721", "QueryUsagePerDay": "16777216"}
    for name, one in quotas.items():
        assert one["name"] == f"eros-{name}"
        assert one["parent"] == "projects/123456789012"
        assert one["service"] == "bigquery.googleapis.com"
        assert one["ignore_safety_checks"] == "QUOTA_DECREASE_PERCENTAGE_TOO_HIGH"
        assert one["contact_email"] == "a@b.example"


@needs_node
def test_the_budget_is_a_month_of_the_daily_one_with_the_contract_s_limits() -> None:
    (budget,) = declared("guardrails", "google_billing_budget").values()
    assert budget["billing_account"] == "0A1B2C-3D4E5F-678901"
    assert budget["amount"]["specified_amount"] == {"currency_code": "USD", "units": "300"}  # 30 x $10
    assert budget["budget_filter"] == {"projects": ["projects/123456789012"], "calendar_period": "MONTH"}
    rules = [(one["spend_basis"], one["threshold_percent"]) for one in budget["threshold_rules"]]
    # $10, $15, $25 and $100 a day, over $10 a day
    assert rules == [
        ("FORECASTED_SPEND", 1),
        ("CURRENT_SPEND", 1),
        ("CURRENT_SPEND", 1.5),
        ("CURRENT_SPEND", 2.5),
        ("CURRENT_SPEND", 10),
    ]
    assert budget["all_updates_rule"]["pubsub_topic"] == "projects/of-scheduler-proj/topics/eros-notifications"
