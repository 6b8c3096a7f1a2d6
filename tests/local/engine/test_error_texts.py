"""The texts of errors: the prefix and place that a script adds, and what is said of things that are not there."""

from __future__ import annotations

import pytest

from infra.local.engine import EngineError, Session
from tests.local.engine.engine_asserts import refused, rows


def said(session: Session, sql: str) -> str:
    """The message that a text fails with."""
    with pytest.raises(EngineError) as caught:
        session.run(sql)
    return caught.value.message


@pytest.mark.covers(
    "jobs", "An error of a script reads `Query error: ... at [line:column]`; a statement alone is plain"
)
@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("SELECT 1/0", "division by zero: 1 / 0"),
        ("SELECT 1;\n  SELECT 1/0;", "Query error: division by zero: 1 / 0 at [2:3]"),
        ("SELECT 1;\n  SELECT nope;", "Query error: Unrecognized name: nope at [2:10]"),
        ("BEGIN RAISE USING MESSAGE = 'no page'; END", "Query error: no page at [1:7]"),
        ("DECLARE x INT64;\nSET x = 1 / 0;", "Query error: division by zero: 1 / 0 at [2:1]"),
        # The condition fails in the second round, after the statement on line 2 has run.
        (
            "DECLARE x INT64 DEFAULT 1; WHILE 1 / x > 0 DO\nSET x = x - 1; END WHILE;",
            "Query error: division by zero: 1 / 0 at [1:28]",
        ),
        # A handler that raises again tells where it first went wrong.
        (
            "BEGIN\n SELECT 1/0;\nEXCEPTION WHEN ERROR THEN\n RAISE;\nEND",
            "Query error: division by zero: 1 / 0 at [2:2]",
        ),
        ("SELECT 1, d.no(1)", "Function not found: d.no at [1:11]"),
        ("SELECT x\nFROM `d.no`(1)", "Table-valued function not found: d.no at [2:6]"),
        ("SELECT 1; SELEC 2;", 'Syntax error: Unexpected identifier "SELEC" at [1:11]'),
    ],
)
def test_a_script_says_where_it_failed(session: Session, sql: str, text: str) -> None:
    assert said(session, sql) == text


@pytest.mark.covers(
    "jobs",
    "In a procedure the place is `[project.dataset.procedure:line:column]` of its body",
    differs="known from reports, not seen on BigQuery; `@@error.message` has neither prefix nor place here",
)
def test_a_procedure_is_named_beside_the_place(session: Session) -> None:
    session.run("CREATE PROCEDURE d.inner_one() BEGIN\n  SELECT 1 / 0;\nEND")
    session.run("CREATE PROCEDURE d.outer_one() BEGIN CALL d.inner_one(); END")
    session.run("CREATE PROCEDURE d.asks() BEGIN SELECT x FROM d.t; END")
    zero = "Query error: division by zero: 1 / 0 at [of-scheduler-proj.d.inner_one:2:3]"
    assert said(session, "CALL d.outer_one()") == zero
    missing = "Not found: Table of-scheduler-proj:d.t was not found in location US"
    assert said(session, "CALL d.asks()") == f"Query error: {missing} at [of-scheduler-proj.d.asks:1:7]"
    session.run("CREATE PROCEDURE d.calls() BEGIN\nCALL d.no(); END")
    absent = "Query error: Procedure is not found: of-scheduler-proj.d.no at [of-scheduler-proj.d.calls:2:6]"
    assert said(session, "CALL d.calls()") == absent
    session.run("CREATE TABLE d.t (k INT64)")
    unknown = "Query error: Unrecognized name: x at [of-scheduler-proj.d.asks:1:14]"
    assert said(session, "CALL d.asks()") == unknown


def test_a_handler_sees_the_error_of_the_statement(session: Session) -> None:
    sql = "BEGIN SELECT 1/0; EXCEPTION WHEN ERROR THEN SELECT @@error.message, @@error.statement_text; END"
    assert rows(session, sql) == [("division by zero: 1 / 0", "SELECT 1/0")]


