"""What exists on the target but is in nobody's state is taken over, never made a second time.

Objects are told by their natural key: what a person would call them. Pure; `infra.release.survey` asks the target.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.errors import InfraError, RefusedError
from infra.release.synthesised import Wanted

Key = tuple[str, ...]


@dataclass(frozen=True)
class Existing:
    """One object that the target has: its kind, natural key, and the id by which Terraform imports it."""

    type: str
    key: Key
    identity: str


def _by(*arguments: str) -> Callable[[Mapping[str, Any]], Key]:
    return lambda given: tuple(str(given[one]) for one in arguments)


KEYS: Mapping[str, Callable[[Mapping[str, Any]], Key]] = {
    "google_bigquery_dataset": _by("project", "dataset_id"),
    "google_bigquery_table": _by("project", "dataset_id", "table_id"),
    "google_bigquery_routine": _by("project", "dataset_id", "routine_id"),
    "google_bigquery_dataset_iam_member": _by("project", "dataset_id", "role", "member"),
    "google_bigquery_data_transfer_config": _by("project", "location", "display_name"),
    "google_service_account": lambda given: (
        str(given["project"]),
        f"{given['account_id']}@{given['project']}.iam.gserviceaccount.com",
    ),
    "google_service_account_iam_member": _by("service_account_id", "role", "member"),
    "google_project_iam_member": _by("project", "role", "member"),
    "google_pubsub_topic": _by("project", "name"),
    "google_pubsub_topic_iam_member": lambda given: (
        str(given["project"]),
        str(given["topic"]).rpartition("/")[2],
        str(given["role"]),
        str(given["member"]),
    ),
    "google_billing_budget": _by("billing_account", "display_name"),
    "google_cloud_quotas_quota_preference": _by("parent", "name"),
    "google_monitoring_notification_channel": _by("project", "display_name"),
    "google_monitoring_alert_policy": _by("project", "display_name"),
    "google_logging_metric": _by("project", "name"),
    "google_storage_bucket": _by("name"),
    "google_storage_bucket_iam_member": _by("bucket", "role", "member"),
}
"""How the objects of each type are told apart, from a resource's arguments."""


def key_of(one: Wanted) -> Key:
    """The natural key of a resource.

    Raises InfraError for a type or an argument that has none: then nobody could tell whether it exists already.
    """
    try:
        key = KEYS[one.type](one.arguments)
    except KeyError as error:
        raise InfraError(
            f"{one.address} has no natural key",
            why=f"{error} is missing in its arguments or in KEYS",
            fix="add it to infra/release/adopt.py",
        ) from error
    if any("${" in part for part in key):
        raise InfraError(
            f"the natural key of {one.address} is not known before it is applied",
            why=", ".join(key),
            fix="give it a literal name",
        )
    return key


def adoptions(declared: Iterable[Wanted], existing: Iterable[Existing], in_state: Mapping[str, str]) -> dict[str, str]:
    """Import id by address of each declared resource that exists and is not in the state.

    Raises RefusedError listing every key of which the target has two objects, in the state or not: which of them is
    meant only a person can say, and the other one is alive.
    """
    found: dict[tuple[str, Key], list[str]] = {}
    for one in existing:
        found.setdefault((one.type, one.key), []).append(one.identity)
    adopted, twice = {}, []
    for want in declared:
        here = sorted(set(found.get((want.type, key_of(want)), ())))
        if len(here) > 1:
            twice.append(f"{want.address}: {' and '.join(here)}")
        elif here and want.address not in in_state:
            adopted[want.address] = here[0]
    if twice:
        raise RefusedError(
            "the target has two objects of the same name where one is declared",
            where="; ".join(twice),
            why="only a person can say which one is meant, and both are alive",
            fix="disable and delete the one that is not meant, then deploy again",
        )
    return adopted
