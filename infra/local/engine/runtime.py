"""GoogleSQL semantics as DuckDB macros, installed once per database in a schema no dataset can be named like.

A macro's argument is evaluated and bound at each mention, so the dialect passes only cheap texts to a macro that
mentions one more than once, and an error's text mentions one once: a NULL text raises nothing. No macro is a Python
function: DuckDB and sqlglot stay the only run-time needs.
"""

from __future__ import annotations

import re
from typing import Any

from infra.local.engine.rewrite.values import RUNTIME_SCHEMA

_NUMBERS = r"""
float_to_text(x) := CASE WHEN isnan(x) THEN 'nan' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'inf' ELSE '-inf' END
    WHEN x = 0 THEN '0'
    WHEN CAST(printf('%.15g', x) AS DOUBLE) = x THEN printf('%.15g', x) ELSE printf('%.17g', x) END
float_to_text_with_point(x) := CASE WHEN regexp_full_match($f.float_to_text(x), '-?[0-9]+')
    THEN $f.float_to_text(x) || '.0' ELSE $f.float_to_text(x) END
float_in_error(x) := regexp_replace(CAST(x AS VARCHAR), '\.0$', '')
numeric_to_text(x) := CASE WHEN x IS NULL THEN NULL ELSE rtrim(rtrim(CAST(x AS VARCHAR), '0'), '.') END
plain_text(x) := CAST(x AS VARCHAR)
safe_text_to_int(s) := CASE WHEN starts_with(s, '0x') AND translate(s, '0123456789abcdefABCDEF', '') = 'x'
    THEN TRY_CAST(s AS BIGINT)
    WHEN translate($f.trim_blanks(s), '0123456789', '') IN ('', '+', '-') THEN TRY_CAST($f.trim_blanks(s) AS BIGINT)
    WHEN regexp_full_match($f.trim_blanks(s), '[+-]?0[xX][0-9a-fA-F]+') THEN TRY_CAST(
        CASE WHEN starts_with($f.trim_blanks(s), '-') THEN -1 ELSE 1 END
        * CAST(TRY_CAST(ltrim($f.trim_blanks(s), '+-') AS UBIGINT) AS HUGEINT) AS BIGINT) END
text_to_int(s) := coalesce($f.safe_text_to_int(s), CASE WHEN s IS NOT NULL THEN error('Bad int64 value: ' || s) END)
safe_text_to_float(s) := CASE WHEN NOT contains(s, '_') THEN TRY_CAST(trim(s) AS DOUBLE) END
text_to_float(s) := coalesce($f.safe_text_to_float(s),
    CASE WHEN s IS NOT NULL THEN error('Bad double value: ' || s) END)
safe_text_to_numeric(s) := CASE WHEN NOT contains(s, '_') THEN TRY_CAST(trim(s) AS DECIMAL(38,9)) END
text_to_numeric(s) := coalesce($f.safe_text_to_numeric(s),
    CASE WHEN s IS NOT NULL THEN error('Invalid NUMERIC value: ' || s) END)
safe_text_to_bool(s) := CASE lower(s) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END
text_to_bool(s) := coalesce($f.safe_text_to_bool(s), CASE WHEN s IS NOT NULL THEN error('Bad bool value: ' || s) END)
divide(a, b) := a / CASE WHEN b = 0
    THEN CAST(error('division by zero: ' || $f.float_in_error(a) || ' / 0') AS DOUBLE) ELSE b END
safe_divide(a, b) := CASE WHEN b <> 0 THEN a / b END
ieee_divide(a, b) := CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN b <> 0 OR isnan(b) THEN a / b
    WHEN a = 0 OR isnan(a) THEN CAST('nan' AS DOUBLE)
    WHEN (a > 0) = NOT signbit(b) THEN CAST('inf' AS DOUBLE) ELSE CAST('-inf' AS DOUBLE) END
units(x) := CAST(x * CAST(1000000000 AS DECIMAL(10,0)) AS HUGEINT)
of_units(u) := CAST(CAST(u AS DECIMAL(38,0)) * CAST(0.000000001 AS DECIMAL(9,9)) AS DECIMAL(38,9))
rounded_quotient(n, d) := (n // d) + CASE WHEN 2 * abs(n % d) >= abs(d)
    THEN CASE WHEN (n < 0) = (d < 0) THEN 1 ELSE -1 END ELSE 0 END
safe_numeric_divide(a, b) := CASE WHEN b <> 0
    THEN $f.of_units($f.rounded_quotient($f.units(a) * 1000000000, $f.units(b))) END
numeric_divide(a, b) := CASE WHEN b = 0 AND a IS NOT NULL
    THEN CAST(error('division by zero: ' || $f.numeric_to_text(a) || ' / 0') AS DECIMAL(38,9))
    ELSE $f.safe_numeric_divide(a, b) END
integer_divide(a, b) := a // CASE WHEN b = 0
    THEN CASE WHEN a IS NOT NULL THEN CAST(error('division by zero: ' || CAST(a AS VARCHAR) || ' / 0') AS BIGINT) END
    ELSE b END
modulo(a, b) := a % CASE WHEN b = 0
    THEN CASE WHEN a IS NOT NULL
    THEN CAST(error('division by zero: MOD(' || CAST(a AS VARCHAR) || ', 0)') AS BIGINT) END
    ELSE b END
floor_divide(a, b) := (a // b) - CASE WHEN a % b < 0 THEN 1 ELSE 0 END
finite(x, what) := CASE WHEN isinf(x) OR isnan(x)
    THEN CAST(error('Floating point error in function: ' || what) AS DOUBLE) ELSE x END
square_root(x) := CASE WHEN x < 0
    THEN CAST(error('Argument to SQRT cannot be negative: ' || $f.float_in_error(x)) AS DOUBLE) ELSE sqrt(x) END
natural_log(x) := CASE WHEN x <= 0
    THEN CAST(error('Floating point error in function: LN(' || $f.float_in_error(x) || ')') AS DOUBLE) ELSE ln(x) END
log_of(x, b) := CASE WHEN x <= 0 OR b <= 0 OR b = 1
    THEN CAST(error('Floating point error in function: LOG('
        || $f.float_in_error(x) || ', ' || $f.float_in_error(b) || ')')
        AS DOUBLE)
    WHEN b = 10 THEN log10(x) WHEN b = 2 THEN log2(x) ELSE ln(x) / ln(b) END
exponential(x) := CASE WHEN x > 709.782712893384 AND NOT isinf(x) AND NOT isnan(x)
    THEN CAST(error('Floating point error in function: EXP(' || $f.float_in_error(x) || ')') AS DOUBLE) ELSE exp(x) END
power(x, y) := CASE WHEN x = 0 AND y < 0 OR x < 0 AND y <> floor(y)
    OR isinf(pow(x, y)) AND NOT isinf(x) AND NOT isinf(y)
    THEN CAST(error('Floating point error in function: POW('
        || $f.float_in_error(x) || ', ' || $f.float_in_error(y) || ')')
        AS DOUBLE)
    ELSE pow(x, y) END
round_float(x, d) := CASE WHEN d < 0 THEN round(x / pow(10, -d)) * pow(10, -d)
    WHEN abs(x * pow(2, d + 1)) % 2 = 1 THEN round(x * pow(10, d)) / pow(10, d)
    ELSE CAST(printf('%.' || CAST(least(d, 300) AS VARCHAR) || 'f', x) AS DOUBLE) END
shift_left(x, n) := CASE WHEN n < 0 THEN CAST(error('Bitwise shift by a negative number') AS BIGINT) WHEN n >= 64 THEN 0
    ELSE CAST(((CAST(x AS HUGEINT) * CAST(pow(2, n) AS HUGEINT) + 9223372036854775808) % 18446744073709551616
        + 18446744073709551616) % 18446744073709551616 - 9223372036854775808 AS BIGINT) END
shift_right(x, n) := CASE WHEN n < 0 THEN CAST(error('Bitwise shift by a negative number') AS BIGINT)
    WHEN n >= 64 THEN 0
    WHEN x >= 0 OR n = 0 THEN x >> n
    ELSE CAST((CAST(x AS HUGEINT) + 18446744073709551616) // CAST(pow(2, n) AS HUGEINT) AS BIGINT) END
range_bucket(x, bounds) := CASE WHEN x IS NULL OR bounds IS NULL THEN NULL
    ELSE len(list_filter(bounds, lambda bound: bound <= x)) END
"""

