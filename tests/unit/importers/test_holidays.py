"""The generated holiday calendar against dates and factors known from elsewhere."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from orchestrator.domain.holidays import easter_sunday, holidays, nth_weekday


def test_the_agencys_list_for_2025() -> None:
    listed = {
        one.holiday_date.isoformat(): (one.saturation_impact_factor, one.is_major_holiday)
        for one in holidays(2025, 2025)
    }
    assert listed == {
        "2025-01-01": (0.7, True),
        "2025-01-20": (1.0, False),
        "2025-02-14": (0.8, True),
        "2025-02-17": (1.0, False),
        "2025-03-17": (1.0, False),
        "2025-04-20": (0.8, True),
        "2025-05-11": (0.8, True),
        "2025-05-26": (0.8, True),
        "2025-06-15": (0.9, False),
        "2025-06-19": (1.0, False),
        "2025-07-04": (0.7, True),
        "2025-09-01": (0.8, True),
        "2025-10-13": (1.0, False),
        "2025-10-31": (0.9, False),
        "2025-11-11": (1.0, False),
        "2025-11-27": (0.7, True),
        "2025-11-28": (0.9, False),
        "2025-12-24": (0.7, True),
        "2025-12-25": (0.6, True),
        "2025-12-31": (0.7, True),
    }


def test_twenty_days_in_every_year_from_2024_to_2030_in_order() -> None:
    listed = list(holidays())
    assert Counter(one.holiday_date.year for one in listed) == dict.fromkeys(range(2024, 2031), 20)
    assert [one.holiday_date for one in listed] == sorted(one.holiday_date for one in listed)
    assert len({(one.holiday_date, one.holiday_name) for one in listed}) == len(listed)
    assert {one.holiday_type for one in listed} == {"FEDERAL", "CULTURAL", "COMMERCIAL"}


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (1818, "03-22"),
        (1943, "04-25"),
        (2000, "04-23"),
        (2024, "03-31"),
        (2026, "04-05"),
        (2027, "03-28"),
        (2030, "04-21"),
    ],
)
def test_easter(year: int, expected: str) -> None:
    assert easter_sunday(year) == date.fromisoformat(f"{year}-{expected}")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((2024, 11, 3, 4), date(2024, 11, 28)),
        ((2029, 11, 3, 4), date(2029, 11, 22)),
        ((2026, 5, 0, -1), date(2026, 5, 25)),
        ((2027, 5, 0, -1), date(2027, 5, 31)),
        ((2025, 12, 2, -1), date(2025, 12, 31)),
        ((2026, 9, 0, 1), date(2026, 9, 7)),
    ],
)
def test_nth_weekday(arguments: tuple[int, int, int, int], expected: date) -> None:
    assert nth_weekday(*arguments) == expected
