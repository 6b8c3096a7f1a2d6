"""Scripts: variables, control flow, handlers, procedures and what they answer."""

from __future__ import annotations

from decimal import Decimal

import pytest

from infra.local.engine import Session
from infra.local.engine.types import FLOAT64, INT64, STRING
from tests.local.engine.engine_asserts import NOW, kinds, refused, rows, run, value


def test_a_single_statement_is_its_own_result(session: Session) -> None:
    result = session.run("SELECT 1 AS a, 'x' AS b")
    assert result.statement_type == "SELECT" and result.rows == [(1, "x")]
    assert [(column.name, column.type) for column in result.columns] == [("a", INT64), ("b", STRING)]
    assert result.children == []


@pytest.mark.covers(
    "jobs", "The rows of a script are those of its last statement: a script that ends in DML or DDL has none"
)
def test_the_result_of_a_script_is_its_last_statements(session: Session) -> None:
    result = session.run("SELECT 1 AS a; DECLARED: BEGIN SELECT 2 AS b; END; BEGIN TRANSACTION; COMMIT TRANSACTION;")
    assert result.statement_type == "SCRIPT" and result.rows == [(2,)] and result.columns[0].name == "b"
    result = session.run("SELECT 1 AS a; CREATE TEMP TABLE t AS SELECT 3 AS c; DELETE FROM t WHERE TRUE;")
    assert (result.rows, result.columns) == ([], ())
    assert kinds(result) == ["SELECT", "CREATE_TABLE_AS_SELECT", "DELETE"]


def test_a_script_without_select_has_no_rows(session: Session) -> None:
    result = session.run("DECLARE x INT64 DEFAULT 1; SET x = x + 1;")
    assert (result.statement_type, result.columns, result.rows, result.children) == ("SCRIPT", (), [], [])


def test_variables_take_declared_and_inferred_types(session: Session) -> None:
    sql = """DECLARE a, b INT64 DEFAULT 2; DECLARE c FLOAT64 DEFAULT 1; DECLARE d DEFAULT 'x'; DECLARE e DATE;
             DECLARE f ARRAY<STRING> DEFAULT []; DECLARE n NUMERIC DEFAULT 1.5;
             SET a = a + b; SET e = '2026-01-05'; SELECT a, b, c, d, e, ARRAY_LENGTH(f), n;"""
    result = session.run(sql)
    a, b, c, d, e, f, n = result.rows[0]
    assert (a, b, c, d, e.isoformat(), f, n) == (4, 2, 1.0, "x", "2026-01-05", 0, Decimal("1.5"))
    assert result.columns[2].type == FLOAT64


def test_set_of_several_variables(session: Session) -> None:
    sql = """DECLARE a INT64; DECLARE b FLOAT64; DECLARE c STRING;
             SET (a, b, c) = (SELECT AS STRUCT COUNT(*), SUM(x), MAX('z') FROM UNNEST([1, 2]) AS x); SELECT a, b, c;"""
    assert rows(session, sql) == [(2, 3.0, "z")]
    with refused("invalidQuery", "Number of target variables (2) does not match the number of values (1)"):
        session.run("DECLARE a, b INT64; SET (a, b) = (SELECT AS STRUCT 1 AS x);")


def test_assignment_refuses_what_does_not_convert(session: Session) -> None:
    with refused("invalidQuery", "type STRING to type INT64"):
        session.run("DECLARE a INT64 DEFAULT CONCAT('1', '2');")
    with refused("invalidQuery", "Undeclared variable: b"):
        session.run("SET b = 1")
    with refused("invalidQuery", "Variable 'A' redeclaration is not allowed"):
        session.run("DECLARE a INT64; DECLARE A STRING;")


def test_inner_blocks_have_their_own_variables(session: Session) -> None:
    sql = """DECLARE x INT64 DEFAULT 1; DECLARE seen STRING DEFAULT '';
             BEGIN DECLARE x INT64 DEFAULT 2; SET x = x + 1; SET seen = CONCAT(seen, CAST(x AS STRING)); END;
             SELECT CONCAT(seen, CAST(x AS STRING));"""
    assert value(session, sql) == "31"


def test_a_column_wins_over_a_variable(session: Session) -> None:
    sql = """DECLARE a INT64 DEFAULT 100; CREATE TEMP TABLE t AS SELECT 1 AS a UNION ALL SELECT 2;
             SELECT ARRAY_AGG(a ORDER BY a) FROM t;"""
    assert value(session, sql) == [1, 2]


