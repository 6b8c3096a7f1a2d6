"""Arrays and JSON."""

ARRAYS = r"""
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

JSON = r"""
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
