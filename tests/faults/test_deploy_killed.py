"""SIGKILL in the middle of an apply, at ten points: what was made is taken over, nothing is made twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.errors import InfraError
from infra.holders import read_holder
from infra.records import releases
from infra.release.adopt import key_of
from infra.release.locks import running_note, state_lock
from infra.release.survey import survey
from infra.release.synthesised import wanted
from tests.deploying import APPLY_ALONE, ROOT, World, world
from tests.terraform import needs_node, needs_terraform

pytestmark = [needs_terraform, needs_node]

# By stack: the change, counted from the start of each apply, after whose answer was written nobody lived to read it.
POINTS = {"warehouse": (1, 5, 9), "automation": (1, 2, 3, 1), "observability": (1, 4, 6)}
UNTOUCHED = ("storage/", "/tflock", ":getIamPolicy", "/queries", "/jobs", "eros/")


@dataclass
class Reaper:
    """Stands before the server: lets so many changes of an apply happen, then kills the terraform that asked for them.

    Changes come one at a time; the one that kills is carried out, and its answer is lost. After it nothing is changed.
    """

    world: World

    def __post_init__(self) -> None:
        self._answer = self.world.cloud._dispatch
        self.world.cloud._dispatch = self
        self._lock, self._left, self.made = threading.Lock(), 0, 0

    def kill_after(self, changes: int, note: Path) -> None:
        self._left, self._note, self.made = changes, note, 0

    def __call__(self, request: Any) -> Any:
        if not self._is_change(request):
            return self._answer(request)
        with self._lock:
            if self._left < 0:
                raise ConnectionError("the asking terraform is dead")
            answer = self._answer(request)
            self.made += 1
            if self._left > 0:
                self._left -= 1
                if self._left == 0:
                    self._kill()
                    self._left = -1
            return answer

    def _is_change(self, request: Any) -> bool:
        path = request.url_path
        return request.method != "GET" and not any(part in path for part in UNTOUCHED)

    def _kill(self) -> None:
        holder = read_holder(self._note)
        assert holder is not None and holder.command.startswith("terraform apply")
        # Its group: terraform and the plugin that it started.
        os.killpg(holder.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An empty target: whatever is there, terraform made it."""
    with world(tmp_path_factory.mktemp("home"), bootstrap=False) as ready:
        yield ready


@pytest.fixture(scope="module")
def reaper(here: World) -> Reaper:
    return Reaper(here)


def found(here: World, stack: str) -> tuple[Counter[Any], set[Any]]:
    """How often each key exists on the target, and the keys that the stack declares."""
    declared = wanted(stack, here.stacks[stack], here.site.environment.project)
    keys = {(one.type, key_of(one)) for one in declared}
    existing = Counter((one.type, one.key) for one in survey(here.site.rest, declared))
    return Counter({key: count for key, count in existing.items() if key in keys}), keys


@pytest.mark.parametrize("stack", POINTS)
def test_killed_at_each_point_it_converges_and_nothing_is_there_twice(here: World, reaper: Reaper, stack: str) -> None:
    assert sum(len(points) for points in POINTS.values()) == 10
    environment, made = here.site.environment, 0
    for point in POINTS[stack]:
        reaper.kill_after(point, running_note(here.site.home, "local", stack))
        with pytest.raises(InfraError, match="was ended by SIGKILL") as caught:
            here.deploy(stack, **APPLY_ALONE)
        assert f"applied so far: {stack}" in caught.value.where and "takes over what was made" in caught.value.fix
        assert reaper.made == point
        assert state_lock(here.site.rest, environment.bucket, environment.state_prefix(stack)) is not None
        existing, _ = found(here, stack)
        assert max(existing.values()) == 1
        made = max(made, len(existing))
    reaper.kill_after(0, Path())
    outcome = here.deploy(stack, **APPLY_ALONE)
    existing, keys = found(here, stack)
    assert existing == Counter(dict.fromkeys(keys, 1))
    assert outcome.planned.adopted >= 1
    assert {one.outcome for one in releases(here.site.home, "local")[-len(POINTS[stack]) - 1 :]} == {
        "failed",
        "complete",
    }


def test_with_everything_killed_at_once_the_next_command_breaks_the_lock_and_goes_on(
    here: World, reaper: Reaper
) -> None:
    """The command, its terraform and the plugin: nobody is left who could write anything down."""
    code = (
        "import sys; from pathlib import Path; from tests.deploying import APPLY_ALONE, again\n"
        "again(Path(sys.argv[1])).deploy('guardrails', **APPLY_ALONE)"
    )
    reaper.kill_after(1, running_note(here.site.home, "local", "guardrails"))
    command = subprocess.Popen(
        [sys.executable, "-c", code, str(here.site.home)], cwd=ROOT, start_new_session=True, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 120
    while reaper.made == 0 and command.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(command.pid, signal.SIGKILL)
    command.communicate()
    assert reaper.made == 1
    assert releases(here.site.home, "local")[-1].outcome in ("interrupted", "failed")
    reaper.kill_after(0, Path())
    here.deploy("guardrails", **APPLY_ALONE)
    existing, keys = found(here, "guardrails")
    assert existing == Counter(dict.fromkeys(keys, 1))
