"""CREATE, ALTER, DROP and TRUNCATE, and what the catalog knows afterwards."""

from __future__ import annotations

import pytest

from infra.local.engine import Engine, Session
from infra.local.engine.types import FLOAT64, INT64, STRING
from tests.local.engine.engine_asserts import kinds, refused, rows, value


def test_create_table_if_not_exists_keeps_rows(session: Session) -> None:
    first = session.run("CREATE TABLE IF NOT EXISTS d.t (a INT64)")
    session.run("INSERT INTO d.t (a) VALUES (1)")
    second = session.run("CREATE TABLE IF NOT EXISTS d.t (a INT64, b STRING)")
    assert (first.ddl_operation, second.ddl_operation, first.target) == ("CREATE", "SKIP", ("d", "t"))
    assert rows(session, "SELECT * FROM d.t") == [(1,)]
    with refused("duplicate", "Already Exists: Table of-scheduler-proj:d.t"):
        session.run("CREATE TABLE d.t (a INT64)")
    assert session.run("CREATE OR REPLACE TABLE d.t (b STRING)").ddl_operation == "REPLACE"
    assert rows(session, "SELECT * FROM d.t") == []


def test_create_table_as_select_may_replace_what_it_reads(session: Session) -> None:
    session.run("CREATE TABLE d.t AS SELECT 1 AS a, [1.5] AS b")
    result = session.run("CREATE OR REPLACE TABLE d.u AS SELECT a + 1 AS a FROM d.t")
    assert result.statement_type == "CREATE_TABLE_AS_SELECT"
    assert rows(session, "SELECT a FROM d.u") == [(2,)]
    table = session.engine.catalog.require_table("d", "t")
    assert [(column.name, column.mode) for column in table.columns] == [("a", "NULLABLE"), ("b", "REPEATED")]
    with refused("invalidQuery", "must be named, but column 1 has no name"):
        session.run("CREATE TABLE d.w AS SELECT 1")
    with refused("invalidQuery", "Duplicate column name: A"):
        session.run("CREATE TABLE d.w (a INT64, A STRING)")


def test_temporary_tables_belong_to_one_session(session: Session, other: Session) -> None:
    session.run("CREATE TEMP TABLE t AS SELECT 1 AS a")
    session.run("CREATE OR REPLACE TEMP TABLE t AS SELECT a + 1 AS a FROM t")
    assert value(session, "SELECT a FROM t") == 2
    with refused("notFound", "t"):
        other.run("SELECT a FROM t")
    session.run("DROP TABLE t")
    with refused("notFound", "t"):
        session.run("SELECT a FROM t")


def test_required_columns_refuse_null(session: Session) -> None:
    session.run("CREATE TABLE d.t (a INT64 NOT NULL, b STRING)")
    with refused("invalidQuery", "Required field a cannot be null"):
        session.run("INSERT INTO d.t (a) VALUES (NULL)")
    session.run("ALTER TABLE d.t ALTER COLUMN a DROP NOT NULL; INSERT INTO d.t (a) VALUES (NULL);")


def test_alter_table(session: Session) -> None:
    session.run("CREATE TABLE d.t (a INT64); INSERT INTO d.t (a) VALUES (1);")
    session.run("ALTER TABLE d.t ADD COLUMN IF NOT EXISTS a INT64, ADD COLUMN b FLOAT64 OPTIONS (description = 'bee')")
    session.run("ALTER TABLE d.t SET OPTIONS (description = 'tea', labels = [('k', 'v')])")
    assert rows(session, "SELECT a, b FROM d.t") == [(1, None)]
    table = session.engine.catalog.require_table("d", "t")
    assert (table.description, table.labels) == ("tea", {"k": "v"})
    assert (table.columns[1].type, table.columns[1].description) == (FLOAT64, "bee")
    session.run("ALTER TABLE d.t DROP COLUMN b; ALTER TABLE IF EXISTS d.nothing DROP COLUMN b;")
    assert rows(session, "SELECT * FROM d.t") == [(1,)]
    with refused("notFound", "d.nothing"):
        session.run("ALTER TABLE d.nothing DROP COLUMN b")
    with refused("invalid", "Cannot add required column"):
        session.run("ALTER TABLE d.t ADD COLUMN c INT64 NOT NULL")


