"""What statements cost: per table, per statement, in scripts, for DML; and the cap that stops them beforehand."""

from __future__ import annotations

import pytest

from infra.local.engine import Session
from tests.local.engine.engine_asserts import kinds, refused, value

MIB = 2**20
LEAST = 10 * MIB


@pytest.fixture(autouse=True)
def tables(session: Session) -> None:
    """Two INT64 columns of 10 rows (80 bytes each), and the same by day (one row a day, 16 bytes each)."""
    session.run(
        """CREATE TABLE d.a AS SELECT x, x AS y FROM UNNEST(GENERATE_ARRAY(0, 9)) AS x;
           CREATE TABLE d.b AS SELECT x FROM d.a;
           CREATE TABLE d.days (x INT64, day DATE) PARTITION BY day;
           INSERT INTO d.days (x, day) SELECT x, DATE_ADD(DATE '2026-01-01', INTERVAL x DAY) FROM d.a;
           CREATE TABLE d.months (x INT64, day DATE) PARTITION BY DATE_TRUNC(day, MONTH) CLUSTER BY x;
           INSERT INTO d.months (x, day) SELECT x, DATE_ADD(DATE '2026-01-28', INTERVAL x DAY) FROM d.a"""
    )


@pytest.mark.covers("jobs", "Every table that is read is billed for at least 10 MiB, nothing read is billed nothing")
@pytest.mark.parametrize(
    ("sql", "processed", "billed"),
    [
        ("SELECT 1", 0, 0),
        ("SELECT COUNT(*) FROM d.a", 0, 0),
        ("SELECT x FROM d.a", 80, LEAST),
        ("SELECT x, y FROM d.a", 160, LEAST),
        ("SELECT a.x FROM d.a JOIN d.b ON b.x = a.x", 160, 2 * LEAST),
        ("SELECT p.x FROM d.a AS p JOIN d.a AS q ON p.x = q.y", 160, LEAST),
    ],
)
def test_the_minimum_is_per_table(session: Session, sql: str, processed: int, billed: int) -> None:
    result = session.run(sql)
    assert (result.bytes_processed, result.bytes_billed) == (processed, billed)


def test_more_than_the_minimum_is_billed_in_whole_mib(session: Session) -> None:
    # 180,000 texts of 62 + 2 bytes are 11,520,000 bytes: 10.99 MiB.
    session.run("CREATE TABLE d.big AS SELECT REPEAT('x', 62) AS s FROM UNNEST(GENERATE_ARRAY(1, 180000)) AS n")
    result = session.run("SELECT MAX(s) FROM d.big")
    assert (result.bytes_processed, result.bytes_billed) == (11_520_000, 11 * MIB)


@pytest.mark.covers(
    "jobs",
    "UPDATE, DELETE and a MERGE that may change rows count all columns of their table, in the partitions that the "
    "filter leaves; INSERT and an inserting MERGE only what they read",
)
@pytest.mark.parametrize(
    ("sql", "processed", "billed"),
    [
        ("INSERT INTO d.a (x, y) VALUES (1, 1)", 0, 0),
        ("INSERT INTO d.a (x, y) SELECT x, x FROM d.b", 80, LEAST),
        ("UPDATE d.a SET x = 1 WHERE x = 2", 160, LEAST),
        ("DELETE FROM d.a WHERE y = 2", 160, LEAST),
        ("UPDATE d.a SET y = 0 FROM d.b WHERE b.x = a.x", 160 + 80, 2 * LEAST),
        ("UPDATE d.days SET x = 0 WHERE day = DATE '2026-01-03'", 16, LEAST),
        ("DELETE FROM d.days WHERE day >= DATE '2026-01-09'", 2 * 16, LEAST),
        (
            "MERGE d.a AS t USING d.b AS s ON t.x = s.x WHEN MATCHED THEN UPDATE SET y = 1",
            160 + 80,
            2 * LEAST,
        ),
        (
            "MERGE d.a AS t USING d.b AS s ON t.x = s.x WHEN NOT MATCHED THEN INSERT (x, y) VALUES (s.x, 0)",
            80 + 80,
            2 * LEAST,
        ),
        ("TRUNCATE TABLE d.a", 0, 0),
    ],
)
def test_dml_counts_what_it_may_change(session: Session, sql: str, processed: int, billed: int) -> None:
    if not sql.startswith("TRUNCATE"):
        dry = session.run(sql, dry_run=True)
        assert (dry.bytes_processed, dry.bytes_billed) == (processed, billed)
    result = session.run(sql)
    assert (result.bytes_processed, result.bytes_billed) == (processed, billed)


@pytest.mark.covers("jobs", "Partitions by hour, day, month and year are pruned whole")
def test_a_partition_is_scanned_whole(session: Session) -> None:
    # 4 of the 10 rows are of January, 28 to 31; a DATE and an INT64 are 8 bytes each.
    sql = "SELECT x FROM d.months WHERE day = DATE '2026-01-30'"
    assert session.run(sql).bytes_processed == 4 * 16
    dry = session.run(sql, dry_run=True)
    assert (dry.bytes_processed, dry.accuracy) == (4 * 16, "UPPER_BOUND")


