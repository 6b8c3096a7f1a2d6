"""What exists in places of ours and is in nobody's state: made by hand, or left by another system. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from infra.environments import Environment
from infra.release.adopt import KEYS, Existing, Key, key_of
from infra.release.synthesised import Wanted

Managed = Mapping[tuple[str, Key], frozenset[str]]
_BASIC_GROUPS = ("projectOwner:", "projectEditor:", "projectViewer:")
"""A bucket's grants to the project's own basic roles, which Google makes by itself."""
_NAMED_BY_ID = frozenset(
    {
        "google_bigquery_data_transfer_config",
        "google_billing_budget",
        "google_monitoring_alert_policy",
        "google_monitoring_notification_channel",
    }
)
"""Types of which a target can have two of one name."""


def managed_objects(states: Iterable[Mapping[str, Any]]) -> Managed:
    """The ids of what the states hold, by type and natural key."""
    found: dict[tuple[str, Key], frozenset[str]] = {}
    for kind, attributes in (one for state in states for one in _instances(state)):
        if kind in KEYS:
            key = (kind, KEYS[kind](attributes))
            found[key] = found.get(key, frozenset()) | {str(attributes.get(name)) for name in ("id", "name")}
    return found


def strangers(
    existing: Iterable[Existing], managed: Managed, declared: Iterable[Wanted], environment: Environment
) -> tuple[Existing, ...]:
    """What of `existing` is in a place of ours and not managed, in a fixed order.

    A place is ours when the environment names it (dataset, accounts, topic, bucket) or the object has a declared name:
    a project may well hold more than this system.
    """
    names = {(one.type, key_of(one)) for one in declared}
    found = {
        one
        for one in existing
        if ((one.type, one.key) in names or _is_in_our_place(one, environment)) and not _is_managed(one, managed)
    }
    return tuple(sorted(found, key=lambda one: (one.type, one.key, one.identity)))


def _is_managed(one: Existing, managed: Managed) -> bool:
    ids = managed.get((one.type, one.key))
    return ids is not None and (one.type not in _NAMED_BY_ID or one.identity in ids)


def _instances(state: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for one in state.get("resources") or ():
        if one.get("mode") == "managed":
            for instance in one.get("instances") or ():
                yield str(one["type"]), instance.get("attributes") or {}


def _in_dataset(key: Key, ours: Environment) -> bool:
    return key[:2] == (ours.project, ours.dataset)


def _member_of_dataset(key: Key, ours: Environment) -> bool:
    owner = ("roles/bigquery.dataOwner", f"serviceAccount:{ours.deployer_email}")
    return _in_dataset(key, ours) and key[2:] != owner  # whoever makes a dataset owns it


def _of_our_account(key: Key, ours: Environment) -> bool:
    return key[-1].partition(":")[2] in ours.accounts


def _of_our_bucket(key: Key, ours: Environment) -> bool:
    return key[0] == ours.bucket and not key[-1].startswith(_BASIC_GROUPS)


_OURS: Mapping[str, Callable[[Key, Environment], bool]] = {
    "google_bigquery_table": _in_dataset,
    "google_bigquery_routine": _in_dataset,
    "google_bigquery_dataset_iam_member": _member_of_dataset,
    "google_project_iam_member": _of_our_account,
    "google_service_account_iam_member": lambda key, ours: key[0].rpartition("/")[2] in ours.accounts,
    "google_pubsub_topic_iam_member": lambda key, ours: key[:2] == (ours.project, ours.topic),
    "google_storage_bucket_iam_member": _of_our_bucket,
    "google_monitoring_alert_policy": lambda key, ours: key[-1].startswith(f"EROS {ours.name}:"),
    "google_billing_budget": lambda key, ours: key[-1].startswith(f"EROS {ours.name} "),
}
"""Types of which everything in a place of ours is ours to know, whatever its name."""


def _is_in_our_place(one: Existing, environment: Environment) -> bool:
    rule = _OURS.get(one.type)
    return rule is not None and rule(one.key, environment)
