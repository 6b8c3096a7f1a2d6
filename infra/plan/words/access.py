"""A grant as a sentence: who may do what where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.plan.values import block

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
LEGACY_ROLES = {
    "READER": "roles/bigquery.dataViewer",
    "WRITER": "roles/bigquery.dataEditor",
    "OWNER": "roles/bigquery.dataOwner",
}
"""BigQuery answers with these for the roles that are older than IAM."""
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


def role_of(entry: Mapping[str, Any]) -> str:
    """The role of a dataset's access entry, as IAM writes it."""
    role = str(entry.get("role") or "")
    return LEGACY_ROLES.get(role, role)


def member_of(entry: Mapping[str, Any]) -> str:
    """Its holder, as IAM writes it; "" for a view, a routine or a special group.

    Fields have their names of REST, or those of the provider.
    """

    def given(field: str, also: str) -> str:
        return str(entry.get(field) or entry.get(also) or "")

    if member := given("iamMember", "iam_member"):
        return member
    if group := given("groupByEmail", "group_by_email"):
        return f"group:{group}"
    if entry.get("domain"):
        return f"domain:{entry['domain']}"
    email = given("userByEmail", "user_by_email")
    kind = "serviceAccount" if email.endswith(".gserviceaccount.com") else "user"
    return f"{kind}:{email}" if email else ""


def access_words(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterator[str]:
    """Entries of a dataset's access list that differ: who may, and who could."""
    old, new = (tuple((side or {}).get("access") or ()) for side in (before, after))
    yield from (f"no longer {_entry(one)}" for one in old if one not in new)
    yield from (f"access for {_entry(one)}" for one in new if one not in old)


def _entry(entry: Mapping[str, Any]) -> str:
    role = role_of(entry)
    kinds = ("view", "routine", "dataset")
    shared = next((f"the {kind} {_shared(entry[kind])}" for kind in kinds if entry.get(kind)), "")
    holder = member_of(entry) or str(entry.get("special_group") or "") or shared or "somebody"
    condition = " under a condition" if entry.get("condition") else ""
    what = f"{_ROLES.get(role, 'do what the role allows')} ({role})" if role else "read what it selects from"
    return f"{holder}: {what}{condition}"


def _shared(value: Any) -> str:
    found = block(value) or {}
    return ".".join(str(one) for one in found.values() if isinstance(one, str))


def _who(side: Mapping[str, Any]) -> str:
    return str(side.get("member") or "somebody").partition(":")[2] or str(side.get("member") or "somebody")


def _what(kind: str, side: Mapping[str, Any]) -> str:
    role = str(side.get("role") or "a role")
    key, where = _WHERE.get(kind, ("", "on it"))
    place = str(side.get(key) or "").rpartition("/")[2]
    condition = side.get("condition")
    only = " under a condition" if condition else ""
    return f"{_ROLES.get(role, 'do what the role allows')} {where} {place}{only} ({role})".replace("  ", " ")
