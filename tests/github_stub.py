"""A GitHub of one pull request on loopback, which can be told to fail."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from infra.report.github import Place

REPOSITORY = "acme/eros"
NUMBER = 7
US = "github-actions[bot]"
TOKEN = "CANARYcanary-of-no-known-form"


@dataclass(frozen=True)
class Fault:
    """What happens instead of the answer. `done`: the request is carried out. `cut`: the body breaks off."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"message": "a fault"}'
    done: bool = False
    cut: bool = False
    seconds: float = 0.0
    pace: float = 0.0
    """Seconds before each byte of the body."""
    first: Callable[[Stub], None] | None = None
    """Called before the request is looked at."""


@dataclass
class Stub:
    """Comments by id, labels, what was asked, and the faults to come by "METHOD kind" (kind: comments, labels)."""

    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    url: str = ""
    next_id: int = 1

    @property
    def place(self) -> Place:
        return Place(REPOSITORY, NUMBER, TOKEN, self.url)

    @property
    def bodies(self) -> list[str]:
        return [one["body"] for one in self.comments.values()]

    def add(self, body: str, login: str = US) -> int:
        number = self.next_id
        self.next_id += 1
        url = f"https://github.com/{REPOSITORY}/pull/{NUMBER}#issuecomment-{number}"
        self.comments[number] = {"id": number, "body": body, "user": {"login": login}, "html_url": url}
        return number

    def answer(
        self, method: str, path: str, query: dict[str, list[str]], content: Any
    ) -> tuple[int, Any, dict[str, str]]:
        base = f"/repos/{REPOSITORY}/issues"
        one = re.fullmatch(rf"{base}/comments/(\d+)", path)
        label = re.fullmatch(rf"{base}/{NUMBER}/labels/([^/]+)", path)
        if method == "GET" and path == f"{base}/{NUMBER}/comments":
            return self._page(list(self.comments.values()), query)
        if method == "POST" and path == f"{base}/{NUMBER}/comments":
            return 201, self.comments[self.add(content["body"])], {}
        if method == "PATCH" and one and int(one[1]) in self.comments:
            self.comments[int(one[1])]["body"] = content["body"]
            return 200, self.comments[int(one[1])], {}
        if method == "GET" and path == f"{base}/{NUMBER}/labels":
            return self._page([{"name": name} for name in self.labels], query)
        if method == "POST" and path == f"{base}/{NUMBER}/labels":
            self.labels += content["labels"]
            return 200, [{"name": name} for name in self.labels], {}
        if method == "DELETE" and label and unquote(label[1]) in self.labels:
            self.labels.remove(unquote(label[1]))
            return 200, [], {}
        return 404, {"message": "Not Found"}, {}

    def _page(self, items: list[Any], query: dict[str, list[str]]) -> tuple[int, Any, dict[str, str]]:
        size, page = int(query["per_page"][0]), int(query["page"][0])
        found = items[(page - 1) * size : page * size]
        # the address is one that no client should follow
        link = {"Link": '<https://elsewhere.example/?page=2>; rel="next"'} if len(items) > page * size else {}
        return 200, found, link


@contextmanager
def github() -> Iterator[Stub]:
    """A stub that answers until the block ends."""
    stub = Stub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(stub))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(stub: Stub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            content = json.loads(self.rfile.read(length)) if length else None
            stub.tokens.add(self.headers["Authorization"])
            kind = "labels" if "/labels" in parts.path else "comments"
            stub.asked.append(f"{self.command} {kind}")
            fault = next(iter(stub.faults.get(f"{self.command} {kind}", ())), None)
            if fault is None:
                self._say(*stub.answer(self.command, parts.path, parse_qs(parts.query), content))
                return
            stub.faults[f"{self.command} {kind}"].pop(0)
            if fault.first:
                fault.first(stub)
            found = stub.answer(self.command, parts.path, parse_qs(parts.query), content) if fault.done else None
            time.sleep(fault.seconds)
            if fault.status:
                self._send(fault.status, fault.body, fault.headers, fault.cut, fault.pace)
            else:
                status, answer, headers = found or stub.answer(self.command, parts.path, parse_qs(parts.query), content)
                self._send(status, json.dumps(answer).encode(), headers, fault.cut)

        do_POST = do_PATCH = do_DELETE = do_GET

        def _say(self, status: int, answer: Any, headers: dict[str, str]) -> None:
            self._send(status, json.dumps(answer).encode(), headers, False)

        def _send(self, status: int, body: bytes, headers: dict[str, str], cut: bool, pace: float = 0) -> None:
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                for part in [body] if not pace else [body[at : at + 1] for at in range(len(body))]:
                    time.sleep(pace)
                    self.wfile.write(part[: len(part) // 2] if cut else part)
            except OSError:
                pass  # the client has given up

        def log_message(self, *about: Any) -> None:
            pass

    return Handler
