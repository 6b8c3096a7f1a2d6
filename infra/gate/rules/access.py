"""Nobody outside gets in, and nobody inside gets everything: no wildcard member, primitive role or public access."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.gate.verdicts import Context, Finding, finding
from infra.plan.model import Plan
from infra.plan.values import Mark, blocks

NAME = "access"
_PUBLIC = ("allusers", "allauthenticatedusers")
_PRIMITIVE = frozenset({"roles/owner", "roles/editor", "roles/viewer", "owner", "editor", "viewer"})
_ADMIN = frozenset({"roles/bigquery.admin", "roles/iam.securityAdmin", "roles/resourcemanager.projectIamAdmin"})
_MEMBERS = ("user:", "group:", "serviceaccount:", "principal:")


def judge(plan: Plan, context: Context) -> Iterator[Finding]:
    """Objections to grants; an unchanged one is judged too, because it is wrong today already."""
    for one in plan.resources:
        for reason in _reasons(one.type, one.after or {}):
            yield finding(NAME, one, reason, "name one account and the narrowest predefined role that suffices")


def _reasons(kind: str, after: Mapping[str, Any]) -> Iterator[str]:
    if kind.endswith("_iam_member"):
        yield from _grant(after.get("member"), after.get("role"))
    if kind == "google_bigquery_dataset":
        for entry in blocks(after.get("access")):
            yield from _entry(entry)
    if kind == "google_storage_bucket" and after.get("public_access_prevention") != "enforced":
        yield "public_access_prevention is not enforced"


def _grant(member: Any, role: Any) -> Iterator[str]:
    if isinstance(member, Mark) or not isinstance(member, str):
        yield "its member is not known before the apply: write the e-mail from the settings"
    elif member.lower().partition(":")[0] in _PUBLIC:
        yield f"{member} is the whole world"
    elif not member.lower().startswith(_MEMBERS):
        yield f"{member} is not one account or group"
    if isinstance(role, Mark) or not isinstance(role, str):
        yield "its role is not known before the apply"
    elif role in _PRIMITIVE:
        yield f"{role} is a primitive role: it reaches everything in the project"
    elif role in _ADMIN:
        yield f"{role} lets its holder grant himself the rest"


def _entry(entry: Mapping[str, Any]) -> Iterator[str]:
    everyone = [str(entry.get(key) or "") for key in ("special_group", "iam_member")]
    for who in everyone:
        if who.lower().partition(":")[0] in _PUBLIC:
            yield f"the dataset's access list names {who}, the whole world"
    if entry.get("domain"):
        yield f"the dataset's access list names the whole domain {entry['domain']}"
    role = str(entry.get("role") or "")
    if role in _PRIMITIVE or role in _ADMIN:
        yield f"the dataset's access list grants {role}"
