"""Service accounts, and the getIamPolicy and setIamPolicy of every kind of resource that has a policy here."""

from __future__ import annotations

import re
from typing import Any

from infra.endpoints import LOCAL_PROJECT_NUMBER
from infra.local.control import buckets, policies
from infra.local.control.control import Control
from infra.local.control.resources import etag_of, mask_of, masked, paged
from infra.local.rest.errors import RestError
from infra.local.rest.exchange import Request, Response
from infra.local.rest.shapes import Shape, check_shape

KIND = "serviceAccounts"
_ID = re.compile(r"[a-z](?:[-a-z0-9]{4,28}[a-z0-9])")
_CHANGEABLE = ("displayName", "description")
_TEXTS = (*_CHANGEABLE, "name", "projectId", "uniqueId", "email", "etag", "oauth2ClientId")
_ACCOUNT: Shape = {**dict.fromkeys(_TEXTS, str), "disabled": bool}


def create_account(control: Control, request: Request) -> Response:
    """POST /projects/{project}/serviceAccounts."""
    project = control.check_project(request.path["project"])
    given = request.json()
    check_shape(given, {"accountId": str, "serviceAccount": _ACCOUNT}, "create_service_account_request")
    described = given.get("serviceAccount") or {}
    account_id = str(given.get("accountId") or "")
    if not _ID.fullmatch(account_id):
        raise RestError("invalid", f"Invalid service account id {account_id!r}: 6 to 30 of a-z, 0-9 and dashes")
    email = f"{account_id}@{project}.iam.gserviceaccount.com"
    with control.documents.together():
        if control.documents.get(KIND, email) is not None:
            raise RestError(
                "duplicate", f"Service account {account_id} already exists within project projects/{project}."
            )
        body = {field: described[field] for field in _CHANGEABLE if described.get(field)}
        number = str(100_000_000_000_000_000_000 + control.next_number(KIND))
        body |= {"name": f"projects/{project}/serviceAccounts/{email}", "projectId": project, "uniqueId": number}
        body |= {"email": email, "oauth2ClientId": number}
        return Response(_kept(control, email, body))


def get_account(control: Control, request: Request) -> Response:
    """GET /projects/{project}/serviceAccounts/{account}, by e-mail or unique id; the project may be "-"."""
    return Response(_require(control, request))


def list_accounts(control: Control, request: Request) -> Response:
    """GET /projects/{project}/serviceAccounts."""
    control.check_project(request.path["project"])
    return Response(paged(control.documents.all(KIND), request, "accounts", default=20))


def update_account(control: Control, request: Request) -> Response:
    """PATCH {serviceAccount, updateMask}, or PUT a whole account: display name and description change."""
    given = request.json()
    if request.method == "PATCH":
        check_shape(given, {"serviceAccount": _ACCOUNT, "updateMask": str}, "patch_service_account_request")
    else:
        check_shape(given, _ACCOUNT, "service_account")
    described = given.get("serviceAccount") or {} if request.method == "PATCH" else given
    with control.documents.lock:
        current = _require(control, request)
        if described.get("etag") and described["etag"] != current["etag"]:
            raise RestError("aborted", "There were concurrent changes to the service account: read it again")
        paths = mask_of(given.get("updateMask"), _CHANGEABLE) if request.method == "PATCH" else None
        changed = masked(current, described, paths or [field for field in _CHANGEABLE if field in described])
        return Response(_kept(control, current["email"], changed))


def switch_account(control: Control, request: Request) -> Response:
    """POST ...:enable and ...:disable."""
    current = _require(control, request)
    _kept(control, current["email"], {**current, "disabled": request.url_path.endswith(":disable")})
    return Response({})


def delete_account(control: Control, request: Request) -> Response:
    """DELETE /projects/{project}/serviceAccounts/{account}."""
    with control.documents.together():
        email = _require(control, request)["email"]
        control.documents.delete(KIND, email)
        control.documents.delete(policies.KIND, f"serviceAccounts/{email}")
    return Response({})


def get_policy(control: Control, request: Request) -> Response:
    """GET or POST ...:getIamPolicy, and a bucket's /iam."""
    resource = _resource(control, request)
    return Response({**policies.read(control, resource), **_storage(resource)})


def set_policy(control: Control, request: Request) -> Response:
    """POST ...:setIamPolicy {policy, updateMask}, and PUT of a bucket's /iam, which is the policy itself."""
    resource = _resource(control, request)
    given = request.json()
    if request.path.get("bucket"):
        written = policies.write(control, resource, given, refusal="conditionNotMet")
        return Response({**written, **_storage(resource)})
    check_shape(given, {"policy": policies.POLICY, "updateMask": str}, "set_iam_policy_request")
    policy = given.get("policy")
    if not isinstance(policy, dict):
        raise RestError("invalid", "Missing argument: policy")
    return Response(policies.write(control, resource, policy))


def test_permissions(control: Control, request: Request) -> Response:
    """POST ...:testIamPermissions: whoever asks the local cloud may do everything."""
    _resource(control, request)
    asked = request.json().get("permissions") or request.values("permissions")
    return Response({"permissions": asked} if asked else {})


def get_project(control: Control, request: Request) -> Response:
    """GET /projects/{project}: the one project of this server."""
    project = control.check_project(request.path["project"])
    body = {"projectNumber": LOCAL_PROJECT_NUMBER, "projectId": project, "name": project, "lifecycleState": "ACTIVE"}
    return Response({**body, "createTime": "2026-01-01T00:00:00Z", "labels": {}})


def _resource(control: Control, request: Request) -> str:
    """The name under which a resource's policy is kept. Raises RestError when there is no such resource."""
    path = request.path
    if "bucket" in path:
        buckets.require(control, path["bucket"])
        return f"buckets/{path['bucket']}"
    project = control.check_project(path["project"])
    if "topic" in path:
        control.require(
            "topics", f"projects/{project}/topics/{path['topic']}", f"Resource not found ({path['topic']})."
        )
        return f"topics/{path['topic']}"
    if "account" in path:
        return f"serviceAccounts/{_require(control, request)['email']}"
    return f"projects/{project}"


def _storage(resource: str) -> dict[str, Any]:
    if not resource.startswith("buckets/"):
        return {}
    return {"kind": "storage#policy", "resourceId": f"projects/_/{resource}"}


def _require(control: Control, request: Request) -> dict[str, Any]:
    control.check_project(request.path["project"])
    account = request.path["account"]
    found = control.documents.get(KIND, account)
    if found is None:
        every = control.documents.all(KIND).values()
        found = next((one for one in every if one["uniqueId"] == account), None)
    if found is None:
        raise RestError("notFound", f"Unknown service account: {account}")
    return found


def _kept(control: Control, email: str, body: dict[str, Any]) -> dict[str, Any]:
    body = {**body, "etag": etag_of(body)}
    control.documents.put(KIND, email, body)
    return body