@pytest.mark.covers(
    "jobs",
    "A dry run is PRECISE, and UPPER_BOUND for a clustered table; of a script or CALL it checks the syntax and answers "
    "0 bytes as LOWER_BOUND",
    differs="BigQuery does not document what a dry run of a script answers",
)
def test_dry_runs_say_how_exact_they_are(session: Session) -> None:
    session.run("CREATE PROCEDURE d.p() BEGIN SELECT x FROM d.a; END")
    for sql, kind, size, accuracy in [
        ("SELECT x FROM d.a", "SELECT", 80, "PRECISE"),
        ("CREATE TABLE d.new AS SELECT x FROM d.a", "CREATE_TABLE_AS_SELECT", 80, "PRECISE"),
        ("DROP TABLE d.a", "DROP_TABLE", 0, "PRECISE"),
        ("SELECT x FROM d.a; SELECT y FROM d.a", "SCRIPT", 0, "LOWER_BOUND"),
        ("CALL d.p()", "SCRIPT", 0, "LOWER_BOUND"),
    ]:
        dry = session.run(sql, dry_run=True)
        assert (dry.statement_type, dry.bytes_processed, dry.accuracy) == (kind, size, accuracy)
    assert value(session, "SELECT COUNT(*) FROM d.a") == 10
    with refused("invalidQuery", "Syntax error"):
        session.run("SELECT 1; SELECT FROM;", dry_run=True)


@pytest.mark.covers(
    "jobs",
    "A script costs the sum of its statements, temporary tables and the queries of SET, IF, WHILE, FOR and DECLARE "
    "included",
)
def test_a_script_costs_all_it_runs(session: Session) -> None:
    result = session.run(
        """DECLARE most INT64 DEFAULT (SELECT MAX(x) FROM d.a);
           SET most = (SELECT MAX(x) FROM d.b);
           SET most = most + 1;
           IF EXISTS (SELECT x FROM d.a WHERE x = 3) THEN
             CREATE TEMP TABLE t AS SELECT x FROM d.a;
           END IF;
           FOR r IN (SELECT x FROM t WHERE x < 1) DO SELECT r.x; END FOR;
           EXECUTE IMMEDIATE 'SELECT MAX(x) FROM d.a' INTO most;
           SELECT most;"""
    )
    assert [(child.evaluation, child.bytes_processed) for child in result.children] == [
        ("EXPRESSION", 80),
        ("EXPRESSION", 80),
        ("EXPRESSION", 80),
        ("STATEMENT", 80),
        ("EXPRESSION", 80),
        ("STATEMENT", 0),
        ("EXPRESSION", 80),
        ("STATEMENT", 0),
    ]
    assert (result.bytes_processed, result.bytes_billed) == (6 * 80, 6 * LEAST)
    assert result.rows == [(9,)] and kinds(result)[3] == "CREATE_TABLE_AS_SELECT"


@pytest.mark.covers("jobs", "A statement that failed costs nothing; those before it do")
def test_a_failed_statement_costs_nothing(session: Session) -> None:
    with refused("invalidQuery", "division by zero"):
        session.run("SELECT x FROM d.a; SELECT 1 / 0 FROM d.a; SELECT y FROM d.a")
    assert session.script is not None
    assert [(child.bytes_billed, child.error is None) for child in session.script] == [(LEAST, True), (0, False)]


@pytest.mark.covers(
    "jobs",
    "maximum_bytes_billed stops a statement before it runs, with the 10 MiB of every table: queries, DML, CREATE TABLE "
    "AS SELECT, and the queries behind SET and IF; in a script it is compared with each statement by itself",
)
@pytest.mark.parametrize(
    ("sql", "needed"),
    [
        ("SELECT x FROM d.a", LEAST),
        ("SELECT a.x FROM d.a JOIN d.b ON b.x = a.x", 2 * LEAST),
        ("UPDATE d.a SET x = 5 WHERE x = 1", LEAST),
        ("CREATE TABLE d.new AS SELECT x FROM d.a", LEAST),
        ("CREATE TEMP TABLE `new` AS SELECT x FROM d.a", LEAST),
        ("DECLARE m INT64; SET m = (SELECT MAX(x) FROM d.a);", LEAST),
        ("IF (SELECT MAX(x) FROM d.a) > 1 THEN SELECT 1; END IF;", LEAST),
        ("SELECT x FROM d.a; SELECT y FROM d.a; SELECT x FROM d.b;", LEAST),
        ("BEGIN SELECT x FROM d.a; EXCEPTION WHEN ERROR THEN SELECT 'hidden'; END;", LEAST),
    ],
)
def test_a_cap_stops_a_statement_beforehand(session: Session, sql: str, needed: int) -> None:
    message = f"Query exceeded limit for bytes billed: {needed - 1}. {needed} or higher required."
    with refused("bytesBilledLimitExceeded", message):
        session.run(sql, maximum_bytes_billed=needed - 1)
    assert value(session, "SELECT COUNT(*) FROM d.a WHERE x = 5") == 1
    assert session.engine.catalog.table("d", "new") is None
    session.run(sql, maximum_bytes_billed=needed)


@pytest.mark.covers("jobs", "Sizes follow the rows: a temporary table made anew is measured anew, also after ROLLBACK")
def test_sizes_of_temporary_tables_follow_their_rows(session: Session) -> None:
    result = session.run(
        """CREATE TEMP TABLE t AS SELECT 1 AS x; SELECT x FROM t;
           CREATE OR REPLACE TEMP TABLE t AS SELECT x FROM d.a; SELECT x FROM t;
           BEGIN TRANSACTION; DELETE FROM t WHERE TRUE; SELECT x FROM t; ROLLBACK TRANSACTION; SELECT x FROM t;"""
    )
    sizes = [child.bytes_processed for child in result.children if child.statement_type == "SELECT"]
    assert sizes == [8, 80, 0, 80]
