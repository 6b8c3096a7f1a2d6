"""Values, by page of the reference below test_documented.REFERENCE: what it says they give."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from tests.local.dialect.checking import INF

DOCUMENTED: dict[str, list[tuple[str, Any]]] = {
    "mathematical_functions": [
        ("SAFE_DIVIDE(20, 4)", 5.0),
        ("SAFE_DIVIDE(1, 0)", None),
        ("SAFE_DIVIDE(NULL, 1)", None),
        ("DIV(20, 4)", 5),
        ("DIV(-7, 2)", -3),
        ("MOD(25, 12)", 1),
        ("MOD(-7, 3)", -1),
        ("ROUND(2.5)", 3.0),
        ("ROUND(-2.5)", -3.0),
        ("ROUND(123.7, -1)", 120.0),
        ("TRUNC(-1.5)", -1.0),
        ("IEEE_DIVIDE(1, 0)", INF),
        ("IS_NAN(IEEE_DIVIDE(0, 0))", True),
        ("SAFE_ADD(9223372036854775807, 1)", None),
        ("LOG(100, 10)", 2.0),
        ("LOG(EXP(1))", 1.0),
        ("LOG10(100)", 2.0),
        ("POW(2, 3)", 8.0),
        ("SIGN(-3)", -1),
        ("CEIL(1.2)", 2.0),
        ("ABS(-3)", 3),
        ("RANGE_BUCKET(20, [0, 10, 20, 30, 40])", 3),
        ("RAND() BETWEEN 0 AND 1", True),
        ("GREATEST(1, NULL, 2)", None),
        ("LEAST(1, NULL, 2)", None),
        ("GREATEST(3, 5, 1)", 5),
    ],
    "operators": [
        ("7/2", 3.5),
        ("NUMERIC '1' / NUMERIC '3'", Decimal("0.333333333")),
        ("(1, 2) IN ((1, 2), (3, 4))", True),
        ("6 & 3 | 8 ^ 1", 11),
        ("1 << 4", 16),
        ("DATE '2024-01-01' + 5", dt.date(2024, 1, 6)),
        ("1 IS DISTINCT FROM NULL", True),
        ("'a' = 'A'", False),
    ],
    "bit_functions": [
        ("BIT_COUNT(5)", 2),
    ],
    "conversion_functions": [
        ("SAFE_CAST('apple' AS INT64)", None),
        ("CAST(2.5 AS INT64)", 3),
        ("CAST(-2.5 AS INT64)", -3),
        ("CAST(1.0 AS STRING)", "1"),
        ("CAST(TIMESTAMP '2024-01-02 03:04:05+00' AS STRING)", "2024-01-02 03:04:05+00"),
        ("CAST(TRUE AS STRING)", "true"),
        ("CAST('TRUE' AS BOOL)", True),
        ("CAST(NUMERIC '1.50' AS STRING)", "1.5"),
        ("CAST('0x1F' AS INT64)", 31),
    ],
    "conversion_rules": [
        ("TIMESTAMP '2024-01-01 12:00:00+00' BETWEEN '2024-01-01' AND '2024-01-02'", True),
        ("DATE '2024-01-01' = '2024-01-01'", True),
    ],
    "conditional_expressions": [
        ("IF(NULL, 1, 2)", 2),
        ("IFNULL(NULL, 0)", 0),
        ("NULLIF(0, 0)", None),
        ("COALESCE('A', 'B')", "A"),
        ("CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END", "b"),
    ],
    "string_functions": [
        ("REGEXP_CONTAINS('foo@example.com', r'@[a-z]+\\.com')", True),
        ("REGEXP_EXTRACT('foo@example.com', r'@(.+)\\.com')", "example"),
        ("REGEXP_EXTRACT('abc', r'x')", None),
        ("REGEXP_REPLACE('aXbX', r'X', '-')", "a-b-"),
        ("REGEXP_REPLACE('# H', r'^# (.*)$', r'<h1>\\1</h1>')", "<h1>H</h1>"),
        ("REGEXP_EXTRACT_ALL('`a` `b`', r'`(.+?)`')", ["a", "b"]),
        ("SPLIT('a,b,c')", ["a", "b", "c"]),
        ("SPLIT('', ' ')", [""]),
        ("SUBSTR('apple', -2)", "le"),
        ("SUBSTR('apple', 0, 2)", "ap"),
        ("STRPOS('foo@x', '@')", 4),
        ("INSTR('banana', 'an', 1, 2)", 4),
        ("LPAD('abc', 5)", "  abc"),
        ("LPAD('abcdef', 3)", "abc"),
        ("TRIM('***apple***', '*')", "apple"),
        ("CONCAT('a', NULL)", None),
        ("FORMAT('%d-%s-%05.2f-%t', 7, 'x', 3.14159, DATE '2024-01-02')", "7-x-03.14-2024-01-02"),
        ('FORMAT("%\'d", 123456789)', "123,456,789"),
        ("FORMAT('%T', [1, 2])", "[1, 2]"),
        ("INITCAP('hello world')", "Hello World"),
        ("CHAR_LENGTH('абвгд')", 5),
        ("BYTE_LENGTH('абвгд')", 10),
        ("NORMALIZE('\\u00ea') = NORMALIZE('\\u0065\\u0302')", True),
        ("STARTS_WITH('bar', 'b')", True),
        ("REPEAT('ab', 3)", "ababab"),
        ("TO_CODE_POINTS('aé')", [97, 233]),
        ("EDIT_DISTANCE('abc', 'adc')", 1),
        ("SOUNDEX('Ashcraft')", "A261"),
    ],
    "operators#like_operators": [
        ("'a%b' LIKE 'a\\\\%b'", True),
    ],
    "hash_functions": [
        ("FARM_FINGERPRINT(CONCAT('foo', '1', 'true'))", -6568512389430766144),
        ("FARM_FINGERPRINT(CONCAT(CAST(1 AS STRING), 'foo', 'true'))", -1541654101129638711),
        ("FARM_FINGERPRINT(CONCAT(CAST(2 AS STRING), 'apple', 'false'))", 2794438866806483259),
        ("TO_HEX(MD5('Hello World'))", "b10a8db164e0754105b7a99be72e3fe5"),
        ("TO_HEX(SHA256('abc'))", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ],
    "string_functions#to_base64": [
        ("TO_BASE64(b'abc')", "YWJj"),
    ],
    "json_functions": [
        ("TO_JSON_STRING(STRUCT(1 AS id, [10, 20] AS c))", '{"id":1,"c":[10,20]}'),
        (
            (
                "TO_JSON_STRING(STRUCT(TIMESTAMP '2024-01-02 03:04:05.5+00' AS t, DATE '2024-01-02' AS d"
                ", DATETIME '2024-01-02 03:04:05' AS dt, NUMERIC '1.5' AS n, 1.0 AS f, NULL AS z))"
            ),
            '{"t":"2024-01-02T03:04:05.500Z","d":"2024-01-02","dt":"2024-01-02T03:04:05","n":"1.5","f":1,"z":null}',
        ),
        ("TO_JSON_STRING(STRUCT(9007199254740993 AS a))", '{"a":"9007199254740993"}'),
        ("TO_JSON_STRING(STRUCT(1 AS a), TRUE)", '{\n  "a": 1\n}'),
        ('JSON_VALUE(\'{"name":"Jakob","age":"6"}\', \'$.age\')', "6"),
        ("JSON_VALUE('{\"a\":{\"b\":1.50}}', '$.a.b')", "1.50"),
        ("JSON_VALUE('{\"a\":{\"b\":1}}', '$.a')", None),
        ("JSON_VALUE('{\"a\":true}', '$.a')", "true"),
        ("JSON_QUERY('{\"a\":{\"b\":1}}', '$.a')", '{"b":1}'),
        ("JSON_EXTRACT_SCALAR('{\"a\":\"x\"}', '$.a')", "x"),
        ("JSON_VALUE_ARRAY('[\"a\",\"b\"]', '$')", ["a", "b"]),
        ('ARRAY_LENGTH(JSON_QUERY_ARRAY(\'{"f":[{"a":1},{"a":2}]}\', \'$.f\'))', 2),
        ('JSON_VALUE(\'{"a.b":{"c":"w"}}\', \'$."a.b".c\')', "w"),
        ("JSON_VALUE(PARSE_JSON('{\"a\":[1,2]}').a[1])", "2"),
        ("INT64(PARSE_JSON('10'))", 10),
        ('JSON_VALUE(JSON \'{"a":"z"}\'.a)', "z"),
    ],
    "lexical": [
        ("'''a\nb'''", "a\nb"),
        ("r'a\\nb'", "a\\nb"),
        ("0xFF", 255),
        ("LENGTH(b'ab')", 2),
        ('"abc"', "abc"),
        ("'it\\'s'", "it's"),
        ("'\\u00e9'", "é"),
    ],
    "functions-reference#safe_prefix": [
        ("SAFE.SUBSTR('foo', 0, -2)", None),
        ("SAFE.PARSE_DATE('%Y', 'xx')", None),
    ],
    "data-types#struct_type": [
        ("STRUCT(1 AS a, 'x' AS b).b", "x"),
        ("STRUCT<a INT64, b STRING>(1, 'x').a", 1),
        ("STRUCT(1, 2) = STRUCT(1, 2)", True),
        ("(SELECT AS STRUCT 1 AS a, 2 AS b).b", 2),
    ],
    "utility-functions": [
        ("LENGTH(GENERATE_UUID())", 36),
    ],
    "security_functions": [
        ("SESSION_USER() IS NOT NULL", True),
    ],
    "search_functions": [
        ("CONTAINS_SUBSTR('the Blue house', 'blue')", True),
    ],
    "operators#with_expression": [
        ("WITH(a AS 1, b AS a+1, a+b)", 3),
    ],
}

FAILING: dict[str, list[tuple[str, str]]] = {
    "mathematical_functions": [
        ("1/0", "ivision"),
        ("SQRT(-1)", "negative"),
    ],
    "operators": [
        ("'a'||NULL", "Operands of || cannot be literal NULL"),
        ("9223372036854775807 + 1", "Overflow"),
    ],
    "debugging_functions": [
        ("ERROR('boom')", "boom"),
    ],
}
