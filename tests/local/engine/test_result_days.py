"""Days that DuckDB can hold and BigQuery cannot: before the year 1 and after the year 9999."""

from __future__ import annotations

import datetime as dt

import pytest

from infra.local.engine import Session
from tests.local.engine.engine_asserts import refused, rows, run

LAST = "TIMESTAMP '9999-12-31 23:59:59.999999+00'"
FIRST = "TIMESTAMP '0001-01-01 00:00:00+00'"


@pytest.mark.covers(
    "REST",
    "A DATE, DATETIME or TIMESTAMP outside the years 0001 to 9999 is 400 invalidQuery where it is read",
    differs="BigQuery raises where it is computed and in the words of the function; here it may pass inside a query",
)
@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        (f"TIMESTAMP_ADD({LAST}, INTERVAL 1 MICROSECOND)", "TIMESTAMP"),
        (f"TIMESTAMP_SUB({FIRST}, INTERVAL 1 MICROSECOND)", "TIMESTAMP"),
        ("TIMESTAMP '9999-12-31 23:59:59-08'", "TIMESTAMP"),
        ("TIMESTAMP_SECONDS(253402300800)", "TIMESTAMP"),
        ("DATETIME_ADD(DATETIME '9999-12-31 23:59:59', INTERVAL 1 SECOND)", "DATETIME"),
        ("DATE_ADD(DATE '9999-12-31', INTERVAL 1 DAY)", "DATE"),
        ("DATE_SUB(DATE '0001-01-01', INTERVAL 1 DAY)", "DATE"),
        (f"[{LAST}, TIMESTAMP_ADD({LAST}, INTERVAL 1 DAY)]", "TIMESTAMP"),
        ("STRUCT(DATE_ADD(DATE '9999-12-31', INTERVAL 1 DAY) AS x, 'a' AS y)", "DATE"),
        ("[STRUCT([DATE_FROM_UNIX_DATE(2932897)] AS x)]", "DATE"),
    ],
)
def test_a_day_outside_the_range_is_no_answer(session: Session, expression: str, kind: str) -> None:
    with refused("invalidQuery", f"{kind} out of the range of the years 0001 to 9999: "):
        session.run(f"SELECT 1, {expression}")


def test_the_ends_of_the_range_and_texts_and_nulls_are_answers(session: Session) -> None:
    sql = f"SELECT {FIRST}, {LAST}, DATE '9999-12-31', '10000-01-01', [{FIRST}], STRUCT(CAST(NULL AS DATE) AS x)"
    first = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
    last = dt.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=dt.UTC)
    assert rows(session, sql) == [(first, last, dt.date(9999, 12, 31), "10000-01-01", [first], {"x": None})]


def test_a_stored_day_outside_the_range_is_found_when_it_is_read(session: Session) -> None:
    run(session, f"CREATE TABLE t (at TIMESTAMP); INSERT INTO t (at) VALUES ({LAST}), (NULL)")
    run(session, "UPDATE t SET at = TIMESTAMP_ADD(at, INTERVAL 1 DAY) WHERE at IS NOT NULL")
    with refused("invalidQuery", "TIMESTAMP out of the range"):
        session.run("SELECT at FROM t")
    assert rows(session, "SELECT COUNT(*) FROM t") == [(2,)]
