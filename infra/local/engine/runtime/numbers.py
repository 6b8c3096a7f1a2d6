"""Numbers: text, arithmetic, functions."""

NUMBERS = r"""
float_to_text(x) := CASE WHEN isnan(x) THEN 'nan' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'inf' ELSE '-inf' END
    WHEN x = 0 THEN '0'
    WHEN CAST(printf('%.15g', x) AS DOUBLE) = x THEN printf('%.15g', x) ELSE printf('%.17g', x) END
float_to_text_with_point(x) := CASE WHEN x = 0 AND signbit(x) THEN '-0.0'
    WHEN regexp_full_match($f.float_to_text(x), '-?[0-9]+')
    THEN $f.float_to_text(x) || '.0' ELSE $f.float_to_text(x) END
float_in_error(x) := regexp_replace(CAST(x AS VARCHAR), '\.0$', '')
float_to_literal(x) := CASE WHEN isfinite(x) THEN $f.float_to_text_with_point(x)
    ELSE 'CAST("' || $f.float_to_text(x) || '" AS FLOAT64)' END
only_finite(x, t) := CASE WHEN isfinite(x) OR x IS NULL THEN t
    ELSE CAST(error('An infinity or NaN filled with zeros is not supported by the local cloud') AS VARCHAR) END
signed_text(x, t) := CASE WHEN x < 0 AND NOT starts_with(t, '-') THEN '-' || t ELSE t END
hexadecimal(x, t) := CASE WHEN x < 0
    THEN CAST(error('FORMAT %x of a negative number is not supported by the local cloud') AS VARCHAR) ELSE t END
numeric_to_text(x) := CASE WHEN x IS NULL THEN NULL ELSE rtrim(rtrim(CAST(x AS VARCHAR), '0'), '.') END
plain_text(x) := CAST(x AS VARCHAR)
safe_text_to_int(s) := CASE WHEN starts_with(s, '0x') AND translate(s, '0123456789abcdefABCDEF', '') = 'x'
    THEN TRY_CAST(s AS BIGINT)
    WHEN translate($f.trim_blanks(s), '0123456789', '') IN ('', '+', '-') THEN TRY_CAST($f.trim_blanks(s) AS BIGINT)
    WHEN regexp_full_match($f.trim_blanks(s), '[+-]?0[xX][0-9a-fA-F]+') THEN TRY_CAST(
        CASE WHEN starts_with($f.trim_blanks(s), '-') THEN -1 ELSE 1 END
        * CAST(TRY_CAST(ltrim($f.trim_blanks(s), '+-') AS UBIGINT) AS HUGEINT) AS BIGINT) END
text_to_int(s) := coalesce($f.safe_text_to_int(s), CASE WHEN s IS NOT NULL THEN error('Bad int64 value: ' || s) END)
safe_text_to_float(s) := CASE WHEN regexp_matches(s, '0[xX]')
    THEN CAST(error('A hexadecimal FLOAT64 is not supported by the local cloud: ' || s) AS DOUBLE)
    WHEN NOT contains(s, '_') THEN TRY_CAST(trim(s) AS DOUBLE) END
text_to_float(s) := coalesce($f.safe_text_to_float(s),
    CASE WHEN s IS NOT NULL THEN error('Bad double value: ' || s) END)
safe_text_to_numeric(s) := CASE WHEN NOT contains(s, '_') THEN TRY_CAST(trim(s) AS DECIMAL(38,9)) END
text_to_numeric(s) := coalesce($f.safe_text_to_numeric(s),
    CASE WHEN s IS NOT NULL THEN error('Invalid NUMERIC value: ' || s) END)
numeric_to_float(x) := CASE WHEN abs(x) < 9007199 THEN CAST(x AS DOUBLE) ELSE CAST(CAST(x AS VARCHAR) AS DOUBLE) END
safe_float_to_numeric(x) := CASE WHEN isfinite(x) THEN TRY_CAST(printf('%.25f', x) AS DECIMAL(38,9)) END
float_to_numeric(x) := coalesce($f.safe_float_to_numeric(x), CASE WHEN x IS NOT NULL
    THEN CAST(error('numeric out of range: ' || $f.float_to_text(x)) AS DECIMAL(38,9)) END)
safe_text_to_bool(s) := CASE lower(s) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END
text_to_bool(s) := coalesce($f.safe_text_to_bool(s), CASE WHEN s IS NOT NULL THEN error('Bad bool value: ' || s) END)
overflow_of_one(x, odd) := CASE WHEN x IS NULL OR odd THEN x ELSE CAST(error('double overflow') AS DOUBLE) END
overflow_of_many(x, odd) := CASE WHEN x IS NULL THEN x
    WHEN odd THEN CAST(error('Arithmetic on infinities is not supported by the local cloud') AS DOUBLE)
    ELSE CAST(error('double overflow') AS DOUBLE) END
divide(a, b) := a / CASE WHEN b = 0
    THEN CAST(error('division by zero: ' || $f.float_in_error(a) || ' / 0') AS DOUBLE) ELSE b END
safe_divide(a, b) := CASE WHEN b <> 0 THEN a / b END
safe_divide_any(a, b) := CASE WHEN b <> 0 AND (isfinite(a / b) OR NOT isfinite(a) OR NOT isfinite(b)) THEN a / b END
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
numeric_divisor(a, b) := $f.units(CASE WHEN b = 0 AND a IS NOT NULL
    THEN CAST(error('division by zero: ' || $f.numeric_to_text(a) || ' / 0') AS DECIMAL(38,9)) ELSE b END)
numeric_integer_divide(a, b) := $f.of_units(1000000000 * ($f.units(a) // $f.numeric_divisor(a, b)))
numeric_modulo(a, b) := $f.of_units($f.units(a) % $f.numeric_divisor(a, b))
safe_int64_add(a, b) := TRY_CAST(CAST(a AS HUGEINT) + b AS BIGINT)
safe_int64_subtract(a, b) := TRY_CAST(CAST(a AS HUGEINT) - b AS BIGINT)
safe_int64_multiply(a, b) := TRY_CAST(CAST(a AS HUGEINT) * b AS BIGINT)
safe_float64_add(a, b) := CASE WHEN isfinite(a + b) OR NOT isfinite(a) OR NOT isfinite(b) THEN a + b END
safe_float64_subtract(a, b) := CASE WHEN isfinite(a - b) OR NOT isfinite(a) OR NOT isfinite(b) THEN a - b END
safe_float64_multiply(a, b) := CASE WHEN isfinite(a * b) OR NOT isfinite(a) OR NOT isfinite(b) THEN a * b END
safe_of_units(u) := CASE WHEN abs(u) < 100000000000000000000000000000000000000 THEN $f.of_units(u) END
safe_numeric_add(a, b) := CASE WHEN abs(CAST(a AS DOUBLE) + CAST(b AS DOUBLE)) < 1.5e29
    THEN $f.safe_of_units($f.units(a) + $f.units(b)) END
safe_numeric_subtract(a, b) := CASE WHEN abs(CAST(a AS DOUBLE) - CAST(b AS DOUBLE)) < 1.5e29
    THEN $f.safe_of_units($f.units(a) - $f.units(b)) END
safe_numeric_multiply(a, b) := CASE WHEN abs(CAST(a AS DOUBLE) * CAST(b AS DOUBLE)) < 9.9e19
    THEN CAST(a * b AS DECIMAL(38,9))
    WHEN abs(CAST(a AS DOUBLE) * CAST(b AS DOUBLE)) < 1.1e29
    THEN CAST(error('SAFE_MULTIPLY of so large NUMERICs is not supported by the local cloud') AS DECIMAL(38,9)) END
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
natural_log(x) := CASE WHEN isnan(x) OR x = CAST('-inf' AS DOUBLE) THEN CAST('nan' AS DOUBLE) WHEN x <= 0
    THEN CAST(error('Floating point error in function: LN(' || $f.float_in_error(x) || ')') AS DOUBLE) ELSE ln(x) END
log_of(x, b) := CASE WHEN x IS NULL OR b IS NULL THEN NULL
    WHEN isnan(x) OR isnan(b) OR isinf(b) OR x = CAST('-inf' AS DOUBLE) OR (isinf(x) AND b <= 0)
    THEN CAST('nan' AS DOUBLE)
    WHEN isinf(x) THEN CASE WHEN b < 1 THEN -x ELSE x END
    WHEN x <= 0 OR b <= 0 OR b = 1 THEN CAST(error('Floating point error in function: LOG('
        || $f.float_in_error(x) || ', ' || $f.float_in_error(b) || ')')
        AS DOUBLE)
    WHEN b = 10 THEN log10(x) WHEN b = 2 THEN log2(x) ELSE ln(x) / ln(b) END
exponential(x) := CASE WHEN x > 709.782712893384 AND NOT isinf(x) AND NOT isnan(x)
    THEN CAST(error('Floating point error in function: EXP(' || $f.float_in_error(x) || ')') AS DOUBLE) ELSE exp(x) END
power(x, y) := CASE WHEN x = 0 AND y < 0 AND NOT isinf(y) OR x < 0 AND NOT isinf(x) AND y <> floor(y)
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