MISTAKE = "Syntax error: Unexpected keyword AT at "


@pytest.mark.covers("jobs", "A script with a syntax error anywhere in it runs nothing, and no handler hears of it")
@pytest.mark.parametrize(
    ("rest", "place"),
    [
        ("SELECT 1,\n at FROM d.t;", "[2:2]"),
        ("IF FALSE THEN SELECT at; END IF;", "[1:50]"),
        ("IF 1 = 1 OR at THEN SELECT 1; END IF;", "[1:41]"),
        ("BEGIN SELECT at; EXCEPTION WHEN ERROR THEN SELECT 1; END;", "[1:42]"),
        ("FOR r IN (SELECT at) DO SELECT 1; END FOR;", "[1:46]"),
        ("CREATE PROCEDURE d.p() BEGIN WHILE FALSE DO SET @@dataset_id = at; END WHILE; END;", "[1:92]"),
        ("CREATE FUNCTION d.f() AS (at + 1);", "[1:55]"),
        ("CREATE TABLE d.u (x INT64 DEFAULT (at));", "[1:64]"),
        ("CALL d.p(1, at);", "[1:41]"),
    ],
)
def test_a_script_that_cannot_be_read_runs_nothing(session: Session, rest: str, place: str) -> None:
    # The first statement takes 27 characters and a blank: what follows begins in column 29 of line 1.
    assert said(session, f"CREATE TABLE d.t (x INT64); {rest}") == MISTAKE + place
    assert session.script is None
    with refused("notFound", "d.t was not found"):
        session.run("SELECT x FROM d.t")


def test_what_is_refused_by_name_is_refused_where_it_is_reached(session: Session) -> None:
    assert rows(session, "IF FALSE THEN SELECT JSON_VALUE('{}', '$.a[*]'); END IF; SELECT 1") == [(1,)]


def test_a_dynamic_text_that_cannot_be_read_is_an_error_of_its_statement(session: Session) -> None:
    sql = "BEGIN EXECUTE IMMEDIATE 'SELECT at'; EXCEPTION WHEN ERROR THEN SELECT @@error.message; END"
    assert rows(session, sql) == [(f"{MISTAKE}[1:8]",)]


def test_what_stops_a_script_keeps_its_text(session: Session) -> None:
    assert said(session, "SELECT 1; SELECT ST_GEOGPOINT(1, 2)").startswith("Function ST_GEOGPOINT is not")
    capped = "CREATE TABLE d.t (k INT64); INSERT INTO d.t (k) VALUES (1); SELECT k FROM d.t"
    with pytest.raises(EngineError) as caught:
        session.run(capped, maximum_bytes_billed=1)
    assert caught.value.message.startswith("Query exceeded limit for bytes billed: 1.")


@pytest.mark.covers("jobs", "A table or dataset that a query does not find `was not found in location US`")
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT k FROM {}",
        "INSERT INTO {} (k) VALUES (1)",
        "DELETE FROM {} WHERE TRUE",
        "MERGE {} AS t USING (SELECT 1 AS k) AS s ON t.k = s.k WHEN NOT MATCHED THEN INSERT (k) VALUES (k)",
    ],
)
def test_a_missing_table_or_dataset_is_named_with_the_location(session: Session, sql: str) -> None:
    place = "was not found in location US"
    assert said(session, sql.format("d.missing")) == f"Not found: Table of-scheduler-proj:d.missing {place}"
    assert said(session, sql.format("other.t")) == f"Not found: Dataset of-scheduler-proj:other {place}"


def test_a_dataset_without_views_of_its_own_is_named_too(session: Session) -> None:
    text = "Not found: Dataset of-scheduler-proj:other was not found in location US"
    assert said(session, "SELECT table_name FROM other.INFORMATION_SCHEMA.TABLES") == text
