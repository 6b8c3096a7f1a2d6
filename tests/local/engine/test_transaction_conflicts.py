"""Who gets in whose way: conflicts per table between transactions, queueing of single statements, nobody else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from infra.local.engine import Engine, EngineError, Session
from infra.local.engine.transactions import MAX_QUEUED
from tests.local.engine.engine_asserts import refused, rows, value
from tests.local.engine.held import Held

ABORTED = "Transaction is aborted due to concurrent update against table of-scheduler-proj:d.t. Transaction ID: "
FIRST = "UPDATE d.t SET v = 1 WHERE k = 1"
INSERT = "INSERT INTO d.t (k, v) VALUES (8, 8)"
INSERTING = "MERGE d.t USING (SELECT 9 AS k) AS s ON t.k = s.k WHEN NOT MATCHED THEN INSERT (k, v) VALUES (s.k, 0)"
UPSERT = INSERTING.replace("WHEN NOT", "WHEN MATCHED THEN UPDATE SET v = 1 WHEN NOT")
CHANGES = {
    "UPDATE": "UPDATE d.t SET v = 2 WHERE k = 2",
    "DELETE": "DELETE FROM d.t WHERE k = 2",
    "MERGE that updates": UPSERT.replace("9 AS k", "2 AS k"),
    "MERGE that deletes": "MERGE d.t USING (SELECT 2 AS k) AS s ON t.k = s.k WHEN MATCHED THEN DELETE",
    "TRUNCATE": "TRUNCATE TABLE d.t",
}
APPENDS = {"INSERT": INSERT, "inserting MERGE": INSERTING, "MERGE with UPDATE that only inserts": UPSERT}
each_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
each_append = pytest.mark.parametrize("append", APPENDS.values(), ids=APPENDS.keys())


@pytest.fixture(autouse=True)
def table(session: Session) -> None:
    session.run("CREATE TABLE d.t (k INT64, v INT64); INSERT INTO d.t (k, v) VALUES (1, 0), (2, 0);")


def _transaction(statement: str) -> str:
    return f"BEGIN TRANSACTION; {statement}; COMMIT TRANSACTION;"


# Transactions against transactions


@pytest.mark.covers(
    "transactions",
    "UPDATE, DELETE, TRUNCATE and a MERGE that updates or deletes conflict per *table*, whichever rows they change: "
    "the transaction that comes second is aborted with BigQuery's text",
)
@each_change
def test_changes_of_other_rows_of_one_table_conflict(session: Session, other: Session, change: str) -> None:
    with Held(session, FIRST) as first:
        with refused("invalidQuery", ABORTED):
            other.run(_transaction(change))
        first.commit()
    assert rows(other, "SELECT k, v FROM d.t ORDER BY k") == [(1, 1), (2, 0)]


@pytest.mark.covers("transactions", "So does a change that was committed after the transaction's snapshot")
@each_change
def test_a_change_committed_after_the_snapshot_conflicts(session: Session, other: Session, change: str) -> None:
    with Held(session) as late:
        other.run(FIRST)
        with refused("invalidQuery", ABORTED):
            late.run(change.replace("TRUNCATE TABLE d.t", "DELETE FROM d.t WHERE TRUE"))


@pytest.mark.covers(
    "transactions", "A change that was rolled back, or committed before the snapshot, conflicts with nothing"
)
def test_what_is_undone_or_past_does_not_conflict(session: Session, other: Session) -> None:
    other.run(_transaction(FIRST))
    with Held(session) as late:
        other.run(f"BEGIN TRANSACTION; {FIRST}; ROLLBACK TRANSACTION;")
        late.run("UPDATE d.t SET v = 2 WHERE k = 2")
        late.commit()
    assert rows(other, "SELECT k, v FROM d.t ORDER BY k") == [(1, 1), (2, 2)]


@pytest.mark.covers("transactions", "Changes of different tables do not conflict")
def test_other_tables_do_not_conflict(session: Session, other: Session) -> None:
    other.run("CREATE TABLE d.u AS SELECT 1 AS k, 0 AS v")
    with Held(session, FIRST) as first:
        other.run(_transaction("UPDATE d.u SET v = 1 WHERE TRUE"))
        first.commit()
    assert value(other, "SELECT SUM(v) FROM (SELECT v FROM d.t UNION ALL SELECT v FROM d.u)") == 2


@pytest.mark.covers(
    "transactions",
    "INSERT, and a MERGE that in effect only inserts, never conflict, neither as the first nor as the second",
)
@each_append
def test_appending_never_conflicts(session: Session, other: Session, append: str) -> None:
    with Held(session, FIRST) as first:
        other.run(_transaction(append))
        first.commit()
    with Held(session, append.replace("9 AS k", "7 AS k").replace("(8, 8)", "(7, 0)")) as first:
        other.run(_transaction("UPDATE d.t SET v = 5 WHERE k = 2"))
        first.commit()
    added = 8 if append == INSERT else 9
    assert rows(session, "SELECT k FROM d.t ORDER BY k") == [(1,), (2,), (7,), (added,)]
    assert value(session, "SELECT v FROM d.t WHERE k = 2") == 5


@pytest.mark.covers(
    "transactions", "An aborted transaction answers COMMIT and every later statement with the abort; ROLLBACK is fine"
)
def test_an_aborted_transaction_stays_aborted(session: Session, other: Session) -> None:
    swallowed = "BEGIN TRANSACTION; BEGIN UPDATE d.t SET v = 2 WHERE k = 2; EXCEPTION WHEN ERROR THEN END; {};"
    with Held(session, FIRST):
        for last in ("COMMIT TRANSACTION", "SELECT COUNT(*) FROM d.t", INSERT):
            with refused("invalidQuery", ABORTED):
                other.run(swallowed.format(last))
        assert value(other, swallowed.format("ROLLBACK TRANSACTION; SELECT COUNT(*) FROM d.t")) == 2


# Single statements


@contextmanager
def _waiting(session: Session, statement: str) -> Iterator[list[EngineError]]:
    """A thread whose statement waits for the table while the block runs; the errors it met."""
    errors: list[EngineError] = []

    def run() -> None:
        try:
            session.run(statement)
        except EngineError as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    _until(lambda: session.is_queued)
    yield errors
    thread.join(10)
    assert not thread.is_alive()


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.mark.covers(
    "transactions",
    "A single UPDATE, DELETE or MERGE waits for the transaction that changed its table, then sees what it committed",
)
def test_a_single_statement_waits_for_the_transaction(session: Session, other: Session) -> None:
    with Held(session, FIRST) as first, _waiting(other, "UPDATE d.t SET v = v + 10 WHERE TRUE") as errors:
        first.commit()
    assert errors == []
    assert rows(session, "SELECT k, v FROM d.t ORDER BY k") == [(1, 11), (2, 10)]


@pytest.mark.covers(
    "transactions", "SELECT, INSERT, inserting MERGE, appending load jobs and streamed rows wait for nobody"
)
def test_readers_and_appenders_never_wait(engine: Engine, session: Session, other: Session) -> None:
    with Held(session, "UPDATE d.t SET v = 1 WHERE TRUE") as held:
        assert value(other, "SELECT SUM(v) FROM d.t") == 0
        other.run(INSERT)
        other.run(INSERTING)
        assert engine.insert_rows("d", "t", [{"k": 10, "v": 10}]) == 1
        held.commit()
    assert rows(other, "SELECT k, v FROM d.t ORDER BY k") == [(1, 1), (2, 1), (8, 8), (9, 0), (10, 10)]


@pytest.mark.covers("transactions", "A load job that truncates and DDL on the table wait as well")
def test_truncating_loads_and_definitions_wait(engine: Engine, session: Session, other: Session) -> None:
    loaders: list[Session] = []

    def load() -> None:
        engine.insert_rows("d", "t", [{"k": 3, "v": 3}], write_disposition="WRITE_TRUNCATE", watch=loaders.append)

    loading = threading.Thread(target=load)
    with Held(session, FIRST) as first, _waiting(other, "ALTER TABLE d.t ADD COLUMN w INT64") as errors:
        loading.start()
        _until(lambda: bool(loaders) and loaders[0].is_queued)
        first.commit()
    loading.join(10)
    assert errors == []
    assert rows(session, "SELECT k, v, w FROM d.t") == [(3, 3, None)]


@pytest.mark.covers(
    "transactions", "At most 20 statements wait for a table; the next one fails: `Too many DML statements outstanding`"
)
def test_the_queue_is_limited(engine: Engine, session: Session) -> None:
    name = ("d", "t")
    with Held(session, FIRST):
        engine.ledger._queued[name] = MAX_QUEUED - 1
        with engine.session("d") as last, engine.session("d") as beyond:
            with _waiting(last, "DELETE FROM d.t WHERE k = 2") as errors:
                with refused(
                    "resourcesExceeded",
                    "Too many DML statements outstanding against table of-scheduler-proj:d.t, limit is 20.",
                ):
                    beyond.run("DELETE FROM d.t WHERE k = 2")
                session.rollback()
            assert errors == []
    assert MAX_QUEUED == 20


@pytest.mark.covers(
    "transactions",
    "A statement that waits can be cancelled; by itself it gives up after ten minutes: `Could not serialize access`",
    differs="BigQuery lets it wait for hours",
)
def test_waiting_ends_by_cancellation_or_in_time(engine: Engine, session: Session, other: Session) -> None:
    with Held(session, FIRST):
        with _waiting(other, "DELETE FROM d.t WHERE TRUE") as errors:
            other.interrupt()
        assert [error.reason for error in errors] == ["stopped"]
        engine.ledger._wait_seconds = 0.1
        with refused(
            "invalidQuery", "Could not serialize access to table of-scheduler-proj:d.t due to concurrent update"
        ):
            other.run("DELETE FROM d.t WHERE TRUE")
    assert value(other, "SELECT COUNT(*) FROM d.t") == 2


@pytest.mark.covers(
    "transactions", "A script that is killed inside its transaction leaves nothing behind, and frees the table"
)
def test_a_killed_script_rolls_back(session: Session, other: Session) -> None:
    running = threading.Thread(target=_swallow, args=(other, f"BEGIN TRANSACTION; {FIRST}; LOOP SELECT 1; END LOOP;"))
    running.start()
    _until(lambda: ("d", "t") in session.engine.ledger._holders)
    other.interrupt()
    running.join(10)
    assert not running.is_alive()
    session.run(_transaction("UPDATE d.t SET v = v + 2 WHERE TRUE"))
    assert rows(session, "SELECT k, v FROM d.t ORDER BY k") == [(1, 2), (2, 2)]


def _swallow(session: Session, sql: str) -> None:
    with refused("stopped", "cancelled"):
        session.run(sql)


@pytest.mark.covers("transactions", "Single statements at once are all carried out, one after the other")
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


# One row matched twice


@pytest.mark.covers(
    "transactions", "UPDATE ... FROM and MERGE raise when two source rows match one row, and change nothing"
)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE d.t SET v = s.n FROM (SELECT 1 AS k, 5 AS n UNION ALL SELECT 1, 6) AS s WHERE t.k = s.k",
        "MERGE d.t USING (SELECT 1 AS k, 5 AS n UNION ALL SELECT 1, 6) AS s ON t.k = s.k "
        "WHEN MATCHED THEN UPDATE SET v = s.n",
        "MERGE d.t USING (SELECT 1 AS k UNION ALL SELECT 1) AS s ON t.k = s.k WHEN MATCHED THEN DELETE",
    ],
)
def test_a_row_matched_twice_is_an_error(session: Session, statement: str) -> None:
    text = "UPDATE/MERGE must match at most one source row for each target row"
    with refused("invalidQuery", text):
        session.run(statement)
    with refused("invalidQuery", text):
        session.run(_transaction(f"UPDATE d.t SET v = 7 WHERE k = 2; {statement}"))
    assert rows(session, "SELECT k, v FROM d.t ORDER BY k") == [(1, 0), (2, 0)]
