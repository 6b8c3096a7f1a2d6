"""JSON. A value is kept as text with its keys in order, as documents.py has it; its numbers are spelled when printed.

Keys are sorted from the innermost objects outward: what is done hides its brackets and commas behind letters that
Unicode leaves to private use, so that the next level finds its own. Macros cannot call themselves, and lambdas within
lambdas take time that doubles with each level to plan.
"""

_PLAIN = r"""
json_int_text(x) := CASE WHEN abs(CAST(x AS HUGEINT)) > 9007199254740992 THEN '"' || CAST(x AS VARCHAR) || '"'
    ELSE CAST(x AS VARCHAR) END
json_float_text(x) := CASE WHEN isnan(x) THEN '"NaN"'
    WHEN isinf(x) THEN CASE WHEN x > 0 THEN '"Infinity"' ELSE '"-Infinity"' END
    ELSE $f.float_to_text(x) END
json_digits(x) := rtrim(replace(regexp_replace(CAST(abs(x) AS VARCHAR), '\.0$', ''), '.', ''), '0')
json_double_text(x) := CASE WHEN x = 0 AND NOT signbit(x) THEN '0.0' WHEN abs(x) < 1e15 OR abs(x) >= 1e16
    THEN CAST(x AS VARCHAR) ELSE CASE WHEN x < 0 THEN '-' ELSE '' END || left($f.json_digits(x), 1)
    || CASE WHEN length($f.json_digits(x)) > 1 THEN '.' ELSE '' END || substring($f.json_digits(x), 2) || 'e+15' END
json_float_point_text(x) := CASE WHEN isnan(x) OR isinf(x) THEN $f.json_float_text(x)
    ELSE $f.json_double_text(x + 0e0) END
json_numeric_text(x) := CASE WHEN x = trunc(x) AND abs(x) <= 9007199254740992 THEN $f.numeric_to_text(x)
    ELSE '"' || $f.numeric_to_text(x) || '"' END
json_numeric_number_text(x) := CASE WHEN x = trunc(x) AND x >= -9223372036854775808 AND x < 18446744073709551616
    THEN $f.numeric_to_text(x) ELSE $f.json_double_text($f.numeric_to_float(x)) END
json_datetime_text(x) := '"' || replace($f.datetime_to_text(x), ' ', 'T') || '"'
json_timestamp_text(x) := '"' || replace($f.datetime_to_text(x AT TIME ZONE 'UTC'), ' ', 'T') || 'Z"'
json_time_text(x) := '"' || $f.time_to_text(x) || '"'
json_tokens(s) := regexp_extract_all(s, '"(?:[^"\\]|\\.)*"|-?\d[0-9.eE+-]*|[^"0-9-]+|-')
json_number(t) := CASE WHEN NOT regexp_matches(t, '^-?\d') THEN t
    WHEN regexp_matches(t, '[.eE]') THEN $f.json_double_text(CAST(t AS DOUBLE))
    WHEN TRY_CAST(t AS BIGINT) IS NULL AND TRY_CAST(t AS UBIGINT) IS NULL THEN $f.json_double_text(CAST(t AS DOUBLE))
    WHEN t = '-0' THEN '0' ELSE t END
json_printed(t) := CASE WHEN regexp_matches(t, '\d[.eE]|\d{19}|-0')
    THEN array_to_string(list_transform($f.json_tokens(t), lambda token: $f.json_number(token)), '') ELSE t END
json_kind(j) := CASE json_type(j) WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array' WHEN 'VARCHAR' THEN 'string'
    WHEN 'BOOLEAN' THEN 'boolean' WHEN 'NULL' THEN 'null' WHEN NULL THEN NULL ELSE
    CASE WHEN j IS NOT NULL THEN 'number' END END
json_int(j) := CASE WHEN j IS NULL THEN NULL WHEN json_type(j) IN ('BIGINT', 'UBIGINT') THEN
    coalesce(TRY_CAST(CAST(j AS VARCHAR) AS BIGINT), CAST(error('The provided JSON input is not an integer') AS BIGINT))
    WHEN json_type(j) = 'DOUBLE' AND CAST(j AS DOUBLE) = trunc(CAST(j AS DOUBLE)) THEN CAST(CAST(j AS DOUBLE) AS BIGINT)
    ELSE CAST(error('The provided JSON input is not an integer') AS BIGINT) END
json_float(j) := CASE WHEN j IS NULL THEN NULL WHEN $f.json_kind(j) = 'number' THEN CAST(j AS DOUBLE)
    ELSE CAST(error('The provided JSON input is not a number') AS DOUBLE) END
json_bool(j) := CASE WHEN j IS NULL THEN NULL WHEN json_type(j) = 'BOOLEAN' THEN CAST(j AS BOOLEAN)
    ELSE CAST(error('The provided JSON input is not a boolean') AS BOOLEAN) END
json_string(j) := CASE WHEN j IS NULL THEN NULL WHEN json_type(j) = 'VARCHAR' THEN json_extract_string(j, '$')
    ELSE CAST(error('The provided JSON input is not a string') AS VARCHAR) END
json_strict(s) := json_valid(s) AND NOT regexp_matches(
    regexp_replace(s, '"(?:[^"\\]|\\.)*"', '""', 'g'), ',\s*[\]}]|[NnIi][an][Nnf]')
json_significant(t) := rtrim(ltrim(replace(regexp_extract(t, '^-?([0-9.]+)', 1), '.', ''), '0'), '0')
json_keeps(t) := CASE WHEN NOT regexp_matches(t, '^-?\d') THEN TRUE
    WHEN NOT regexp_matches(t, '[.eE]') AND coalesce(TRY_CAST(t AS BIGINT), TRY_CAST(t AS UBIGINT)) IS NOT NULL
    THEN TRUE
    WHEN length($f.json_significant(t)) > 17 OR NOT isfinite(TRY_CAST(t AS DOUBLE)) THEN FALSE
    WHEN TRY_CAST(t AS DOUBLE) = 0 THEN $f.json_significant(t) = ''
    WHEN length($f.json_significant(t)) > 15
    THEN CAST(error('PARSE_JSON of a number with 16 digits is not supported by the local cloud: ' || t) AS BOOLEAN)
    ELSE TRUE END
json_fits(s) := $f.json_strict(s)
    AND list_bool_and(list_transform($f.json_tokens(s), lambda token: $f.json_keeps(token)))
json_hidden(t) := translate(t, '{}[],:"', '')
json_shown(t) := translate(t, '', '{}[],:"')
json_key_of(m) := $f.json_shown(string_split(m, ':')[1])
json_members(t) := list_transform(string_split(t[2:-2], ','), lambda m, place: {
    'k': $f.json_key_of(m), 'place': place, 'm': m})
json_keys_of(t) := list_transform(string_split(t[2:-2], ','), lambda m: $f.json_key_of(m))
json_object_sorted(t) := '{' || array_to_string(list_transform(list_sort(list_filter($f.json_members(t),
    lambda x: list_position($f.json_keys_of(t), x.k) = x.place)), lambda x: x.m), ',') || '}'
json_step(t) := array_to_string(list_transform(
    regexp_extract_all(t, '\{[^{}\[\]]*\}|\[[^{}\[\]]*\]|[^{}\[\]]+|[{}\[\]]'), lambda piece: CASE
    WHEN starts_with(piece, '{') AND length(piece) > 2 THEN $f.json_hidden($f.json_object_sorted(piece))
    WHEN length(piece) > 1 AND left(piece, 1) IN ('{', '[') THEN $f.json_hidden(piece) ELSE piece END), '')
json_prepared(t) := array_to_string(list_transform($f.json_tokens(t), lambda token:
    CASE WHEN starts_with(token, '"') THEN $f.json_hidden(token) ELSE $f.json_number(token) END), '')
json_sorted(t) := $f.json_shown(list_reduce(
    [$f.json_prepared(t), '', '', '', '', '', '', '', '', '', '', '', 'end'], lambda done, step: CASE
    WHEN NOT regexp_matches(done, '[{\[]') THEN done WHEN step = 'end'
    THEN CAST(error('JSON of more than 11 levels is not supported by the local cloud') AS VARCHAR)
    ELSE $f.json_step(done) END))
"""

