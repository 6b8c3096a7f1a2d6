"""A resource's Terraform attributes as the REST body the real provider sends, and an answer as attributes again.

Without further word, `an_attribute` is the body's `anAttribute`, a block that may stand once is an object, and what is
unset or empty is not sent. `Fields` says where that is not so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.local.provider.schema import Attribute, Block, NestedBlock
from infra.local.provider.values import UNKNOWN, Value, conform


@dataclass(frozen=True)
class Fields:
    """How one resource type differs from the rule. Names are dotted paths of attributes and blocks.

    `renamed` gives another place in the body, dotted below the enclosing object; `local` is neither sent nor read: it
    exists in Terraform only; `unread` is sent but never given back; `unsent` is read but not sent; `as_json` is an
    attribute whose text is the JSON of the place; `as_text` is a number that travels as text; `always` is sent even
    when empty; `short` is the last part of the name that the API gives.
    """

    renamed: Mapping[str, str] = field(default_factory=dict)
    local: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    unsent: frozenset[str] = frozenset()
    as_json: frozenset[str] = frozenset()
    as_text: frozenset[str] = frozenset()
    always: frozenset[str] = frozenset()
    short: frozenset[str] = frozenset()


def to_body(block: Block, value: Value, fields: Fields, path: str = "") -> dict[str, Any]:
    """The REST body of an object."""
    body: dict[str, Any] = {}
    for name, attribute in block.attributes.items():
        at = path + name
        read_only = attribute.computed and not attribute.optional
        if at in fields.local or at in fields.unsent or (read_only and at not in fields.renamed):
            continue
        sent = _sent(attribute, value.get(name), at, fields)
        if sent is not None and (at in fields.always or not _empty(sent)):
            _put(body, _place(name, at, fields), sent)
    for name, nested in block.blocks.items():
        at = path + name
        if nested.nesting == "single" or at in fields.local or at in fields.unsent:
            continue
        items = [to_body(nested.block, item, fields, f"{at}.") for item in value.get(name) or [] if item is not None]
        if items or at in fields.always:
            _put(body, _place(name, at, fields), (items[0] if items else None) if nested.max_items == 1 else items)
    return body


def to_value(block: Block, body: Mapping[str, Any], fields: Fields, path: str = "") -> Value:
    """The attributes that a REST answer holds: null for what it leaves out, UNKNOWN for what it never says."""
    silent = fields.local | fields.unread
    value: Value = {}
    for name, attribute in block.attributes.items():
        at = path + name
        found = UNKNOWN if at in silent else _get(body, _place(name, at, fields))
        value[name] = _read(attribute, found, at, fields)
    for name, nested in block.blocks.items():
        at = path + name
        found = UNKNOWN if at in silent or nested.nesting == "single" else _get(body, _place(name, at, fields))
        value[name] = _read_blocks(nested, found, fields, f"{at}.")
    whole: Value = conform(block, value)
    return whole


def name_cleared(body: dict[str, Any], places: Iterable[str]) -> None:
    """Put a null where a changed place is left out: a merge keeps whatever a body does not name."""
    for place in places:
        if _get(body, place) is None:
            _put(body, place, None)


def camel(name: str) -> str:
    """The REST spelling of a Terraform name."""
    return re.sub(r"_([a-z0-9])", lambda match: match.group(1).upper(), name)


def _place(name: str, at: str, fields: Fields) -> str:
    return fields.renamed.get(at, camel(name))


def _sent(attribute: Attribute, value: Any, at: str, fields: Fields) -> Any:
    if value is None:
        return None
    if at in fields.as_json:
        return json.loads(value) if value else None
    if at in fields.as_text:
        return str(value)
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if item is not None}
    return value


def _read(attribute: Attribute, value: Any, at: str, fields: Fields) -> Any:
    if value is None or value is UNKNOWN:
        return value
    if at in fields.short:
        return str(value).rsplit("/", 1)[-1]
    if at in fields.as_json:
        return json.dumps(value, separators=(",", ":"))
    if attribute.type == "string" and not isinstance(value, str):
        return json.dumps(value)
    if attribute.type == "bool" and isinstance(value, str):
        return value == "true"
    if isinstance(attribute.type, list) and isinstance(attribute.type[1], list):
        names = attribute.type[1][1]
        items = value if isinstance(value, list) else [value]
        return [{name: item.get(camel(name)) for name in names} for item in items]
    return value


def _read_blocks(nested: NestedBlock, value: Any, fields: Fields, path: str) -> Any:
    if value is None or value is UNKNOWN:
        return value
    items = value if isinstance(value, list) else [value]
    return [to_value(nested.block, item, fields, path) for item in items]


def _put(body: dict[str, Any], place: str, value: Any) -> None:
    *outer, last = place.split(".")
    for name in outer:
        body = body.setdefault(name, {})
    body[last] = value


def _get(body: Mapping[str, Any], place: str) -> Any:
    found: Any = body
    for name in place.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _empty(value: Any) -> bool:
    return value in ("", 0, [], {})
