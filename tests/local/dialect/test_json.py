"""JSON text and the JSON type. Expected values are GoogleSQL's own."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from infra.local.engine.rewrite import AnalysisError
from tests.local.dialect.checking import check, refuse
from tests.local.dialect.harness import Bench

CASES: list[tuple[str, Any]] = [
    ("TO_JSON_STRING(STRUCT(1 AS id, [10, 20] AS c))", '{"id":1,"c":[10,20]}'),
    ("TO_JSON_STRING(STRUCT('x' AS a, NULL AS b, TRUE AS c))", '{"a":"x","b":null,"c":true}'),
    (
        "TO_JSON_STRING(STRUCT(TIMESTAMP '2024-01-02 03:04:05.5+00' AS t, DATE '2024-01-02' AS d))",
        '{"t":"2024-01-02T03:04:05.500Z","d":"2024-01-02"}',
    ),
    (
        "TO_JSON_STRING(STRUCT(DATETIME '2024-01-02 03:04:05' AS dt, TIME '03:04:05' AS tm))",
        '{"dt":"2024-01-02T03:04:05","tm":"03:04:05"}',
    ),
    ("TO_JSON_STRING(NUMERIC '1.5')", '"1.5"'),
    ("TO_JSON_STRING(NUMERIC '1')", "1"),
    ("TO_JSON_STRING(1.0)", "1"),
    ("TO_JSON_STRING(1.5)", "1.5"),
    ("TO_JSON_STRING(0.1)", "0.1"),
    ("TO_JSON_STRING(-0.0)", "0"),
    ("TO_JSON_STRING(1e100)", "1e+100"),
    ("TO_JSON_STRING(IEEE_DIVIDE(0, 0))", '"NaN"'),
    ("TO_JSON_STRING(IEEE_DIVIDE(1, 0))", '"Infinity"'),
    ("TO_JSON_STRING(9007199254740993)", '"9007199254740993"'),
    ("TO_JSON_STRING(9007199254740992)", "9007199254740992"),
    ("TO_JSON_STRING('a\"b\\\\c\\nd/é')", '"a\\"b\\\\c\\nd/é"'),
    ("TO_JSON_STRING('\\u0001<>&')", '"\\u0001<>&"'),
    ("TO_JSON_STRING(CAST(NULL AS STRING))", "null"),
    ("TO_JSON_STRING([1, NULL])", "[1,null]"),
    ("TO_JSON_STRING(ARRAY<INT64>[])", "[]"),
    ("TO_JSON_STRING([STRUCT(1 AS a), STRUCT(2)])", '[{"a":1},{"a":2}]'),
    ("TO_JSON_STRING(STRUCT(STRUCT(1 AS b) AS a))", '{"a":{"b":1}}'),
    ("TO_JSON_STRING(TRUE)", "true"),
    ("TO_JSON_STRING(DATE '2026-01-02')", '"2026-01-02"'),
    ("TO_JSON_STRING(JSON '{\"a\": 1}')", '{"a":1}'),
    ("TO_JSON_STRING(TO_JSON(STRUCT(1 AS a)))", '{"a":1}'),
    ("TO_JSON_STRING(b'abc')", '"YWJj"'),
    ('JSON_VALUE(\'{"name":"Jakob","age":"6"}\', \'$.age\')', "6"),
    ("JSON_VALUE('{\"a\":{\"b\":1}}', '$.a.b')", "1"),
    ("JSON_VALUE('{\"a\":{\"b\":1}}', '$.a')", None),
    ("JSON_VALUE('{\"a\":true}', '$.a')", "true"),
    ("JSON_VALUE('{\"a\":null}', '$.a')", None),
    ("JSON_VALUE('{\"a\":[1,2]}', '$.a[1]')", "2"),
    ("JSON_VALUE('{\"a\":1}', '$.b')", None),
    ("JSON_VALUE('not json', '$.b')", None),
    ("JSON_VALUE('\"x\"')", "x"),
    ('JSON_VALUE(\'{"a.b":{"c":"w"}}\', \'$."a.b".c\')', "w"),
    ("JSON_VALUE(JSON '{\"a\":\"z\"}', '$.a')", "z"),
    ("JSON_VALUE(PARSE_JSON('{\"a\":[1,2]}').a[1])", "2"),
    ("JSON_VALUE('{\"a\":\"\\\\u00e9\"}', '$.a')", "é"),
    ("JSON_QUERY('{\"a\":{\"b\":1}}', '$.a')", '{"b":1}'),
    ("JSON_QUERY('{\"a\":\"x\"}', '$.a')", '"x"'),
    ("JSON_QUERY('{\"a\":null}', '$.a')", None),
    ("JSON_QUERY('{\"a\":[1, 2]}', '$.a')", "[1,2]"),
    ("JSON_QUERY('{\"a\":1}', '$.z')", None),
    ("JSON_EXTRACT_SCALAR('{\"a\":\"x\"}', '$.a')", "x"),
    ("JSON_EXTRACT('{\"a\":{\"b\":1}}', '$.a')", '{"b":1}'),
    ("JSON_VALUE_ARRAY('[\"a\",\"b\"]', '$')", ["a", "b"]),
    ("JSON_VALUE_ARRAY('{\"a\":[1,\"b\"]}', '$.a')", ["1", "b"]),
    ("JSON_VALUE_ARRAY('{\"a\":1}', '$.a')", None),
    ("JSON_VALUE_ARRAY('{\"a\":[[1]]}', '$.a')", None),
    ('JSON_QUERY_ARRAY(\'{"f":[{"a":1},{"a":2}]}\', \'$.f\')', ['{"a":1}', '{"a":2}']),
    ('ARRAY_LENGTH(JSON_QUERY_ARRAY(\'{"f":[{"a":1},{"a":2}]}\', \'$.f\'))', 2),
    ("INT64(PARSE_JSON('10'))", 10),
    ("FLOAT64(PARSE_JSON('1.5'))", 1.5),
    ("BOOL(PARSE_JSON('true'))", True),
    ("STRING(PARSE_JSON('\"x\"'))", "x"),
    ("INT64(JSON '10.0')", 10),
    ("JSON_TYPE(JSON '[1]')", "array"),
    ("JSON_TYPE(JSON 'null')", "null"),
    ("JSON_TYPE(JSON '1.5')", "number"),
    ("SAFE.PARSE_JSON('{') IS NULL", True),
    ("PARSE_JSON('{\"a\":1}') IS NULL", False),
    (
        ("SELECT JSON_VALUE(j, '$.k') FROM UNNEST(['{\"k\":\"1\"}', '{\"k\":2}', NULL]) AS j WITH OFFSET o ORDER BY o"),
        [("1",), ("2",), (None,)],
    ),
]

ERRORS = [
    ("PARSE_JSON('{')", ""),
    ("INT64(PARSE_JSON('1.5'))", "not an integer"),
    ("BOOL(PARSE_JSON('1'))", "not a boolean"),
    ("STRING(PARSE_JSON('1'))", "not a string"),
    ("FLOAT64(PARSE_JSON('\"x\"'))", "not a number"),
]

REFUSED = [
    ("JSON_KEYS(JSON '{\"a\":1}')", "KEYS"),
    ("JSON_SET(JSON '{\"a\":1}', '$.a', 2)", "JSON_SET"),
    ("JSON_STRIP_NULLS(JSON '{\"a\":1}')", "NULLS"),
]


@pytest.mark.parametrize(("sql", "expected"), CASES, ids=[sql for sql, _ in CASES])
def test_the_answer_is_googlesqls(shared_bench: Bench, sql: str, expected: Any) -> None:
    check(shared_bench, sql, expected)


@pytest.mark.parametrize(("sql", "message"), ERRORS, ids=[sql for sql, _ in ERRORS])
def test_it_is_an_error_as_in_googlesql(shared_bench: Bench, sql: str, message: str) -> None:
    with pytest.raises((duckdb.Error, AnalysisError)) as caught:
        shared_bench.run(sql if sql.startswith(("SELECT", "WITH")) else f"SELECT {sql}")
    assert message in str(caught.value)


@pytest.mark.parametrize(("sql", "name"), REFUSED, ids=[sql for sql, _ in REFUSED])
def test_what_is_not_supported_is_refused_by_name(shared_bench: Bench, sql: str, name: str) -> None:
    refuse(shared_bench, sql, name)
