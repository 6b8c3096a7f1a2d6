"""What a handler receives and what it returns: HTTP without sockets."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from infra.local.rest.errors import RestError


@dataclass(frozen=True)
class Request:
    """One request. `path` names come from the route ({dataset}), `query` from the URL, headers are lower-case."""

    method: str
    url_path: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    raw_query: str = ""

    def values(self, name: str) -> list[str]:
        """Every value of a name that the URL may repeat."""
        return [value for key, value in parse_qsl(self.raw_query) if key == name]

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; an empty body is an empty object."""
        return json_object(self.body)

    def integer(self, name: str, default: int | None = None) -> int | None:
        """A whole, non-negative number from the URL."""
        return whole_number(self.query.get(name), name, default)

    def flag(self, name: str) -> bool:
        """A boolean from the URL."""
        return self.query.get(name, "").lower() == "true"


@dataclass(frozen=True)
class Response:
    """One answer; `body` None sends no content, unless `content` holds bytes that are no JSON."""

    body: dict[str, Any] | None
    code: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    content_type: str = "application/octet-stream"


def whole_number(value: Any, name: str, default: int | None = None) -> int | None:
    """A whole, non-negative number given as text or JSON number; `default` when there is none."""
    text = "" if value is None else str(value)
    if text == "":
        return default
    if not text.isascii() or not text.isdigit():
        raise RestError("invalid", f"Invalid value for {name}: {text}", name)
    return int(text)


def json_object(raw: bytes) -> dict[str, Any]:
    """Parse a JSON object, or refuse as BigQuery does."""
    if not raw.strip():
        return {}
    try:
        value = json.loads(raw)
    except ValueError as error:
        raise RestError("parseError", f"Parse Error: the request body is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise RestError("invalid", "The request body must be a JSON object")
    return value


def etag_of(resource: Mapping[str, Any]) -> str:
    """A value that changes when the resource does, and only then."""
    canonical = json.dumps(resource, sort_keys=True, default=str).encode()
    return base64.b64encode(hashlib.md5(canonical, usedforsecurity=False).digest()).decode()


def check_precondition(request: Request, etag: str) -> None:
    """Refuse a write whose If-Match names another version of the resource."""
    wanted = request.headers.get("if-match")
    if wanted not in (None, "*", etag):
        raise RestError("conditionNotMet", "Precondition Failed: the resource has changed since it was read")


def page(items: list[Any], request: Request, default_size: int = 1000) -> tuple[list[Any], str | None]:
    """One page of a listing by maxResults and pageToken, and the token of the next page if there is one."""
    start = request.integer("pageToken") or 0
    size = request.integer("maxResults", default_size) or default_size
    following = start + size
    return items[start:following], str(following) if following < len(items) else None
