"""GoogleSQL types: one small value class, and its spellings in GoogleSQL, DuckDB and REST.

Every layer of the local cloud speaks of types through :class:`DataType`; nothing outside the engine needs sqlglot or
DuckDB to do so. A type that the local cloud cannot represent exactly is refused when it is named, never approximated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class TypeNameError(ValueError):
    """A type that GoogleSQL does not have, or that the local cloud does not support; the message names it."""


@dataclass(frozen=True)
class Field:
    """One field of a STRUCT. ``name`` is empty for an anonymous field."""

    name: str
    type: DataType


@dataclass(frozen=True)
class DataType:
    """A GoogleSQL type: ``kind`` is upper case (INT64, ..., ARRAY, STRUCT); equality is structural.

    ``element`` is set for ARRAY only, ``fields`` for STRUCT only. Kind ``NULL`` is the type of an untyped NULL literal:
    it coerces to everything and never leaves the dialect.
    """

    kind: str
    element: DataType | None = None
    fields: tuple[Field, ...] = ()

    def __str__(self) -> str:
        return type_text(self)

    def field(self, name: str) -> Field | None:
        """The field of that name, in any letter case."""
        return next((field for field in self.fields if field.name.lower() == name.lower()), None)


INT64 = DataType("INT64")
FLOAT64 = DataType("FLOAT64")
NUMERIC = DataType("NUMERIC")
STRING = DataType("STRING")
BYTES = DataType("BYTES")
BOOL = DataType("BOOL")
DATE = DataType("DATE")
DATETIME = DataType("DATETIME")
TIME = DataType("TIME")
TIMESTAMP = DataType("TIMESTAMP")
INTERVAL = DataType("INTERVAL")
JSON = DataType("JSON")
NULL = DataType("NULL")


def array_of(element: DataType) -> DataType:
    """ARRAY<element>; GoogleSQL has no array of arrays."""
    if element.kind == "ARRAY":
        raise TypeNameError("Cannot construct array with element type ARRAY because nested arrays are not supported")
    return DataType("ARRAY", element=element)


def struct_of(*fields: tuple[str, DataType]) -> DataType:
    """STRUCT of (name, type) pairs; an empty name makes an anonymous field."""
    return DataType("STRUCT", fields=tuple(Field(name, data_type) for name, data_type in fields))


def settled(data_type: DataType) -> DataType:
    """The type of a value that nothing else decides: an untyped NULL is an INT64, [] an ARRAY<INT64>."""
    if data_type.kind == "NULL":
        return INT64
    if data_type.element is not None and data_type.element.kind == "NULL":
        return array_of(INT64)
    return data_type


_SCALARS: Mapping[str, DataType] = {
    **{
        t.kind: t
        for t in (INT64, FLOAT64, NUMERIC, STRING, BYTES, BOOL, DATE, DATETIME, TIME, TIMESTAMP, INTERVAL, JSON)
    },
    **dict.fromkeys(("INT", "SMALLINT", "INTEGER", "BIGINT", "TINYINT", "BYTEINT"), INT64),
    "DECIMAL": NUMERIC,
    "BOOLEAN": BOOL,
    "FLOAT": FLOAT64,
}
_DUCK: Mapping[str, str] = {
    "INT64": "BIGINT",
    "FLOAT64": "DOUBLE",
    "NUMERIC": "DECIMAL(38,9)",
    "STRING": "VARCHAR",
    "BYTES": "BLOB",
    "BOOL": "BOOLEAN",
    "DATE": "DATE",
    "DATETIME": "TIMESTAMP",
    "TIME": "TIME",
    "TIMESTAMP": "TIMESTAMPTZ",
    "INTERVAL": "INTERVAL",
    "JSON": "JSON",
    "NULL": "BIGINT",
}
_REST_NAMES: Mapping[str, str] = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN", "STRUCT": "RECORD"}
_UNSUPPORTED = {"BIGNUMERIC", "BIGDECIMAL", "GEOGRAPHY", "RANGE", "GRAPH_ELEMENT", "TOKENLIST", "UUID"}
_TOKEN = re.compile(r"\s*(`[^`]+`|[A-Za-z_][A-Za-z_0-9]*|[<>,()]|\d+)")


def parse_type(text: str) -> DataType:
    """Reads ``ARRAY<STRUCT<a INT64, b STRING>>`` and the like.

    Raises :class:`TypeNameError` for a type that does not exist, that is parameterised (``STRING(10)``,
    ``NUMERIC(10, 2)``) or that the local cloud does not support.
    """
    tokens = _tokens(text)
    data_type, end = _read_type(tokens, 0, text)
    if end != len(tokens):
        raise TypeNameError(f"Syntax error in type: unexpected {tokens[end]!r} in {text!r}")
    return data_type


def _tokens(text: str) -> list[str]:
    tokens, position, stripped = [], 0, text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None:
            raise TypeNameError(f"Syntax error in type: {text!r}")
        tokens.append(match.group(1))
        position = match.end()
    return tokens


def _read_type(tokens: Sequence[str], at: int, text: str) -> tuple[DataType, int]:
    if at >= len(tokens):
        raise TypeNameError(f"Syntax error in type: {text!r} ends too early")
    name = tokens[at].upper()
    following = tokens[at + 1] if at + 1 < len(tokens) else ""
    if name == "ARRAY":
        _expect(tokens, at + 1, "<", text)
        element, end = _read_type(tokens, at + 2, text)
        _expect(tokens, end, ">", text)
        return array_of(element), end + 1
    if name in {"STRUCT", "RECORD"}:
        return _read_struct(tokens, at, text)
    if name in _UNSUPPORTED:
        raise TypeNameError(f"Type {name} is not supported by the local cloud")
    if name not in _SCALARS:
        raise TypeNameError(f"Type not found: {tokens[at]}")
    if following == "(":
        raise TypeNameError(f"Parameterized type {name}(...) is not supported by the local cloud")
    return _SCALARS[name], at + 1


def _read_struct(tokens: Sequence[str], at: int, text: str) -> tuple[DataType, int]:
    _expect(tokens, at + 1, "<", text)
    fields: list[Field] = []
    at += 2
    while at < len(tokens) and tokens[at] != ">":
        named = at + 1 < len(tokens) and re.match(r"[`A-Za-z_]", tokens[at + 1]) is not None
        name = tokens[at].strip("`") if named else ""
        data_type, at = _read_type(tokens, at + 1 if named else at, text)
        fields.append(Field(name, data_type))
        if at < len(tokens) and tokens[at] == ",":
            at += 1
    _expect(tokens, at, ">", text)
    return DataType("STRUCT", fields=tuple(fields)), at + 1


def _expect(tokens: Sequence[str], at: int, wanted: str, text: str) -> None:
    if at >= len(tokens) or tokens[at] != wanted:
        raise TypeNameError(f"Syntax error in type: expected {wanted!r} in {text!r}")


def type_text(data_type: DataType) -> str:
    """The GoogleSQL spelling, e.g. ``ARRAY<STRUCT<a INT64>>``; it reads back with :func:`parse_type`."""
    if data_type.kind == "ARRAY" and data_type.element is not None:
        return f"ARRAY<{type_text(data_type.element)}>"
    if data_type.kind == "STRUCT":
        fields = (f"{_quoted(field.name)} {type_text(field.type)}".strip() for field in data_type.fields)
        return f"STRUCT<{', '.join(fields)}>"
    return data_type.kind


def _quoted(name: str) -> str:
    plain = not name or (re.fullmatch(r"[A-Za-z_]\w*", name) and name.upper() not in _SCALARS)
    return name if plain else f"`{name}`"


def field_name(field: Field, position: int) -> str:
    """The name a struct field has in DuckDB and in REST; BigQuery calls anonymous fields ``_field_1``, ``_field_2``."""
    return field.name or f"_field_{position + 1}"


def duck_type(data_type: DataType) -> str:
    """The DuckDB type that stores the values: TIMESTAMP is TIMESTAMPTZ, DATETIME is DuckDB's TIMESTAMP."""
    if data_type.kind == "ARRAY" and data_type.element is not None:
        return f"{duck_type(data_type.element)}[]"
    if data_type.kind == "STRUCT":
        members = []
        for position, field in enumerate(data_type.fields):
            name = field_name(field, position).replace('"', '""')
            members.append(f'"{name}" {duck_type(field.type)}')
        return f"STRUCT({', '.join(members)})"
    return _DUCK[data_type.kind]


