"""Transactions: snapshots, BigQuery's conflicts per table, and what is left of a failed one."""

from __future__ import annotations

import itertools
import threading
import time
from datetime import timedelta

import pytest

from infra.local.engine import Engine, Session
from infra.local.engine.executor import Place
from infra.local.engine.scope import Scope
from tests.local.engine.engine_asserts import NOW, kinds, refused, rows, value


@pytest.fixture(autouse=True)
def table(session: Session) -> None:
    session.run("CREATE TABLE d.t (k INT64, v INT64); INSERT INTO d.t (k, v) VALUES (1, 0), (2, 0);")


class Held:
    """A transaction that another thread keeps open until it is told to finish."""

    def __init__(self, session: Session, statements: str, ending: str = "COMMIT TRANSACTION;") -> None:
        self._session, self._statements, self._ending = session, statements, ending

    def __enter__(self) -> Held:
        self._session.begin()
        for statement in self._statements.split(";"):
            if statement.strip():
                self._run(statement)
        return self

    def _run(self, statement: str) -> None:
        self._session.executor.run(Place(statement.strip()), Scope())

    def commit(self) -> None:
        self._session.commit()

    def __exit__(self, *details: object) -> None:
        if self._session.in_transaction:
            self._session.rollback()


def test_commit_keeps_and_rollback_undoes(session: Session, other: Session) -> None:
    session.run("BEGIN TRANSACTION; UPDATE d.t SET v = 1 WHERE k = 1; COMMIT TRANSACTION;")
    session.run("BEGIN TRANSACTION; UPDATE d.t SET v = 2 WHERE k = 1; ROLLBACK TRANSACTION;")
    assert value(other, "SELECT v FROM d.t WHERE k = 1") == 1


def test_a_transaction_open_at_the_end_rolls_back_silently(session: Session, other: Session) -> None:
    result = session.run("BEGIN TRANSACTION; DELETE FROM d.t WHERE TRUE; SELECT COUNT(*) FROM d.t;")
    assert result.rows == [(0,)] and kinds(result) == ["DELETE", "SELECT"]
    assert value(other, "SELECT COUNT(*) FROM d.t") == 2
    other.run("UPDATE d.t SET v = 5 WHERE k = 1")


def test_what_begins_and_ends_out_of_turn_is_an_error(session: Session) -> None:
    with refused("invalidQuery", "Nested transactions are not supported"):
        session.run("BEGIN TRANSACTION; BEGIN TRANSACTION;")
    with refused("invalidQuery", "no transaction is open"):
        session.run("COMMIT TRANSACTION")
    with refused("invalidQuery", "no transaction is open"):
        session.run("ROLLBACK TRANSACTION")


def test_a_transaction_reads_its_snapshot(session: Session, other: Session) -> None:
    with Held(session, ""):
        other.run("INSERT INTO d.t (k, v) VALUES (3, 0)")
        assert session.executor.value(Place("(SELECT COUNT(*) FROM d.t)"), Scope()) == 2
    assert value(session, "SELECT COUNT(*) FROM d.t") == 3


@pytest.mark.parametrize(
    "second",
    [
        "UPDATE d.t SET v = 2 WHERE k = 2",
        "DELETE FROM d.t WHERE k = 2",
        "MERGE d.t USING (SELECT 2 AS k) AS s ON t.k = s.k WHEN MATCHED THEN UPDATE SET v = 2",
    ],
)
def test_two_transactions_that_change_other_rows_of_one_table_conflict(
    session: Session, other: Session, second: str
) -> None:
    with Held(session, "UPDATE d.t SET v = 1 WHERE k = 1") as first:
        with refused("invalidQuery", "aborted due to concurrent update against table of-scheduler-proj:d.t"):
            other.run(f"BEGIN TRANSACTION; {second}; COMMIT TRANSACTION;")
        first.commit()
    assert rows(other, "SELECT k, v FROM d.t ORDER BY k") == [(1, 1), (2, 0)]


def test_a_change_committed_after_the_snapshot_conflicts(session: Session, other: Session) -> None:
    with Held(session, ""):
        other.run("UPDATE d.t SET v = 1 WHERE k = 1")
        with refused("invalidQuery", "aborted due to concurrent update"):
            Held(session, "")._run("UPDATE d.t SET v = 2 WHERE k = 2")


