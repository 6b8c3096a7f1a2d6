"""Who may do what with a dataset: its access entries, written as BigQuery writes them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from infra.local.rest.errors import RestError, check_fields
from infra.local.rest.service import Service

BASIC_ROLES = {
    "roles/bigquery.dataViewer": "READER",
    "roles/bigquery.dataEditor": "WRITER",
    "roles/bigquery.dataOwner": "OWNER",
}
"""BigQuery answers with the older name of these."""

_HOLDERS = ("userByEmail", "groupByEmail", "domain", "specialGroup", "iamMember")
_SHARED = ("view", "routine", "dataset")
_FIELDS = frozenset({"role", "condition", *_HOLDERS, *_SHARED})
_FIELD_OF_KIND = {
    "user": "userByEmail",
    "serviceAccount": "userByEmail",
    "group": "groupByEmail",
    "domain": "domain",
}
ENTRY = {
    **dict.fromkeys(("role", *_HOLDERS), str),
    **dict.fromkeys(("condition", *_SHARED), dict),
}
"""The shape of an entry."""

_GROUPS = ("projectOwners", "projectWriters", "projectReaders", "allAuthenticatedUsers")


def is_missing(service: Service, email: str) -> bool:
    """Whether this is a service account of the project that does not exist; those of others cannot be looked up."""
    is_ours = email.endswith(f"@{service.project}.iam.gserviceaccount.com")
    return is_ours and service.engine.documents.get("serviceAccounts", email) is None


def check_access(service: Service, before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> None:
    """Refuse a new entry for a service account of this project that does not exist. Raises RestError."""
    known = {entry.get("userByEmail") for entry in before}
    for entry in after:
        email = str(entry.get("userByEmail") or "")
        if email not in known and is_missing(service, email):
            raise RestError("invalid", f"IAM setPolicy failed: Service account {email} does not exist.", "access")


def access_entries(given: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries once each, in the order given, with basic roles. Raises RestError for one that says nothing."""
    entries: list[dict[str, Any]] = []
    for entry in given:
        check_fields(entry, _FIELDS, "dataset.access")
        named = [name for name in (*_HOLDERS, *_SHARED) if entry.get(name)]
        if len(named) != 1:
            raise RestError(
                "invalid", f"An access entry names exactly one of {', '.join(_HOLDERS + _SHARED)}", "access"
            )
        if named[0] in _HOLDERS and not entry.get("role"):
            raise RestError("required", "Required parameter is missing: access.role", "access")
        if entry.get("specialGroup") and entry["specialGroup"] not in _GROUPS:
            raise RestError("invalid", f"Invalid value for specialGroup: {entry['specialGroup']}", "access")
        kept = _named({name: value for name, value in entry.items() if value})
        if "role" in kept:
            kept["role"] = BASIC_ROLES.get(str(kept["role"]), kept["role"])
        if kept not in entries:
            entries.append(kept)
    return entries


def _named(entry: dict[str, Any]) -> dict[str, Any]:
    """A person, account, group or domain under the field of its own kind, however it was given."""
    kind, _, name = str(entry.get("iamMember", "")).partition(":")
    field = _FIELD_OF_KIND.get(kind)
    if field is None or not name:
        return entry
    return {**{key: value for key, value in entry.items() if key != "iamMember"}, field: name}
