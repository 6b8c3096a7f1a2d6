"""String functions and regular expressions (RE2 in both engines)."""

from __future__ import annotations

import re

from sqlglot import exp

from infra.local.engine.rewrite.casts import convert
from infra.local.engine.rewrite.coercion import coerce
from infra.local.engine.rewrite.context import Rule, Translator, only
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.values import Value, cast_text, int_value, let, runtime, string_value
from infra.local.engine.types import BOOL, BYTES, INT64, STRING, array_of


def text_of(node: exp.Expr, translator: Translator, name: str) -> Value:
    """A STRING argument of the function ``name``; BYTES are refused by name."""
    value = translator.value(node)
    if value.type == BYTES:
        raise UnsupportedError(f"{name} of BYTES")
    return coerce(value, STRING, f"Argument of {name}")


def _simple(name: str, duck: str) -> Rule:
    """A function of one STRING that DuckDB has alike."""

    def rule(node: exp.Func, translator: Translator) -> Value:
        only(node, "this")
        return Value(f"{duck}({text_of(node.this, translator, name).sql})", STRING)

    return rule


def _lower(node: exp.Lower, translator: Translator) -> Value:
    """DuckDB lowers letter by letter; Unicode has one letter that becomes two, and a sigma of its own for word ends."""
    return Value(let([text_of(node.this, translator, "LOWER")], _lowered), STRING)


def _lowered(text: str) -> str:
    # DuckDB compiles a constant pattern, this one for a millisecond, whenever it plans: no text of a row is constant.
    pattern = f"left({text}, 0) || '(\\pL)Σ(\\PL|$)'"
    sigma = f"regexp_replace({text}, {pattern}, '\\1ς\\2', 'g')"
    return f"lower(replace(CASE WHEN contains({text}, 'Σ') THEN {sigma} ELSE {text} END, 'İ', 'i' || chr(775)))"


def _length(node: exp.Length, translator: Translator) -> Value:
    only(node, "this", "binary")
    value = translator.value(node.this)
    if value.type == BYTES:
        return Value(f"octet_length({value.sql})", INT64)
    return Value(cast_text(f"length({coerce(value, STRING, 'Argument of LENGTH').sql})", INT64), INT64)


def _byte_length(node: exp.ByteLength, translator: Translator) -> Value:
    only(node, "this")
    value = translator.value(node.this)
    size = "octet_length" if value.type == BYTES else "strlen"
    return Value(cast_text(f"{size}({value.sql})", INT64), INT64)


def joined(values: list[Value], where: str) -> Value:
    """STRING or BYTES one after the other; any NULL makes NULL."""
    if all(value.type in (BYTES,) for value in values):
        return Value(f"({' || '.join(value.sql for value in values)})", BYTES)
    texts = []
    for value in values:
        if value.type.kind in ("ARRAY", "STRUCT", "JSON", "BYTES", "INTERVAL"):
            raise AnalysisError(f"No matching signature for {where} for argument types: {value.type}")
        texts.append(convert(value, STRING).sql)
    return Value(f"({' || '.join(texts)})", STRING)


def _concat(node: exp.Concat, translator: Translator) -> Value:
    only(node, "expressions", "safe", "coalesce")
    return joined(translator.values(node.expressions), "function CONCAT")


def _pipes(node: exp.DPipe, translator: Translator) -> Value:
    only(node, "this", "expression", "safe")
    operands = list(node.flatten())
    if any(isinstance(operand.unnest(), exp.Null) for operand in operands):
        raise AnalysisError("Operands of || cannot be literal NULL")
    if any(isinstance(operand, exp.Add | exp.Sub) for operand in operands):
        raise UnsupportedError("Mixing || with + or - without parentheses")
    values = translator.values(operands)
    if any(value.type.kind == "ARRAY" for value in values):
        return concatenated_arrays(values)
    if any(value.type not in (STRING, BYTES) and value.type.kind != "NULL" for value in values):
        listed = ", ".join(str(value.type) for value in values)
        raise AnalysisError(f"No matching signature for operator || for argument types: {listed}")
    return joined(values, "operator ||")


def concatenated_arrays(values: list[Value]) -> Value:
    """ARRAY_CONCAT: a NULL array makes the whole NULL, where DuckDB would skip it."""
    first = next(value.type for value in values if value.type.kind == "ARRAY")
    arrays = [coerce(value, first, "Argument of ARRAY_CONCAT") for value in values]

    def build(*texts: str) -> str:
        any_null = " OR ".join(f"{text} IS NULL" for text in texts)
        return f"CASE WHEN {any_null} THEN NULL ELSE ({' || '.join(texts)}) END"

    return Value(let(arrays, build), first)


