"""Days that DuckDB can hold and BigQuery cannot: before the year 1 and after the year 9999."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from infra.local.engine import EngineError, Session
from infra.local.engine.results import python_rows
from infra.local.engine.types import parse_type
from tests.local.engine.engine_asserts import refused, rows

LAST = "TIMESTAMP '9999-12-31 23:59:59.999999+00'"
FIRST = "TIMESTAMP '0001-01-01 00:00:00+00'"


@pytest.mark.covers(
    "REST",
    "A DATE, DATETIME or TIMESTAMP outside the years 0001 to 9999 is 400 invalidQuery: no statement answers one",
    differs="BigQuery says it in the words of the function that computed it",
)
@pytest.mark.parametrize(
    "expression",
    [
        f"TIMESTAMP_ADD({LAST}, INTERVAL 1 MICROSECOND)",
        f"TIMESTAMP_SUB({FIRST}, INTERVAL 1 MICROSECOND)",
        "TIMESTAMP_SECONDS(253402300800)",
        "PARSE_TIMESTAMP('%Y-%m-%d %H:%M:%S %z', '9999-12-31 23:59:59 -0800')",
        "DATETIME_ADD(DATETIME '9999-12-31 23:59:59', INTERVAL 1 SECOND)",
        "DATE_ADD(DATE '9999-12-31', INTERVAL 1 DAY)",
        "DATE_SUB(DATE '0001-01-01', INTERVAL 1 DAY)",
        f"[{LAST}, TIMESTAMP_ADD({LAST}, INTERVAL 1 DAY)]",
        "[STRUCT([DATE_FROM_UNIX_DATE(2932897)] AS x)]",
    ],
)
def test_a_day_outside_the_range_is_no_answer(session: Session, expression: str) -> None:
    with refused("invalidQuery", "out of range"):
        session.run(f"SELECT 1, {expression}")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("DATE", "10000-01-01"),
        ("DATETIME", "0001-12-31 (BC) 23:59:59"),
        ("TIMESTAMP", "10000-01-01 00:00:00"),
        ("ARRAY<DATE>", [dt.date(2026, 1, 5), "10000-01-01"]),
        ("STRUCT<x STRING, y TIMESTAMP>", {"x": "a", "y": "10000-01-01 00:00:00"}),
        ("ARRAY<STRUCT<y ARRAY<DATETIME>>>", [None, {"y": None}, {"y": ["10000-01-01 00:00:00"]}]),
    ],
)
def test_a_text_in_place_of_a_day_is_never_handed_on(kind: str, value: Any) -> None:
    with pytest.raises(EngineError, match="out of range"):
        python_rows([(1, None), (1, value)], [parse_type("INT64"), parse_type(kind)])


def test_the_ends_of_the_range_and_texts_and_nulls_are_answers(session: Session) -> None:
    sql = f"SELECT {FIRST}, {LAST}, DATE '9999-12-31', '10000-01-01', [{FIRST}], STRUCT(CAST(NULL AS DATE) AS x)"
    first = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
    last = dt.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=dt.UTC)
    assert rows(session, sql) == [(first, last, dt.date(9999, 12, 31), "10000-01-01", [first], {"x": None})]
