"""Loads: strict values, all or none, dispositions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.engine import ColumnSchema, Engine, Session
from infra.local.engine.decoding import Misfit, decoder
from infra.local.engine.types import INT64, STRING, parse_type
from tests.local.engine.engine_asserts import NOW, refused, rows, value

INSTANT = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "given_value", "stored"),
    [
        ("INT64", "-12", -12),
        ("INT64", 3.0, 3),
        ("INT64", 2**63 - 1, 2**63 - 1),
        ("FLOAT64", "1.5", 1.5),
        ("FLOAT64", "-inf", -math.inf),
        ("NUMERIC", "0.000000001", Decimal("0.000000001")),
        ("NUMERIC", 12.1, Decimal("12.1")),
        ("BOOL", "TRUE", True),
        ("STRING", 'a\n"b" \u0001 é 😀', 'a\n"b" \u0001 é 😀'),
        ("STRING", 12, "12"),
        ("BYTES", "AAE=", b"\x00\x01"),
        ("BYTES", b"\xff", b"\xff"),
        ("DATE", "2026-1-5", date(2026, 1, 5)),
        ("DATE", date(2026, 1, 5), date(2026, 1, 5)),
        ("TIME", "08:30:00", time(8, 30)),
        ("DATETIME", "2026-01-05T08:00:00.25", datetime(2026, 1, 5, 8, 0, 0, 250000)),
        ("TIMESTAMP", "2026-01-05 00:00:00-08:00", INSTANT),
        ("TIMESTAMP", "2026-01-05T08:00:00Z", INSTANT),
        ("TIMESTAMP", "2026-01-05 08:00:00 UTC", INSTANT),
        ("TIMESTAMP", "2026-01-05 08:00:00", INSTANT),
        ("TIMESTAMP", 1767600000, INSTANT),
        ("TIMESTAMP", "1767600000.0", INSTANT),
        ("TIMESTAMP", INSTANT, INSTANT),
        ("ARRAY<INT64>", [1, "2"], [1, 2]),
        ("ARRAY<INT64>", None, []),
        ("STRUCT<a INT64, b STRUCT<c TIMESTAMP>>", {"A": "1", "b": {"c": INSTANT}}, {"a": 1, "b": {"c": INSTANT}}),
        ("ARRAY<STRUCT<a INT64, b STRING>>", [{"a": 1}, {"b": "x"}], [{"a": 1, "b": None}, {"a": None, "b": "x"}]),
    ],
)
def test_values_arrive_as_what_they_are(
    engine: Engine, session: Session, kind: str, given_value: Any, stored: Any
) -> None:
    data_type = parse_type(kind)
    column = ColumnSchema("v", data_type, "REPEATED" if data_type.kind == "ARRAY" else "NULLABLE")
    assert engine.insert_rows("d", "t", [{"v": given_value}, {}], schema=[column]) == 2
    first, second = rows(session, "SELECT v FROM d.t")
    assert first == (stored,)
    assert second == ([],) if data_type.kind == "ARRAY" else second == (None,)


def test_json_is_stored_as_json(engine: Engine, session: Session) -> None:
    column = ColumnSchema("v", parse_type("JSON"))
    engine.insert_rows("d", "t", [{"v": {"a": [1]}}, {"v": '{"a": [1]}'}], schema=[column])
    assert rows(session, "SELECT DISTINCT JSON_VALUE(v, '$.a[0]') FROM d.t") == [("1",)]


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        ("INT64", "1.5"),
        ("INT64", 1.5),
        ("INT64", True),
        ("INT64", 2**63),
        ("INT64", ""),
        ("FLOAT64", "x"),
        ("FLOAT64", True),
        ("NUMERIC", "1.0000000001"),
        ("NUMERIC", "1e30"),
        ("NUMERIC", "NaN"),
        ("BOOL", 1),
        ("BOOL", "yes"),
        ("STRING", True),
        ("STRING", ["a"]),
        ("BYTES", "not base64!"),
        ("DATE", "2026-02-30"),
        ("DATE", "20260105"),
        ("DATE", INSTANT),
        ("TIME", "25:00:00"),
        ("DATETIME", "2026-01-05T08:00:00Z"),
        ("TIMESTAMP", "yesterday"),
        ("TIMESTAMP", "2026-W01-1"),
        ("TIMESTAMP", datetime(2026, 1, 5)),
        ("ARRAY<INT64>", [1, None]),
        ("ARRAY<INT64>", 1),
        ("STRUCT<a INT64>", {"b": 1}),
        ("STRUCT<a INT64>", 1),
        ("JSON", "{not json"),
    ],
)
def test_what_does_not_fit_is_refused(kind: str, bad: Any) -> None:
    with pytest.raises(Misfit):
        decoder(parse_type(kind))(bad)


@given(st.decimals(min_value=-(10**20), max_value=10**20, places=9))
def test_numeric_text_keeps_every_digit(number: Decimal) -> None:
    assert Decimal(decoder(parse_type("NUMERIC"))(str(number))) == number


@given(st.datetimes(timezones=st.just(UTC)))
def test_instants_keep_every_microsecond(instant: datetime) -> None:
    decode = decoder(parse_type("TIMESTAMP"))
    assert datetime.fromisoformat(decode(instant.isoformat())) == instant == datetime.fromisoformat(decode(instant))


def test_errors_name_row_and_field_and_nothing_is_kept(engine: Engine, session: Session) -> None:
    session.run("CREATE TABLE d.t (a INT64 NOT NULL, b STRUCT<c ARRAY<STRUCT<n NUMERIC>>>)")
    cases: list[tuple[dict[str, Any], str]] = [
        ({"a": "x"}, "row 2, field a: Could not convert value to integer: 'x'"),
        ({"a": None}, "row 2, field a: Missing required field: a."),
        ({}, "row 2, field a: Missing required field: a."),
        ({"a": 1, "z": 1}, "row 2, field z: No such field: z."),
        ({"a": 1, "b": {"c": [{"n": "x"}]}}, "row 2, field b.c.n: Invalid NUMERIC value: 'x'"),
    ]
    for bad, message in cases:
        with refused("invalid", message):
            engine.insert_rows("d", "t", [{"a": 1}, bad])
    assert value(session, "SELECT COUNT(*) FROM d.t") == 0
    assert engine.insert_rows("d", "t", [{"A": 1, "z": 1}], ignore_unknown=True) == 1


def test_dispositions(engine: Engine, session: Session) -> None:
    columns = [ColumnSchema("a", INT64)]
    with refused("notFound", "Not found: Table of-scheduler-proj:d.t"):
        engine.insert_rows("d", "t", [{"a": 1}])
    with refused("notFound", "Not found: Table"):
        engine.insert_rows("d", "t", [{"a": 1}], schema=columns, create_disposition="CREATE_NEVER")
    engine.insert_rows("d", "t", [{"a": 1}], schema=columns, write_disposition="WRITE_EMPTY")
    with refused("duplicate", "Already Exists"):
        engine.insert_rows("d", "t", [{"a": 2}], write_disposition="WRITE_EMPTY")
    engine.insert_rows("d", "t", [{"a": 2}], write_disposition="WRITE_APPEND")
    assert rows(session, "SELECT a FROM d.t ORDER BY a") == [(1,), (2,)]
    engine.insert_rows("d", "t", [{"a": 3}], write_disposition="WRITE_TRUNCATE")
    assert rows(session, "SELECT a FROM d.t") == [(3,)]
    with refused("invalid", "does not match"):
        engine.insert_rows("d", "t", [], schema=[ColumnSchema("a", STRING)])
    with refused("notFound", "Not found: Dataset"):
        engine.insert_rows("nowhere", "t", [])


def test_a_failed_truncating_load_keeps_the_old_rows(engine: Engine, session: Session) -> None:
    session.run("CREATE TABLE d.t (a INT64); INSERT INTO d.t (a) VALUES (1);")
    with refused("invalid", "row 1, field a"):
        engine.insert_rows("d", "t", [{"a": "x"}], write_disposition="WRITE_TRUNCATE")
    assert rows(session, "SELECT a FROM d.t") == [(1,)]


def test_columns_left_out_take_their_default(engine: Engine, session: Session) -> None:
    session.run("CREATE TABLE d.t (a INT64, `at` TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP(), n INT64 DEFAULT 7)")
    engine.insert_rows("d", "t", [{"a": 1}, {"a": 2, "n": 8}])
    assert rows(session, "SELECT a, `at`, n FROM d.t ORDER BY a") == [(1, NOW, 7), (2, NOW, 8)]


def test_rows_and_bytes_are_counted(engine: Engine) -> None:
    engine.insert_rows(
        "d", "t", [{"a": 1, "b": "xyz"}, {"a": 2}], schema=[ColumnSchema("a", INT64), ColumnSchema("b", STRING)]
    )
    assert engine.table_statistics("d", "t") == (2, 8 + 5 + 8)


def test_a_load_writes_beside_the_warehouse_and_leaves_nothing(tmp_path: Path) -> None:
    """Where the warehouse is there is room for its rows; what a killed server left goes when the next one opens."""
    path = tmp_path / "warehouse.duckdb"
    (tmp_path / "eros-load-killed.ndjson").write_text("{}")
    seen: list[str] = []

    def rows() -> Iterator[dict[str, Any]]:
        seen.extend(found.name for found in tmp_path.glob("eros-load-*"))
        yield {"a": 1}
        yield {"a": "x"}

    with Engine(path, "p", lambda: NOW) as engine:
        engine.catalog.create_dataset("d")
        with refused("invalid", "row 2, field a"):
            engine.insert_rows("d", "t", rows(), schema=[ColumnSchema("a", INT64)])
        assert len(seen) == 1 and seen != ["eros-load-killed.ndjson"]
        assert list(tmp_path.glob("eros-load-*")) == []


@pytest.mark.parametrize("bad", [{"a": "no number"}, {"b": 1}], ids=["value", "field"])
def test_a_refused_load_makes_no_table(engine: Engine, bad: dict[str, Any]) -> None:
    with refused("invalid", "row 2"):
        engine.insert_rows("d", "fresh", [{"a": 1}, bad], schema=[ColumnSchema("a", INT64)])
    assert engine.catalog.table("d", "fresh") is None


def test_rows_that_duckdb_refuses_leave_no_table(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_half(file: IO[bytes], *_: object) -> tuple[int, int]:
        file.write(b"{")
        file.flush()
        return 1, 1

    monkeypatch.setattr("infra.local.engine.loading._write_lines", write_half)
    with refused("invalidQuery", ""):
        engine.insert_rows("d", "fresh", [{"a": 1}], schema=[ColumnSchema("a", INT64)])
    assert engine.catalog.table("d", "fresh") is None


def test_a_table_that_came_meanwhile_is_loaded_if_it_fits(engine: Engine, session: Session) -> None:
    def rows_while(statement: str) -> Iterator[dict[str, Any]]:
        yield {"a": 1}
        session.run(statement)
        yield {"a": 2}

    schema = [ColumnSchema("a", INT64)]
    assert engine.insert_rows("d", "t", rows_while("CREATE TABLE d.t AS SELECT 'x' AS b, 3 AS a"), schema=schema) == 2
    assert rows(session, "SELECT b, a FROM d.t ORDER BY a") == [(None, 1), (None, 2), ("x", 3)]
    with refused("invalid", "Provided Schema does not match"):
        engine.insert_rows("d", "u", rows_while("CREATE TABLE d.u AS SELECT 'x' AS a"), schema=schema)
    with refused("notFound", "d.t"):
        engine.insert_rows("d", "t", rows_while("DROP TABLE d.t"))
