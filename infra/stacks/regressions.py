"""What a synthesis would lose of what was deployed last: addresses, columns, protections. Pure.

Terraform calls most of these an update, and says nothing at all of a resource whose `prevent_destroy` went with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Synthesised = Mapping[str, Mapping[str, Any]]
"""cdk.tf.json by stack."""
Resources = Mapping[str, Mapping[str, Any]]
"""The arguments of a stack's resources by address."""


@dataclass(frozen=True)
class Regression:
    """One thing that would be lost. `address` begins with the stack: warehouse/google_bigquery_table.creators."""

    address: str
    rule: str
    reason: str
    fix: str

    def __str__(self) -> str:
        return f"{self.address}: {self.rule}: {self.reason}; {self.fix}"


def regressions(before: Synthesised, after: Synthesised) -> list[Regression]:
    """What `after` lacks or protects less than `before`, by stack and address."""
    found: list[Regression] = []
    for stack, synthesised in before.items():
        old, new = resources(synthesised), resources(after.get(stack, {}))
        for address, arguments in old.items():
            place = f"{stack}/{address}"
            if address not in new:
                found.append(
                    Regression(place, "vanished-address", "it was deployed and is not declared any more", _KEEP)
                )
                continue
            found += _lost_columns(place, arguments, new[address])
            found += _weakened(place, address.partition(".")[0], arguments, new[address])
    return found


def resources(synthesised: Mapping[str, Any]) -> Resources:
    """The arguments of every resource of a cdk.tf.json, by address."""
    return {
        f"{kind}.{name}": arguments
        for kind, named in synthesised.get("resource", {}).items()
        for name, arguments in named.items()
    }


_KEEP = "declare it again, under the same name"


def _lost_columns(place: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Regression]:
    before, after = _columns(old), _columns(new)
    for path, column in before.items():
        if path not in after:
            yield Regression(place, "lost-column", f"{path} was deployed and is gone", "keep the column, unused")
        elif after[path] != column and (after[path][0] != column[0] or after[path][1] != "NULLABLE"):
            change = f"{path} was {' '.join(column)} and would be {' '.join(after[path])}"
            yield Regression(place, "changed-column", change, "add a column of the new type instead")


def _columns(arguments: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Type and mode of every column and nested field by its path, in lower case."""
    schema = arguments.get("schema")
    return dict(_walk(json.loads(schema), "")) if isinstance(schema, str) and schema else {}


def _walk(fields: list[Mapping[str, Any]], prefix: str) -> Iterator[tuple[str, tuple[str, str]]]:
    for field in fields:
        path = f"{prefix}{field['name']}".lower()
        yield path, (field["type"], field.get("mode", "NULLABLE"))
        yield from _walk(field.get("fields", []), f"{path}.")


@dataclass(frozen=True)
class _Protection:
    """Where a type keeps a protection, and whether a value (None: not given) is weaker than another."""

    path: str
    weaker: Callable[[Any, Any], bool]


def _was_on(old: Any, new: Any) -> bool:
    return old is True and new is not True


def _was_off(old: Any, new: Any) -> bool:
    return old is False and new is not False


def _fell(old: Any, new: Any) -> bool:
    return old is not None and (new is None or float(new) < float(old))


def _changed(old: Any, new: Any) -> bool:
    return old is not None and new != old


_EVERYWHERE = (_Protection("lifecycle.prevent_destroy", _was_on),)
_PROTECTIONS: Mapping[str, tuple[_Protection, ...]] = {
    "google_bigquery_table": (
        _Protection("deletion_protection", _was_on),
        _Protection("require_partition_filter", _was_on),
    ),
    "google_bigquery_dataset": (
        _Protection("delete_contents_on_destroy", _was_off),
        _Protection("max_time_travel_hours", _fell),
    ),
    "google_storage_bucket": (
        _Protection("force_destroy", _was_off),
        _Protection("uniform_bucket_level_access", _was_on),
        _Protection("public_access_prevention", _changed),
        _Protection("versioning.enabled", _was_on),
        _Protection("soft_delete_policy.retention_duration_seconds", _fell),
    ),
}


def _weakened(place: str, kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Regression]:
    for protection in (*_EVERYWHERE, *_PROTECTIONS.get(kind, ())):
        was, is_now = _at(old, protection.path), _at(new, protection.path)
        if protection.weaker(was, is_now):
            shown = "not given" if is_now is None else json.dumps(is_now)
            reason = f"{protection.path} was {json.dumps(was)} and would be {shown}"
            yield Regression(place, "weakened-protection", reason, "leave the protection as it was")


def _at(arguments: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(arguments, list):
            arguments = arguments[0] if arguments else None
        if not isinstance(arguments, Mapping):
            return None
        arguments = arguments.get(part)
    return arguments
