"""One HTTP request at a time, and nothing that urllib would do unasked: no redirect, no error for a status.

Redirects are left to the caller because urllib sends the Authorization header on to wherever they point.
"""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from infra.errors import InfraError, UsageError

SILENCE_SECONDS = 20.0
"""How long a connection may say nothing."""
WHOLE_SECONDS = 60.0
"""How long a whole answer may take, however steadily it trickles."""
LARGEST_ANSWER = 64 * 1024**2
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Answer:
    """A status, headers by their names in lower case, and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Unanswered(InfraError):
    """No whole answer came: no connection, silence, or a body that broke off. What was asked may have been done."""


class _AsItIs(urllib.request.HTTPErrorProcessor):
    """Gives every answer to the caller, errors and redirects too."""

    def http_response(self, request: Any, response: Any) -> Any:
        """The response itself."""
        return response

    https_response = http_response


@dataclass(frozen=True)
class Web:
    """Sends requests. The limits are in seconds."""

    silence: float = SILENCE_SECONDS
    whole: float = WHOLE_SECONDS

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Ask once. Raises Unanswered; no message holds a header, where tokens are."""
        check_address(url)
        request = urllib.request.Request(url, data=body, headers=dict(headers), method=method)
        opener = urllib.request.build_opener(_AsItIs)
        until = time.monotonic() + self.whole
        try:
            with opener.open(request, timeout=self.silence) as response:
                found = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status, found, _read(response, until))
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            why = f"{type(reason).__name__}: {reason}"
            raise Unanswered(f"{method} {url} was not answered", why=why) from None


def check_address(url: str) -> None:
    """Raises UsageError for an address that would send a token in the clear, or that is none."""
    parts = urlsplit(url)
    is_near = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not parts.hostname or parts.username is not None or not (parts.scheme == "https" or is_near):
        raise UsageError(
            "this is no address that a token may be sent to",
            where=f"{parts.scheme}://{parts.hostname}",
            fix="an https:// address without user and password",
        )


def _read(response: Any, until: float) -> bytes:
    body = bytearray()
    while part := response.read1(65536):
        body += part
        if len(body) > LARGEST_ANSWER:
            raise http.client.HTTPException(f"more than {LARGEST_ANSWER:,} bytes")
        if time.monotonic() > until:
            raise TimeoutError("the answer took too long")
    if response.length:  # what Content-Length promised and has not come
        raise http.client.IncompleteRead(bytes(body), response.length)
    return bytes(body)
