"""Values of a plan, read-only all the way down, with a mark where one is sensitive or not known yet."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import zip_longest
from types import MappingProxyType
from typing import Any


class Mark(str):
    """Stands where a value must not or cannot be shown; it is text, so that it can be printed and written as JSON."""

    __slots__ = ()


SENSITIVE = Mark("(sensitive)")
SENSITIVE_CHANGED = Mark("(sensitive, changes)")
"""After a change that touches a sensitive value: equal marks would hide that there is one."""
UNKNOWN = Mark("(known after apply)")
_SHORTEST_SECRET = 6


def frozen(value: Any) -> Any:
    """Dicts as read-only mappings, lists as tuples."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: frozen(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(frozen(item) for item in value)
    return value


def thawed(value: Any) -> Any:
    """The same as plain dicts and lists, for json."""
    if isinstance(value, Mapping):
        return {key: thawed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [thawed(item) for item in value]
    return value


def either(left: Any, right: Any) -> Any:
    """What one of two trees of flags marks: what was sensitive stays so, even if the configuration has forgotten it."""
    if left is True or right is True:
        return True
    if isinstance(left, Mapping) or isinstance(right, Mapping):
        mine, other = (one if isinstance(one, Mapping) else {} for one in (left, right))
        return {key: either(mine.get(key), other.get(key)) for key in {*mine, *other}}
    if isinstance(left, list) or isinstance(right, list):
        pairs = zip_longest(*(one if isinstance(one, list) else [] for one in (left, right)))
        return [either(mine, other) for mine, other in pairs]
    return None


def secrets_in(value: Any, sensitive: Any) -> Iterator[str]:
    """The texts that `sensitive` marks in `value`, those too short to be told from ordinary words left out."""
    if sensitive is True and isinstance(value, str):
        if len(value) >= _SHORTEST_SECRET:
            yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from secrets_in(item, sensitive.get(key) if isinstance(sensitive, Mapping) else sensitive)
    elif isinstance(value, list):
        flags = sensitive if isinstance(sensitive, list) else [sensitive] * len(value)
        for item, flag in zip(value, flags, strict=False):
            yield from secrets_in(item, flag)


def leaks(value: Any, secrets: Collection[str]) -> Any:
    """A tree of flags like Terraform's own, for copies of secrets that a provider forgot to mark."""
    if isinstance(value, str):
        return any(secret in value for secret in secrets) or None
    if isinstance(value, Mapping):
        return {key: leaks(item, secrets) for key, item in value.items()}
    return [leaks(item, secrets) for item in value] if isinstance(value, list) else None


def masked(value: Any, sensitive: Any, beside: Any, mark: Mark = SENSITIVE) -> Any:
    """`value` without what `sensitive` marks; `mark` stands where the value beside it differs."""
    if sensitive is True:
        return None if value is None else SENSITIVE if value == beside else mark
    if isinstance(sensitive, Mapping) and isinstance(value, Mapping):
        others = beside if isinstance(beside, Mapping) else {}
        return {key: masked(item, sensitive.get(key), others.get(key), mark) for key, item in value.items()}
    if isinstance(sensitive, list) and isinstance(value, list):
        items = beside if isinstance(beside, list) else []
        rows = zip_longest(value, sensitive[: len(value)], items[: len(value)])
        return [masked(item, flag, other, mark) for item, flag, other in rows]
    return value


def with_unknown(value: Any, unknown: Any) -> Any:
    """`value` with UNKNOWN where Terraform will know it only after the apply."""
    if unknown is True:
        return UNKNOWN
    if isinstance(unknown, Mapping):
        known = value if isinstance(value, Mapping) else {}
        filled = {key: with_unknown(known.get(key), flag) for key, flag in unknown.items()}
        return {**known, **{key: item for key, item in filled.items() if item is not None}} or value
    if isinstance(unknown, list):
        known_items = value if isinstance(value, list) else []
        return [with_unknown(item, flag) for item, flag in zip_longest(known_items, unknown)] or value
    return value


def block(value: Any) -> Mapping[str, Any] | None:
    """A nested block of which there is at most one: a plan writes it as a list, cdk.tf.json as an object."""
    if isinstance(value, list | tuple):
        value = value[0] if value else None
    return value if isinstance(value, Mapping) else None


def blocks(value: Any) -> tuple[Mapping[str, Any], ...]:
    """A nested block of which there may be many."""
    if isinstance(value, Mapping):
        return (value,)
    return tuple(one for one in value if isinstance(one, Mapping)) if isinstance(value, list | tuple) else ()
