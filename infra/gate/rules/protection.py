"""No protection is taken off or loosened: what guards data against a mistaken apply, delete or purge."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from infra.gate.verdicts import Context, Finding, finding
from infra.plan.model import Plan
from infra.plan.values import Mark, block

NAME = "protection"
_DEFAULT_TIME_TRAVEL_HOURS = 168
_DEFAULT_SOFT_DELETE_SECONDS = 604800
_MUST_BE_SET = {"google_bigquery_table": ("deletion_protection",)}
"""True from the first day on; a view holds no rows and may be without."""
_MUST_NOT_BE_SET = {
    "google_bigquery_dataset": ("delete_contents_on_destroy",),
    "google_storage_bucket": ("force_destroy",),
}
_KEEP_TRUE = {
    "google_bigquery_table": ("require_partition_filter",),
    "google_storage_bucket": ("uniform_bucket_level_access",),
}
_KEEP_GIVEN = {"google_bigquery_data_transfer_config": ("service_account_name",)}
"""Without an account of its own a schedule runs as whoever deployed it, past the account's daily cap."""
_KEEP_BLOCK_TRUE = {"google_storage_bucket": (("versioning", "enabled"), ("retention_policy", "is_locked"))}
_NOT_SHORTER = {
    "google_bigquery_dataset": (("", "max_time_travel_hours", _DEFAULT_TIME_TRAVEL_HOURS),),
    "google_storage_bucket": (
        ("retention_policy", "retention_period", 0),
        ("soft_delete_policy", "retention_duration_seconds", _DEFAULT_SOFT_DELETE_SECONDS),
    ),
    "google_pubsub_topic": (("", "message_retention_duration", 0),),
}
"""(block, argument, what holds when it is not given): hours or seconds that must not become fewer."""
_EXPIRES = {
    "google_bigquery_dataset": (("", "default_table_expiration_ms"), ("", "default_partition_expiration_ms")),
    "google_bigquery_table": (("", "expiration_time"), ("time_partitioning", "expiration_ms")),
}
"""Arguments that delete rows by themselves once they are given."""
_PURGES = {"google_storage_bucket": ("lifecycle_rule",)}
_NEWER_GENERATIONS = 10
"""A rule that spares an object's live generation and at least so many before it trims history, and loses no object."""


def judge(plan: Plan, context: Context) -> Iterator[Finding]:
    """Objections to each loosened guard, in the plan and in the configuration it was made from."""
    for one in plan.resources:
        if one.after is not None:
            for reason in weakened(one.type, one.before, one.after):
                yield finding(NAME, one, reason, "leave the protection on; sql/ and infra/stacks set it by default")
    yield from _prevent_destroy(context)


def guards(kind: str) -> tuple[str, ...]:
    """The arguments and blocks of a type that hold its protections."""
    plain = (one.get(kind, ()) for one in (_MUST_BE_SET, _MUST_NOT_BE_SET, _KEEP_TRUE, _PURGES))
    inside = (one.get(kind, ()) for one in (_KEEP_BLOCK_TRUE, _NOT_SHORTER, _EXPIRES))
    names = [name for some in plain for name in some] + [one[0] or one[1] for some in inside for one in some]
    return tuple(dict.fromkeys(names))


def weakened(kind: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Iterator[str]:
    """What `after` protects less than `before` did, in words; `before` is None for what is new."""
    was = before or {}
    for name in _MUST_BE_SET.get(kind, ()):
        if not _is_view(after) and after.get(name) is not True:
            yield f"{name} would be {_word(after.get(name))}"
    for name in _MUST_NOT_BE_SET.get(kind, ()):
        if after.get(name) not in (None, False):
            yield f"{name} would be {_word(after.get(name))}"
    for name in _KEEP_TRUE.get(kind, ()):
        if was.get(name) is True and after.get(name) is not True:
            yield f"{name} would change from true to {_word(after.get(name))}"
    for name in _KEEP_GIVEN.get(kind, ()):
        if was.get(name) and not after.get(name):
            yield f"{name} would change from {was.get(name)} to not set"
    for inside, name in _KEEP_BLOCK_TRUE.get(kind, ()):
        old, new = (_within(side, inside).get(name) for side in (was, after))
        if old is True and new is not True:
            yield f"{inside}.{name} would change from true to {_word(new)}"
    yield from _shortened(kind, before, after)
    for inside, name in _EXPIRES.get(kind, ()):
        old, new = (_lifetime(_within(side, inside).get(name)) for side in (was, after))
        if new is not None and (old is None or new < old):
            yield f"{_path(inside, name)} would be {new:g} (was {_word(old)}): data would expire"
    for name in _PURGES.get(kind, ()):
        if before is not None and _purges(after.get(name)) - _purges(was.get(name)):
            yield f"{name} would delete objects that are kept today"


def _shortened(kind: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Iterator[str]:
    for inside, name, default in _NOT_SHORTER.get(kind, ()):
        new = _amount(_within(after, inside).get(name), default)
        old = default if before is None else _amount(_within(before, inside).get(name), default)
        if isinstance(new, Mark) or isinstance(old, Mark):
            # What a new object does not say gets the default of Google.
            if before is not None:
                yield f"{_path(inside, name)} would be {new}"
        elif new < old:
            yield f"{_path(inside, name)} would shrink from {old:g} to {new:g}"


def _prevent_destroy(context: Context) -> Iterator[Finding]:
    """prevent_destroy stands in no plan: this release's cdk.tf.json is compared with the last one's."""
    for stack, earlier in context.earlier.items():
        now = _guarded(context.configurations.get(stack, {}))
        for address in sorted(_guarded(earlier) - now):
            fix = "put lifecycle.prevent_destroy back, and the resource if it is gone"
            yield Finding(NAME, stack, address, "prevent_destroy was on in the last release and is gone", fix)


def _guarded(configuration: Mapping[str, Any]) -> set[str]:
    return {
        f"{kind}.{name}"
        for kind, named in configuration.get("resource", {}).items()
        for name, body in named.items()
        if (block((block(body) or {}).get("lifecycle")) or {}).get("prevent_destroy") is True
    }


def _within(side: Mapping[str, Any], inside: str) -> Mapping[str, Any]:
    return side if not inside else block(side.get(inside)) or {}


def _amount(value: Any, default: Any) -> Any:
    """A number of hours or seconds, which the provider gives as a number, as text, or as text ending in s."""
    if value is None or value == "" or isinstance(value, Mark):
        return default if value in (None, "") else value
    return float(str(value).removesuffix("s"))


def _lifetime(value: Any) -> float | None:
    """Milliseconds until data goes. The provider writes 0 for none; what it computes itself is none of ours."""
    return None if isinstance(value, Mark) or value in (None, "") else float(value) or None


def _purges(rules: Any) -> set[str]:
    found = rules if isinstance(rules, list | tuple) else []
    return {json.dumps(rule, default=dict, sort_keys=True) for rule in found if _deletes(rule)}


def _deletes(rule: Any) -> bool:
    if str((block(rule.get("action")) or {}).get("type", "")).lower() != "delete":
        return False
    condition = block(rule.get("condition")) or {}
    newer = condition.get("num_newer_versions")
    is_trim = condition.get("with_state") == "ARCHIVED" and isinstance(newer, int) and newer >= _NEWER_GENERATIONS
    return not is_trim


def _is_view(after: Mapping[str, Any]) -> bool:
    return block(after.get("view")) is not None


def _path(inside: str, name: str) -> str:
    return f"{inside}.{name}" if inside else name


def _word(value: Any) -> str:
    return "not set" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