_FROM_DUCK: Mapping[str, DataType] = {
    **dict.fromkeys(("BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UTINYINT", "USMALLINT", "UINTEGER"), INT64),
    "DOUBLE": FLOAT64,
    "FLOAT": FLOAT64,
    "VARCHAR": STRING,
    "BLOB": BYTES,
    "BOOLEAN": BOOL,
    "DATE": DATE,
    "TIME": TIME,
    "TIMESTAMP": DATETIME,
    "TIMESTAMP WITH TIME ZONE": TIMESTAMP,
    "INTERVAL": INTERVAL,
    "JSON": JSON,
    '"NULL"': INT64,
}


def from_duck(duck: Any) -> DataType:
    """The GoogleSQL type of a ``DuckDBPyType``. Raises TypeNameError for one that no translated statement produces."""
    kind = duck.id
    if kind in ("list", "array"):
        return array_of(from_duck(duck.children[0][1]))
    if kind == "struct":
        return struct_of(*((name, from_duck(child)) for name, child in duck.children))
    if kind == "decimal":
        return NUMERIC
    try:
        return _FROM_DUCK[str(duck)]
    except KeyError:
        raise TypeNameError(f"DuckDB type {duck} has no GoogleSQL type") from None


def to_rest_field(name: str, data_type: DataType, mode: str = "NULLABLE") -> dict[str, Any]:
    """A TableFieldSchema of BigQuery's REST API. An ARRAY becomes mode REPEATED, whatever ``mode`` says."""
    if data_type.kind == "ARRAY" and data_type.element is not None:
        return to_rest_field(name, data_type.element, "REPEATED")
    field: dict[str, Any] = {"name": name, "type": _REST_NAMES.get(data_type.kind, data_type.kind), "mode": mode}
    if data_type.kind == "STRUCT":
        field["fields"] = [to_rest_field(field_name(f, i), f.type) for i, f in enumerate(data_type.fields)]
    return field


