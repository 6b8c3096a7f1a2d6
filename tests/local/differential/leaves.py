"""Literals by type: edges, NULLs, what ties and what is easily misread."""

from __future__ import annotations

LEAVES: dict[str, list[str]] = {
    "INT64": [
        "0", "1", "2", "3", "7", "10", "-1", "-2", "-7", "64", "100", "1000003", "-9223372036854775808",
        "9223372036854775807", "4611686018427387904", "9007199254740993", "CAST(NULL AS INT64)",
    ],
    "SMALL": ["0", "1", "2", "3", "4", "5", "-1", "-2", "-3", "CAST(NULL AS INT64)"],
    "COUNT": ["0", "1", "2", "3", "5"],
    "AMOUNT": ["0", "1", "2", "-1", "7", "-13", "25", "365", "-400", "1000000", "-1000000", "CAST(NULL AS INT64)"],
    "EPOCH": [
        "0", "1", "-1", "1710064800", "-62135596800", "253402300799", "253402300800", "1710064800123456",
        "9223372036854775807", "CAST(NULL AS INT64)",
    ],
    "FLOAT64": [
        "0.0", "-0.0", "1.0", "-1.0", "0.1", "0.2", "0.3", "2.5", "-2.5", "1.5", "3.0", "0.5", "1e10", "123.456", "-7.25",
        "1e308", "-1e308", "5e-324", "1e-7", "1e15", "1e17", "9007199254740993.0", "0.49999999999999994",
        "CAST('nan' AS FLOAT64)", "CAST('inf' AS FLOAT64)", "CAST('-inf' AS FLOAT64)", "CAST(NULL AS FLOAT64)",
    ],
    "NUMERIC": [
        "NUMERIC '0'", "NUMERIC '1'", "NUMERIC '-1'", "NUMERIC '2.5'", "NUMERIC '-2.5'", "NUMERIC '0.1'",
        "NUMERIC '0.000000001'", "NUMERIC '-0.000000001'", "NUMERIC '1.50'", "NUMERIC '123456789.123456789'",
        "NUMERIC '99999999999999999999999999999.999999999'", "NUMERIC '-99999999999999999999999999999.999999999'",
        "NUMERIC '9007199254740993'", "NUMERIC '3'", "NUMERIC '7'", "CAST(NULL AS NUMERIC)",
    ],
    "BOOL": ["TRUE", "FALSE", "CAST(NULL AS BOOL)"],
    "STRING": [
        "''", "'a'", "'b'", "'abc'", "'ABC'", "'aé'", "'éa'", "'Straße'", "'日本語'", "'a b'", "'  x '", "'\\t\\n'", "'a,b,,c'",
        "'banana'", "'100%'", "'a_b'", "'a\\\\b'", "'😀'", "'0'", "'12'", "'Ünïcode'", "'it\\'s'", "'\"q\"'",
        "CAST(NULL AS STRING)",
    ],
    "BYTES": ["b''", "b'a'", "b'abc'", "CAST('é' AS BYTES)", "CAST(NULL AS BYTES)"],
    "DATE": [
        "DATE '2024-02-29'", "DATE '2024-01-31'", "DATE '2023-12-31'", "DATE '2024-12-30'", "DATE '2021-01-03'",
        "DATE '2024-03-10'", "DATE '2024-11-03'", "DATE '1970-01-01'", "DATE '1969-12-31'", "DATE '0001-01-01'",
        "DATE '9999-12-31'", "DATE '2017-11-05'", "DATE '1900-03-01'", "CAST(NULL AS DATE)",
    ],
    "DATETIME": [
        "DATETIME '2024-02-29 12:34:56.789'", "DATETIME '2024-03-10 02:30:00'", "DATETIME '2024-11-03 01:30:00'",
        "DATETIME '2023-12-31 23:59:59.999999'", "DATETIME '1969-12-31 23:59:59.5'", "DATETIME '0001-01-01 00:00:00'",
        "DATETIME '9999-12-31 23:59:59.999999'", "DATETIME '2024-03-10 03:00:00'", "DATETIME '2024-01-01'",
        "CAST(NULL AS DATETIME)",
    ],
    "TIME": [
        "TIME '00:00:00'", "TIME '23:59:59.999999'", "TIME '12:34:56'", "TIME '01:02:03.5'", "TIME '12:00:00.000001'",
        "CAST(NULL AS TIME)",
    ],
    "TIMESTAMP": [
        "TIMESTAMP '2024-03-10 09:59:59.999999+00'", "TIMESTAMP '2024-03-10 10:00:00+00'",
        "TIMESTAMP '2024-11-03 08:30:00+00'", "TIMESTAMP '2024-11-03 09:30:00+00'", "TIMESTAMP '2024-11-03 07:59:59+00'",
        "TIMESTAMP '2024-01-01 07:59:59.123+00'", "TIMESTAMP '1970-01-01 00:00:00+00'",
        "TIMESTAMP '1969-12-31 23:59:59.000001+00'", "TIMESTAMP '2024-02-29 12:34:56.789012+00'",
        "TIMESTAMP '0001-01-01 00:00:00+00'", "TIMESTAMP '9999-12-31 23:59:59.999999+00'",
        "TIMESTAMP '2024-12-31 16:00:00+00'", "TIMESTAMP '1900-01-01 00:00:00+00'", "CAST(NULL AS TIMESTAMP)",
    ],
    "JSON": [
        "JSON 'null'", "JSON '1'", "JSON '1.5'", "JSON '\"x\"'", "JSON 'true'", "JSON '[1, \"a\", null]'",
        "JSON '{\"b\": 1, \"a\": [1, 2, {\"c\": null}]}'", "JSON '{}'", "JSON '[]'", "JSON '{\"a\": {\"b\": 1.50}}'",
        "JSON '{\"a\": \"1\", \"a b\": 2, \"A\": 3}'", "JSON '1e100'", "JSON '-0.0'", "JSON '12345678901234567890'",
        "CAST(NULL AS JSON)",
    ],
    "JSONTEXT": [
        "'null'", "'1'", "'1.50'", "'\"x\"'", "'true'", "'[1, \"a\", null, [2]]'", "'{\"b\": 1, \"a\": [1, 2]}'",
        "'{\"a\": {\"b\": 1.50}}'", "' { \"a\" : \"1\" } '", "'{\"a\": 1e3, \"b\": -0, \"c\": 0.10}'", "'nonsense'", "''",
        "'{\"a\": 1, \"a\": 2}'", "'{\"a\": \"é\\\\u00e9\\\\n\"}'", "'{\"a\": null}'", "'{\"a\":12345678901234567890}'",
        "'[1, 2'", "'{\"a\": 1} x'", "'{a: 1}'", "'[\"a\", \"b\"]'", "'[1, 2.0, true]'", "CAST(NULL AS STRING)",
    ],
    "ARRAY<INT64>": [
        "[1, 2, 3]", "[3, 1, 2]", "[1, 1, 2]", "ARRAY<INT64>[]", "[5]", "[1, NULL, 2]", "CAST(NULL AS ARRAY<INT64>)",
        "[NULL, NULL, 4]",
    ],
    "ARRAY<STRING>": ["['a', 'b']", "['b', '', 'a']", "ARRAY<STRING>[]", "['x', NULL]", "['é']", "CAST(NULL AS ARRAY<STRING>)"],
    "ARRAY<FLOAT64>": ["[1.5, 2.5]", "ARRAY<FLOAT64>[]", "[0.1, 0.2, 0.3]", "[CAST('nan' AS FLOAT64), 1.0, NULL]"],
    "STRUCT": ["STRUCT(1 AS a, 'x' AS b)", "STRUCT(2 AS a, CAST(NULL AS STRING) AS b)", "STRUCT(CAST(NULL AS INT64) AS a, 'y' AS b)"],
}
