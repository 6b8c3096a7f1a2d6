"""A dataset's IAM policy, which is another view of its access entries."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from infra.local.control import policies
from infra.local.control.control import Control
from infra.local.rest import datasets
from infra.local.rest.dataset_access import BASIC_ROLES, access_entries
from infra.local.rest.errors import RestError
from infra.local.rest.exchange import Request, Response
from infra.local.rest.shapes import check_shape

_ROLES = {basic: role for role, basic in BASIC_ROLES.items()}
_GROUPS = {"projectOwners": "projectOwner", "projectWriters": "projectEditor", "projectReaders": "projectViewer"}
_KINDS = {"projectOwner": "projectOwners", "projectEditor": "projectWriters", "projectViewer": "projectReaders"}


def get(control: Control, request: Request) -> Response:
    """POST /datasets/{dataset}:getIamPolicy."""
    dataset = datasets.require(control.service, request)
    return Response(_policy(control, datasets.resource(control.service, dataset)))


def put(control: Control, request: Request) -> Response:
    """POST /datasets/{dataset}:setIamPolicy; entries that are no members (views, routines) stay."""
    body = request.json()
    check_shape(body, {"policy": policies.POLICY, "updateMask": str}, "set_iam_policy_request")
    given = body.get("policy")
    if not isinstance(given, dict):
        raise RestError("invalid", "Missing argument: policy")
    with control.service.writing:
        dataset = datasets.require(control.service, request)
        current = datasets.resource(control.service, dataset)
        if given.get("etag") and given["etag"] != current["etag"]:
            raise RestError("aborted", "There were concurrent policy changes: read the policy again")
        bindings = policies.normalised(given.get("bindings") or [])
        policies.refuse_strangers(control, _policy(control, current)["bindings"], bindings)
        kept = [entry for entry in current["access"] if not entry.get("role")]
        for binding in bindings:
            condition = {"condition": binding["condition"]} if binding.get("condition") else {}
            kept += [{"role": binding["role"], **_entry(member), **condition} for member in binding["members"]]
        changed = replace(dataset, extra={**dataset.extra, "access": access_entries(kept)})
        written = control.service.engine.catalog.update_dataset(changed)
    return Response(_policy(control, datasets.resource(control.service, written)))


def _policy(control: Control, dataset: dict[str, Any]) -> dict[str, Any]:
    bindings = []
    for entry in dataset["access"]:
        if entry.get("role"):
            role = _ROLES.get(entry["role"], entry["role"])
            condition = {"condition": entry["condition"]} if entry.get("condition") else {}
            bindings.append({"role": role, "members": [_member(control, entry)], **condition})
    return {"version": 1, "etag": dataset["etag"], "bindings": policies.normalised(bindings)}


def _member(control: Control, entry: dict[str, Any]) -> str:
    if "userByEmail" in entry:
        email = str(entry["userByEmail"])
        return f"{'serviceAccount' if email.endswith('.gserviceaccount.com') else 'user'}:{email}"
    if "groupByEmail" in entry:
        return f"group:{entry['groupByEmail']}"
    if "domain" in entry:
        return f"domain:{entry['domain']}"
    group = str(entry.get("specialGroup", ""))
    return f"{_GROUPS[group]}:{control.project}" if group in _GROUPS else str(entry.get("iamMember") or group)


def _entry(member: str) -> dict[str, str]:
    kind = member.partition(":")[0]
    if kind in _KINDS:
        return {"specialGroup": _KINDS[kind]}
    return {"specialGroup": member} if member == "allAuthenticatedUsers" else {"iamMember": member}
