"""Ordering, joins, set operations, subqueries, common table expressions. Expected values are GoogleSQL's own."""

from __future__ import annotations

from typing import Any

from tests.local.dialect.checking import INF, NAN

CASES: list[tuple[str, Any]] = [
    ("SELECT x FROM UNNEST([2, NULL, 1]) AS x ORDER BY x", [(None,), (1,), (2,)]),
    ("SELECT x FROM UNNEST([2, NULL, 1]) AS x ORDER BY x DESC", [(2,), (1,), (None,)]),
    ("SELECT x FROM UNNEST([2, NULL, 1]) AS x ORDER BY x NULLS LAST", [(1,), (2,), (None,)]),
    (
        "SELECT x FROM UNNEST([2.0, CAST('nan' AS FLOAT64), NULL, CAST('-inf' AS FLOAT64)]) AS x ORDER BY x",
        [(None,), (NAN,), (-INF,), (2.0,)],
    ),
    ("SELECT x FROM UNNEST(['b', 'A', 'a', 'B', '']) AS x ORDER BY x", [("",), ("A",), ("B",), ("a",), ("b",)]),
    ("SELECT x FROM UNNEST([3, 1, 2]) AS x ORDER BY -x LIMIT 2", [(3,), (2,)]),
    ("SELECT x FROM UNNEST([3, 1, 2]) AS x ORDER BY 1 LIMIT 1 OFFSET 1", [(2,)]),
    ("SELECT x AS y FROM UNNEST([3, 1]) AS x ORDER BY y", [(1,), (3,)]),
    ("SELECT -x AS x FROM UNNEST([3, 1]) AS x ORDER BY x", [(-3,), (-1,)]),
    ("SELECT DISTINCT x FROM UNNEST([1, 1, NULL, NULL]) AS x ORDER BY x", [(None,), (1,)]),
    ("SELECT * FROM (SELECT 1 AS a, 2 AS b)", [(1, 2)]),
    ("SELECT * EXCEPT (a) FROM (SELECT 1 AS a, 2 AS b)", [(2,)]),
    ("SELECT * REPLACE (a + 1 AS a) FROM (SELECT 1 AS a, 2 AS b)", [(2, 2)]),
    ("SELECT t.* FROM (SELECT 1 AS a) AS t", [(1,)]),
    ("SELECT FOO FROM (SELECT 1 AS foo)", [(1,)]),
    ("WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT x, y FROM a, b", [(1, 2)]),
    (
        (
            "WITH a AS (SELECT 1 AS x UNION ALL SELECT 2) SELECT p.x, q.x AS y FROM a AS p CROSS JOIN a AS q "
            "ORDER BY 1, 2"
        ),
        [(1, 1), (1, 2), (2, 1), (2, 2)],
    ),
    ("WITH a AS (SELECT 1 AS x), b AS (SELECT 1 AS x, 'z' AS y) SELECT * FROM a JOIN b USING (x)", [(1, "z")]),
    (
        (
            "WITH a AS (SELECT 1 AS x UNION ALL SELECT 2), b AS (SELECT 1 AS x) SELECT a.x, b.x AS y FROM a "
            "LEFT JOIN b ON a.x = b.x ORDER BY 1"
        ),
        [(1, 1), (2, None)],
    ),
    ("WITH a AS (SELECT 1 AS x), b AS (SELECT 2 AS x) SELECT x FROM a FULL JOIN b USING (x) ORDER BY x", [(1,), (2,)]),
    (
        ("WITH a AS (SELECT 1 AS x), b AS (SELECT 2 AS x) SELECT a.x, b.x AS y FROM a RIGHT JOIN b ON a.x = b.x"),
        [(None, 2)],
    ),
    (
        (
            "WITH a AS (SELECT CAST(NULL AS INT64) AS x), b AS (SELECT CAST(NULL AS INT64) AS x) SELECT "
            "COUNT(*) FROM a JOIN b ON a.x = b.x"
        ),
        [(0,)],
    ),
    ("SELECT 1 AS x UNION ALL SELECT 2.5 ORDER BY x", [(1.0,), (2.5,)]),
    ("SELECT 1 AS x UNION DISTINCT SELECT 1", [(1,)]),
    ("SELECT x FROM UNNEST([1, 2, 2]) AS x EXCEPT DISTINCT SELECT 1", [(2,)]),
    ("SELECT x FROM UNNEST([1, 2, 2]) AS x INTERSECT DISTINCT SELECT 2", [(2,)]),
    ("SELECT 1 AS x, NULL AS y UNION ALL SELECT 2, 'a' ORDER BY x", [(1, None), (2, "a")]),
    ("SELECT (SELECT 1), (SELECT x FROM UNNEST(ARRAY<INT64>[]) AS x)", [(1, None)]),
    ("SELECT EXISTS(SELECT 1), EXISTS(SELECT 1 FROM UNNEST(ARRAY<INT64>[]) AS x)", [(True, False)]),
    ("SELECT x FROM UNNEST([1, 2, 3]) AS x WHERE x IN (SELECT y FROM UNNEST([2, 3]) AS y) ORDER BY x", [(2,), (3,)]),
    ("SELECT x FROM UNNEST([1, 2]) AS x WHERE x NOT IN (SELECT y FROM UNNEST([2, NULL]) AS y)", []),
    ("SELECT x FROM UNNEST([1, 2]) AS x WHERE NOT EXISTS(SELECT 1 FROM UNNEST([2]) AS y WHERE y = x)", [(1,)]),
    (
        ("SELECT x, (SELECT SUM(y) FROM UNNEST([1, 2, 3]) AS y WHERE y <= x) FROM UNNEST([1, 2]) AS x ORDER BY x"),
        [(1, 1), (2, 3)],
    ),
    (
        ("SELECT x, (SELECT y FROM UNNEST([10, 20]) AS y WHERE y = x * 10) FROM UNNEST([1, 2, 3]) AS x ORDER BY x"),
        [(1, 10), (2, 20), (3, None)],
    ),
    (
        (
            "SELECT (SELECT AS STRUCT MIN(y) AS a, MAX(y) AS b FROM UNNEST([1, 2, 3]) AS y WHERE y > x).b "
            "FROM UNNEST([1, 2]) AS x ORDER BY x"
        ),
        [(3,), (3,)],
    ),
    ("SELECT x FROM UNNEST([1, 2]) AS x WHERE NULL", []),
    ("SELECT x FROM UNNEST([1, 2]) AS x LIMIT 0", []),
    ("SELECT 1 FROM (SELECT 1 AS x) AS t WHERE t.x = 1", [(1,)]),
    ("SELECT a.x + b.x FROM (SELECT 1 AS x) AS a, (SELECT 2 AS x) AS b", [(3,)]),
    (
        "SELECT IF(x IS NULL, 'none', CAST(x AS STRING)) FROM UNNEST([NULL, 3]) AS x WITH OFFSET o ORDER BY o",
        [("none",), ("3",)],
    ),
    ("SELECT x FROM (SELECT 5 AS x, 1 AS k UNION ALL SELECT 6, 2) ORDER BY k DESC", [(6,), (5,)]),
    ("SELECT `select` FROM (SELECT 1 AS `select`)", [(1,)]),
    (
        "SELECT * FROM (SELECT 'a' AS q, 3 AS x, 'k' AS k UNION ALL SELECT 'b', 4, 'k' UNION ALL SELECT 'a', 5, 'l')"
        " PIVOT(SUM(x) AS s, COUNT(*) AS n FOR q IN ('a', 'b' AS bb)) AS p ORDER BY p.k",
        [("k", 3, 1, 4, 1), ("l", 5, 1, None, 0)],
    ),
    ("SELECT t.at AS a, `at` FROM (SELECT STRUCT(7 AS `at`).at AS `at`) AS t", [(7, 7)]),
    ("WITH `groups` AS (SELECT 1 AS `hash`) SELECT g.hash FROM `groups` AS g", [(1,)]),
    ("SELECT _7, e FROM (SELECT 7 AS q, 3 AS x) PIVOT(MAX(x + 1) FOR q IN (7, 8 AS e))", [(4, None)]),
]

