"""Transactions of one session: snapshot, own changes, beginnings and ends, what is left of a failed one."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from infra.local.engine import Engine, Session
from tests.local.engine.engine_asserts import NOW, kinds, refused, rows, value
from tests.local.engine.held import Held

UP = "UPDATE d.t SET v = v + 1 WHERE TRUE"
TOTAL = "SELECT SUM(v) FROM d.t"


@pytest.fixture(autouse=True)
def table(session: Session) -> None:
    session.run("CREATE TABLE d.t (k INT64, v INT64); INSERT INTO d.t (k, v) VALUES (1, 0), (2, 0);")


# What it reads


@pytest.mark.covers(
    "transactions",
    "All reads of a transaction see the snapshot taken at BEGIN TRANSACTION: rows that others add, change and remove "
    "meanwhile stay as they were",
)
def test_reads_are_repeatable(session: Session, other: Session) -> None:
    with Held(session) as held:
        for change in ("INSERT INTO d.t (k, v) VALUES (3, 0)", UP, "DELETE FROM d.t WHERE k = 1"):
            other.run(change)
            assert held.run("SELECT k, v FROM d.t ORDER BY k").rows == [(1, 0), (2, 0)]
    assert rows(session, "SELECT k, v FROM d.t ORDER BY k") == [(2, 1), (3, 1)]


@pytest.mark.covers("transactions", "A transaction sees its own changes; nobody else does before COMMIT")
def test_own_changes_are_visible_to_their_transaction_only(session: Session, other: Session) -> None:
    with Held(session, f"{UP}; INSERT INTO d.t (k, v) VALUES (3, 5); DELETE FROM d.t WHERE k = 1") as held:
        assert held.run("SELECT k, v FROM d.t ORDER BY k").rows == [(2, 1), (3, 5)]
        assert rows(other, "SELECT k, v FROM d.t ORDER BY k") == [(1, 0), (2, 0)]
        held.commit()
    assert rows(other, "SELECT k, v FROM d.t ORDER BY k") == [(2, 1), (3, 5)]


@pytest.mark.covers("transactions", "CURRENT_TIMESTAMP() stands still from BEGIN to COMMIT")
def test_the_clock_stands_still_in_a_transaction(engine: Engine) -> None:
    ticks = itertools.count()
    engine._clock = lambda: NOW + timedelta(seconds=next(ticks))
    with engine.session() as own:
        sql = "DECLARE a, b TIMESTAMP; {} SET a = CURRENT_TIMESTAMP(); SET b = CURRENT_TIMESTAMP(); {} SELECT a = b;"
        assert value(own, sql.format("BEGIN TRANSACTION;", "COMMIT;")) is True
        assert value(own, sql.format("", "")) is False


@pytest.mark.covers("transactions", "`@@row_count` follows the last DML statement, inside a transaction too")
def test_row_count_inside_a_transaction(session: Session) -> None:
    sql = """DECLARE counts ARRAY<INT64> DEFAULT []; BEGIN TRANSACTION;
             UPDATE d.t SET v = 1 WHERE k = 1; SET counts = ARRAY_CONCAT(counts, [@@row_count]);
             UPDATE d.t SET v = 1 WHERE k = 9; SET counts = ARRAY_CONCAT(counts, [@@row_count]);
             DELETE FROM d.t WHERE TRUE; SET counts = ARRAY_CONCAT(counts, [@@row_count]);
             COMMIT TRANSACTION; SELECT counts;"""
    assert value(session, sql) == [1, 0, 2]


# How it begins and ends


@pytest.mark.covers("transactions", "COMMIT keeps all changes of a transaction, ROLLBACK none")
def test_commit_keeps_and_rollback_undoes(session: Session, other: Session) -> None:
    session.run("BEGIN TRANSACTION; UPDATE d.t SET v = 1 WHERE k = 1; COMMIT TRANSACTION;")
    session.run("BEGIN; UPDATE d.t SET v = 2 WHERE k = 1; ROLLBACK;")
    assert value(other, "SELECT v FROM d.t WHERE k = 1") == 1


@pytest.mark.covers("transactions", "A transaction that is open when its script ends is rolled back without an error")
def test_a_transaction_open_at_the_end_rolls_back_silently(session: Session, other: Session) -> None:
    result = session.run("BEGIN TRANSACTION; DELETE FROM d.t WHERE TRUE; SELECT COUNT(*) FROM d.t;")
    assert result.rows == [(0,)] and kinds(result) == ["DELETE", "SELECT"]
    assert value(other, "SELECT COUNT(*) FROM d.t") == 2
    other.run("UPDATE d.t SET v = 5 WHERE k = 1")


@pytest.mark.covers("transactions", "An error that nobody handles rolls the transaction back")
def test_an_error_rolls_back(session: Session, other: Session) -> None:
    with refused("invalidQuery", "division by zero"):
        session.run(f"BEGIN TRANSACTION; {UP}; SELECT 1 / 0; COMMIT TRANSACTION;")
    assert value(other, TOTAL) == 0
    other.run(UP)


@pytest.mark.covers(
    "transactions",
    "BEGIN, COMMIT or ROLLBACK TRANSACTION alone in a job is refused: `Transaction control statements are supported "
    "only in scripts or sessions`",
)
@pytest.mark.parametrize("sql", ["BEGIN TRANSACTION", "COMMIT TRANSACTION;", "ROLLBACK"])
def test_control_statements_need_a_script(session: Session, sql: str) -> None:
    with refused("invalidQuery", "Transaction control statements are supported only in scripts or sessions"):
        session.run(sql)


@pytest.mark.covers(
    "transactions",
    "A second BEGIN inside a transaction, and COMMIT or ROLLBACK without one, are errors",
    differs="the words of these errors are ours: BigQuery documents none",
)
def test_what_begins_and_ends_out_of_turn_is_an_error(session: Session) -> None:
    with refused("invalidQuery", "Nested transactions are not supported"):
        session.run("BEGIN TRANSACTION; BEGIN TRANSACTION;")
    for ending in ("COMMIT", "ROLLBACK"):
        with refused("invalidQuery", "no transaction is open"):
            session.run(f"SELECT 1; {ending} TRANSACTION;")
        with refused("invalidQuery", "no transaction is open"):
            session.run(f"BEGIN TRANSACTION; {ending}; {ending} TRANSACTION;")


@pytest.mark.covers("transactions", "One script may hold several transactions, one after the other")
def test_several_transactions_in_one_script(session: Session) -> None:
    assert value(session, f"BEGIN; {UP}; COMMIT; BEGIN; {UP}; ROLLBACK; BEGIN; {UP}; COMMIT; {TOTAL};") == 4


@pytest.mark.covers("transactions", "A procedure may hold a transaction, or end its caller's")
def test_transactions_of_procedures(session: Session, other: Session) -> None:
    session.run(
        f"""CREATE PROCEDURE d.whole() BEGIN BEGIN TRANSACTION; {UP}; COMMIT TRANSACTION; END;
            CREATE PROCEDURE d.half() BEGIN BEGIN TRANSACTION; {UP}; END;
            CREATE PROCEDURE d.finish() BEGIN COMMIT TRANSACTION; END"""
    )
    session.run("CALL d.whole()")
    assert value(other, TOTAL) == 2
    session.run("CALL d.half()")  # left open at the end of the job
    assert value(other, TOTAL) == 2
    session.run("CALL d.half(); CALL d.finish();")
    assert value(other, TOTAL) == 4
    with refused("invalidQuery", "Nested transactions"):
        session.run("BEGIN TRANSACTION; CALL d.whole();")


@pytest.mark.covers("transactions", "`@@transaction_id` is no system variable of BigQuery", refused=True)
def test_there_is_no_system_variable_of_the_transaction(session: Session) -> None:
    with refused("notImplemented", "@@transaction_id"):
        session.run("BEGIN TRANSACTION; SELECT @@transaction_id; COMMIT TRANSACTION;")


# Definitions


@pytest.mark.covers("transactions", "Temporary tables and functions may be made and dropped inside; ROLLBACK undoes it")
def test_temporary_objects(session: Session) -> None:
    make = "CREATE TEMP TABLE later AS SELECT 1 AS a; CREATE TEMP FUNCTION twice(x INT64) AS (2 * x)"
    assert value(session, f"BEGIN; {make}; COMMIT; SELECT twice(a) FROM later;") == 2
    drop = "DROP TABLE later; DROP FUNCTION twice"
    with session.engine.session("d") as own:
        assert value(own, f"{make}; BEGIN; {drop}; ROLLBACK; SELECT twice(a) FROM later;") == 2
    with session.engine.session("d") as own, refused("notFound", "later"):
        own.run(f"BEGIN; {make}; ROLLBACK; SELECT a FROM later;")
    with session.engine.session("d") as own, refused("notImplemented", "Function twice"):
        own.run(f"{make}; BEGIN; {drop}; COMMIT; SELECT twice(1);")


@pytest.mark.covers("transactions", "DDL on permanent tables, views and routines is refused inside a transaction")
@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE d.u (a INT64)",
        "CREATE TABLE d.u AS SELECT 1 AS a",
        "DROP TABLE d.t",
        "ALTER TABLE d.t ADD COLUMN w INT64",
        "CREATE VIEW d.w AS SELECT 1 AS a",
        "CREATE FUNCTION d.f() AS (1)",
        "CREATE PROCEDURE d.p() BEGIN SELECT 1; END",
        "CREATE SCHEMA other",
    ],
)
def test_permanent_definitions_are_refused(session: Session, sql: str) -> None:
    with refused("invalidQuery", "not supported within a transaction"):
        session.run(f"BEGIN TRANSACTION; {sql}; COMMIT TRANSACTION;")


@pytest.mark.covers("transactions", "TRUNCATE TABLE counts as DML and may be rolled back")
def test_truncate_is_dml(session: Session) -> None:
    assert value(session, "BEGIN; TRUNCATE TABLE d.t; ROLLBACK; SELECT COUNT(*) FROM d.t;") == 2
    assert value(session, "BEGIN; TRUNCATE TABLE d.t; COMMIT; SELECT COUNT(*) FROM d.t;") == 0


# What is left of a failed one


@pytest.mark.covers("transactions", "An exception handler may keep the message, roll back, and go on or raise")
def test_a_handler_may_keep_the_message_roll_back_and_raise(session: Session, other: Session) -> None:
    sql = """BEGIN
               BEGIN TRANSACTION;
               UPDATE d.t SET v = 1 WHERE TRUE;
               SELECT ERROR('stop here');
               COMMIT TRANSACTION;
             EXCEPTION WHEN ERROR THEN
               BEGIN
                 DECLARE m STRING DEFAULT @@error.message;
                 BEGIN ROLLBACK TRANSACTION; EXCEPTION WHEN ERROR THEN END;
                 SELECT m, (SELECT SUM(v) FROM d.t);
               END;
             END"""
    assert rows(session, sql) == [("stop here", 0)]


@pytest.mark.covers(
    "transactions",
    "A handler may COMMIT what was done before a RAISE, a failed ASSERT or an error of analysis",
)
@pytest.mark.parametrize("failing", ["RAISE USING MESSAGE = 'no'", "ASSERT FALSE", "SELECT nothing FROM d.t"])
def test_an_error_outside_duckdb_leaves_the_transaction_whole(session: Session, other: Session, failing: str) -> None:
    session.run(f"BEGIN; {UP}; BEGIN {failing}; EXCEPTION WHEN ERROR THEN END; COMMIT TRANSACTION;")
    assert value(other, TOTAL) == 2


@pytest.mark.covers(
    "transactions",
    "After a statement that failed while it ran, only ROLLBACK is taken; anything else is refused by name",
    differs="BigQuery lets the handler choose between COMMIT and ROLLBACK; DuckDB has no savepoints",
)
def test_commit_after_a_failure_is_refused_and_nothing_is_kept(session: Session, other: Session) -> None:
    sql = "BEGIN; {}; BEGIN SELECT ERROR('x'); EXCEPTION WHEN ERROR THEN END; {};"
    for last in ("COMMIT TRANSACTION", "SELECT COUNT(*) FROM d.t", UP):
        with refused("notImplemented", "in the same transaction (run ROLLBACK TRANSACTION first) is not supported"):
            session.run(sql.format(UP, last))
    assert value(session, sql.format(UP, f"ROLLBACK; {UP}; {TOTAL}")) == 2
