"""FARM_FINGERPRINT: FarmHash's Fingerprint64 in arithmetic modulo 2 ** 64, for up to 64 bytes.

Source: github.com/google/farmhash, namespace farmhashna. A word is eight bytes, the lowest first.
"""

HASHES = r"""
wrapped(x) := CAST(x % 18446744073709551616::UHUGEINT AS UBIGINT)
plus(a, b) := $f.wrapped(CAST(a AS UHUGEINT) + CAST(b AS UHUGEINT))
times(a, b) := $f.wrapped(CAST(a AS UHUGEINT) * CAST(b AS UHUGEINT))
rotated(x, n) := $f.wrapped(CAST(x AS UHUGEINT) * CAST(pow(2, 64 - n) AS UHUGEINT)) | (x >> n)
mixed(x) := xor(x, x >> 47)
word(h, place, size) := CAST('0x' || array_to_string(list_transform(range(size, 0, -1),
    lambda i: substring(h, 2 * (place + i) - 1, 2)), '') AS UBIGINT)
hash_of_two(u, v, m) := list_transform([$f.mixed($f.times(xor(u, v), m))],
    lambda a: $f.times($f.mixed($f.times(xor(v, a), m)), m))[1]
multiplier(n) := $f.plus(11160318154034397263::UBIGINT, 2 * n)
hash_up_to_3(h, n) := list_transform([xor(
    $f.times($f.word(h, 0, 1) + $f.word(h, n // 2, 1) * 256, 11160318154034397263::UBIGINT),
    $f.times(n + $f.word(h, n - 1, 1) * 4, 14097894508562428199::UBIGINT))],
    lambda y: $f.times($f.mixed(y), 11160318154034397263::UBIGINT))[1]
hash_up_to_7(h, n) := $f.hash_of_two(CAST(n + $f.word(h, 0, 4) * 8 AS UBIGINT), $f.word(h, n - 4, 4), $f.multiplier(n))
hash_up_to_16(h, n) := list_transform([{'a': $f.plus($f.word(h, 0, 8), 11160318154034397263::UBIGINT),
    'b': $f.word(h, n - 8, 8), 'm': $f.multiplier(n)}],
    lambda w: $f.hash_of_two($f.plus($f.times($f.rotated(w.b, 37), w.m), w.a),
        $f.times($f.plus($f.rotated(w.a, 25), w.b), w.m), w.m))[1]
ends(a, b, c, d) := $f.plus($f.plus($f.rotated($f.plus(a, b), 43), $f.rotated(c, 30)), d)
middle(a, b, c, k) := $f.plus($f.plus(a, $f.rotated($f.plus(b, k), 18)), c)
hash_up_to_32(h, n) := list_transform([{'a': $f.times($f.word(h, 0, 8), 13011662864482103923::UBIGINT),
    'b': $f.word(h, 8, 8), 'c': $f.times($f.word(h, n - 8, 8), $f.multiplier(n)),
    'd': $f.times($f.word(h, n - 16, 8), 11160318154034397263::UBIGINT), 'm': $f.multiplier(n)}],
    lambda w: $f.hash_of_two($f.ends(w.a, w.b, w.c, w.d),
        $f.middle(w.a, w.b, w.c, 11160318154034397263::UBIGINT), w.m))[1]
hash_up_to_64(h, n) := list_transform(list_transform(list_transform([{
    'a': $f.times($f.word(h, 0, 8), 11160318154034397263::UBIGINT), 'b': $f.word(h, 8, 8),
    'c': $f.times($f.word(h, n - 8, 8), $f.multiplier(n)),
    'd': $f.times($f.word(h, n - 16, 8), 11160318154034397263::UBIGINT), 'm': $f.multiplier(n)}],
    lambda w: {'a': w.a, 'm': w.m, 'y': $f.ends(w.a, w.b, w.c, w.d),
        'x': $f.middle(w.a, w.b, w.c, 11160318154034397263::UBIGINT)}),
    lambda w: {'a': w.a, 'm': w.m, 'e': $f.times($f.word(h, 16, 8), w.m), 'f': $f.word(h, 24, 8),
        'g': $f.times($f.plus(w.y, $f.word(h, n - 32, 8)), w.m),
        'h': $f.times($f.plus($f.hash_of_two(w.y, w.x, w.m), $f.word(h, n - 24, 8)), w.m)}),
    lambda w: $f.hash_of_two($f.ends(w.e, w.f, w.g, w.h), $f.middle(w.e, w.f, w.g, w.a), w.m))[1]
signed(x) := CAST(CASE WHEN x > 9223372036854775807 THEN CAST(x AS HUGEINT) - 18446744073709551616 ELSE x END AS BIGINT)
fingerprint_of_hex(h, n) := CASE WHEN h IS NULL THEN NULL WHEN n = 0 THEN $f.signed(11160318154034397263::UBIGINT)
    WHEN n < 4 THEN $f.signed($f.hash_up_to_3(h, n)) WHEN n < 8 THEN $f.signed($f.hash_up_to_7(h, n))
    WHEN n <= 16 THEN $f.signed($f.hash_up_to_16(h, n)) WHEN n <= 32 THEN $f.signed($f.hash_up_to_32(h, n))
    WHEN n <= 64 THEN $f.signed($f.hash_up_to_64(h, n))
    ELSE CAST(error('FARM_FINGERPRINT of more than 64 bytes is not supported by the local cloud') AS BIGINT) END
farm_fingerprint(b) := list_transform([b], lambda x: $f.fingerprint_of_hex(hex(x), octet_length(x)))[1]
"""
