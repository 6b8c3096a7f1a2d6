"""INFORMATION_SCHEMA of the catalog: names, types and values as BigQuery gives them, at this very moment."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.engine import Engine, Session
from infra.local.engine.metadata.views import BY_NAME
from tests.local.engine.engine_asserts import NOW, PROJECT, refused, rows, value

DDL = """
CREATE TABLE d.sends (
  id STRING NOT NULL OPTIONS (description = 'The "key"'),
  `at` TIMESTAMP,
  amount NUMERIC DEFAULT 1.5,
  parts ARRAY<STRUCT<n INT64, tags ARRAY<STRING>>>,
  PRIMARY KEY (id) NOT ENFORCED
)
PARTITION BY DATE(`at`) CLUSTER BY id, amount
OPTIONS (
  description = 'All sends', labels = [('system', 'eros'), ('team', 'one')], partition_expiration_days = 7,
  require_partition_filter = FALSE, friendly_name = 'Sends',
  expiration_timestamp = TIMESTAMP '2026-10-17T08:51:42.379Z');
CREATE TABLE d.plain (x INT64, day DATE);
CREATE VIEW d.seen OPTIONS (description = 'Ids') AS SELECT id, parts FROM d.sends WHERE `at` IS NOT NULL;
CREATE FUNCTION d.half(x FLOAT64) RETURNS FLOAT64 AS (x / 2);
CREATE FUNCTION d.same(x ANY TYPE) AS (x);
CREATE TABLE FUNCTION d.since(p_day DATE) AS (SELECT x, day FROM d.plain WHERE day >= p_day);
CREATE PROCEDURE d.twice(IN p_n INT64, OUT result INT64, INOUT calls ARRAY<STRUCT<a INT64>>)
BEGIN SET result = 2 * p_n; END;
"""


@pytest.fixture(autouse=True)
def objects(session: Session) -> None:
    session.run(DDL)


def _one(session: Session, columns: str, view: str, where: str) -> tuple[Any, ...]:
    (row,) = rows(session, f"SELECT {columns} FROM d.INFORMATION_SCHEMA.{view} WHERE {where}")
    return row


# How a view is named


@pytest.mark.covers(
    "INFORMATION_SCHEMA",
    "A view of the catalog is qualified by a dataset or a region, with or without the project, in any letter case",
)
@pytest.mark.parametrize(
    "name",
    [
        "d.INFORMATION_SCHEMA.TABLES",
        "d.information_schema.tables",
        "`d.INFORMATION_SCHEMA.TABLES`",
        f"`{PROJECT}`.d.INFORMATION_SCHEMA.TABLES",
        f"`{PROJECT}.d.INFORMATION_SCHEMA.TABLES`",
        "`region-us`.INFORMATION_SCHEMA.TABLES",
        f"`{PROJECT}`.`region-US`.INFORMATION_SCHEMA.TABLES",
        f"`{PROJECT}.region-us.INFORMATION_SCHEMA.TABLES`",
    ],
)
def test_a_view_is_found(session: Session, name: str) -> None:
    assert rows(session, f"SELECT table_name FROM {name} ORDER BY 1") == [("plain",), ("seen",), ("sends",)]


@pytest.mark.covers("INFORMATION_SCHEMA", "A dataset shows its own objects, a region those of all datasets")
def test_a_dataset_shows_its_own(engine: Engine, session: Session) -> None:
    session.run("CREATE SCHEMA e; CREATE TABLE e.other (x INT64); CREATE FUNCTION e.f() AS (1);")
    assert value(session, "SELECT COUNT(*) FROM d.INFORMATION_SCHEMA.TABLES") == 3
    assert rows(session, "SELECT table_schema, table_name FROM e.INFORMATION_SCHEMA.TABLES") == [("e", "other")]
    assert value(session, "SELECT COUNT(*) FROM `region-us`.INFORMATION_SCHEMA.TABLES") == 4
    assert value(session, "SELECT COUNT(*) FROM `region-us`.INFORMATION_SCHEMA.ROUTINES") == 5


@pytest.mark.covers(
    "INFORMATION_SCHEMA", "PARTITIONS needs a dataset and JOBS a region; without a qualifier nothing is found"
)
@pytest.mark.parametrize(
    ("name", "reason", "message"),
    [
        ("INFORMATION_SCHEMA.TABLES", "invalidQuery", "must be qualified with a dataset"),
        ("`region-us`.INFORMATION_SCHEMA.PARTITIONS", "invalidQuery", "must be qualified with a dataset"),
        ("d.INFORMATION_SCHEMA.JOBS", "invalidQuery", "must be qualified with a region"),
        ("nowhere.INFORMATION_SCHEMA.TABLES", "notFound", f"Not found: Dataset {PROJECT}:nowhere"),
        ("`region-eu`.INFORMATION_SCHEMA.TABLES", "notFound", "region-eu"),
        ("`other-project`.d.INFORMATION_SCHEMA.TABLES", "notFound", "Project other-project"),
    ],
)
def test_another_place_is_not_found(session: Session, name: str, reason: str, message: str) -> None:
    for dry_run in (False, True):
        with refused(reason, message):
            session.run(f"SELECT 1 FROM {name}", dry_run=dry_run)


@pytest.mark.covers("INFORMATION_SCHEMA", "All other views", refused=True)
@pytest.mark.parametrize("view", ["SCHEMATA", "TABLE_STORAGE", "COLUMN_FIELD_PATHS", "KEY_COLUMN_USAGE", "NOTHING"])
def test_other_views_are_refused_by_name(session: Session, view: str) -> None:
    for qualifier in ("d", "`region-us`"):
        with refused("notImplemented", f"INFORMATION_SCHEMA.{view} is not supported by the local cloud"):
            session.run(f"SELECT 1 FROM {qualifier}.INFORMATION_SCHEMA.{view}")


@pytest.mark.covers(
    "INFORMATION_SCHEMA",
    "Columns that would need storage or slots: PARTITIONS.last_modified_time, ROUTINES.build_status, and "
    "JOBS.total_slot_ms, timeline, job_stages and others",
    refused=True,
)
def test_columns_that_are_not_kept_are_refused_by_name(session: Session) -> None:
    missing = {(view.name, column) for view in BY_NAME.values() for column in view.missing}
    assert {("PARTITIONS", "last_modified_time"), ("ROUTINES", "build_status"), ("JOBS", "timeline")} <= missing
    for view, column in sorted(missing):
        place = "`region-us`" if view == "JOBS" else "d"
        with refused("notImplemented", f"Column {column} of INFORMATION_SCHEMA.{view} is not supported"):
            session.run(f"SELECT {column} FROM {place}.INFORMATION_SCHEMA.{view}")


@pytest.mark.covers("INFORMATION_SCHEMA", "A column that BigQuery does not have is an error, as everywhere")
def test_unknown_columns_fail_by_name(session: Session) -> None:
    with refused("invalidQuery", "Unrecognized name: table_nam"):
        session.run("SELECT table_nam FROM d.INFORMATION_SCHEMA.TABLES")


@pytest.mark.covers(
    "INFORMATION_SCHEMA",
    "`SELECT *` of TABLES, COLUMNS, VIEWS, TABLE_OPTIONS and PARAMETERS has every documented column",
)
def test_all_columns_at_once(session: Session) -> None:
    counts = {"TABLES": 23, "COLUMNS": 20, "VIEWS": 6, "TABLE_OPTIONS": 6, "PARAMETERS": 10}
    found = {view: len(session.run(f"SELECT * FROM d.INFORMATION_SCHEMA.{view}").columns) for view in counts}
    assert found == counts


# Living and usable


@pytest.mark.covers(
    "INFORMATION_SCHEMA", "What was just made, changed or dropped shows at once, in the same script too"
)
def test_views_are_alive(session: Session) -> None:
    sql = """DECLARE seen ARRAY<STRING> DEFAULT [];
             CREATE TABLE d.fresh (a INT64);
             SET seen = ARRAY(SELECT column_name FROM d.INFORMATION_SCHEMA.COLUMNS WHERE table_name = 'fresh');
             ALTER TABLE d.fresh ADD COLUMN b STRING;
             SET seen = ARRAY_CONCAT(seen, ARRAY(
               SELECT column_name FROM d.INFORMATION_SCHEMA.COLUMNS WHERE table_name = 'fresh'
               ORDER BY ordinal_position));
             DROP TABLE d.fresh;
             IF EXISTS (SELECT table_name FROM d.INFORMATION_SCHEMA.TABLES WHERE table_name = 'fresh') THEN
               SET seen = [];
             END IF;
             SELECT seen;"""
    assert value(session, sql) == ["a", "a", "b"]


@pytest.mark.covers("INFORMATION_SCHEMA", "Views join with each other and with tables, in views, functions and INSERTs")
def test_views_join(session: Session) -> None:
    session.run(
        """CREATE TABLE d.wanted AS SELECT 'plain' AS name;
           CREATE VIEW d.widths AS
             SELECT t.table_name, COUNT(c.column_name) AS columns
             FROM d.INFORMATION_SCHEMA.TABLES AS t
             JOIN d.INFORMATION_SCHEMA.COLUMNS AS c ON c.table_name = t.table_name
             WHERE t.table_type = 'BASE TABLE' GROUP BY t.table_name"""
    )
    sql = "SELECT w.table_name, w.columns FROM d.widths AS w JOIN d.wanted ON wanted.name = w.table_name"
    assert rows(session, sql) == [("plain", 2)]
    session.run("INSERT INTO d.wanted (name) SELECT routine_name FROM d.INFORMATION_SCHEMA.ROUTINES")
    assert value(session, "SELECT COUNT(*) FROM d.wanted") == 1 + 4


@pytest.mark.covers("INFORMATION_SCHEMA", "Nobody writes to a view", refused=True)
def test_nobody_writes(session: Session) -> None:
    with refused("notImplemented", "INFORMATION_SCHEMA"):
        session.run("DELETE FROM d.INFORMATION_SCHEMA.TABLES WHERE TRUE")


@pytest.mark.covers(
    "INFORMATION_SCHEMA",
    "Each view of the catalog that a query reads counts and costs 10 MiB, in a dry run too; JOBS counts nothing",
)
def test_reading_costs_the_minimum(session: Session) -> None:
    least = 10 * 2**20
    for sql, size in [
        ("SELECT table_name FROM d.INFORMATION_SCHEMA.TABLES", least),
        ("SELECT COUNT(*) FROM d.INFORMATION_SCHEMA.TABLES", least),
        ("SELECT 1 FROM d.INFORMATION_SCHEMA.TABLES AS t, d.INFORMATION_SCHEMA.COLUMNS AS c", 2 * least),
        ("SELECT job_id FROM `region-us`.INFORMATION_SCHEMA.JOBS", 0),
    ]:
        assert session.run(sql).bytes_processed == size
        assert session.run(sql, dry_run=True).bytes_processed == size
    with refused("bytesBilledLimitExceeded", f"{least} or higher required"):
        session.run("SELECT table_name FROM d.INFORMATION_SCHEMA.TABLES", maximum_bytes_billed=least - 1)


# The views one by one


@pytest.mark.covers(
    "INFORMATION_SCHEMA", "TABLES: kind, whether rows can be inserted, time of creation, the DDL that makes it"
)
def test_tables(session: Session) -> None:
    columns = "table_catalog, table_schema, table_type, is_insertable_into, is_typed, creation_time"
    assert _one(session, columns, "TABLES", "table_name = 'sends'") == (PROJECT, "d", "BASE TABLE", "YES", "NO", NOW)
    assert _one(session, columns, "TABLES", "table_name = 'seen'") == (PROJECT, "d", "VIEW", "NO", "NO", NOW)
    assert _one(session, "ddl", "TABLES", "table_name = 'sends'") == (
        f"""CREATE TABLE `{PROJECT}.d.sends`
