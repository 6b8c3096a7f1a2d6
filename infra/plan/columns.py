"""Two schemas of a table -> what differs, column by column, nested ones too.

Terraform calls all of this "update", also the loss of a column, which the provider carries out by ALTER TABLE DROP
COLUMN. Source of what BigQuery may change without loss: cloud.google.com/bigquery/docs/managing-table-schemas.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from infra.plan.values import Mark

Fields = Sequence[Mapping[str, Any]]

ALIASES = {
    "INTEGER": "INT64",
    "FLOAT": "FLOAT64",
    "BOOLEAN": "BOOL",
    "STRUCT": "RECORD",
    "DECIMAL": "NUMERIC",
    "BIGDECIMAL": "BIGNUMERIC",
}
WIDER = {"INT64": frozenset({"NUMERIC", "BIGNUMERIC"}), "NUMERIC": frozenset({"BIGNUMERIC"})}
"""Types that hold every value of another. FLOAT64 is not among them, though BigQuery converts to it: it rounds ids."""
_LENGTHS = ("maxLength", "precision", "scale")
_TYPE = re.compile(r"\s*(\w+)\s*(?:\(\s*([\d\s,]+)\))?\s*", re.ASCII)


class Kind(Enum):
    """What happened to a column. The first three lose data or refuse rows that were good: see `is_loss`."""

    LOST = "lost"
    NARROWED = "narrowed"
    REQUIRED = "made required"
    ADDED_REQUIRED = "added as required"
    ADDED = "added"
    WIDENED = "widened"
    RELAXED = "relaxed"
    DESCRIBED = "described anew"
    CHANGED = "changed"
    """Another property, such as a default or a policy tag."""

    @property
    def is_loss(self) -> bool:
        """Whether rows, or the means of writing them as before, would be lost."""
        return self in (Kind.LOST, Kind.NARROWED, Kind.REQUIRED, Kind.ADDED_REQUIRED)


@dataclass(frozen=True)
class ColumnChange:
    """One column's difference; `path` has a dot before each nested field, `before` and `after` are its declarations."""

    path: str
    kind: Kind
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        sides = " -> ".join(one for one in (self.before, self.after) if one)
        return f"{self.path} {self.kind.value}" + (f": {sides}" if sides else "")


class UnreadableSchema(ValueError):
    """A schema that is not known yet, or that is no JSON list of fields."""


def read_schema(value: Any) -> Fields:
    """The fields of google_bigquery_table's `schema`. Raises UnreadableSchema; None is a schema without fields."""
    if value is None or value == "":
        return ()
    if isinstance(value, Mark):
        raise UnreadableSchema(f"its schema is {value}")
    try:
        fields = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise UnreadableSchema("its schema is no JSON") from None
    _check(fields)
    return tuple(fields)


def compare_schemas(before: Fields, after: Fields) -> list[ColumnChange]:
    """All differences, losses first, otherwise in the order of the columns. Names compare without case."""
    found = list(_compare(before, after, ""))
    return sorted(found, key=lambda one: not one.kind.is_loss)


def declaration(field: Mapping[str, Any]) -> str:
    """A column as it would be written in CREATE TABLE: its type, and NOT NULL when it is required."""
    return f"{type_of(field)} NOT NULL" if _mode(field) == "REQUIRED" else type_of(field)


def type_of(field: Mapping[str, Any]) -> str:
    """A column's type in GoogleSQL, as in CAST."""
    written = _written_type(field)
    return f"ARRAY<{written}>" if _mode(field) == "REPEATED" else written


def _check(fields: Any) -> None:
    if not isinstance(fields, list | tuple):
        raise UnreadableSchema("its schema is no list of fields")
    names: set[str] = set()
    for field in fields:
        if not isinstance(field, Mapping) or not isinstance(field.get("name"), str) or not field.get("type"):
            raise UnreadableSchema("a field of its schema has no name or no type")
        if field["name"].lower() in names:
            raise UnreadableSchema(f"its schema has two fields {field['name']}")
        names.add(field["name"].lower())
        _check(field.get("fields") or ())