def test_control_flow(session: Session) -> None:
    sql = """
    DECLARE i, total INT64 DEFAULT 0; DECLARE log STRING DEFAULT '';
    WHILE i < 5 DO
      SET i = i + 1;
      IF i = 2 THEN CONTINUE; ELSEIF i = 4 THEN BREAK; ELSE SET total = total + i; END IF;
    END WHILE;
    REPEAT SET total = total + 10; UNTIL total > 20 END REPEAT;
    outer_loop: LOOP
      FOR r IN (SELECT x, x * x AS y FROM UNNEST([1, 2, 3]) AS x ORDER BY x) DO
        IF r.x = 3 THEN LEAVE outer_loop; END IF;
        SET total = total + r.y;
      END FOR;
    END LOOP outer_loop;
    CASE total WHEN 29 THEN SET log = 'right'; ELSE SET log = 'wrong'; END CASE;
    CASE WHEN FALSE THEN SET log = 'no'; END CASE;
    SELECT i, total, log;"""
    assert rows(session, sql) == [(4, 29, "right")]


def test_return_ends_the_script(session: Session) -> None:
    assert rows(session, "SELECT 1; IF TRUE THEN RETURN; END IF; SELECT 2;") == [(1,)]


def test_handlers_know_the_error_and_may_raise_it_again(session: Session) -> None:
    sql = """DECLARE m, s STRING;
             BEGIN SELECT 1; SELECT ERROR('no luck'); SELECT 2;
             EXCEPTION WHEN ERROR THEN SET m = @@error.message; SET s = @@error.statement_text; END;
             SELECT m, s, @@error.message IS NULL;"""
    assert rows(session, sql) == [("no luck", "SELECT ERROR('no luck')", True)]
    with refused("invalidQuery", "again: no luck"):
        session.run(
            """BEGIN
                 BEGIN SELECT ERROR('no luck'); EXCEPTION WHEN ERROR THEN RAISE; END;
               EXCEPTION WHEN ERROR THEN RAISE USING MESSAGE = CONCAT('again: ', @@error.message); END"""
        )
    with refused("invalidQuery", "Cannot re-raise"):
        session.run("RAISE")


def test_variables_of_the_block_are_gone_in_its_handler(session: Session) -> None:
    with refused("invalidQuery", "inner_one"):
        session.run("BEGIN DECLARE inner_one INT64; RAISE; EXCEPTION WHEN ERROR THEN SELECT inner_one; END")


def test_a_refusal_of_the_local_cloud_cannot_be_caught(session: Session) -> None:
    with refused("notImplemented", "is not supported by the local cloud"):
        session.run("BEGIN SELECT REGEXP_INSTR('x', 'x'); EXCEPTION WHEN ERROR THEN SELECT 'hidden'; END")


def test_assert(session: Session) -> None:
    session.run("ASSERT 1 = 1 AS 'fine'")
    with refused("invalidQuery", "not fine"):
        session.run("ASSERT (SELECT 1 = 2) AS 'not fine'")


def test_errors_name_the_place_in_the_script(session: Session) -> None:
    with refused("invalidQuery", "Unrecognized name: nothing at [2:10]"):
        session.run("SELECT 1;\n  SELECT nothing;")
    with refused("invalidQuery", "Syntax error: Unexpected keyword END at [1:10]"):
        session.run("SELECT 1 END")


def test_row_count_follows_the_last_statement(session: Session) -> None:
    sql = """DECLARE counts ARRAY<INT64> DEFAULT [];
             CREATE TEMP TABLE t AS SELECT x, 0 AS y FROM UNNEST([1, 2, 3]) AS x;
             UPDATE t SET y = 1 WHERE x > 1; SET counts = ARRAY_CONCAT(counts, [@@row_count]);
             INSERT INTO t (x, y) VALUES (4, 4); SET counts = ARRAY_CONCAT(counts, [@@row_count]);
             MERGE t USING (SELECT 4 AS x UNION ALL SELECT 5) AS s ON t.x = s.x
             WHEN MATCHED THEN UPDATE SET y = 9 WHEN NOT MATCHED THEN INSERT (x, y) VALUES (s.x, 9);
             SET counts = ARRAY_CONCAT(counts, [@@row_count]);
             DELETE FROM t WHERE x = 1; SET counts = ARRAY_CONCAT(counts, [@@row_count]);
             SELECT counts;"""
    result = session.run(sql)
    assert result.rows == [([2, 1, 2, 1],)]
    merge = next(child for child in result.children if child.statement_type == "MERGE")
    assert merge.dml_stats is not None
    assert (merge.dml_stats.inserted, merge.dml_stats.updated, merge.affected_rows) == (1, 1, 2)