def test_insert_and_inserting_merge_never_conflict(session: Session, other: Session) -> None:
    merge = "MERGE d.t USING (SELECT 9 AS k) AS s ON t.k = s.k WHEN NOT MATCHED THEN INSERT (k, v) VALUES (s.k, 0)"
    matching = merge.replace("WHEN NOT", "WHEN MATCHED THEN UPDATE SET v = 1 WHEN NOT")
    with Held(session, "UPDATE d.t SET v = 1 WHERE k = 1; INSERT INTO d.t (k, v) VALUES (7, 7)") as first:
        other.run(f"BEGIN TRANSACTION; INSERT INTO d.t (k, v) VALUES (8, 8); {merge}; COMMIT TRANSACTION;")
        other.run(merge.replace("9 AS k", "10 AS k"))
        other.run(f"BEGIN TRANSACTION; {matching.replace('9 AS k', '11 AS k')}; COMMIT TRANSACTION;")
        first.commit()
    assert rows(session, "SELECT k FROM d.t ORDER BY k") == [(1,), (2,), (7,), (8,), (9,), (10,), (11,)]


def test_a_single_statement_waits_for_the_transaction(session: Session, other: Session) -> None:
    with Held(session, "UPDATE d.t SET v = 1 WHERE k = 1") as first:
        waiting = threading.Thread(target=other.run, args=("UPDATE d.t SET v = v + 10 WHERE TRUE",))
        waiting.start()
        time.sleep(0.05)
        assert waiting.is_alive()
        first.commit()
        waiting.join(5)
    assert rows(session, "SELECT k, v FROM d.t ORDER BY k") == [(1, 11), (2, 10)]


def test_readers_never_wait(session: Session, other: Session) -> None:
    with Held(session, "UPDATE d.t SET v = 1 WHERE TRUE"):
        assert value(other, "SELECT SUM(v) FROM d.t") == 0


def test_single_statements_at_once_all_count(engine: Engine, session: Session) -> None:
    def add() -> None:
        with engine.session("d") as own:
            for _ in range(5):
                own.run("UPDATE d.t SET v = v + 1 WHERE k = 1")

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert value(session, "SELECT v FROM d.t WHERE k = 1") == 20


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


def test_commit_after_a_failure_is_refused_and_nothing_is_kept(session: Session, other: Session) -> None:
    sql = """BEGIN TRANSACTION; UPDATE d.t SET v = 1 WHERE TRUE;
             BEGIN SELECT ERROR('x'); EXCEPTION WHEN ERROR THEN END; {};"""
    for last in ("COMMIT TRANSACTION", "SELECT COUNT(*) FROM d.t", "UPDATE d.t SET v = 2 WHERE TRUE"):
        with refused("notImplemented", "not supported by the local cloud"):
            session.run(sql.format(last))
    assert value(other, "SELECT SUM(v) FROM d.t") == 0


def test_an_error_found_before_running_leaves_the_transaction_whole(session: Session, other: Session) -> None:
    session.run(
        """BEGIN TRANSACTION; UPDATE d.t SET v = 1 WHERE TRUE;
           BEGIN SELECT nothing FROM d.t; EXCEPTION WHEN ERROR THEN END; COMMIT TRANSACTION;"""
    )
    assert value(other, "SELECT SUM(v) FROM d.t") == 2


def test_rollback_takes_temporary_tables_along(session: Session) -> None:
    with refused("notFound", "later"):
        session.run("BEGIN TRANSACTION; CREATE TEMP TABLE later AS SELECT 1 AS a; ROLLBACK; SELECT * FROM later;")
    assert (
        value(session, "BEGIN TRANSACTION; CREATE TEMP TABLE later AS SELECT 1 AS a; COMMIT; SELECT a FROM later;") == 1
    )


def test_permanent_definitions_are_refused_in_a_transaction(session: Session) -> None:
    for sql in ("CREATE TABLE d.u (a INT64)", "DROP TABLE d.t", "CREATE VIEW d.w AS SELECT 1 AS a"):
        with refused("invalidQuery", "not supported within a transaction"):
            session.run(f"BEGIN TRANSACTION; {sql}; COMMIT TRANSACTION;")


def test_the_clock_stands_still_in_a_transaction(engine: Engine) -> None:
    ticks = itertools.count()
    engine._clock = lambda: NOW + timedelta(seconds=next(ticks))
    with engine.session() as own:
        sql = "DECLARE a, b TIMESTAMP; {} SET a = CURRENT_TIMESTAMP(); SET b = CURRENT_TIMESTAMP(); {} SELECT a = b;"
        assert value(own, sql.format("BEGIN TRANSACTION;", "COMMIT;")) is True
        assert value(own, sql.format("", "")) is False
