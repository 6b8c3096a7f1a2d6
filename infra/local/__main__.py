"""The local cloud as a process: `python -m infra.local --home DIR [--owner PID] [--read-only | --look]`.

Prints one JSON line when it is ready, {"url": ..., "pid": ...}, or {"error": {...}} and exits with that error's code.
Ends on SIGTERM or SIGINT, and when its owner is gone; the warehouse file is closed cleanly each time. With --read-only
it serves the warehouse as it is on any free port and tells nobody; with --look it starts nothing and prints who serves
the home and whether its port is free.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from infra.errors import InfraError
from infra.local import lifecycle
from infra.local.clock import clock_from
from infra.local.server import LocalCloud
from infra.settings import Settings, load_settings

_OWNER_POLL_SECONDS = 0.5


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop; returns the exit code."""
    options = _parser().parse_args(arguments)
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    # A terminal sends Ctrl-C to the whole group: with an owner, the owner decides when its server may go.
    signal.signal(signal.SIGINT, signal.SIG_IGN if options.owner else lambda *_: stopped.set())
    try:
        settings = load_settings(home=options.home, port=options.port)
        if options.look:
            _say(lifecycle.look(settings.home.resolve(), settings.port or lifecycle.port_of(settings.home)))
            return 0
        return _show(settings, options, stopped) if options.read_only else _serve(settings, options, stopped)
    except InfraError as error:
        details = {name: text for name, text in error.as_dict().items() if name in ("where", "why", "fix")}
        _say({"error": {"message": error.what, "exit_code": error.exit_code, **details}})
        return error.exit_code


def _serve(settings: Settings, options: argparse.Namespace, stopped: threading.Event) -> int:
    home = settings.home.resolve()
    port = settings.port or lifecycle.port_of(home)
    with LocalCloud(home, port, clock_from(settings.now), settings=settings.sql) as cloud:
        if options.log:
            _log_to(home / lifecycle.LOG_FILE)
        if options.owner:
            threading.Thread(target=_watch, args=(options.owner, stopped), daemon=True).start()
        lifecycle.write_record(home, lifecycle.ServerRecord(cloud.url, os.getpid(), port, str(home)))
        try:
            _say({"url": cloud.url, "pid": os.getpid()})
            stopped.wait()
        finally:
            lifecycle.remove_record(home, os.getpid())
    return 0


def _show(settings: Settings, options: argparse.Namespace, stopped: threading.Event) -> int:
    home = settings.home.resolve()
    with LocalCloud(home, 0, clock_from(settings.now), settings=settings.sql, read_only=True) as cloud:
        if options.owner:
            threading.Thread(target=_watch, args=(options.owner, stopped), daemon=True).start()
        _say({"url": cloud.url, "pid": os.getpid()})
        stopped.wait()
    return 0


def _watch(owner: int, stopped: threading.Event) -> None:
    while lifecycle.alive(owner):
        if stopped.wait(_OWNER_POLL_SECONDS):
            return
    stopped.set()


def _say(answer: dict[str, object]) -> None:
    print(json.dumps(answer), flush=True)


def _log_to(path: Path) -> None:
    """A detached server has no terminal: its warnings and errors go to a file, started anew each time."""
    logging.basicConfig(filename=path, filemode="w", level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(descriptor, sys.stderr.fileno())
    os.close(descriptor)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--home", type=Path, help="folder of the warehouse; default EROS_HOME, else .eros")
    parser.add_argument("--port", type=int, help="loopback port; default EROS_PORT, else a stable hash of the home")
    parser.add_argument("--owner", type=int, help="end when this process is gone")
    parser.add_argument("--read-only", action="store_true", help="serve the warehouse as it is, and write nothing")
    parser.add_argument("--look", action="store_true", help="say who serves the home, and start nothing")
    parser.add_argument("--log", action="store_true", help="write warnings and errors to server.log in the home")
    return parser


if __name__ == "__main__":
    sys.exit(main())
