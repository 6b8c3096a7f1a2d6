"""Cloud Storage buckets: their settings are kept; versioning, retention and the newest-versions rule are obeyed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from infra.endpoints import LOCAL_PROJECT_NUMBER, LOCAL_STATE_BUCKET
from infra.local.control.control import Control
from infra.local.control.resources import etag_of, instant_of, merged, paged
from infra.local.rest.errors import RestError
from infra.local.rest.exchange import Request, Response
from infra.local.rest.shapes import Shape, check_shape

KIND = "buckets"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_CONDITION: Shape = {"age": int, "isLive": bool, "numNewerVersions": int, "daysSinceNoncurrentTime": int}
_CONDITION |= {"createdBefore": str, "customTimeBefore": str, "noncurrentTimeBefore": str, "daysSinceCustomTime": int}
_CONDITION |= {"matchesStorageClass": [str], "matchesPrefix": [str], "matchesSuffix": [str]}
_SETTINGS: Shape = {
    "name": str,
    "location": str,
    "storageClass": str,
    "labels": {str: str},
    "versioning": {"enabled": bool},
    "lifecycle": {"rule": [{"action": {"type": str, "storageClass": str}, "condition": _CONDITION}]},
    "retentionPolicy": {"retentionPeriod": int, "effectiveTime": str, "isLocked": bool},
    "softDeletePolicy": {"retentionDurationSeconds": int, "effectiveTime": str},
    "iamConfiguration": dict,
    "defaultEventBasedHold": bool,
    "rpo": str,
    **dict.fromkeys(("encryption", "logging", "website", "billing", "autoclass", "hierarchicalNamespace"), dict),
    **dict.fromkeys(("customPlacementConfig", "ipFilter"), dict),
    **dict.fromkeys(("cors", "acl", "defaultObjectAcl"), list),
}
_OUTPUT_ONLY = {"projectNumber": int, "metageneration": int, "generation": int, "owner": dict, "satisfiesPZS": bool}
_OUTPUT_ONLY |= dict.fromkeys(("kind", "id", "selfLink", "timeCreated", "updated", "etag", "locationType"), str)
_BUCKET: Shape = {**_SETTINGS, **_OUTPUT_ONLY}
_NEWEST_STATE_VERSIONS = 50


def insert(control: Control, request: Request) -> Response:
    """POST /b?project=: a new bucket."""
    control.check_project(request.query.get("project") or control.project)
    given = request.json()
    check_shape(given, _BUCKET, "bucket")
    name = str(given.get("name") or "")
    if not _NAME.fullmatch(name) or ".." in name or name.startswith("goog"):
        raise RestError("invalid", f"Invalid bucket name: '{name}'")
    if find(control, name) is not None:
        raise RestError(
            "conflict", "Your previous request to create the named bucket succeeded and you already own it."
        )
    settings = {field: value for field, value in given.items() if field in _SETTINGS and value is not None}
    return _answer(_kept(control, name, {**_defaults(control), **settings, "timeCreated": control.now()}))


def get(control: Control, request: Request) -> Response:
    """GET /b/{bucket}."""
    return _answer(require(control, request.path["bucket"]))


def list_all(control: Control, request: Request) -> Response:
    """GET /b?project=, by name, also by prefix."""
    control.check_project(request.query.get("project") or control.project)
    prefix = request.query.get("prefix", "")
    found = {LOCAL_STATE_BUCKET: require(control, LOCAL_STATE_BUCKET), **control.documents.all(KIND)}
    chosen = {name: body for name, body in found.items() if name.startswith(prefix)}
    return Response({"kind": "storage#buckets", **paged(chosen, request, "items", size="maxResults", default=1000)})


def update(control: Control, request: Request) -> Response:
    """PATCH merges; PUT replaces every setting but name and location, which no request can change."""
    given = request.json()
    check_shape(given, _BUCKET, "bucket")
    name = request.path["bucket"]
    with control.documents.lock:
        current = require(control, name)
        _check_metageneration(request, current)
        changes = {field: value for field, value in given.items() if field in _SETTINGS}
        for fixed in ("name", "location"):
            if str(changes.pop(fixed, current[fixed])).upper() != current[fixed].upper():
                raise RestError("invalid", f"The {fixed} of a bucket cannot be changed", fixed)
        if (current.get("retentionPolicy") or {}).get("isLocked") and "retentionPolicy" in changes:
            raise RestError("accessDenied", f"Bucket '{name}' has a locked retention policy, which cannot be changed.")
        if request.method == "PUT":
            kept = ("name", "location", "timeCreated", "metageneration")
            current = {**_defaults(control), **{field: current[field] for field in kept}}
        return _answer(_kept(control, name, merged(current, changes)))


def delete(control: Control, request: Request) -> Response:
    """DELETE /b/{bucket}: an empty one."""
    name = request.path["bucket"]
    with control.documents.together():
        _check_metageneration(request, require(control, name))
        if control.documents.all("objects", f"{name}\n"):
            raise RestError("conflict", "The bucket you tried to delete is not empty.")
        if name == LOCAL_STATE_BUCKET:
            raise RestError("conflict", "The bucket of Terraform's state belongs to the local cloud itself.")
        control.documents.delete(KIND, name)
        control.documents.delete("policies", f"buckets/{name}")
    return Response(None, 204)


def find(control: Control, name: str) -> dict[str, Any] | None:
    """The bucket of that name; Terraform's state bucket is there before anybody made it."""
    found = control.documents.get(KIND, name)
    if found is None and name == LOCAL_STATE_BUCKET:
        return _shown(name, {**_state_settings(control), "metageneration": "1"})
    return found


