"""Queries over a few rows with NULLs and ties: aggregates, windows, joins, grouping. Each answers with one value."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from tests.local.differential.judging import Case
from tests.local.differential.leaves import LEAVES

COLUMNS = {
    "g": ["'p'", "'q'", "CAST(NULL AS STRING)"],
    "i": ["0", "1", "1", "2", "3", "-1", "5", "CAST(NULL AS INT64)"],
    "f": [
        "0.5",
        "1.5",
        "1.5",
        "-2.0",
        "0.1",
        "0.0",
        "-0.0",
        "CAST(NULL AS FLOAT64)",
        "CAST('nan' AS FLOAT64)",
        "CAST('inf' AS FLOAT64)",
    ],
    "n": ["NUMERIC '1.5'", "NUMERIC '1.5'", "NUMERIC '0.1'", "NUMERIC '-3'", "CAST(NULL AS NUMERIC)"],
    "s": ["'a'", "'b'", "'b'", "''", "'é'", "CAST(NULL AS STRING)"],
    "b": LEAVES["BOOL"],
    "d": ["DATE '2024-01-01'", "DATE '2024-01-02'", "DATE '2024-01-02'", "DATE '2024-03-10'", "CAST(NULL AS DATE)"],
    "t": [*LEAVES["TIMESTAMP"][:4], "CAST(NULL AS TIMESTAMP)"],
}
AGGREGATES = [
    "COUNT(*)",
    "COUNT({any})",
    "COUNT(DISTINCT {any})",
    "COUNTIF({test})",
    "SUM({number})",
    "SUM(DISTINCT i)",
    "AVG(i)",
    "AVG(n)",
    "MIN({any})",
    "MAX({any})",
    "LOGICAL_AND({test})",
    "LOGICAL_OR({test})",
    "BIT_AND(i)",
    "BIT_OR(i)",
    "BIT_XOR(i)",
    "ANY_VALUE(g HAVING MAX r)",
    "ANY_VALUE(i HAVING MIN r)",
    "STRING_AGG(s, '|' ORDER BY r)",
    "STRING_AGG(s ORDER BY s, r)",
    "STRING_AGG(DISTINCT s, ',' ORDER BY s)",
    "STRING_AGG(s, '-' ORDER BY s DESC, r LIMIT 2)",
    "TO_JSON_STRING(ARRAY_AGG({any} ORDER BY r))",
    "TO_JSON_STRING(ARRAY_AGG(i IGNORE NULLS ORDER BY i DESC, r))",
    "TO_JSON_STRING(ARRAY_AGG(DISTINCT i IGNORE NULLS ORDER BY i))",
    "TO_JSON_STRING(ARRAY_AGG(STRUCT(i, s) ORDER BY i, r LIMIT 2))",
    "TO_JSON_STRING(ARRAY_AGG({any} ORDER BY {any}, r LIMIT 3))",
    "TO_JSON_STRING(ARRAY_AGG({any} ORDER BY {any} DESC, r))",
    "TO_JSON_STRING(ARRAY_AGG({any} ORDER BY {any} DESC NULLS LAST, r))",
    "TO_JSON_STRING(ARRAY_CONCAT_AGG([i, r] ORDER BY r))",
    "APPROX_COUNT_DISTINCT(i)",
    "SUM(IF({test}, i, 0))",
    "COALESCE(SUM(i), 0) / COUNT(*)",
    "SAFE_DIVIDE(SUM(i), COUNT(i))",
    "MAX(IF({test}, s, NULL))",
    "COUNT(DISTINCT IF({test}, i, NULL))",
    "SUM(n) / COUNT(n)",
    "ROUND(AVG(i), 2)",
    "MIN(STRUCT(i, s).i)",
    "SUM(CAST(i AS NUMERIC))",
]
# The average of an infinity is an infinity or NaN, says the documentation, and does not say when which.
INEXACT_AGGREGATES = [
    "SUM(f)",
    "AVG(IF(IS_INF(f), NULL, f))",
    "STDDEV(i)",
    "STDDEV_SAMP(f)",
    "STDDEV_POP(i)",
    "VARIANCE(f)",
    "VAR_SAMP(i)",
    "VAR_POP(f)",
    "CORR(i, f)",
    "CORR(i, r)",
    "COVAR_SAMP(i, r)",
    "COVAR_POP(f, r)",
    "SUM(i * 0.1)",
    "AVG(DISTINCT i)",
    "STDDEV(n)",
    "VARIANCE(n)",
]
WINDOWS = [
    "ROW_NUMBER() OVER ({partition} ORDER BY {keys}, r)",
    "RANK() OVER ({partition} ORDER BY {keys})",
    "DENSE_RANK() OVER ({partition} ORDER BY {keys})",
    "PERCENT_RANK() OVER ({partition} ORDER BY {keys})",
    "CUME_DIST() OVER ({partition} ORDER BY {keys})",
    "NTILE(3) OVER ({partition} ORDER BY {keys}, r)",
    "LAG({any}) OVER ({partition} ORDER BY {keys}, r)",
    "LEAD(i, 2, -1) OVER ({partition} ORDER BY {keys}, r)",
    "FIRST_VALUE({any}) OVER ({partition} ORDER BY {keys}, r {frame})",
    "LAST_VALUE({any}) OVER ({partition} ORDER BY {keys}, r {frame})",
    "FIRST_VALUE(i IGNORE NULLS) OVER ({partition} ORDER BY {keys}, r {frame})",
    "LAST_VALUE(s IGNORE NULLS) OVER ({partition} ORDER BY {keys}, r {frame})",
    "NTH_VALUE(i, 2) OVER ({partition} ORDER BY {keys}, r {frame})",
    "SUM(i) OVER ({partition} ORDER BY {keys}, r {frame})",
    "SUM(i) OVER ({partition} ORDER BY {keys})",
    "COUNT(*) OVER ({partition} ORDER BY {keys})",
    "COUNT({any}) OVER ({partition} ORDER BY r {frame})",
    "MIN({any}) OVER ({partition} ORDER BY r {frame})",
    "MAX({any}) OVER ({partition})",
    "AVG(i) OVER ({partition} ORDER BY r {frame})",
    "COUNTIF({test}) OVER ({partition} ORDER BY {keys}, r {frame})",
    "SUM(n) OVER ({partition} ORDER BY {keys}, r)",
    "LOGICAL_OR({test}) OVER ({partition})",
    "SUM(r) OVER ({partition} ORDER BY {rangekey} {rangeframe})",
    "COUNT(DISTINCT i) OVER ({partition})",
    "STRING_AGG(s, '|') OVER ({partition} ORDER BY r)",
    "TO_JSON_STRING(ARRAY_AGG(i) OVER ({partition} ORDER BY r {frame}))",
    "PERCENTILE_CONT(f, 0.5) OVER ({partition})",
    "PERCENTILE_DISC(i, 0.3) OVER ({partition})",
    "PERCENTILE_CONT(i, 0.25) OVER ({partition})",
    "ROUND(SUM(i) OVER ({partition}) / COUNT(*) OVER (), 3)",
    "i - LAG(i) OVER ({partition} ORDER BY {keys}, r)",
    "ANY_VALUE(g) OVER (PARTITION BY g)",
]
QUERIES = [
    "(SELECT TO_JSON_STRING(ARRAY_AGG(x ORDER BY x)) FROM (SELECT DISTINCT {any} AS x FROM {rows}))",
    "ARRAY(SELECT AS STRUCT {any} AS x, COUNT(*) AS c, SUM(i) AS total FROM {rows} GROUP BY x ORDER BY x)",
    "ARRAY(SELECT AS STRUCT g, {any} AS x, COUNT(*) AS c FROM {rows} GROUP BY g, x HAVING COUNT(*) > 1 ORDER BY g, x)",
    "ARRAY(SELECT AS STRUCT g, SUM(i) AS total FROM {rows} GROUP BY ROLLUP(g) ORDER BY g, total)",
    "ARRAY(SELECT AS STRUCT r, {any} AS x FROM {rows} WHERE {test} ORDER BY x, r)",
    "ARRAY(SELECT AS STRUCT r FROM {rows} WHERE {test} OR {test} ORDER BY {keys}, r LIMIT 3)",
    "ARRAY(SELECT AS STRUCT {any} AS x FROM {rows} ORDER BY x DESC, r LIMIT 4 OFFSET 1)",
    "ARRAY(SELECT AS STRUCT a.r AS p, b.r AS q FROM {rows} AS a JOIN {rows} AS b ON a.{key} = b.{key} ORDER BY p, q)",
    (
        "ARRAY(SELECT AS STRUCT a.r AS p, b.r AS q FROM {rows} AS a LEFT JOIN {rows} AS b ON a.{key} = b.{key}"
        " AND a.r < b.r ORDER BY p, q)"
    ),
    (
        "ARRAY(SELECT AS STRUCT a.r AS p, b.r AS q FROM {rows} AS a FULL JOIN {rows} AS b"
        " ON a.{key} = b.{key} ORDER BY p, q)"
    ),
    "ARRAY(SELECT AS STRUCT r, {key} IN (SELECT {key} FROM {rows}) AS x FROM {rows} ORDER BY r)",
    (
        "ARRAY(SELECT AS STRUCT r, {key} NOT IN (SELECT {key} FROM {rows} WHERE {key} IS NOT NULL) AS x"
        " FROM {rows} ORDER BY r)"
    ),
    (
        "ARRAY(SELECT AS STRUCT o.r, (SELECT COUNT(*) FROM {rows} AS x WHERE x.{key} = o.{key}) AS c"
        " FROM {rows} AS o ORDER BY o.r)"
    ),
    "ARRAY(SELECT AS STRUCT o.r, EXISTS(SELECT 1 FROM {rows} AS x WHERE x.i > o.i) AS c FROM {rows} AS o ORDER BY o.r)",
    "ARRAY(SELECT AS STRUCT x FROM (SELECT {key} AS x FROM {rows} UNION ALL SELECT {key} FROM {rows}) ORDER BY x)",
    "ARRAY(SELECT AS STRUCT x FROM (SELECT {key} AS x FROM {rows} UNION DISTINCT SELECT {key} FROM {rows}) ORDER BY x)",
    (
        "ARRAY(SELECT AS STRUCT x FROM (SELECT {key} AS x FROM {rows} EXCEPT DISTINCT SELECT {key}"
        " FROM {rows}) ORDER BY x)"
    ),
    (
        "ARRAY(SELECT AS STRUCT x FROM (SELECT {key} AS x FROM {rows} INTERSECT DISTINCT SELECT {key}"
        " FROM {rows}) ORDER BY x)"
    ),
    (
        "ARRAY(SELECT AS STRUCT r, g FROM {rows} WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY g"
        " ORDER BY {keys}, r) = 1 ORDER BY r)"
    ),
    (
        "ARRAY(SELECT AS STRUCT r, x FROM (SELECT *, RANK() OVER (ORDER BY {keys}) AS x FROM {rows})"
        " WHERE x <= 2 ORDER BY r)"
    ),
    (
        "ARRAY(SELECT AS STRUCT * FROM (SELECT g, i FROM {rows} WHERE g IS NOT NULL)"
        " PIVOT(SUM(i) AS total FOR g IN ('p', 'q')))"
    ),
    "(SELECT AS STRUCT MIN({any}) AS a, MAX({any}) AS b FROM {rows} WHERE FALSE)",
    "ARRAY(SELECT AS STRUCT * EXCEPT (f, n) REPLACE (i + 1 AS i) FROM {rows} ORDER BY r)",
    (
        "(WITH w AS (SELECT * FROM {rows}), v AS (SELECT g, SUM(i) AS total FROM w GROUP BY g)"
        " SELECT TO_JSON_STRING(ARRAY_AGG(STRUCT(w.r, v.total) ORDER BY w.r)) FROM w JOIN v ON w.g = v.g)"
    ),
]
_TESTS = [
    "b",
    "i > 1",
    "i <= 1",
    "f < 1",
    "s = 'b'",
    "i IS NULL",
    "s IS NOT NULL",
    "i = r",
    "f >= f",
    "n > 0",
    "d > '2024-01-01'",
    "NOT b",
    "i IN (1, 2)",
]
_FRAMES = [
    "",
    "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
    "ROWS BETWEEN 1 PRECEDING AND CURRENT ROW",
    "ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING",
    "ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING",
    "ROWS UNBOUNDED PRECEDING",
]
_RANGES = [
    "RANGE BETWEEN 1 PRECEDING AND CURRENT ROW",
    "RANGE BETWEEN 2 PRECEDING AND 1 FOLLOWING",
    "RANGE UNBOUNDED PRECEDING",
    "",
]


@st.composite
def _rows(draw: st.DrawFn, least: int = 0) -> str:
    """A parenthesised query that gives up to six rows; column r numbers them."""
    rows = []
    for number in range(draw(st.integers(least, 6))):
        values = [draw(st.sampled_from(values)) for values in COLUMNS.values()]
        rows.append(f"({number}, {', '.join(values)})")
    kinds = "r INT64, g STRING, i INT64, f FLOAT64, n NUMERIC, s STRING, b BOOL, d DATE, t TIMESTAMP"
    return f"(SELECT * FROM UNNEST(ARRAY<STRUCT<{kinds}>>[{', '.join(rows)}]))"


@st.composite
def rows_case(draw: st.DrawFn, templates: Sequence[str], shape: str, exact: bool = True) -> Case:
    """A template of this module over rows of its own."""
    text = draw(st.sampled_from(list(templates)))
    while "{" in text:
        before = text
        for hole, choices in _CHOICES.items():
            if f"{{{hole}}}" in text:
                # Keys are compared with each other: one column for all of them.
                count = -1 if hole == "key" else 1
                text = text.replace(f"{{{hole}}}", draw(st.sampled_from(choices)), count)
        if "{rows}" in text:
            text = text.replace("{rows}", draw(_rows()), 1)
        assert text != before, text
    return Case(shape.format(expression=text, rows=draw(_rows())) if shape else text, exact)


_CHOICES = {
    "any": ["i", "f", "n", "s", "b", "d", "t", "g", "i + 1"],
    "number": ["i", "n", "r", "i * 2"],
    "key": ["i", "s", "g", "n", "d"],
    "keys": ["i", "f", "s", "i DESC", "f DESC", "g, i", "n, s DESC", "b, d", "i NULLS LAST", "f DESC NULLS FIRST", "t"],
    "partition": ["", "PARTITION BY g", "PARTITION BY b", "PARTITION BY i"],
    "test": _TESTS,
    "frame": _FRAMES,
    "rangekey": ["i", "r", "f", "i DESC"],
    "rangeframe": _RANGES,
}
AGGREGATED = "(SELECT {expression} FROM {rows})"
GROUPED = "ARRAY(SELECT AS STRUCT g, {expression} AS x FROM {rows} GROUP BY g ORDER BY g)"
WINDOWED = "ARRAY(SELECT AS STRUCT r, {expression} AS x FROM {rows} ORDER BY r)"
