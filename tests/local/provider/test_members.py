"""IAM members: one member of one role, read, changed and written back under the policy's etag."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from infra.local.provider.api import ApiError
from infra.local.provider.resources import KINDS, iam
from infra.local.provider.resources.base import ResourceError
from infra.local.provider.schema import ProviderSchema
from infra.local.provider.values import conform

RUNNER = "serviceAccount:runner@p.iam.gserviceaccount.com"
JOBS = "roles/bigquery.jobUser"


class Policies:
    """A cloud that holds one policy; `stale` writes are refused as if somebody else had been faster."""

    def __init__(self, policy: dict[str, Any] | None, stale: int = 0) -> None:
        self.policy = policy
        self.stale = stale
        self.requests: list[tuple[Any, ...]] = []

    def call(self, service: str, method: str, path: str, body: Any = None, query: Any = None) -> dict[str, Any]:
        self.requests.append((service, method, path, dict(query or {}), copy.deepcopy(body)))
        if self.policy is None:
            raise ApiError(404, "googleapi: Error 404: gone, notFound")
        is_write = method in ("PUT", "PATCH") or path.endswith(":setIamPolicy")
        if is_write and self.stale:
            self.stale -= 1
            raise ApiError(409, "googleapi: Error 409: There were concurrent policy changes, aborted")
        if is_write:
            self.policy = body.get("policy", body)
        return copy.deepcopy(self.policy)


@pytest.fixture
def member(schema: ProviderSchema) -> Any:
    """A type and its block, with the value of the arguments."""

    def made(kind: str, **arguments: Any) -> tuple[Any, Any, dict[str, Any]]:
        block = schema.resources[kind]
        value = {"project": "p"} if "project" in block.attributes else {}
        return KINDS[kind], block, conform(block, {**value, "role": JOBS, "member": RUNNER, **arguments})

    return made


@pytest.mark.parametrize(
    ("kind", "arguments", "reads", "writes", "id"),
    [
        (
            "google_project_iam_member",
            {},
            ("resource_manager", "POST", "projects/p:getIamPolicy", {}, {"options": {"requestedPolicyVersion": 3}}),
            ("resource_manager", "POST", "projects/p:setIamPolicy"),
            f"p/{JOBS}/{RUNNER}",
        ),
        (
            "google_service_account_iam_member",
            {"service_account_id": "projects/p/serviceAccounts/x@y"},
            (
                "iam",
                "POST",
                "projects/p/serviceAccounts/x@y:getIamPolicy",
                {"options.requestedPolicyVersion": "3"},
                {},
            ),
            ("iam", "POST", "projects/p/serviceAccounts/x@y:setIamPolicy"),
            f"projects/p/serviceAccounts/x@y/{JOBS}/{RUNNER}",
        ),
        (
            "google_pubsub_topic_iam_member",
            {"topic": "runs"},
            ("pubsub", "GET", "projects/p/topics/runs:getIamPolicy", {"options.requestedPolicyVersion": "3"}, None),
            ("pubsub", "POST", "projects/p/topics/runs:setIamPolicy"),
            f"projects/p/topics/runs/{JOBS}/{RUNNER}",
        ),
        (
            "google_storage_bucket_iam_member",
            {"bucket": "state"},
            ("storage", "GET", "b/state/iam", {"optionsRequestedPolicyVersion": "3"}, None),
            ("storage", "PUT", "b/state/iam"),
            f"b/state/{JOBS}/{RUNNER}",
        ),
    ],
)
def test_a_member_is_added_beside_the_others(
    member: Any, kind: str, arguments: dict[str, str], reads: Any, writes: Any, id: str
) -> None:
    other = {"role": JOBS, "members": ["user:a@example.com"]}
    cloud = Policies({"etag": "1", "bindings": [other, {"role": "roles/viewer", "members": ["user:b@example.com"]}]})
    found, block, value = member(kind, **arguments)
    state = found.create(cloud, block, value)
    assert (state["id"], state["etag"]) == (id, "1")
    read, write = cloud.requests[0], cloud.requests[1]
    assert read == reads
    assert write[:3] == writes
    sent = write[4].get("policy", write[4])
    assert sent["etag"] == "1"
    assert sent["bindings"][0] == {"role": JOBS, "members": ["user:a@example.com", RUNNER]}

    found.delete(cloud, block, state)
    assert cloud.policy == {
        "etag": "1",
        "version": 3,
        "bindings": [other, {"role": "roles/viewer", "members": ["user:b@example.com"]}],
    }
    assert found.read(cloud, block, state) is None


def test_nothing_is_written_for_a_member_that_is_there(member: Any) -> None:
    cloud = Policies({"etag": "1", "bindings": [{"role": JOBS, "members": [RUNNER.replace("runner", "Runner")]}]})
    found, block, value = member("google_project_iam_member")
    found.create(cloud, block, value)
    assert [request[2] for request in cloud.requests] == ["projects/p:getIamPolicy"] * 2


def test_a_lost_race_is_tried_again(member: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iam, "_PAUSE", 0.0)
    found, block, value = member("google_project_iam_member")
    assert found.create(Policies({"etag": "1"}, stale=9), block, value)["etag"] == "1"
    with pytest.raises(ResourceError, match=r"Error creating IAM member of the project: .*concurrent policy changes"):
        found.create(Policies({"etag": "1"}, stale=10), block, value)


def test_members_with_different_conditions_are_different(member: Any) -> None:
    condition = [{"title": "office", "expression": "request.time.getHours() < 18", "description": None}]
    found, block, value = member("google_project_iam_member", condition=condition)
    cloud = Policies({"etag": "1", "bindings": [{"role": JOBS, "members": [RUNNER]}]})
    state = found.create(cloud, block, value)
    assert state["id"] == f"p/{JOBS}/{RUNNER}/office"
    assert cloud.policy is not None
    assert cloud.policy["version"] == 3
    assert [binding.get("condition", {}).get("title") for binding in cloud.policy["bindings"]] == [None, "office"]
    found.delete(cloud, block, state)
    assert cloud.policy["bindings"] == [{"role": JOBS, "members": [RUNNER]}]


def test_a_dataset_has_its_members_in_its_access_list(member: Any) -> None:
    owner = {"role": "OWNER", "specialGroup": "projectOwners"}
    view = {"view": {"projectId": "p", "datasetId": "d", "tableId": "v"}}
    cloud = Policies({"access": [owner, view], "etag": "e"})
    arguments = {"dataset_id": "shop", "role": "roles/bigquery.dataEditor"}
    found, block, value = member("google_bigquery_dataset_iam_member", **arguments)
    state = found.create(cloud, block, value)
    assert state["id"] == f"projects/p/datasets/shop/roles/bigquery.dataEditor/{RUNNER}"
    granted = {"role": "roles/bigquery.dataEditor", "userByEmail": "runner@p.iam.gserviceaccount.com"}
    sent = {"access": [view, {"role": "roles/bigquery.dataOwner", "specialGroup": "projectOwners"}, granted]}
    assert cloud.requests[1] == ("big_query", "PATCH", "projects/p/datasets/shop", {}, sent)

    # BigQuery shows the roles it has names of its own for by those names.
    cloud.policy = {"access": [owner, view, {**granted, "role": "WRITER"}]}
    assert found.read(cloud, block, state) is not None
    found.delete(cloud, block, state)
    assert granted["userByEmail"] not in str(cloud.policy)


def test_a_member_of_what_is_gone_is_gone(member: Any) -> None:
    found, block, value = member("google_pubsub_topic_iam_member", topic="runs")
    assert found.read(Policies(None), block, value) is None
    found.delete(Policies(None), block, value)
    with pytest.raises(ResourceError, match="Error creating IAM member of the topic: googleapi: Error 404"):
        found.create(Policies(None), block, value)


def test_a_member_is_imported_by_resource_role_and_member(member: Any) -> None:
    found, block, _ = member("google_storage_bucket_iam_member", bucket="state")
    named = found.identify(block, f"b/state {JOBS} {RUNNER}", "p")
    assert (named["bucket"], named["role"], named["member"]) == ("state", JOBS, RUNNER)
    found, block, _ = member("google_service_account_iam_member")
    named = found.identify(block, f"projects/p/serviceAccounts/x@y {JOBS} {RUNNER}", "p")
    assert named["service_account_id"] == "projects/p/serviceAccounts/x@y"
    with pytest.raises(ResourceError, match="accepted formats"):
        found.identify(block, "projects/p/serviceAccounts/x@y", "p")
