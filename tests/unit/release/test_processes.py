"""Programs that are run and followed: an interrupt reaches them once, and this process's death does not."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.errors import InfraError, RefusedError, UsageError
from infra.holders import holder_of, is_gone
from infra.processes import run
from infra.release.synthesis import synthesise

# Ends in order at an interrupt: notes it, and goes on to its end.
PROGRAM = """
import signal, sys, time
noted = []
signal.signal(signal.SIGINT, lambda *_: noted.append("interrupted"))
print("begun", flush=True)
for _ in range(int(sys.argv[1])):
    time.sleep(0.05)
    print("step", flush=True)
print("ended", *noted, flush=True)
"""
# A shell starts what it puts into the background with interrupts ignored, and a process inherits that.
RUNNER = """
import signal, sys
from pathlib import Path
from infra.processes import run
signal.signal(signal.SIGINT, signal.default_int_handler)
run([sys.executable, "-c", sys.argv[1], "20"], folder=Path("."), environment={}, said=Path(sys.argv[2]),
    on_start=lambda pid: print(pid, flush=True), on_line=lambda line: print(line, flush=True))
"""


@pytest.fixture
def runner(tmp_path: Path):
    """A process that runs the program, which has begun; its first line is the program's process id."""
    started = subprocess.Popen(
        [sys.executable, "-c", RUNNER, PROGRAM, str(tmp_path / "said")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    pid = int(started.stdout.readline())
    assert started.stdout.readline() == "begun\n"
    yield started, pid
    started.kill()
    started.communicate()


def test_what_it_says_is_heard_line_by_line_and_its_errors_apart(tmp_path: Path) -> None:
    heard: list[str] = []
    code = run(
        ["/bin/sh", "-c", "echo one; echo two >&2; printf three; exit 4"],
        folder=tmp_path,
        environment={},
        said=tmp_path / "said",
        errors=tmp_path / "errors",
        on_line=heard.append,
    )
    assert (code, heard, (tmp_path / "errors").read_text()) == (4, ["one", "three"], "two\n")


@pytest.mark.parametrize("count", [1, 3])
def test_an_interrupt_is_passed_on_once_and_the_end_is_waited_for(runner, tmp_path: Path, count: int) -> None:
    process, pid = runner
    program = holder_of(pid, "")
    for _ in range(count):
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    process.communicate(timeout=30)
    assert is_gone(program) and process.returncode != 0
    assert (tmp_path / "said").read_text().splitlines()[-1] == "ended interrupted"


def test_it_outlives_a_killed_runner_and_ends_its_work(runner, tmp_path: Path) -> None:
    process, pid = runner
    program = holder_of(pid, "")
    process.kill()
    process.wait()
    assert not is_gone(program)
    deadline = time.monotonic() + 30
    while not is_gone(program) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (tmp_path / "said").read_text().splitlines()[-1] == "ended"


# What app.py says and ends with; the error that this is told as: kind, what, why, fix.
SAID = [
    (
        "error: it would lose something\\nwhere: 0001\\nwhy: \\n  a table\\n  a column\\nfix: keep it",
        3,
        (RefusedError, "it would lose something", "a table\n  a column", "keep it"),
    ),
    ("a warning\\nerror: EROS_X is wrong", 2, (UsageError, "EROS_X is wrong", "", "")),
    ("Traceback\\nValueError: x", 1, (InfraError, "the stacks were not synthesised", "Traceback\nValueError: x", "")),
    ("Killed", 137, (InfraError, "the stacks were not synthesised", "Killed", "")),
]


def put_app(root: Path, program: str) -> None:
    """An infra.app of its own, which `python -m` finds first in the folder where it is run."""
    (root / "infra").mkdir()
    (root / "infra" / "__init__.py").touch()
    (root / "infra" / "app.py").write_text(program)


@pytest.mark.parametrize(("said", "code", "expected"), SAID)
def test_a_synthesis_that_fails_is_told_in_its_own_words(
    tmp_path: Path, said: str, code: int, expected: tuple[type[InfraError], str, str, str]
) -> None:
    lines = ["import os, sys", f"print('{said}', file=sys.stderr)", "assert os.environ['EROS_ENVIRONMENT'] == 'dev'"]
    put_app(tmp_path, "\n".join([*lines, f"sys.exit({code})"]))
    with pytest.raises(InfraError) as caught:
        synthesise("dev", tmp_path / "home", tmp_path, tmp_path / "out")
    error = caught.value
    assert (type(error), error.what, error.why, error.fix) == expected


def test_a_synthesis_without_stacks_is_an_error(tmp_path: Path) -> None:
    put_app(tmp_path, "")
    with pytest.raises(InfraError, match=r"the stacks state, warehouse, .* were not synthesised"):
        synthesise("local", tmp_path, tmp_path, tmp_path / "out")