(
  id STRING NOT NULL OPTIONS(description="The \\"key\\""),
  `at` TIMESTAMP,
  amount NUMERIC DEFAULT 1.5,
  parts ARRAY<STRUCT<n INT64, tags ARRAY<STRING>>>,
  PRIMARY KEY (id) NOT ENFORCED
)
PARTITION BY DATE(`at`)
CLUSTER BY id, amount
OPTIONS(
  description="All sends",
  expiration_timestamp=TIMESTAMP "2026-10-17T08:51:42.379Z",
  friendly_name="Sends",
  labels=[("system", "eros"), ("team", "one")],
  partition_expiration_days=7.0,
  require_partition_filter=false
);""",
    )
    assert _one(session, "ddl", "TABLES", "table_name = 'seen'") == (
        f"""CREATE VIEW `{PROJECT}.d.seen`
OPTIONS(
  description="Ids"
)
AS SELECT id, parts FROM d.sends WHERE `at` IS NOT NULL;""",
    )


@pytest.mark.covers(
    "INFORMATION_SCHEMA",
    "COLUMNS: position, type as GoogleSQL writes it, nullability (an ARRAY is not nullable), partitioning and "
    "clustering, default; the word NULL for no default and no collation",
)
def test_columns(session: Session) -> None:
    picked = (
        "column_name, ordinal_position, is_nullable, data_type, is_partitioning_column, clustering_ordinal_position, "
        "column_default, collation_name, is_hidden, is_generated"
    )
    sql = f"SELECT {picked} FROM d.INFORMATION_SCHEMA.COLUMNS WHERE table_name = '{{}}' ORDER BY ordinal_position"
    rest = ("NULL", "NO", "NEVER")
    assert rows(session, sql.format("sends")) == [
        ("id", 1, "NO", "STRING", "NO", 1, "NULL", *rest),
        ("at", 2, "YES", "TIMESTAMP", "YES", None, "NULL", *rest),
        ("amount", 3, "YES", "NUMERIC", "NO", 2, "1.5", *rest),
        ("parts", 4, "NO", "ARRAY<STRUCT<n INT64, tags ARRAY<STRING>>>", "NO", None, "NULL", *rest),
    ]
    assert [row[:4] for row in rows(session, sql.format("seen"))] == [
        ("id", 1, "YES", "STRING"),
        ("parts", 2, "NO", "ARRAY<STRUCT<n INT64, tags ARRAY<STRING>>>"),
    ]


@pytest.mark.covers("INFORMATION_SCHEMA", "VIEWS: the query of every view, `use_standard_sql` YES")
def test_views(session: Session) -> None:
    sql = "SELECT table_name, view_definition, check_option, use_standard_sql FROM d.INFORMATION_SCHEMA.VIEWS"
    assert rows(session, sql) == [("seen", "SELECT id, parts FROM d.sends WHERE `at` IS NOT NULL", None, "YES")]


@pytest.mark.covers(
    "INFORMATION_SCHEMA", "TABLE_OPTIONS: the options of tables and views, values as GoogleSQL literals"
)
def test_table_options(session: Session) -> None:
    picked = "table_name, option_name, option_type, option_value"
    sql = f"SELECT {picked} FROM d.INFORMATION_SCHEMA.TABLE_OPTIONS ORDER BY table_name, option_name"
    labels = '[STRUCT("system", "eros"), STRUCT("team", "one")]'
    assert rows(session, sql) == [
        ("seen", "description", "STRING", '"Ids"'),
        ("sends", "description", "STRING", '"All sends"'),
        ("sends", "expiration_timestamp", "TIMESTAMP", 'TIMESTAMP "2026-10-17T08:51:42.379Z"'),
        ("sends", "friendly_name", "STRING", '"Sends"'),
        ("sends", "labels", "ARRAY<STRUCT<STRING, STRING>>", labels),
        ("sends", "partition_expiration_days", "FLOAT64", "7.0"),
        ("sends", "require_partition_filter", "BOOL", "false"),
    ]


@pytest.mark.covers("INFORMATION_SCHEMA", "ROUTINES: FUNCTION, TABLE FUNCTION and PROCEDURE with type, body and DDL")
def test_routines(session: Session) -> None:
    picked = "routine_name, routine_type, data_type, routine_body, routine_definition, external_language, created"
    sql = f"SELECT {picked} FROM d.INFORMATION_SCHEMA.ROUTINES ORDER BY routine_name"
    since = "SELECT x, day FROM d.plain WHERE day >= p_day"
    assert rows(session, sql) == [
        ("half", "FUNCTION", "FLOAT64", "SQL", "x / 2", None, NOW),
        ("same", "FUNCTION", None, "SQL", "x", None, NOW),
        ("since", "TABLE FUNCTION", None, "SQL", since, None, NOW),
        ("twice", "PROCEDURE", None, "SQL", "BEGIN SET result = 2 * p_n; END", None, NOW),
    ]
    ddl = dict(rows(session, "SELECT specific_name, ddl FROM d.INFORMATION_SCHEMA.ROUTINES"))
    assert ddl["half"] == f"CREATE FUNCTION `{PROJECT}.d.half`(x FLOAT64) RETURNS FLOAT64\nAS (\nx / 2\n);"
    assert ddl["since"] == f"CREATE TABLE FUNCTION `{PROJECT}.d.since`(p_day DATE)\nAS (\n{since}\n);"
    assert ddl["twice"] == (
        f"CREATE PROCEDURE `{PROJECT}.d.twice`(IN p_n INT64, OUT result INT64, INOUT calls ARRAY<STRUCT<a INT64>>)\n"
        "BEGIN SET result = 2 * p_n; END;"
    )


@pytest.mark.covers(
    "INFORMATION_SCHEMA",
    "PARAMETERS: position 0 is a function's result; modes are a procedure's; ANY TYPE by that name",
)
def test_parameters(session: Session) -> None:
    picked = "specific_name, ordinal_position, parameter_mode, is_result, parameter_name, data_type"
    assert rows(session, f"SELECT {picked} FROM d.INFORMATION_SCHEMA.PARAMETERS ORDER BY 1, 2") == [
        ("half", 0, None, "YES", None, "FLOAT64"),
        ("half", 1, None, "NO", "x", "FLOAT64"),
        ("same", 1, None, "NO", "x", "ANY TYPE"),
        ("since", 1, None, "NO", "p_day", "DATE"),
        ("twice", 1, "IN", "NO", "p_n", "INT64"),
        ("twice", 2, "OUT", "NO", "result", "INT64"),
        ("twice", 3, "INOUT", "NO", "calls", "ARRAY<STRUCT<a INT64>>"),
    ]


@pytest.mark.covers(
    "INFORMATION_SCHEMA",
    "PARTITIONS: rows and logical bytes per partition; ids YYYY, YYYYMM, YYYYMMDD or YYYYMMDDHH, `__NULL__` for rows "
    "without a day, NULL for a table without partitions",
    differs="storage_tier is always ACTIVE",
)
def test_partitions(session: Session) -> None:
    session.run(
        """INSERT INTO d.plain (x, day) VALUES (1, DATE '2026-01-05'), (2, NULL);
           CREATE TABLE d.days PARTITION BY day AS
             SELECT 1 AS x, DATE '2026-01-05' AS day UNION ALL SELECT 2, DATE '2026-01-05'
             UNION ALL SELECT NULL, DATE '2026-02-07' UNION ALL SELECT 4, NULL;
           CREATE TABLE d.months PARTITION BY DATE_TRUNC(day, MONTH) AS SELECT x, day FROM d.days;
           CREATE TABLE d.hours (`at` TIMESTAMP) PARTITION BY TIMESTAMP_TRUNC(`at`, HOUR);
           INSERT INTO d.hours (`at`)
           VALUES (TIMESTAMP '2026-01-05 23:30:00+00'), (TIMESTAMP '2026-01-05 23:30:00-01');"""
    )
    sql = (
        "SELECT table_name, partition_id, total_rows, total_logical_bytes, storage_tier "
        "FROM d.INFORMATION_SCHEMA.PARTITIONS ORDER BY 1, 2"
    )
    # An INT64 and a DATE are 8 bytes each, NULL is none.
    assert rows(session, sql) == [
        ("days", "20260105", 2, 32, "ACTIVE"),
        ("days", "20260207", 1, 8, "ACTIVE"),
        ("days", "__NULL__", 1, 8, "ACTIVE"),
        ("hours", "2026010523", 1, 8, "ACTIVE"),
        ("hours", "2026010600", 1, 8, "ACTIVE"),
        ("months", "202601", 2, 32, "ACTIVE"),
        ("months", "202602", 1, 8, "ACTIVE"),
        ("months", "__NULL__", 1, 8, "ACTIVE"),
        ("plain", None, 2, 24, "ACTIVE"),
    ]


def test_a_table_partitioned_by_numbers_is_refused_by_name(session: Session) -> None:
    session.run("CREATE TABLE d.ranges (x INT64) PARTITION BY RANGE_BUCKET(x, GENERATE_ARRAY(0, 100, 10))")
    with refused("notImplemented", "INFORMATION_SCHEMA.PARTITIONS with d.ranges BY RANGE_BUCKET"):
        session.run("SELECT partition_id FROM d.INFORMATION_SCHEMA.PARTITIONS")


@pytest.mark.covers("INFORMATION_SCHEMA", "The `ddl` of a table, view or routine makes the same object again")
def test_ddl_makes_the_same_again(engine: Engine, session: Session) -> None:
    tables = rows(session, "SELECT ddl FROM d.INFORMATION_SCHEMA.TABLES ORDER BY table_type, table_name")
    routines = rows(session, "SELECT ddl FROM d.INFORMATION_SCHEMA.ROUTINES ORDER BY routine_name")
    with Engine(None, PROJECT, lambda: NOW) as copy, copy.session() as own:
        copy.catalog.create_dataset("d")
        for (ddl,) in tables + routines:
            own.run(ddl)
        assert copy.catalog.tables("d") == engine.catalog.tables("d")
        assert [_bare(routine) for routine in copy.catalog.routines("d")] == [
            _bare(routine) for routine in engine.catalog.routines("d")
        ]


def _bare(routine: Any) -> tuple[Any, ...]:
    return routine.name, routine.kind, routine.arguments, routine.body, routine.columns, routine.return_type
