"""IAM policies of projects, topics, service accounts, buckets and datasets: read, modify and write under an etag."""

from __future__ import annotations

import base64
from typing import Any

from infra.local.control.control import Control
from infra.local.rest.dataset_access import is_missing
from infra.local.rest.errors import RestError
from infra.local.rest.shapes import check_shape

KIND = "policies"
_CONDITION = {"expression": str, "title": str, "description": str, "location": str}
POLICY = {
    "version": int,
    "etag": str,
    "bindings": [{"role": str, "members": [str], "condition": _CONDITION}],
    "auditConfigs": list,
    "kind": str,
    "resourceId": str,
}
_EMPTY = base64.b64encode(b"\x00\x20\x01").decode()
"""Google's etag of a policy that was never set: ACAB."""

_MEMBERS: tuple[str, ...] = (
    "user:",
    "serviceAccount:",
    "group:",
    "domain:",
    "deleted:",
    "projectOwner:",
    "projectEditor:",
)
_MEMBERS += ("projectViewer:", "principal://", "principalSet://")


def read(control: Control, resource: str) -> dict[str, Any]:
    """The policy of a resource such as "projects/p"; an empty one when none was set."""
    return control.documents.get(KIND, resource) or {"version": 1, "etag": _EMPTY}


def write(control: Control, resource: str, given: dict[str, Any], *, refusal: str = "aborted") -> dict[str, Any]:
    """Replace a policy; an etag that is given must be the current one, an empty one overwrites.

    Raises RestError with the reason `refusal` (409 by default, Cloud Storage says 412) for a stale etag.
    """
    check_shape(given, POLICY, "policy")
    with control.documents.together():
        current = read(control, resource)
        if given.get("etag") and given["etag"] != current["etag"]:
            raise RestError(
                refusal,
                "There were concurrent policy changes. Please retry the whole read-modify-write with exponential "
                f"backoff. The request's ETag '{given['etag']}' did not match the current policy's ETag "
                f"'{current['etag']}'.",
            )
        bindings = normalised(given.get("bindings") or [])
        refuse_strangers(control, current.get("bindings") or [], bindings)
        count = control.next_number("policy")
        policy = {
            "version": int(given.get("version") or 1),
            "etag": base64.b64encode(b"\x07\x06" + count.to_bytes(8, "big")).decode(),
            "bindings": bindings,
        }
        if given.get("auditConfigs"):
            policy["auditConfigs"] = given["auditConfigs"]
        control.documents.put(KIND, resource, policy)
    return policy


def refuse_strangers(control: Control, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    """A new member that is a service account of this project has to exist. Raises RestError."""
    known = {member for binding in before for member in binding["members"]}
    for member in sorted({member for binding in after for member in binding["members"]} - known):
        kind, _, email = member.partition(":")
        if kind == "serviceAccount" and is_missing(control.service, email):
            raise RestError("invalid", f"Service account {email} does not exist.")


def normalised(bindings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One binding per role and condition, members once and in order; empty ones are dropped. Raises RestError."""
    joined: dict[str, dict[str, Any]] = {}
    for binding in bindings:
        role, members = str(binding.get("role") or ""), binding.get("members") or []
        if not role.startswith(("roles/", "projects/", "organizations/")):
            raise RestError("invalid", f"Role {role} is not supported for this resource.")
        for member in members:
            if member not in ("allUsers", "allAuthenticatedUsers") and not member.startswith(_MEMBERS):
                raise RestError("invalid", f"Invalid member: {member} has no valid type prefix")
        condition = binding.get("condition")
        kept = joined.setdefault(f"{role}\n{condition or ''}", {"role": role, "members": []})
        kept["members"] = sorted({*kept["members"], *members})
        if condition:
            kept["condition"] = condition
    return [joined[key] for key in sorted(joined) if joined[key]["members"]]