_TEXTS = r"""
trim_blanks(s) := trim(s, $b)
ltrim_blanks(s) := ltrim(s, $b)
rtrim_blanks(s) := rtrim(s, $b)
upper_text(s) := CASE WHEN regexp_matches(s, '[ŉǰΐΰևẖ-ẚὐ-ὖᾀ-ᾼῂ-ῌῒ-ῗῢ-ῧῲ-ῼﬀ-ﬗ]')
    THEN CAST(error('UPPER of a letter that becomes several is not supported by the local cloud') AS VARCHAR)
    ELSE upper(replace(s, 'ß', 'SS')) END
substring_from(s, p) := CASE WHEN p = 0 OR p < -length(s) THEN s ELSE substring(s, p) END
substring_of(s, p, n) := CASE
    WHEN n < 0 THEN CAST(error('Third argument in SUBSTR() cannot be negative') AS VARCHAR)
    WHEN p = 0 OR p < -length(s) THEN substring(s, 1, n) ELSE substring(s, p, n) END
left_of(s, n) := CASE
    WHEN n < 0 THEN CAST(error('Second argument in LEFT() cannot be negative') AS VARCHAR) ELSE left(s, n) END
right_of(s, n) := CASE
    WHEN n < 0 THEN CAST(error('Second argument in RIGHT() cannot be negative') AS VARCHAR) ELSE right(s, n) END
regexp_first(s, p, g) := CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END
"""