def _trim(node: exp.Trim, translator: Translator) -> Value:
    only(node, "this", "expression", "position")
    duck = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or "").upper(), "trim")
    text = text_of(node.this, translator, "TRIM")
    if node.expression is not None:
        return Value(f"{duck}({text.sql}, {text_of(node.expression, translator, 'TRIM').sql})", STRING)
    return Value(runtime(f"{duck}_blanks", text.sql), STRING)


def substring(node: exp.Substring, translator: Translator, safe: bool = False) -> Value:
    """SUBSTR; ``safe`` gives NULL for a negative length, as SAFE.SUBSTR does."""
    only(node, "this", "start", "length")
    text = text_of(node.this, translator, "SUBSTR")
    start = translator.typed(node.args["start"], INT64, "Second argument of SUBSTR")
    length = translator.optional(node.args.get("length"), INT64, "Third argument of SUBSTR")
    if _is_plain(node.args["start"]) and (length is None or _is_plain(node.args["length"])):
        return Value(f"substring({', '.join(v.sql for v in (text, start, length) if v is not None)})", STRING)
    if length is None:
        return Value(let([text, start], lambda t, s: runtime("substring_from", t, s)), STRING)
    macro = "safe_substring_of" if safe else "substring_of"
    return Value(let([text, start, length], lambda t, s, n: runtime(macro, t, s, n)), STRING)


def _is_plain(node: exp.Expr) -> bool:
    """A positive integer literal: there both engines agree."""
    return isinstance(node, exp.Literal) and not node.is_string and str(node.this).isdigit() and int(node.this) > 0


def _edge(name: str) -> Rule:
    def rule(node: exp.Func, translator: Translator) -> Value:
        only(node, "this", "expression")
        text = text_of(node.this, translator, name.upper())
        length = translator.typed(node.expression, INT64, f"Second argument of {name.upper()}")
        return Value(let([text, length], lambda t, n: runtime(f"{name}_of", t, n)), STRING)

    return rule


def _replace(node: exp.Replace, translator: Translator) -> Value:
    only(node, "this", "expression", "replacement")
    nodes = (node.this, node.expression, node.args["replacement"])
    texts = [text_of(each, translator, "REPLACE") for each in nodes]
    return Value(f"replace({', '.join(text.sql for text in texts)})", STRING)


def _pad(node: exp.Pad, translator: Translator) -> Value:
    only(node, "this", "expression", "fill_pattern", "is_left")
    name = "lpad" if node.args.get("is_left") else "rpad"
    text = text_of(node.this, translator, name.upper())
    length = translator.typed(node.expression, INT64, f"Second argument of {name.upper()}")
    fill = translator.optional(node.args.get("fill_pattern"), STRING, f"Third argument of {name.upper()}")
    fill = fill or string_value(" ")
    if not re.fullmatch(r"CAST\(\d+ AS BIGINT\)", length.sql):
        length = Value(let([length], lambda n: runtime("checked_width", n)), INT64)
    if not fill.text:  # DuckDB minds an empty one only where it needs it
        fill = Value(let([fill], lambda pattern: runtime("pad_pattern", pattern)), STRING)
    return Value(f"{name}({text.sql}, CAST({length.sql} AS INTEGER), {fill.sql})", STRING)


def _two_texts(name: str, duck: str) -> Rule:
    def rule(node: exp.Binary, translator: Translator) -> Value:
        only(node, "this", "expression")
        texts = [text_of(side, translator, name) for side in (node.this, node.expression)]
        return Value(f"{duck}({texts[0].sql}, {texts[1].sql})", BOOL)

    return rule


def _position(node: exp.StrPosition, translator: Translator) -> Value:
    only(node, "this", "substr", "position", "occurrence")
    texts = [text_of(each, translator, "STRPOS") for each in (node.this, node.args["substr"])]
    if node.args.get("position") is not None:
        numbers = [
            translator.optional(node.args.get(part), INT64, f"The {part} of INSTR") or int_value(1)
            for part in ("position", "occurrence")
        ]
        return Value(let([*texts, *numbers], lambda *operands: runtime("place_of", *operands)), INT64)
    return Value(cast_text(f"strpos({texts[0].sql}, {texts[1].sql})", INT64), INT64)


def _split(node: exp.Split, translator: Translator) -> Value:
    only(node, "this", "expression")
    texts = [text_of(each, translator, "SPLIT") for each in (node.this, node.expression)]
    if texts[1].text:
        return Value(f"string_split({texts[0].sql}, {texts[1].sql})", array_of(STRING))
    return Value(let(texts, lambda t, s: runtime("split_text", t, s)), array_of(STRING))


def _repeat(node: exp.Repeat, translator: Translator) -> Value:
    only(node, "this", "times")
    times = translator.typed(node.args["times"], INT64, "Second argument of REPEAT")
    text = text_of(node.this, translator, "REPEAT")
    return Value(let([text, times], lambda t, n: runtime("repeated", t, n)), STRING)


# Regular expressions


_SAMPLES = ("", "a", "a b", "1 .")