ERRORS = [
    ("SELECT (SELECT x FROM UNNEST([1, 2]) AS x)", ""),
    ("SELECT nothing", "Unrecognized name: nothing"),
    ("SELECT t.y FROM (SELECT 1 AS x) AS t", "y not found inside t"),
    ("SELECT x FROM (SELECT 1 AS x) AS a, (SELECT 2 AS x) AS b", "ambiguous"),
    ("SELECT 1 AS x, 2 AS x", "Duplicate column names"),
    ("SELECT * FROM nowhere", ""),
    ("WITH groups AS (SELECT 1 AS a) SELECT a FROM groups", "Unexpected keyword GROUPS"),
    ("SELECT 1 AS hash", "Unexpected keyword HASH"),
    ("SELECT 1 groups", "Unexpected keyword GROUPS"),
    ("SELECT STRUCT(1 AS groups)", "Unexpected keyword GROUPS"),
    ("SELECT rows.a FROM (SELECT 1 AS a) AS `rows`", "Unexpected keyword ROWS"),
    ("SELECT 1 FROM (SELECT 1 AS a) AS lookup", "Unexpected keyword LOOKUP"),
    ("SELECT at FROM (SELECT 1 AS `at`)", "Unexpected keyword AT"),
    ("SELECT 1 AS default", "Unexpected keyword DEFAULT"),
    ("SELECT default FROM (SELECT 1 AS `default`)", "Unexpected keyword DEFAULT"),
    ("SELECT x FROM UNNEST([1]) AS x WITH OFFSET AS at", "Unexpected keyword AT"),
    ("SELECT 1 FROM (SELECT 1 AS `at`) AS a JOIN (SELECT 1 AS `at`) AS b USING (at)", "Unexpected keyword AT"),
    ("SELECT ROW_NUMBER() OVER at FROM (SELECT 1 AS x) WINDOW `at` AS (ORDER BY x)", "Unexpected keyword AT"),
    ("SELECT STRUCT<at INT64>(1)", "Unexpected keyword AT"),
    ("SELECT 1 UNION ALL SELECT 'a'", ""),
    (
        "SELECT * FROM (SELECT 7 AS q, 3 AS x) PIVOT(SUM(x), COUNT(*) FOR q IN (7))",
        "PIVOT expression must specify an alias",
    ),
]

REFUSED = [
    ("WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n", "WITH RECURSIVE"),
    ("SELECT x FROM UNNEST([1]) AS x TABLESAMPLE SYSTEM (10 PERCENT)", "with TABLESAMPLE SYSTEM"),
    ("SELECT 1 AS x UNION ALL BY NAME SELECT 2 AS x", ""),
    ("SELECT * FROM (SELECT 'a' AS q, 3 AS x) PIVOT(ARRAY_AGG(x) FOR q IN ('a'))", "PIVOT with Function ARRAY_AGG"),
    ("SELECT * FROM (SELECT 'a' AS q, 3 AS x) PIVOT(SUM(x) FOR q IN ('a b'))", "PIVOT by 'a b' without an alias"),
    ("SELECT * FROM (SELECT 1 AS a, 2 AS b) UNPIVOT(x FOR q IN (a, b))", "UNPIVOT"),
]
