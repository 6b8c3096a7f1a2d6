"""Dates and times, by page of the reference below test_documented.REFERENCE: what it says they give."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.local.dialect.checking import utc

DOCUMENTED: dict[str, list[tuple[str, Any]]] = {
    "date_functions": [
        ("DATE_TRUNC(DATE '2017-11-05', WEEK)", dt.date(2017, 11, 5)),
        ("DATE_TRUNC(DATE '2017-11-05', WEEK(MONDAY))", dt.date(2017, 10, 30)),
        ("DATE_TRUNC(DATE '2017-11-05', ISOWEEK)", dt.date(2017, 10, 30)),
        ("DATE_TRUNC(DATE '2015-06-15', ISOYEAR)", dt.date(2014, 12, 29)),
        ("DATE_TRUNC(DATE '2008-12-25', MONTH)", dt.date(2008, 12, 1)),
        ("DATE(TIMESTAMP '2016-12-25 05:30:00+07', 'America/Los_Angeles')", dt.date(2016, 12, 24)),
        ("DATE(2016, 12, 25)", dt.date(2016, 12, 25)),
        ("DATE(TIMESTAMP '2024-01-02 23:59:59+00')", dt.date(2024, 1, 2)),
        ("DATE_ADD(DATE '2008-12-25', INTERVAL 5 DAY)", dt.date(2008, 12, 30)),
        ("DATE_ADD(DATE '2024-01-31', INTERVAL 1 MONTH)", dt.date(2024, 2, 29)),
        ("DATE_SUB(DATE '2008-12-25', INTERVAL 5 DAY)", dt.date(2008, 12, 20)),
        ("DATE_DIFF(DATE '2010-07-07', DATE '2008-12-25', DAY)", 559),
        ("DATE_DIFF(DATE '2017-10-15', DATE '2017-10-14', WEEK)", 1),
        ("DATE_DIFF(DATE '2017-12-18', DATE '2017-12-17', WEEK(MONDAY))", 1),
        ("DATE_DIFF(DATE '2017-12-18', DATE '2017-12-17', ISOWEEK)", 1),
        ("DATE_DIFF(DATE '2017-12-30', DATE '2014-12-30', YEAR)", 3),
        ("FORMAT_DATE('%b %Y', DATE '2008-12-25')", "Dec 2008"),
        ("PARSE_DATE('%Y%m%d', '20081225')", dt.date(2008, 12, 25)),
        ("UNIX_DATE(DATE '2008-12-25')", 14238),
        ("LAST_DAY(DATE '2008-11-25', MONTH)", dt.date(2008, 11, 30)),
        ("CURRENT_DATE('America/Los_Angeles') <= CURRENT_DATE('Pacific/Kiritimati')", True),
    ],
    "timestamp_functions": [
        ("TIMESTAMP_TRUNC(TIMESTAMP '2008-12-25 15:30:00+00', DAY)", utc(2008, 12, 25)),
        ("TIMESTAMP_TRUNC(TIMESTAMP '2008-12-25 15:30:00+00', DAY, 'America/Los_Angeles')", utc(2008, 12, 25, 8)),
        ("TIMESTAMP_TRUNC(TIMESTAMP '2017-11-06 00:00:00+12', WEEK, 'UTC')", utc(2017, 11, 5)),
        ("TIMESTAMP_TRUNC(TIMESTAMP '2008-12-25 15:30:00+00', HOUR)", utc(2008, 12, 25, 15)),
        ("TIMESTAMP(DATETIME '2008-12-25 15:30:00', 'America/Los_Angeles')", utc(2008, 12, 25, 23, 30)),
        ("TIMESTAMP('2008-12-25 15:30:00', 'America/Los_Angeles')", utc(2008, 12, 25, 23, 30)),
        ("TIMESTAMP(DATE '2008-12-25')", utc(2008, 12, 25)),
        ("TIMESTAMP(DATETIME '2024-03-10 02:30:00', 'America/Los_Angeles')", utc(2024, 3, 10, 10, 30)),
        ("TIMESTAMP(DATETIME '2024-11-03 01:30:00', 'America/Los_Angeles')", utc(2024, 11, 3, 8, 30)),
        ("TIMESTAMP_ADD(TIMESTAMP '2008-12-25 15:30:00+00', INTERVAL 10 MINUTE)", utc(2008, 12, 25, 15, 40)),
        ("TIMESTAMP_DIFF(TIMESTAMP '2010-07-07 10:20:00+00', TIMESTAMP '2008-12-25 15:30:00+00', HOUR)", 13410),
        ("TIMESTAMP_DIFF(TIMESTAMP '2001-02-01 01:00:00+00', TIMESTAMP '2001-02-01 00:00:01+00', HOUR)", 0),
        ("TIMESTAMP_DIFF(TIMESTAMP '2018-08-14 00:00:00+00', TIMESTAMP '2018-10-14 12:00:00+00', DAY)", -61),
        ("FORMAT_TIMESTAMP('%c', TIMESTAMP '2008-12-25 15:30:00+00', 'UTC')", "Thu Dec 25 15:30:00 2008"),
        (
            "FORMAT_TIMESTAMP('%Y-%m-%d %H:%M:%S', TIMESTAMP '2008-12-25 05:30:00+00', 'America/Los_Angeles')",
            "2008-12-24 21:30:00",
        ),
        (
            "FORMAT_TIMESTAMP('%A %b %e %I %p %j %Z', TIMESTAMP '2024-01-02 03:04:05+00', 'UTC')",
            "Tuesday Jan  2 03 AM 002 UTC",
        ),
        ("FORMAT_TIMESTAMP('%F %T', TIMESTAMP '2024-01-02 03:04:05+00')", "2024-01-02 03:04:05"),
        (
            "FORMAT_TIMESTAMP('%FT%H:%M:%E3S%Ez', TIMESTAMP '2024-01-02 03:04:05.678+00', 'America/Los_Angeles')",
            "2024-01-01T19:04:05.678-08:00",
        ),
        ("PARSE_TIMESTAMP('%Y-%m-%d %H:%M:%S', '2008-12-25 07:30:00')", utc(2008, 12, 25, 7, 30)),
        ("PARSE_TIMESTAMP('%F %T', '2008-12-25 07:30:00', 'America/Los_Angeles')", utc(2008, 12, 25, 15, 30)),
        ("UNIX_SECONDS(TIMESTAMP '2008-12-25 15:30:00+00')", 1230219000),
        ("TIMESTAMP_SECONDS(1230219000)", utc(2008, 12, 25, 15, 30)),
        ("TIMESTAMP_MILLIS(1230219000000)", utc(2008, 12, 25, 15, 30)),
        ("UNIX_MICROS(TIMESTAMP '2008-12-25 15:30:00+00')", 1230219000000000),
    ],
    "date_functions#extract": [
        ("EXTRACT(DAY FROM TIMESTAMP '2008-12-25 05:30:00+00' AT TIME ZONE 'America/Los_Angeles')", 24),
        ("EXTRACT(HOUR FROM TIMESTAMP '2024-07-01 05:30:00+00' AT TIME ZONE 'America/Los_Angeles')", 22),
        ("EXTRACT(DAYOFWEEK FROM DATE '2017-11-05')", 1),
        ("EXTRACT(DAYOFWEEK FROM TIMESTAMP '2017-11-05 05:00:00+00' AT TIME ZONE 'America/Los_Angeles')", 7),
        ("EXTRACT(WEEK FROM DATE '2017-11-05')", 45),
        ("EXTRACT(ISOWEEK FROM DATE '2017-11-05')", 44),
        ("EXTRACT(WEEK(MONDAY) FROM DATE '2017-11-05')", 44),
        ("EXTRACT(DAYOFYEAR FROM DATE '2024-03-01')", 61),
        ("EXTRACT(QUARTER FROM DATE '2024-03-01')", 1),
        ("EXTRACT(MICROSECOND FROM TIMESTAMP '2024-01-01 00:00:01.234567+00')", 234567),
        (
            "EXTRACT(DATE FROM TIMESTAMP '2024-01-01 00:00:01+00' AT TIME ZONE 'America/Los_Angeles')",
            dt.date(2023, 12, 31),
        ),
    ],
    "datetime_functions": [
        ("DATETIME(TIMESTAMP '2008-12-25 05:30:00+00', 'America/Los_Angeles')", dt.datetime(2008, 12, 24, 21, 30)),
        ("DATETIME(DATE '2024-01-02', TIME(3, 4, 5))", dt.datetime(2024, 1, 2, 3, 4, 5)),
        ("DATETIME(2005, 12, 25, 5, 30, 0)", dt.datetime(2005, 12, 25, 5, 30)),
        ("DATETIME_DIFF(DATETIME '2017-10-15 00:00:00', DATETIME '2017-10-14 23:59:59', DAY)", 1),
        ("DATETIME_TRUNC(DATETIME '2008-12-25 15:30:00', DAY)", dt.datetime(2008, 12, 25, 0, 0)),
        ("DATETIME_ADD(DATETIME '2008-12-25 15:30:00', INTERVAL 10 MINUTE)", dt.datetime(2008, 12, 25, 15, 40)),
        ("FORMAT_DATETIME('%H:%M', DATETIME '2024-01-02 03:04:05')", "03:04"),
        ("PARSE_DATETIME('%Y-%m-%d %H:%M:%S', '1998-10-18 13:45:55')", dt.datetime(1998, 10, 18, 13, 45, 55)),
        ("CURRENT_DATETIME('UTC') >= DATETIME '2020-01-01'", True),
    ],
    "time_functions": [
        ("TIME_DIFF(TIME '15:30:00', TIME '14:35:00', MINUTE)", 55),
        ("TIME(15, 30, 0)", dt.time(15, 30)),
    ],
    "interval_functions": [
        ("DATE '2024-01-31' + INTERVAL 1 MONTH", dt.datetime(2024, 2, 29, 0, 0)),
        ("EXTRACT(HOUR FROM TIMESTAMP '2024-01-02 00:00:00+00' - TIMESTAMP '2024-01-01 00:00:00+00')", 24),
        ("EXTRACT(DAY FROM DATE '2024-01-05' - DATE '2024-01-01')", 4),
    ],
}
