"""A grant as a sentence: who may do what where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_ROLES = {
    "roles/bigquery.dataEditor": "read and write data",
    "roles/bigquery.dataOwner": "read, write and share data",
    "roles/bigquery.dataViewer": "read data",
    "roles/bigquery.jobUser": "run queries",
    "roles/bigquery.resourceViewer": "see everybody's jobs",
    "roles/bigquery.user": "run queries and make datasets",
    "roles/iam.serviceAccountTokenCreator": "act in its name",
    "roles/iam.serviceAccountUser": "run work in its name",
    "roles/monitoring.metricWriter": "write metrics",
    "roles/pubsub.publisher": "publish messages",
    "roles/pubsub.subscriber": "receive messages",
    "roles/storage.objectAdmin": "read, write and delete objects",
    "roles/storage.objectUser": "read, write and delete objects",
    "roles/storage.objectViewer": "read objects",
}
_WHERE = {
    "google_bigquery_dataset_iam_member": ("dataset_id", "in the dataset"),
    "google_bigquery_table_iam_member": ("table_id", "in the table"),
    "google_project_iam_member": ("project", "in the whole project"),
    "google_pubsub_topic_iam_member": ("topic", "on the topic"),
    "google_service_account_iam_member": ("service_account_id", "for the account"),
    "google_storage_bucket_iam_member": ("bucket", "in the bucket"),
}


def grant_words(kind: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterator[str]:
    """The grant that is made, and the one that it takes the place of."""
    if before is not None:
        yield f"{_who(before)} {'could' if after is None or before != after else 'can'} {_what(kind, before)}"
    if after is not None and after != before:
        yield f"{_who(after)} may {_what(kind, after)}"


def _who(side: Mapping[str, Any]) -> str:
    return str(side.get("member") or "somebody").partition(":")[2] or str(side.get("member") or "somebody")


def _what(kind: str, side: Mapping[str, Any]) -> str:
    role = str(side.get("role") or "a role")
    key, where = _WHERE.get(kind, ("", "on it"))
    place = str(side.get(key) or "").rpartition("/")[2]
    condition = side.get("condition")
    only = " under a condition" if condition else ""
    return f"{_ROLES.get(role, 'do what the role allows')} {where} {place}{only} ({role})".replace("  ", " ")