def require(control: Control, name: str) -> dict[str, Any]:
    """The bucket of that name. Raises RestError notFound."""
    found = find(control, name)
    if found is None:
        raise RestError("notFound", "The specified bucket does not exist.")
    return found


def outlived(bucket: dict[str, Any], version: dict[str, Any], newer: int, now: datetime) -> bool:
    """Whether a lifecycle rule deletes a noncurrent version that has so many newer ones.

    Rules with any other condition than these are kept and not acted upon.
    """
    age = now - instant_of(version["timeDeleted"], "timeDeleted")
    for rule in (bucket.get("lifecycle") or {}).get("rule") or []:
        condition = dict(rule.get("condition") or {})
        is_live = condition.pop("isLive", False)
        most, days = condition.pop("numNewerVersions", None), condition.pop("daysSinceNoncurrentTime", None)
        is_known = not any(condition.values()) and (rule.get("action") or {}).get("type") == "Delete" and not is_live
        is_limited = most is not None or days is not None
        if is_known and is_limited and newer >= int(most or 0) and age >= timedelta(days=int(days or 0)):
            return True
    return False


def _kept(control: Control, name: str, body: dict[str, Any]) -> dict[str, Any]:
    generation = int(body.get("metageneration") or 0) + 1
    shown = _shown(name, {**body, "metageneration": str(generation), "updated": control.now()})
    control.documents.put(KIND, name, shown)
    return shown


def _shown(name: str, body: dict[str, Any]) -> dict[str, Any]:
    retention = body.get("retentionPolicy")
    if retention:
        body = {**body, "retentionPolicy": {"effectiveTime": body.get("updated"), "isLocked": False, **retention}}
    shown = {
        **body,
        "kind": "storage#bucket",
        "id": name,
        "name": name,
        "selfLink": f"https://www.googleapis.com/storage/v1/b/{name}",
        "projectNumber": LOCAL_PROJECT_NUMBER,
        "location": str(body["location"]).upper(),
        "locationType": "multi-region" if len(str(body["location"])) <= 4 else "region",
    }
    return {**shown, "etag": etag_of(shown)}


def _defaults(control: Control) -> dict[str, Any]:
    uniform = {"uniformBucketLevelAccess": {"enabled": False}, "publicAccessPrevention": "inherited"}
    return {
        "location": control.service.location,
        "storageClass": "STANDARD",
        "iamConfiguration": uniform,
        "softDeletePolicy": {"retentionDurationSeconds": "604800"},
    }


def _state_settings(control: Control) -> dict[str, Any]:
    rule = {"action": {"type": "Delete"}, "condition": {"numNewerVersions": _NEWEST_STATE_VERSIONS, "isLive": False}}
    return {
        **_defaults(control),
        "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}, "publicAccessPrevention": "enforced"},
        "versioning": {"enabled": True},
        "lifecycle": {"rule": [rule]},
        "timeCreated": "2026-01-01T00:00:00Z",
        "updated": "2026-01-01T00:00:00Z",
    }


def _check_metageneration(request: Request, bucket: dict[str, Any]) -> None:
    wanted = request.query.get("ifMetagenerationMatch")
    if wanted is not None and wanted != bucket["metageneration"]:
        raise RestError("conditionNotMet", "At least one of the pre-conditions you specified did not hold.")


def _answer(bucket: dict[str, Any]) -> Response:
    return Response(bucket, headers={"ETag": bucket["etag"]})
