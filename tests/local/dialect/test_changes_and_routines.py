"""UPDATE, MERGE and DELETE row by row, inlined table functions, scalar functions: what names mean inside them."""

from __future__ import annotations

import duckdb
import pytest

from infra.local.engine.rewrite import AnalysisError
from tests.local.dialect.harness import Bench

STOCK = "INSERT INTO shop.stock (k, v) VALUES (1, 10), (2, 20), (3, NULL)"
TWICE = "(SELECT 1 AS k, 5 AS n UNION ALL SELECT 1, 6)"


@pytest.fixture
def stock(bench: Bench) -> Bench:
    bench.table("stock", k="INT64", v="INT64")
    bench.run(STOCK)
    return bench


def _rows(bench: Bench) -> list[tuple[int, int]]:
    return bench.run("SELECT k, v FROM shop.stock ORDER BY k")


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE shop.stock SET v = v + 1 WHERE TRUE", [(1, 11), (2, 21), (3, None)]),
        ("UPDATE shop.stock SET v = k, k = 9 WHERE k = 2", [(1, 10), (3, None), (9, 2)]),
        (
            "UPDATE shop.stock AS s SET v = n FROM (SELECT 2 AS k, 7 AS n) AS x WHERE s.k = x.k",
            [(1, 10), (2, 7), (3, None)],
        ),
        ("UPDATE shop.stock SET v = NULL WHERE v > 15", [(1, 10), (2, None), (3, None)]),
        ("DELETE FROM shop.stock WHERE v IS NULL", [(1, 10), (2, 20)]),
        ("DELETE FROM shop.stock WHERE v != 10", [(1, 10), (3, None)]),
        (
            "MERGE shop.stock AS s USING (SELECT 2 AS k, 7 AS n UNION ALL SELECT 4, 8) AS x ON s.k = x.k "
            "WHEN MATCHED THEN UPDATE SET v = n WHEN NOT MATCHED THEN INSERT (k, v) VALUES (x.k, n)",
            [(1, 10), (2, 7), (3, None), (4, 8)],
        ),
        (
            "MERGE shop.stock AS s USING (SELECT 2 AS k) AS x ON s.k = x.k "
            "WHEN MATCHED THEN DELETE WHEN NOT MATCHED BY SOURCE AND v IS NULL THEN UPDATE SET v = 0",
            [(1, 10), (3, 0)],
        ),
    ],
)
def test_rows_change_as_in_googlesql(stock: Bench, statement: str, expected: list[tuple[int, int]]) -> None:
    stock.run(statement)
    assert _rows(stock) == expected


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE shop.stock AS s SET v = n FROM {TWICE} AS x WHERE s.k = x.k",
        f"MERGE shop.stock AS s USING {TWICE} AS x ON s.k = x.k WHEN MATCHED THEN UPDATE SET v = n",
    ],
)
def test_a_row_matched_twice_is_an_error_and_changes_nothing(stock: Bench, statement: str) -> None:
    with pytest.raises(duckdb.Error, match="must match at most one source row"):
        stock.run(statement)
    assert _rows(stock) == [(1, 10), (2, 20), (3, None)]


@pytest.mark.parametrize(
    "statement", ["INSERT INTO shop.log (at) VALUES (1)", "UPDATE shop.log SET at = DEFAULT WHERE TRUE"]
)
def test_a_column_named_by_a_reserved_word_stands_in_backquotes(bench: Bench, statement: str) -> None:
    bench.table("log", at="INT64")
    with pytest.raises(AnalysisError, match="Unexpected keyword AT"):
        bench.run(statement)
    bench.run(statement.replace("at", "`at`"))


def test_a_column_beats_a_parameter_of_its_name(stock: Bench) -> None:
    stock.table_function("named_like", {"k": "INT64"}, "SELECT k, v FROM shop.stock WHERE stock.k = k")
    assert len(stock.run("SELECT * FROM shop.named_like(1)")) == 3
    stock.table_function("told_apart", {"wanted": "INT64"}, "SELECT k, v FROM shop.stock WHERE k = wanted")
    assert stock.run("SELECT * FROM shop.told_apart(1)") == [(1, 10)]


def test_a_column_beats_a_variable_of_its_name(stock: Bench) -> None:
    stock.variable("k", "INT64", 2)
    stock.variable("wanted", "INT64", 2)
    assert stock.run("SELECT v FROM shop.stock WHERE k = wanted") == [(20,)]
    assert len(stock.run("SELECT v FROM shop.stock WHERE k = stock.k")) == 3


def test_a_table_function_sees_nothing_of_its_caller(stock: Bench) -> None:
    stock.table_function("above", {"least": "INT64"}, "SELECT k FROM shop.stock WHERE v > least")
    query = "SELECT a.k, b.k AS other FROM shop.above(5) AS a, shop.above(15) AS b ORDER BY 1"
    sql = f"WITH stock AS (SELECT 0 AS nothing) {query}"
    assert stock.run(sql) == [(1, 2), (2, 2)]
    with pytest.raises(AnalysisError):
        stock.run("SELECT least FROM shop.above(5)")


def test_a_scalar_function_takes_typed_arguments_and_its_own_names(stock: Bench) -> None:
    assert str(stock.function("half", {"v": "FLOAT64"}, "v / 2", "FLOAT64")) == "FLOAT64"
    assert stock.run("SELECT shop.half(v) FROM shop.stock ORDER BY k") == [(5.0,), (10.0,), (None,)]
    assert stock.run("SELECT shop.half(shop.half(3))") == [(0.75,)]
    with pytest.raises(AnalysisError, match="half"):
        stock.run("SELECT shop.half('a')")
