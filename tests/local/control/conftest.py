"""A local cloud of this folder's own, the real transfer client, and plain HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from infra.local.server import LocalCloud
from sql import SqlSettings
from tests.conftest import NOW

PROJECT = SqlSettings.project
CONFIGS = f"/bigquerydatatransfer/v1/projects/{PROJECT}/locations/us/transferConfigs"


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    content: bytes
    headers: Any

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.content or b"{}")

    @property
    def reason(self) -> tuple[int, str]:
        """Status and reason of a refusal."""
        return self.status, self.body["error"]["errors"][0]["reason"]

    @property
    def message(self) -> str:
        return str(self.body["error"]["message"])


Call = Callable[..., Answer]


def calling(url: str) -> Call:
    """`call("GET", "/path", body, headers)`; a body that is no bytes is sent as JSON."""

    def send(method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        data = body if isinstance(body, bytes) else (None if body is None else json.dumps(body).encode())
        address = path if path.startswith("http") else url + path
        request = urllib.request.Request(address, data=data, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Answer(answer.status, answer.read(), answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read(), error.headers)

    return send


@pytest.fixture(scope="package")
def control_cloud() -> Iterator[LocalCloud]:
    """Its clock stands still: nothing fires unless a test advances a cloud of its own."""
    with LocalCloud(now=NOW, bootstrap=False) as running:
        yield running


@pytest.fixture
def call(control_cloud: LocalCloud) -> Call:
    return calling(control_cloud.url)


@pytest.fixture
def own_cloud() -> Iterator[LocalCloud]:
    """A cloud whose clock a test may move."""
    with LocalCloud(now=NOW, bootstrap=False) as running:
        yield running
