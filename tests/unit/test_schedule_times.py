"""When schedule strings fire, against hand-made lists and brute force over the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.schedule_times import Schedule, ScheduleError, parse_schedule
from sql import names, sidecar

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
LOS_ANGELES = ZoneInfo("America/Los_Angeles")


def shown(text: str, start: datetime, days: float) -> list[str]:
    found = parse_schedule(text).times(start, start + timedelta(days=days))
    return [f"{instant:%m-%d %H:%M}" for instant in found]


@pytest.mark.parametrize(
    ("text", "days", "expected"),
    [
        ("every 1 hours from 09:07 to 10:07", 1, ["03-02 09:07", "03-02 10:07"]),
        ("every 6 hours from 00:13 to 18:13", 1, ["03-02 00:13", "03-02 06:13", "03-02 12:13", "03-02 18:13"]),
        ("every 5 hours from 01:00 to 12:00", 1, ["03-02 01:00", "03-02 06:00", "03-02 11:00"]),
        ("every 2 hours from 22:07 to 02:07", 1, ["03-02 00:07", "03-02 02:07", "03-02 22:07"]),
        ("every 30 mins from 10:00 to 11:00", 1, ["03-02 10:00", "03-02 10:30", "03-02 11:00"]),
        ("every 12 hours synchronized", 1, ["03-02 00:00", "03-02 12:00"]),
        ("Every  Day 09:07", 2, ["03-02 09:07", "03-03 09:07"]),
        # 2 March 2026 is a Monday: the Mondays are 2, 9, 16, 23, 30
        ("every mon,fri 13:15", 8, ["03-02 13:15", "03-06 13:15", "03-09 13:15"]),
        ("1st,third monday of month 15:30", 30, ["03-02 15:30", "03-16 15:30"]),
        # the quarters begin in January, April, ...: the first Sunday of April 2026 is the 5th
        ("first sunday of quarter 00:00", 60, ["04-05 00:00"]),
        ("5th monday of month 01:02", 60, ["03-30 01:02"]),
        ("2nd day of month 01:02", 32, ["03-02 01:02", "04-02 01:02"]),
        ("15,31 of mar,apr 04:05", 60, ["03-15 04:05", "03-31 04:05", "04-15 04:05"]),
        ("every wednesday of sept 01:01", 200, ["09-02 01:01", "09-09 01:01", "09-16 01:01"]),
    ],
)
def test_what_a_schedule_means(text: str, days: float, expected: list[str]) -> None:
    assert shown(text, MONDAY, days) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no schedule"),
        ("sometimes", "is no schedule"),
        ("every 4 minutes", "4 minutes apart"),
        ("every 1 minutes from 10:00 to 11:00", "1 minutes apart"),
        # 00:00 and 23:57, three minutes before the next day's 00:00
        ("every 1437 minutes from 00:00 to 23:59", "3 minutes apart"),
        ("every 0 hours from 01:00 to 02:00", "an interval of nothing"),
        ("every 7 hours synchronized", "must divide 24 hours"),
        ("every 1 hours from 00:00 to 24:00", "24:00 is no time of day"),
        ("every day 09:60", "9:60 is no time of day"),
        ("every tag 09:00", "'tag' is no day of the week"),
        ("every t 09:00", "'t' is no day of the week"),
        ("sixth monday of month 10:00", "'sixth' is no ordinal"),
        ("1 of smarch 10:00", "'smarch' is no month"),
        ("0,32 of month 10:00", "days 1 to 31"),
        ("every 6 hours from 00:13", "is no schedule"),
    ],
)
def test_what_is_no_schedule(text: str, why: str) -> None:
    with pytest.raises(ScheduleError, match=why):
        parse_schedule(text)


def test_an_interval_alone_has_no_knowable_minute() -> None:
    schedule = parse_schedule("every 6 hours")
    assert (schedule.is_anchored, schedule.minutes, schedule.fires_on_the_hour) == (False, frozenset(), True)
    with pytest.raises(ScheduleError, match="no knowable firing times"):
        schedule.times(MONDAY, MONDAY + timedelta(days=1))
    made = MONDAY - timedelta(hours=1, minutes=17)
    assert schedule.times(MONDAY, MONDAY + timedelta(hours=12), anchor=made) == [
        MONDAY + timedelta(hours=4, minutes=43),
        MONDAY + timedelta(hours=10, minutes=43),
    ]


def test_both_bounds_of_a_span() -> None:
    schedule = parse_schedule("every day 00:10")
    first = MONDAY + timedelta(minutes=10)
    assert schedule.times(first, first + timedelta(days=1)) == [first]
    assert schedule.next_after(first) == first + timedelta(days=1)
    assert schedule.next_after(first - timedelta(microseconds=1)) == first
    assert parse_schedule("31 of jun 00:10").next_after(first) is None
    assert parse_schedule("29 of feb 00:10").next_after(first) == datetime(2028, 2, 29, 0, 10, tzinfo=UTC)
    with pytest.raises(ValueError, match="needs an offset"):
        schedule.times(first.replace(tzinfo=None), first)


@pytest.mark.parametrize(
    ("text", "on_the_hour"),
    [
        ("every 1 hours from 09:07 to 10:07", False),
        ("every 1 hours from 09:00 to 10:07", True),
        ("every 20 minutes from 00:10 to 23:50", False),
        ("every 25 minutes from 00:10 to 02:00", True),  # 00:10, 00:35, 01:00
        ("every 1 hours synchronized", True),
        ("every day 09:00", True),
        ("every day 00:59", False),
    ],
)
def test_a_run_due_on_the_hour_is_seen(text: str, on_the_hour: bool) -> None:
    assert parse_schedule(text).fires_on_the_hour is on_the_hour


@given(
    step=st.integers(5, 1440),
    first=st.integers(0, 1439),
    last=st.integers(0, 1439),
    start=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),
    hours=st.integers(0, 60),
)
def test_a_window_fires_at_every_minute_that_counting_gives(
    step: int, first: int, last: int, start: datetime, hours: int
) -> None:
    text = f"every {step} minutes from {first // 60:02}:{first % 60:02} to {last // 60:02}:{last % 60:02}"
    try:
        schedule = parse_schedule(text)
    except ScheduleError:
        return
    begin = start.replace(second=0, microsecond=0, tzinfo=UTC)
    end = begin + timedelta(hours=hours)
    length = (last - first) % 1440
    counted = []
    moment = begin
    while moment < end:
        since = (moment.hour * 60 + moment.minute - first) % 1440
        if since <= length and since % step == 0:
            counted.append(moment)
        moment += timedelta(minutes=1)
    assert schedule.times(begin, end) == counted
    assert all(later - earlier >= timedelta(minutes=5) for earlier, later in pairwise(counted))
    assert schedule.fires_on_the_hour or all(moment.minute for moment in counted)


@given(
    text=st.sampled_from(
        ["every 7 hours", "every 55 minutes from 00:13 to 20:00", "every sun 04:05", "1 of month 01:01"]
    ),
    cuts=st.lists(st.integers(0, 60 * 24 * 50), min_size=2, max_size=5),
)
def test_a_span_cut_in_pieces_fires_the_same(text: str, cuts: list[int]) -> None:
    schedule = parse_schedule(text)
    instants = [MONDAY + timedelta(minutes=minute) for minute in sorted(cuts)]
    pieces = [instant for a, b in pairwise(instants) for instant in schedule.times(a, b, anchor=MONDAY)]
    assert pieces == schedule.times(instants[0], instants[-1], anchor=MONDAY)
    after = schedule.next_after(instants[0], anchor=MONDAY)
    assert after is not None
    assert schedule.times(instants[0] + timedelta(microseconds=1), after, anchor=MONDAY) == []


def our_schedules() -> dict[str, Schedule]:
    return {name.split("/")[-1]: parse_schedule(sidecar(name)["schedule"]) for name in names("scheduled_queries")}


def test_our_schedules_are_off_the_hour_and_cover_what_they_should() -> None:
    ours = our_schedules()
    assert {name: schedule.minutes for name, schedule in ours.items()} == {
        "daily_caption_update": {7},
        "expired_lock_sweep": {13},
        "health_check": {23},
    }
    assert {name: len(schedule.minutes_of_day) for name, schedule in ours.items()} == {
        "daily_caption_update": 2,
        "expired_lock_sweep": 4,
        "health_check": 24,
    }


def test_two_in_the_morning_is_met_once_a_local_date_through_the_years() -> None:
    """The contract: of the firings past 2 AM in Los Angeles the first of each date is 23 to 25 hours after the last."""
    schedule = our_schedules()["daily_caption_update"]
    start, end = datetime(2024, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
    acts: dict[str, datetime] = {}
    for instant in schedule.times(start, end):
        local = instant.astimezone(LOS_ANGELES)
        if local.hour >= 2:
            acts.setdefault(str(local.date()), instant)
    assert len(acts) == (end - start).days
    assert {b - a for a, b in pairwise(acts.values())} == {timedelta(hours=h) for h in (23, 24, 25)}