def _compare(before: Fields, after: Fields, at: str) -> Iterator[ColumnChange]:
    old, new = ({field["name"].lower(): field for field in fields} for fields in (before, after))
    for name, field in old.items():
        path = f"{at}{field['name']}"
        if name not in new:
            yield ColumnChange(path, Kind.LOST, before=declaration(field))
        else:
            yield from _column(path, field, new[name])
    for name, field in new.items():
        if name not in old:
            kind = Kind.ADDED_REQUIRED if _mode(field) == "REQUIRED" else Kind.ADDED
            yield ColumnChange(f"{at}{field['name']}", kind, after=declaration(field))


def _column(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[ColumnChange]:
    kinds = [kind for kind in (_type_change(old, new), _mode_change(old, new)) if kind is not None]
    yield from (ColumnChange(path, kind, declaration(old), declaration(new)) for kind in dict.fromkeys(kinds))
    if (old.get("description") or "") != (new.get("description") or ""):
        yield ColumnChange(path, Kind.DESCRIBED, old.get("description") or "", new.get("description") or "")
    known = {"name", "type", "mode", "description", "fields", *_LENGTHS}
    others = sorted(key for key in {*old, *new} - known if (old.get(key) or None) != (new.get(key) or None))
    for key in others:
        yield ColumnChange(path, Kind.CHANGED, f"{key} {old.get(key)}", f"{key} {new.get(key)}")
    yield from _compare(old.get("fields") or (), new.get("fields") or (), f"{path}.")


def _type_change(old: Mapping[str, Any], new: Mapping[str, Any]) -> Kind | None:
    was, becomes = _type(old), _type(new)
    if was == becomes:
        return None
    if was[0] != becomes[0]:
        # A limit on the new type may cut what the old one held: then it is not called wider.
        return Kind.WIDENED if becomes[0] in WIDER.get(was[0], ()) and not any(becomes[1:]) else Kind.NARROWED
    return Kind.WIDENED if _holds(becomes, was) else Kind.NARROWED


def _holds(wide: tuple[Any, ...], narrow: tuple[Any, ...]) -> bool:
    """Whether a type with limits holds all that the same type with other limits does; no limit is the widest."""
    (_, length, precision, scale), (_, old_length, old_precision, old_scale) = wide, narrow
    if length is not None and (old_length is None or length < old_length):
        return False
    if precision is None:
        return True
    if old_precision is None:
        return False
    digits, old_digits = precision - (scale or 0), old_precision - (old_scale or 0)
    return bool(digits >= old_digits and (scale or 0) >= (old_scale or 0))


def _mode_change(old: Mapping[str, Any], new: Mapping[str, Any]) -> Kind | None:
    was, becomes = _mode(old), _mode(new)
    if was == becomes:
        return None
    if "REPEATED" in (was, becomes):
        return Kind.NARROWED
    return Kind.REQUIRED if becomes == "REQUIRED" else Kind.RELAXED


def _mode(field: Mapping[str, Any]) -> str:
    return str(field.get("mode") or "NULLABLE").upper()


def _type(field: Mapping[str, Any]) -> tuple[Any, ...]:
    """(name, length, precision, scale), whether the limits stand beside the type or in brackets behind it."""
    found = _TYPE.fullmatch(str(field["type"]))
    if found is None:
        return (str(field["type"]).upper(), None, None, None)
    name = ALIASES.get(found[1].upper(), found[1].upper())
    length, precision, scale = (_number(field.get(key)) for key in _LENGTHS)
    if found[2]:
        limits = [int(one) for one in found[2].split(",") if one.strip()]
        if name in ("STRING", "BYTES"):
            length = limits[0]
        else:
            precision, scale = limits[0], limits[1] if len(limits) > 1 else 0
    return (name, length, precision, scale)


def _number(value: Any) -> int | None:
    return None if value in (None, "") else int(value)


def _written_type(field: Mapping[str, Any]) -> str:
    name, length, precision, scale = _type(field)
    if name == "RECORD":
        inner = ", ".join(f"{one['name']} {type_of(one)}" for one in field.get("fields") or ())
        return f"STRUCT<{inner}>"
    limits = [str(one) for one in (length, precision, scale) if one is not None]
    return f"{name}({', '.join(limits)})" if limits else str(name)
