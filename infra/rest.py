"""Google's REST services as plain calls, for what no client library of ours covers: lists, policies, the state's lock.

The session and the addresses are given (`infra.gcloud.rest`): an authorised session and Google's own, or an anonymous
one and the local cloud's.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from infra.errors import AccessError, InfraError

GOOGLE = {
    "big_query": "https://bigquery.googleapis.com/bigquery/v2/",
    "bigquery_data_transfer": "https://bigquerydatatransfer.googleapis.com/v1/",
    "iam": "https://iam.googleapis.com/v1/",
    "resource_manager": "https://cloudresourcemanager.googleapis.com/v1/",
    "pubsub": "https://pubsub.googleapis.com/v1/",
    "billing": "https://billingbudgets.googleapis.com/v1/",
    "cloud_quotas": "https://cloudquotas.googleapis.com/v1/",
    "monitoring": "https://monitoring.googleapis.com/",
    "logging": "https://logging.googleapis.com/v2/",
    "storage": "https://storage.googleapis.com/storage/v1/",
}
"""The same keys as the google provider's `<key>_custom_endpoint` arguments."""

UPLOADS = "uploads"
"""Cloud Storage's other address, for bytes."""
_TIMEOUT_SECONDS = 60
_ATTEMPTS = 4
_AGAIN = frozenset({429, 500, 502, 503, 504})


class Session(Protocol):
    """What is needed of requests.Session."""

    def request(self, method: str, url: str, **about: Any) -> Any:
        """Send one request."""


@dataclass(frozen=True)
class Rest:
    """The services by name; `bases` is where each of them answers."""

    session: Session
    bases: Mapping[str, str]
    pause_seconds: float = 0.5

    def get(self, service: str, path: str, **query: Any) -> dict[str, Any] | None:
        """One resource; None when it does not exist. Raises AccessError or InfraError with the service's words."""
        answer = self._send("GET", service, path, params=query)
        return None if answer is None else dict(answer.json())

    def text(self, service: str, path: str, **query: Any) -> str | None:
        """A resource that is not JSON, as text; None when it does not exist."""
        answer = self._send("GET", service, path, params=query)
        return None if answer is None else str(answer.text)

    def content(self, service: str, path: str, **query: Any) -> bytes | None:
        """A resource's bytes; None when it does not exist."""
        answer = self._send("GET", service, path, params=query)
        return None if answer is None else bytes(answer.content)

    def upload(self, bucket: str, name: str, data: bytes, generation: int | str) -> dict[str, Any] | None:
        """Write an object where its live generation is still that one, 0 where there must be none.

        None when it is not; also when a lost answer was asked for again, so compare what is there before giving up.
        """
        query = {"uploadType": "media", "name": name, "ifGenerationMatch": str(generation)}
        headers = {"Content-Type": "application/octet-stream"}
        answer = self._send("POST", UPLOADS, f"b/{bucket}/o", (412,), params=query, data=data, headers=headers)
        return None if answer is None else dict(answer.json())

    def post(self, service: str, path: str, body: Mapping[str, Any], **query: Any) -> dict[str, Any] | None:
        """Ask or create by POST; None when what is asked about does not exist."""
        answer = self._send("POST", service, path, params=query, json=dict(body))
        return None if answer is None else dict(answer.json() if answer.content else {})

    def delete(self, service: str, path: str, **query: Any) -> bool:
        """Delete; False when there was nothing to delete, or it had changed against a precondition in `query`."""
        return self._send("DELETE", service, path, params=query, gone=(404, 412)) is not None

    def pages(self, service: str, path: str, items: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Every item of a list, page by page; none when the list's parent does not exist."""
        token = ""
        while True:
            page = self.get(service, path, **query, **({"pageToken": token} if token else {}))
            if page is None:
                return
            yield from page.get(items) or ()
            token = str(page.get("nextPageToken") or "")
            if not token:
                return

    def _base(self, service: str) -> str:
        if service == UPLOADS:
            return self.bases["storage"].replace("/storage/v1/", "/upload/storage/v1/")
        return self.bases[service]

    def _send(self, method: str, service: str, path: str, gone: tuple[int, ...] = (404,), **about: Any) -> Any:
        url = self._base(service) + path
        for attempt in range(1, _ATTEMPTS + 1):
            answer = self.session.request(method, url, timeout=_TIMEOUT_SECONDS, **about)
            # A POST here only asks or creates what has a name: sending it again is harmless.
            if answer.status_code not in _AGAIN or attempt == _ATTEMPTS:
                break
            time.sleep(self.pause_seconds * 2**attempt)
        if answer.status_code in gone:
            return None
        if answer.status_code >= 400:
            raise _refusal(method, url, answer)
        return answer


def _refusal(method: str, url: str, answer: Any) -> InfraError:
    try:
        why = str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        why = str(answer.text)[:500]
    what = f"{method} {url} was answered with {answer.status_code}"
    if answer.status_code in (401, 403):
        return AccessError(what, why=why, fix="gcloud auth application-default login, as somebody who may do this")
    return InfraError(what, why=why)