_TIMES = r"""
fraction(us) := CASE WHEN us = 0 THEN '' WHEN us % 1000 = 0 THEN '.' || lpad(CAST(us // 1000 AS VARCHAR), 3, '0')
    ELSE '.' || lpad(CAST(us AS VARCHAR), 6, '0') END
datetime_to_text(x) := strftime(x, '%Y-%m-%d %H:%M:%S') || $f.fraction(extract(MICROSECOND FROM x) % 1000000)
time_to_text(x) := lpad(CAST(extract(HOUR FROM x) AS VARCHAR), 2, '0')
    || ':' || lpad(CAST(extract(MINUTE FROM x) AS VARCHAR), 2, '0')
    || ':' || lpad(CAST(extract(SECOND FROM x) AS VARCHAR), 2, '0')
    || $f.fraction(extract(MICROSECOND FROM x) % 1000000)
offset_minutes(t, z) := (epoch_us(t AT TIME ZONE z) - epoch_us(t)) // 60000000
offset_text(t, z, colon) := CASE WHEN $f.offset_minutes(t, z) < 0 THEN '-' ELSE '+' END
    || lpad(CAST(abs($f.offset_minutes(t, z)) // 60 AS VARCHAR), 2, '0') || colon
    || lpad(CAST(abs($f.offset_minutes(t, z)) % 60 AS VARCHAR), 2, '0')
timestamp_to_text_in(t, z) := $f.datetime_to_text(t AT TIME ZONE z)
    || regexp_replace($f.offset_text(t, z, ':'), ':00$', '')
timestamp_to_text(t) := $f.datetime_to_text(t AT TIME ZONE 'UTC') || '+00'
local_to_timestamp(dt, z) := CASE
    WHEN ((dt AT TIME ZONE z) - to_microseconds(3600000000)) AT TIME ZONE z = dt
    THEN (dt AT TIME ZONE z) - to_microseconds(3600000000) ELSE dt AT TIME ZONE z END
safe_text_to_date(s) := CASE
    WHEN regexp_full_match(s, '\d{4}-\d{1,2}-\d{1,2}([ Tt]\d{1,2}:\d{1,2}:\d{1,2}(\.\d{1,6})?)?')
    THEN TRY_CAST(s AS DATE) END
text_to_date(s) := coalesce($f.safe_text_to_date(s),
    CASE WHEN s IS NOT NULL THEN CAST(error('Invalid date: ''' || s || '''') AS DATE) END)
safe_text_to_datetime(s) := CASE
    WHEN regexp_full_match(s, '\d{4}-\d{1,2}-\d{1,2}([ Tt]\d{1,2}:\d{1,2}:\d{1,2}(\.\d{0,6})?)?')
    THEN TRY_CAST(replace(upper(s), 'T', ' ') AS TIMESTAMP) END
text_to_datetime(s) := coalesce($f.safe_text_to_datetime(s),
    CASE WHEN s IS NOT NULL THEN CAST(error('Invalid datetime string "' || s || '"') AS TIMESTAMP) END)
safe_text_to_timestamp(s) := CASE
    WHEN regexp_full_match(s, '\d{4}-\d{1,2}-\d{1,2}([ Tt]\d{1,2}:\d{1,2}:\d{1,2}(\.\d{0,6})?)?')
    THEN TRY_CAST(replace(upper(s), 'T', ' ') AS TIMESTAMP) AT TIME ZONE 'UTC'
    WHEN regexp_full_match(s,
        '\d{4}-\d{1,2}-\d{1,2}([ Tt]\d{1,2}:\d{1,2}:\d{1,2}(\.\d{0,6})?)? ?([Zz]|[+-]\d{1,2}(:?\d{2})?)')
    THEN TRY_CAST(regexp_replace(
        regexp_replace(replace(upper(s), 'T', ' '), ' ?Z$', '+00:00'), ' ?([+-])(\d)(:|$)', '\10\2\3')
        AS TIMESTAMPTZ)
    WHEN regexp_full_match(s, '\d{4}-\d{1,2}-\d{1,2}[ Tt]\d{1,2}:\d{1,2}:\d{1,2}(\.\d{0,6})? [A-Za-z_]+(/[A-Za-z_]+)*')
    THEN $f.local_to_timestamp(
        TRY_CAST(replace(substring(s, 1, strpos(regexp_replace(s, '^(\S+)[ Tt]', '\1T'), ' ') - 1), 'T', ' ')
            AS TIMESTAMP),
        regexp_extract(s, ' ([A-Za-z_]+(/[A-Za-z_]+)*)$', 1)) END
text_to_timestamp(s) := coalesce($f.safe_text_to_timestamp(s),
    CASE WHEN s IS NOT NULL THEN CAST(error('Invalid timestamp: ''' || s || '''') AS TIMESTAMPTZ) END)
text_to_timestamp_in(s, z) := CASE WHEN $f.safe_text_to_datetime(s) IS NOT NULL
    THEN $f.local_to_timestamp($f.safe_text_to_datetime(s), z) ELSE $f.text_to_timestamp(s) END
safe_text_to_time(s) := CASE
    WHEN regexp_full_match(s, '\d{1,2}:\d{1,2}:\d{1,2}(\.\d{1,6})?') THEN TRY_CAST(s AS TIME) END
text_to_time(s) := coalesce($f.safe_text_to_time(s),
    CASE WHEN s IS NOT NULL THEN CAST(error('Invalid time string "' || s || '"') AS TIME) END)
truncate_instant(t, z, size) := make_timestamptz(
    $f.floor_divide(epoch_us(t AT TIME ZONE z), size) * size - (epoch_us(t AT TIME ZONE z) - epoch_us(t)))
week_start(x, first) := CAST(x AS DATE) - CAST((dayofweek(x) - first + 7) % 7 AS INTEGER)
iso_year_start(x) := date_trunc('week', make_date(isoyear(x), 1, 4))
week_of_year(x, first) := (dayofyear(x) + 6 - ((dayofweek(x) - first + 7) % 7)) // 7
week_difference(a, b, shift) := $f.floor_divide((CAST(a AS DATE) - DATE '1970-01-01') + shift, 7)
    - $f.floor_divide((CAST(b AS DATE) - DATE '1970-01-01') + shift, 7)
month_difference(a, b) := (year(a) * 12 + month(a)) - (year(b) * 12 + month(b))
quarter_difference(a, b) := (year(a) * 4 + quarter(a)) - (year(b) * 4 + quarter(b))
year_difference(a, b) := year(a) - year(b)
isoyear_difference(a, b) := isoyear(a) - isoyear(b)
parsed(value, source) := coalesce(value, CASE WHEN source IS NOT NULL
    THEN CAST(error('Failed to parse input string "' || source || '"') AS TIMESTAMP) END)
date_series(a, b, step) := CAST(generate_series(CAST(a AS TIMESTAMP), CAST(b AS TIMESTAMP), step) AS DATE[])
timestamp_series(a, b, size) := list_transform(
    generate_series(epoch_us(a), epoch_us(b), size), lambda us: make_timestamptz(us))
"""

