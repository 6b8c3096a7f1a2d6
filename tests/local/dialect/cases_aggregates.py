"""Aggregate functions and GROUP BY. Expected values are GoogleSQL's own."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from tests.local.dialect.checking import NAN

CASES: list[tuple[str, Any]] = [
    ("SELECT COUNT(*), COUNT(x), COUNT(DISTINCT x) FROM UNNEST([1, NULL, 1, 2]) AS x", [(4, 3, 2)]),
    ("SELECT SUM(x), AVG(x), MIN(x), MAX(x) FROM UNNEST([1, NULL, 2]) AS x", [(3, 1.5, 1, 2)]),
    ("SELECT SUM(x), AVG(x), MIN(x), COUNT(x) FROM UNNEST(ARRAY<INT64>[]) AS x", [(None, None, None, 0)]),
    ("SELECT SUM(x), AVG(x) FROM UNNEST([NUMERIC '0.1', NUMERIC '0.2']) AS x", [(Decimal("0.3"), Decimal("0.15"))]),
    ("SELECT AVG(x) FROM UNNEST([NUMERIC '1', NUMERIC '1', NUMERIC '2']) AS x", [(Decimal("1.333333333"),)]),
    ("SELECT SUM(x), AVG(x), MAX(x) FROM UNNEST([1.5, 2.5, NULL]) AS x", [(4.0, 2.0, 2.5)]),
    ("SELECT SUM(DISTINCT x) FROM UNNEST([1, 1, 2]) AS x", [(3,)]),
    ("SELECT MIN(x), MAX(x) FROM UNNEST(['b', 'a', 'C']) AS x", [("C", "b")]),
    (
        "SELECT MIN(x), MAX(x) FROM UNNEST([DATE '2026-01-02', DATE '2025-01-01']) AS x",
        [(dt.date(2025, 1, 1), dt.date(2026, 1, 2))],
    ),
    ("SELECT MIN(x), MAX(x) FROM UNNEST([TRUE, FALSE]) AS x", [(False, True)]),
    ("SELECT MAX(x), MIN(x) FROM UNNEST([1.0, CAST('nan' AS FLOAT64)]) AS x", [(NAN, NAN)]),
    ("SELECT COUNTIF(x < 0) FROM UNNEST([5, -2, 3, 6, -10, -7, 4, 0]) AS x", [(3,)]),
    ("SELECT COUNTIF(x < 0) FROM UNNEST(ARRAY<INT64>[]) AS x", [(0,)]),
    ("SELECT COUNTIF(x > 1) FROM UNNEST([NULL, 2]) AS x", [(1,)]),
    ("SELECT LOGICAL_OR(x < 3), LOGICAL_AND(x < 3) FROM UNNEST([1, 2, 4]) AS x", [(True, False)]),
    ("SELECT LOGICAL_OR(x < 3), LOGICAL_AND(x < 3) FROM UNNEST(ARRAY<INT64>[]) AS x", [(None, None)]),
    ("SELECT LOGICAL_OR(x), LOGICAL_AND(x) FROM UNNEST([NULL, FALSE]) AS x", [(False, False)]),
    ("SELECT STDDEV(x), STDDEV_SAMP(x), STDDEV_POP(x) FROM UNNEST([10, 14, 18]) AS x", [(4.0, 4.0, 3.265986323710904)]),
    ("SELECT STDDEV_SAMP(x), STDDEV_POP(x) FROM UNNEST([10]) AS x", [(None, 0.0)]),
    ("SELECT STDDEV_SAMP(x) FROM UNNEST(ARRAY<FLOAT64>[]) AS x", [(None,)]),
    ("SELECT VARIANCE(x), VAR_SAMP(x), VAR_POP(x) FROM UNNEST([10, 14, 18]) AS x", [(16.0, 16.0, 10.666666666666666)]),
    ("SELECT CORR(y, x) FROM UNNEST([STRUCT(1.0 AS y, 5.0 AS x), (3.0, 9.0), (4.0, 7.0)])", [(0.6546536707079772,)]),
    ("SELECT COVAR_SAMP(y, x) FROM UNNEST([STRUCT(1.0 AS y, 1.0 AS x), (2.0, 6.0), (9.0, 3.0)])", [(0.0,)]),
    ("SELECT ARRAY_AGG(x ORDER BY x DESC LIMIT 2) FROM UNNEST([2, 1, 3]) AS x", [([3, 2],)]),
    ("SELECT ARRAY_AGG(x ORDER BY x LIMIT 1)[OFFSET(0)] FROM UNNEST([2, 1, 3]) AS x", [(1,)]),
    ("SELECT ARRAY_AGG(x IGNORE NULLS ORDER BY x) FROM UNNEST([2, NULL, 1]) AS x", [([1, 2],)]),
    ("SELECT ARRAY_AGG(DISTINCT x ORDER BY x) FROM UNNEST([2, 1, 2]) AS x", [([1, 2],)]),
    ("SELECT ARRAY_AGG(STRUCT(x AS a, x * 2 AS b) ORDER BY x DESC LIMIT 1) FROM UNNEST([2, 1, 3]) AS x", [([(3, 6)],)]),
    ("SELECT ARRAY_AGG(STRUCT(x AS a) ORDER BY x DESC LIMIT 1)[OFFSET(0)].a FROM UNNEST([2, 1, 3]) AS x", [(3,)]),
    ("SELECT ARRAY_AGG(x ORDER BY o) FROM UNNEST(['b', 'a']) AS x WITH OFFSET AS o", [(["b", "a"],)]),
    ("SELECT ARRAY_AGG(x ORDER BY x) FROM UNNEST([2, NULL, 1]) AS x", [([None, 1, 2],)]),
    ("SELECT ARRAY_AGG(x ORDER BY x DESC) FROM UNNEST([2, NULL, 1]) AS x", [([2, 1, None],)]),
    ("SELECT ARRAY_AGG(x) FROM UNNEST(ARRAY<INT64>[]) AS x", [(None,)]),
    (
        ("SELECT STRING_AGG(x, ' & ' ORDER BY LENGTH(x), x) FROM UNNEST(['apple', 'pear', 'banana', 'pear']) AS x"),
        [("pear & pear & apple & banana",)],
    ),
    ("SELECT STRING_AGG(x, '&' ORDER BY x LIMIT 2) FROM UNNEST(['c', 'a', 'b']) AS x", [("a&b",)]),
    ("SELECT STRING_AGG(DISTINCT x, ',' ORDER BY x) FROM UNNEST(['b', 'a', 'b']) AS x", [("a,b",)]),
    ("SELECT STRING_AGG(x ORDER BY x) FROM UNNEST(['b', NULL, 'a']) AS x", [("a,b",)]),
    ("SELECT STRING_AGG(x) FROM UNNEST(ARRAY<STRING>[]) AS x", [(None,)]),
    ("SELECT ANY_VALUE(x) FROM UNNEST([7, 7]) AS x", [(7,)]),
    ("SELECT ANY_VALUE(f HAVING MAX s) FROM UNNEST([STRUCT('a' AS f, 2 AS s), ('b', 5)])", [("b",)]),
    ("SELECT ANY_VALUE(f HAVING MIN s) FROM UNNEST([STRUCT('a' AS f, 2 AS s), ('b', 5)])", [("a",)]),
    ("SELECT BIT_OR(x), BIT_AND(x), BIT_XOR(x) FROM UNNEST([1, 3, 5]) AS x", [(7, 1, 7)]),
    ("SELECT x, COUNT(*) FROM UNNEST([2, 1, 2]) AS x GROUP BY x ORDER BY x", [(1, 1), (2, 2)]),
    (
        "SELECT x, COUNT(*) FROM UNNEST([2, 1, 2, NULL, NULL]) AS x GROUP BY 1 ORDER BY 2, 1",
        [(1, 1), (None, 2), (2, 2)],
    ),
    ("SELECT MOD(x, 2) AS k, SUM(x) FROM UNNEST([1, 2, 3]) AS x GROUP BY k ORDER BY k", [(0, 2), (1, 4)]),
    ("SELECT x, COUNT(*) AS n FROM UNNEST([2, 1, 2]) AS x GROUP BY x HAVING n > 1", [(2, 2)]),
    ("SELECT SUM(x) FROM UNNEST([1, 2]) AS x HAVING SUM(x) > 5", []),
    ("SELECT CORR(x, x) FROM UNNEST([1.0]) AS x", [(None,)]),
    ("SELECT SUM(IF(x > 1, x, 0)), SUM(CASE WHEN x > 1 THEN 1 END) FROM UNNEST([1, 2, 3]) AS x", [(5, 2)]),
    ("SELECT COUNT(DISTINCT IF(x > 1, x, NULL)) FROM UNNEST([1, 2, 3, 3]) AS x", [(2,)]),
    (
        (
            "SELECT a, ARRAY_AGG(b ORDER BY b) FROM UNNEST([STRUCT('x' AS a, 2 AS b), ('y', 1), ('x', 1)]) "
            "GROUP BY a ORDER BY a"
        ),
        [("x", [1, 2]), ("y", [1])],
    ),
    ("SELECT SAFE_DIVIDE(SUM(x), COUNT(x)) FROM UNNEST([1, 2]) AS x", [(1.5,)]),
    ("SELECT ROUND(AVG(x), 2) FROM UNNEST([1, 1, 2]) AS x", [(1.33,)]),
    ("SELECT COUNT(*) FROM (SELECT DISTINCT x FROM UNNEST([1, 1, 2]) AS x)", [(2,)]),
    (
        "SELECT ARRAY_CONCAT_AGG(x ORDER BY ARRAY_LENGTH(x)) FROM (SELECT [1, 2] AS x UNION ALL SELECT [3])",
        [([3, 1, 2],)],
    ),
    # the groups of (x, y), of x, and of all
    (
        "SELECT x, y, COUNT(*), SUM(n) FROM UNNEST([STRUCT(1 AS x, 'a' AS y, 10 AS n), (1, 'b', 20), (2, 'a', 30)])"
        " GROUP BY ROLLUP(x, y) ORDER BY x, y",
        [(None, None, 3, 60), (1, None, 2, 30), (1, "a", 1, 10), (1, "b", 1, 20), (2, None, 1, 30), (2, "a", 1, 30)],
    ),
    ("SELECT COUNT(*) FROM UNNEST(ARRAY<INT64>[]) AS x GROUP BY ROLLUP(x)", []),
    ("SELECT APPROX_TOP_COUNT(x, 2) FROM UNNEST([NULL, NULL, 3, 4, 4, 4]) AS x", [([(4, 3), (None, 2)],)]),
    ("SELECT APPROX_TOP_COUNT(x, 2) FROM UNNEST(ARRAY<INT64>[]) AS x", [(None,)]),
    ("SELECT VAR_POP(x) FROM UNNEST([CAST('nan' AS FLOAT64)]) AS x", [(NAN,)]),
]

ERRORS = [
    ("SELECT SUM(x) FROM UNNEST([9223372036854775807, 1]) AS x", ""),
    ("SELECT SUM(x) FROM UNNEST(['a']) AS x", ""),
    ("SELECT x, COUNT(*) FROM UNNEST([1]) AS x", ""),
]

REFUSED = [
    ("SELECT x FROM UNNEST([1]) AS x GROUP BY CUBE(x)", "CUBE"),
    ("SELECT x FROM UNNEST([1]) AS x GROUP BY GROUPING SETS (x)", "GROUPINGSETS"),
    ("SELECT 1 FROM UNNEST([1]) AS x GROUP BY ROLLUP(x), x + 1", "ROLLUP"),
    ("SELECT 1 AS one FROM UNNEST([1]) AS x GROUP BY ROLLUP(one)", "GROUP BY ROLLUP with a constant"),
    ("SELECT APPROX_TOP_COUNT(x, 2) FROM UNNEST([1.5]) AS x", "APPROX_TOP_COUNT of FLOAT64"),
]
