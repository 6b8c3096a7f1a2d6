"""CAST and SAFE_CAST: one table of conversions, because DuckDB's own casts round and accept differently."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from zlib import crc32

from sqlglot import exp

from infra.local.engine.rewrite.coercion import coerce, numeric_literal, utc_literal
from infra.local.engine.rewrite.context import Rule, Translator, only
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.values import Value, as_float, cast_text, let, runtime, struct_text, text_literal
from infra.local.engine.types import (
    FLOAT64,
    INT64,
    NUMERIC,
    STRING,
    TIMESTAMP,
    DataType,
    TypeNameError,
    duck_type,
    field_name,
    parse_type,
)

Conversion = Callable[[str, bool], str]
_PLAIN_NUMERIC = re.compile(r"[+-]?[0-9]{1,29}(\.[0-9]{1,9})?")
"""A literal that cannot fail; the run-time macro for all others costs far more to bind."""


def data_type_of(node: exp.Expr) -> DataType:
    """The type a sqlglot DataType names. Raises UnsupportedError or AnalysisError, by name."""
    try:
        return parse_type(node.sql(dialect="bigquery"))
    except TypeNameError as error:
        message = str(error)
        suffix = " is not supported by the local cloud"
        if message.endswith(suffix):
            raise UnsupportedError(message.removesuffix(suffix)) from error
        raise AnalysisError(message) from error


def _duck(target: str, inner: str = "{}") -> Conversion:
    """A DuckDB cast of ``inner``, in which {} stands for the operand."""

    def convert(text: str, safe: bool) -> str:
        return f"{'TRY_CAST' if safe else 'CAST'}({inner.format(text)} AS {target})"

    return convert


def _macro(name: str) -> Conversion:
    """A runtime macro that cannot fail."""
    return lambda text, safe: runtime(name, text)


def _checked(name: str) -> Conversion:
    """A pair of runtime macros: ``safe_<name>`` gives NULL where ``<name>`` raises."""
    return lambda text, safe: runtime(f"safe_{name}" if safe else name, text)


_CONVERSIONS: dict[tuple[str, str], Conversion] = {
    ("INT64", "STRING"): _duck("VARCHAR"),
    ("FLOAT64", "STRING"): _macro("float_to_text"),
    ("NUMERIC", "STRING"): _macro("numeric_to_text"),
    ("BOOL", "STRING"): _duck("VARCHAR"),
    ("DATE", "STRING"): _duck("VARCHAR"),
    ("DATETIME", "STRING"): _macro("datetime_to_text"),
    ("TIME", "STRING"): _macro("time_to_text"),
    ("TIMESTAMP", "STRING"): _macro("timestamp_to_text"),
    ("BYTES", "STRING"): lambda text, safe: f"TRY(decode({text}))" if safe else f"decode({text})",
    ("STRING", "BYTES"): lambda text, safe: f"encode({text})",
    ("STRING", "FLOAT64"): _checked("text_to_float"),
    ("INT64", "NUMERIC"): _duck("DECIMAL(38,9)"),
    ("FLOAT64", "NUMERIC"): _checked("float_to_numeric"),
    ("STRING", "NUMERIC"): _checked("text_to_numeric"),
    ("FLOAT64", "INT64"): _duck("BIGINT", "round({})"),
    ("NUMERIC", "INT64"): _duck("BIGINT", "round({}, 0)"),
    ("BOOL", "INT64"): _duck("BIGINT"),
    ("STRING", "INT64"): _checked("text_to_int"),
    ("INT64", "BOOL"): lambda text, safe: f"({text} <> 0)",
    ("STRING", "BOOL"): _checked("text_to_bool"),
    ("STRING", "DATE"): _checked("text_to_date"),
    ("STRING", "DATETIME"): _checked("text_to_datetime"),
    ("STRING", "TIMESTAMP"): _checked("text_to_timestamp"),
    ("STRING", "TIME"): _checked("text_to_time"),
    ("DATETIME", "DATE"): _duck("DATE"),
    ("TIMESTAMP", "DATE"): _duck("DATE", "({} AT TIME ZONE 'UTC')"),
    ("DATE", "DATETIME"): _duck("TIMESTAMP"),
    ("TIMESTAMP", "DATETIME"): lambda text, safe: f"({text} AT TIME ZONE 'UTC')",
    ("DATE", "TIMESTAMP"): lambda text, safe: f"(CAST({text} AS TIMESTAMP) AT TIME ZONE 'UTC')",
    ("DATETIME", "TIMESTAMP"): lambda text, safe: f"({text} AT TIME ZONE 'UTC')",
    ("DATETIME", "TIME"): _duck("TIME"),
    ("TIMESTAMP", "TIME"): _duck("TIME", "({} AT TIME ZONE 'UTC')"),
}


def convert(value: Value, wanted: DataType, safe: bool = False) -> Value:
    """``CAST(value AS wanted)``, or SAFE_CAST: NULL where CAST would raise."""
    if value.type == wanted:
        return Value(value.sql, wanted, simple=value.simple, text=value.text)
    if value.type.kind == "NULL":
        return replace(coerce(value, wanted), literal=False)
    if wanted == FLOAT64 and value.type in (INT64, NUMERIC):
        return replace(as_float(value), literal=False)
    if value.type.kind == wanted.kind == "ARRAY":
        return _convert_array(value, wanted, safe)
    if value.type.kind == wanted.kind == "STRUCT":
        return _convert_struct(value, wanted, safe)
    if value.type == FLOAT64 and wanted == NUMERIC and (exact := numeric_literal(value)) is not None:
        return exact
    if value.type == STRING and wanted == TIMESTAMP and (text := utc_literal(value)) is not None:
        return Value(text, wanted, simple=True)
    if wanted == NUMERIC and value.text is not None and _PLAIN_NUMERIC.fullmatch(value.text):
        return Value(cast_text(value.sql, wanted), wanted, simple=True)
    conversion = _CONVERSIONS.get((value.type.kind, wanted.kind))
    if conversion is None and "INTERVAL" in (value.type.kind, wanted.kind):
        raise UnsupportedError(f"A cast from {value.type} to {wanted}")
    if conversion is None:
        raise AnalysisError(f"Invalid cast from {value.type} to {wanted}")
    return Value(let([value], lambda text: conversion(text, safe)), wanted)


def _convert_array(value: Value, wanted: DataType, safe: bool) -> Value:
    assert value.type.element is not None and wanted.element is not None
    if value.type.element.kind == "NULL":
        return Value(cast_text(value.sql, wanted), wanted, simple=value.simple)
    name = f"e{crc32(value.sql.encode()):08x}"
    element = convert(Value(name, value.type.element, simple=True), wanted.element, safe)
    if not safe:
        return Value(f"list_transform({value.sql}, lambda {name}: {element.sql})", wanted)

    def build(source: str) -> str:
        failed = f"list_filter({source}, lambda {name}: {name} IS NOT NULL AND {element.sql} IS NULL)"
        return f"CASE WHEN len({failed}) = 0 THEN list_transform({source}, lambda {name}: {element.sql}) END"

    return Value(let([value], build), wanted)


def _convert_struct(value: Value, wanted: DataType, safe: bool) -> Value:
    if len(value.type.fields) != len(wanted.fields):
        raise AnalysisError(f"Invalid cast from {value.type} to {wanted}")

    def build(source: str) -> str:
        members = []
        for position, (have, want) in enumerate(zip(value.type.fields, wanted.fields, strict=True)):
            text = f"struct_extract({source}, {text_literal(field_name(have, position))})"
            members.append(convert(Value(text, have.type, simple=True), want.type, safe).sql)
        return f"CASE WHEN {source} IS NULL THEN NULL ELSE {struct_text(wanted, members)} END"

    return Value(let([value], build), wanted)


def _typed_struct(node: exp.Struct | exp.Tuple, wanted: DataType, translator: Translator) -> Value:
    """STRUCT<a INT64, ...>(...): each member is coerced, not cast."""
    if len(node.expressions) != len(wanted.fields):
        raise AnalysisError(f"STRUCT type has {len(wanted.fields)} fields but {len(node.expressions)} are given")
    members = []
    for member, field in zip(node.expressions, wanted.fields, strict=True):
        bare = member.expression if isinstance(member, exp.PropertyEQ) else member
        members.append(_typed_constructor(bare, field.type, translator).sql)
    return Value(struct_text(wanted, members), wanted)


def _struct_constructor(node: exp.Struct, wanted: DataType, translator: Translator) -> Value:
    """STRUCT<...>(...) and CAST(STRUCT(...) AS STRUCT<...>) are one to sqlglot: answered where they agree."""
    try:
        return _typed_struct(node, wanted, translator)
    except AnalysisError as error:
        raise UnsupportedError(f"A STRUCT constructor with a cast of its fields ({error.message})") from error


def _typed_constructor(node: exp.Expr, wanted: DataType, translator: Translator) -> Value:
    """A member of a typed constructor; inner parentheses without a name are structs of the wanted type."""
    if wanted.kind == "STRUCT" and isinstance(node, exp.Struct | exp.Tuple):
        return _typed_struct(node, wanted, translator)
    if wanted.kind == "STRUCT" and isinstance(node, exp.Paren) and len(wanted.fields) == 1:
        inner = translator.value(node.this)
        if inner.type.kind != "STRUCT":
            field = coerce(inner, wanted.fields[0].type, f"Field {wanted.fields[0].name}")
            return Value(struct_text(wanted, [field.sql]), wanted)
    return coerce(translator.value(node), wanted, "Struct field or array element")


def _cast(node: exp.Cast, translator: Translator, safe: bool) -> Value:
    only(node, "this", "to", "safe")
    wanted = data_type_of(node.to)
    inner = node.this
    if wanted.kind == "STRUCT" and isinstance(inner, exp.Struct):
        return _struct_constructor(inner, wanted, translator)
    if wanted.kind == "ARRAY" and isinstance(inner, exp.Array) and "value_constructor" not in inner.args:
        assert wanted.element is not None  # ARRAY<T>[...]; sqlglot marks the array of a written cast
        elements = [_typed_constructor(e, wanted.element, translator).sql for e in inner.expressions]
        return Value(f"CAST([{', '.join(elements)}] AS {duck_type(wanted)})", wanted)
    return convert(translator.value(inner), wanted, safe)


RULES: dict[type[exp.Expr], Rule] = {
    exp.Cast: lambda node, translator: _cast(node, translator, safe=False),
    exp.TryCast: lambda node, translator: _cast(node, translator, safe=True),
}
