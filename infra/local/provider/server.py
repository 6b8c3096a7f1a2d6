"""go-plugin's side of a provider: the handshake on stdout, TLS, and the services it expects beside the provider's.

Terraform starts the plugin, reads one line of stdout and dials what it says. It sends its own certificate in
PLUGIN_CLIENT_CERT and expects one back, made for this one connection, which tells it that it talks to its plugin. The
other direction cannot be checked by certificate: terraform's key is on the curve P-521, which gRPC's TLS does not offer
to clients. So the plugin listens on a socket in a folder that only this user can enter.
"""

from __future__ import annotations

import base64
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc

from infra.local.provider import LABEL
from infra.local.provider.messages import SERVING, message, reader, write
from infra.local.provider.service import METHODS, Provider, answer, request_reader, response_writer

MAGIC = ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
PROTOCOL = 6
_WORKERS = 24
"""Threads: terraform asks for ten resources at once by default, and go-plugin holds two streams open."""

_FOLDER = "eros-provider-"
_LONGEST_TEMP = 60
"""Characters of a temporary folder that still leave room: the kernel takes 104 for a socket's path."""

_LIMIT = [("grpc.max_receive_message_length", 256 << 20), ("grpc.max_send_message_length", 256 << 20)]


def serve() -> int:
    """Serve until terraform says to stop, or is gone; returns the exit code."""
    if os.environ.get(MAGIC[0]) != MAGIC[1]:
        print(f"{LABEL}\nIt is a Terraform plugin: terraform starts it, it is not run by hand.", file=sys.stderr)
        return 1
    # Ctrl-C reaches the whole process group; terraform decides what happens to the work under way.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getppid()
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stopped.set())
    server = grpc.server(ThreadPoolExecutor(_WORKERS), options=_LIMIT)
    server.add_generic_rpc_handlers(_services(Provider(), stopped))
    place = _short_folder()
    _sweep(place)
    with tempfile.TemporaryDirectory(prefix=f"{_FOLDER}{os.getpid()}-", dir=place) as folder:
        socket = f"{folder}/socket"
        certificate = _listen(server, socket)
        server.start()
        print(f"1|{PROTOCOL}|unix|{socket}|grpc|{certificate}", flush=True)
        _wait(stopped, parent)
        server.stop(grace=0.3).wait()
    return 0


def _short_folder() -> Path:
    """Where the socket's folder goes: the usual place, unless a socket's path would be too long there."""
    usual = tempfile.gettempdir()
    return Path(usual if len(usual) <= _LONGEST_TEMP else "/tmp")


def _sweep(place: Path) -> None:
    """Remove what plugins left behind that were killed: their folders carry their process's number."""
    for left in place.glob(f"{_FOLDER}*-*"):
        number = left.name.removeprefix(_FOLDER).partition("-")[0]
        try:
            os.kill(int(number), 0)
        except ProcessLookupError:
            shutil.rmtree(left, ignore_errors=True)
        except (ValueError, PermissionError):
            continue


def _wait(stopped: threading.Event, parent: int) -> None:
    """Until terraform asks for the end, or has gone without asking."""
    while not stopped.wait(1.0) and os.getppid() == parent:
        pass


def _listen(server: grpc.Server, socket: str) -> str:
    """Listen; returns the server's certificate for the handshake, "" when terraform wants no TLS."""
    if not os.environ.get("PLUGIN_CLIENT_CERT"):
        server.add_insecure_port(f"unix:{socket}")
        return ""
    key, certificate, der = make_certificate()
    server.add_secure_port(f"unix:{socket}", grpc.ssl_server_credentials([(key, certificate)]))
    return base64.b64encode(der).rstrip(b"=").decode()


def make_certificate() -> tuple[bytes, bytes, bytes]:
    """A fresh key (PEM) and its self-signed certificate for localhost (PEM, DER)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    encodings = serialization.Encoding.PEM, serialization.Encoding.DER
    return pem, certificate.public_bytes(encodings[0]), certificate.public_bytes(encodings[1])


def _services(provider: Provider, stopped: threading.Event) -> tuple[Any, ...]:
    methods = {
        name: grpc.unary_unary_rpc_method_handler(answer(provider, name), request_reader(name), response_writer)
        for name in METHODS
    }
    return (
        grpc.method_handlers_generic_handler("tfplugin6.Provider", methods),
        grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": _unary(_check, "HealthCheckRequest")}),
        grpc.method_handlers_generic_handler(
            "plugin.GRPCController", {"Shutdown": _unary(_shutdown(stopped), "Empty")}
        ),
        grpc.method_handlers_generic_handler("plugin.GRPCBroker", {"StartStream": _broker()}),
        grpc.method_handlers_generic_handler("plugin.GRPCStdio", {"StreamStdio": _stdio(stopped)}),
    )


def _unary(handle: Any, request: str) -> Any:
    return grpc.unary_unary_rpc_method_handler(handle, reader(request), write)


def _check(request: Any, context: Any) -> Any:
    return message("HealthCheckResponse", status=SERVING)


def _shutdown(stopped: threading.Event) -> Any:
    def handle(request: Any, context: Any) -> Any:
        stopped.set()
        return message("Empty")

    return handle


def _broker() -> Any:
    """The stream for connections beside this one, of which a provider has none."""

    def handle(requests: Iterator[Any], context: Any) -> Iterator[Any]:
        yield from (request for request in requests if False)

    return grpc.stream_stream_rpc_method_handler(handle, reader("ConnInfo"), write)


def _stdio(stopped: threading.Event) -> Any:
    """The stream of the plugin's own output, of which there is none after the handshake."""

    def handle(request: Any, context: Any) -> Iterator[Any]:
        while context.is_active() and not stopped.wait(0.5):
            pass
        yield from ()

    return grpc.unary_stream_rpc_method_handler(handle, reader("Empty"), write)
