"""Window functions, their frames, the place of NULL, QUALIFY. Expected values are GoogleSQL's own."""

from __future__ import annotations

from typing import Any

CASES: list[tuple[str, Any]] = [
    ("SELECT x, ROW_NUMBER() OVER (ORDER BY x DESC) FROM UNNEST([3, 1, 2]) AS x ORDER BY x", [(1, 3), (2, 2), (3, 1)]),
    (
        ("SELECT x, RANK() OVER (ORDER BY x), DENSE_RANK() OVER (ORDER BY x) FROM UNNEST([1, 1, 2]) AS x ORDER BY x"),
        [(1, 1, 1), (1, 1, 1), (2, 3, 2)],
    ),
    ("SELECT x, ROW_NUMBER() OVER (ORDER BY x) FROM UNNEST([2, NULL, 1]) AS x ORDER BY x", [(None, 1), (1, 2), (2, 3)]),
    (
        "SELECT x, ROW_NUMBER() OVER (ORDER BY x DESC) FROM UNNEST([2, NULL, 1]) AS x ORDER BY x DESC",
        [(2, 1), (1, 2), (None, 3)],
    ),
    (
        ("SELECT x, ROW_NUMBER() OVER (ORDER BY x NULLS LAST) FROM UNNEST([2, NULL, 1]) AS x ORDER BY x NULLS LAST"),
        [(1, 1), (2, 2), (None, 3)],
    ),
    (
        (
            "SELECT x, ROW_NUMBER() OVER (ORDER BY x DESC NULLS FIRST) FROM UNNEST([2, NULL, 1]) AS x ORDER "
            "BY x DESC NULLS FIRST"
        ),
        [(None, 1), (2, 2), (1, 3)],
    ),
    ("SELECT x, SUM(x) OVER (ORDER BY x) FROM UNNEST([1, 2, 2, 3]) AS x ORDER BY x", [(1, 1), (2, 5), (2, 5), (3, 8)]),
    (
        (
            "SELECT x, SUM(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM UNNEST([1, 2, "
            "4]) AS x ORDER BY x"
        ),
        [(1, 1), (2, 3), (4, 6)],
    ),
    (
        (
            "SELECT x, SUM(x) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM UNNEST([1, 2, "
            "4]) AS x ORDER BY x"
        ),
        [(1, 1), (2, 3), (4, 4)],
    ),
    (
        (
            "SELECT x, SUM(x) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) FROM "
            "UNNEST([1, 2, 4]) AS x ORDER BY x"
        ),
        [(1, None), (2, 1), (4, 3)],
    ),
    (
        "SELECT x, SUM(x) OVER (), COUNT(*) OVER () FROM UNNEST([1, 2, 4]) AS x ORDER BY x",
        [(1, 7, 3), (2, 7, 3), (4, 7, 3)],
    ),
    (
        "SELECT x, COUNT(*) OVER (PARTITION BY MOD(x, 2)) FROM UNNEST([1, 2, 3]) AS x ORDER BY x",
        [(1, 2), (2, 1), (3, 2)],
    ),
    (
        "SELECT x, LAG(x) OVER (ORDER BY x), LEAD(x) OVER (ORDER BY x) FROM UNNEST([1, 2, 3]) AS x ORDER BY x",
        [(1, None, 2), (2, 1, 3), (3, 2, None)],
    ),
    (
        (
            "SELECT x, LAG(x, 1, 0) OVER (ORDER BY x), LEAD(x, 2) OVER (ORDER BY x) FROM UNNEST([1, 2, 3]) "
            "AS x ORDER BY x"
        ),
        [(1, 0, 3), (2, 1, None), (3, 2, None)],
    ),
    (
        (
            "SELECT x, FIRST_VALUE(x) OVER (ORDER BY x), LAST_VALUE(x) OVER (ORDER BY x) FROM UNNEST([1, 2, "
            "3]) AS x ORDER BY x"
        ),
        [(1, 1, 1), (2, 1, 2), (3, 1, 3)],
    ),
    (
        (
            "SELECT FIRST_VALUE(x IGNORE NULLS) OVER (ORDER BY o ROWS BETWEEN UNBOUNDED PRECEDING AND "
            "UNBOUNDED FOLLOWING) FROM UNNEST([NULL, 5]) AS x WITH OFFSET AS o"
        ),
        [(5,), (5,)],
    ),
    (
        (
            "SELECT NTH_VALUE(x, 2) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED "
            "FOLLOWING) FROM UNNEST([1, 5]) AS x"
        ),
        [(5,), (5,)],
    ),
    (
        "SELECT x, NTILE(3) OVER (ORDER BY x) FROM UNNEST([1, 2, 3, 4]) AS x ORDER BY x",
        [(1, 1), (2, 1), (3, 2), (4, 3)],
    ),
    (
        (
            "SELECT x, PERCENT_RANK() OVER (ORDER BY x), CUME_DIST() OVER (ORDER BY x) FROM UNNEST([1, 2, "
            "3]) AS x ORDER BY x"
        ),
        [(1, 0.0, 0.3333333333333333), (2, 0.5, 0.6666666666666666), (3, 1.0, 1.0)],
    ),
    (
        "SELECT x, RANK() OVER w FROM UNNEST([1, 1, 2]) AS x WINDOW w AS (ORDER BY x) ORDER BY x",
        [(1, 1), (1, 1), (2, 3)],
    ),
    ("SELECT x, COUNTIF(x > 1) OVER (ORDER BY x) FROM UNNEST([1, 2, 3]) AS x ORDER BY x", [(1, 0), (2, 1), (3, 2)]),
    (
        (
            "SELECT x, MAX(x) OVER (ORDER BY x ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) FROM "
            "UNNEST([1, 2, 3]) AS x ORDER BY x"
        ),
        [(1, 3), (2, 3), (3, None)],
    ),
    ("SELECT x, SUM(SUM(x)) OVER () FROM UNNEST([1, 2, 2]) AS x GROUP BY x ORDER BY x", [(1, 5), (2, 5)]),
    (
        ("SELECT x FROM UNNEST([3, 1, 2]) AS x WHERE TRUE QUALIFY ROW_NUMBER() OVER (ORDER BY x DESC) <= 2 ORDER BY x"),
        [(2,), (3,)],
    ),
    (
        ("SELECT x, ROW_NUMBER() OVER (ORDER BY x) AS rn FROM UNNEST([3, 1, 2]) AS x WHERE x > 1 QUALIFY rn = 1"),
        [(2, 1)],
    ),
    (
        ("SELECT x FROM UNNEST([1, 1, 2]) AS x WHERE TRUE QUALIFY COUNT(*) OVER (PARTITION BY x) > 1 ORDER BY x"),
        [(1,), (1,)],
    ),
    (
        "SELECT x, PERCENTILE_CONT(x, 0.5) OVER () FROM UNNEST([0, 3, NULL, 1, 2]) AS x ORDER BY x",
        [(None, 1.5), (0, 1.5), (1, 1.5), (2, 1.5), (3, 1.5)],
    ),
    (
        "SELECT x, PERCENTILE_DISC(x, 0.5) OVER () FROM UNNEST([1, 2, 3, 4]) AS x ORDER BY x",
        [(1, 2), (2, 2), (3, 2), (4, 2)],
    ),
    (
        (
            "SELECT x, AVG(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM UNNEST([1, 2, "
            "6]) AS x ORDER BY x"
        ),
        [(1, 1.5), (2, 3.0), (6, 4.0)],
    ),
    (
        "SELECT x, LOGICAL_OR(x > 2) OVER (ORDER BY x) FROM UNNEST([1, 2, 3]) AS x ORDER BY x",
        [(1, False), (2, False), (3, True)],
    ),
    (
        "SELECT x, STRING_AGG(CAST(x AS STRING), ',') OVER (ORDER BY x) FROM UNNEST([1, 2]) AS x ORDER BY x",
        [(1, "1"), (2, "1,2")],
    ),
    (
        (
            "SELECT x, LAST_VALUE(x IGNORE NULLS) OVER (ORDER BY o) FROM UNNEST([1, NULL, 3, NULL]) AS x "
            "WITH OFFSET AS o ORDER BY o"
        ),
        [(1, 1), (None, 1), (3, 3), (None, 3)],
    ),
]
