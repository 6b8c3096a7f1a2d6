"""Terraform's values between MessagePack, state JSON and Python, led by the schema.

An object is a dict of all its schema's names, a null is None, a value that is known only after apply is UNKNOWN. A
number travels as text when a double does not hold it exactly (Terraform computes with 512 bits, so 0.9 read from a
configuration is not the double 0.9).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgpack

from infra.local.provider.schema import Block, NestedBlock


class _Unknown:
    """The type of UNKNOWN."""

    def __repr__(self) -> str:
        return "(known after apply)"

    def __copy__(self) -> _Unknown:
        return self

    def __deepcopy__(self, memo: Any) -> _Unknown:
        return self


UNKNOWN = _Unknown()
_UNKNOWN_WIRE = msgpack.ExtType(0, b"\x00")

Value = dict[str, Any]
"""An object's value: what the functions of this package exchange."""


def decode(block: Block, data: bytes) -> Value | None:
    """The object that a DynamicValue's msgpack holds; None for null."""
    raw = msgpack.unpackb(data, ext_hook=lambda code, content: UNKNOWN, raw=False, strict_map_key=False)
    return conform(block, raw)


def encode(block: Block, value: Value | None) -> bytes:
    """The msgpack of an object of this schema."""
    packed: bytes = msgpack.packb(_wire(conform(block, value)), default=_wire_unknown)
    return packed


def from_state(block: Block, data: bytes) -> Value | None:
    """The object of a state file's JSON, fitted to the current schema: unknown names dropped, missing ones null."""
    return conform(block, json.loads(data, parse_float=_number))


def conform(block: Block, value: Any) -> Any:
    """The value with exactly the schema's names, numbers as int or float, absent nested blocks as empty lists."""
    if value is None or value is UNKNOWN:
        return value
    out: Value = {
        name: _conform_attribute(attribute.type, value.get(name)) for name, attribute in block.attributes.items()
    }
    for name, nested in block.blocks.items():
        out[name] = _conform_nested(nested, value.get(name))
    return out


def known(value: Any) -> Any:
    """The value with every UNKNOWN replaced by null."""
    if value is UNKNOWN:
        return None
    if isinstance(value, list):
        return [known(item) for item in value]
    if isinstance(value, dict):
        return {name: known(item) for name, item in value.items()}
    return value


def has_unknown(value: Any) -> bool:
    """Whether any part is known only after apply."""
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())
    return value is UNKNOWN


def empty(block: Block) -> Value:
    """An object with nothing set."""
    value: Value = conform(block, {})
    return value


def _conform_nested(nested: NestedBlock, value: Any) -> Any:
    if value is UNKNOWN:
        return value
    if nested.nesting == "single":
        return conform(nested.block, value)
    return [conform(nested.block, item) for item in value or []]


def _conform_attribute(kind: Any, value: Any) -> Any:
    if value is None or value is UNKNOWN:
        return value
    if kind == "number":
        return _number(value)
    if isinstance(kind, str):
        return value
    outer, inner = kind
    if outer == "object":
        return {name: _conform_attribute(part, value.get(name)) for name, part in inner.items()}
    if outer == "map":
        return {name: _conform_attribute(inner, item) for name, item in value.items()}
    return [_conform_attribute(inner, item) for item in value]


def _number(value: Any) -> Any:
    number = float(value) if isinstance(value, str) else value
    if isinstance(number, float) and number.is_integer():
        return int(value) if isinstance(value, str) and value.lstrip("-").isdigit() else int(number)
    return number


def _wire(value: Any) -> Any:
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list):
        return [_wire(item) for item in value]
    if isinstance(value, Mapping):
        return {name: _wire(item) for name, item in value.items()}
    return value


def _wire_unknown(value: Any) -> Any:
    if value is UNKNOWN:
        return _UNKNOWN_WIRE
    raise TypeError(f"{value!r} is not a Terraform value")
