"""How a page's tier, zone, segment and volume are explained: figures by hand, words as people read them."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from orchestrator.domain import AccountSize, Week, Zone
from orchestrator.errors import UsageError
from orchestrator.insight.explain import PageExplanation, explain_page, tier_reason, volume_reason
from orchestrator.insight.explain_text import explain_dict, explain_lines

NOW = datetime(2026, 1, 14, 20, tzinfo=UTC)  # Wednesday noon in Los Angeles
WEEK = Week(date(2026, 1, 19))


def row(**changes: Any) -> dict[str, Any]:
    """A MEDIUM page whose views fell by a quarter, as queries/explain_page.sql gives it."""
    return {
        "page_name": "lily",
        "is_active": True,
        "account_size": "MEDIUM",
        "avg_audience": 5000,
        "total_revenue_period": Decimal("40000"),
        "data_status": "ok",
        "saturation_score": 0.4,
        "saturation_status": "YELLOW",
        "unlock_rate_deviation": -0.25,
        "emv_deviation": -0.15,
        "consecutive_underperform_days": 0,
        "confidence_score": 0.86,
        "exclusion_reason": None,
        "recommended_action": "Send less",
        "sending_days": 7,
        "usable_days": 6,
        "holiday_days": 1,
        "platform_days": 0,
        "baseline_days": 80,
        "unlock_rate_error": 0.05,
        "emv_error": 0.02,
        "unlock_rate_beyond_chance": -0.24,
        "emv_beyond_chance": -0.1473,
        "unlock_rate_points": 0.25,
        "emv_points": 0.15,
        "run_points": 0.0,
        "saturation_data_status": "ok",
        "behavioral_segment": "STANDARD",
        "ppv_messages": 120,
        "ppv_earnings_per_recipient": Decimal("0.0123"),
        **changes,
    }


class Memory:
    """Answers the queries of `eros explain`."""

    def __init__(self, found: dict[str, Any], **answers: list[dict[str, Any]]) -> None:
        self.asked: dict[str, dict[str, Any]] = {}
        self.answers = {
            "known_pages": [{"page_name": "lily", "is_active": found["is_active"]}],
            "explain_page": [found],
            "page_state": [{"page_name": "lily", "last_sent_at": None, "occupied": []}],
            "holiday_factors": [],
            "verify_holidays": [],
            "existing_schedules": [],
            **answers,
        }

    def query(self, name: str, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        self.asked[name] = params or {}
        return self.answers[name]


def explained(*, answers: dict[str, list[dict[str, Any]]] | None = None, **changes: Any) -> PageExplanation:
    return explain_page(Memory(row(**changes), **(answers or {})), "lily", NOW)


def text_of(found: PageExplanation) -> str:
    return re.sub(r"\s+", " ", "\n".join(explain_lines(found)))


def test_it_is_judged_as_of_the_instant_for_the_week_after_it() -> None:
    memory = Memory(row())
    explain_page(memory, "lily", NOW)
    assert memory.asked["explain_page"] == {"page_name": "lily", "lookback_days": 90, "as_of": NOW}
    assert memory.asked["holiday_factors"] == {"first_date": date(2026, 1, 19), "last_date": date(2026, 1, 25)}
    assert "lily, as of 2026-01-14 12:00 -0800, for the week of 2026-01-19" in text_of(explained())


@pytest.mark.parametrize(
    ("size", "revenue", "words"),
    [
        ("MICRO", "4000", ["MICRO is from $0 to below $5,000", "SMALL takes $1,000 more (+25 %)"]),
        ("MEDIUM", "40000", ["$40,000 per 90 days", "MEDIUM is from $25,000 to below $100,000"]),
        ("MEDIUM", "40000", ["LARGE takes $60,000 more (+150 %)", "SMALL is $15,000 away (-38 %)"]),
        ("MEGA", "600000", ["MEGA is from $500,000", "LARGE is $100,000 away (-17 %)"]),
    ],
)
def test_a_tier_is_told_with_its_bounds_and_its_neighbours(size: str, revenue: str, words: list[str]) -> None:
    text = text_of(explained(account_size=size, total_revenue_period=Decimal(revenue)))
    assert all(one in text for one in words), text
    assert ("takes" in text) == (size != "MEGA")
    assert ("away" in text) == (size != "MICRO")


def test_revenue_is_scaled_to_ninety_days() -> None:
    # 10,000 in 30 days are 30,000 in 90
    found = tier_reason(row(total_revenue_period=Decimal(10000)), 30)
    assert (found.per_period, found.low, found.high) == (Decimal(30000), Decimal(25000), Decimal(100000))


def test_the_parts_of_the_score_are_told() -> None:
    text = text_of(explained())
    assert "score 0.40 of 1; YELLOW from 0.30, RED from 0.50" in text
    assert "views per recipient -25.0 % ±5.0 % -24.0 % 0.25" in text
    assert "dollars per recipient -15.0 % ±2.0 % -14.7 % 0.15" in text
    assert "bad days in a row: 0 0.00" in text
    # seven completed days before Wednesday the 14th
    assert "2026-01-07 to 2026-01-13: PPV on 7, of which 6 count (left out: holidays: 1)" in text
    assert "the usual comes from 80 days before" in text
    assert "trust confidence 0.86 advice Send less" in text


def test_an_excuse_halves_the_score_and_is_named() -> None:
    text = text_of(
        explained(saturation_score=0.2, exclusion_reason="PLATFORM_HEADWIND", platform_days=2, holiday_days=0)
    )
    assert "score 0.20 of 1 = 0.40 points, halved" in text
    assert "PLATFORM_HEADWIND: most other pages fell on the same days, so the score counts half" in text
    assert "left out: days on which most other pages fell too: 2" in text


def test_a_page_without_history_is_told_what_it_starts_as() -> None:
    empty = dict.fromkeys(
        (
            "avg_audience",
            "total_revenue_period",
            "saturation_score",
            "unlock_rate_deviation",
            "emv_deviation",
            "confidence_score",
            "sending_days",
            "usable_days",
            "holiday_days",
            "platform_days",
            "baseline_days",
            "unlock_rate_error",
            "emv_error",
            "unlock_rate_beyond_chance",
            "emv_beyond_chance",
            "unlock_rate_points",
            "emv_points",
            "run_points",
            "ppv_messages",
            "ppv_earnings_per_recipient",
        )
    )
    start = {"account_size": "MICRO", "saturation_status": "GREEN", "behavioral_segment": "EXPLORATORY"}
    text = text_of(explained(**empty, **start, data_status="no_history", saturation_data_status="no_history"))
    assert "no message in 90 days: such a page starts as MICRO" in text
    assert "no history: GREEN until there is something to judge by" in text
    assert "PPV sent 0: below 20 a page explores before it is judged" in text
    # 6 PPV at 60, 30 and 10 %: 3.6, 1.8 and .6
    assert "60 % budget, 30 % mid, 10 % premium or luxury: 4 budget, 2 mid, 0 premium or luxury of 6 PPV" in text


def test_too_little_to_judge_by_is_said() -> None:
    text = text_of(explained(saturation_data_status="insufficient", unlock_rate_error=None, data_status="insufficient"))
    assert "views per recipient -25.0 % - -24.0 %" in text
    assert "too few days to judge by" in text
    assert "few messages yet, so the tier may move soon" in text


@pytest.mark.parametrize(
    ("segment", "span"),
    [
        ("BUDGET", "BUDGET is from $0 to below $0.005"),
        ("STANDARD", "$0.0123 per recipient of 120 PPV; STANDARD is from $0.005 to below $0.02"),
        ("PREMIUM", "PREMIUM is from $0.02 to below $0.05"),
        ("LUXURY", "LUXURY is from $0.05"),
    ],
)
def test_a_segment_is_told_with_its_bounds(segment: str, span: str) -> None:
    assert span in text_of(explained(behavioral_segment=segment))


def test_the_volume_is_the_product_rounded_down() -> None:
    # 12 x .75 = 9; 8 x 1.2 = 9.6; the gap is 120 + 30
    text = text_of(explained())
    assert "Volume: 9 PPV and 9 bumps" in text
    assert "12 (MEDIUM) x 0.75 (YELLOW) x 1 (mean day factor) = 9, rounded down to 9" in text
    assert "8 (MEDIUM) x 1.2 (YELLOW) x 1 (mean day factor) = 9.6, rounded down to 9" in text
    assert "150 minutes (120 + 30 for YELLOW) between any two messages" in text
    # 9 PPV at STANDARD's 30, 45 and 25 %: 2.7, 4.05 and 2.25
    assert "3 budget, 4 mid, 2 premium or luxury of 9 PPV" in text


def test_a_holiday_lowers_its_day_and_is_named() -> None:
    answers: dict[str, list[dict[str, Any]]] = {
        "holiday_factors": [{"holiday_date": date(2026, 1, 22), "factor": 0.3}],
        "verify_holidays": [{"holiday_date": date(2026, 1, 22), "holiday_name": "Fixture Day"}],
    }
    found = explained(answers=answers, saturation_status="GREEN")
    # the mean of six ones and .3 is .9: 12 x .9 = 10.8, 8 x .9 = 7.2
    assert found.volume.mean_factor == Fraction(9, 10)
    assert (found.volume.ppv.exact, found.volume.ppv.target) == (Fraction(54, 5), 10)
    assert (found.volume.bumps.exact, found.volume.bumps.target) == (Fraction(36, 5), 7)
    assert "Thursday: Fixture Day, 0.3 of a usual day's volume" in text_of(found)
    assert "12 (MEDIUM) x 1.0 (GREEN) x 0.9 (mean day factor) = 10.8, rounded down to 10" in text_of(found)


def test_the_days_add_up_and_red_s_first_days_have_no_ppv() -> None:
    volume = explained(saturation_status="RED").volume
    assert (sum(volume.ppv.days), sum(volume.bumps.days)) == (volume.ppv.target, volume.bumps.target) == (6, 16)
    assert volume.ppv.days[:2] == (0, 0)
    assert "RED: no PPV on the first 2 days" in text_of(explained(saturation_status="RED"))


def test_a_day_that_is_taken_has_no_room() -> None:
    """Messages every 75 minutes on Monday leave no quarter-hour that is 180 minutes from all of them."""
    taken = [WEEK.start_utc + timedelta(hours=8, minutes=75 * n) for n in range(13)]
    volume = volume_reason(AccountSize.MICRO, Zone.GREEN, WEEK, {}, taken, {})
    assert volume.ppv.days[0] == volume.bumps.days[0] == 0
    assert sum(volume.ppv.days) == 6


def test_what_stands_already_is_told() -> None:
    answers = {"existing_schedules": [{"schedule_id": "sched_20260119_lily_v1", "status": "exported"}]}
    assert "sched_20260119_lily_v1 stands, exported" in text_of(explained(answers=answers))


def test_an_inactive_page_is_explained_and_said_to_be_left_out() -> None:
    found = explained(is_active=False, answers={"page_state": []})
    assert "lily (inactive: runs leave it out), as of" in text_of(found)
    assert found.volume.ppv.target == 9


def test_an_unknown_page_names_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        explain_page(Memory(row()), "lilly", NOW)
    assert (caught.value.exit_code, caught.value.fix) == (2, "did you mean lily?")


def test_lines_fit_a_hundred_columns_and_the_document_is_json() -> None:
    found = explained(exclusion_reason="LOW_CONFIDENCE")
    assert max(map(len, explain_lines(found))) <= 100
    document = json.loads(json.dumps(explain_dict(found), default=str))
    assert document["tier"] == {
        "size": "MEDIUM",
        "revenue": 40000.0,
        "lookback_days": 90,
        "period_days": 90,
        "per_period": 40000.0,
        "low": 25000.0,
        "high": 100000.0,
        "smaller": "SMALL",
        "larger": "LARGE",
        "avg_audience": 5000,
        "data_status": "ok",
    }
    assert document["zone"]["points"] == pytest.approx(0.4)
    assert [one["name"] for one in document["zone"]["deviations"]] == ["views per recipient", "dollars per recipient"]
    assert document["volume"]["week"] == "2026-01-19"
    assert document["volume"]["gap"] == 150
    assert document["segment"]["counts"] == {"budget": 3, "mid": 4, "premium": 2}
