"""Service accounts, and one member in one role of a resource's IAM policy.

https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts and, for the policies, each service's
getIamPolicy and setIamPolicy. A dataset has no policy of its own: its `access` list is one under another name.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.provider.api import Api, ApiError
from infra.local.provider.fields import Fields
from infra.local.provider.resources.base import Kind, ResourceError
from infra.local.provider.schema import Block
from infra.local.provider.values import Value, conform, known

_TRIES = 10
_PAUSE = 0.1
"""Seconds before another try when somebody else changed the policy between reading and writing it."""

_VERSION = 3
"""The policy version that knows conditions; the real provider always writes it."""

_LOCKS: dict[str, threading.Lock] = {}
_DATASET_ROLES = {"OWNER": "dataOwner", "WRITER": "dataEditor", "READER": "dataViewer"}
_DATASET_MEMBERS = {"user": "userByEmail", "serviceAccount": "userByEmail", "group": "groupByEmail"}

Policy = dict[str, Any]


class _ServiceAccount(Kind):
    """A service account: enabled and disabled by methods of their own, patched by a body that holds its mask."""

    def create(self, api: Api, block: Block, planned: Value) -> Value:
        try:
            created = super().create(api, block, {**planned, "disabled": None})
        except ResourceError as error:
            if not (planned.get("create_ignore_already_exists") and _is_conflict(error)):
                raise
            email = f"{planned['account_id']}@{planned['project']}.iam.gserviceaccount.com"
            created = self.fresh(api, block, planned, {**known(planned), "email": email})
        if not planned.get("disabled"):
            return {**created, "disabled": planned.get("disabled")}
        self.call("disabling", api, "POST", f"{created['id']}:disable", {})
        return self.fresh(api, block, planned, created)

    def update(self, api: Api, block: Block, prior: Value, planned: Value) -> Value:
        wanted = known(planned)
        if bool(prior.get("disabled")) != bool(wanted.get("disabled")):
            self.call("updating", api, "POST", f"{prior['id']}:{'disable' if wanted['disabled'] else 'enable'}", {})
        changed = [name for name in ("description", "display_name") if prior.get(name) != wanted.get(name)]
        if changed:
            account = {"displayName": wanted.get("display_name") or "", "description": wanted.get("description") or ""}
            body = {"serviceAccount": account, "updateMask": ",".join(changed)}
            self.call("updating", api, "PATCH", str(prior["id"]), body)
        return self.fresh(api, block, planned, prior)

    def body(self, block: Block, value: Value) -> dict[str, Any]:
        account = {"displayName": value.get("display_name"), "description": value.get("description")}
        shown = {name: text for name, text in account.items() if text}
        return {"accountId": value["account_id"], "serviceAccount": shown}

    def value(self, block: Block, kept: Value, answer: Mapping[str, Any]) -> Value:
        email = str(answer.get("email") or "")
        more = {"accountId": email.split("@")[0], "member": f"serviceAccount:{email}"}
        return super().value(block, kept, {**answer, **more})


SERVICE_ACCOUNT = _ServiceAccount(
    type="google_service_account",
    noun="service account",
    service="iam",
    collection="projects/{project}/serviceAccounts",
    item="projects/{project}/serviceAccounts/{email}",
    id="projects/{project}/serviceAccounts/{email}",
    imports=("projects/{project}/serviceAccounts/{email}", "{project}/{email}", "{email}"),
    fields=Fields(renamed={"project": "projectId"}, local=frozenset({"id", "create_ignore_already_exists"})),
    import_values={"create_ignore_already_exists": False},
)


@dataclass(frozen=True)
class Member(Kind):
    """One member of one role. `read_policy` and `write_policy` reach the policy of the resource at `item`."""

    read_policy: Callable[[Api, str], Policy] = lambda api, path: {}
    write_policy: Callable[[Api, str, Policy], None] = lambda api, path, policy: None

    def create(self, api: Api, block: Block, planned: Value) -> Value:
        wanted = known(planned)
        self._change(api, wanted, "creating", lambda policy: _with_member(policy, wanted))
        found = self.read(api, block, wanted)
        if found is None:
            raise ResourceError(f"Error reading {self.noun}: it is gone right after it was written")
        return found

    def read(self, api: Api, block: Block, state: Value) -> Value | None:
        try:
            policy = self.read_policy(api, self.place(self.item, state))
        except ApiError as error:
            if error.status == 404:
                return None
            raise self.failed("reading", error) from error
        if not any(_holds(binding, state) for binding in policy.get("bindings") or []):
            return None
        read = {**state, "etag": policy.get("etag")}
        titles = "".join(f"/{condition['title']}" for condition in state.get("condition") or [])
        whole: Value = conform(block, {**read, "id": self.place(self.id, read, escape=False) + titles})
        return whole

    def update(self, api: Api, block: Block, prior: Value, planned: Value) -> Value:
        raise ResourceError(f"{self.type} cannot be changed in place: every argument replaces it")

    def delete(self, api: Api, block: Block, prior: Value) -> None:
        self._change(api, prior, "deleting", lambda policy: _without_member(policy, prior))

    def identify(self, block: Block, text: str, project: str | None) -> Value:
        resource, *rest = text.split(" ")
        if len(rest) < 2:
            raise ResourceError(
                f'Import id "{text}" doesn\'t match any of the accepted formats',
                "accepted: the resource, the role and the member, separated by blanks",
            )
        named = super().identify(block, resource, project)
        return {**named, "role": rest[0], "member": " ".join(rest[1:])}

    def _change(self, api: Api, value: Value, doing: str, change: Callable[[Policy], Policy | None]) -> None:
        """Read, change and write the policy, again when somebody else was faster: the etag tells."""
        path = self.place(self.item, value)
        with _LOCKS.setdefault(f"{self.service}/{path}", threading.Lock()):
            for attempt in range(_TRIES):
                try:
                    changed = change(self.read_policy(api, path))
                    if changed is not None:
                        self.write_policy(api, path, changed)
                    return
                except ApiError as error:
                    if doing == "deleting" and error.status == 404:
                        return
                    if error.status not in (409, 412) or attempt == _TRIES - 1:
                        raise self.failed(doing, error) from error
                    time.sleep(_PAUSE * (attempt + 1))


def _is_conflict(error: ResourceError) -> bool:
    return isinstance(error.__cause__, ApiError) and error.__cause__.status == 409


def _condition(value: Mapping[str, Any]) -> dict[str, Any] | None:
    given = next(iter(value.get("condition") or []), None)
    return {name: text for name, text in given.items() if text} if given else None


def _holds(binding: Mapping[str, Any], value: Value) -> bool:
    members = [str(member).lower() for member in binding.get("members") or []]
    return _same_binding(binding, value) and str(value["member"]).lower() in members


def _same_binding(binding: Mapping[str, Any], value: Value) -> bool:
    return binding.get("role") == value["role"] and (binding.get("condition") or None) == _condition(value)


def _with_member(policy: Policy, value: Value) -> Policy | None:
    bindings = list(policy.get("bindings") or [])
    if any(_holds(binding, value) for binding in bindings):
        return None
    condition = _condition(value)
    for index, binding in enumerate(bindings):
        if _same_binding(binding, value):
            bindings[index] = {**binding, "members": [*(binding.get("members") or []), value["member"]]}
            return {**policy, "version": _VERSION, "bindings": bindings}
    added = {"role": value["role"], "members": [value["member"]], **({"condition": condition} if condition else {})}
    return {**policy, "version": _VERSION, "bindings": [*bindings, added]}


def _without_member(policy: Policy, value: Value) -> Policy | None:
    bindings = []
    for binding in policy.get("bindings") or []:
        if _holds(binding, value):
            left = [member for member in binding["members"] if str(member).lower() != str(value["member"]).lower()]
            binding = {**binding, "members": left}
        if binding.get("members"):
            bindings.append(binding)
    return None if bindings == policy.get("bindings") else {**policy, "version": _VERSION, "bindings": bindings}


def _get_policy(service: str, method: str = "POST") -> Callable[[Api, str], Policy]:
    def read(api: Api, path: str) -> Policy:
        if method == "GET":
            return api.call(service, "GET", f"{path}:getIamPolicy", query={"options.requestedPolicyVersion": "3"})
        return api.call(service, "POST", f"{path}:getIamPolicy", {"options": {"requestedPolicyVersion": 3}})

    return read


def _set_policy(service: str, mask: str = "") -> Callable[[Api, str, Policy], None]:
    def write(api: Api, path: str, policy: Policy) -> None:
        body = {"policy": policy, **({"updateMask": mask} if mask else {})}
        api.call(service, "POST", f"{path}:setIamPolicy", body)

    return write


def _read_account_policy(api: Api, path: str) -> Policy:
    return api.call("iam", "POST", f"{path}:getIamPolicy", {}, {"options.requestedPolicyVersion": "3"})


def _read_bucket_policy(api: Api, path: str) -> Policy:
    return api.call("storage", "GET", f"{path}/iam", query={"optionsRequestedPolicyVersion": "3"})


def _write_bucket_policy(api: Api, path: str, policy: Policy) -> None:
    api.call("storage", "PUT", f"{path}/iam", policy)


def _read_access(api: Api, path: str) -> Policy:
    """A dataset's access list as a policy; what it holds besides roles of members is kept aside."""
    dataset = api.call("big_query", "GET", path)
    members: dict[str, list[str]] = {}
    others = []
    for entry in dataset.get("access") or []:
        member = _access_member(entry)
        if member is None or not entry.get("role"):
            others.append(entry)
            continue
        role = entry["role"]
        role = f"roles/bigquery.{_DATASET_ROLES[role]}" if role in _DATASET_ROLES else role
        members.setdefault(role, []).append(member)
    bindings = [{"role": role, "members": listed} for role, listed in members.items()]
    return {"bindings": bindings, "others": others, "etag": dataset.get("etag")}


