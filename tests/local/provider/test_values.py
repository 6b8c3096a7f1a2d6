"""Terraform's wire format: MessagePack by schema, with unknowns and exact numbers."""

from __future__ import annotations

import msgpack
import pytest

from infra.local.provider.schema import Attribute, Block, NestedBlock
from infra.local.provider.values import UNKNOWN, conform, decode, encode, from_state, has_unknown, known

RULE = Block({"percent": Attribute("number", required=True)})
BLOCK = Block(
    {
        "name": Attribute("string", optional=True),
        "size": Attribute("number", optional=True),
        "labels": Attribute(["map", "string"], optional=True),
        "bounds": Attribute(["list", "number"], optional=True),
        "record": Attribute(["list", ["object", {"by": "string", "at": "number"}]], computed=True),
    },
    {"rules": NestedBlock(RULE, "list"), "timeouts": NestedBlock(Block({"create": Attribute("string")}), "single")},
)
NOTHING = {"name": None, "size": None, "labels": None, "bounds": None, "record": None, "rules": [], "timeouts": None}


def test_numbers_come_back_as_they_were_written() -> None:
    # Terraform writes 0.9 as text, because no double is exactly 0.9; and reads text as the decimal it says.
    value = decode(BLOCK, msgpack.packb({"size": "0.9", "rules": [{"percent": 1.0}], "bounds": ["10", 2.5]}))
    assert value == {**NOTHING, "size": 0.9, "rules": [{"percent": 1}], "bounds": [10, 2.5]}
    again = msgpack.unpackb(encode(BLOCK, value))
    assert (again["size"], again["rules"], again["bounds"]) == ("0.9", [{"percent": 1}], [10, "2.5"])


def test_a_number_too_large_for_a_double_is_kept() -> None:
    assert decode(BLOCK, msgpack.packb({"size": "12345678901234567890"}))["size"] == 12345678901234567890


@pytest.mark.parametrize("code", [0, 12], ids=["unknown", "unknown with a refinement"])
def test_unknown_is_unknown(code: int) -> None:
    value = decode(BLOCK, msgpack.packb({"name": msgpack.ExtType(code, b"\x00"), "rules": msgpack.ExtType(code, b"")}))
    assert (value["name"], value["rules"]) == (UNKNOWN, UNKNOWN)
    assert msgpack.unpackb(encode(BLOCK, value))["name"] == msgpack.ExtType(0, b"\x00")


def test_null_is_no_object() -> None:
    assert decode(BLOCK, msgpack.packb(None)) is None
    assert msgpack.unpackb(encode(BLOCK, None)) is None


def test_a_state_of_another_schema_is_fitted() -> None:
    state = b'{"name": "a", "gone": true, "size": 0.25, "rules": [{"percent": 0.5, "old": 1}]}'
    assert from_state(BLOCK, state) == {**NOTHING, "name": "a", "size": 0.25, "rules": [{"percent": 0.5}]}


def test_objects_in_attributes_get_all_their_names() -> None:
    assert conform(BLOCK, {"record": [{"by": "me"}]})["record"] == [{"by": "me", "at": None}]


def test_known_leaves_no_unknown() -> None:
    value = {**NOTHING, "name": UNKNOWN, "rules": [{"percent": UNKNOWN}]}
    assert has_unknown(value)
    assert known(value) == {**NOTHING, "rules": [{"percent": None}]}
    assert not has_unknown(known(value))


def test_what_is_no_value_is_refused() -> None:
    with pytest.raises(TypeError, match="not a Terraform value"):
        encode(BLOCK, {"name": object()})
