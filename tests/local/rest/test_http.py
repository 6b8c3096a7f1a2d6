"""The HTTP edge: what a request may look like, what an error looks like, and what would keep an answer waiting."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import threading
import urllib.request
from typing import Any

import pytest

from infra.local.rest.exchange import Request, Response
from infra.local.rest.server import HttpServer
from infra.local.server import LocalCloud
from tests.conftest import NOW
from tests.local.rest.conftest import PROJECT, Call

SELECT_1 = {"query": "SELECT 1 AS n", "useLegacySql": False}


def test_status_says_who_and_when(rest_cloud: LocalCloud) -> None:
    with urllib.request.urlopen(f"{rest_cloud.url}/eros/status") as answer:
        status = json.load(answer)
    assert status["project"] == PROJECT
    assert status["now"] == NOW.isoformat()
    assert status["url"] == rest_cloud.url


@pytest.mark.covers(
    "REST", "Every error has BigQuery's body: code, status, message, errors[] with reason, domain and location"
)
def test_an_error_has_bigquerys_shape(call: Call) -> None:
    status, body = call("POST", "/queries", {**SELECT_1, "query": "SELECT nothing"})
    error = body["error"]
    assert (status, error["code"], error["status"]) == (400, 400, "INVALID_ARGUMENT")
    detail = error["errors"][0]
    assert (detail["reason"], detail["domain"]) == ("invalidQuery", "global")
    assert (detail["location"], detail["locationType"]) == ("q", "parameter")
    assert detail["message"] == error["message"]


@pytest.mark.parametrize(
    ("method", "path", "body", "code", "reason"),
    [
        ("GET", "/nonsense", None, 404, "notFound"),
        ("DELETE", "/jobs", None, 404, "notFound"),
        ("POST", "/queries", b"{not json", 400, "parseError"),
        ("POST", "/queries", b"[1]", 400, "invalid"),
        ("POST", "/queries", {"query": "SELECT 1"}, 501, "notImplemented"),
        ("POST", "/queries", {"useLegacySql": False}, 400, "required"),
        ("POST", "/queries", {**SELECT_1, "novelty": 1}, 501, "notImplemented"),
        ("POST", "/queries", {**SELECT_1, "connectionProperties": [{"key": "time_zone"}]}, 501, "notImplemented"),
        ("POST", "/queries", {**SELECT_1, "location": "EU"}, 404, "notFound"),
        ("POST", "/jobs", {"configuration": {"copy": {}}}, 501, "notImplemented"),
        ("POST", "/jobs", {"configuration": {"query": SELECT_1, "reservation": "r"}}, 501, "notImplemented"),
        ("GET", "/queries/unknown", None, 404, "notFound"),
        ("GET", "/datasets/unknown", None, 404, "notFound"),
        ("GET", "/datasets?maxResults=many", None, 400, "invalid"),
        ("GET", "/jobs?pageToken=-1", None, 400, "invalid"),
        ("POST", "/queries", {**SELECT_1, "timeoutMs": "soon"}, 400, "invalid"),
        ("POST", "/queries", {**SELECT_1, "maximumBytesBilled": "1e9"}, 400, "invalid"),
        ("POST", "/queries", {**SELECT_1, "jobTimeoutMs": -5}, 400, "invalid"),
        ("POST", "/datasets", {"datasetReference": {"datasetId": "a-b"}}, 400, "invalid"),
        ("POST", "/datasets", {"datasetReference": {}}, 400, "required"),
    ],
)
@pytest.mark.covers(
    "REST",
    "A request that is wrong is 400 or 404 with its reason; a field or a kind of job that is not there is 501, by name",
)
def test_a_bad_request_is_answered_with_its_reason(
    call: Call, method: str, path: str, body: Any, code: int, reason: str
) -> None:
    status, answer = call(method, path, body)
    assert (status, answer["error"]["errors"][0]["reason"]) == (code, reason)


@pytest.mark.covers("REST", "One server holds one project; another one is 404")
def test_another_project_is_not_here(call: Call, rest_cloud: LocalCloud) -> None:
    status, body = call("GET", f"{rest_cloud.url}/bigquery/v2/projects/other-project/datasets")
    assert status == 404
    assert "other-project" in body["error"]["message"]


@pytest.mark.covers(
    "REST",
    "A request with an Origin header is 403",
    differs="BigQuery asks for credentials; here whoever reaches the loopback address may do all, web pages excepted",
)
def test_a_web_page_is_not_answered(call: Call) -> None:
    status, body = call("POST", "/queries", SELECT_1, {"Origin": "http://example.com", "Content-Type": "text/plain"})
    assert (status, body["error"]["errors"][0]["reason"]) == (403, "accessDenied")


@pytest.mark.covers("REST", "Requests may be gzipped")
def test_a_gzipped_request_is_read(call: Call) -> None:
    packed = gzip.compress(json.dumps(SELECT_1).encode())
    status, body = call("POST", "/queries", packed, {"Content-Encoding": "gzip"})
    assert (status, body["rows"]) == (200, [{"f": [{"v": "1"}]}])
    status, body = call("POST", "/queries", b"not gzip", {"Content-Encoding": "gzip"})
    assert (status, body["error"]["errors"][0]["reason"]) == (400, "invalid")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "1.7684208E9"),
        ({"useInt64Timestamp": True}, "1768420800000000"),
        ({"timestampOutputFormat": "INT64"}, "1768420800000000"),
    ],
)
def test_timestamps_come_in_the_format_asked_for(call: Call, options: dict[str, Any], text: str) -> None:
    query = {"query": "SELECT CURRENT_TIMESTAMP()", "useLegacySql": False, "formatOptions": options}
    _, body = call("POST", "/queries", query)
    assert body["rows"][0]["f"][0]["v"] == text
    job_id = body["jobReference"]["jobId"]
    url_options = "&".join(f"formatOptions.{name}={value}" for name, value in options.items())
    _, body = call("GET", f"/queries/{job_id}?{url_options}")
    assert body["rows"][0]["f"][0]["v"] == text


def test_an_answer_does_not_wait_for_more_to_send() -> None:
    """Nagle's algorithm would add 40 ms to every small answer."""
    seen: list[int] = []

    class Watched(HttpServer):
        def process_request_thread(self, request: socket.socket, client_address: Any) -> None:
            self.connection = request
            super().process_request_thread(request, client_address)

    def answer(request: Request) -> Response:
        seen.append(server.connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        return Response({})

    server = Watched(0, answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    with urllib.request.urlopen(f"{server.url}/anything") as answered:
        assert answered.status == 200
    server.stop()
    thread.join()
    assert len(seen) == 1 and seen[0] != 0


def test_a_small_query_is_one_request(rest_cloud: LocalCloud, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    dispatch = rest_cloud._dispatch
    monkeypatch.setattr(
        rest_cloud, "_dispatch", lambda request: asked.append(request.url_path) or dispatch(request), raising=True
    )
    assert [row.n for row in client.query_and_wait("SELECT 1 AS n")] == [1]
    assert asked == [f"/bigquery/v2/projects/{PROJECT}/queries"]


def test_closing_ends_an_idle_connection_at_once() -> None:
    before = set(threading.enumerate())
    cloud = LocalCloud(bootstrap=False).start()
    connection = http.client.HTTPConnection(cloud.url.removeprefix("http://"), timeout=30)
    connection.request("GET", "/eros/status")
    assert json.load(connection.getresponse())["url"] == cloud.url
    cloud.close()
    # The thread of a connection that is not ended would still wait for its next request.
    assert set(threading.enumerate()) <= before
    assert connection.sock.recv(1) == b""
    connection.close()


def test_closing_frees_the_port_and_keeps_nothing_open() -> None:
    cloud = LocalCloud(bootstrap=False).start()
    port = int(cloud.url.rpartition(":")[2])
    with urllib.request.urlopen(f"{cloud.url}/eros/status") as answer:
        assert answer.status == 200
    cloud.close()
    cloud.close()
    with LocalCloud(port=port, bootstrap=False) as again:
        assert again.url.endswith(str(port))