def from_rest_field(field: Mapping[str, Any]) -> tuple[str, DataType, str]:
    """(name, type, mode) of a TableFieldSchema; mode is NULLABLE, REQUIRED or REPEATED (then the type is an ARRAY)."""
    for refused in ("precision", "scale", "maxLength", "policyTags"):
        if field.get(refused):
            raise TypeNameError(f"Field {field.get('name')}: {refused} is not supported by the local cloud")
    kind = str(field.get("type", "")).upper()
    mode = str(field.get("mode") or "NULLABLE").upper()
    if kind in {"RECORD", "STRUCT"}:
        data_type = struct_of(*(from_rest_field(inner)[:2] for inner in field.get("fields", ())))
    else:
        data_type = parse_type(kind)
    return str(field["name"]), array_of(data_type) if mode == "REPEATED" else data_type, mode


def from_rest_param_type(parameter_type: Mapping[str, Any]) -> DataType:
    """The type in a QueryParameterType: ``{"type": "ARRAY", "arrayType": {"type": "STRING"}}``."""
    kind = str(parameter_type.get("type", "")).upper()
    if kind == "ARRAY":
        return array_of(from_rest_param_type(parameter_type["arrayType"]))
    if kind == "STRUCT":
        fields = parameter_type.get("structTypes", ())
        return struct_of(*((str(f.get("name", "")), from_rest_param_type(f["type"])) for f in fields))
    return parse_type(kind)
