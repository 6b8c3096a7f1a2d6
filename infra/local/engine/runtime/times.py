"""Dates and times: text, calendars, zones."""

# 3652058 and 315537897599999999 are the last day and microsecond of the year 9999, counted from 0001-01-01. What lies
# outside does not fit the unsigned types, which costs less than comparing and mentions the argument once.
TIMES = r"""
date_of(x) := DATE '0001-01-01' + CAST((CAST(x - DATE '0001-01-01' AS UINTEGER) + CAST(4291315237 AS UINTEGER))
    - CAST(4291315237 AS UINTEGER) AS INTEGER)
known_micros(us) := CAST((CAST(us + 62135596800000000 AS UBIGINT) + CAST(18131206176109551616 AS UBIGINT))
    - CAST(18131206176109551616 AS UBIGINT) AS BIGINT) - 62135596800000000
datetime_of(us) := make_timestamp($f.known_micros(us))
instant_of(us) := make_timestamptz($f.known_micros(us))
fraction(us) := CASE WHEN us = 0 THEN '' WHEN us % 1000 = 0 THEN '.' || lpad(CAST(us // 1000 AS VARCHAR), 3, '0')
    ELSE '.' || lpad(CAST(us AS VARCHAR), 6, '0') END
datetime_to_text(x) := strftime(x, '%Y-%m-%d %H:%M:%S') || $f.fraction(extract(MICROSECOND FROM x) % 1000000)
time_to_text(x) := lpad(CAST(extract(HOUR FROM x) AS VARCHAR), 2, '0')
    || ':' || lpad(CAST(extract(MINUTE FROM x) AS VARCHAR), 2, '0')
    || ':' || lpad(CAST(extract(SECOND FROM x) AS VARCHAR), 2, '0')
    || $f.fraction(extract(MICROSECOND FROM x) % 1000000)
local_of(t, z) := $f.datetime_of(epoch_us(t AT TIME ZONE z))
local_shown(t, z) := CASE WHEN epoch_us(t) >= -62135510400000000 AND epoch_us(t) < 253402214400000000
    THEN t AT TIME ZONE z WHEN t IS NOT NULL AND z IS NOT NULL
    THEN CAST(error('A zone in the first or last day of all time is not supported by the local cloud') AS TIMESTAMP) END
offset_micros(t, z) := epoch_us(t AT TIME ZONE z) - epoch_us(t)
offset_minutes(t, z) := CASE WHEN $f.offset_micros(t, z) % 60000000 = 0 THEN $f.offset_micros(t, z) // 60000000
    WHEN t IS NOT NULL
    THEN CAST(error('An offset from UTC with seconds is not supported by the local cloud: ' || z) AS BIGINT) END
offset_text(t, z, colon) := CASE WHEN $f.offset_minutes(t, z) < 0 THEN '-' ELSE '+' END
    || lpad(CAST(abs($f.offset_minutes(t, z)) // 60 AS VARCHAR), 2, '0') || colon
    || lpad(CAST(abs($f.offset_minutes(t, z)) % 60 AS VARCHAR), 2, '0')
timestamp_to_text_in(t, z) := $f.datetime_to_text($f.local_shown(t, z))
    || regexp_replace($f.offset_text(t, z, ':'), ':00$', '')
timestamp_to_text(t) := $f.datetime_to_text(t AT TIME ZONE 'UTC') || '+00'
local_to_timestamp(dt, z) := $f.instant_of(epoch_us(CASE
    WHEN ((dt AT TIME ZONE z) - to_microseconds(3600000000)) AT TIME ZONE z = dt
    THEN (dt AT TIME ZONE z) - to_microseconds(3600000000) ELSE dt AT TIME ZONE z END))
safe_text_to_date(s) := CASE WHEN regexp_full_match(s, '\d{4}-\d{1,2}-\d{1,2}') AND NOT starts_with(s, '0000')
    THEN TRY_CAST(s AS DATE) END
text_to_date(s) := coalesce($f.safe_text_to_date(s),
    CASE WHEN s IS NOT NULL THEN CAST(error('Invalid date: ''' || s || '''') AS DATE) END)
no_leap_second(s) := CASE WHEN regexp_matches(s, '^[^.]*:\d{1,2}:60')
    THEN CAST(error('A leap second is not supported by the local cloud: ' || s) AS VARCHAR) ELSE s END
safe_text_to_datetime(s) := CASE WHEN NOT starts_with(s, '0000') AND regexp_full_match(s,
        '\d{4}-\d{1,2}-\d{1,2}([ Tt]([01]?\d|2[0-3]):\d{1,2}:\d{1,2}(\.\d{1,6})?)?')
    THEN TRY_CAST(replace(upper($f.no_leap_second(s)), 'T', ' ') AS TIMESTAMP) END
text_to_datetime(s) := coalesce($f.safe_text_to_datetime(s),
    CASE WHEN s IS NOT NULL THEN CAST(error('Invalid datetime string "' || s || '"') AS TIMESTAMP) END)
minutes_of_offset(h, m) := CASE WHEN TRY_CAST(coalesce(m, '0') AS BIGINT) < 60
    AND TRY_CAST(ltrim(h, '+-') AS BIGINT) * 60 + TRY_CAST(coalesce(m, '0') AS BIGINT) <= 840
    THEN CASE WHEN starts_with(h, '-') THEN -1 ELSE 1 END
        * (TRY_CAST(ltrim(h, '+-') AS BIGINT) * 60 + TRY_CAST(coalesce(m, '0') AS BIGINT)) END
safe_instant_of(us) := CASE WHEN us BETWEEN -62135596800000000 AND 253402300799999999 THEN make_timestamptz(us) END
minutes_in_offset(s) := coalesce(nullif(regexp_extract(s, '[+-]\d{1,2}:(\d{1,2})$', 1), ''),
    nullif(regexp_extract(s, '[+-]\d\d(\d\d)$', 1), ''))
safe_text_at_offset(s, o) := $f.safe_instant_of(epoch_us($f.safe_text_to_datetime(s))
    - 60000000 * $f.minutes_of_offset(regexp_extract(o, '([+-]\d{1,2}):?\d*$', 1), $f.minutes_in_offset(o)))
known_zone(z) := CASE WHEN z IS NULL OR contains($zones, ' ' || z || ' ') AND NOT contains(z, ' ') THEN z
    ELSE CAST(error('Invalid time zone: ' || z) AS VARCHAR) END
safe_known_zone(z) := CASE WHEN contains($zones, ' ' || z || ' ') AND NOT contains(z, ' ') THEN z END
safe_text_to_timestamp(s) := CASE
    WHEN $f.safe_text_to_datetime(s) IS NOT NULL THEN $f.safe_text_to_datetime(s) AT TIME ZONE 'UTC'
    WHEN regexp_matches(s, ':\d{1,2}(\.\d+)?[Zz]$') THEN $f.safe_text_to_datetime(s[:-2]) AT TIME ZONE 'UTC'
    WHEN regexp_matches(s, '^[^ Tt]+[ Tt][+-](\d{1,2}(:\d{1,2})?|\d{4})$')
    THEN $f.safe_text_at_offset(regexp_extract(s, '^[^ Tt]+'), s)
    WHEN regexp_matches(s, ':\d{1,2}(\.\d+)?[+-](\d{1,2}(:\d{1,2})?|\d{4})$')
    THEN $f.safe_text_at_offset(regexp_extract(s, '^(.*)[+-][\d:]+$', 1), s)
    WHEN regexp_matches(s, ':\d{1,2}(\.\d+)? [A-Za-z]\S*$')
    AND $f.safe_known_zone(regexp_extract(s, '\S*$')) IS NOT NULL
    THEN $f.safe_instant_of(epoch_us($f.local_to_timestamp(
        $f.safe_text_to_datetime(regexp_extract(s, '^(.*) \S+$', 1)), regexp_extract(s, '\S*$')))) END
text_to_timestamp(s) := coalesce($f.safe_text_to_timestamp(s),
    CASE WHEN s IS NOT NULL THEN CAST(error('Invalid timestamp: ''' || s || '''') AS TIMESTAMPTZ) END)
text_to_timestamp_in(s, z) := $f.local_to_timestamp(coalesce($f.safe_text_to_datetime(s),
    CASE WHEN s IS NOT NULL THEN CAST(error('Invalid timestamp: ''' || s || '''') AS TIMESTAMP) END), z)
safe_text_to_time(s) := CASE
    WHEN regexp_full_match(s, '([01]?\d|2[0-3]):\d{1,2}:\d{1,2}(\.\d{1,6})?') AND NOT regexp_matches(s, ':60(\.|$)')
    THEN TRY_CAST(s AS TIME) WHEN regexp_matches(s, '^\d{1,2}:\d{1,2}:60')
    THEN CAST(error('A leap second is not supported by the local cloud: ' || s) AS TIME) END
text_to_time(s) := coalesce($f.safe_text_to_time(s),
    CASE WHEN s IS NOT NULL THEN CAST(error('Invalid time string "' || s || '"') AS TIME) END)
truncate_instant(t, z, size) := $f.instant_of(
    $f.floor_divide(epoch_us($f.local_shown(t, z)), size) * size - $f.offset_micros(t, z))
week_start(x, first) := $f.date_of(CAST(x AS DATE) - CAST((dayofweek(x) - first + 7) % 7 AS INTEGER))
iso_year_start(x) := date_trunc('week', make_date(isoyear(x), 1, 4))
week_of_year(x, first) := (dayofyear(x) + 6 - ((dayofweek(x) - first + 7) % 7)) // 7
week_difference(a, b, shift) := $f.floor_divide((CAST(a AS DATE) - DATE '1970-01-01') + shift, 7)
    - $f.floor_divide((CAST(b AS DATE) - DATE '1970-01-01') + shift, 7)
month_difference(a, b) := (year(a) * 12 + month(a)) - (year(b) * 12 + month(b))
quarter_difference(a, b) := (year(a) * 4 + quarter(a)) - (year(b) * 4 + quarter(b))
year_difference(a, b) := year(a) - year(b)
isoyear_difference(a, b) := isoyear(a) - isoyear(b)
parsed_text(source, value, doubtful, failing) := CASE WHEN regexp_matches(source, failing) THEN NULL
    WHEN regexp_matches(source, doubtful)
    THEN CAST(error('PARSE_* of this text is not supported by the local cloud: ' || source) AS TIMESTAMP)
    WHEN CAST(value AS TIMESTAMP) >= TIMESTAMP '0001-01-01' THEN value END
parsed(value, source) := coalesce(value, CASE WHEN source IS NOT NULL
    THEN CAST(error('Failed to parse input string "' || source || '"') AS TIMESTAMP) END)
date_series(a, b, amount, step) := CASE WHEN a IS NULL OR b IS NULL OR amount IS NULL THEN NULL
    ELSE CAST(generate_series(CAST(a AS TIMESTAMP), CAST(b AS TIMESTAMP),
        CASE WHEN amount = 0 THEN CAST(error('Sequence step cannot be 0.') AS INTERVAL) ELSE step END) AS DATE[]) END
timestamp_series(a, b, size) := list_transform(
    generate_series(epoch_us(a), epoch_us(b), size), lambda us: make_timestamptz(us))
"""
