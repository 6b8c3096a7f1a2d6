"""What is acknowledged survives: closing, another process, a killed process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local.engine import ColumnSchema, Engine, Table
from infra.local.engine.types import INT64, STRING, array_of, struct_of
from tests.local.engine.engine_asserts import NOW, PROJECT, refused, rows, value

WRITER = """
import sys
from datetime import UTC, datetime
from dataclasses import replace
from pathlib import Path
from infra.local.engine import Engine
engine = Engine(Path(sys.argv[1]), "of-scheduler-proj", lambda: datetime(2026, 1, 14, tzinfo=UTC))
engine.catalog.create_dataset("d")
session = engine.session("d")
session.run("CREATE TABLE d.t (a INT64); INSERT INTO d.t (a) VALUES (1), (2);")
session.run("BEGIN TRANSACTION; INSERT INTO d.t (a) VALUES (3); COMMIT TRANSACTION;")
engine.meta_put("fingerprint", "abc")
session.begin()
session.connection.execute('INSERT INTO "d"."t" VALUES (99)')
print("ready", flush=True)
sys.stdin.read()
"""


def opened(path: Path) -> Engine:
    return Engine(path, PROJECT, lambda: NOW)


def test_definitions_and_rows_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with opened(path) as engine:
        engine.catalog.create_dataset("d")
        with engine.session("d") as session:
            session.run(
                """CREATE TABLE d.t (
                     a INT64 NOT NULL OPTIONS (description = 'the key'), b ARRAY<STRUCT<x INT64, y STRING>>,
                     c TIMESTAMP DEFAULT CURRENT_TIMESTAMP(), PRIMARY KEY (a) NOT ENFORCED)
                   PARTITION BY DATE(c) CLUSTER BY a OPTIONS (description = 'a table', labels = [('k', 'v')]);
                   INSERT INTO d.t (a, b) VALUES (1, [STRUCT(1 AS x, 'y' AS y)]);
                   CREATE VIEW d.v AS SELECT a, b FROM d.t;
                   CREATE FUNCTION d.double(x INT64) AS (x * 2);
                   CREATE TABLE FUNCTION d.above(p_a INT64) AS (SELECT a FROM d.t WHERE a > p_a);
                   CREATE PROCEDURE d.answer(OUT found INT64)
                   BEGIN SET found = (SELECT SUM(d.double(a)) FROM d.above(0)); END
                """
            )
        before = (engine.catalog.tables("d"), engine.catalog.routines("d"), engine.catalog.datasets())
        engine.meta_put("key", "value")
    with opened(path) as engine:
        assert (engine.catalog.tables("d"), engine.catalog.routines("d"), engine.catalog.datasets()) == before
        assert engine.meta_get("key") == "value" and engine.meta_get("other") is None
        table = engine.catalog.require_table("d", "t")
        nested = array_of(struct_of(("x", INT64), ("y", STRING)))
        assert table.columns[0] == ColumnSchema("a", INT64, "REQUIRED", "the key")
        assert (table.columns[1].type, table.columns[1].mode) == (nested, "REPEATED")
        assert (table.partition_by, table.cluster_by, table.primary_key) == ("DATE(c)", ("a",), ("a",))
        assert (table.description, table.labels) == ("a table", {"k": "v"})
        with engine.session() as session:
            assert rows(session, "SELECT a, b FROM d.v") == [(1, [{"x": 1, "y": "y"}])]
            assert value(session, "SELECT c FROM d.t") == NOW
            assert value(session, "DECLARE n INT64; CALL d.answer(n); SELECT n;") == 2


def test_acknowledged_writes_survive_a_killed_process(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None and writer.stdout.readline() == "ready\n"
        with refused("locked", "is in use by another process"):
            opened(path)
        os.kill(writer.pid, signal.SIGKILL)
    with opened(path) as engine, engine.session() as session:
        assert rows(session, "SELECT a FROM d.t ORDER BY a") == [(1,), (2,), (3,)]
        assert engine.meta_get("fingerprint") == "abc"


def test_a_file_that_is_no_warehouse_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    path.write_text("not a database " * 1000)
    with refused("invalid", "cannot be opened"):
        opened(path)


def test_closing_twice_and_closing_with_open_sessions(tmp_path: Path) -> None:
    engine = opened(tmp_path / "warehouse.duckdb")
    session = engine.session()
    session.begin()
    engine.close()
    engine.close()
    session.close()
    with refused("invalid", "closed"):
        session.run("SELECT 1")
    with refused("invalid", "closed"):
        engine.session()


def test_changes_of_the_catalog_made_together_are_one(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with opened(path) as engine:
        catalog = engine.catalog
        catalog.create_dataset("d")
        kept = catalog.create_table(Table("d", "t", (ColumnSchema("a", INT64, "REQUIRED"),)))
        with pytest.raises(KeyError), catalog.together():
            catalog.add_columns("d", "t", [ColumnSchema("b", INT64)])
            catalog.create_dataset("e")
            raise KeyError
        assert (catalog.table("d", "t"), catalog.dataset("e")) == (kept, None)
        with catalog.together():
            catalog.add_columns("d", "t", [ColumnSchema("b", INT64)])
            with catalog.together():
                catalog.relax_column("d", "t", "a")
            grown = catalog.update_table(replace(catalog.require_table("d", "t"), description="grown"))
    with opened(path) as engine, engine.session() as session:
        assert engine.catalog.table("d", "t") == grown
        assert [column.name for column in grown.columns] == ["a", "b"]
        session.run("INSERT INTO d.t (a, b) VALUES (NULL, 1)")
