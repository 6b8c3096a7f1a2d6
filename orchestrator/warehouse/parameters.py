"""Plain Python values to typed BigQuery query parameters.

A query's sidecar declares its parameters as GoogleSQL types ("ARRAY<STRUCT<page_name STRING, seed STRING>>"); values
are dicts, lists and scalars. Everything a user can influence reaches SQL this way and no other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.cloud import bigquery

_TOKEN = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*|[<>,])")


@dataclass(frozen=True)
class ParameterType:
    """A GoogleSQL type: a scalar by name, an ARRAY with its element, or a STRUCT with its fields in order."""

    kind: str
    element: ParameterType | None = None
    fields: tuple[tuple[str, ParameterType], ...] = ()


def parse_type(text: str) -> ParameterType:
    """Read a type as a sidecar writes it. Raises ValueError for anything that is not one."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s+", "", text):
        raise ValueError(f"not a GoogleSQL type: {text!r}")
    parsed, rest = _read(tokens)
    if rest:
        raise ValueError(f"not a GoogleSQL type: {text!r}")
    return parsed


def to_parameters(types: Mapping[str, str], values: Mapping[str, Any]) -> list[Any]:
    """One query parameter per declared name. Raises ValueError when names and values do not pair up."""
    if set(types) != set(values):
        missing, unknown = sorted(set(types) - set(values)), sorted(set(values) - set(types))
        raise ValueError(f"query parameters do not match: missing {missing}, unknown {unknown}")
    return [_parameter(name, parse_type(types[name]), values[name]) for name in types]


def _read(tokens: Sequence[str]) -> tuple[ParameterType, Sequence[str]]:
    if not tokens or not tokens[0][0].isalpha():
        raise ValueError("a type name is missing")
    kind, rest = tokens[0].upper(), tokens[1:]
    if kind not in ("ARRAY", "STRUCT"):
        return ParameterType(kind), rest
    if not rest or rest[0] != "<":
        raise ValueError(f"{kind} needs <...>")
    if kind == "ARRAY":
        element, rest = _read(rest[1:])
        return ParameterType(kind, element=element), _closed(rest)
    fields = []
    while True:
        field_type, after = _read(rest[2:])
        fields.append((rest[1], field_type))
        rest = after
        if not rest or rest[0] != ",":
            return ParameterType(kind, fields=tuple(fields)), _closed(rest)


def _closed(tokens: Sequence[str]) -> Sequence[str]:
    if not tokens or tokens[0] != ">":
        raise ValueError("a type is not closed with >")
    return tokens[1:]


def _parameter(name: str | None, kind: ParameterType, value: Any) -> Any:
    if kind.kind == "ARRAY":
        assert kind.element is not None
        items = value or []
        if kind.element.kind == "STRUCT":
            return bigquery.ArrayQueryParameter(
                name, _struct_type(kind.element), [_parameter(None, kind.element, item) for item in items]
            )
        return bigquery.ArrayQueryParameter(name, kind.element.kind, list(items))
    if kind.kind == "STRUCT":
        return bigquery.StructQueryParameter(
            name, *[_parameter(field, field_type, value[field]) for field, field_type in kind.fields]
        )
    return bigquery.ScalarQueryParameter(name, kind.kind, value)


def _struct_type(kind: ParameterType) -> Any:
    fields = []
    for name, field in kind.fields:
        if field.kind in ("ARRAY", "STRUCT"):
            raise ValueError(f"field {name}: nested types inside an array of structs are not used")
        fields.append(bigquery.ScalarQueryParameterType(field.kind, name=name))
    return bigquery.StructQueryParameterType(*fields)
