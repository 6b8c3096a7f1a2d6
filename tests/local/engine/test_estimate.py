"""Bytes processed: columns, partitions, caps, dry runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from infra.local.engine import Session
from infra.local.engine.pruning import Partitioning, partitioning
from tests.local.engine.engine_asserts import refused, run

DAY = 8 + 8  # one INT64 and one TIMESTAMP


@pytest.fixture(autouse=True)
def tables(session: Session) -> None:
    session.run(
        """CREATE TABLE d.plain (a INT64, b STRING, c NUMERIC, e BOOL, f ARRAY<INT64>, s STRUCT<x INT64, y STRING>);
           INSERT INTO d.plain (a, b, c, e, f, s) VALUES
             (1, 'né', 1, TRUE, [1, 2], STRUCT(1 AS x, 'ab' AS y)), (NULL, NULL, NULL, NULL, [], NULL);
           CREATE TABLE d.days (n INT64, `at` TIMESTAMP) PARTITION BY DATE(`at`);
           INSERT INTO d.days (n, `at`)
             SELECT x, TIMESTAMP_ADD(TIMESTAMP '2026-01-01 12:00:00+00', INTERVAL x DAY)
             FROM UNNEST(GENERATE_ARRAY(0, 9)) AS x;
           CREATE VIEW d.seen AS SELECT n, `at` FROM d.days WHERE `at` >= TIMESTAMP '2026-01-09 00:00:00+00';
           CREATE TABLE FUNCTION d.since(p_as_of TIMESTAMP, p_days INT64) AS (
             SELECT n FROM d.days WHERE `at` >= TIMESTAMP_SUB(p_as_of, INTERVAL p_days DAY) AND `at` < p_as_of);
        """
    )


@pytest.mark.parametrize(
    ("sql", "size"),
    [
        ("SELECT 1", 0),
        ("SELECT a FROM d.plain", 8),
        ("SELECT a, b FROM d.plain", 8 + 5),
        ("SELECT b FROM d.plain WHERE c > 0", 5 + 16),
        ("SELECT * FROM d.plain", 8 + 5 + 16 + 1 + 16 + 12),
        ("SELECT COUNT(*) FROM d.plain", 0),
        ("SELECT x.a FROM d.plain AS x JOIN d.plain AS y ON x.a = y.a", 8),
    ],
)
def test_only_the_columns_read_count(session: Session, sql: str, size: int) -> None:
    assert session.run(sql).bytes_processed == size
    dry = session.run(sql, dry_run=True)
    assert dry.bytes_processed == size and dry.rows == [] and dry.statement_type == "SELECT"


@pytest.mark.parametrize(
    ("where", "days"),
    [
        ("", 10),
        ("WHERE `at` >= TIMESTAMP '2026-01-08 18:00:00+00'", 3),
        ("WHERE `at` < TIMESTAMP '2026-01-03 00:00:00+00'", 2),
        ("WHERE TIMESTAMP '2026-01-03 00:00:00+00' > `at`", 2),
        ("WHERE DATE(`at`) = DATE '2026-01-04'", 1),
        ("WHERE DATE(`at`) BETWEEN DATE '2026-01-04' AND DATE_ADD(DATE '2026-01-04', INTERVAL 1 DAY) AND n > 0", 2),
        ("WHERE DATE(`at`) BETWEEN @day AND @day", 1),
        ("WHERE `at` >= TIMESTAMP '2026-01-08 00:00:00+00' OR n = 1", 10),
        ("WHERE DATE(`at`, 'America/Los_Angeles') = DATE '2026-01-04'", 10),
        ("WHERE `at` >= (SELECT MAX(`at`) FROM d.days)", 10),
    ],
)
def test_constant_ranges_on_the_partition_column_prune(session: Session, where: str, days: int) -> None:
    result = run(session, f"SELECT SUM(n), MAX(`at`) FROM d.days {where}", day=("DATE", datetime(2026, 1, 4).date()))
    assert result.bytes_processed == days * DAY


@pytest.mark.parametrize("text", ["DATE(`at`)", "DATE(at)", "TIMESTAMP_TRUNC( at , DAY)"])
def test_a_warehouse_may_hold_a_partition_column_without_its_backquotes(session: Session, text: str) -> None:
    table = session.table(("d", "days"))
    assert table is not None
    assert partitioning(replace(table, partition_by=text)) == Partitioning("at", "day")


def test_views_and_table_functions_prune_too(session: Session) -> None:
    assert session.run("SELECT n, `at` FROM d.seen").bytes_processed == 2 * DAY
    sql = "SELECT SUM(n) FROM d.since(@at, 2)"
    assert run(session, sql, at=("TIMESTAMP", datetime(2026, 1, 5, tzinfo=UTC))).bytes_processed == 2 * DAY
    assert (
        session.run("SELECT COUNT(s.at), MAX(seen.at) FROM d.seen JOIN d.days AS s USING (n)").bytes_processed
        == 10 * DAY
    )


def test_a_script_adds_up_its_statements(session: Session) -> None:
    result = session.run(
        """DECLARE since TIMESTAMP DEFAULT TIMESTAMP '2026-01-10 00:00:00+00';
           CREATE TEMP TABLE t AS SELECT 1 AS x; SELECT x FROM t;
           SELECT a FROM d.plain; SELECT n, `at` FROM d.days WHERE `at` > since;"""
    )
    assert [child.bytes_processed for child in result.children] == [0, 8, 8, DAY]
    assert result.bytes_processed == 8 + 8 + DAY


def test_sizes_follow_the_rows(session: Session) -> None:
    assert session.run("SELECT a FROM d.plain").bytes_processed == 8
    session.run("INSERT INTO d.plain (a) VALUES (2)")
    assert session.run("SELECT a FROM d.plain").bytes_processed == 16


def test_a_cap_stops_the_statement_before_it_runs(session: Session) -> None:
    floor = 10 * 2**20  # BigQuery bills at least 10 MiB
    with refused("bytesBilledLimitExceeded", f"limit for bytes billed: {floor - 1}. {floor} or higher required."):
        session.run("UPDATE d.plain SET a = 5 WHERE a = 1", maximum_bytes_billed=floor - 1)
    assert session.run("SELECT COUNT(*) FROM d.plain WHERE a = 1", maximum_bytes_billed=floor).rows == [(1,)]


def test_dry_runs_change_nothing_and_find_mistakes(session: Session) -> None:
    for sql in ("DELETE FROM d.plain WHERE TRUE", "CREATE TABLE d.new AS SELECT a FROM d.plain", "DROP TABLE d.plain"):
        session.run(sql, dry_run=True)
    assert session.engine.catalog.table("d", "new") is None
    assert session.run("SELECT COUNT(*) FROM d.plain").rows == [(2,)]
    dry = session.run("CREATE TABLE d.new AS SELECT a FROM d.plain", dry_run=True)
    assert (dry.statement_type, dry.bytes_processed, dry.columns[0].name) == ("CREATE_TABLE_AS_SELECT", 8, "a")
    with refused("invalidQuery", "Unrecognized name: nothing at [1:8]"):
        session.run("SELECT nothing FROM d.plain", dry_run=True)
    with refused("invalidQuery", "Syntax error"):
        session.run("SELECT 1; IF", dry_run=True)
