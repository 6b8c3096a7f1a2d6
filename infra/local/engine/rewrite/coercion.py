"""Implicit conversions: what GoogleSQL's "Conversion rules" let one type stand for another, and common supertypes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from re import fullmatch
from zlib import crc32

from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.values import (
    NUMBERS,
    Value,
    as_float,
    cast_text,
    common_number,
    let,
    null_value,
    runtime,
    struct_text,
    text_literal,
)
from infra.local.engine.types import (
    DATE,
    DATETIME,
    FLOAT64,
    INT64,
    NUMERIC,
    STRING,
    TIME,
    TIMESTAMP,
    DataType,
    Field,
    array_of,
    field_name,
    struct_of,
)

_FROM_TEXT = {DATE, DATETIME, TIMESTAMP, TIME}
_WIDENS = {
    (INT64, NUMERIC),
    (INT64, FLOAT64),
    (NUMERIC, FLOAT64),
    (DATE, DATETIME),
}


def coerce(value: Value, wanted: DataType, where: str = "") -> Value:
    """``value`` as ``wanted``, by implicit conversion only; raises AnalysisError when GoogleSQL has none."""
    if value.type == wanted:
        return value
    if value.type.kind == "NULL":
        return null_value(wanted) if value.simple else Value(cast_text(value.sql, wanted), wanted)
    if value.literal and (converted := _coerce_literal(value, wanted)) is not None:
        return converted
    if wanted == FLOAT64 and value.type in (INT64, NUMERIC):
        return as_float(value)
    if (value.type, wanted) in _WIDENS:
        return Value(_widen(value, wanted), wanted, simple=value.simple, literal=value.literal)
    if value.type.kind == wanted.kind == "STRUCT" and len(value.type.fields) == len(wanted.fields):
        return _coerce_struct(value, wanted, where)
    if value.type.kind == wanted.kind == "ARRAY" and value.type.element and wanted.element:
        return _coerce_array(value, wanted, where)
    raise AnalysisError(f"{where or 'Value'} has type {value.type} which cannot be coerced to type {wanted}")


def _coerce_literal(value: Value, wanted: DataType) -> Value | None:
    if value.type == STRING and wanted in _FROM_TEXT:
        _check_literal(value, wanted)
        if wanted == TIMESTAMP:
            text = utc_literal(value) or runtime("text_to_timestamp", value.sql)
            return Value(text, wanted, simple=True, literal=True)
        return Value(cast_text(value.sql, wanted), wanted, simple=True, literal=True)
    if value.type == INT64 and wanted == FLOAT64 and (whole := fullmatch(r"CAST\((-?\d+) AS BIGINT\)", value.sql)):
        text = f"{whole.group(1)}e0"
        return Value(f"({text})" if text.startswith("-") else text, FLOAT64, simple=True, literal=True)
    if value.type == FLOAT64 and wanted == NUMERIC:
        exact = numeric_literal(value)
        if exact is None:
            raise AnalysisError(f"Invalid NUMERIC value: {value.sql}")
        return exact
    return None


def numeric_literal(value: Value) -> Value | None:
    """The NUMERIC of a FLOAT64 literal: of its digits as they are written, not of the nearest double.

    None when that is too large, and for what is no literal.
    """
    match = fullmatch(r"\(?(-?[\d.]+(?:e[+-]?\d+)?)\)?", value.sql.lower())
    if match is None or not value.literal:
        return None
    with localcontext(prec=400):
        number = Decimal(match.group(1)).quantize(Decimal("1e-9"), ROUND_HALF_UP)
    if abs(number) >= 10**29:
        return None
    return Value(cast_text(f"'{number:f}'", NUMERIC), NUMERIC, simple=True, literal=True)


def utc_literal(value: Value) -> str | None:
    """The TIMESTAMP of a literal in UTC as DuckDB's own constant; None leaves any other text to text_to_timestamp."""
    match = fullmatch(r"(\d{4}-\d\d-\d\d)[ Tt](\d\d:\d\d:\d\d(?:\.\d{1,6})?)(?:[Zz]|\+00(?::00)?)", value.text or "")
    if match is None:
        return None
    day, time_of_day = match.groups()
    try:
        datetime.fromisoformat(f"{day} {time_of_day.partition('.')[0]}")
    except ValueError:
        return None
    return f"CAST('{day} {time_of_day}+00' AS TIMESTAMPTZ)"


def _check_literal(value: Value, wanted: DataType) -> None:
    """Refuses a date literal that GoogleSQL refuses at analysis."""
    if value.text is None or wanted not in (DATE, DATETIME):
        return
    pattern = r"(\d{4}-\d{1,2}-\d{1,2})" + ("" if wanted == DATE else r"([ Tt]\d{1,2}:\d{1,2}:\d{1,2}(\.\d{1,6})?)?")
    match = fullmatch(pattern, value.text)
    try:
        if match is None:
            raise ValueError
        date(*(int(part) for part in match.group(1).split("-")))
    except ValueError:
        raise AnalysisError(f"Could not cast literal {value.text!r} to type {wanted}") from None


def _widen(value: Value, wanted: DataType) -> str:
    if wanted == TIMESTAMP:
        return runtime("local_to_timestamp", cast_text(value.sql, DATETIME), "'UTC'")
    return cast_text(value.sql, wanted)


