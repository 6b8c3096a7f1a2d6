"""Numbers, NUMERIC, casts, text, bytes: what the generated expressions of each family are made of."""

from __future__ import annotations

from tests.local.differential.grammar import merged

COMPARE = ["=", "!=", "<", "<=", ">", ">="]
LISTS = {
    "compare": COMPARE,
    "arithmetic": ["+", "-", "*"],
    "digits": ["0", "1", "2", "3", "-1", "-2", "5", "9"],
    "shift": ["0", "1", "2", "5", "31", "62", "63", "64", "70"],
}

# AND, BETWEEN and IN may stop at the first operand that decides, in an order nobody promises: what follows cannot fail.
CONDITIONS = {
    kind: [
        f"IF({{BOOL}}, {{{kind}}}, {{{kind}}})",
        f"CASE WHEN {{BOOL}} THEN {{{kind}}} WHEN {{BOOL}} THEN {{{kind}}} ELSE {{{kind}}} END",
        f"CASE {{SMALL}} WHEN 1 THEN {{{kind}}} WHEN {{SMALL}} THEN {{{kind}}} ELSE {{{kind}}} END",
        f"COALESCE({{{kind}}}, {{{kind}}})",
        f"IFNULL({{{kind}}}, {{{kind}}})",
        f"NULLIF({{{kind}}}, {{{kind}}})",
        f"GREATEST({{{kind}}}, {{{kind}}})",
        f"LEAST({{{kind}}}, {{{kind}}}, {{{kind}}})",
    ]
    for kind in ("INT64", "FLOAT64", "NUMERIC", "STRING", "BOOL", "DATE", "TIMESTAMP", "DATETIME")
}
TRUTHS = {
    "BOOL": [
        "NOT ({BOOL})",
        "({BOOL}) IS TRUE",
        "({BOOL}) IS NOT FALSE",
        "{BOOL!} AND {BOOL!}",
        "{BOOL!} OR {BOOL!}",
        "{BOOL!} AND {BOOL!} OR NOT {BOOL!}",
        "({SMALL!} {compare} 1) AND ({SMALL!} {compare} {SMALL!})",
        "({SMALL!} {compare} 1) OR ({SMALL!} IS NULL)",
    ]
}
COMPARISONS = {
    "BOOL": [
        part
        for kind in ("INT64", "FLOAT64", "NUMERIC", "STRING")
        for part in (
            f"{{{kind}}} {{compare}} {{{kind}}}",
            f"{{{kind}}} BETWEEN {{{kind}!}} AND {{{kind}!}}",
            f"{{{kind}}} NOT BETWEEN {{{kind}!}} AND {{{kind}!}}",
            f"{{{kind}}} IN ({{{kind}!}}, {{{kind}!}})",
            f"{{{kind}}} NOT IN ({{{kind}!}}, {{{kind}!}}, {{{kind}!}})",
            f"{{{kind}}} IS DISTINCT FROM {{{kind}}}",
            f"{{{kind}}} IS NOT DISTINCT FROM {{{kind}}}",
            f"{{{kind}}} IS NULL",
            f"{{{kind}}} IS NOT NULL",
        )
    ]
}
NUMBERS = merged(
    {
        "INT64": [
            "({INT64} {arithmetic} {INT64})",
            "({SMALL} {arithmetic} {SMALL})",
            "DIV({INT64}, {INT64})",
            "MOD({INT64}, {INT64})",
            "ABS({INT64})",
            "SIGN({INT64})",
            "-({SMALL})",
            "-({INT64})",
            "SAFE_ADD({INT64}, {INT64})",
            "SAFE_SUBTRACT({INT64}, {INT64})",
            "SAFE_MULTIPLY({INT64}, {INT64})",
            "SAFE_NEGATE({INT64})",
            "CAST({FLOAT64} AS INT64)",
            "SAFE_CAST({FLOAT64} AS INT64)",
            "CAST({BOOL} AS INT64)",
            "({INT64} & {INT64})",
            "({INT64} | {INT64})",
            "({INT64} ^ {INT64})",
            "(~{INT64})",
            "({INT64} << {shift})",
            "({INT64} >> {shift})",
            "BIT_COUNT({INT64})",
            "RANGE_BUCKET({INT64}, [-1, 0, 3, 10, 64])",
        ],
        "FLOAT64": [
            "({FLOAT64} {arithmetic} {FLOAT64})",
            "({FLOAT64} / {FLOAT64})",
            "({SMALL} / {SMALL})",
            "({INT64} / {INT64})",
            "({INT64} {arithmetic} {FLOAT64})",
            "-({FLOAT64})",
            "ABS({FLOAT64})",
            "SIGN({FLOAT64})",
            "ROUND({FLOAT64})",
            "ROUND({FLOAT64}, {digits})",
            "ROUND({SMALL})",
            "TRUNC({FLOAT64})",
            "TRUNC({FLOAT64}, {digits})",
            "FLOOR({FLOAT64})",
            "CEIL({FLOAT64})",
            "CEILING({SMALL})",
            "SQRT({FLOAT64})",
            "SAFE_DIVIDE({FLOAT64}, {FLOAT64})",
            "SAFE_DIVIDE({INT64}, {INT64})",
            "IEEE_DIVIDE({FLOAT64}, {FLOAT64})",
            "SAFE_ADD({FLOAT64}, {FLOAT64})",
            "SAFE_MULTIPLY({FLOAT64}, {FLOAT64})",
            "SAFE_NEGATE({FLOAT64})",
            "CAST({INT64} AS FLOAT64)",
            "MOD({SMALL}, 3) / 2",
        ],
        "BOOL": ["IS_NAN({FLOAT64})", "IS_INF({FLOAT64})", "CAST({SMALL} AS BOOL)", "{INT64} {compare} {FLOAT64}"],
    },
    {kind: CONDITIONS[kind] for kind in ("INT64", "FLOAT64", "BOOL")},
    {"BOOL": [one for one in COMPARISONS["BOOL"] if "NUMERIC" not in one and "STRING" not in one]},
    TRUTHS,
)
# Functions that GoogleSQL documents as inexact stand outermost, so that their last digits decide nothing else.
INEXACT = merged(
    NUMBERS,
    {
        "INEXACT": [
            f"{function}({{FLOAT64}})"
            for function in ("EXP", "LN", "LOG10", "LOG", "SIN", "COS", "TAN", "ATAN", "TANH", "ASIN", "ACOS", "SINH", "COSH")
        ]
        + [
            "POW({FLOAT64}, {FLOAT64})",
            "POWER({SMALL}, {SMALL})",
            "LOG({FLOAT64}, {FLOAT64})",
            "LOG({COUNT}, 2)",
            "EXP({SMALL})",
            "ATAN2({FLOAT64}, {FLOAT64})",
            "CBRT({FLOAT64})",
            "SAFE.LN({FLOAT64})",
            "SAFE.POW({FLOAT64}, {FLOAT64})",
        ]
    },
)
NUMERICS = merged(
    {
        "NUMERIC": [
            "({NUMERIC} {arithmetic} {NUMERIC})",
            "({NUMERIC} / {NUMERIC})",
            "({NUMERIC} {arithmetic} {SMALL})",
            "({SMALL} / {NUMERIC})",
            "-({NUMERIC})",
            "ABS({NUMERIC})",
            "SIGN({NUMERIC})",
            "ROUND({NUMERIC})",
            "ROUND({NUMERIC}, {digits})",
            "TRUNC({NUMERIC})",
            "TRUNC({NUMERIC}, {digits})",
            "FLOOR({NUMERIC})",
            "CEIL({NUMERIC})",
            "SAFE_DIVIDE({NUMERIC}, {NUMERIC})",
            "SAFE_ADD({NUMERIC}, {NUMERIC})",
            "SAFE_SUBTRACT({NUMERIC}, {NUMERIC})",
            "SAFE_MULTIPLY({NUMERIC}, {NUMERIC})",
            "SAFE_NEGATE({NUMERIC})",
            "DIV({NUMERIC}, {NUMERIC})",
            "MOD({NUMERIC}, {NUMERIC})",
            "CAST({INT64} AS NUMERIC)",
            "CAST({FLOAT64} AS NUMERIC)",
            "SAFE_CAST({FLOAT64} AS NUMERIC)",
            "IF({BOOL}, {NUMERIC}, {SMALL})",
        ],
        "FLOAT64": ["CAST({NUMERIC} AS FLOAT64)", "({NUMERIC} * {FLOAT64})", "({NUMERIC} / {FLOAT64})", "{NUMERIC} + 0.5"],
        "INT64": ["CAST({NUMERIC} AS INT64)", "SAFE_CAST({NUMERIC} AS INT64)"],
        "STRING": ["CAST({NUMERIC} AS STRING)", "FORMAT('%.2f', {NUMERIC})", "FORMAT('%t', {NUMERIC})"],
        "BOOL": [*COMPARISONS["BOOL"][9:27], "{NUMERIC} {compare} {SMALL}", "{NUMERIC} {compare} {FLOAT64}"],
    },
    {"NUMERIC": CONDITIONS["NUMERIC"]},
    TRUTHS,
)
NUMBER_TEXTS = [
    "''", "'0'", "'1'", "'-1'", "'+7'", "'007'", "' 12 '", "'1.5'", "'.5'", "'5.'", "'1e3'", "'1E-2'", "'-0'", "'1_000'", "'1,000'",
    "'0x1F'", "'-0xff'", "'0X1f'", "'inf'", "'-Infinity'", "'NaN'", "'+inf'", "'infinit'", "'9223372036854775807'", "'9223372036854775808'",
    "'-9223372036854775808'", "'1e400'", "'1e-400'", "'abc'", "'12abc'", "'true'", "'TRUE'", "'False'", "'t'", "'yes'", "'1.0'",
    "'0.1234567891'", "'99999999999999999999999999999.999999999'", "'100000000000000000000000000000'", "'\\n5\\t'", "'--1'",
    "'1 2'", "'٣'", "'0b1'", "'1f'", "'1d'", "'e5'", "'-.5e1'", "'0.0000000005'", "'0.00000000049'", "CAST(NULL AS STRING)",
]
TIME_TEXTS = [
    "'2024-02-29'", "'2023-02-29'", "'2024-1-5'", "'2024-01-05 '", "' 2024-01-05'", "'2024/01/05'", "'20240105'", "'24-01-05'", "'12024-01-05'",
    "'2024-00-10'", "'2024-01-32'", "'0000-01-01'", "'0001-01-01'", "'9999-12-31'", "'2024-01-05 03:04:05'", "'2024-01-05T03:04:05'",
    "'2024-01-05t03:04:05z'", "'2024-01-05 03:04'", "'2024-01-05 03'", "'2024-01-05 3:4:5'", "'2024-01-05 03:04:05.123456'",
    "'2024-01-05 03:04:05.1234567'", "'2024-01-05 03:04:05.'", "'2024-01-05 24:00:00'", "'2024-01-05 23:59:60'", "'2024-01-05 03:04:05+00'",
    "'2024-01-05 03:04:05-08:00'", "'2024-01-05 03:04:05 -8'", "'2024-01-05 03:04:05+0530'", "'2024-01-05 03:04:05 UTC'", "'2024-01-05 03:04:05Z'",
    "'2024-03-10 02:30:00 America/Los_Angeles'", "'2024-11-03 01:30:00 America/Los_Angeles'", "'2024-01-05 America/Los_Angeles'",
    "'2024-01-05+05'", "'2024-01-05 03:04:05 Nowhere/City'", "'2024-01-05 03:04:05 +24:00'", "'2024-01-05 03:04:05 +14:00'", "'03:04:05'", "'3:4:5'",
    "'23:59:59.999999'", "'24:00:00'", "'03:04'", "'03:04:05.1234567'", "'nonsense'", "''", "CAST(NULL AS STRING)",
]
CASTS = merged(
    {
        "STRING": [
            *(f"CAST({{{kind}}} AS STRING)" for kind in ("INT64", "FLOAT64", "NUMERIC", "BOOL", "DATE", "DATETIME", "TIME", "TIMESTAMP")),
            "CAST({BYTES} AS STRING)",
            "SAFE_CAST({BYTES} AS STRING)",
            "CONCAT({INT64}, '|', {FLOAT64})",
        ],
        "INT64": ["CAST({numbertext} AS INT64)", "SAFE_CAST({numbertext} AS INT64)", "CAST({FLOAT64} AS INT64)", "CAST({NUMERIC} AS INT64)"],
        "FLOAT64": ["CAST({numbertext} AS FLOAT64)", "SAFE_CAST({numbertext} AS FLOAT64)", "CAST(CAST({FLOAT64} AS STRING) AS FLOAT64)"],
        "NUMERIC": ["CAST({numbertext} AS NUMERIC)", "SAFE_CAST({numbertext} AS NUMERIC)", "CAST({FLOAT64} AS NUMERIC)"],
        "BOOL": ["CAST({numbertext} AS BOOL)", "SAFE_CAST({numbertext} AS BOOL)", "CAST({INT64} AS BOOL)", "{DATE!} {compare} {DATETIME!}"],
        "DATE": ["CAST({timetext} AS DATE)", "SAFE_CAST({timetext} AS DATE)", "CAST({DATETIME} AS DATE)", "CAST({TIMESTAMP} AS DATE)"],
        "DATETIME": ["CAST({timetext} AS DATETIME)", "SAFE_CAST({timetext} AS DATETIME)", "CAST({TIMESTAMP} AS DATETIME)", "CAST({DATE} AS DATETIME)"],
        "TIMESTAMP": ["CAST({timetext} AS TIMESTAMP)", "SAFE_CAST({timetext} AS TIMESTAMP)", "CAST({DATETIME} AS TIMESTAMP)", "CAST({DATE} AS TIMESTAMP)"],
        "TIME": ["CAST({timetext} AS TIME)", "SAFE_CAST({timetext} AS TIME)", "CAST({DATETIME} AS TIME)", "CAST({TIMESTAMP} AS TIME)"],
        "BYTES": ["CAST({STRING} AS BYTES)", "CAST(CAST({INT64} AS STRING) AS BYTES)"],
        "ARRAY<FLOAT64>": ["CAST({ARRAY<INT64>} AS ARRAY<FLOAT64>)"],
        "ARRAY<STRING>": ["CAST({ARRAY<INT64>} AS ARRAY<STRING>)", "SAFE_CAST({ARRAY<INT64>} AS ARRAY<STRING>)"],
        "ARRAY<INT64>": ["CAST({ARRAY<FLOAT64>} AS ARRAY<INT64>)", "CAST({ARRAY<STRING>} AS ARRAY<INT64>)", "SAFE_CAST({ARRAY<STRING>} AS ARRAY<INT64>)"],
        "STRUCT": ["CAST({STRUCT} AS STRUCT<a FLOAT64, b STRING>)", "STRUCT<a FLOAT64, b DATE>({SMALL!}, '2024-01-05')"],
    }
)
TEXTS = merged(
    {
        "STRING": [
            "LOWER({STRING})",
            "UPPER({STRING})",
            "REVERSE({STRING})",
            "CONCAT({STRING}, {STRING})",
            "({STRING} || {STRING})",
            "TRIM({STRING})",
            "LTRIM({STRING})",
            "RTRIM({STRING})",
            "TRIM({STRING}, {STRING})",
            "LTRIM({STRING}, 'ab ')",
            "RTRIM({STRING}, 'cé')",
            "SUBSTR({STRING}, {SMALL})",
            "SUBSTR({STRING}, {SMALL}, {SMALL})",
            "SUBSTRING({STRING}, {SMALL!}, {COUNT!})",
            "LEFT({STRING}, {SMALL})",
            "RIGHT({STRING}, {SMALL})",
            "REPLACE({STRING}, {STRING}, {STRING})",
            "LPAD({STRING}, {SMALL})",
            "RPAD({STRING}, {COUNT}, {STRING})",
            "LPAD({STRING}, 7, 'xy')",
            "REPEAT({STRING}, {SMALL})",
            "SPLIT({STRING}, {STRING})[SAFE_OFFSET({COUNT})]",
            "ARRAY_TO_STRING(SPLIT({STRING}), '|', 'NULL')",
            "ARRAY_TO_STRING(SPLIT({STRING}, ''), '|')",
            "CHR({INT64})",
            "CHR({COUNT!} + 96)",
            "INITCAP({STRING})",
            "TRANSLATE({STRING}, 'abc', 'xy')",
            "TO_JSON_STRING({STRING})",
            "FORMAT('%s|%d', {STRING}, {INT64})",
            "FORMAT('%5s|%-5s|', {STRING}, {STRING})",
            "FORMAT('%t', {STRING})",
            "FORMAT('%T', {STRING})",
            "SAFE_CONVERT_BYTES_TO_STRING({BYTES})",
            "NORMALIZE({STRING})",
            "NORMALIZE_AND_CASEFOLD({STRING})",
            "SOUNDEX({STRING})",
        ],
        "INT64": [
            "LENGTH({STRING})",
            "CHAR_LENGTH({STRING})",
            "BYTE_LENGTH({STRING})",
            "STRPOS({STRING}, {STRING})",
            "INSTR({STRING}, {STRING})",
            "INSTR({STRING}, {STRING}, {SMALL})",
            "INSTR({STRING}, {STRING}, {SMALL}, {SMALL})",
            "ASCII({STRING})",
            "UNICODE({STRING})",
            "ARRAY_LENGTH(SPLIT({STRING}, ','))",
            "EDIT_DISTANCE({STRING}, {STRING})",
        ],
        "BOOL": [
            "STARTS_WITH({STRING}, {STRING})",
            "ENDS_WITH({STRING}, {STRING})",
            "{STRING} LIKE {likepattern}",
            "{STRING} NOT LIKE {likepattern}",
            "{STRING} LIKE CONCAT({STRING}, '%')",
            *COMPARISONS["BOOL"][27:],
        ],
        "ARRAY<STRING>": ["SPLIT({STRING}, {STRING})", "SPLIT({STRING})"],
        "ARRAY<INT64>": ["TO_CODE_POINTS({STRING})"],
    },
    {"STRING": CONDITIONS["STRING"], "BOOL": [*CONDITIONS["BOOL"], *TRUTHS["BOOL"]]},
)
LIKE_PATTERNS = ["'%a%'", "'a_'", "'_'", "'%'", "''", "'100\\\\%'", "'%\\\\%'", "'a\\\\_b'", "'%é'", "'a\\\\\\\\b'", "'a\\\\'"]
PATTERNS = [
    "r'a'", "r'[a-c]+'", "r'^a.c$'", "r'(a)(b)?'", "r'b*'", "r''", "r'\\w+'", "r'\\s'", "r'(?i)ABC'", "r'a|b'", "r'(an)+'", "r'é'", "r'.'",
    "r'[^,]*'", "r'\\d+'", "r'(\\d)'", "r'^'", "r'$'", "r'(?:a)(n)'", "r'['", "r'a{2}'", "r'\\pL+'", "r'\\bb'",
]
REGEXES = merged(
    TEXTS,
    {
        "STRING": [
            "REGEXP_EXTRACT({STRING}, {pattern})",
            "REGEXP_EXTRACT({STRING}, {pattern}, {COUNT!})",
            "REGEXP_SUBSTR({STRING}, {pattern})",
            "REGEXP_REPLACE({STRING}, {pattern}, {replacement})",
            "ARRAY_TO_STRING(REGEXP_EXTRACT_ALL({STRING}, {pattern}), '|', 'NULL')",
        ],
        "BOOL": ["REGEXP_CONTAINS({STRING}, {pattern})", "SAFE.REGEXP_CONTAINS({STRING}, {pattern})"],
        "INT64": ["REGEXP_INSTR({STRING}, {pattern})"],
    },
)
HASHES = {
    "STRING": [
        "TO_HEX(MD5({STRING}))",
        "TO_HEX(SHA256({STRING}))",
        "TO_HEX(SHA1({STRING}))",
        "TO_HEX(SHA512({STRING}))",
        "TO_HEX({BYTES})",
        "TO_BASE64({BYTES})",
        "TO_BASE64(SHA256({BYTES}))",
        "TO_HEX(MD5({BYTES}))",
    ],
    "BYTES": [
        "MD5({STRING})",
        "SHA256({STRING})",
        "FROM_HEX(TO_HEX({BYTES}))",
        "FROM_HEX({hextext})",
        "FROM_BASE64(TO_BASE64({BYTES}))",
        "CONCAT({BYTES}, {BYTES})",
        "CAST({STRING} AS BYTES)",
        "SUBSTR({BYTES}, {SMALL})",
        "REVERSE({BYTES})",
    ],
    "INT64": ["FARM_FINGERPRINT({STRING})", "FARM_FINGERPRINT({BYTES})", "LENGTH({BYTES})", "BYTE_LENGTH({BYTES})", "OCTET_LENGTH({STRING})"],
    "BOOL": ["{BYTES} {compare} {BYTES}", "{BYTES} IS NULL"],
}
LISTS |= {
    "numbertext": NUMBER_TEXTS,
    "timetext": TIME_TEXTS,
    "likepattern": LIKE_PATTERNS,
    "pattern": PATTERNS,
    "replacement": ["'-'", "''", "r'<\\0>'", "r'\\1'", "r'$1'", "'\\\\\\\\'", "r'\\2\\1'"],
    "hextext": ["''", "'00ff'", "'0'", "'xyz'", "'ABcd'", "CAST(NULL AS STRING)"],
}
