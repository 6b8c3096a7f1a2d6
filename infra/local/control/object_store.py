"""Cloud Storage objects with generations: what a write makes, what a delete leaves, which preconditions hold.

Every version is a document of its own; the live one has no timeDeleted. The bytes lie beside it under the same key.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from infra.local.control import buckets
from infra.local.control.control import Control
from infra.local.control.resources import etag_of, instant_of
from infra.local.engine.kept_documents import Documents
from infra.local.rest.errors import RestError
from infra.local.rest.exchange import whole_number
from infra.local.rest.shapes import Shape

KIND = "objects"
KEPT = ("contentType", "contentEncoding", "contentDisposition", "contentLanguage", "cacheControl", "metadata")
"""What a client may say about an object."""

DESCRIBED: Shape = {"name": str, **dict.fromkeys(KEPT, str), "metadata": {str: str}}


def versions(control: Control, bucket: str, name: str) -> list[dict[str, Any]]:
    """Every version of an object, oldest first."""
    return list(control.documents.all(KIND, f"{bucket}\n{name}\n").values())


def live(control: Control, bucket: str, name: str) -> dict[str, Any] | None:
    """The version that a plain read gives."""
    return next((one for one in versions(control, bucket, name) if "timeDeleted" not in one), None)


def require(control: Control, bucket: str, name: str, generation: str | None = None) -> dict[str, Any]:
    """The live version, or the one of that generation. Raises RestError notFound."""
    buckets.require(control, bucket)
    if generation is None:
        found = live(control, bucket, name)
    else:
        found = next((one for one in versions(control, bucket, name) if one["generation"] == generation), None)
    if found is None:
        raise RestError("notFound", f"No such object: {bucket}/{name}")
    return found


def content(control: Control, version: dict[str, Any]) -> bytes:
    """A version's bytes."""
    found = control.documents.content(_key(version))
    if found is None:
        raise RestError("notFound", f"No such object: {version['bucket']}/{version['name']}")
    return found


def live_bytes(documents: Documents, bucket: str, name: str) -> bytes | None:
    """The bytes of an object as they lie in the warehouse file, without a server; None when there is no such object."""
    found = documents.all(KIND, f"{bucket}\n{name}\n").values()
    current = next((one for one in found if "timeDeleted" not in one), None)
    return documents.content(_key(current)) if current is not None else None


def write(
    control: Control, bucket: str, name: str, data: bytes, described: Mapping[str, Any], conditions: Mapping[str, str]
) -> dict[str, Any]:
    """Make a new live version under the caller's preconditions; returns it.

    Check and write are one step: of two writers with ifGenerationMatch=0 one gets 412, as Terraform's lock needs.
    """
    if not name or "\n" in name or "\r" in name or len(name.encode()) > 1024:
        raise RestError("invalid", f"Invalid object name: {name!r}")
    holder = buckets.require(control, bucket)
    with control.documents.together():
        current = live(control, bucket, name)
        check_conditions(current, conditions)
        if current is not None:
            _retire(control, holder, current)
        made = _new(control, bucket, name, data, described)
        control.documents.put(KIND, _key(made), made)
        control.documents.put_content(_key(made), data)
        _forget_old(control, holder, name)
    return made


def delete(control: Control, bucket: str, name: str, generation: str | None, conditions: Mapping[str, str]) -> None:
    """Delete the live version, which a versioned bucket keeps as a noncurrent one; or one generation for good."""
    with control.documents.together():
        current = require(control, bucket, name, generation)
        check_conditions(current, conditions)
        holder = buckets.require(control, bucket)
        if generation is None:
            _retire(control, holder, current)
            _forget_old(control, holder, name)
        else:
            _check_retention(control, holder, current)
            _erase(control, current)


def describe(control: Control, version: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Keep a version's changed description, under the next metageneration."""
    count = int(version["metageneration"]) + 1
    kept = {name: value for name, value in {**version, **changes}.items() if value is not None}
    changed = {**kept, "metageneration": str(count), "updated": control.now()}
    changed["etag"] = etag_of(changed)
    control.documents.put(KIND, _key(version), changed)
    return changed


def check_conditions(current: dict[str, Any] | None, conditions: Mapping[str, str]) -> None:
    """Compare the if...Match parameters with an object; generation 0 means that there is none.

    Raises RestError conditionNotMet.
    """
    for field in ("generation", "metageneration"):
        here = int(current[field]) if current else 0
        wanted = whole_number(conditions.get(f"if{field.title()}Match"), f"if{field.title()}Match")
        unwanted = whole_number(conditions.get(f"if{field.title()}NotMatch"), f"if{field.title()}NotMatch")
        if (wanted is not None and wanted != here) or (unwanted is not None and unwanted == here):
            raise RestError("conditionNotMet", "At least one of the pre-conditions you specified did not hold.")


def _new(control: Control, bucket: str, name: str, data: bytes, described: Mapping[str, Any]) -> dict[str, Any]:
    made = {field: described[field] for field in KEPT if described.get(field)}
    made.setdefault("contentType", "application/octet-stream")
    generation = _generation(control)
    base = f"{control.service.url}/storage/v1/b/{bucket}/o"
    made |= {
        "kind": "storage#object",
        "id": f"{bucket}/{name}/{generation}",
        "selfLink": f"{base}/{name}",
        "bucket": bucket,
        "name": name,
        "generation": generation,
        "metageneration": "1",
        "size": str(len(data)),
        "md5Hash": base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode(),
        "storageClass": "STANDARD",
        "timeCreated": control.now(),
        "updated": control.now(),
    }
    return {**made, "etag": etag_of(made)}


def _generation(control: Control) -> str:
    """A number greater than every earlier one: microseconds since the epoch, as Google's look."""
    return str(control.next_number("generations", least=int(control.clock().timestamp() * 1_000_000)))


def _retire(control: Control, bucket: dict[str, Any], version: dict[str, Any]) -> None:
    _check_retention(control, bucket, version)
    if (bucket.get("versioning") or {}).get("enabled"):
        control.documents.put(KIND, _key(version), {**version, "timeDeleted": control.now()})
    else:
        _erase(control, version)


def _check_retention(control: Control, bucket: dict[str, Any], version: dict[str, Any]) -> None:
    seconds = int((bucket.get("retentionPolicy") or {}).get("retentionPeriod") or 0)
    until = instant_of(version["timeCreated"], "timeCreated") + timedelta(seconds=seconds)
    if seconds and control.clock() < until:
        what = f"{version['bucket']}/{version['name']}"
        raise RestError(
            "accessDenied",
            f"Object '{what}' is subject to bucket's retention policy or object retention and cannot be deleted or "
            f"overwritten until {until.isoformat()}",
        )


def _forget_old(control: Control, bucket: dict[str, Any], name: str) -> None:
    """Obey the bucket's lifecycle rules, which Google does within a day, for the versions of one object."""
    found = versions(control, str(bucket["name"]), name)
    for newer, version in enumerate(reversed(found)):
        if "timeDeleted" in version and buckets.outlived(bucket, version, newer, control.clock()):
            _erase(control, version)


def _erase(control: Control, version: dict[str, Any]) -> None:
    control.documents.delete(KIND, _key(version))
    control.documents.delete_content(_key(version))


def _key(version: dict[str, Any]) -> str:
    return f"{version['bucket']}\n{version['name']}\n{int(version['generation']):020d}"
