"""Arrays, structs, UNNEST. Expected values are GoogleSQL's own."""

from __future__ import annotations

from datetime import date
from typing import Any

DAY = date(2026, 1, 6)
CASES: list[tuple[str, Any]] = [
    ("[1, 2, 3]", [1, 2, 3]),
    ("[1, 2.5]", [1.0, 2.5]),
    ("[1, NULL]", [1, None]),
    ("ARRAY<STRING>[]", []),
    ("ARRAY<INT64>[1, 2]", [1, 2]),
    ("ARRAY_LENGTH([1, NULL, 2])", 3),
    ("ARRAY_LENGTH(ARRAY<INT64>[])", 0),
    ("ARRAY_LENGTH([])", 0),
    ("ARRAY_LENGTH(CAST(NULL AS ARRAY<INT64>))", None),
    ("[10, 20, 30][OFFSET(1)]", 20),
    ("[10, 20, 30][ORDINAL(1)]", 10),
    ("[10, 20, 30][0]", 10),
    ("[10, 20, 30][SAFE_OFFSET(5)]", None),
    ("[10, 20, 30][SAFE_OFFSET(-1)]", None),
    ("[10, 20, 30][SAFE_ORDINAL(0)]", None),
    ("[10, 20, 30][SAFE_ORDINAL(3)]", 30),
    ("[10, 20, 30][SAFE_OFFSET(NULL)]", None),
    ("CAST(NULL AS ARRAY<INT64>)[SAFE_OFFSET(0)]", None),
    ("ARRAY_TO_STRING(['cake', 'pie', NULL], '--')", "cake--pie"),
    ("ARRAY_TO_STRING(['cake', 'pie', NULL], '--', 'MISSING')", "cake--pie--MISSING"),
    ("ARRAY_TO_STRING(ARRAY<STRING>[], ',')", ""),
    ("ARRAY_TO_STRING(CAST(NULL AS ARRAY<STRING>), ',')", None),
    ("ARRAY_TO_STRING(['a', '', 'b'], ',')", "a,,b"),
    ("ARRAY_CONCAT([1, 2], [3], [5, 6])", [1, 2, 3, 5, 6]),
    ("ARRAY_CONCAT([1], ARRAY<INT64>[])", [1]),
    ("ARRAY_REVERSE([1, 2, 3])", [3, 2, 1]),
    ("ARRAY_FIRST([1, 2])", 1),
    ("ARRAY_LAST([1, 2])", 2),
    ("GENERATE_ARRAY(0, 10, 3)", [0, 3, 6, 9]),
    ("GENERATE_ARRAY(10, 0, -3)", [10, 7, 4, 1]),
    ("GENERATE_ARRAY(10, 0, 3)", []),
    ("GENERATE_ARRAY(1, 3)", [1, 2, 3]),
    ("3 IN UNNEST([1, 2, 3])", True),
    ("4 IN UNNEST([1, 2, 3])", False),
    ("4 IN UNNEST([1, NULL])", None),
    ("NULL IN UNNEST([1])", None),
    ("1 IN UNNEST(ARRAY<INT64>[])", False),
    ("1 NOT IN UNNEST([1, 2])", False),
    ("'a' IN UNNEST(['a', 'b'])", True),
    ("ARRAY(SELECT x * 2 FROM UNNEST([1, 2, 3]) AS x ORDER BY x DESC)", [6, 4, 2]),
    ("ARRAY(SELECT x FROM UNNEST([1, 2]) AS x WHERE x > 5)", []),
    ("ARRAY(SELECT AS STRUCT e, o FROM UNNEST(['a', 'b']) AS e WITH OFFSET AS o ORDER BY o)", [("a", 0), ("b", 1)]),
    ("ARRAY(SELECT STRUCT(x AS a) FROM UNNEST([2, 1]) AS x ORDER BY x)", [(1,), (2,)]),
    ("ARRAY(SELECT DISTINCT x FROM UNNEST([2, 1, 2]) AS x ORDER BY x)", [1, 2]),
    ("ARRAY(SELECT x FROM UNNEST([3, 1, 2]) AS x ORDER BY x LIMIT 2)", [1, 2]),
    ("SELECT x FROM UNNEST([3, 1, 2]) AS x ORDER BY x", [(1,), (2,), (3,)]),
    ("SELECT x, o FROM UNNEST(['b', 'a']) AS x WITH OFFSET AS o ORDER BY o", [("b", 0), ("a", 1)]),
    ("SELECT x, offset FROM UNNEST(['b', 'a']) AS x WITH OFFSET ORDER BY offset DESC", [("a", 1), ("b", 0)]),
    ("SELECT COUNT(*) FROM UNNEST(CAST(NULL AS ARRAY<INT64>)) AS x", [(0,)]),
    ("SELECT COUNT(*) FROM UNNEST(ARRAY<INT64>[]) AS x", [(0,)]),
    ("SELECT SUM(a) FROM UNNEST([STRUCT(1 AS a), STRUCT(2)])", [(3,)]),
    ("SELECT a, b FROM UNNEST([STRUCT(1 AS a, 'x' AS b), (2, 'y')]) ORDER BY a", [(1, "x"), (2, "y")]),
    ("SELECT s.a, s.b FROM UNNEST([STRUCT(1 AS a, 2 AS b), (5, 6)]) AS s ORDER BY s.a", [(1, 2), (5, 6)]),
    ("SELECT * FROM UNNEST([STRUCT(1 AS g, 2 AS x), (3, NULL)]) ORDER BY g", [(1, 2), (3, None)]),
    ("SELECT g, x FROM UNNEST([STRUCT(1 AS g, 2 AS x), (3, NULL)]) ORDER BY g", [(1, 2), (3, None)]),
    ("SELECT a, c FROM UNNEST([STRUCT(1 AS a, 2 AS c), STRUCT(2 AS a, 2.5 AS d)]) ORDER BY a", [(1, 2.0), (2, 2.5)]),
    (
        "SELECT x.y FROM UNNEST([STRUCT(1 AS g, STRUCT(2 AS y) AS x), (3, STRUCT(NULL))]) ORDER BY g",
        [(2,), (None,)],
    ),
    ("SELECT g, x FROM UNNEST([STRUCT(1 AS g, [1] AS x), (3, NULL)]) ORDER BY g", [(1, [1]), (3, None)]),
    ("SELECT g, x FROM UNNEST([STRUCT(1 AS g, NULL AS x), (3, 'a')]) ORDER BY g", [(1, None), (3, "a")]),
    ("SELECT x FROM UNNEST([STRUCT(1 AS g, DATE '2026-01-05' AS x), (2, '2026-01-06')]) WHERE g = 2", [(DAY,)]),
    ("SELECT x.a FROM UNNEST([STRUCT(1 AS g, STRUCT([5] AS a) AS x), (3, STRUCT(NULL))]) WHERE g = 3", [(None,)]),
    ("SELECT IF(x > 0, STRUCT(x AS a, [x] AS b), (NULL, [])).b FROM UNNEST([7]) AS x", [([7],)]),
    ("IF(TRUE, [1], [1.5])", [1.0]),
    ("SELECT s FROM UNNEST([STRUCT(1 AS a, 2 AS b)]) AS s", [((1, 2),)]),
    ("SELECT SUM(x) FROM (SELECT [1, 2] AS arr UNION ALL SELECT [5]) AS t, t.arr AS x", [(8,)]),
    ("SELECT SUM(x) FROM (SELECT [1, 2] AS arr UNION ALL SELECT [5]) AS t CROSS JOIN UNNEST(t.arr) AS x", [(8,)]),
    (
        (
            "SELECT id, x FROM (SELECT 1 AS id, ARRAY<INT64>[] AS arr UNION ALL SELECT 2, [7]) AS t LEFT "
            "JOIN UNNEST(t.arr) AS x ORDER BY id"
        ),
        [(1, None), (2, 7)],
    ),
    (
        (
            "SELECT id, x, o FROM (SELECT 1 AS id, ['a', 'b'] AS arr) AS t, UNNEST(t.arr) AS x WITH OFFSET "
            "AS o ORDER BY o"
        ),
        [(1, "a", 0), (1, "b", 1)],
    ),
    ("SELECT id, (SELECT MAX(x) FROM UNNEST(arr) AS x) FROM (SELECT 1 AS id, [3, 9, 4] AS arr)", [(1, 9)]),
    (
        ("SELECT id, (SELECT COUNT(*) FROM UNNEST(arr) AS x WHERE x > id) FROM (SELECT 3 AS id, [3, 9, 4] AS arr)"),
        [(3, 2)],
    ),
    (
        ("SELECT id, EXISTS(SELECT 1 FROM UNNEST(arr) AS x WHERE x = id) FROM (SELECT 3 AS id, [3, 9, 4] AS arr)"),
        [(3, True)],
    ),
    (
        "SELECT ARRAY(SELECT x + id FROM UNNEST(arr) AS x ORDER BY x) FROM (SELECT 3 AS id, [3, 9, 4] AS arr)",
        [([6, 7, 12],)],
    ),
    (
        (
            "SELECT p.page, r.n FROM UNNEST([STRUCT('a' AS page, [STRUCT(1 AS n), STRUCT(2)] AS rs)]) AS p, "
            "UNNEST(p.rs) AS r ORDER BY r.n"
        ),
        [("a", 1), ("a", 2)],
    ),
    ("STRUCT(1 AS a, 'x' AS b)", (1, "x")),
    ("STRUCT(1 AS a, 'x' AS b).b", "x"),
    ("STRUCT<a INT64, b STRING>(1, 'x').a", 1),
    ("STRUCT(1, 2) = STRUCT(1, 2)", True),
    ("STRUCT(1, NULL) = STRUCT(1, 2)", None),
    ("STRUCT(1, 2) != STRUCT(1, 3)", True),
    ("(1, 2) IN ((1, 2), (3, 4))", True),
    ("(SELECT AS STRUCT 1 AS a, 2 AS b).b", 2),
    ("(SELECT AS STRUCT * EXCEPT (a) FROM (SELECT 1 AS a, 2 AS b)).b", 2),
    ("(SELECT AS STRUCT * REPLACE (a + 1 AS a) FROM (SELECT 1 AS a, 2 AS b)).a", 2),
    ("STRUCT(1 AS a, STRUCT('z' AS c) AS b).b.c", "z"),
    ("SELECT t.s.a FROM (SELECT STRUCT(1 AS a) AS s) AS t", [(1,)]),
    ("SELECT AS STRUCT 1 AS a, 'x' AS b", [(1, "x")]),
    (
        "WITH t AS (SELECT AS STRUCT 2 AS a UNION ALL SELECT AS STRUCT 1) SELECT AS STRUCT * FROM t ORDER BY a",
        [(1,), (2,)],
    ),
    ("SELECT AS VALUE 1", [(1,)]),
    ("SELECT s.* FROM (SELECT STRUCT(1 AS a, 2 AS b) AS s)", [(1, 2)]),
    ("[STRUCT(1 AS a), STRUCT(2 AS a)][OFFSET(1)].a", 2),
    ("ARRAY_AGG(x) IS NULL FROM UNNEST(ARRAY<INT64>[]) AS x", True),
    ("SPLIT('a,b', ',')[SAFE_OFFSET(1)]", "b"),
    ("CAST([1, 2] AS ARRAY<FLOAT64>)", [1.0, 2.0]),
    ("CAST(STRUCT(1, 'x') AS STRUCT<a FLOAT64, b STRING>)", (1.0, "x")),
    ("ARRAY(SELECT AS STRUCT x FROM UNNEST([2, 1]) AS x ORDER BY 1)", [(1,), (2,)]),
]

