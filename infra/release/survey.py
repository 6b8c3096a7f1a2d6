"""Asks a target what it has, by list calls alone: one or two per kind and place, whatever the number of objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from infra.plan.words.access import member_of, role_of
from infra.release.adopt import Existing
from infra.release.synthesised import Wanted
from infra.rest import Rest

Argumentses = list[Mapping[str, Any]]


def survey(rest: Rest, declared: Iterable[Wanted]) -> list[Existing]:
    """What the target has of the kinds and in the places that are declared, whoever made it."""
    by_type: dict[str, Argumentses] = {}
    for one in declared:
        by_type.setdefault(one.type, []).append(one.arguments)
    return [found for kind, given in sorted(by_type.items()) for found in LISTS[kind](rest, kind, given)]


def _places(given: Argumentses, *arguments: str) -> list[tuple[str, ...]]:
    """The distinct places that these resources are in, in a fixed order."""
    return sorted({tuple(str(one[name]) for name in arguments) for one in given})


def _datasets(rest: Rest, kind: str, given: Argumentses) -> Iterator[Existing]:
    for (project,) in _places(given, "project"):
        for one in rest.pages("big_query", f"projects/{project}/datasets", "datasets", maxResults=1000):
            name = str(one["datasetReference"]["datasetId"])
            yield Existing(kind, (project, name), f"projects/{project}/datasets/{name}")


def _in_dataset(items: str, reference: str, name: str) -> Callable[[Rest, str, Argumentses], Iterator[Existing]]:
    def listed(rest: Rest, kind: str, given: Argumentses) -> Iterator[Existing]:
        for project, dataset in _places(given, "project", "dataset_id"):
            path = f"projects/{project}/datasets/{dataset}/{items}"
            for one in rest.pages("big_query", path, items, maxResults=1000):
                found = str(one[reference][name])
                yield Existing(kind, (project, dataset, found), f"{path}/{found}")

    return listed


def _dataset_members(rest: Rest, kind: str, given: Argumentses) -> Iterator[Existing]:
    for project, dataset in _places(given, "project", "dataset_id"):
        path = f"projects/{project}/datasets/{dataset}"
        for one in (rest.get("big_query", path) or {}).get("access") or ():
            role, member = role_of(one), member_of(one)
            if member and not one.get("condition"):
                yield Existing(kind, (project, dataset, role, member), f"{path} {role} {member}")


def _transfer_configs(rest: Rest, kind: str, given: Argumentses) -> Iterator[Existing]:
    for project, location in _places(given, "project", "location"):
        path = f"projects/{project}/locations/{location}/transferConfigs"
        for one in rest.pages("bigquery_data_transfer", path, "transferConfigs"):
            yield Existing(kind, (project, location, str(one.get("displayName", ""))), str(one["name"]))


def _service_accounts(rest: Rest, kind: str, given: Argumentses) -> Iterator[Existing]:
    for (project,) in _places(given, "project"):
        for one in rest.pages("iam", f"projects/{project}/serviceAccounts", "accounts"):
            email = str(one["email"])
            yield Existing(kind, (project, email), f"projects/{project}/serviceAccounts/{email}")


def _bindings(policy: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    for binding in (policy or {}).get("bindings") or ():
        if not binding.get("condition"):
            for member in binding.get("members") or ():
                yield str(binding["role"]), str(member)


def _account_members(rest: Rest, kind: str, given: Argumentses) -> Iterator[Existing]:
    for (account,) in _places(given, "service_account_id"):
        for role, member in _bindings(rest.post("iam", f"{account}:getIamPolicy", {})):
            yield Existing(kind, (account, role, member), f"{account} {role} {member}")


def _project_members(rest: Rest, kind: str, given: Argumentses) -> Iterator[Existing]:
    for (project,) in _places(given, "project"):
        for role, member in _bindings(rest.post("resource_manager", f"projects/{project}:getIamPolicy", {})):
            yield Existing(kind, (project, role, member), f"{project} {role} {member}")


def _topics(rest: Rest, kind: str, given: Argumentses) -> Iterator[Existing]:
    for (project,) in _places(given, "project"):
        for one in rest.pages("pubsub", f"projects/{project}/topics", "topics"):
            yield Existing(kind, (project, str(one["name"]).rpartition("/")[2]), str(one["name"]))


def _topic_members(rest: Rest, kind: str, given: Argumentses) -> Iterator[Existing]:
    for project, topic in _places(given, "project", "topic"):
        name = topic.rpartition("/")[2]
        path = f"projects/{project}/topics/{name}"
        for role, member in _bindings(rest.get("pubsub", f"{path}:getIamPolicy")):
            yield Existing(kind, (project, name, role, member), f"{path} {role} {member}")


def _budgets(rest: Rest, kind: str, given: Argumentses) -> Iterator[Existing]:
    for (account,) in _places(given, "billing_account"):
        for one in rest.pages("billing", f"billingAccounts/{account}/budgets", "budgets"):
            yield Existing(kind, (account, str(one.get("displayName", ""))), str(one["name"]))


def _quotas(rest: Rest, kind: str, given: Argumentses) -> Iterator[Existing]:
    for (parent,) in _places(given, "parent"):
        path = f"{parent}/locations/global/quotaPreferences"
        for one in rest.pages("cloud_quotas", path, "quotaPreferences"):
            name = str(one["name"]).rpartition("/")[2]
            yield Existing(kind, (parent, name), f"{path}/{name}")


def _monitored(items: str) -> Callable[[Rest, str, Argumentses], Iterator[Existing]]:
    def listed(rest: Rest, kind: str, given: Argumentses) -> Iterator[Existing]:
        for (project,) in _places(given, "project"):
            for one in rest.pages("monitoring", f"v3/projects/{project}/{items}", items):
                yield Existing(kind, (project, str(one.get("displayName", ""))), str(one["name"]))

    return listed


def _metrics(rest: Rest, kind: str, given: Argumentses) -> Iterator[Existing]:
    for (project,) in _places(given, "project"):
        for one in rest.pages("logging", f"projects/{project}/metrics", "metrics"):
            yield Existing(kind, (project, str(one["name"])), f"{project} {one['name']}")


def _buckets(rest: Rest, kind: str, given: Argumentses) -> Iterator[Existing]:
    for (project,) in _places(given, "project"):
        for one in rest.pages("storage", "b", "items", project=project):
            yield Existing(kind, (str(one["name"]),), str(one["name"]))


def _bucket_members(rest: Rest, kind: str, given: Argumentses) -> Iterator[Existing]:
    for (bucket,) in _places(given, "bucket"):
        for role, member in _bindings(rest.get("storage", f"b/{bucket}/iam")):
            yield Existing(kind, (bucket, role, member), f"b/{bucket} {role} {member}")


LISTS: Mapping[str, Callable[[Rest, str, Argumentses], Iterator[Existing]]] = {
    "google_bigquery_dataset": _datasets,
    "google_bigquery_table": _in_dataset("tables", "tableReference", "tableId"),
    "google_bigquery_routine": _in_dataset("routines", "routineReference", "routineId"),
    "google_bigquery_dataset_iam_member": _dataset_members,
    "google_bigquery_data_transfer_config": _transfer_configs,
    "google_service_account": _service_accounts,
    "google_service_account_iam_member": _account_members,
    "google_project_iam_member": _project_members,
    "google_pubsub_topic": _topics,
    "google_pubsub_topic_iam_member": _topic_members,
    "google_billing_budget": _budgets,
    "google_cloud_quotas_quota_preference": _quotas,
    "google_monitoring_notification_channel": _monitored("notificationChannels"),
    "google_monitoring_alert_policy": _monitored("alertPolicies"),
    "google_logging_metric": _metrics,
    "google_storage_bucket": _buckets,
    "google_storage_bucket_iam_member": _bucket_members,
}
"""How the objects of each type are listed; the same types as in infra.release.adopt.KEYS."""
