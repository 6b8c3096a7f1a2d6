"""Arrays."""

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
array_to_text(a, separator) := CASE WHEN a IS NOT NULL AND separator IS NOT NULL
    THEN coalesce(array_to_string(a, separator), '') END
array_to_text_with(a, separator, missing) := CASE WHEN a IS NOT NULL AND separator IS NOT NULL
    AND missing IS NOT NULL THEN
    coalesce(array_to_string(list_transform(a, lambda item: coalesce(item, missing)), separator), '') END
in_array(x, a) := CASE WHEN a IS NULL OR len(a) = 0 THEN FALSE WHEN x IS NULL THEN NULL
    WHEN list_contains(a, x) THEN TRUE WHEN len(list_filter(a, lambda item: item IS NULL)) > 0 THEN NULL ELSE FALSE END
counted(met, missed, missing) := list_concat(
    list_transform(coalesce(met, []), lambda item: {'rank': -CAST(item.value AS BIGINT), 'value': item.key}),
    CASE WHEN missed > 0 THEN [{'rank': -missed, 'value': missing}] ELSE [] END)
top_counts(met, missed, missing, n) := CASE WHEN met IS NOT NULL OR missed > 0
    THEN list_transform(list_sort($f.counted(met, missed, missing))[1:n],
        lambda item: {'value': item.value, 'count': -item.rank}) END
"""
