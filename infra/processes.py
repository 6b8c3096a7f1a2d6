"""Runs a program whose output goes to a file and is followed there: the program survives this process's end unharmed.

With a pipe, a reader's death would break the writer in the middle of its work.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

_POLL_SECONDS = 0.05


def run(
    command: list[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    said: Path,
    errors: Path | None = None,
    on_line: Callable[[str], None] = lambda line: None,
    on_start: Callable[[int], None] = lambda pid: None,
) -> int:
    """Run the command to its end; returns its exit code, negative for the signal that ended it.

    Standard output goes to `said`, and what it says to `on_line`, line by line as it is written; standard error goes
    to `errors`, else to `said` as well. `on_start` gets the process id. The program has a process group of its own:
    when this process is interrupted, the interrupt is passed on once and its end is waited for, however long it takes
    and however often somebody interrupts meanwhile.
    """
    with said.open("wb") as out, (errors or said).open("ab") as err:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err if errors else subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        on_start(process.pid)
        return _follow(process, said, on_line)
    except BaseException:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            _wait(process)
        raise


def _wait(process: subprocess.Popen[bytes]) -> None:
    """A second interrupt would make terraform give up in the middle of a change: it is not passed on."""
    while process.returncode is None:
        with suppress(KeyboardInterrupt):
            process.wait()


def _follow(process: subprocess.Popen[bytes], said: Path, on_line: Callable[[str], None]) -> int:
    rest = b""
    with said.open("rb") as reader:
        while True:
            ended = process.poll()  # asked first, so that what is read after it is all there is
            *lines, rest = (rest + reader.read()).split(b"\n")
            for line in lines:
                on_line(line.decode("utf-8", "replace"))
            if ended is not None:
                if rest:
                    on_line(rest.decode("utf-8", "replace"))
                return ended
            time.sleep(_POLL_SECONDS)
