"""Dates and times as people and programs write them; what could be two instants is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from orchestrator.importers import values
from orchestrator.importers.values import BadValue

NOON = "2026-01-05T15:04:00.000000Z"
PAST_NOON = "2026-01-05T15:04:05.000000Z"
LA = ZoneInfo("America/Los_Angeles")

UNDERSTOOD = [
    ("2025-12-20T18:00:00Z", "2025-12-20T18:00:00.000000Z"),
    ("2025-12-20 18:00:00 UTC", "2025-12-20T18:00:00.000000Z"),
    ("2025-12-20 18:00:00.25+00", "2025-12-20T18:00:00.250000Z"),
    ("2025-12-20T18:00:00-08:00", "2025-12-21T02:00:00.000000Z"),
    ("2025-12-20 18:00:00", "2025-12-20T18:00:00.000000Z"),
    ("2025-12-20 18:00:00.123456789Z", "2025-12-20T18:00:00.123456Z"),
    ("2026-1-5 15:04", NOON),
    ("2026/01/05 15:04", NOON),
    ("2026/01/05 15:04:05", PAST_NOON),
    ("2026.01.05 15:04:05", PAST_NOON),
    ("20260105T150405Z", PAST_NOON),
    ("2026-01-05 3:04 PM", NOON),
    ("2026-01-05 3:04 p.m.", NOON),
    ("2026-01-05 12:04 AM", "2026-01-05T00:04:00.000000Z"),
    ("Jan 5, 2026 3:04 PM", NOON),
    ("January 5th, 2026 at 3:04 PM", NOON),
    ("Monday, January 5, 2026 3:04:05 PM", PAST_NOON),
    ("5 Jan 2026 15:04", NOON),
    ("05-Jan-2026 15:04:05", PAST_NOON),
    ("Mon, 05 Jan 2026 15:04:05 +0000", PAST_NOON),
    ("Mon, 05 Jan 2026 15:04:05 GMT", PAST_NOON),
    # 15:04:05 minus 7 hours is 08:04:05 at the offset -7: 15:04:05 in UTC
    ("Mon Jan 05 2026 08:04:05 GMT-0700 (Mountain Standard Time)", PAST_NOON),
    ("13/01/2026 15:04", "2026-01-13T15:04:00.000000Z"),
    ("01/13/2026 3 PM", "2026-01-13T15:00:00.000000Z"),
    ("13.01.2026 15:04", "2026-01-13T15:04:00.000000Z"),
    ("05/05/2026 10:00", "2026-05-05T10:00:00.000000Z"),
    ("2026-01-05 07:04 PST", NOON),
    ("2026-01-05 07:04 PT", NOON),
    ("2026-01-05 07:04 America/Los_Angeles", NOON),
    ("2026-01-05 16:04 Europe/Berlin", NOON),
    ("2026-07-05 08:04 PDT", "2026-07-05T15:04:00.000000Z"),
    ("2026-11-01 01:30 PDT", "2026-11-01T08:30:00.000000Z"),  # the first 01:30 of the night, at -7
    ("2026-11-01 01:30 PST", "2026-11-01T09:30:00.000000Z"),  # the second, at -8
    ("２０２６-０１-０５ 15:04", NOON),
    ("2026-01-05\u00a015:04", NOON),
    ('"2026-01-05 15:04"', NOON),
    ("\u200e2026-01-05 15:04", NOON),
]

REFUSED = [
    ("2025-12-20", "has no time of day"),
    ("2026-01-05T15", "has no time of day"),
    ("2026-01-05 15:0", "has no time of day"),
    ("last Tuesday", "is not a date and time"),
    ("2026-W02-1T10:00:00", "is not a date and time"),
    ("", "is not a date and time"),
    ("1999-12-31T23:59:59Z", "before the year 2000"),
    ("0001-01-01T00:00:00+14:00", "before the year 2000"),
    ("9999-12-31T23:59:59-08:00", "no date and time of the calendar"),
    ("03/04/2026 10:00", "has two readings, March 4 or April 3: write it as 2026-MM-DD"),
    ("3-4-2026 10:00", "has two readings, March 4 or April 3"),
    ("03.04.2026 10:00", "has two readings, March 4 or April 3"),
    ("1/13/26 10:00", "year of two digits"),
    ("13/13/2026 10:00", "no date and time of the calendar"),
    ("2026-02-30 10:00", "no date and time of the calendar"),
    ("2026-01-05 24:00", "no date and time of the calendar"),
    ("2026-01-05 15:04:60", "no date and time of the calendar"),
    ("2026-01-05 15:04 PM", "no date and time of the calendar"),
    ("2026-01-05 0:30 AM", "no date and time of the calendar"),
    ("Tue, 05 Jan 2026 15:04:05 +0000", "contradicts itself: 2026-01-05 is a Monday"),
    ("5 Foo 2026 15:04", "names no month"),
    ("1767625440", "is a bare number"),
    ("1767625440000", "is a bare number"),
    ("46027.6278", "is a bare number"),
    ("1.7676E+09", "is a bare number"),
    ("2026-01-05 15:04 EST", "names no zone"),
    ("2026-01-05 15:04 ../../etc/passwd", "names no zone"),
    ("2026-01-05 15:04 +25:00", "no clock on earth"),
    ("2026-07-05 10:00 PST", "has two readings: the clocks of America/Los_Angeles are on PDT then, not on PST"),
    ("2026-03-08 02:30 PT", "does not exist: the clocks of America/Los_Angeles skip that time"),
    ("2026-03-08 02:30 PST", "does not exist"),
    ("2026-11-01 01:30 PT", "happens twice on the clocks of America/Los_Angeles"),
    ("2026-11-01 01:30 America/Los_Angeles", "happens twice"),
]


@pytest.mark.parametrize(("given", "expected"), UNDERSTOOD)
def test_an_instant_is_read(given: str, expected: str) -> None:
    assert values.instant(given) == expected


@pytest.mark.parametrize(("given", "reason"), REFUSED)
def test_what_is_no_instant_or_could_be_two_is_refused(given: str, reason: str) -> None:
    with pytest.raises(BadValue) as refusal:
        values.instant(given)
    assert reason in str(refusal.value)


MOMENTS = st.datetimes(datetime(2000, 1, 3), datetime(2199, 12, 31), timezones=st.just(UTC))
FORMS = st.sampled_from(
    [
        "%Y-%m-%dT%H:%M:%SZ",
        "%Y-%m-%d %H:%M:%S UTC",
        "%Y/%m/%d %H:%M:%S",
        "%Y%m%dT%H%M%S",
        "%b %d, %Y %I:%M:%S %p",
        "%B %d, %Y at %I:%M:%S %p",
        "%d %b %Y %H:%M:%S",
        "%A, %B %d, %Y %H:%M:%S",
        "%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)",
    ]
)


@given(moment=MOMENTS, form=FORMS)
def test_every_form_reads_back_to_the_second(moment: datetime, form: str) -> None:
    moment = moment.replace(microsecond=0)
    assert values.instant(moment.strftime(form)) == moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


@given(moment=MOMENTS, minutes=st.integers(-14 * 60, 14 * 60))
def test_every_offset_reads_back_to_the_microsecond(moment: datetime, minutes: int) -> None:
    there = moment.astimezone(timezone(timedelta(minutes=minutes)))
    expected = moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
    assert values.instant(there.isoformat()) == values.instant(there.isoformat(" ")) == expected
    assert values.instant(format_datetime(there)) == values.instant(moment.replace(microsecond=0).isoformat())


@given(moment=MOMENTS.map(lambda moment: moment.astimezone(LA)))
def test_local_time_with_its_name_reads_back(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    expected = moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    assert values.instant(moment.strftime("%Y-%m-%d %H:%M:%S %Z")) == expected


@given(month=st.integers(1, 12), day=st.integers(1, 12), mark=st.sampled_from("/-."))
def test_day_and_month_are_never_guessed(month: int, day: int, mark: str) -> None:
    assume(month != day)
    with pytest.raises(BadValue, match="has two readings"):
        values.instant(f"{day:02}{mark}{month:02}{mark}2026 10:00")


@given(st.text(alphabet="0123456789/-.: TZ+APMJanfebutc,", max_size=30))
def test_any_text_is_an_instant_or_refused(text: str) -> None:
    try:
        read = values.instant(text)
    except BadValue as refusal:
        assert str(refusal)
    else:
        assert values.instant(read) == read
