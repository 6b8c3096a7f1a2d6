"""What a resource type looks like: plain data that protocol, planning and mapping share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Attribute:
    """One attribute. `type` is Terraform's type as JSON: "string", ["map", "string"], ["list", ["object", {...}]]...

    `force_new` replaces the resource when the value changes; `default` is what the provider puts where the
    configuration says nothing; `same` names the rule by which two values mean the same (same.RULES); `refused` is
    what the stand-in does not do and says so.
    """

    type: Any
    required: bool = False
    optional: bool = False
    computed: bool = False
    sensitive: bool = False
    force_new: bool = False
    default: Any = None
    same: str = ""
    one_of: tuple[str, ...] = ()
    refused: bool = False


@dataclass(frozen=True)
class NestedBlock:
    """A block type inside a block: `nesting` is single, list or set; `max_items` 0 means any number.

    `computed` blocks keep what the cloud says where the configuration has none.
    """

    block: Block
    nesting: str
    min_items: int = 0
    max_items: int = 0
    computed: bool = False
    force_new: bool = False
    refused: bool = False


@dataclass(frozen=True)
class Block:
    """Attributes and nested blocks by name."""

    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    blocks: Mapping[str, NestedBlock] = field(default_factory=dict)


@dataclass(frozen=True)
class ProviderSchema:
    """The provider's own configuration and its resource types, with the version of the provider they describe.

    `state_versions` are the versions of the types' state schemas that are not 0.
    """

    version: str
    provider: Block
    resources: Mapping[str, Block]
    state_versions: Mapping[str, int] = field(default_factory=dict)


def to_data(block: Block) -> dict[str, Any]:
    """A block as JSON data, without what is at its default."""
    return {
        "attributes": {name: _given(attribute, _PLAIN) for name, attribute in block.attributes.items()},
        "blocks": {
            name: {**_given(nested, _PLAIN_BLOCK), "block": to_data(nested.block)}
            for name, nested in block.blocks.items()
        },
    }


def from_data(data: Mapping[str, Any]) -> Block:
    """The block of `to_data`."""
    return Block(
        {name: Attribute(**_tuples(given)) for name, given in data["attributes"].items()},
        {name: NestedBlock(**{**given, "block": from_data(given["block"])}) for name, given in data["blocks"].items()},
    )


_PLAIN = Attribute(None)
_PLAIN_BLOCK = NestedBlock(Block(), "")


def _given(described: Any, plain: Any) -> dict[str, Any]:
    return {
        name: value
        for name, value in vars(described).items()
        if name != "block" and (type(value), value) != (type(getattr(plain, name)), getattr(plain, name))
    }


def _tuples(given: Mapping[str, Any]) -> dict[str, Any]:
    return {**given, "one_of": tuple(given.get("one_of", ()))}