def _coerce_struct(value: Value, wanted: DataType, where: str) -> Value:
    """By position, as GoogleSQL does. DuckDB casts structs by name, so the struct is made anew."""
    if value.members:
        parts = [coerce(member, want.type, where) for member, want in zip(value.members, wanted.fields, strict=True)]
        return Value(struct_text(wanted, [part.sql for part in parts]), wanted)

    def build(source: str) -> str:
        members = []
        for position, (have, want) in enumerate(zip(value.type.fields, wanted.fields, strict=True)):
            text = f"struct_extract({source}, {text_literal(field_name(have, position))})"
            members.append(coerce(Value(text, have.type, simple=True), want.type, where).sql)
        return f"CASE WHEN {source} IS NULL THEN NULL ELSE {struct_text(wanted, members)} END"

    return Value(let([value], build), wanted)


def _coerce_array(value: Value, wanted: DataType, where: str) -> Value:
    assert value.type.element is not None and wanted.element is not None
    if value.type.element.kind == "NULL":
        return Value(cast_text(value.sql, wanted), wanted, simple=value.simple)
    if not value.literal and value.type.element.kind != "STRUCT":  # only the elements of a literal are converted
        raise AnalysisError(f"{where or 'Value'} has type {value.type} which cannot be coerced to type {wanted}")
    name = f"e{crc32(value.sql.encode()):08x}"
    element = coerce(Value(name, value.type.element, simple=True, literal=value.literal), wanted.element, where)
    return Value(f"list_transform({value.sql}, lambda {name}: {element.sql})", wanted)


def supertype(values: Sequence[Value], where: str) -> DataType:
    """The common supertype of values, as for CASE, COALESCE, UNION ALL or an array; NULL literals count for nothing."""
    typed = [value for value in values if value.type.kind != "NULL"]
    if not typed:
        return INT64
    if any(value.members for value in typed) and len({len(value.type.fields) for value in typed}) == 1:
        return _struct_of_members(typed, where)
    strong = [value for value in typed if not value.literal] or typed
    common = common_type([value.type for value in strong], where)
    for value in typed:
        if value.type == common or (value.literal and _literal_fits(value, common)):
            continue
        common = common_type([common, value.type], where)
    return _named_as(common, typed[0].type)


def _struct_of_members(values: Sequence[Value], where: str) -> DataType:
    """STRUCTs that are written out find their common type field by field, and a literal NULL in one has no type."""
    fields = values[0].type.fields
    listed = [value.members or [Value("", field.type) for field in value.type.fields] for value in values]
    kinds = [supertype(members, where) for members in zip(*listed, strict=True)]
    return struct_of(*((field.name, kind) for field, kind in zip(fields, kinds, strict=True)))


def _named_as(kind: DataType, first: DataType) -> DataType:
    """``kind`` with the field names of the first value, which GoogleSQL gives to all."""
    if kind.element is not None and first.element is not None:
        return array_of(_named_as(kind.element, first.element))
    if len(kind.fields) != len(first.fields) or not kind.fields:
        return kind
    return struct_of(
        *((ours.name, _named_as(field.type, ours.type)) for field, ours in zip(kind.fields, first.fields, strict=True))
    )


def _literal_fits(value: Value, wanted: DataType) -> bool:
    if value.type == STRING:
        return wanted in _FROM_TEXT
    if value.type == FLOAT64:
        return wanted == NUMERIC
    return value.type == INT64 and wanted in NUMBERS


def common_type(types: Sequence[DataType], where: str) -> DataType:
    """The common supertype of types alone."""
    distinct = list(dict.fromkeys(t for t in types if t.kind != "NULL"))
    if not distinct:
        return INT64
    if len(distinct) == 1:
        return distinct[0]
    if all(t in NUMBERS for t in distinct):
        return common_number(distinct)
    for wide in (TIMESTAMP, DATETIME):
        if wide in distinct and all(t == wide or (t, wide) in _WIDENS for t in distinct):
            return wide
    if all(t.kind == "STRUCT" and len(t.fields) == len(distinct[0].fields) for t in distinct):
        return _common_struct(distinct, where)
    if all(t.kind == "ARRAY" and t.element is not None for t in distinct):
        return array_of(common_type([t.element for t in distinct if t.element is not None], where))
    listed = ", ".join(str(t) for t in distinct)
    raise AnalysisError(f"No matching signature for {where} for argument types: {listed}")


def _common_struct(types: Sequence[DataType], where: str) -> DataType:
    fields: list[tuple[str, DataType]] = []
    for members in zip(*(t.fields for t in types), strict=True):
        names = {member.name for member in members if member.name}
        fields.append((names.pop() if len(names) == 1 else "", common_type([m.type for m in members], where)))
    if [f.name for f in types[0].fields] != [name for name, _ in fields]:
        fields = [(f.name, data_type) for f, (_, data_type) in zip(types[0].fields, fields, strict=True)]
    return struct_of(*fields)


def groupable(value: Value, what: str) -> Value:
    """``value``, unless its type can be neither grouped nor compared in GoogleSQL."""
    if value.type.kind in ("JSON", "ARRAY") or any(_ungroupable(f) for f in value.type.fields):
        raise AnalysisError(f"{what} is not allowed on type {value.type}")
    if value.type.kind == "INTERVAL":
        raise UnsupportedError(f"{what} on INTERVAL")
    return value


def _ungroupable(field: Field) -> bool:
    return field.type.kind in ("JSON", "ARRAY")