def _write_access(api: Api, path: str, policy: Policy) -> None:
    access = list(policy.get("others") or [])
    for binding in policy["bindings"]:
        if binding.get("condition"):
            raise ResourceError("IAM conditions not allowed on BigQuery Dataset IAM", attribute="condition")
        access += [{"role": binding["role"], **_access_entry(member)} for member in binding["members"]]
    api.call("big_query", "PATCH", path, {"access": access})


def _access_member(entry: Mapping[str, Any]) -> str | None:
    for name, prefix in (("groupByEmail", "group:"), ("domain", "domain:"), ("specialGroup", ""), ("iamMember", "")):
        if entry.get(name):
            return prefix + str(entry[name])
    email = entry.get("userByEmail")
    if not email:
        return None
    return f"{'serviceAccount' if 'gserviceaccount' in email else 'user'}:{email}"


def _access_entry(member: str) -> dict[str, str]:
    kind, _, name = member.partition(":")
    if not name:
        return {"specialGroup": member}
    if kind == "domain":
        return {"domain": name}
    if kind in _DATASET_MEMBERS:
        return {_DATASET_MEMBERS[kind]: name}
    return {"iamMember": member}


DATASET_MEMBER = Member(
    type="google_bigquery_dataset_iam_member",
    noun="IAM member of the dataset",
    service="big_query",
    collection="",
    item="projects/{project}/datasets/{dataset_id}",
    id="projects/{project}/datasets/{dataset_id}/{role}/{member}",
    imports=("projects/{project}/datasets/{dataset_id}", "{project}/{dataset_id}", "{dataset_id}"),
    read_policy=_read_access,
    write_policy=_write_access,
)

