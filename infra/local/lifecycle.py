"""One server for one home: who runs, how to start it detached, how to end it.

The port is a stable hash of the home's path, because saved addresses must survive a restart; `server.json` in the home
says who serves it. A `server.json` left behind by a killed server is recognised and ignored.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infra.errors import EXIT_CODES, AccessError, ConflictError, InfraError, UsageError

SERVER_FILE = "server.json"
LOG_FILE = "server.log"
# Below 32768, where Linux begins to hand out ports to outgoing connections.
_FIRST_PORT, _PORTS = 20_000, 12_000
_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_LOOK_SECONDS = 2.0
_ADVANCE_SECONDS = 3600.0
"""A simulated year runs thousands of queries."""


@dataclass(frozen=True)
class ServerRecord:
    """What `server.json` holds."""

    url: str
    pid: int
    port: int
    home: str


def port_of(home: Path) -> int:
    """The loopback port that belongs to a home, in 20000-31999."""
    digest = hashlib.sha256(str(home.resolve()).encode()).hexdigest()
    return _FIRST_PORT + int(digest[:12], 16) % _PORTS


def write_record(home: Path, record: ServerRecord) -> None:
    """Publish who serves the home; a reader sees the old file or the new one, never half of it."""
    target = home / SERVER_FILE
    beside = target.with_suffix(f".{record.pid}.tmp")
    beside.write_text(json.dumps(asdict(record)) + "\n", encoding="utf-8")
    os.replace(beside, target)


def remove_record(home: Path, pid: int) -> None:
    """Take the record away if it is still this process's own."""
    record = read_record(home)
    if record is not None and record.pid == pid:
        (home / SERVER_FILE).unlink(missing_ok=True)


def read_record(home: Path) -> ServerRecord | None:
    """The record in the home; None when there is none or it is not readable as one."""
    try:
        found = json.loads((home / SERVER_FILE).read_text(encoding="utf-8"))
        return ServerRecord(str(found["url"]), int(found["pid"]), int(found["port"]), str(found["home"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def ask_status(url: str, timeout_seconds: float = 5.0) -> dict[str, Any] | None:
    """What the local cloud at this address says about itself; None when none answers there."""
    try:
        with urllib.request.urlopen(f"{url}/eros/status", timeout=timeout_seconds) as answer:
            status = json.load(answer)
    except (OSError, ValueError, urllib.error.URLError):
        return None
    return status if isinstance(status, dict) and "home" in status else None


def advance(url: str, to: str, by: str) -> dict[str, Any]:
    """Move the clock of the local cloud at this address, and wait until every run that fell due has ended.

    Raises UsageError with the server's words for an instant or a span that it does not take.
    """
    body = json.dumps({name: text for name, text in (("to", to), ("by", by)) if text}).encode()
    request = urllib.request.Request(f"{url}/eros/clock", data=body, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=_ADVANCE_SECONDS) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        with error:
            why = json.load(error)["error"]["message"]
        raise UsageError("the clock cannot be moved", where=url, why=why, fix="eros-infra local status") from None
    except (OSError, urllib.error.URLError) as error:
        raise InfraError(
            "the local cloud did not answer", where=url, why=str(error), fix="eros-infra local up"
        ) from None


def running(home: Path, port: int, timeout_seconds: float = 5.0) -> dict[str, Any] | None:
    """The status of the server of this home, found by its record or by its port; None when there is none."""
    record = read_record(home)
    urls = [record.url] if record is not None else []
    urls += [url for url in (f"http://127.0.0.1:{port}",) if url not in urls]
    for url in urls:
        status = ask_status(url, timeout_seconds)
        if status is not None and Path(str(status["home"])) == home.resolve():
            return status
    return None


def look(home: Path, port: int) -> dict[str, Any]:
    """What can be told of a home without starting anything.

    `server` is the status of the one that serves it, None when none does; `left_by` the process that wrote a
    `server.json` nobody answers for; `port_is_free` whether nobody listens on the home's port.
    """
    status, record = running(home, port, _LOOK_SECONDS), read_record(home)
    return {
        "home": str(home),
        "port": port,
        "port_is_free": not _listens(port),
        "server": status,
        "left_by": record.pid if record is not None and status is None else None,
    }


def _listens(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start_detached(home: Path, port: int) -> tuple[dict[str, Any], bool]:
    """Make sure that a server runs; returns its status and whether this call started it.

    Two calls at once end with one server: the loser of the race for the port waits for the winner. Raises the
    InfraError that the server reported.
    """
    status = running(home, port)
    if status is not None:
        return status, False
    answer = _launch(home, port)
    if "error" not in answer:
        status = ask_status(str(answer["url"]), _START_SECONDS)
        if status is not None:
            return status, True
        raise InfraError("the local cloud ended right after it started", where=str(home), fix=f"read {home / LOG_FILE}")
    status = running(home, port, _START_SECONDS)
    if status is not None:
        return status, False
    raise _as_error(answer["error"])


def stop(home: Path, port: int) -> int | None:
    """End the home's server and wait until it is gone; returns its process id, None when none runs."""
    status = running(home, port)
    if status is None:
        record = read_record(home)
        if record is not None and not alive(record.pid):
            remove_record(home, record.pid)
        return None
    pid = int(status["pid"])
    _terminate(pid, home)
    deadline = time.monotonic() + _STOP_SECONDS
    while alive(pid):
        if time.monotonic() > deadline:
            raise ConflictError(f"the local cloud (process {pid}) does not end", where=str(home), fix=f"kill -9 {pid}")
        time.sleep(0.05)
    return pid


def _terminate(pid: int, home: Path) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return  # it ended by itself meanwhile
    except PermissionError:
        raise AccessError(
            f"the local cloud (process {pid}) belongs to another user", where=str(home), fix="stop it as that user"
        ) from None


def alive(pid: int) -> bool:
    """Whether the process still runs; one that ended but was not waited for by its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return True  # no /proc here: the signal's answer is all there is
    return state != "Z"


def _launch(home: Path, port: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "infra.local", "--home", str(home), "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--log"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        line = process.stdout.readline()
    if not line.strip():
        code = process.wait(_STOP_SECONDS)
        return {"error": {"message": f"the local cloud ended with exit code {code}", "exit_code": 1}}
    process.returncode = 0  # the server outlives this process on purpose: nobody waits for it
    return dict(json.loads(line))


def _as_error(reported: dict[str, Any]) -> InfraError:
    kind = EXIT_CODES.get(int(reported.get("exit_code", 1)), InfraError)
    return kind(
        str(reported.get("message", "the local cloud did not start")),
        where=str(reported.get("where", "")),
        why=str(reported.get("why", "")),
        fix=str(reported.get("fix", "")),
    )
