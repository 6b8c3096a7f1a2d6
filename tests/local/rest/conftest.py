"""The real client against a local cloud, with an empty dataset per test."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.gcloud import make_client
from infra.local.server import LocalCloud
from sql import SqlSettings
from tests.conftest import NOW

PROJECT = SqlSettings.project


@pytest.fixture(scope="package")
def rest_cloud() -> Iterator[LocalCloud]:
    """A local cloud of this folder's own: these tests look at what BigQuery itself would not show."""
    with LocalCloud(now=NOW, bootstrap=False) as running:
        yield running


@pytest.fixture(scope="package")
def client(rest_cloud: LocalCloud) -> Iterator[Any]:
    connected = make_client(SqlSettings(), url=rest_cloud.url)
    yield connected
    connected.close()


@pytest.fixture
def dataset(client: Any) -> Iterator[str]:
    """An empty dataset; its name without the project."""
    name = f"rest_{uuid.uuid4().hex[:12]}"
    client.create_dataset(name)
    yield name
    client.delete_dataset(name, delete_contents=True, not_found_ok=True)


Call = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def call(rest_cloud: LocalCloud) -> Call:
    """Plain HTTP: `call("GET", "/queries/x", {...})` gives the status and the body."""

    def send(method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        data = body if isinstance(body, bytes) else (None if body is None else json.dumps(body).encode())
        url = path if path.startswith("http") else f"{rest_cloud.url}/bigquery/v2/projects/{PROJECT}{path}"
        request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read() or b"{}")

    return send