def test_truncate_and_drop(session: Session) -> None:
    result = session.run(
        "CREATE TABLE d.t AS SELECT 1 AS a; TRUNCATE TABLE d.t; SELECT COUNT(*) FROM d.t; DROP TABLE d.t;"
    )
    assert result.children[-2].rows == [(0,)] and kinds(result)[-1] == "DROP_TABLE"
    assert session.run("DROP TABLE IF EXISTS d.t").ddl_operation == "SKIP"
    with refused("notFound", "Not found: Table of-scheduler-proj:d.t"):
        session.run("DROP TABLE d.t")


def test_views_see_todays_rows_and_are_checked(session: Session) -> None:
    session.run("CREATE TABLE d.t AS SELECT 1 AS a; CREATE VIEW d.v AS SELECT a, a * 2 AS twice FROM d.t;")
    session.run("INSERT INTO d.t (a) VALUES (5)")
    assert rows(session, "SELECT twice FROM d.v WHERE a > 1") == [(10,)]
    with refused("invalidQuery", "nothing"):
        session.run("CREATE VIEW d.w AS SELECT nothing FROM d.t")
    with refused("invalidQuery", "is not a TABLE"):
        session.run("DROP TABLE d.v")
    session.run("CREATE OR REPLACE VIEW d.v AS SELECT a AS b FROM d.t; DROP VIEW d.v;")


def test_functions_are_checked_when_created(session: Session) -> None:
    session.run("CREATE FUNCTION d.half(x INT64) AS (x / 2)")
    session.run("CREATE OR REPLACE FUNCTION d.quarter(x INT64) RETURNS FLOAT64 AS (d.half(CAST(d.half(x) AS INT64)))")
    routine = session.engine.catalog.routine("d", "HALF")
    assert routine is not None and routine.return_type == FLOAT64 and routine.arguments[0].type == INT64
    assert value(session, "SELECT d.quarter(8)") == 2.0
    with refused("invalidQuery", "nothing"):
        session.run("CREATE FUNCTION d.bad(x INT64) AS (x + nothing)")
    with refused("invalidQuery", "has type STRING which cannot be coerced to type INT64"):
        session.run("CREATE FUNCTION d.bad(x INT64) RETURNS INT64 AS (CAST(x AS STRING))")
    with refused("duplicate", "Already Exists: Routine of-scheduler-proj:d.half"):
        session.run("CREATE FUNCTION d.half(x INT64) AS (x)")


def test_temporary_functions(session: Session, other: Session) -> None:
    assert value(session, "CREATE TEMP FUNCTION twice(x INT64) AS (x * 2); SELECT twice(4);") == 8
    with refused("notImplemented", "Function twice"):
        other.run("SELECT twice(4)")


def test_table_functions_are_checked_when_created(session: Session) -> None:
    session.run("CREATE TABLE d.t AS SELECT 'x' AS name, 1 AS a UNION ALL SELECT 'y', 2")
    session.run(
        """CREATE OR REPLACE TABLE FUNCTION d.of_name(p_name STRING) RETURNS TABLE<name STRING, a INT64> AS (
             SELECT name, a FROM d.t WHERE p_name IN ('*', name))"""
    )
    assert rows(session, "SELECT a FROM d.of_name('y')") == [(2,)]
    assert value(session, "DECLARE n STRING DEFAULT '*'; SELECT SUM(f.a) FROM d.of_name(n) AS f;") == 3
    routine = session.engine.catalog.routine("d", "of_name")
    assert routine is not None and routine.columns == (("name", STRING), ("a", INT64))
    with refused("invalidQuery", "nothing"):
        session.run("CREATE TABLE FUNCTION d.bad(p STRING) AS (SELECT nothing FROM d.t)")
    with refused("invalidQuery", "Column b of RETURNS TABLE is not in the query"):
        session.run("CREATE TABLE FUNCTION d.bad(p STRING) RETURNS TABLE<b INT64> AS (SELECT a FROM d.t)")


def test_a_replaced_routine_is_live_at_once(session: Session, other: Session) -> None:
    session.run("CREATE FUNCTION d.f(x INT64) AS (x + 1); CREATE PROCEDURE d.p() BEGIN SELECT d.f(1); END;")
    assert value(other, "CALL d.p()") == 2
    session.run("CREATE OR REPLACE FUNCTION d.f(x INT64) AS (x + 10)")
    assert value(other, "CALL d.p()") == 11
    session.run("CREATE OR REPLACE PROCEDURE d.p() BEGIN SELECT d.f(2); END")
    assert value(other, "CALL d.p()") == 12


