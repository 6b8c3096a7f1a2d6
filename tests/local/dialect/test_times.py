"""Dates, datetimes, instants and zones, both days of changing clocks. Expected values are GoogleSQL's own."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import pytest

from infra.local.engine.rewrite import AnalysisError
from tests.local.dialect.checking import check, refuse, utc
from tests.local.dialect.harness import Bench

CASES: list[tuple[str, Any]] = [
    ("DATE(2016, 12, 25)", dt.date(2016, 12, 25)),
    ("DATE(TIMESTAMP '2016-12-25 05:30:00+07', 'America/Los_Angeles')", dt.date(2016, 12, 24)),
    ("DATE(TIMESTAMP '2024-01-02 23:59:59+00')", dt.date(2024, 1, 2)),
    ("DATE(DATETIME '2024-01-02 23:59:59')", dt.date(2024, 1, 2)),
    ("DATE(NULL, 1, 1)", None),
    ("DATE_ADD(DATE '2008-12-25', INTERVAL 5 DAY)", dt.date(2008, 12, 30)),
    ("DATE_ADD(DATE '2024-01-31', INTERVAL 1 MONTH)", dt.date(2024, 2, 29)),
    ("DATE_ADD(DATE '2024-02-29', INTERVAL 1 YEAR)", dt.date(2025, 2, 28)),
    ("DATE_ADD(DATE '2024-01-01', INTERVAL 2 WEEK)", dt.date(2024, 1, 15)),
    ("DATE_ADD(DATE '2024-01-31', INTERVAL 1 QUARTER)", dt.date(2024, 4, 30)),
    ("DATE_ADD(DATE '2024-01-01', INTERVAL -1 DAY)", dt.date(2023, 12, 31)),
    ("DATE_ADD(NULL, INTERVAL 1 DAY)", None),
    ("DATE_SUB(DATE '2008-12-25', INTERVAL 5 DAY)", dt.date(2008, 12, 20)),
    ("DATE_SUB(DATE '2024-03-31', INTERVAL 1 MONTH)", dt.date(2024, 2, 29)),
    (
        ("SELECT DATE_ADD(DATE '2024-01-01', INTERVAL n DAY) FROM UNNEST([1, NULL, 40]) AS n WITH OFFSET o ORDER BY o"),
        [(dt.date(2024, 1, 2),), (None,), (dt.date(2024, 2, 10),)],
    ),
    ("SELECT DATE_SUB(DATE '2024-01-01', INTERVAL n + 1 DAY) FROM UNNEST([1]) AS n", [(dt.date(2023, 12, 30),)]),
    ("DATE '2024-01-01' + 5", dt.date(2024, 1, 6)),
    ("DATE '2024-01-01' - 5", dt.date(2023, 12, 27)),
    ("DATE_DIFF(DATE '2010-07-07', DATE '2008-12-25', DAY)", 559),
    ("DATE_DIFF(DATE '2017-10-15', DATE '2017-10-14', WEEK)", 1),
    ("DATE_DIFF(DATE '2017-12-18', DATE '2017-12-17', WEEK(MONDAY))", 1),
    ("DATE_DIFF(DATE '2017-12-18', DATE '2017-12-17', ISOWEEK)", 1),
    ("DATE_DIFF(DATE '2017-12-30', DATE '2014-12-30', YEAR)", 3),
    ("DATE_DIFF(DATE '2018-01-01', DATE '2017-12-31', YEAR)", 1),
    ("DATE_DIFF(DATE '2018-02-01', DATE '2018-01-31', MONTH)", 1),
    ("DATE_DIFF(DATE '2018-04-01', DATE '2018-03-31', QUARTER)", 1),
    ("DATE_DIFF(DATE '2024-01-01', DATE '2024-01-31', DAY)", -30),
    ("DATE_DIFF(DATE '2024-01-01', NULL, DAY)", None),
    ("DATE_TRUNC(DATE '2017-11-05', WEEK)", dt.date(2017, 11, 5)),
    ("DATE_TRUNC(DATE '2017-11-05', WEEK(MONDAY))", dt.date(2017, 10, 30)),
    ("DATE_TRUNC(DATE '2017-11-05', WEEK(SUNDAY))", dt.date(2017, 11, 5)),
    ("DATE_TRUNC(DATE '2017-11-04', WEEK(SATURDAY))", dt.date(2017, 11, 4)),
    ("DATE_TRUNC(DATE '2017-11-05', ISOWEEK)", dt.date(2017, 10, 30)),
    ("DATE_TRUNC(DATE '2015-06-15', ISOYEAR)", dt.date(2014, 12, 29)),
    ("DATE_TRUNC(DATE '2008-12-25', MONTH)", dt.date(2008, 12, 1)),
    ("DATE_TRUNC(DATE '2008-12-25', QUARTER)", dt.date(2008, 10, 1)),
    ("DATE_TRUNC(DATE '2008-12-25', YEAR)", dt.date(2008, 1, 1)),
    ("DATE_TRUNC(DATE '2008-12-25', DAY)", dt.date(2008, 12, 25)),
    ("EXTRACT(YEAR FROM DATE '2026-03-09')", 2026),
    ("EXTRACT(MONTH FROM DATE '2026-03-09')", 3),
    ("EXTRACT(DAY FROM DATE '2026-03-09')", 9),
    ("EXTRACT(DAYOFWEEK FROM DATE '2017-11-05')", 1),
    ("EXTRACT(DAYOFWEEK FROM DATE '2017-11-11')", 7),
    ("EXTRACT(DAYOFYEAR FROM DATE '2024-03-01')", 61),
    ("EXTRACT(QUARTER FROM DATE '2024-03-01')", 1),
    ("EXTRACT(WEEK FROM DATE '2017-11-05')", 45),
    ("EXTRACT(WEEK FROM DATE '2026-01-01')", 0),
    ("EXTRACT(ISOWEEK FROM DATE '2017-11-05')", 44),
    ("EXTRACT(ISOYEAR FROM DATE '2021-01-01')", 2020),
    ("EXTRACT(ISOWEEK FROM DATE '2021-01-01')", 53),
    ("EXTRACT(WEEK(MONDAY) FROM DATE '2017-11-05')", 44),
    ("EXTRACT(DATE FROM TIMESTAMP '2024-01-01 00:00:01+00' AT TIME ZONE 'America/Los_Angeles')", dt.date(2023, 12, 31)),
    ("EXTRACT(HOUR FROM TIMESTAMP '2024-07-01 05:30:00+00' AT TIME ZONE 'America/Los_Angeles')", 22),
    ("EXTRACT(HOUR FROM TIMESTAMP '2024-07-01 05:30:00+00')", 5),
    ("EXTRACT(DAY FROM TIMESTAMP '2008-12-25 05:30:00+00' AT TIME ZONE 'America/Los_Angeles')", 24),
    ("EXTRACT(DAYOFWEEK FROM TIMESTAMP '2017-11-05 05:00:00+00' AT TIME ZONE 'America/Los_Angeles')", 7),
    ("EXTRACT(MINUTE FROM TIMESTAMP '2024-01-01 00:30:01+00' AT TIME ZONE 'Asia/Kolkata')", 0),
    ("EXTRACT(SECOND FROM TIMESTAMP '2024-01-01 00:00:01.5+00')", 1),
    ("EXTRACT(MICROSECOND FROM TIMESTAMP '2024-01-01 00:00:01.234567+00')", 234567),
    ("EXTRACT(MILLISECOND FROM TIMESTAMP '2024-01-01 00:00:01.234567+00')", 234),
    ("EXTRACT(HOUR FROM DATETIME '2024-01-01 13:14:15')", 13),
    ("EXTRACT(DATE FROM DATETIME '2024-01-01 13:14:15')", dt.date(2024, 1, 1)),
    ("EXTRACT(TIME FROM DATETIME '2024-01-01 13:14:15')", dt.time(13, 14, 15)),
    ("LAST_DAY(DATE '2008-11-25')", dt.date(2008, 11, 30)),
    ("LAST_DAY(DATE '2024-02-10', MONTH)", dt.date(2024, 2, 29)),
    ("UNIX_DATE(DATE '2008-12-25')", 14238),
    ("DATE_FROM_UNIX_DATE(14238)", dt.date(2008, 12, 25)),
    ("DATETIME(2005, 12, 25, 5, 30, 0)", dt.datetime(2005, 12, 25, 5, 30)),
    ("DATETIME(DATE '2024-01-02', TIME(3, 4, 5))", dt.datetime(2024, 1, 2, 3, 4, 5)),
    ("DATETIME(DATE '2024-01-02')", dt.datetime(2024, 1, 2)),
    ("DATETIME(TIMESTAMP '2008-12-25 05:30:00+00', 'America/Los_Angeles')", dt.datetime(2008, 12, 24, 21, 30)),
    ("DATETIME(TIMESTAMP '2008-12-25 05:30:00+00')", dt.datetime(2008, 12, 25, 5, 30)),
    ("DATETIME_ADD(DATETIME '2008-12-25 15:30:00', INTERVAL 10 MINUTE)", dt.datetime(2008, 12, 25, 15, 40)),
    ("DATETIME_SUB(DATETIME '2008-12-25 15:30:00', INTERVAL 1 MONTH)", dt.datetime(2008, 11, 25, 15, 30)),
    ("DATETIME_DIFF(DATETIME '2017-10-15 00:00:00', DATETIME '2017-10-14 23:59:59', DAY)", 1),
    ("DATETIME_DIFF(DATETIME '2017-10-15 01:00:00', DATETIME '2017-10-15 00:59:00', HOUR)", 1),
    ("DATETIME_DIFF(DATETIME '2017-10-15 00:00:00', DATETIME '2017-10-14 23:59:59', MONTH)", 0),
    ("DATETIME_TRUNC(DATETIME '2008-12-25 15:30:00', DAY)", dt.datetime(2008, 12, 25)),
    ("DATETIME_TRUNC(DATETIME '2008-12-25 15:30:59', HOUR)", dt.datetime(2008, 12, 25, 15)),
    ("TIME(15, 30, 0)", dt.time(15, 30)),
    ("TIME_ADD(TIME '15:30:00', INTERVAL 10 MINUTE)", dt.time(15, 40)),
    ("TIME_DIFF(TIME '15:30:00', TIME '14:35:00', MINUTE)", 55),
    ("TIMESTAMP('2008-12-25 15:30:00+00')", utc(2008, 12, 25, 15, 30)),
    ("TIMESTAMP('2008-12-25 15:30:00')", utc(2008, 12, 25, 15, 30)),
    ("TIMESTAMP('2008-12-25 15:30:00', 'America/Los_Angeles')", utc(2008, 12, 25, 23, 30)),
    ("TIMESTAMP(DATETIME '2008-12-25 15:30:00', 'America/Los_Angeles')", utc(2008, 12, 25, 23, 30)),
    ("TIMESTAMP(DATETIME '2008-12-25 15:30:00')", utc(2008, 12, 25, 15, 30)),
    ("TIMESTAMP(DATE '2008-12-25')", utc(2008, 12, 25)),
    ("TIMESTAMP(DATE '2008-12-25', 'America/Los_Angeles')", utc(2008, 12, 25, 8)),
    ("TIMESTAMP '2008-12-25 15:30:00 America/Los_Angeles'", utc(2008, 12, 25, 23, 30)),
    ("TIMESTAMP(DATETIME '2026-03-08 01:59:59', 'America/Los_Angeles')", utc(2026, 3, 8, 9, 59, 59)),
    ("TIMESTAMP(DATETIME '2026-03-08 02:30:00', 'America/Los_Angeles')", utc(2026, 3, 8, 10, 30)),
    ("TIMESTAMP(DATETIME '2026-03-08 03:00:00', 'America/Los_Angeles')", utc(2026, 3, 8, 10)),
    ("TIMESTAMP(DATETIME '2026-11-01 00:59:59', 'America/Los_Angeles')", utc(2026, 11, 1, 7, 59, 59)),
    ("TIMESTAMP(DATETIME '2026-11-01 01:00:00', 'America/Los_Angeles')", utc(2026, 11, 1, 8)),
    ("TIMESTAMP(DATETIME '2026-11-01 01:30:00', 'America/Los_Angeles')", utc(2026, 11, 1, 8, 30)),
    ("TIMESTAMP(DATETIME '2026-11-01 01:59:59', 'America/Los_Angeles')", utc(2026, 11, 1, 8, 59, 59)),
    ("TIMESTAMP(DATETIME '2026-11-01 02:00:00', 'America/Los_Angeles')", utc(2026, 11, 1, 10)),
    ("TIMESTAMP('2026-11-01 01:30:00', 'America/Los_Angeles')", utc(2026, 11, 1, 8, 30)),
    ("TIMESTAMP('2026-03-08 02:30:00', 'America/Los_Angeles')", utc(2026, 3, 8, 10, 30)),
    ("TIMESTAMP(DATE '2026-03-08', 'America/Los_Angeles')", utc(2026, 3, 8, 8)),
    ("TIMESTAMP(DATE '2026-03-09', 'America/Los_Angeles')", utc(2026, 3, 9, 7)),
    ("TIMESTAMP(DATE '2026-11-01', 'America/Los_Angeles')", utc(2026, 11, 1, 7)),
    ("TIMESTAMP(DATE '2026-11-02', 'America/Los_Angeles')", utc(2026, 11, 2, 8)),
    (
        (
            "TIMESTAMP_DIFF(TIMESTAMP(DATE '2026-03-09', 'America/Los_Angeles'), TIMESTAMP(DATE "
            "'2026-03-08', 'America/Los_Angeles'), HOUR)"
        ),
        23,
    ),
    (
        (
            "TIMESTAMP_DIFF(TIMESTAMP(DATE '2026-11-02', 'America/Los_Angeles'), TIMESTAMP(DATE "
            "'2026-11-01', 'America/Los_Angeles'), HOUR)"
        ),
        25,
    ),
    ("DATETIME(TIMESTAMP '2026-11-01 08:30:00+00', 'America/Los_Angeles')", dt.datetime(2026, 11, 1, 1, 30)),
    ("DATETIME(TIMESTAMP '2026-11-01 09:30:00+00', 'America/Los_Angeles')", dt.datetime(2026, 11, 1, 1, 30)),
    ("DATETIME(TIMESTAMP '2026-03-08 10:30:00+00', 'America/Los_Angeles')", dt.datetime(2026, 3, 8, 3, 30)),
    ("EXTRACT(HOUR FROM TIMESTAMP '2026-11-01 09:30:00+00' AT TIME ZONE 'America/Los_Angeles')", 1),
    ("EXTRACT(HOUR FROM TIMESTAMP '2026-03-08 10:00:00+00' AT TIME ZONE 'America/Los_Angeles')", 3),
    (
        "FORMAT_TIMESTAMP('%F %T %Ez', TIMESTAMP '2026-11-01 09:30:00+00', 'America/Los_Angeles')",
        "2026-11-01 01:30:00 -08:00",
    ),
    ("TIMESTAMP_TRUNC(TIMESTAMP '2026-11-01 20:00:00+00', DAY, 'America/Los_Angeles')", utc(2026, 11, 1, 7)),
    ("TIMESTAMP_TRUNC(TIMESTAMP '2026-03-08 20:00:00+00', DAY, 'America/Los_Angeles')", utc(2026, 3, 8, 8)),
    ("TIMESTAMP_TRUNC(TIMESTAMP '2026-11-01 09:30:00+00', HOUR, 'America/Los_Angeles')", utc(2026, 11, 1, 9)),
    ("TIMESTAMP_TRUNC(TIMESTAMP '2026-11-01 08:30:00+00', HOUR, 'America/Los_Angeles')", utc(2026, 11, 1, 8)),
    ("TIMESTAMP_TRUNC(TIMESTAMP '2026-11-04 09:30:00+00', WEEK(MONDAY), 'America/Los_Angeles')", utc(2026, 11, 2, 8)),
    ("TIMESTAMP_TRUNC(TIMESTAMP '2008-12-25 15:30:00+00', DAY)", utc(2008, 12, 25)),
    ("TIMESTAMP_TRUNC(TIMESTAMP '2008-12-25 15:30:00+00', DAY, 'America/Los_Angeles')", utc(2008, 12, 25, 8)),
    ("TIMESTAMP_TRUNC(TIMESTAMP '2008-12-25 15:30:00+00', HOUR)", utc(2008, 12, 25, 15)),
    ("TIMESTAMP_TRUNC(TIMESTAMP '2008-12-25 15:30:30.5+00', MINUTE)", utc(2008, 12, 25, 15, 30)),
    ("TIMESTAMP_TRUNC(TIMESTAMP '2017-11-06 00:00:00+12', WEEK, 'UTC')", utc(2017, 11, 5)),
    ("TIMESTAMP_TRUNC(TIMESTAMP '2017-11-06 00:00:00+00', MONTH)", utc(2017, 11, 1)),
    ("TIMESTAMP_TRUNC(TIMESTAMP '2024-01-01 00:45:00+00', HOUR, 'Asia/Kolkata')", utc(2024, 1, 1, 0, 30)),
    ("TIMESTAMP_ADD(TIMESTAMP '2008-12-25 15:30:00+00', INTERVAL 10 MINUTE)", utc(2008, 12, 25, 15, 40)),
    ("TIMESTAMP_ADD(TIMESTAMP '2008-12-25 15:30:00+00', INTERVAL 36 HOUR)", utc(2008, 12, 27, 3, 30)),
    ("TIMESTAMP_ADD(TIMESTAMP '2008-12-25 15:30:00+00', INTERVAL 1 DAY)", utc(2008, 12, 26, 15, 30)),
    ("TIMESTAMP_ADD(TIMESTAMP '2008-12-25 15:30:00+00', INTERVAL 5 MICROSECOND)", utc(2008, 12, 25, 15, 30, 0, 5)),
    ("TIMESTAMP_SUB(TIMESTAMP '2008-12-25 15:30:00+00', INTERVAL 90 SECOND)", utc(2008, 12, 25, 15, 28, 30)),
    ("TIMESTAMP_SUB(TIMESTAMP '2008-12-25 15:30:00+00', INTERVAL 60 DAY)", utc(2008, 10, 26, 15, 30)),
    ("TIMESTAMP_DIFF(TIMESTAMP '2010-07-07 10:20:00+00', TIMESTAMP '2008-12-25 15:30:00+00', HOUR)", 13410),
    ("TIMESTAMP_DIFF(TIMESTAMP '2001-02-01 01:00:00+00', TIMESTAMP '2001-02-01 00:00:01+00', HOUR)", 0),
    ("TIMESTAMP_DIFF(TIMESTAMP '2018-08-14 00:00:00+00', TIMESTAMP '2018-10-14 12:00:00+00', DAY)", -61),
    ("TIMESTAMP_DIFF(TIMESTAMP '2024-01-02 00:00:00+00', TIMESTAMP '2024-01-01 00:00:00.5+00', SECOND)", 86399),
    ("TIMESTAMP_DIFF(TIMESTAMP '2024-01-02 00:00:00+00', TIMESTAMP '2024-01-01 23:59:00+00', DAY)", 0),
    (
        ("TIMESTAMP_DIFF(TIMESTAMP '2024-01-01 00:00:00+00', TIMESTAMP '2024-01-01 00:00:00.000007+00', MICROSECOND)"),
        -7,
    ),
    ("TIMESTAMP '2024-01-01 00:00:00+00' < TIMESTAMP '2023-12-31 17:00:00-08'", True),
    ("TIMESTAMP '2024-01-01 00:00:00+00' = TIMESTAMP '2023-12-31 16:00:00-08'", True),
    ("UNIX_SECONDS(TIMESTAMP '2008-12-25 15:30:00+00')", 1230219000),
    ("UNIX_MILLIS(TIMESTAMP '2008-12-25 15:30:00.123+00')", 1230219000123),
    ("UNIX_MICROS(TIMESTAMP '2008-12-25 15:30:00.123456+00')", 1230219000123456),
    ("UNIX_SECONDS(TIMESTAMP '1969-12-31 23:59:59.5+00')", -1),
    ("TIMESTAMP_SECONDS(1230219000)", utc(2008, 12, 25, 15, 30)),
    ("TIMESTAMP_MILLIS(1230219000123)", utc(2008, 12, 25, 15, 30, 0, 123000)),
    ("TIMESTAMP_MICROS(1230219000123456)", utc(2008, 12, 25, 15, 30, 0, 123456)),
    ("STRING(TIMESTAMP '2008-12-25 15:30:00+00', 'America/Los_Angeles')", "2008-12-25 07:30:00-08"),
    ("STRING(TIMESTAMP '2008-12-25 15:30:00+00')", "2008-12-25 15:30:00+00"),
    ("FORMAT_TIMESTAMP('%c', TIMESTAMP '2008-12-25 15:30:00+00', 'UTC')", "Thu Dec 25 15:30:00 2008"),
    (
        "FORMAT_TIMESTAMP('%Y-%m-%d %H:%M:%S', TIMESTAMP '2008-12-25 05:30:00+00', 'America/Los_Angeles')",
        "2008-12-24 21:30:00",
    ),
    (
        "FORMAT_TIMESTAMP('%A %a %B %b %d %e %I %p %j %y', TIMESTAMP '2024-01-02 03:04:05+00')",
        "Tuesday Tue January Jan 02  2 03 AM 002 24",
    ),
    ("FORMAT_TIMESTAMP('%F %T', TIMESTAMP '2024-01-02 03:04:05.678+00')", "2024-01-02 03:04:05"),
    (
        "FORMAT_TIMESTAMP('%FT%H:%M:%E3S%Ez', TIMESTAMP '2024-01-02 03:04:05.678+00', 'America/Los_Angeles')",
        "2024-01-01T19:04:05.678-08:00",
    ),
    ("FORMAT_TIMESTAMP('%E6S %E*S', TIMESTAMP '2024-01-02 03:04:05.678+00')", "05.678000 05.678"),
    ("FORMAT_TIMESTAMP('%Y%m%dT%H%M%SZ', TIMESTAMP '2024-01-02 03:04:05+00')", "20240102T030405Z"),
    ("FORMAT_TIMESTAMP('%s', TIMESTAMP '2024-01-02 03:04:05+00')", "1704164645"),
    ("FORMAT_TIMESTAMP('%U %V %G %u %w', TIMESTAMP '2024-01-07 03:04:05+00')", "01 01 2024 7 0"),
    ("FORMAT_DATE('%b %Y', DATE '2008-12-25')", "Dec 2008"),
    ("FORMAT_DATE('%Y%m%d', DATE '2026-01-02')", "20260102"),
    ("FORMAT_DATE('%A', DATE '2026-01-05')", "Monday"),
    ("FORMAT_DATE('%F', NULL)", None),
    ("FORMAT_DATETIME('%H:%M', DATETIME '2024-01-02 03:04:05')", "03:04"),
    ("PARSE_DATE('%Y%m%d', '20081225')", dt.date(2008, 12, 25)),
    ("PARSE_DATE('%m/%d/%Y', '12/25/2008')", dt.date(2008, 12, 25)),
    ("PARSE_DATE('%b %e %Y', 'Dec 5 2008')", dt.date(2008, 12, 5)),
    ("PARSE_TIMESTAMP('%Y-%m-%d %H:%M:%S', '2008-12-25 07:30:00')", utc(2008, 12, 25, 7, 30)),
    ("PARSE_DATETIME('%Y-%m-%d %H:%M:%S', '1998-10-18 13:45:55')", dt.datetime(1998, 10, 18, 13, 45, 55)),
    (
        "GENERATE_DATE_ARRAY('2016-10-05', '2016-10-09', INTERVAL 2 DAY)",
        [dt.date(2016, 10, 5), dt.date(2016, 10, 7), dt.date(2016, 10, 9)],
    ),
    (
        "GENERATE_DATE_ARRAY('2016-10-05', '2016-10-07')",
        [dt.date(2016, 10, 5), dt.date(2016, 10, 6), dt.date(2016, 10, 7)],
    ),
    ("GENERATE_DATE_ARRAY('2016-10-05', '2016-10-01')", []),
    (
        "GENERATE_DATE_ARRAY('2016-01-31', '2016-04-30', INTERVAL 1 MONTH)",
        [dt.date(2016, 1, 31), dt.date(2016, 2, 29), dt.date(2016, 3, 29), dt.date(2016, 4, 29)],
    ),
    (("ARRAY_LENGTH(GENERATE_TIMESTAMP_ARRAY('2016-10-05 00:00:00', '2016-10-05 02:00:00', INTERVAL 1 HOUR))"), 3),
    (
        (
            "SELECT DATE_DIFF(d, DATE '2026-01-05', DAY) FROM UNNEST(GENERATE_DATE_ARRAY('2026-01-05', "
            "'2026-01-07')) AS d ORDER BY d"
        ),
        [(0,), (1,), (2,)],
    ),
    ("MOD(EXTRACT(DAYOFWEEK FROM DATE '2026-01-04') + 5, 7)", 6),
]

ERRORS = [
    ("PARSE_DATE('%Y%m%d', 'nonsense')", "Failed to parse input string"),
    ("PARSE_TIMESTAMP('%Y', 'x')", "Failed to parse input string"),
    ("DATE(2026, 13, 1)", ""),
    ("DATE '2026-02-30'", "Invalid date"),
    ("TIMESTAMP '2026-01-01 00:00:00 Mars/Olympus'", ""),
    ("DATE(TIMESTAMP '2026-01-01 00:00:00+00', 'Mars/Olympus')", ""),
    ("TIMESTAMP_DIFF(DATE '2026-01-01', DATE '2026-01-02', DAY)", ""),
]

REFUSED = [
    ("LAST_DAY(DATE '2008-11-10', YEAR)", "LAST_DAY of YEAR"),
    ("TIME_TRUNC(TIME '15:30:00', HOUR)", "TIME_TRUNC"),
    ("FORMAT_TIME('%R', TIME '15:30:00')", "FORMAT_TIME"),
    ("PARSE_TIME('%H:%M', '13:45')", "PARSE_TIME"),
    ("DATE '2024-01-05' - DATE '2024-01-01'", "Operator - on DATE and DATE"),
    ("MAKE_INTERVAL(1)", "INTERVAL"),
    ("JUSTIFY_DAYS(INTERVAL 1 DAY)", ""),
    (
        "FORMAT_TIMESTAMP('%Z', TIMESTAMP '2026-11-01 08:30:00+00', 'America/Los_Angeles')",
        "%Z in a date or time format",
    ),
]


@pytest.mark.parametrize(("sql", "expected"), CASES, ids=[sql for sql, _ in CASES])
def test_the_answer_is_googlesqls(shared_bench: Bench, sql: str, expected: Any) -> None:
    check(shared_bench, sql, expected)


@pytest.mark.parametrize(("sql", "message"), ERRORS, ids=[sql for sql, _ in ERRORS])
def test_it_is_an_error_as_in_googlesql(shared_bench: Bench, sql: str, message: str) -> None:
    with pytest.raises((duckdb.Error, AnalysisError)) as caught:
        shared_bench.run(sql if sql.startswith(("SELECT", "WITH")) else f"SELECT {sql}")
    assert message in str(caught.value)


@pytest.mark.parametrize(("sql", "name"), REFUSED, ids=[sql for sql, _ in REFUSED])
def test_what_is_not_supported_is_refused_by_name(shared_bench: Bench, sql: str, name: str) -> None:
    refuse(shared_bench, sql, name)
