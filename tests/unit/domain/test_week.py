"""Business weeks: Mondays only, local days, both changes of daylight saving time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain import Week, to_local, to_utc
from orchestrator.errors import UsageError

FALL_BACK = date(2025, 11, 2)
SPRING_FORWARD = date(2026, 3, 8)
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
instants = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))


@given(days)
def test_only_a_monday_begins_a_week(day: date) -> None:
    if day.weekday() == 0:
        assert Week(day).dates == tuple(day + timedelta(days=i) for i in range(7))
        assert Week.parse(str(day)) == Week(day)
        return
    with pytest.raises(UsageError) as caught:
        Week(day)
    assert str(day) in str(caught.value)
    assert f"{day:%A}" in caught.value.why
    assert str(day - timedelta(days=day.weekday())) in caught.value.fix


@pytest.mark.parametrize("text", ["", "2026-3-2x", "02.03.2026", "2026-02-30", "next week"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a date"):
        Week.parse(text)


@pytest.mark.parametrize("text", ["0001-01-01", "1999-12-27", "2101-01-03", "9999-12-27"])
def test_a_monday_that_no_one_plans_for_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="out of range"):
        Week.parse(text)


def test_a_datetime_is_no_monday() -> None:
    with pytest.raises(TypeError):
        Week(datetime(2026, 3, 2))


@pytest.mark.parametrize(
    ("monday", "start", "hours"),
    [
        (date(2025, 10, 27), datetime(2025, 10, 27, 7, tzinfo=UTC), 169),
        (date(2025, 11, 3), datetime(2025, 11, 3, 8, tzinfo=UTC), 168),
        (date(2026, 3, 2), datetime(2026, 3, 2, 8, tzinfo=UTC), 167),
        (date(2026, 3, 9), datetime(2026, 3, 9, 7, tzinfo=UTC), 168),
    ],
)
def test_a_week_with_a_clock_change_is_an_hour_off(monday: date, start: datetime, hours: int) -> None:
    week = Week(monday)
    assert week.start_utc == start
    assert week.end_utc - week.start_utc == timedelta(hours=hours)
    assert week.end_utc == week.next.start_utc
    assert week.contains(week.start_utc)
    assert not week.contains(week.end_utc)
    assert week.next.previous == week


@given(instants)
def test_every_instant_lies_in_exactly_its_week(moment: datetime) -> None:
    week = Week.containing(moment)
    assert week.contains(moment)
    assert not week.next.contains(moment)
    assert not week.previous.contains(moment)
    assert week.local(moment).date() in week.dates


@given(instants)
def test_local_and_back_is_the_same_instant(moment: datetime) -> None:
    local = to_local(moment)
    assert to_utc(local.date(), local.time(), fold=local.fold) == moment
    assert local.utcoffset() in (timedelta(hours=-7), timedelta(hours=-8))


def test_the_skipped_hour_does_not_exist() -> None:
    for minute in (0, 30, 59):
        with pytest.raises(ValueError, match="does not exist"):
            to_utc(SPRING_FORWARD, time(2, minute))
    assert to_utc(SPRING_FORWARD, time(1, 59)) == datetime(2026, 3, 8, 9, 59, tzinfo=UTC)
    assert to_utc(SPRING_FORWARD, time(3)) == datetime(2026, 3, 8, 10, tzinfo=UTC)


def test_the_repeated_hour_has_two_instants() -> None:
    first, second = (to_utc(FALL_BACK, time(1, 30), fold=fold) for fold in (0, 1))
    assert first == datetime(2025, 11, 2, 8, 30, tzinfo=UTC)
    assert second - first == timedelta(hours=1)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="no UTC offset"):
        to_local(datetime(2026, 1, 1))
