"""The HTTP edge: sockets, keep-alive, gzip, and the route from a URL to a handler."""

from __future__ import annotations

import gzip
import json
import logging
import re
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from infra.local.engine import EngineError
from infra.local.rest.errors import RestError
from infra.local.rest.exchange import Request, Response

_LOG = logging.getLogger(__name__)
_CLOSING_SECONDS = 5.0
_MAX_LINE = 4096
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")


class Handler(Protocol):
    """A function that answers one kind of request."""

    def __call__(self, service: Any, request: Request) -> Response: ...


class Router:
    """Finds the handler of a method and path; `{name}` in a pattern matches one path segment."""

    def __init__(self, routes: list[tuple[str, str, Handler]]) -> None:
        self._routes = [(method, _compiled(pattern), handler) for method, pattern, handler in routes]

    def find(self, method: str, path: str) -> tuple[Handler, dict[str, str]] | None:
        """The handler and the path's names; None when nothing matches."""
        for known, pattern, handler in self._routes:
            found = pattern.fullmatch(path)
            if known == method and found:
                named = {name: unquote(text) for name, text in found.groupdict().items() if text is not None}
                return handler, named
        return None


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern))


class HttpServer(ThreadingHTTPServer):
    """A loopback server that closes without leaving a socket or a thread behind."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, answer: Callable[[Request], Response]) -> None:
        """Bind 127.0.0.1:`port` (0 picks a free one). Raises OSError when the port is taken."""
        self.answer = answer
        self._open: dict[socket.socket, threading.Thread] = {}
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", port), _Connection)

    @property
    def url(self) -> str:
        """Where clients find the server."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection, remembering its socket so that `stop` can end an idle one."""
        with self._guard:
            self._open[request] = threading.current_thread()
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._guard:
                self._open.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news; anything else is logged with its traceback."""
        _LOG.debug("connection from %s ended abnormally", client_address, exc_info=True)

    def stop(self) -> None:
        """Stop accepting, let running answers finish, close every connection."""
        self.shutdown()
        with self._guard:
            connections = dict(self._open)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RD)
            except OSError:
                continue  # closed by its own thread meanwhile
        for thread in connections.values():
            thread.join(_CLOSING_SECONDS)
        self.server_close()


class _Connection(BaseHTTPRequestHandler):
    """One client connection. Nagle's algorithm would add 40 ms to every small answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: HttpServer

    def _serve(self) -> None:
        try:
            response = self.server.answer(self._request())
        except RestError as error:
            response = Response(error.body(), error.code)
        except EngineError as error:
            refusal = from_engine(error)
            response = Response(refusal.body(), refusal.code)
        except Exception as error:
            _LOG.exception("%s %s failed inside the local cloud", self.command, self.path)
            text = f"The local cloud failed at {self.command} {self.path}: {type(error).__name__}: {error}"
            failure = RestError("localCloudFailure", text)
            response = Response(failure.body(), failure.code)
        self._send(response)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        return Request(
            method=self.command,
            url_path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self._body(),
            raw_query=parts.query,
        )

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding"):
            raw = b"".join(self._chunks())
        else:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding", "").lower() != "gzip":
            return raw
        try:
            return gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            raise RestError("invalid", f"The request body is not valid gzip: {error}") from None

    def _chunks(self) -> Iterator[bytes]:
        """The parts of a request whose length its sender did not know (Go streams uploads like that)."""
        if self.headers["Transfer-Encoding"].strip().lower() != "chunked":
            self.close_connection = True
            raise RestError("invalid", f"Transfer-Encoding {self.headers['Transfer-Encoding']} is not supported")
        while True:
            line = self.rfile.readline(_MAX_LINE).partition(b";")[0].strip()
            if not _CHUNK_SIZE.fullmatch(line):
                self.close_connection = True
                raise RestError("invalid", f"The size of a chunk is no hexadecimal number: {line!r}")
            size = int(line, 16)
            if size == 0:
                break
            yield self.rfile.read(size)
            self.rfile.readline(_MAX_LINE)
        while self.rfile.readline(_MAX_LINE).strip():
            pass  # trailers say nothing that is used here

    def _send(self, response: Response) -> None:
        body = response.content or b""
        if response.body is not None:
            body = json.dumps(response.body, ensure_ascii=False).encode()
        self.send_response(response.code)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.body is not None:
            self.send_header("Content-Type", "application/json; charset=UTF-8")
        elif response.content is not None:
            self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Requests are not logged: stderr belongs to errors."""


def from_engine(error: EngineError) -> RestError:
    """The engine's refusal as REST says it."""
    return RestError(error.reason, error.message, error.location)