ERRORS = [
    (
        "SELECT IF(TRUE, [1.5], [x]) FROM UNNEST([1]) AS x",
        "ARRAY<INT64> which cannot be coerced to type ARRAY<FLOAT64>",
    ),
    ("[1][OFFSET(5)]", "Array index 5 is out of bounds"),
    ("[1][OFFSET(-1)]", "Array index -1 is out of bounds"),
    ("[1][ORDINAL(0)]", "Array index 0 is out of bounds"),
    ("[1][5]", "Array index 5 is out of bounds"),
    ("ARRAY_FIRST(ARRAY<INT64>[])", "empty array"),
    ("GENERATE_ARRAY(1, 5, 0)", "Sequence step cannot be 0"),
    ("[1, 'a']", "No matching signature for array"),
    ("STRUCT(1 AS a).b", "Field name b does not exist"),
]

REFUSED = [
    ("SELECT AS VALUE STRUCT(1 AS a)", "A statement whose rows are STRUCTs"),
    ("SELECT AS STRUCT 1 AS a UNION ALL SELECT AS STRUCT 2 AS a", "A statement whose rows are STRUCTs"),
    ("ARRAY_SLICE([1, 2, 3], 0, 1)", "ARRAY_SLICE"),
    ("ARRAY_INCLUDES([1, 2], 2)", "ARRAY_INCLUDES"),
    ("ARRAY_IS_DISTINCT([1, 1])", "ARRAY_IS_DISTINCT"),
    ("GENERATE_ARRAY(0, 1, 0.5)", "GENERATE_ARRAY of FLOAT64"),
    ("ARRAY_FILTER([1, 2], e -> e > 1)", "Function FILTER"),
    ("(1, 'a') IN UNNEST([STRUCT(1, 'a')])", "IN UNNEST of STRUCT"),
]
