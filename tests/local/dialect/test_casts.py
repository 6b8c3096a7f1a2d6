"""Explicit casts and implicit conversions. Expected values are GoogleSQL's own."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from infra.local.engine.rewrite import AnalysisError
from tests.local.dialect.checking import INF, NAN, check, refuse, utc
from tests.local.dialect.harness import Bench

CASES: list[tuple[str, Any]] = [
    ("CAST(2.5 AS INT64)", 3),
    ("CAST(-2.5 AS INT64)", -3),
    ("CAST(1.4 AS INT64)", 1),
    ("CAST(NUMERIC '2.5' AS INT64)", 3),
    ("CAST(NUMERIC '-2.5' AS INT64)", -3),
    ("CAST('12' AS INT64)", 12),
    ("CAST('-12' AS INT64)", -12),
    ("CAST('+5' AS INT64)", 5),
    ("CAST(' 5 ' AS INT64)", 5),
    ("CAST('0x1F' AS INT64)", 31),
    ("CAST('-0x1F' AS INT64)", -31),
    ("CAST('0X1f' AS INT64)", 31),
    ("CAST('0x3bffffffffffff' AS INT64)", 16888498602639359),
    ("CAST('0x7FFFFFFFFFFFFFFF' AS INT64)", 9223372036854775807),
    ("CAST('-0x8000000000000000' AS INT64)", -9223372036854775808),
    ("SAFE_CAST('' AS INT64)", None),
    ("SAFE_CAST('+' AS INT64)", None),
    ("SAFE_CAST('-' AS INT64)", None),
    ("SAFE_CAST('1-' AS INT64)", None),
    ("SAFE_CAST('0x' AS INT64)", None),
    ("SAFE_CAST('0xZZ' AS INT64)", None),
    ("SAFE_CAST('0x1_5' AS INT64)", None),
    ("SAFE_CAST('0x1.5' AS INT64)", None),
    ("SAFE_CAST('0xFFFFFFFFFFFFFFFF' AS INT64)", None),
    ("SAFE_CAST('1_000' AS INT64)", None),
    ("SAFE_CAST('1.0' AS INT64)", None),
    ("SAFE_CAST('1e3' AS INT64)", None),
    ("SAFE_CAST('9223372036854775808' AS INT64)", None),
    ("SAFE_CAST('apple' AS INT64)", None),
    ("SAFE_CAST(NULL AS INT64)", None),
    ("CAST('007' AS INT64)", 7),
    ("CAST(TRUE AS INT64)", 1),
    ("CAST(0 AS BOOL)", False),
    ("CAST(5 AS BOOL)", True),
    ("CAST('TRUE' AS BOOL)", True),
    ("SAFE_CAST('yes' AS BOOL)", None),
    ("CAST(TRUE AS STRING)", "true"),
    ("CAST(1 AS FLOAT64)", 1.0),
    ("CAST('1.5' AS FLOAT64)", 1.5),
    ("CAST('1e3' AS FLOAT64)", 1000.0),
    ("CAST('inf' AS FLOAT64)", INF),
    ("CAST('-Infinity' AS FLOAT64)", -INF),
    ("CAST('NaN' AS FLOAT64)", NAN),
    ("SAFE_CAST('1_0.5' AS FLOAT64)", None),
    ("SAFE_CAST('abc' AS FLOAT64)", None),
    ("SAFE_CAST('' AS FLOAT64)", None),
    ("CAST(NUMERIC '1.25' AS FLOAT64)", 1.25),
    ("CAST(1.5 AS NUMERIC)", Decimal("1.5")),
    ("CAST('1.5' AS NUMERIC)", Decimal("1.5")),
    ("CAST(7 AS NUMERIC)", Decimal("7")),
    ("CAST(1.0 / 3 AS NUMERIC)", Decimal("0.333333333")),
    ("CAST('1.0000000005' AS NUMERIC)", Decimal("1.000000001")),
    ("SAFE_CAST('x' AS NUMERIC)", None),
    ("SAFE_CAST('1e30' AS NUMERIC)", None),
    ("CAST(1.0 AS STRING)", "1"),
    ("CAST(1.5 AS STRING)", "1.5"),
    ("CAST(0.1 AS STRING)", "0.1"),
    ("CAST(1e20 AS STRING)", "1e+20"),
    ("CAST(1e15 AS STRING)", "1e+15"),
    ("CAST(1e-7 AS STRING)", "1e-07"),
    ("CAST(123456.789 AS STRING)", "123456.789"),
    ("CAST(-0.0 AS STRING)", "0"),
    ("CAST(1.0 / 3 AS STRING)", "0.33333333333333331"),
    ("CAST(0.1 + 0.2 AS STRING)", "0.30000000000000004"),
    ("CAST(IEEE_DIVIDE(1, 0) AS STRING)", "inf"),
    ("CAST(IEEE_DIVIDE(0, 0) AS STRING)", "nan"),
    ("CAST(42 AS STRING)", "42"),
    ("CAST(-9223372036854775808 AS STRING)", "-9223372036854775808"),
    ("CAST(NUMERIC '1.50' AS STRING)", "1.5"),
    ("CAST(NUMERIC '100' AS STRING)", "100"),
    ("CAST(NUMERIC '-0.000000001' AS STRING)", "-0.000000001"),
    ("CAST(DATE '2026-01-02' AS STRING)", "2026-01-02"),
    ("CAST(TIMESTAMP '2024-01-02 03:04:05+00' AS STRING)", "2024-01-02 03:04:05+00"),
    ("CAST(TIMESTAMP '2024-01-02 03:04:05.678+00' AS STRING)", "2024-01-02 03:04:05.678+00"),
    ("CAST(TIMESTAMP '2024-01-02 03:04:05.000001+00' AS STRING)", "2024-01-02 03:04:05.000001+00"),
    ("CAST(DATETIME '2024-01-02 03:04:05' AS STRING)", "2024-01-02 03:04:05"),
    ("CAST(DATETIME '2024-01-02 03:04:05.5' AS STRING)", "2024-01-02 03:04:05.500"),
    ("CAST(TIME '03:04:05' AS STRING)", "03:04:05"),
    ("CAST('2026-01-02' AS DATE)", dt.date(2026, 1, 2)),
    ("CAST('2026-1-2' AS DATE)", dt.date(2026, 1, 2)),
    ("SAFE_CAST('2026-13-01' AS DATE)", None),
    ("SAFE_CAST('2026-02-30' AS DATE)", None),
    ("SAFE_CAST('not a date' AS DATE)", None),
    ("CAST(TIMESTAMP '2024-01-02 23:59:59+00' AS DATE)", dt.date(2024, 1, 2)),
    ("CAST(DATETIME '2024-01-02 23:59:59' AS DATE)", dt.date(2024, 1, 2)),
    ("CAST('2024-01-02 03:04:05' AS TIMESTAMP)", utc(2024, 1, 2, 3, 4, 5)),
    ("CAST('2024-01-02 03:04:05-08' AS TIMESTAMP)", utc(2024, 1, 2, 11, 4, 5)),
    ("CAST('2024-01-02 03:04:05-08:00' AS TIMESTAMP)", utc(2024, 1, 2, 11, 4, 5)),
    ("CAST('2024-01-02T03:04:05Z' AS TIMESTAMP)", utc(2024, 1, 2, 3, 4, 5)),
    ("CAST('2024-01-02 03:04:05 America/Los_Angeles' AS TIMESTAMP)", utc(2024, 1, 2, 11, 4, 5)),
    ("CAST('2024-01-02' AS TIMESTAMP)", utc(2024, 1, 2)),
    ("SAFE_CAST('2024-01-02 25:00:00' AS TIMESTAMP)", None),
    ("SAFE_CAST('' AS TIMESTAMP)", None),
    ("CAST(DATE '2024-01-02' AS TIMESTAMP)", utc(2024, 1, 2)),
    ("CAST(DATE '2024-01-02' AS DATETIME)", dt.datetime(2024, 1, 2)),
    ("CAST(DATETIME '2024-01-02 03:04:05' AS TIMESTAMP)", utc(2024, 1, 2, 3, 4, 5)),
    ("CAST(TIMESTAMP '2024-01-02 03:04:05+00' AS DATETIME)", dt.datetime(2024, 1, 2, 3, 4, 5)),
    ("CAST('2024-01-02 03:04:05' AS DATETIME)", dt.datetime(2024, 1, 2, 3, 4, 5)),
    ("CAST('03:04:05' AS TIME)", dt.time(3, 4, 5)),
    ("CAST('abc' AS BYTES) = b'abc'", True),
    ("CAST(b'abc' AS STRING)", "abc"),
    ("CAST([1, 2] AS ARRAY<FLOAT64>)", [1.0, 2.0]),
    ("CAST(STRUCT(1, 'x') AS STRUCT<a FLOAT64, b STRING>).a", 1.0),
    ("CAST(NULL AS STRING)", None),
    ("TIMESTAMP '2024-01-01 12:00:00+00' BETWEEN '2024-01-01' AND '2024-01-02'", True),
    ("DATE '2024-01-01' = '2024-01-01'", True),
]

ERRORS = [
    ("CAST('apple' AS INT64)", "Bad int64 value: apple"),
    ("CAST('' AS INT64)", "Bad int64 value"),
    ("CAST('1.5' AS INT64)", "Bad int64 value: 1.5"),
    ("CAST('abc' AS FLOAT64)", "Bad double value: abc"),
    ("CAST('yes' AS BOOL)", "Bad bool value: yes"),
    ("CAST('x' AS NUMERIC)", "Invalid NUMERIC value"),
    ("CAST('2026-13-01' AS DATE)", "Invalid date"),
    ("CAST('nonsense' AS TIMESTAMP)", "Invalid timestamp"),
    ("CAST(1e30 AS INT64)", ""),
    ("CAST(IEEE_DIVIDE(0, 0) AS INT64)", ""),
    ("CAST(DATE '2026-01-01' AS INT64)", "Invalid cast from DATE to INT64"),
    ("CAST(TRUE AS FLOAT64)", "Invalid cast from BOOL to FLOAT64"),
    ("DATE '2026-02-30'", "Invalid date"),
    ("DATE '2024-01-01' < TIMESTAMP '2024-01-01 00:00:01+00'", "No matching signature"),
    ("COALESCE(DATETIME '2024-01-01 00:00:00', TIMESTAMP '2024-01-01 00:00:01+00')", "No matching signature"),
]

REFUSED = [
    ("CAST(1 AS BIGNUMERIC)", "BIGNUMERIC"),
    ("CAST('1' AS INTERVAL)", "INTERVAL"),
    ("CAST(DATE '2026-01-02' AS STRING FORMAT 'YYYY')", "Function CAST with 'YYYY'"),
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
