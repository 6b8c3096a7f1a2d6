"""When two values mean the same to the provider, so that a difference in spelling is not planned as a change."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from infra.local.provider.schema import Attribute, Block, NestedBlock
from infra.local.provider.values import UNKNOWN

_TYPE_NAMES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "STRUCT": "RECORD"}


def same_value(attribute: Attribute, one: Any, other: Any) -> bool:
    """Whether two values of an attribute mean the same.

    Unset, empty, 0 and false are one, and so are unset and the default: the API leaves them out of its answers.
    """
    if one is UNKNOWN or other is UNKNOWN:
        return one is other
    if one == other:
        return True
    if attribute.default is not None and (one is None or other is None):
        return bool((other if one is None else one) == attribute.default)
    if _blank(one) and _blank(other):
        return True
    if isinstance(attribute.type, list) and attribute.type[0] == "set":
        return _sorted(one or []) == _sorted(other or [])
    rule = RULES.get(attribute.same)
    texts = [text for text in (one or "", other or "") if isinstance(text, str)]
    return rule is not None and len(texts) == 2 and rule(*texts)


def same_block(block: Block, one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """Whether two objects mean the same, an absent one being one with nothing set."""
    if UNKNOWN in (one, other):
        return one is other
    if one is None or other is None:
        return _is_blank(one or other)
    return all(
        same_value(attribute, one.get(name), other.get(name)) for name, attribute in block.attributes.items()
    ) and all(same_blocks(nested, one.get(name), other.get(name)) for name, nested in block.blocks.items())


def same_blocks(nested: NestedBlock, one: Any, other: Any) -> bool:
    """Whether two values of a block type mean the same: in order, or in any order for a set."""
    if nested.nesting == "single":
        return same_block(nested.block, one, other)
    if one is UNKNOWN or other is UNKNOWN:
        return one is other
    one, other = list(one or []), list(other or [])
    if nested.nesting == "set":
        one, other = _sorted(one), _sorted(other)
    if nested.max_items == 1 and {len(one), len(other)} == {0, 1}:
        return same_block(nested.block, *(items[0] if items else None for items in (one, other)))
    return len(one) == len(other) and all(
        same_block(nested.block, left, right) for left, right in zip(one, other, strict=True)
    )


def same_json(one: str, other: str) -> bool:
    """Two JSON texts of one value."""
    parsed = _parsed(one), _parsed(other)
    return None not in parsed and parsed[0] == parsed[1]


def same_table_schema(one: str, other: str) -> bool:
    """Two JSON table schemas of the same columns, in any order, types by either name, NULLABLE said or not."""
    parsed = _parsed(one), _parsed(other)
    return all(isinstance(fields, list) for fields in parsed) and _columns(parsed[0]) == _columns(parsed[1])


RULES: Mapping[str, Callable[[str, str], bool]] = {
    "json": same_json,
    "table_schema": same_table_schema,
    "case": lambda one, other: one.lower() == other.lower(),
    "last_part": lambda one, other: one.rsplit("/", 1)[-1] == other.rsplit("/", 1)[-1],
    "month": lambda one, other: {one, other} == {"", "MONTH"},
}
"""The rules an overlay's `same` may name."""


def column_type(name: str) -> str:
    """A column type's one name: INT64 for INTEGER and so on."""
    upper = name.upper()
    return _TYPE_NAMES.get(upper, upper)


def column_mode(field: Mapping[str, Any]) -> str:
    """A column's mode; unset is NULLABLE."""
    return str(field.get("mode") or "NULLABLE").upper()


def _columns(fields: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {str(field.get("name")): _column(field) for field in fields}


def _column(field: Mapping[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in field.items() if not _blank(value)}
    rest |= {"type": column_type(str(field.get("type", ""))), "mode": column_mode(field)}
    if "fields" in rest:
        rest["fields"] = _columns(rest["fields"])
    return rest


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _blank(value: Any) -> bool:
    return value is None or value in ("", 0, [], {})


def _is_blank(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_blank(item) for item in value.values())
    if isinstance(value, list):
        return all(_is_blank(item) for item in value)
    return _blank(value)


def _sorted(items: Iterable[Any]) -> list[Any]:
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True, default=str))
