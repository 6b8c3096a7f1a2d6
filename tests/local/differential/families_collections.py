"""Arrays, structs, JSON and SAFE calls: the productions of each family."""

from __future__ import annotations

from tests.local.differential.families_values import CONDITIONS, TRUTHS
from tests.local.differential.grammar import merged

LISTS = {
    "compare": ["=", "!=", "<", "<=", ">", ">="],
    "path": [
        "'$'",
        "'$.a'",
        "'$.b'",
        "'$.a.b'",
        "'$.a[0]'",
        "'$[0]'",
        "'$[1]'",
        "'$.a[2].c'",
        "'$.\"a b\"'",
        "'$.A'",
        "'$[9]'",
        "'$.c'",
    ],
    "oddpath": ["'a'", "'$.'", "'$[-1]'", "'$[*]'", "'$..a'", "\"$['a']\"", "'$.a b'"],
    "keynumbers": ["STRUCT(1 AS k, 'x' AS v)"],
}
ARRAYS = merged(
    {
        "ARRAY<INT64>": [
            "ARRAY_CONCAT({ARRAY<INT64>}, {ARRAY<INT64>})",
            "ARRAY_REVERSE({ARRAY<INT64>})",
            "GENERATE_ARRAY({SMALL}, {SMALL}, {SMALL})",
            "GENERATE_ARRAY({COUNT!}, {COUNT!})",
            "[{INT64}, {SMALL}]",
            "ARRAY(SELECT x + 1 FROM UNNEST({ARRAY<INT64>}) AS x WITH OFFSET AS o ORDER BY o)",
            "ARRAY(SELECT x FROM UNNEST({ARRAY<INT64>}) AS x ORDER BY x)",
            "ARRAY(SELECT x FROM UNNEST({ARRAY<INT64>}) AS x ORDER BY x DESC LIMIT 2)",
            "ARRAY(SELECT DISTINCT x FROM UNNEST({ARRAY<INT64>}) AS x ORDER BY x)",
            "ARRAY(SELECT x FROM UNNEST({ARRAY<INT64>}) AS x WHERE x {compare} {SMALL!} ORDER BY 1)",
            "ARRAY_SLICE({ARRAY<INT64>}, {SMALL}, {SMALL})",
            "IF({BOOL}, {ARRAY<INT64>}, {ARRAY<INT64>})",
        ],
        "ARRAY<FLOAT64>": [
            "GENERATE_ARRAY({SMALL}, 3, 0.5)",
            "ARRAY_CONCAT({ARRAY<FLOAT64>}, {ARRAY<FLOAT64>})",
            "[{SMALL}, {FLOAT64}]",
        ],
        "ARRAY<STRING>": [
            "ARRAY_CONCAT({ARRAY<STRING>}, {ARRAY<STRING>})",
            "ARRAY_REVERSE({ARRAY<STRING>})",
            (
                "ARRAY(SELECT CONCAT(x, CAST(o AS STRING))"
                " FROM UNNEST({ARRAY<STRING>}) AS x WITH OFFSET AS o ORDER BY o DESC)"
            ),
            "SPLIT(ARRAY_TO_STRING({ARRAY<STRING>}, ','))",
        ],
        "ARRAY<STRUCT>": [
            "ARRAY(SELECT AS STRUCT x, o FROM UNNEST({ARRAY<INT64>}) AS x WITH OFFSET AS o ORDER BY o)",
            (
                "ARRAY(SELECT AS STRUCT x AS a, y AS b FROM UNNEST({ARRAY<INT64>}) AS x"
                " CROSS JOIN UNNEST({ARRAY<STRING>!}) AS y ORDER BY 1, 2)"
            ),
            (
                "ARRAY(SELECT AS STRUCT x, y FROM UNNEST({ARRAY<INT64>}) AS x"
                " LEFT JOIN UNNEST({ARRAY<INT64>!}) AS y ON x = y ORDER BY x, y)"
            ),
            "[{STRUCT}, {STRUCT}]",
        ],
        "INT64": [
            "{ARRAY<INT64>}[OFFSET({SMALL})]",
            "{ARRAY<INT64>}[ORDINAL({SMALL})]",
            "{ARRAY<INT64>}[SAFE_OFFSET({SMALL})]",
            "{ARRAY<INT64>}[SAFE_ORDINAL({SMALL})]",
            "{ARRAY<INT64>}[{COUNT!}]",
            "ARRAY_LENGTH({ARRAY<INT64>})",
            "ARRAY_LENGTH({ARRAY<STRING>})",
            "ARRAY_FIRST({ARRAY<INT64>})",
            "ARRAY_LAST({ARRAY<INT64>})",
            "(SELECT SUM(x) FROM UNNEST({ARRAY<INT64>}) AS x)",
            "(SELECT MAX(x) FROM UNNEST({ARRAY<INT64>}) AS x)",
            "(SELECT COUNT(DISTINCT x) FROM UNNEST({ARRAY<INT64>}) AS x)",
            "(SELECT x FROM UNNEST({ARRAY<INT64>}) AS x)",
            "{STRUCT}.a",
            "({STRUCT}).a + 1",
            "(SELECT s.a FROM UNNEST([{STRUCT}]) AS s)",
            "(SELECT SUM(a) FROM UNNEST([{STRUCT}, {STRUCT}]))",
        ],
        "STRING": [
            "{ARRAY<STRING>}[SAFE_OFFSET({SMALL})]",
            "ARRAY_TO_STRING({ARRAY<STRING>}, {STRING})",
            "ARRAY_TO_STRING({ARRAY<STRING>}, ',', {STRING})",
            "{STRUCT}.b",
            "(SELECT STRING_AGG(x, '|' ORDER BY x DESC) FROM UNNEST({ARRAY<STRING>}) AS x)",
            "TO_JSON_STRING({ARRAY<INT64>})",
            "TO_JSON_STRING({STRUCT})",
            "FORMAT('%T', {ARRAY<INT64>})",
        ],
        "BOOL": [
            "{INT64} IN UNNEST({ARRAY<INT64>})",
            "{INT64} NOT IN UNNEST({ARRAY<INT64>})",
            "{STRING} IN UNNEST({ARRAY<STRING>})",
            "{INT64!} IN (SELECT x FROM UNNEST({ARRAY<INT64>}) AS x)",
            "EXISTS(SELECT 1 FROM UNNEST({ARRAY<INT64>}) AS x WHERE x {compare} {SMALL!})",
            "{ARRAY<INT64>} IS NULL",
            "{STRUCT} = {STRUCT}",
            "{STRUCT} != {STRUCT}",
            "{STRUCT} IN ({STRUCT}, {STRUCT})",
            "({SMALL}, {STRING}) = ({SMALL}, {STRING})",
            "({SMALL}, {SMALL}) IN (({SMALL}, {SMALL}), ({SMALL}, {SMALL}))",
            "{STRUCT} IS NULL",
            "{STRUCT} IS DISTINCT FROM {STRUCT}",
            "{ARRAY<INT64>} = {ARRAY<INT64>}",
            *TRUTHS["BOOL"],
        ],
        "STRUCT": [
            "STRUCT({SMALL} AS a, {STRING} AS b)",
            "STRUCT<a INT64, b STRING>({SMALL}, {STRING})",
            "IF({BOOL}, {STRUCT}, {STRUCT})",
            "COALESCE({STRUCT}, {STRUCT})",
            "(SELECT AS STRUCT {SMALL} AS a, {STRING} AS b)",
            "[{STRUCT}, {STRUCT}][OFFSET({COUNT})]",
        ],
    }
)
JSONS = merged(
    {
        "STRING": [
            "JSON_VALUE({JSONTEXT}, {path})",
            "JSON_VALUE({JSONTEXT})",
            "JSON_QUERY({JSONTEXT}, {path})",
            "JSON_EXTRACT({JSONTEXT}, {path})",
            "JSON_EXTRACT_SCALAR({JSONTEXT}, {path})",
            "JSON_VALUE({JSONTEXT}, {oddpath})",
            "JSON_VALUE({JSON}, {path})",
            "JSON_EXTRACT_SCALAR({JSON}, {path})",
            "TO_JSON_STRING({JSON})",
            "TO_JSON_STRING(JSON_QUERY({JSON}, {path}))",
            "TO_JSON_STRING({JSON}.a)",
            "TO_JSON_STRING({JSON}[0])",
            "TO_JSON_STRING({JSON}['a'])",
            "JSON_TYPE({JSON})",
            "JSON_TYPE(JSON_QUERY({JSON}, {path}))",
            "STRING({JSON})",
            "TO_JSON_STRING(PARSE_JSON({JSONTEXT}))",
            "TO_JSON_STRING(SAFE.PARSE_JSON({JSONTEXT}))",
            "TO_JSON_STRING(PARSE_JSON({JSONTEXT}, wide_number_mode => 'round'))",
            *(
                f"TO_JSON_STRING({{{kind}}})"
                for kind in ("INT64", "FLOAT64", "NUMERIC", "STRING", "BOOL", "BYTES", "ARRAY<STRING>", "STRUCT")
            ),
            *(
                f"TO_JSON_STRING(TO_JSON({{{kind}}}))"
                for kind in ("INT64", "FLOAT64", "NUMERIC", "STRING", "DATE", "TIMESTAMP", "STRUCT")
            ),
            "TO_JSON_STRING(STRUCT({FLOAT64} AS f, {NUMERIC} AS n, [{STRUCT}] AS s))",
            "TO_JSON_STRING({ARRAY<INT64>}, TRUE)",
            "TO_JSON_STRING({STRUCT}, TRUE)",
            "TO_JSON_STRING(JSON_OBJECT('b', {INT64}, 'a', {STRING}))",
            "TO_JSON_STRING(JSON_ARRAY({INT64}, {STRING}, ({BOOL})))",
            "ARRAY_TO_STRING(JSON_VALUE_ARRAY({JSONTEXT}, {path}), '|', 'NULL')",
            "ARRAY_TO_STRING(JSON_QUERY_ARRAY({JSONTEXT}, {path}), '|', 'NULL')",
            "ARRAY_TO_STRING(JSON_EXTRACT_ARRAY({JSONTEXT}, {path}), '|', 'NULL')",
            "ARRAY_TO_STRING(JSON_EXTRACT_STRING_ARRAY({JSONTEXT}, {path}), '|', 'NULL')",
            "ARRAY_TO_STRING(JSON_VALUE_ARRAY({JSON}, {path}), '|', 'NULL')",
            "ARRAY_TO_STRING(JSON_KEYS({JSON}), '|')",
        ],
        "INT64": [
            "INT64({JSON})",
            "INT64(JSON_QUERY({JSON}, {path}))",
            "LAX_INT64({JSON})",
            "ARRAY_LENGTH(JSON_QUERY_ARRAY({JSON}, {path}))",
        ],
        "FLOAT64": ["FLOAT64({JSON})", "FLOAT64(JSON_QUERY({JSON}, {path}))", "LAX_FLOAT64({JSON})"],
        "BOOL": [
            "BOOL({JSON})",
            "{JSON} IS NULL",
            "JSON_QUERY({JSON}, {path}) IS NULL",
            "LAX_BOOL({JSON})",
            "{JSON} = {JSON}",
        ],
        "JSON": ["JSON_QUERY({JSON}, {path})", "PARSE_JSON({JSONTEXT})", "TO_JSON({STRUCT})", "{JSON}.a"],
    }
)
_SAFE = {
    "INT64": [
        "SAFE.DIV({INT64}, {INT64})",
        "SAFE.MOD({INT64}, {INT64})",
        "SAFE.ABS({INT64})",
        "SAFE.STRPOS({STRING}, {STRING})",
        "SAFE.LENGTH({STRING})",
        "SAFE.DATE_DIFF({DATE}, {DATE}, DAY)",
        "SAFE.UNIX_MICROS({TIMESTAMP})",
    ],
    "FLOAT64": [
        "SAFE.SQRT({FLOAT64})",
        "SAFE.ROUND({FLOAT64}, 2)",
        "SAFE.SAFE_DIVIDE({FLOAT64}, {FLOAT64})",
        "SAFE.IEEE_DIVIDE({FLOAT64}, 0.0)",
    ],
    "STRING": [
        "SAFE.SUBSTR({STRING}, {SMALL}, {SMALL})",
        "SAFE.LEFT({STRING}, {SMALL})",
        "SAFE.REPEAT({STRING}, {SMALL})",
        "SAFE.LPAD({STRING}, {SMALL})",
        "SAFE.REGEXP_EXTRACT({STRING}, r'b+')",
        "SAFE.CHR({INT64})",
        "SAFE.TO_JSON_STRING({FLOAT64})",
        "SAFE.JSON_VALUE({JSONTEXT}, '$.a')",
        "SAFE.ERROR('x')",
        "SAFE.FORMAT_DATE('%F', {DATE})",
        "SAFE.LOWER({STRING})",
    ],
    "DATE": [
        "SAFE.DATE_ADD({DATE}, INTERVAL {INT64} DAY)",
        "SAFE.DATE_SUB({DATE}, INTERVAL {SMALL} MONTH)",
        "SAFE.DATE({SMALL} + 2024, {SMALL}, 30)",
        "SAFE.DATE_FROM_UNIX_DATE({INT64})",
        "SAFE.PARSE_DATE('%F', {STRING})",
    ],
    "TIMESTAMP": [
        "SAFE.TIMESTAMP({STRING})",
        "SAFE.TIMESTAMP_ADD({TIMESTAMP}, INTERVAL {INT64} SECOND)",
        "SAFE.TIMESTAMP_SECONDS({INT64})",
        "SAFE.TIMESTAMP_TRUNC({TIMESTAMP}, DAY)",
        "SAFE.TIMESTAMP({DATETIME}, 'America/Los_Angeles')",
    ],
    "BOOL": ["SAFE.REGEXP_CONTAINS({STRING}, '[')", "SAFE.STARTS_WITH({STRING}, 'a')"],
}
SAFES = merged(_SAFE, {kind: CONDITIONS[kind] for kind in ("INT64", "FLOAT64", "STRING", "DATE", "TIMESTAMP")}, TRUTHS)
