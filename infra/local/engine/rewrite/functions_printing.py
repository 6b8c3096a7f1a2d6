"""FORMAT: text by a literal format string of printf's kind, and GoogleSQL's own printing of values (%t, %T)."""

from __future__ import annotations

import re
from zlib import crc32

from sqlglot import exp

from infra.local.engine.rewrite.casts import convert
from infra.local.engine.rewrite.context import Rule, Translator, only
from infra.local.engine.rewrite.functions_formats import literal_format
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.values import Value, let, runtime, string_value, text_literal
from infra.local.engine.types import FLOAT64, INT64, NUMERIC, STRING, DataType, field_name

_SPECIFIER = re.compile(r"%(?P<flags>[-+ 0#']*)(?P<width>\d*)(?P<precision>\.\d+)?(?P<kind>[a-zA-Z%])")
_STARRED = re.compile(r"%[-+ 0#']*(?:\d*\.)?\*")


def _format(node: exp.Format, translator: Translator) -> Value:
    only(node, "this", "expressions")
    text = literal_format(node.this, "FORMAT")
    if _STARRED.search(text):
        raise UnsupportedError("FORMAT with * for a width or precision")
    arguments = translator.values(node.expressions)
    specifiers = [m for m in _SPECIFIER.finditer(text) if m["kind"] != "%"]
    if text.count("%") != sum(m.group().count("%") for m in _SPECIFIER.finditer(text)):
        raise AnalysisError(f"Invalid FORMAT string: {text}")
    if len(specifiers) != len(arguments):
        raise AnalysisError(f"Invalid FORMAT: {len(specifiers)} specifiers for {len(arguments)} arguments")
    pieces, at, pending = [], 0, list(arguments)
    for match in _SPECIFIER.finditer(text):
        pieces.append(string_value(text[at : match.start()]).sql if match.start() > at else "")
        pieces.append("'%'" if match["kind"] == "%" else _formatted(match, pending.pop(0)))
        at = match.end()
    pieces.append(string_value(text[at:]).sql if at < len(text) else "")
    kept = [piece for piece in pieces if piece]
    return Value(f"({' || '.join(kept)})" if kept else "''", STRING)


def _formatted(match: re.Match[str], value: Value) -> str:
    kind, flags, width, precision = match["kind"], match["flags"], match["width"], match["precision"] or ""
    if kind in "tT":
        if flags or width or precision:
            raise UnsupportedError(f"FORMAT specifier {match.group()}")
        return printed(value, as_literal=kind == "T")
    if kind in "di" and value.type == INT64 and not precision and set(flags) <= set("-0+'"):
        return _padded(f"format('{{:{',' if chr(39) in flags else 'd'}}}', {value.sql})", flags, width, value)
    if kind in "xX" and value.type == INT64 and not flags and not width and not precision:
        return let([value], lambda x: runtime("hexadecimal", x, f"printf('%{kind}', {x})"))
    if kind in "fFeEgG" and value.type == FLOAT64 and "#" not in flags and "'" not in flags:
        return _of_float(f"printf('%{flags}{width}{precision}{kind}', {{}})", "0" in flags, value)
    if kind in "fF" and value.type == NUMERIC and not flags and not width and int(precision[1:] or 6) <= 9:
        return let([value], lambda x: _of_numeric(x, int(precision[1:] or 6)))
    if kind == "f" and flags == "'" and value.type == FLOAT64 and not width:
        return _of_float(f"format('{{{{:,{precision or '.6'}f}}}}', {{}})", False, value)
    if kind == "s" and value.type == STRING and set(flags) <= {"-"} and not precision:
        return _padded(value.sql, flags, width, value)
    wanted = {"s": STRING, "d": INT64, "i": INT64, "x": INT64, "X": INT64, "o": INT64}.get(kind)
    wanted = FLOAT64 if kind in "fFeEgG" and value.type != NUMERIC else wanted
    if wanted is not None and value.type not in (wanted, DataType("NULL")):
        raise AnalysisError(f"Invalid type for argument of FORMAT; Expected {wanted}; Got {value.type}")
    raise UnsupportedError(f"FORMAT specifier {match.group()} for {value.type}")


def _of_float(template: str, zeros: bool, value: Value) -> str:
    """Negative zero prints as zero; a filling with zeros leaves infinities and NaN alone, which printf does not."""

    def build(x: str) -> str:
        text = template.format(f"({x} + 0e0)")
        return runtime("only_finite", x, text) if zeros else text

    return let([value], build)


def _of_numeric(x: str, digits: int) -> str:
    return runtime("signed_text", x, f"CAST(CAST({x} AS DECIMAL(38,{digits})) AS VARCHAR)")


def _padded(text: str, flags: str, width: str, value: Value) -> str:
    if "+" in flags or ("0" in flags and width):
        return f"printf('%{flags.replace(chr(39), '')}{width}d', {value.sql})"
    if not width:
        return text
    side = "rpad" if "-" in flags else "lpad"
    return let([Value(text, STRING)], lambda t: f"{side}({t}, greatest({width}, CAST(length({t}) AS INTEGER)), ' ')")


def printed(value: Value, as_literal: bool) -> str:
    """%t, like CAST to STRING, or %T, a GoogleSQL literal. A NULL is the word, at every level."""
    if value.type.kind == "NULL":
        return "'NULL'"
    return let([value], lambda text: f"coalesce({_printed(text, value.type, as_literal)}, 'NULL')")


def _printed(text: str, kind: DataType, as_literal: bool) -> str:
    if kind.kind == "ARRAY" and kind.element is not None:
        name = f"p{crc32(text.encode()):08x}"
        element = printed(Value(name, kind.element, simple=True), as_literal)
        return f"'[' || array_to_string(list_transform({text}, lambda {name}: {element}), ', ') || ']'"
    if kind.kind == "STRUCT":
        members = [
            printed(Value(f"struct_extract({text}, {text_literal(field_name(f, i))})", f.type, simple=True), as_literal)
            for i, f in enumerate(kind.fields)
        ]
        start = "STRUCT(" if as_literal and len(members) == 1 else "("
        joined = " || ', ' || ".join(members)
        return f"CASE WHEN {text} IS NOT NULL THEN '{start}' || {joined} || ')' END"
    if kind == FLOAT64:
        return runtime("float_to_literal" if as_literal else "float_to_text_with_point", text)
    if kind.kind not in _PRINTED:
        raise UnsupportedError(f"FORMAT specifier {'%T' if as_literal else '%t'} for {kind}")
    plain = convert(Value(text, kind, simple=True), STRING).sql
    if not as_literal or kind.kind in ("INT64", "BOOL"):
        return plain
    if kind == STRING:
        return runtime("text_to_literal", text)
    return f"'{kind.kind} \"' || {plain} || '\"'"


_PRINTED = frozenset({"STRING", "INT64", "BOOL", "NUMERIC", "DATE", "DATETIME", "TIME", "TIMESTAMP"})

RULES: dict[type[exp.Expr], Rule] = {exp.Format: _format}
