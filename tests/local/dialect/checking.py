"""How an answer of the dialect is compared with the literal that GoogleSQL gives."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any

import duckdb
import pytest

from infra.local.engine.rewrite import AnalysisError, UnsupportedError
from tests.local.dialect.harness import Bench

NAN, INF = float("nan"), float("inf")


def utc(*parts: int) -> dt.datetime:
    """An instant, from the numbers of a UTC date and time."""
    year, month, day, hour, minute, second, micros = (*parts, 0, 0, 0, 0)[:7]
    return dt.datetime(year, month, day, hour, minute, second, micros, tzinfo=dt.UTC)


def check(bench: Bench, sql: str, expected: Any) -> None:
    """Holds an expression to a value, or a query (SELECT, WITH) to its rows; type for type."""
    if re.match(r"(SELECT|WITH)\b(?!\()", sql):
        found: Any = [plain(row) for row in bench.run(sql)]
    else:
        found = plain(bench.value(sql))
    assert same(found, expected), f"{sql}\n  gives {found!r}\n  not   {expected!r}"


def plain(value: Any) -> Any:
    """A STRUCT as a tuple of its fields, an ARRAY as a list."""
    if isinstance(value, dict):
        return tuple(plain(each) for each in value.values())
    if isinstance(value, tuple | list):
        return type(value)(plain(each) for each in value)
    return value


def same(found: Any, expected: Any) -> bool:
    """Equal and of one type; floats to the last bit but one, NaN equal to NaN."""
    if isinstance(expected, tuple | list) and type(found) is type(expected):
        return len(found) == len(expected) and all(map(same, found, expected))
    if isinstance(found, float) and isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=4e-16) or (math.isnan(found) and math.isnan(expected))
    return type(found) is type(expected) and bool(found == expected)


def fail(bench: Bench, sql: str, message: str) -> None:
    """Holds a query or expression to an error of analysis or of the run whose text holds `message`."""
    statement = sql if sql.startswith(("SELECT", "WITH")) else f"SELECT {sql}"
    with pytest.raises((duckdb.Error, AnalysisError)) as caught:
        bench.run(statement)
    assert message in str(caught.value), str(caught.value)


def refuse(bench: Bench, sql: str, name: str) -> None:
    """Holds a statement or expression to being refused under that name, before it runs."""
    statement = sql if re.match(r"(SELECT|WITH|INSERT|UPDATE|DELETE|MERGE)\b(?!\()", sql) else f"SELECT {sql}"
    with pytest.raises(UnsupportedError) as caught:
        bench.sql(statement)
    assert name in str(caught.value), str(caught.value)