_TEXTS = r"""
parse_json(s) := CASE WHEN s IS NULL THEN NULL WHEN $f.json_fits(s)
    THEN CAST($f.json_sorted(CAST(json(s) AS VARCHAR)) AS JSON)
    ELSE CAST(error('Invalid input to PARSE_JSON: ' || s) AS JSON) END
json_finite(t) := NOT regexp_matches(t, '^-?\d') OR isfinite(TRY_CAST(t AS DOUBLE))
parse_json_rounded(s) := CASE WHEN s IS NULL THEN NULL
    WHEN $f.json_strict(s) AND list_bool_and(list_transform($f.json_tokens(s), lambda token: $f.json_finite(token)))
    THEN CAST($f.json_sorted(CAST(json(s) AS VARCHAR)) AS JSON)
    ELSE CAST(error('Invalid input to PARSE_JSON: ' || s) AS JSON) END
safe_parse_json(s) := CASE WHEN $f.json_fits(s) THEN CAST($f.json_sorted(CAST(json(s) AS VARCHAR)) AS JSON) END
json_marked(s) := CASE WHEN s IS NULL THEN NULL WHEN $f.json_strict(s)
    THEN CAST(array_to_string(list_transform($f.json_tokens(s), lambda token: CASE WHEN regexp_matches(token, '^-?\d')
    THEN '"\u0001' || token || '"' ELSE token END), '') AS JSON)
    WHEN regexp_matches(s, '^\s*[{\["\d-]')
    THEN CAST(error('A JSON function of text that is no JSON is not supported by the local cloud: ' || s) AS JSON) END
json_unmarked(s) := regexp_replace(s, '"\\u0001([^"]*)"', '\1', 'g')
not_by_name(j, is_object) := CASE WHEN is_object
    THEN CAST(error('A number in a JSONPath for the key of an object is not supported by the local cloud') AS VARCHAR)
    ELSE j END
json_value(j, path) := CASE json_type(j, path) WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL WHEN 'NULL' THEN NULL
    WHEN 'DOUBLE' THEN $f.json_printed(json_extract_string(j, path)) ELSE json_extract_string(j, path) END
json_value_of_text(s, path) := CASE WHEN json_type($f.json_marked(s), path) NOT IN ('OBJECT', 'ARRAY', 'NULL')
    THEN ltrim(json_extract_string($f.json_marked(s), path), chr(1)) END
json_query(j, path) := json_extract(j, path)
json_query_of_text(s, path) := nullif($f.json_unmarked(CAST(json_extract($f.json_marked(s), path) AS VARCHAR)), 'null')
json_elements(j, path) := CASE WHEN json_type(j, path) = 'ARRAY' THEN json_extract(j, path || '[*]') END
json_elements_of_text(s, path) := list_transform($f.json_elements($f.json_marked(s), path),
    lambda item: $f.json_unmarked(CAST(item AS VARCHAR)))
json_values(j, path) := CASE WHEN json_type(j, path) = 'ARRAY'
    AND len(list_filter(json_extract(j, path || '[*]'), lambda item: json_type(item) IN ('OBJECT', 'ARRAY'))) = 0
    THEN list_transform(json_extract(j, path || '[*]'), lambda item: $f.json_value(item, '$')) END
json_values_of_text(s, path) := list_transform($f.json_values($f.json_marked(s), path),
    lambda item: ltrim(item, chr(1)))
"""


JSON = _PLAIN + _TEXTS.lstrip()
