"""An older release's stack and the newest one's -> the stack that a rollback applies. Pure.

What both declare takes the older body, but loses no column and no protection by it; what only the newer one declares
stays managed, silent. Nothing vanishes, so no plan made of it destroys, and a roll-forward meets its own objects.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.gate.rules import protection
from infra.plan.columns import Kind, compare_schemas, read_schema

Stack = Mapping[str, Any]
"""A stack's cdk.tf.json."""
SCHEDULE = "google_bigquery_data_transfer_config"
ALERT = "google_monitoring_alert_policy"
TABLE = "google_bigquery_table"
SILENT: Mapping[str, tuple[str, bool]] = {SCHEDULE: ("disabled", True), ALERT: ("enabled", False)}
"""What acts by itself, and the argument that keeps it quiet."""
_OF_THE_PLACE = ("terraform", "provider", "//")
_ONCE = ("removed", "import", "moved")
_LIMITS = ("maxLength", "precision", "scale")


def merge(old: Stack, current: Stack) -> dict[str, Any]:
    """The stack that leads back from `current` to `old`.

    Provider, backend and their versions are the current ones: an older provider could not read the state. Every
    dependency and reference stays valid, for all addresses of both are there; and none closes a circle, for what is
    newer only is depended on by nothing older.
    """
    sections = {*old, *current} - {"resource", *_ONCE}
    merged: dict[str, Any] = {
        name: copy.deepcopy(current[name] if name in _OF_THE_PLACE else {**current.get(name, {}), **old.get(name, {})})
        for name in sorted(sections)
        if name not in _OF_THE_PLACE or name in current
    }
    before, now = dict(bodies(old)), dict(bodies(current))
    resource: dict[str, dict[str, Any]] = {}
    for kind, name in sorted({*before, *now}):
        was, has = before.get((kind, name)), now.get((kind, name))
        body = was if has is None else silent(kind, has) if was is None else merged_body(kind, was, has)
        resource.setdefault(kind, {})[name] = copy.deepcopy(body)
    return {**merged, "resource": resource}


def newer_only(old: Stack, current: Stack) -> tuple[str, ...]:
    """The addresses that only the current stack declares, sorted."""
    return tuple(sorted(f"{kind}.{name}" for kind, name in {*dict(bodies(current))} - {*dict(bodies(old))}))


def with_schedules_off(stack: Stack) -> dict[str, Any]:
    """The stack with every scheduled query disabled; alerts stay as they are."""
    resource = dict(stack.get("resource") or {})
    if SCHEDULE in resource:
        resource[SCHEDULE] = {name: silent(SCHEDULE, body) for name, body in resource[SCHEDULE].items()}
    return {**stack, "resource": resource}


def bodies(stack: Stack) -> Iterator[tuple[tuple[str, str], Mapping[str, Any]]]:
    """Each resource of a stack: (type, name) and its arguments."""
    for kind, named in (stack.get("resource") or {}).items():
        for name, body in named.items():
            yield (kind, name), body


def silent(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body with whatever acts by itself switched off."""
    return {**body, **({SILENT[kind][0]: SILENT[kind][1]} if kind in SILENT else {})}


def merged_body(kind: str, old: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    """One resource that both declare: the old body, with the columns and the protections that are there by now."""
    merged = dict(old)
    if kind == TABLE and old.get("schema") and current.get("schema"):
        merged["schema"] = json.dumps(union_schema(_fields(old), _fields(current)), ensure_ascii=False)
    if any(protection.weakened(kind, current, merged)):
        for argument in protection.guards(kind):
            merged.pop(argument, None)
            if argument in current:
                merged[argument] = current[argument]
    if _is_kept(current) and not _is_kept(merged):
        merged["lifecycle"] = {**_lifecycle(merged), "prevent_destroy": True}
    return merged


def union_schema(old: Sequence[Mapping[str, Any]], current: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The columns of both, in the order that the table has now: no column is lost, narrowed or made required.

    A column that only the newer release knows may be NULL, since the older one's statements do not fill it; so may one
    that only the older knows, since the rows that are there do not have it.
    """
    known = {str(field["name"]).lower(): field for field in old}
    here = {str(field["name"]).lower() for field in current}
    merged = [_column(known.get(str(field["name"]).lower()), field) for field in current]
    return merged + [_optional(field) for field in old if str(field["name"]).lower() not in here]


def _column(old: Mapping[str, Any] | None, current: Mapping[str, Any]) -> dict[str, Any]:
    if old is None:
        return _optional(current)
    bare_old, bare_current = ({**field, "name": "x", "fields": []} for field in (old, current))
    kinds = {one.kind for one in compare_schemas([bare_current], [bare_old])}
    merged = {**old, "name": current["name"]}
    kept = ("type", "mode", *_LIMITS) if Kind.NARROWED in kinds else ("mode",) if Kind.REQUIRED in kinds else ()
    for name in (*kept, *(one for one in ("policyTags", "dataPolicies") if current.get(one))):
        merged.pop(name, None)
        if name in current:
            merged[name] = current[name]
    if old.get("fields") or current.get("fields"):
        merged["fields"] = union_schema(old.get("fields") or (), current.get("fields") or ())
    return merged


def _optional(field: Mapping[str, Any]) -> dict[str, Any]:
    return {**field, "mode": "NULLABLE"} if str(field.get("mode") or "").upper() == "REQUIRED" else dict(field)


def _fields(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return read_schema(body["schema"])


def _is_kept(body: Mapping[str, Any]) -> bool:
    return _lifecycle(body).get("prevent_destroy") is True


def _lifecycle(body: Mapping[str, Any]) -> Mapping[str, Any]:
    found = body.get("lifecycle") or {}
    return found[0] if isinstance(found, list) else found