def test_datasets(engine: Engine, session: Session) -> None:
    session.run("CREATE SCHEMA IF NOT EXISTS e OPTIONS (description = 'x'); CREATE SCHEMA IF NOT EXISTS e;")
    session.run("CREATE TABLE e.t AS SELECT 1 AS a")
    assert [dataset.name for dataset in engine.catalog.datasets()] == ["d", "e"]
    with refused("duplicate", "Already Exists: Dataset of-scheduler-proj:e"):
        session.run("CREATE SCHEMA e")
    with refused("invalid", "still in use"):
        session.run("DROP SCHEMA e")
    session.run("DROP SCHEMA e CASCADE")
    with refused("notFound", "e"):
        session.run("SELECT * FROM e.t")
    with refused("notFound", "Not found: Dataset of-scheduler-proj:e"):
        session.run("CREATE TABLE e.t (a INT64)")


def test_names_must_be_whole(engine: Engine) -> None:
    with engine.session() as session:
        with refused("invalidQuery", "must be qualified with a dataset"):
            session.run("CREATE TABLE t (a INT64)")
        with refused("accessDenied", "elsewhere"):
            session.run("CREATE TABLE elsewhere.d.t (a INT64)")
        session.run(
            "CREATE TABLE `of-scheduler-proj.d.t` (a INT64); INSERT INTO `of-scheduler-proj`.d.t (a) VALUES (1);"
        )
        assert value(session, "SELECT a FROM `of-scheduler-proj.d`.t") == 1


def test_table_names_are_case_sensitive_and_no_two_may_differ_in_case_only(session: Session) -> None:
    session.run("CREATE TABLE d.t (a INT64)")
    with refused("notFound", "d.T"):
        session.run("SELECT * FROM d.T")
    with refused("notImplemented", "letter case"):
        session.run("CREATE TABLE d.T (a INT64)")


@pytest.mark.parametrize("option", ["kms_key_name = 'x'", "nonsense = 1"])
def test_unknown_options_are_refused(session: Session, option: str) -> None:
    with refused("notImplemented", "Option"):
        session.run(f"CREATE TABLE d.t (a INT64) OPTIONS ({option})")


def test_a_failed_definition_leaves_nothing(session: Session) -> None:
    with refused("invalidQuery", "oh"):
        session.run("CREATE TABLE d.t AS SELECT CAST(ERROR('oh') AS INT64) AS a")
    assert session.engine.catalog.table("d", "t") is None
    session.run("CREATE TABLE d.t (a INT64)")


@pytest.mark.covers("REST", "OPTIONS of routines keep the description, before and after the body of a function")
@pytest.mark.parametrize(
    "sql",
    [
        "CREATE FUNCTION d.r(x INT64) RETURNS INT64 OPTIONS (description = 'told') AS (x)",
        "CREATE FUNCTION d.r(x INT64) RETURNS INT64 AS (x) OPTIONS (description = 'told')",
        "CREATE TABLE FUNCTION d.r(x INT64) OPTIONS (description = 'told') AS (SELECT x AS y)",
        "CREATE PROCEDURE d.r() OPTIONS (strict_mode = TRUE, description = 'told') BEGIN SELECT 1; END",
    ],
)
def test_a_routine_keeps_its_description(engine: Engine, session: Session, sql: str) -> None:
    session.run(sql)
    found = engine.catalog.routine("d", "r")
    assert found is not None and found.description == "told"


@pytest.mark.covers("REST", "Options of a routine other than its description and strict_mode = TRUE", refused=True)
@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("CREATE FUNCTION d.r() OPTIONS (strict_mode = TRUE) AS (1)", "Option strict_mode"),
        ("CREATE FUNCTION d.r() OPTIONS (labels = [('a', 'b')]) AS (1)", "Option labels"),
        ("CREATE PROCEDURE d.r() OPTIONS (strict_mode = FALSE) BEGIN SELECT 1; END", "Option strict_mode = FALSE"),
    ],
)
def test_other_options_of_a_routine_are_refused_by_name(engine: Engine, session: Session, sql: str, named: str) -> None:
    with refused("notImplemented", f"{named} is not supported by the local cloud"):
        session.run(sql)
    assert engine.catalog.routine("d", "r") is None
