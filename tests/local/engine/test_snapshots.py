"""CREATE SNAPSHOT TABLE ... CLONE: what is copied, which instants can be had, and that nothing changes the copy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from infra.local.engine import Engine, Session
from tests.local.engine.engine_asserts import PROJECT, refused, rows, value

NOON = datetime(2026, 1, 14, 12, 0, tzinfo=UTC)


class _Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def session(clock: _Clock) -> Iterator[Session]:
    with Engine(None, PROJECT, clock, lock_wait_seconds=5) as engine:
        engine.catalog.create_dataset("d")
        engine.catalog.create_dataset("kept")
        with engine.session("d") as opened:
            opened.run("CREATE TABLE d.t (k INT64 NOT NULL, n NUMERIC) CLUSTER BY k")
            opened.run("INSERT INTO d.t (k, n) VALUES (1, 1.5), (2, NULL)")
            yield opened


def snapshot(at: datetime, name: str = "kept.t", **words: str) -> str:
    return f"CREATE SNAPSHOT TABLE {words.get('guard', '')} {name} CLONE d.t FOR SYSTEM_TIME AS OF TIMESTAMP '{at}'"


@pytest.mark.covers(
    "REST",
    "CREATE SNAPSHOT TABLE ... CLONE ... FOR SYSTEM_TIME AS OF makes a read-only copy; its options and REST type too",
    differs="nothing expires by itself",
)
def test_a_snapshot_keeps_rows_and_schema_of_its_instant(session: Session, clock: _Clock) -> None:
    clock.now = NOON + timedelta(minutes=5)
    ends = "OPTIONS (expiration_timestamp = TIMESTAMP '2026-02-13 12:05:00+00', description = 'before r1')"
    result = session.run(f"{snapshot(NOON + timedelta(minutes=4))} {ends}")
    assert (result.statement_type, result.ddl_operation, result.target) == (
        "CREATE_SNAPSHOT_TABLE",
        "CREATE",
        ("kept", "t"),
    )
    session.run("UPDATE d.t SET k = 9 WHERE TRUE")
    assert rows(session, "SELECT k, CAST(n AS STRING) FROM kept.t ORDER BY k") == [(1, "1.5"), (2, None)]
    table = session.engine.catalog.require_table("kept", "t")
    assert table.snapshot_of == ("d", "t") and table.snapshot_time == "2026-01-14T12:04:00+00:00"
    assert (table.columns[0].mode, table.cluster_by, table.description) == ("REQUIRED", ("k",), "before r1")
    assert value(session, "SELECT table_type FROM kept.INFORMATION_SCHEMA.TABLES") == "SNAPSHOT"
    ddl = value(session, "SELECT ddl FROM kept.INFORMATION_SCHEMA.TABLES")
    assert "CREATE SNAPSHOT TABLE" in ddl and "FOR SYSTEM_TIME AS OF TIMESTAMP '2026-01-14T12:04:00+00:00'" in ddl


@pytest.mark.covers("REST", "A snapshot of an instant before the table's last change", refused=True)
def test_an_instant_before_the_last_change_is_refused_by_name(session: Session, clock: _Clock) -> None:
    clock.now = NOON + timedelta(minutes=5)
    session.run("INSERT INTO d.t (k) VALUES (3)")
    clock.now = NOON + timedelta(minutes=6)
    with refused("invalidQuery", "it keeps no history"):
        session.run(snapshot(NOON + timedelta(minutes=4)))
    assert session.engine.catalog.table("kept", "t") is None
    session.run(snapshot(NOON + timedelta(minutes=5)))
    assert value(session, "SELECT COUNT(*) FROM kept.t") == 3


def test_an_instant_to_come_and_no_instant(session: Session) -> None:
    with refused("invalidQuery", "it is in the future"):
        session.run(snapshot(NOON + timedelta(seconds=1)))
    with refused("invalidQuery", "expects a TIMESTAMP"):
        session.run("CREATE SNAPSHOT TABLE kept.t CLONE d.t FOR SYSTEM_TIME AS OF DATE '2026-01-14'")
    session.run("CREATE SNAPSHOT TABLE kept.t CLONE d.t")
    assert value(session, "SELECT COUNT(*) FROM kept.t") == 2


@pytest.mark.covers("REST", "A snapshot cannot be changed: no DML, no load, no column")
def test_nothing_changes_a_snapshot(session: Session) -> None:
    session.run(snapshot(NOON))
    for change in (
        "INSERT INTO kept.t (k) VALUES (3)",
        "UPDATE kept.t SET k = 3 WHERE TRUE",
        "DELETE FROM kept.t WHERE TRUE",
        "TRUNCATE TABLE kept.t",
        "MERGE kept.t AS x USING (SELECT 1 AS k) AS y ON x.k = y.k WHEN MATCHED THEN DELETE",
        "ALTER TABLE kept.t ADD COLUMN m INT64",
    ):
        with refused("invalidQuery", "is a table snapshot: it cannot be changed"):
            session.run(change)
    with refused("invalidQuery", "is a table snapshot"):
        session.engine.insert_rows("kept", "t", [{"k": 3}])
    assert value(session, "SELECT COUNT(*) FROM kept.t") == 2


def test_a_taken_name_a_view_and_words_that_do_not_fit(session: Session) -> None:
    session.run(snapshot(NOON))
    assert session.run(snapshot(NOON, guard="IF NOT EXISTS")).ddl_operation == "SKIP"
    with refused("duplicate", "Already Exists: Table of-scheduler-proj:kept.t"):
        session.run(snapshot(NOON))
    session.run("CREATE VIEW d.v AS SELECT k FROM d.t")
    with refused("invalidQuery", "only tables have snapshots"):
        session.run("CREATE SNAPSHOT TABLE kept.v CLONE d.v")
    with refused("notFound", "Not found: Table of-scheduler-proj:d.nothing"):
        session.run("CREATE SNAPSHOT TABLE kept.n CLONE d.nothing")
    with refused("invalidQuery", "neither replaced nor temporary"):
        session.run("CREATE OR REPLACE SNAPSHOT TABLE kept.t CLONE d.t")


def test_a_snapshot_is_dropped_as_one(session: Session) -> None:
    session.run(snapshot(NOON))
    with refused("invalidQuery", "is not a TABLE"):
        session.run("DROP TABLE kept.t")
    with refused("invalidQuery", "is not a SNAPSHOT TABLE"):
        session.run("DROP SNAPSHOT TABLE d.t")
    session.run("DROP SNAPSHOT TABLE kept.t")
    assert session.engine.catalog.table("kept", "t") is None


def test_a_snapshot_outlives_the_engine(tmp_path) -> None:
    path = tmp_path / "w.duckdb"
    with Engine(path, PROJECT, lambda: NOON) as engine:
        engine.catalog.create_dataset("d")
        with engine.session("d") as one:
            one.run("CREATE TABLE d.t AS SELECT 1 AS k; CREATE SNAPSHOT TABLE d.s CLONE d.t;")
    with Engine(path, PROJECT, lambda: NOON) as engine, engine.session("d") as one:
        assert engine.catalog.require_table("d", "s").snapshot_of == ("d", "t")
        with refused("invalidQuery", "is a table snapshot"):
            one.run("DELETE FROM d.s WHERE TRUE")
