"""kill -9 at random moments: what was acknowledged is there whole, and nothing is there half."""

from __future__ import annotations

import random
import signal
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from sql import deploy_order
from tests.faults.raw_rest import PATIENCE_SECONDS, SETTINGS, NoAnswer, Rest, launched, starting
from tests.faults.writers import WRITERS, Writer

ROUNDS = 4


class Lane:
    """A writer in a thread of its own, with what it asked for and what it knows to be written."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.asked = 0
        self.written: set[int] = set()
        self.problem: Exception | None = None

    def go_on(self, rest: Rest, acknowledged: threading.Semaphore) -> None:
        """Write until the server is gone."""
        try:
            while True:
                self.asked += 1
                self.writer.write(rest, self.asked)
                self.written.add(self.asked)
                acknowledged.release()
        except NoAnswer:
            return
        except Exception as problem:
            self.problem = problem
            acknowledged.release()

    def check(self, rest: Rest) -> None:
        """What is found is what was acknowledged, and at most the one write without an answer besides."""
        if self.problem is not None:
            raise self.problem
        name, found, open_question = self.writer.name, self.writer.found(rest), self.asked
        known = {max(self.written, default=0)} if self.writer.latest else self.written
        if self.writer.latest:
            assert found <= known | {open_question}, f"{name}: found {found}, acknowledged up to {known}"
            self.written.add(max(found))  # what was seen once must stay
        else:
            assert known - found == set(), f"{name}: acknowledged writes are lost"
            assert found - known <= {open_question}, f"{name}: found what nobody asked for"
            self.written |= found


@pytest.mark.parametrize("seed", [4])
def test_every_acknowledged_write_survives_and_none_is_half_there(tmp_path: Path, seed: int) -> None:
    moments = random.Random(seed)
    lanes = [Lane(writer) for writer in WRITERS]
    for number in range(ROUNDS + 1):
        with launched(tmp_path) as (process, rest):
            if number == 0:
                rest.query("CREATE SCHEMA w; CREATE SCHEMA made;")
                for lane in lanes:
                    lane.writer.prepare(rest)
            for lane in lanes:
                lane.check(rest)
            if number == ROUNDS:
                break
            acknowledged = threading.Semaphore(0)
            threads = [threading.Thread(target=lane.go_on, args=(rest, acknowledged)) for lane in lanes]
            for thread in threads:
                thread.start()
            for _ in range(moments.randrange(60, 240)):
                assert acknowledged.acquire(timeout=PATIENCE_SECONDS), "the server stands still"
            process.send_signal(signal.SIGKILL)
            for thread in threads:
                thread.join(PATIENCE_SECONDS)
            assert process.wait(PATIENCE_SECONDS) == -signal.SIGKILL
    assert all(lane.written for lane in lanes), "a writer had no turn: take more writes per round"


def test_a_deployment_that_was_killed_goes_on(tmp_path: Path) -> None:
    moments = random.Random(4)
    for _ in range(3):
        with starting(tmp_path) as process, suppress(subprocess.TimeoutExpired):
            process.wait(moments.uniform(0.5, 4))
    with launched(tmp_path) as (_, rest):
        place = f"datasets/{SETTINGS.dataset}"
        tables = rest.resource("GET", f"{place}/tables?maxResults=1000")["tables"]
        routines = rest.resource("GET", f"{place}/routines?maxResults=1000")["routines"]
        found = {one["tableReference"]["tableId"] for one in tables}
        found |= {one["routineReference"]["routineId"] for one in routines}
        assert found == {name.partition("/")[2] for name in deploy_order()}
        assert rest.query(f"SELECT page_name, fence FROM {SETTINGS.dataset}.creator_lock") == [("*", "0")]