ACCOUNT_MEMBER = Member(
    type="google_service_account_iam_member",
    noun="IAM member of the service account",
    service="iam",
    collection="",
    item="{service_account_id}",
    id="{service_account_id}/{role}/{member}",
    imports=("{service_account_id}",),
    read_policy=_read_account_policy,
    write_policy=_set_policy("iam"),
)

PROJECT_MEMBER = Member(
    type="google_project_iam_member",
    noun="IAM member of the project",
    service="resource_manager",
    collection="",
    item="projects/{project}",
    id="{project}/{role}/{member}",
    imports=("projects/{project}", "{project}"),
    read_policy=_get_policy("resource_manager"),
    write_policy=_set_policy("resource_manager", "bindings,etag,auditConfigs"),
)

TOPIC_MEMBER = Member(
    type="google_pubsub_topic_iam_member",
    noun="IAM member of the topic",
    service="pubsub",
    collection="",
    item="projects/{project}/topics/{topic}",
    id="projects/{project}/topics/{topic}/{role}/{member}",
    imports=("projects/{project}/topics/{topic}", "{project}/{topic}", "{topic}"),
    read_policy=_get_policy("pubsub", "GET"),
    write_policy=_set_policy("pubsub"),
)

BUCKET_MEMBER = Member(
    type="google_storage_bucket_iam_member",
    noun="IAM member of the bucket",
    service="storage",
    collection="",
    item="b/{bucket}",
    id="b/{bucket}/{role}/{member}",
    imports=("b/{bucket}", "{bucket}"),
    read_policy=_read_bucket_policy,
    write_policy=_write_bucket_policy,
)

KINDS = (SERVICE_ACCOUNT, DATASET_MEMBER, ACCOUNT_MEMBER, PROJECT_MEMBER, TOPIC_MEMBER, BUCKET_MEMBER)
