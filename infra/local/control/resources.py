"""What all control resources share: names, instants, etags, update masks and pages, as Google's APIs do them."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from infra.local.rest.errors import RestError, not_supported
from infra.local.rest.exchange import Request, whole_number

_FILTER = re.compile(r'\s*(\w+)\s*=\s*"((?:[^"\\]|\\.)*)"\s*')


def stamp(instant: datetime) -> str:
    """An instant as Google's JSON shows it: RFC 3339 in UTC, with microseconds where there are any."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def instant_of(text: Any, name: str) -> datetime:
    """The instant of an RFC 3339 text. Raises RestError naming the field."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise RestError("invalid", f"Invalid value for {name}: {text!r} is no RFC 3339 instant", name) from None
    if found.tzinfo is None:
        raise RestError("invalid", f"Invalid value for {name}: {text!r} has no offset from UTC", name)
    return found.astimezone(UTC)


def etag_of(body: Mapping[str, Any]) -> str:
    """A value that changes when the resource does, and only then."""
    shown = json.dumps({name: value for name, value in body.items() if name != "etag"}, sort_keys=True)
    return base64.b64encode(hashlib.md5(shown.encode(), usedforsecurity=False).digest()[:9]).decode()


def camel(path: str) -> str:
    """A field path with lowerCamelCase names: masks come in either spelling."""
    return re.sub(r"_([a-z0-9])", lambda found: found.group(1).upper(), path)


def mask_of(text: str | None, known: Iterable[str]) -> list[str] | None:
    """The paths of an update mask, None when there is none or it is "*". Raises RestError for an unknown field."""
    paths = [camel(path.strip()) for path in (text or "").split(",") if path.strip()]
    if not paths or paths == ["*"]:
        return None
    for path in paths:
        if path.partition(".")[0] not in known:
            raise RestError("invalid", f"Invalid field mask: {path} is no field that can be changed", "updateMask")
    return paths


def masked(current: Mapping[str, Any], given: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """`current` with every path of the mask taken from `given`; what is not there is cleared."""
    changed = json.loads(json.dumps(current))
    for path in paths:
        *parents, last = path.split(".")
        target, source = changed, given
        for parent in parents:
            target, source = target.setdefault(parent, {}), source.get(parent) or {}
            if not isinstance(target, dict) or not isinstance(source, dict):
                raise RestError("invalid", f"Invalid field mask: {path} goes into no object", "updateMask")
        if last in source:
            target[last] = source[last]
        else:
            target.pop(last, None)
    return changed


def merged(current: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """JSON merge patch (RFC 7396): objects merge, null removes, anything else replaces."""
    result = dict(current)
    for name, value in given.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            found = result.get(name)
            result[name] = merged(found if isinstance(found, dict) else {}, value)
        else:
            result[name] = value
    return result


def paged(
    found: Mapping[str, dict[str, Any]], request: Request, key: str, *, size: str = "pageSize", default: int = 500
) -> dict[str, Any]:
    """One page of a listing ordered by name; the token is the last name shown, so that pages stay whole."""
    after = _decoded(request.query.get("pageToken"))
    most = whole_number(request.query.get(size), size) or default
    names = [name for name in sorted(found) if after is None or name > after]
    body: dict[str, Any] = {key: [found[name] for name in names[:most]]} if names else {}
    if len(names) > most:
        body["nextPageToken"] = base64.urlsafe_b64encode(names[most - 1].encode()).decode()
    return body


def filtered(found: Mapping[str, dict[str, Any]], request: Request) -> dict[str, dict[str, Any]]:
    """Those whose field has the value that `filter=field="value"` asks for; other filters are refused by name."""
    text = request.query.get("filter")
    if not text:
        return dict(found)
    asked = _FILTER.fullmatch(text)
    if asked is None:
        raise not_supported(f'The filter {text!r} (only field="value")', "filter")
    field, value = camel(asked.group(1)), re.sub(r"\\(.)", r"\1", asked.group(2))
    return {name: body for name, body in found.items() if body.get(field) == value}


def _decoded(token: str | None) -> str | None:
    if not token:
        return None
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except ValueError:
        raise RestError("invalid", f"Invalid page token: {token}", "pageToken") from None
