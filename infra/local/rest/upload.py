"""Uploads of load jobs: multipart (metadata and data in one request) and resumable (data in chunks)."""

from __future__ import annotations

import io
import re
from typing import Any

from infra.local.rest.errors import RestError, not_supported
from infra.local.rest.exchange import Request, Response, json_object
from infra.local.rest.loads import begin_load
from infra.local.rest.service import Service

_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')


def start(service: Service, request: Request) -> Response:
    """POST /upload/...: the whole of a multipart upload, or the beginning of a resumable one."""
    kind = request.query.get("uploadType", "")
    if kind == "multipart":
        metadata, data = split_multipart(request.headers.get("content-type", ""), request.body)
        return Response(begin_load(service, metadata, io.BytesIO(data)))
    if kind != "resumable":
        raise not_supported(f"uploadType={kind or 'none'}", "uploadType")
    upload_id = service.uploads.begin(request.json())
    address = f"{service.url}{request.url_path}?uploadType=resumable&upload_id={upload_id}"
    return Response({}, headers={"Location": address, "X-GUploader-UploadID": upload_id})


def resume(service: Service, request: Request) -> Response:
    """PUT /upload/...: the next chunk. 308 asks for more, and says how much has arrived."""
    upload_id = request.query.get("upload_id", "")
    pending = service.uploads.get(upload_id)
    found = _CONTENT_RANGE.fullmatch(request.headers.get("content-range", ""))
    if found is None:
        raise RestError("invalid", "A chunk needs a Content-Range header", "Content-Range")
    first, total = found.group(1), found.group(3)
    if first is not None:
        if int(first) != pending.size:
            raise RestError("invalid", f"The chunk starts at byte {first}, expected {pending.size}")
        try:
            pending.append(request.body)
        except OSError as error:
            service.uploads.give_up(upload_id)
            raise RestError("localCloudFailure", f"The upload cannot be kept: {error.strerror}") from error
    if total == "*" or pending.size < int(total):
        arrived = {"Range": f"bytes=0-{pending.size - 1}"} if pending.size else {}
        return Response(None, 308, arrived)
    service.uploads.end(upload_id)
    return Response(begin_load(service, pending.metadata, pending.whole()))


def split_multipart(content_type: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    """The JSON metadata and the data of a multipart/related body."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise RestError("invalid", "A multipart upload needs a boundary in its Content-Type", "Content-Type")
    mark = b"--" + boundary.group(1).encode("latin-1")
    first, second = body.find(mark), body.find(b"\r\n" + mark, len(mark))
    last = body.rfind(b"\r\n" + mark + b"--")
    if first != 0 or second < 0 or last <= second:
        raise RestError("invalid", "The multipart body does not have the two parts of a load job")
    metadata = _content(body[len(mark) : second])
    return json_object(metadata), _content(body[second + 2 + len(mark) : last])


def _content(part: bytes) -> bytes:
    """A part without its headers."""
    head, blank, content = part.partition(b"\r\n\r\n")
    if not blank:
        raise RestError("invalid", f"A part of the multipart body has no end of headers: {head[:80]!r}")
    return content
