"""The stand-in's HTTP: JSON over loopback, with the retries and the error texts of the real provider."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

_RETRIED = frozenset({429, 500, 502, 503, 504})
_TRIES = 4
_PAUSE = 0.2
"""Seconds before the second try; doubled before each further one."""

_TIMEOUT = 120.0
"""Seconds an answer may take: BigQuery compiles a procedure when it is created."""

_AGENT = "eros-stand-in-for-terraform-provider-google"

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class ApiError(Exception):
    """An answer that is an error, or none at all. `status` is the HTTP status, 0 when there was no answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class NotConfiguredError(ApiError):
    """The provider block names no endpoint for a service, and the stand-in never talks to Google itself."""


class Api:
    """REST calls to the services' custom endpoints. `endpoints` maps a service (big_query...) to its base URL."""

    def __init__(
        self,
        endpoints: Mapping[str, str],
        token: str = "",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._endpoints = dict(endpoints)
        self._token = token
        self._sleep = sleep

    def call(
        self,
        service: str,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The JSON answer to a request below the service's endpoint.

        Raises ApiError for an HTTP error, after a few more tries when the error says that it may pass.
        """
        url = self._url(service, path, query)
        for attempt in range(_TRIES):
            try:
                return self._once(method, url, body)
            except ApiError as error:
                if attempt == _TRIES - 1 or error.status not in _RETRIED:
                    raise
                self._sleep(_PAUSE * 2**attempt)
        raise AssertionError("the last try returns or raises")

    def _url(self, service: str, path: str, query: Mapping[str, str] | None) -> str:
        base = self._endpoints.get(service)
        if base is None:
            raise NotConfiguredError(
                0,
                f"the provider block has no {service}_custom_endpoint. This is the stand-in for hashicorp/google: it "
                "talks to the local cloud only, never to Google",
            )
        return base + path + (f"?{urlencode(query)}" if query else "")

    def _once(self, method: str, url: str, body: Any) -> dict[str, Any]:
        import http.client  # on demand: half of the plugin's starts only tell the schema

        parts = urlsplit(url)
        headers = {"Accept": "application/json", "Authorization": f"Bearer {self._token}", "User-Agent": _AGENT}
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT)
        try:
            connection.request(method, target, body=content, headers=headers)
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise ApiError(0, f"{method} {url}: {error} (is the local cloud running? `eros-infra local up`)") from error
        finally:
            connection.close()
        # go-plugin takes stderr for the plugin's log: TF_LOG=DEBUG shows it.
        print(f"[DEBUG] {method} {target} -> {answer.status}", file=sys.stderr, flush=True)
        if answer.status >= 400:
            raise ApiError(answer.status, error_text(answer.status, data))
        parsed: dict[str, Any] = json.loads(data) if data.strip() else {}
        return parsed


def error_text(status: int, data: bytes) -> str:
    """An error answer in the words of Google's Go client: `googleapi: Error 409: Already Exists: ..., duplicate`."""
    try:
        error = json.loads(data)["error"]
        message, items = str(error["message"]), error.get("errors") or []
    except (ValueError, KeyError, TypeError):
        return f"googleapi: got HTTP response code {status} with body: {data.decode(errors='replace')[:500]}"
    reason = f", {items[0]['reason']}" if len(items) == 1 and items[0].get("reason") else ""
    return f"googleapi: Error {status}: {message}{reason}"
