"""The stand-in's HTTP: what it tries again, and in whose words it fails."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from infra.local.provider.api import Api, ApiError, error_text


class Server(ThreadingHTTPServer):
    """Answers with the next of `answers` (status, body); notes what it was asked."""

    answers: list[tuple[int, Any]]
    asked: list[tuple[str, str, Any]]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.server.asked.append((self.command, self.path, json.loads(self.rfile.read(length) or "null")))
        status, body = self.server.answers.pop(0)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_DELETE = _answer

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as made:
        made.answers, made.asked = [], []
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def api(server: Server, pauses: list[float]) -> Api:
    return Api({"iam": f"http://127.0.0.1:{server.server_port}/iam/v1/"}, "local", sleep=pauses.append)


def test_a_request_goes_below_the_services_endpoint(api: Api, server: Server) -> None:
    server.answers = [(200, {"name": "x"}), (204, b"")]
    assert api.call("iam", "POST", "projects/p:do", {"a": 1}, {"mask": "b,c"}) == {"name": "x"}
    assert api.call("iam", "DELETE", "projects/p") == {}
    assert server.asked == [
        ("POST", "/iam/v1/projects/p:do?mask=b%2Cc", {"a": 1}),
        ("DELETE", "/iam/v1/projects/p", None),
    ]


def test_what_may_pass_is_tried_again_with_growing_pauses(api: Api, server: Server, pauses: list[float]) -> None:
    server.answers = [(503, b"busy"), (429, b"slow down"), (200, {})]
    assert api.call("iam", "GET", "x") == {}
    assert pauses == [0.2, 0.4]


def test_it_gives_up_after_four_tries(api: Api, server: Server, pauses: list[float]) -> None:
    server.answers = [(503, b"busy")] * 4
    with pytest.raises(ApiError, match="HTTP response code 503 with body: busy"):
        api.call("iam", "GET", "x")
    assert (len(server.asked), pauses) == (4, [0.2, 0.4, 0.8])


def test_what_stays_wrong_is_not_tried_again(api: Api, server: Server) -> None:
    error = {"code": 409, "message": "Already Exists: Table p:d.t", "errors": [{"reason": "duplicate"}]}
    server.answers = [(409, {"error": error})]
    with pytest.raises(ApiError) as caught:
        api.call("iam", "POST", "x", {})
    assert (caught.value.status, str(caught.value)) == (
        409,
        "googleapi: Error 409: Already Exists: Table p:d.t, duplicate",
    )
    assert len(server.asked) == 1


def test_an_error_without_items_is_told_as_it_is() -> None:
    assert error_text(400, b'{"error": {"message": "no"}}') == "googleapi: Error 400: no"
    assert error_text(502, b"<html>") == "googleapi: got HTTP response code 502 with body: <html>"


def test_a_server_that_is_not_there_is_named(server: Server) -> None:
    nobody = Api({"iam": "http://127.0.0.1:9/"})
    with pytest.raises(ApiError, match=r"GET http://127.0.0.1:9/x: .*eros-infra local up"):
        nobody.call("iam", "GET", "x")


def test_a_service_without_an_endpoint_is_never_google(server: Server) -> None:
    with pytest.raises(ApiError, match=r"no storage_custom_endpoint.*never to Google"):
        Api({}).call("storage", "GET", "b/x")
