"""Where one rule decides alone: days around the turns of weeks and years, numbers half-way between two others, and a
NULL beside an argument that fails.

In the wide families such values meet the function that turns on them in too few of a run's cases.
"""

from __future__ import annotations

LEAVES = {
    "TURN": [
        f"DATE '{day}'"
        for day in (
            "2016-01-02",  # Saturday, of ISO week 53 of 2015
            "2017-01-01",  # Sunday, of ISO week 52 of 2016
            "2018-01-01",  # Monday
            "2020-12-27",  # Sunday
            "2021-01-03",  # Sunday, of ISO week 53 of 2020
            "2021-01-04",  # Monday
            "2022-01-01",  # Saturday
            "2024-02-29",  # Thursday
            "2024-12-29",  # Sunday
            "2024-12-30",  # Monday, of ISO week 1 of 2025
            "2025-12-31",  # Wednesday, of ISO week 1 of 2026
            "1969-12-29",  # Monday
            "1970-01-04",  # Sunday
        )
    ],
    "NEAR": [
        f"DATE '{day}'"
        for day in ("2024-12-28", "2024-12-29", "2024-12-30", "2024-12-31", "2025-01-01", "2025-01-04", "2025-01-05")
    ],  # Saturday, Sunday, Monday, Tuesday, Wednesday, Saturday, Sunday
    "TINY": [f"NUMERIC '{text}'" for text in ("0.000000001", "-0.000000001", "0.000000003", "-0.000000007", "0")],
    "HALF": [
        *(f"NUMERIC '{text}'" for text in ("0.5", "-0.5", "1.5", "-1.5", "2.5", "-2.5", "0.25", "-0.35", "0.125")),
        *(f"NUMERIC '{text}'" for text in ("15", "-25", "0.000000001", "-0.000000003", "1.005", "0.499999999")),
    ],
    "HALFFLOAT": [
        "0.5",
        "-0.5",
        "1.5",
        "2.5",
        "-2.5",
        "0.25",
        "0.375",
        "-0.125",
        "15.0",
        "25.0",
        "1.005",
        "0.4999999995",
    ],
    "FEW": ["0", "1"],
    "NULLED": ["0", "1", "CAST(NULL AS INT64)"],
    "FAILING": ["0", "1"],
    "HALFTEXT": ["'0.0000000005'", "'-0.0000000005'", "'1.0000000015'", "'-1.0000000025'", "'0.00000000049'"],
}
LISTS = {
    "week": ["WEEK", "WEEK", "ISOWEEK", "ISOWEEK", "ISOYEAR", "WEEK(MONDAY)", "WEEK(SATURDAY)", "WEEK(WEDNESDAY)"],
    "rounded": ["0", "1", "2", "-1", "8"],
}
WEEKS = {
    "INT64": [
        "EXTRACT({week} FROM {TURN!})",
        "EXTRACT({week} FROM DATETIME({TURN!}, TIME '23:59:59'))",
        "EXTRACT({week} FROM TIMESTAMP({TURN!}, {zone}) AT TIME ZONE {zone})",
        "EXTRACT(ISOYEAR FROM {TURN!})",
        "DATE_DIFF({NEAR!}, {NEAR!}, {week})",
        "DATE_DIFF({TURN!}, {NEAR!}, {week})",
        "DATETIME_DIFF(DATETIME({TURN!}), DATETIME({TURN!}, TIME '23:59:59'), {week})",
    ],
    "DATE": ["DATE_TRUNC({TURN!}, {week})", "DATE_TRUNC({TURN!}, ISOYEAR)", "LAST_DAY({TURN!}, {week})"],
    "STRING": [
        "CAST(DATETIME_TRUNC(DATETIME({TURN!}, TIME '12:30:00'), {week}) AS STRING)",
        "CAST(TIMESTAMP_TRUNC(TIMESTAMP({TURN!}, {zone}), {week}, {zone}) AS STRING)",
        "FORMAT_DATE('%U %W %V %G %g %u %w %j', {TURN!})",
    ],
}
HALVES = {
    "NUMERIC": [
        "ROUND({HALF!})",
        "ROUND({HALF!}, {rounded})",
        "({TINY!} / 2)",
        "({TINY!} / NUMERIC '-2')",
        "({TINY!} * NUMERIC '0.5')",
        "SAFE_DIVIDE({TINY!}, NUMERIC '2')",
        "SAFE_MULTIPLY({TINY!}, NUMERIC '0.5')",
        "CAST({HALFTEXT!} AS NUMERIC)",
        "SAFE_CAST({HALFTEXT!} AS NUMERIC)",
        "CAST({HALFFLOAT!} AS NUMERIC)",
        "(SELECT AVG(n) FROM UNNEST([{TINY!}, {TINY!}]) AS n)",
        "(SELECT AVG(n) OVER () FROM UNNEST([{TINY!}, {TINY!}]) AS n LIMIT 1)",
    ],
    "INT64": ["CAST({HALF!} AS INT64)", "SAFE_CAST({HALF!} AS INT64)", "CAST({HALFFLOAT!} AS INT64)"],
    "FLOAT64": ["ROUND({HALFFLOAT!})", "ROUND({HALFFLOAT!}, {rounded})"],
    "STRING": ["FORMAT('%.1f', {HALF!})", "FORMAT('%.2f', {HALF!})", "FORMAT('%.0f', {HALFFLOAT!})"],
}
NULLED = {
    "NULLED": ["NULLIF({FEW}, {FEW})", "NULLIF({NULLED}, {FAILING})", "NULLIF({FAILING}, {NULLED})"],
    "FAILING": ["DIV({FEW}, {FEW})", "MOD(7, {FEW})", "CAST(FORMAT('%d|', {FEW}) AS INT64)"],
    "INT64": [
        "({NULLED} {arithmetic} {FAILING})",
        "DIV({NULLED}, {FAILING})",
        "GREATEST({NULLED}, {FAILING})",
        "NULLIF({NULLED}, {FAILING})",
        "STRPOS(CAST({NULLED} AS STRING), CAST({FAILING} AS STRING))",
        "DATE_DIFF(DATE_FROM_UNIX_DATE({NULLED}), DATE_FROM_UNIX_DATE({FAILING}), DAY)",
    ],
    "FLOAT64": ["({NULLED} / {FAILING})", "POW({NULLED}, {FAILING})"],
    "BOOL": ["{NULLED} {compare} {FAILING}", "{NULLED} BETWEEN {FAILING} AND 1"],
    "STRING": ["CONCAT(CAST({NULLED} AS STRING), CAST({FAILING} AS STRING))"],
}
