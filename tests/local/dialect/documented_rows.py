"""Aggregates, windows, arrays and queries, by page of the reference: what it says they give."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from tests.local.dialect.checking import utc

DOCUMENTED: dict[str, list[tuple[str, Any]]] = {
    "aggregate_functions": [
        ("(SELECT SUM(x) FROM UNNEST([NUMERIC '0.1', NUMERIC '0.2']) x)", Decimal("0.3")),
        ("(SELECT AVG(x) FROM UNNEST([NUMERIC '1', NUMERIC '2']) x)", Decimal("1.5")),
        ("(SELECT COUNTIF(x<0) FROM UNNEST([5, -2, 3, 6, -10, -7, 4, 0]) x)", 3),
        ("(SELECT LOGICAL_OR(x<3) FROM UNNEST([1, 2, 4]) x)", True),
        ("(SELECT LOGICAL_AND(x<3) FROM UNNEST([1, 2, 4]) x)", False),
        ("(SELECT LOGICAL_OR(x<3) FROM UNNEST(ARRAY<INT64>[]) x)", None),
        ("(SELECT ARRAY_AGG(x ORDER BY x DESC LIMIT 2) FROM UNNEST([2, 1, 3]) x)", [3, 2]),
        ("(SELECT ARRAY_AGG(STRUCT(x AS a, x*2 AS b) ORDER BY x DESC LIMIT 1) FROM UNNEST([2, 1, 3]) x)", [(3, 6)]),
        ("(SELECT ARRAY_LENGTH(ARRAY_AGG(DISTINCT x)) FROM UNNEST([2, 1, -2, 3, -2, 1, 2]) x)", 4),
        ("(SELECT ARRAY_AGG(x IGNORE NULLS) FROM UNNEST([2, NULL, 3]) x)", [2, 3]),
        ("(SELECT ARRAY_AGG(x ORDER BY x LIMIT 1)[OFFSET(0)] FROM UNNEST([2, 1, 3]) x)", 1),
        ("(SELECT ARRAY_CONCAT_AGG(x) FROM (SELECT [1, 2] AS x UNION ALL SELECT [3]))", [1, 2, 3]),
        ("(SELECT ANY_VALUE(f HAVING MAX s) FROM UNNEST([STRUCT('a' AS f, 2 AS s), ('b', 5)]))", "b"),
        ("(SELECT MAX_BY(f, s) FROM UNNEST([STRUCT('a' AS f, 2 AS s), ('b', 5)]))", "b"),
        (
            ("(SELECT STRING_AGG(x, ' & ' ORDER BY LENGTH(x), x) FROM UNNEST(['apple', 'pear', 'banana', 'pear']) x)"),
            "pear & pear & apple & banana",
        ),
        ("(SELECT STRING_AGG(x, '&' ORDER BY x LIMIT 2) FROM UNNEST(['c', 'a', 'b']) x)", "a&b"),
    ],
    "approximate_aggregate_functions": [
        ("(SELECT APPROX_QUANTILES(x, 2) FROM UNNEST([1, 1, 1, 4, 5, 6, 7, 8, 9, 10]) x)", [1, 5, 10]),
        ("(SELECT APPROX_QUANTILES(x, 100)[OFFSET(90)] FROM UNNEST([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) x)", 9),
        ("(SELECT APPROX_COUNT_DISTINCT(x) FROM UNNEST([0, 1, 1, 2, 3, 5]) x)", 5),
        (
            "(SELECT APPROX_TOP_COUNT(x, 2) FROM UNNEST(['apple', 'apple', 'pear', 'pear', 'pear', 'banana']) x)",
            [("pear", 3), ("apple", 2)],
        ),
    ],
    "navigation_functions": [
        ("(SELECT PERCENTILE_CONT(x, 0.5) OVER() FROM UNNEST([0, 3, NULL, 1, 2]) x LIMIT 1)", 1.5),
        ("(SELECT PERCENTILE_CONT(x, 0.01) OVER() FROM UNNEST([0, 3, NULL, 1, 2]) x LIMIT 1)", 0.03),
        ("(SELECT PERCENTILE_DISC(x, 0.5) OVER() FROM UNNEST(['c', NULL, 'b', 'a']) x LIMIT 1)", "b"),
        (
            (
                "(SELECT STRING_AGG(CAST(l AS STRING), ',' ORDER BY x) FROM (SELECT x, LAG(x, 1, 0) OVER (ORDER BY x) l"
                " FROM UNNEST([1, 2, 3]) x))"
            ),
            "0,1,2",
        ),
        (
            (
                "(SELECT FIRST_VALUE(x IGNORE NULLS) OVER (ORDER BY o"
                " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)"
                " FROM UNNEST([NULL, 5, 6]) x WITH OFFSET o LIMIT 1)"
            ),
            5,
        ),
    ],
    "numbering_functions": [
        ("(SELECT MAX(n) FROM (SELECT NTILE(3) OVER (ORDER BY x) n FROM UNNEST([1, 2, 3, 4]) x))", 3),
        ("(SELECT SUM(r) FROM (SELECT RANK() OVER w r FROM UNNEST([1, 1, 2]) x WINDOW w AS (ORDER BY x)))", 5),
    ],
    "window-function-calls": [
        ("(SELECT COUNTIF(x<0) OVER () FROM UNNEST([5, -2]) x LIMIT 1)", 1),
        (
            (
                "(SELECT SUM(s) FROM (SELECT SUM(x) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) s"
                " FROM UNNEST([1, 2, 4]) x))"
            ),
            8,
        ),
    ],
    "statistical_aggregate_functions": [
        ("(SELECT STDDEV(x) FROM UNNEST([10, 14, 18]) x)", 4.0),
        ("(SELECT STDDEV(x) FROM UNNEST([10]) x)", None),
        ("(SELECT STDDEV_POP(x) FROM UNNEST([10, 14, 18]) x)", 3.265986323710904),
        ("(SELECT VARIANCE(x) FROM UNNEST([10, 14, 18]) x)", 16.0),
        ("(SELECT CORR(y, x) FROM UNNEST([STRUCT(1.0 AS y, 5.0 AS x), (3.0, 9.0), (4.0, 7.0)]))", 0.6546536707079772),
        (
            (
                "(SELECT COVAR_SAMP(y, x)"
                " FROM UNNEST([STRUCT(1.0 AS y, 1.0 AS x), (2.0, 6.0), (9.0, 3.0), (2.0, 6.0), (9.0, 3.0)]))"
            ),
            -2.1,
        ),
    ],
    "array_functions": [
        ("GENERATE_ARRAY(0, 10, 3)", [0, 3, 6, 9]),
        ("GENERATE_ARRAY(10, 0, -3)", [10, 7, 4, 1]),
        ("GENERATE_ARRAY(10, 0, 3)", []),
        (
            "GENERATE_DATE_ARRAY('2016-10-05', '2016-10-09', INTERVAL 2 DAY)",
            [dt.date(2016, 10, 5), dt.date(2016, 10, 7), dt.date(2016, 10, 9)],
        ),
        (
            "GENERATE_TIMESTAMP_ARRAY('2016-10-05 00:00:00', '2016-10-05 00:00:02', INTERVAL 1 SECOND)",
            [utc(2016, 10, 5), utc(2016, 10, 5, 0, 0, 1), utc(2016, 10, 5, 0, 0, 2)],
        ),
        ("ARRAY_LENGTH([])", 0),
        ("ARRAY_LENGTH([1, NULL, 2])", 3),
        ("ARRAY_TO_STRING(['cake', 'pie', NULL], '--')", "cake--pie"),
        ("ARRAY_TO_STRING(['cake', 'pie', NULL], '--', 'MISSING')", "cake--pie--MISSING"),
        ("ARRAY_CONCAT([1, 2], [3], [5, 6])", [1, 2, 3, 5, 6]),
        ("ARRAY_REVERSE([1, 2, 3])", [3, 2, 1]),
        ("ARRAY(SELECT x*2 FROM UNNEST([1, 2, 3]) x ORDER BY x DESC)", [6, 4, 2]),
    ],
    "arrays": [
        ("[10, 20, 30][OFFSET(1)]", 20),
        ("[10, 20, 30][ORDINAL(1)]", 10),
        ("[10, 20, 30][0]", 10),
        ("[10, 20, 30][SAFE_OFFSET(5)]", None),
        ("ARRAY(SELECT AS STRUCT e, o FROM UNNEST(['a', 'b']) e WITH OFFSET o ORDER BY o)", [("a", 0), ("b", 1)]),
    ],
    "subqueries": [
        ("EXISTS(SELECT 1 FROM UNNEST([1, 2]) x WHERE x>1)", True),
    ],
    "operators#in_operators": [
        ("3 IN UNNEST([1, 2, 3])", True),
    ],
    "query-syntax": [
        ("(SELECT SUM(s.a) FROM UNNEST([STRUCT(1 AS a, 2 AS b), (5, 6)]) s)", 6),
        ("(SELECT SUM(x) FROM (SELECT [1, 2] AS arr UNION ALL SELECT [5]) t, t.arr AS x)", 8),
        ("(SELECT COUNT(*) FROM (SELECT 1 AS id, ARRAY<INT64>[] AS arr) t LEFT JOIN UNNEST(t.arr) x)", 1),
        (
            (
                "(SELECT SUM(x) FROM (SELECT x FROM UNNEST([3, 1, 2]) x"
                " WHERE TRUE QUALIFY ROW_NUMBER() OVER (ORDER BY x DESC) <= 2))"
            ),
            5,
        ),
        ("ARRAY(SELECT IFNULL(x, -1) FROM UNNEST([2, NULL, 1]) x ORDER BY x)", [-1, 1, 2]),
        ("ARRAY(SELECT IFNULL(x, -1) FROM UNNEST([2, NULL, 1]) x ORDER BY x DESC)", [2, 1, -1]),
        ("(SELECT COUNT(*) FROM (SELECT x, SUM(x) s FROM UNNEST([1, 2]) x GROUP BY ROLLUP(x)))", 3),
        ("(SELECT COUNT(*) FROM (SELECT DISTINCT x FROM UNNEST([1, 1, 2]) x))", 2),
        ("(SELECT COUNT(*) FROM (SELECT x FROM UNNEST([1, 2, 2]) x EXCEPT DISTINCT SELECT 1))", 1),
        ("(SELECT COUNT(*) FROM (SELECT 1 UNION DISTINCT SELECT 1))", 1),
        ("(SELECT a FROM (SELECT 'a' q, 3 x UNION ALL SELECT 'b', 4) PIVOT(SUM(x) FOR q IN ('a', 'b')))", 3),
        ("(SELECT AS STRUCT * EXCEPT(a) FROM (SELECT 1 a, 2 b)).b", 2),
        ("(SELECT AS STRUCT * REPLACE(a+1 AS a) FROM (SELECT 1 a, 2 b)).a", 2),
        ("(SELECT FOO FROM (SELECT 1 AS foo))", 1),
    ],
}

FAILING: dict[str, list[tuple[str, str]]] = {
    "arrays": [
        ("[1][OFFSET(5)]", "out of bounds"),
    ],
    "subqueries": [
        ("(SELECT x FROM UNNEST([1, 2]) x)", "More than one row"),
    ],
    "query-syntax": [
        ("(SELECT SUM(a) FROM UNNEST([STRUCT(1 AS a), (2)]))", "No matching signature for array"),
    ],
}
