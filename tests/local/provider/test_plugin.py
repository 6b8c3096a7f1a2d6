"""The plugin as a process: its handshake, what it leaves behind, and the executable that terraform finds."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from cryptography import x509

from infra.local.provider import VERSION, install
from infra.local.provider.messages import SERVING, message, reader, write
from infra.local.provider.server import MAGIC, make_certificate

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the plugin listens on a Unix socket")
COMMAND = [sys.executable, "-m", "infra.local.provider"]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a short name: a socket's path may have 104 characters only."""
    with tempfile.TemporaryDirectory(prefix="eros-test-") as folder:
        yield Path(folder)


@contextmanager
def started(place: Path, **more: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The running plugin and the fields of its handshake line."""
    environment = {**os.environ, MAGIC[0]: MAGIC[1], "TMPDIR": str(place), **more}
    with subprocess.Popen(COMMAND, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip().split("|")
        finally:
            process.kill()


def test_it_is_not_run_by_hand(place: Path) -> None:
    outside = {name: value for name, value in os.environ.items() if name != MAGIC[0]}
    done = subprocess.run(COMMAND, env=outside, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert "terraform starts it" in done.stderr


def test_it_serves_health_and_ends_when_told(place: Path) -> None:
    with started(place) as (process, fields):
        core, protocol, network, address, kind, certificate = fields
        assert (core, protocol, network, kind, certificate) == ("1", "6", "unix", "grpc", "")
        assert Path(address).parent.stat().st_mode & 0o777 == 0o700
        with grpc.insecure_channel(f"unix:{address}") as channel:
            check = channel.unary_unary("/grpc.health.v1.Health/Check", write, reader("HealthCheckResponse"))
            assert check(message("HealthCheckRequest", service="plugin"), timeout=20).status == SERVING
            stop = channel.unary_unary("/plugin.GRPCController/Shutdown", write, reader("Empty"))
            stop(message("Empty"), timeout=20)
        assert process.wait(timeout=20) == 0
    assert list(place.iterdir()) == []


def test_a_long_temporary_folder_does_not_break_the_socket(place: Path) -> None:
    far = place / ("x" * 80)
    far.mkdir()
    with started(far) as (_, fields):
        assert len(fields[3]) < 104
        with grpc.insecure_channel(f"unix:{fields[3]}") as channel:
            check = channel.unary_unary("/grpc.health.v1.Health/Check", write, reader("HealthCheckResponse"))
            assert check(message("HealthCheckRequest"), timeout=20).status == SERVING
            channel.unary_unary("/plugin.GRPCController/Shutdown", write, reader("Empty"))(message("Empty"), timeout=20)


def test_with_a_client_certificate_it_shows_one_of_its_own(place: Path) -> None:
    _, client, _ = make_certificate()
    with started(place, PLUGIN_CLIENT_CERT=client.decode()) as (_, fields):
        der = base64.b64decode(fields[5] + "=" * (-len(fields[5]) % 4))
        pem = x509.load_der_x509_certificate(der).public_bytes(encoding=_pem())
        credentials = grpc.ssl_channel_credentials(pem)
        options = [("grpc.default_authority", "localhost")]
        with grpc.secure_channel(f"unix:{fields[3]}", credentials, options) as channel:
            check = channel.unary_unary("/grpc.health.v1.Health/Check", write, reader("HealthCheckResponse"))
            assert check(message("HealthCheckRequest"), timeout=20).status == SERVING


def test_what_a_killed_plugin_left_is_swept_up_by_the_next(place: Path) -> None:
    with started(place) as (process, _):
        process.kill()
        process.wait()
        (left,) = place.iterdir()
    with started(place) as (process, fields):
        assert [folder for folder in place.iterdir()] == [Path(fields[3]).parent]
        assert not left.exists()
        process.terminate()
        assert process.wait(timeout=20) == 0
    assert list(place.iterdir()) == []


def test_it_ends_when_terraform_is_gone(place: Path) -> None:
    script = f"import subprocess, sys; print(subprocess.Popen({COMMAND!r}).pid, flush=True); sys.stdin.readline()"
    environment = {**os.environ, MAGIC[0]: MAGIC[1], "TMPDIR": str(place)}
    parent = subprocess.Popen(
        [sys.executable, "-c", script], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        plugin = int(parent.stdout.readline())
        assert "|grpc|" in parent.stdout.readline()
        parent.kill()
    deadline = time.monotonic() + 20
    while _runs(plugin) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(plugin)
    assert list(place.iterdir()) == []


def test_terraform_finds_it_without_any_configuration(place: Path) -> None:
    assert install(place) == "stand-in"
    (plugin,) = place.glob("terraform.d/plugins/registry.terraform.io/hashicorp/google/*/*/*")
    assert (plugin.parent.parent.name, plugin.name) == (VERSION, f"terraform-provider-google_v{VERSION}")
    outside = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", MAGIC[0])}
    done = subprocess.run([plugin], cwd=place, env=outside, capture_output=True, text=True)
    assert done.returncode == 1
    assert "terraform starts it" in done.stderr


def test_installing_again_changes_nothing_and_another_executable_drops_the_lock(place: Path) -> None:
    install(place)
    (plugin,) = place.rglob("terraform-provider-google_v*")
    lock = place / ".terraform.lock.hcl"
    lock.write_text("h1:...")
    before = plugin.stat().st_mtime_ns
    install(place)
    assert (plugin.stat().st_mtime_ns, lock.exists()) == (before, True)
    plugin.write_text("#!/bin/sh\nexec /another/python\n")
    install(place)
    assert not lock.exists()
    assert sys.executable in plugin.read_text()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Without a parent that waits for it, an ended process stays as a zombie.
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] == "Z")


def _pem() -> object:
    from cryptography.hazmat.primitives.serialization import Encoding

    return Encoding.PEM