_ARRAYS = r"""
element(a, i, base) := CASE WHEN a IS NULL OR i IS NULL THEN NULL WHEN i - base < 0 OR i - base >= len(a)
    THEN error('Array index ' || CAST(i AS VARCHAR) || ' is out of bounds') ELSE a[i - base + 1] END
safe_element(a, i, base) := CASE WHEN i - base < 0 THEN NULL ELSE a[i - base + 1] END
first_element(a) := CASE WHEN len(a) = 0
    THEN error('ARRAY_FIRST cannot get the first element of an empty array') ELSE a[1] END
last_element(a) := CASE WHEN len(a) = 0
    THEN error('ARRAY_LAST cannot get the last element of an empty array') ELSE a[len(a)] END
int_series(a, b, s) := CASE WHEN a IS NULL OR b IS NULL OR s IS NULL THEN NULL
    WHEN s = 0 THEN CAST(error('Sequence step cannot be 0.') AS BIGINT[]) ELSE generate_series(a, b, s) END
array_to_text(a, separator) := CASE WHEN a IS NOT NULL THEN coalesce(array_to_string(a, separator), '') END
array_to_text_with(a, separator, missing) := CASE WHEN a IS NOT NULL THEN
    coalesce(array_to_string(list_transform(a, lambda item: coalesce(item, missing)), separator), '') END
in_array(x, a) := CASE WHEN a IS NULL OR len(a) = 0 THEN FALSE WHEN x IS NULL THEN NULL
    WHEN list_contains(a, x) THEN TRUE WHEN len(list_filter(a, lambda item: item IS NULL)) > 0 THEN NULL ELSE FALSE END
"""

