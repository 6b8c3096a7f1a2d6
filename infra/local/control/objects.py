"""Cloud Storage's object requests: JSON API, uploads of all three kinds, and the XML-style read path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Any

from infra.local.control import buckets, object_store
from infra.local.control.control import Control
from infra.local.control.resources import instant_of, paged
from infra.local.rest.errors import RestError, not_supported
from infra.local.rest.exchange import Request, Response
from infra.local.rest.shapes import check_shape
from infra.local.rest.upload import split_multipart

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")
_NO_KEY = (
    "<?xml version='1.0' encoding='UTF-8'?><Error><Code>NoSuchKey</Code>"
    "<Message>The specified key does not exist.</Message></Error>"
)


def list_all(control: Control, request: Request) -> Response:
    """GET /b/{bucket}/o: by name, by prefix and delimiter, with all versions when asked."""
    bucket, query = request.path["bucket"], request.query
    buckets.require(control, bucket)
    for unknown in ("matchGlob", "softDeleted"):
        if query.get(unknown) not in (None, "", "false"):
            raise not_supported(f"objects.list with {unknown}", unknown)
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    shown, prefixes = {}, set()
    for key, one in control.documents.all(object_store.KIND, f"{bucket}\n{prefix}").items():
        name = one["name"]
        if "timeDeleted" in one and query.get("versions") != "true":
            continue
        if name < query.get("startOffset", "") or (query.get("endOffset") and name >= query["endOffset"]):
            continue
        head, cut, _ = name[len(prefix) :].partition(delimiter) if delimiter else (name, "", "")
        if cut:
            prefixes.add(prefix + head + cut)
        else:
            shown[key] = one
    body = {"kind": "storage#objects", **paged(shown, request, "items", size="maxResults", default=1000)}
    is_first = prefixes and not query.get("pageToken")
    return Response({**body, **({"prefixes": sorted(prefixes)} if is_first else {})})


def get(control: Control, request: Request) -> Response:
    """GET /b/{bucket}/o/{object}: its description, or with alt=media its bytes."""
    found = object_store.require(control, *_place(request), request.query.get("generation"))
    object_store.check_conditions(found, request.query)
    if request.query.get("alt") == "media":
        return _media(control, request, found)
    return _answer(found)


def update(control: Control, request: Request) -> Response:
    """PATCH or PUT /b/{bucket}/o/{object}: what a client may say about it."""
    given = request.json()
    check_shape(given, object_store.DESCRIBED, "object", closed=False)
    with control.documents.lock:
        found = object_store.require(control, *_place(request), request.query.get("generation"))
        object_store.check_conditions(found, request.query)
        changes = {field: given[field] for field in object_store.KEPT if field in given}
        return _answer(object_store.describe(control, found, changes))


def delete(control: Control, request: Request) -> Response:
    """DELETE /b/{bucket}/o/{object}."""
    object_store.delete(control, *_place(request), request.query.get("generation"), request.query)
    return Response(None, 204)


def other(control: Control, request: Request) -> Response:
    """POST /b/{bucket}/o/{object}/...: copying and composing are not done here."""
    raise not_supported(f"Cloud Storage {request.method} {request.url_path}")


def upload(control: Control, request: Request) -> Response:
    """POST /upload/...: the whole of a media or multipart upload, or the beginning of a resumable one."""
    bucket, query = request.path["bucket"], request.query
    kind = query.get("uploadType", "")
    buckets.require(control, bucket)
    if kind == "media":
        described = {"contentType": request.headers.get("content-type")}
        return _answer(object_store.write(control, bucket, query.get("name", ""), request.body, described, query))
    if kind == "multipart":
        described, data = split_multipart(request.headers.get("content-type", ""), request.body)
        check_shape(described, object_store.DESCRIBED, "object", closed=False)
        name = query.get("name") or str(described.get("name") or "")
        return _answer(object_store.write(control, bucket, name, data, described, query))
    if kind != "resumable":
        raise not_supported(f"uploadType={kind or 'none'}", "uploadType")
    described = request.json()
    check_shape(described, object_store.DESCRIBED, "object", closed=False)
    described.setdefault("contentType", request.headers.get("x-upload-content-type"))
    name = query.get("name") or str(described.get("name") or "")
    wanted = {"bucket": bucket, "name": name, "described": described, "conditions": dict(query)}
    upload_id = control.service.uploads.begin(wanted)
    address = f"{control.service.url}{request.url_path}?uploadType=resumable&upload_id={upload_id}"
    return Response(None, headers={"Location": address, "X-GUploader-UploadID": upload_id})


def resume(control: Control, request: Request) -> Response:
    """PUT /upload/...: the next chunk, or all of it without a Content-Range; 308 asks for more."""
    upload_id = request.query.get("upload_id", "")
    pending = control.service.uploads.get(upload_id)
    written = request.headers.get("content-range")
    found = _CONTENT_RANGE.fullmatch(written or f"bytes 0-0/{len(request.body)}")
    if found is None:
        raise RestError("invalid", f"Invalid Content-Range: {written}", "Content-Range")
    if written is None or found.group(1) is not None:
        first = int(found.group(1)) if written else 0
        if first != pending.size:
            raise RestError("invalid", f"The chunk starts at byte {first}, expected {pending.size}")
        pending.append(request.body)
    if found.group(3) == "*" or pending.size < int(found.group(3)):
        arrived = {"Range": f"bytes=0-{pending.size - 1}"} if pending.size else {}
        return Response(None, 308, arrived)
    control.service.uploads.end(upload_id)
    wanted = pending.metadata
    with pending.whole() as data:
        whole = data.read()
    made = object_store.write(
        control, wanted["bucket"], wanted["name"], whole, wanted["described"], wanted["conditions"]
    )
    return _answer(made)


def cancel(control: Control, request: Request) -> Response:
    """DELETE /upload/...?upload_id=: a resumable upload that will not go on."""
    control.service.uploads.give_up(request.query.get("upload_id", ""))
    return Response(None, 499)


def read(control: Control, request: Request) -> Response | None:
    """GET or HEAD /{bucket}/{object}, as the XML API reads; None when there is no such bucket."""
    if buckets.find(control, request.path["bucket"]) is None:
        return None
    try:
        found = object_store.require(control, *_place(request), request.query.get("generation"))
    except RestError:
        return Response(None, 404, content=_NO_KEY.encode(), content_type="application/xml; charset=UTF-8")
    object_store.check_conditions(found, _header_conditions(request.headers))
    return _media(control, request, found)


def _place(request: Request) -> tuple[str, str]:
    return request.path["bucket"], request.path["object"]


def _header_conditions(headers: Mapping[str, str]) -> dict[str, str]:
    fields = ("generation", "metageneration")
    return {f"if{field.title()}Match": headers.get(f"x-goog-if-{field}-match", "") for field in fields}


def _media(control: Control, request: Request, version: dict[str, Any]) -> Response:
    data = object_store.content(control, version)
    headers = {
        "X-Goog-Generation": version["generation"],
        "X-Goog-Metageneration": version["metageneration"],
        "X-Goog-Hash": f"md5={version['md5Hash']}",
        "X-Goog-Stored-Content-Length": version["size"],
        "X-Goog-Stored-Content-Encoding": version.get("contentEncoding") or "identity",
        "X-Goog-Storage-Class": version["storageClass"],
        "Last-Modified": format_datetime(instant_of(version["updated"], "updated"), usegmt=True),
        "ETag": f'"{version["etag"]}"',
    }
    code = 200
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if asked and asked.group(0) not in ("bytes=-", "bytes=0-"):
        first, last = _span(asked.group(1), asked.group(2), len(data))
        headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
        data, code = data[first : last + 1], 206
    return Response(None, code, headers, content=data, content_type=version["contentType"])


def _span(first: str, last: str, size: int) -> tuple[int, int]:
    """The bytes that a Range header asks for."""
    if not first:
        return max(0, size - int(last)), size - 1
    if int(first) >= size:
        raise RestError("requestedRangeNotSatisfiable", "The requested range cannot be satisfied.")
    return int(first), min(int(last), size - 1) if last else size - 1


def _answer(version: dict[str, Any]) -> Response:
    return Response(version, headers={"ETag": version["etag"], "X-Goog-Generation": version["generation"]})