def _as_python(pattern: str) -> str:
    """What Python's own regular expressions lack is replaced by a letter."""
    return re.sub(r"\\[pPzQEC]|\[\[:\w+:\]\]", "x", pattern)


def _pattern(node: exp.Expr, translator: Translator, name: str) -> tuple[Value, int]:
    """The pattern and its number of capturing groups; only a literal pattern tells the latter."""
    pattern = text_of(node, translator, name)
    if pattern.text is None:
        raise UnsupportedError(f"{name} with a pattern that is not a literal")
    try:
        groups = re.compile(_as_python(pattern.text)).groups
    except re.error:
        raise AnalysisError(f"Cannot parse regular expression: {pattern.text}") from None
    return pattern, groups


def _regexp_contains(node: exp.RegexpLike, translator: Translator) -> Value:
    only(node, "this", "expression")
    texts = [text_of(side, translator, "REGEXP_CONTAINS") for side in (node.this, node.expression)]
    return Value(f"regexp_matches({texts[0].sql}, {texts[1].sql})", BOOL)


def _regexp_extract(node: exp.RegexpExtract, translator: Translator) -> Value:
    only(node, "this", "expression", "null_if_pos_overflow", "null_if_no_match", "empty_if_group_missing", "group")
    text = text_of(node.this, translator, "REGEXP_EXTRACT")
    pattern, groups = _pattern(node.expression, translator, "REGEXP_EXTRACT")
    if groups > 1:
        raise AnalysisError("Regular expressions passed into extraction functions must not have more than 1 group")
    if groups and re.search(r"\)([?*]|\{0)|\|", pattern.text or ""):  # DuckDB knows no group that took no part
        raise UnsupportedError("REGEXP_EXTRACT with a group that may not take part")
    operands = [text, pattern]
    return Value(let(operands, lambda t, p: runtime("regexp_first", t, p, str(groups))), STRING)


def _regexp_extract_all(node: exp.RegexpExtractAll, translator: Translator) -> Value:
    only(node, "this", "expression", "group")
    text = text_of(node.this, translator, "REGEXP_EXTRACT_ALL")
    pattern, groups = _pattern(node.expression, translator, "REGEXP_EXTRACT_ALL")
    if groups > 1:
        raise AnalysisError("Regular expressions passed into extraction functions must not have more than 1 group")
    found = (match for sample in _SAMPLES for match in re.finditer(_as_python(pattern.text or ""), sample))
    if any(match.start() == match.end() for match in found):  # GoogleSQL and DuckDB go on from there differently
        raise UnsupportedError("REGEXP_EXTRACT_ALL with a pattern that may match an empty text")
    return Value(f"regexp_extract_all({text.sql}, {pattern.sql}, {groups})", array_of(STRING))


def _regexp_replace(node: exp.RegexpReplace, translator: Translator) -> Value:
    only(node, "this", "expression", "replacement")
    nodes = (node.this, node.expression, node.args["replacement"])
    texts = [text_of(each, translator, "REGEXP_REPLACE") for each in nodes]
    return Value(f"regexp_replace({', '.join(text.sql for text in texts)}, 'g')", STRING)


def _code_to_text(node: exp.Chr, translator: Translator) -> Value:
    only(node, "expressions")
    code = translator.typed(node.expressions[0], INT64, "Argument of CHR")
    return Value(f"chr(CAST({code.sql} AS INTEGER))", STRING)


def _ascii(node: exp.Ascii, translator: Translator) -> Value:
    only(node, "this")
    return Value(let([text_of(node.this, translator, "ASCII")], lambda t: runtime("ascii_code", t)), INT64)


RULES: dict[type[exp.Expr], Rule] = {
    exp.Lower: _lower,
    exp.Upper: lambda node, t: Value(let([text_of(node.this, t, "UPPER")], lambda s: runtime("upper_text", s)), STRING),
    exp.Reverse: _simple("REVERSE", "reverse"),
    exp.Length: _length,
    exp.ByteLength: _byte_length,
    exp.Concat: _concat,
    exp.DPipe: _pipes,
    exp.Trim: _trim,
    exp.Substring: substring,
    exp.Left: _edge("left"),
    exp.Right: _edge("right"),
    exp.Replace: _replace,
    exp.Pad: _pad,
    exp.StartsWith: _two_texts("STARTS_WITH", "starts_with"),
    exp.EndsWith: _two_texts("ENDS_WITH", "ends_with"),
    exp.StrPosition: _position,
    exp.Split: _split,
    exp.Repeat: _repeat,
    exp.RegexpLike: _regexp_contains,
    exp.RegexpExtract: _regexp_extract,
    exp.RegexpExtractAll: _regexp_extract_all,
    exp.RegexpReplace: _regexp_replace,
    exp.Chr: _code_to_text,
    exp.Ascii: _ascii,
    exp.Uuid: lambda node, translator: Value("CAST(uuid() AS VARCHAR)", STRING),
}