def test_procedures_hand_values_back(session: Session) -> None:
    session.run(
        """CREATE OR REPLACE PROCEDURE d.divide(IN a INT64, IN b INT64, OUT quotient INT64, INOUT calls INT64)
           BEGIN
             DECLARE x INT64 DEFAULT DIV(a, b);
             SET quotient = x; SET calls = calls + 1;
             IF b = 7 THEN RETURN; END IF;
             SELECT MOD(a, b) AS rest;
           END"""
    )
    sql = "DECLARE q, n INT64 DEFAULT 0; CALL d.divide(17, 5, q, n); CALL d.divide(70, 7, q, n); SELECT q, n;"
    assert rows(session, sql) == [(10, 2)]
    called = session.run("DECLARE q, n INT64 DEFAULT 0; CALL d.divide(17, 5, q, n);")
    assert called.rows == [(2,)] and called.columns[0].name == "rest"
    with refused("invalidQuery", "must be a variable"):
        session.run("CALL d.divide(1, 2, 3, 4)")
    with refused("invalidQuery", "takes 4 arguments, but 1 were given"):
        session.run("CALL d.divide(1)")
    with refused("invalidQuery", "Procedure is not found: of-scheduler-proj.d.nothing at [1:6]"):
        session.run("CALL d.nothing()")


def test_a_procedure_sees_neither_the_callers_variables_nor_parameters(session: Session) -> None:
    session.run("CREATE PROCEDURE d.peek() BEGIN SELECT secret; END; CREATE PROCEDURE d.look() BEGIN SELECT @p; END;")
    with refused("invalidQuery", "secret"):
        session.run("DECLARE secret INT64 DEFAULT 1; CALL d.peek();")
    with refused("invalidQuery", "p"):
        run(session, "CALL d.look()", p=("INT64", 1))


def test_endless_recursion_ends(session: Session) -> None:
    session.run("CREATE PROCEDURE d.again() BEGIN CALL d.again(); END")
    with refused("invalidQuery", "nested deeper than 50"):
        session.run("CALL d.again()")


def test_execute_immediate(session: Session) -> None:
    sql = """DECLARE a INT64; DECLARE b STRING;
             EXECUTE IMMEDIATE 'SELECT @x + 1, CONCAT(@y, "!")' INTO a, b USING 41 AS x, 'hey' AS y;
             SELECT a, b;"""
    assert rows(session, sql) == [(42, "hey!")]
    assert value(session, "EXECUTE IMMEDIATE 'SELECT ? * ?' USING 6, 7") == 42
    with refused("invalidQuery", "single SQL statement"):
        session.run("EXECUTE IMMEDIATE 'SELECT 1; SELECT 2'")


def test_parameters(session: Session) -> None:
    sql = "SELECT @n, @at, (SELECT SUM(p.v) FROM UNNEST(@list) AS p WHERE p.k = 'a')"
    found = rows(
        session,
        sql,
        n=("INT64", None),
        at=("TIMESTAMP", NOW),
        list=("ARRAY<STRUCT<k STRING, v NUMERIC>>", [{"k": "a", "v": Decimal("1.5")}, {"k": None, "v": None}]),
    )
    assert found == [(None, NOW, Decimal("1.5"))]


def test_the_clock_is_the_servers(session: Session) -> None:
    assert value(session, "SELECT CURRENT_TIMESTAMP()") == NOW
    assert value(session, "SELECT CURRENT_DATE('America/Los_Angeles')").isoformat() == "2026-01-14"


def test_timestamps_come_back_aware_however_deep(session: Session) -> None:
    found = value(
        session, "SELECT [STRUCT(TIMESTAMP '2026-01-05 00:00:00+00' AS t, DATETIME '2026-01-05 00:00:00' AS l)]"
    )
    assert found[0]["t"].utcoffset() is not None and found[0]["l"].tzinfo is None


@pytest.mark.parametrize("sql", ["SELECT @@nothing", "SET @@time_zone = 'UTC'", "SELECT @@script.job_id"])
def test_unknown_system_variables_are_refused(session: Session, sql: str) -> None:
    with refused("notImplemented", "is not supported by the local cloud"):
        session.run(sql)