_JSON = r"""
json_int_text(x) := CASE WHEN abs(CAST(x AS HUGEINT)) > 9007199254740992 THEN '"' || CAST(x AS VARCHAR) || '"'
    ELSE CAST(x AS VARCHAR) END
json_float_text(x) := CASE WHEN isnan(x) THEN '"NaN"'
    WHEN isinf(x) THEN CASE WHEN x > 0 THEN '"Infinity"' ELSE '"-Infinity"' END
    ELSE $f.float_to_text(x) END
json_float_point_text(x) := CASE WHEN isnan(x) OR isinf(x) THEN $f.json_float_text(x)
    ELSE $f.float_to_text_with_point(x) END
json_numeric_text(x) := CASE WHEN x = trunc(x) AND abs(x) <= 9007199254740992 THEN $f.numeric_to_text(x)
    ELSE '"' || $f.numeric_to_text(x) || '"' END
json_datetime_text(x) := '"' || replace($f.datetime_to_text(x), ' ', 'T') || '"'
json_timestamp_text(x) := '"' || replace($f.datetime_to_text(x AT TIME ZONE 'UTC'), ' ', 'T') || 'Z"'
json_time_text(x) := '"' || $f.time_to_text(x) || '"'
json_or_null(s) := CASE WHEN json_valid(s) THEN CAST(s AS JSON) END
json_value(j, path) := CASE WHEN json_type(j, path) NOT IN ('OBJECT', 'ARRAY', 'NULL')
    THEN json_extract_string(j, path) END
json_value_of_text(s, path) := $f.json_value($f.json_or_null(s), path)
json_query(j, path) := json_extract(j, path)
json_query_of_text(s, path) := nullif(CAST(json_extract($f.json_or_null(s), path) AS VARCHAR), 'null')
json_elements(j, path) := CASE WHEN json_type(j, path) = 'ARRAY' THEN json_extract(j, path || '[*]') END
json_values(j, path) := CASE WHEN json_type(j, path) = 'ARRAY'
    AND len(list_filter(json_extract(j, path || '[*]'), lambda item: json_type(item) IN ('OBJECT', 'ARRAY'))) = 0
    THEN list_transform(json_extract(j, path || '[*]'), lambda item: $f.json_value(item, '$')) END
json_values_of_text(s, path) := $f.json_values($f.json_or_null(s), path)
json_kind(j) := CASE json_type(j) WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array' WHEN 'VARCHAR' THEN 'string'
    WHEN 'BOOLEAN' THEN 'boolean' WHEN 'NULL' THEN 'null' ELSE 'number' END
json_int(j) := CASE WHEN j IS NULL THEN NULL WHEN json_type(j) IN ('BIGINT', 'UBIGINT') THEN CAST(j AS BIGINT)
    WHEN json_type(j) = 'DOUBLE' AND CAST(j AS DOUBLE) = trunc(CAST(j AS DOUBLE)) THEN CAST(CAST(j AS DOUBLE) AS BIGINT)
    ELSE CAST(error('The provided JSON input is not an integer') AS BIGINT) END
json_float(j) := CASE WHEN j IS NULL THEN NULL WHEN $f.json_kind(j) = 'number' THEN CAST(j AS DOUBLE)
    ELSE CAST(error('The provided JSON input is not a number') AS DOUBLE) END
json_bool(j) := CASE WHEN j IS NULL THEN NULL WHEN json_type(j) = 'BOOLEAN' THEN CAST(j AS BOOLEAN)
    ELSE CAST(error('The provided JSON input is not a boolean') AS BOOLEAN) END
json_string(j) := CASE WHEN j IS NULL THEN NULL WHEN json_type(j) = 'VARCHAR' THEN json_extract_string(j, '$')
    ELSE CAST(error('The provided JSON input is not a string') AS VARCHAR) END
"""

_BLANKS = "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(133) || chr(160) || chr(8232) || chr(12288)"


def definitions() -> list[str]:
    """The CREATE MACRO statements, in an order in which each uses only earlier ones or is resolved at its call."""
    statements = []
    for group in (_TEXTS, _NUMBERS, _TIMES, _ARRAYS, _JSON):
        joined = re.sub(r"\n\s+", " ", group.strip())
        for line in joined.splitlines():
            head, body = line.split(" := ", 1)
            body = body.replace("$f.", f"{RUNTIME_SCHEMA}.").replace("$b", _BLANKS)
            statements.append(f"CREATE OR REPLACE MACRO {RUNTIME_SCHEMA}.{head} AS {body}")
    return statements


def install(connection: Any) -> None:
    """Creates or replaces the macros in the connection's database, in one transaction."""
    connection.execute("BEGIN")
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {RUNTIME_SCHEMA}")
    for statement in definitions():
        connection.execute(statement)
    connection.execute("COMMIT")
