"""Text: trimming, cutting, matching."""

TEXTS = r"""
trim_blanks(s) := trim(s, $b)
ltrim_blanks(s) := ltrim(s, $b)
rtrim_blanks(s) := rtrim(s, $b)
upper_text(s) := CASE WHEN regexp_matches(s, '[ŉǰΐΰևẖ-ẚὐ-ὖᾀ-ᾼῂ-ῌῒ-ῗῢ-ῧῲ-ῼﬀ-ﬗ]')
    THEN CAST(error('UPPER of a letter that becomes several is not supported by the local cloud') AS VARCHAR)
    ELSE upper(replace(s, 'ß', 'SS')) END
substring_from(s, p) := CASE WHEN p = 0 OR p < -length(s) THEN s ELSE substring(s, p) END
substring_of(s, p, n) := CASE WHEN s IS NULL OR p IS NULL THEN NULL
    WHEN n < 0 THEN CAST(error('Third argument in SUBSTR() cannot be negative') AS VARCHAR)
    WHEN p = 0 OR p < -length(s) THEN substring(s, 1, n) ELSE substring(s, p, n) END
safe_substring_of(s, p, n) := CASE WHEN s IS NULL THEN NULL WHEN p IS NULL THEN NULL
    WHEN n < 0 THEN NULL ELSE $f.substring_of(s, p, n) END
left_of(s, n) := CASE WHEN s IS NULL THEN NULL
    WHEN n < 0 THEN CAST(error('Second argument in LEFT() cannot be negative') AS VARCHAR) ELSE left(s, n) END
right_of(s, n) := CASE WHEN s IS NULL THEN NULL
    WHEN n < 0 THEN CAST(error('Second argument in RIGHT() cannot be negative') AS VARCHAR) ELSE right(s, n) END
like_pattern(p) := CASE WHEN ends_with(p, '\') AND (length(p) - length(rtrim(p, '\'))) % 2 = 1
    THEN CAST(error('LIKE pattern ends with a backslash') AS VARCHAR) ELSE p END
regexp_first(s, p, g) := CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END
places_of(s, part) := list_filter(range(1, length(s) - length(part) + 2),
    lambda i: substring(s, i, length(part)) = part)
place_of(s, part, p, n) := CASE WHEN s IS NULL OR part IS NULL OR p IS NULL OR n IS NULL THEN NULL
    WHEN p = 0 THEN CAST(error('The third argument (position) for INSTR/STRPOS cannot be 0') AS BIGINT)
    WHEN n < 1 THEN CAST(error('The fourth argument (occurrence) for INSTR must be 1 or more') AS BIGINT)
    WHEN part = '' THEN CAST(error('INSTR of an empty text is not supported by the local cloud') AS BIGINT)
    WHEN p > 0 THEN coalesce(list_filter($f.places_of(s, part), lambda i: i >= p)[n], 0)
    ELSE coalesce(list_reverse(list_filter($f.places_of(s, part), lambda i: i <= length(s) + p + 1))[n], 0) END
code_points(s) := list_transform(range(1, length(s) + 1), lambda i: CAST(unicode(substring(s, i, 1)) AS BIGINT))
first_code(s) := CASE WHEN s = '' THEN 0 ELSE CAST(unicode(s) AS BIGINT) END
only_ascii(s, what) := CASE WHEN strlen(s) = length(s) THEN s
    ELSE CAST(error(what || ' of letters beyond ASCII is not supported by the local cloud') AS VARCHAR) END
initial_capitals(s, breaks) := array_to_string(list_transform(range(1, length(s) + 1), lambda i:
    CASE WHEN i = 1 OR contains(breaks, substring(s, i - 1, 1)) THEN upper(substring(s, i, 1))
    ELSE lower(substring(s, i, 1)) END), '')
soundex_letters(s) := regexp_replace(s, '[^A-Za-z]', '', 'g')
soundex_codes(s) := replace(translate(upper(s), 'BFPVCGJKQSXZDTLMNRAEIOUYHW', '111122222222334556________'), '_', '')
soundex_runs(s) := regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
    regexp_replace(s, '1+', '1', 'g'), '2+', '2', 'g'), '3+', '3', 'g'), '4+', '4', 'g'), '5+', '5', 'g'),
    '6+', '6', 'g')
soundex_of(s) := CASE WHEN s IS NULL THEN NULL WHEN s = '' THEN '' ELSE left(s, 1) || rpad(left(
    substring($f.soundex_runs($f.soundex_codes(s)), 1 + length($f.soundex_codes(left(s, 1)))), 3), 3, '0') END
holds_text(s, part) := contains(
    lower($f.only_ascii(s, 'CONTAINS_SUBSTR')), lower($f.only_ascii(part, 'CONTAINS_SUBSTR')))
split_text(s, separator) := CASE WHEN separator IS NULL THEN NULL WHEN s = '' THEN ['']
    ELSE string_split(s, separator) END
text_to_literal(s) := CASE WHEN regexp_matches(s, '["\\\x00-\x1f\x7f]')
    THEN CAST(error('FORMAT %T of a text with quotes or escapes is not supported by the local cloud') AS VARCHAR)
    ELSE '"' || s || '"' END
ascii_code(s) := CASE WHEN s = '' THEN 0 WHEN unicode(s) < 128 THEN CAST(unicode(s) AS BIGINT) WHEN s IS NOT NULL
    THEN CAST(error('Argument to ASCII is not a structurally valid ASCII string: ''' || s || '''') AS BIGINT) END
repeated(s, n) := CASE WHEN s IS NULL THEN NULL WHEN n < 0
    THEN CAST(error('Second argument (repeat count) for REPEAT cannot be negative') AS VARCHAR) ELSE repeat(s, n) END
pad_pattern(p) := CASE WHEN p = ''
    THEN CAST(error('Third argument (pad pattern) for LPAD/RPAD cannot be empty') AS VARCHAR) ELSE p END
checked_width(n) := CASE WHEN n < 0
    THEN CAST(error('Second argument (output size) for LPAD/RPAD cannot be negative') AS BIGINT) ELSE n END
"""
