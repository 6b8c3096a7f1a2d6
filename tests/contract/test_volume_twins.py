"""The volume the report recommends is the planner's: every size in every zone, in a usual and in a holiday week."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from orchestrator.agents.performance_analyzer import report_page
from orchestrator.agents.schedule_builder import day_factors
from orchestrator.domain import AccountSize, Week, Zone
from orchestrator.planner.volume import weekly_targets

# Dollars a day, and so per 90 days: 90 x 10 = 900 is MICRO, 9,000 SMALL, 45,000 MEDIUM, 180,000 LARGE, 900,000 MEGA.
DOLLARS = {"MICRO": 10, "SMALL": 100, "MEDIUM": 500, "LARGE": 2000, "MEGA": 10_000}
# Views and share of the dollars on the last seven days. YELLOW: views 10 % down is .15 and dollars 25 % down .25: .40.
LAST_WEEK = {"GREEN": (500, 1.0), "YELLOW": (450, 0.75), "RED": (250, 0.4)}
CASES = [(size, zone) for size in AccountSize for zone in Zone]
START = datetime(2020, 1, 8, 20, tzinfo=UTC)
HOLIDAYS = [(0, "0.7"), (0, "0.9"), (3, "0.6"), (6, "0.85"), (7, "0")]  # day of the coming week, 7 is after it; factor


def instant(case: tuple[AccountSize, Zone]) -> datetime:
    """A quarter of a year for each, so that no page's week is measured against another's."""
    return START + timedelta(days=98 * (CASES.index(case) + 1))


@pytest.fixture(scope="module")
def agency(shared_warehouse: Any) -> Any:
    shared_warehouse.insert("creators", [{"page_name": page(case), "is_active": True} for case in CASES])
    shared_warehouse.insert("mass_messages", [row for case in CASES for row in messages(case)])
    return shared_warehouse


def page(case: tuple[AccountSize, Zone]) -> str:
    return "_".join(case).lower()


def messages(case: tuple[AccountSize, Zone]) -> Iterator[dict[str, Any]]:
    size, zone = case
    for ago in range(1, 91):
        views, share = LAST_WEEK[zone] if ago <= 7 else (500, 1.0)
        yield {
            "message_id": f"{page(case)} {ago}",
            "page_name": page(case),
            "message": "m",
            "caption_key": "k",
            "sending_time": (instant(case) - timedelta(days=ago)).isoformat(),
            "sent_count": 1000,
            "viewed_count": views,
            "purchased_count": 5,
            "earnings": str(Decimal(DOLLARS[size]) * Decimal(str(share))),
            "message_type": "PPV",
        }


def both(agency: Any, case: tuple[AccountSize, Zone]) -> tuple[tuple[int, int], tuple[int, int], Sequence[Decimal]]:
    """The procedure's volume, the planner's, and the day factors of the week."""
    size, zone = case
    report = report_page(agency.warehouse, page=page(case), as_of=instant(case))
    assert (report.account_size, report.saturation_status) == case
    week = Week.containing(instant(case)).next
    assert report.recommended_week == week.monday
    known = day_factors(agency.warehouse, week)
    factors = [known.get(day, Decimal(1)) for day in week.dates]
    return (
        (report.recommended_volume.ppv, report.recommended_volume.bump),
        weekly_targets(size, zone, factors),
        factors,
    )


@pytest.mark.parametrize("case", CASES, ids=page)
def test_a_usual_week(agency: Any, case: tuple[AccountSize, Zone]) -> None:
    agency.rows(f"DELETE FROM {agency.table('holiday_calendar')} WHERE TRUE")
    in_sql, in_python, factors = both(agency, case)
    assert in_sql == in_python
    assert set(factors) == {Decimal(1)}


def celebrate(agency: Any, case: tuple[AccountSize, Zone], holidays: Sequence[tuple[int, str]]) -> None:
    """Put holidays, and no others, on days of the case's coming week."""
    agency.rows(f"DELETE FROM {agency.table('holiday_calendar')} WHERE TRUE")
    monday = Week.containing(instant(case)).next.monday
    agency.insert(
        "holiday_calendar",
        [
            {
                "holiday_date": (monday + timedelta(days=day)).isoformat(),
                "holiday_name": f"holiday {number}",
                "type": "CULTURAL",
                "is_major_holiday": True,
                "saturation_impact_factor": float(factor),
            }
            for number, (day, factor) in enumerate(holidays)
        ],
    )


@pytest.mark.parametrize("case", CASES, ids=page)
def test_a_holiday_week(agency: Any, case: tuple[AccountSize, Zone]) -> None:
    celebrate(agency, case, HOLIDAYS)
    in_sql, in_python, factors = both(agency, case)
    assert in_sql == in_python
    assert [str(one) for one in factors] == ["0.7", "1", "1", "0.6", "1", "1", "0.85"]


def test_a_hair_less_than_a_whole_message_is_none(agency: Any) -> None:
    """MICRO RED: 3 x 6.999999999 / 7 is 2.9999999996, which nine decimals would round to 3."""
    case = (AccountSize.MICRO, Zone.RED)
    celebrate(agency, case, [(2, "0.999999999")])
    in_sql, in_python, _ = both(agency, case)
    assert in_sql == in_python
    assert in_sql[0] == 2


def test_the_contract_s_own_figures(agency: Any) -> None:
    """MEDIUM GREEN -> 12 PPV, 8 bumps; MEDIUM RED -> 6, 16; MICRO YELLOW -> 4, 4."""
    agency.rows(f"DELETE FROM {agency.table('holiday_calendar')} WHERE TRUE")
    asked = [(AccountSize.MEDIUM, Zone.GREEN), (AccountSize.MEDIUM, Zone.RED), (AccountSize.MICRO, Zone.YELLOW)]
    assert [both(agency, case)[0] for case in asked] == [(12, 8), (6, 16), (4, 4)]
