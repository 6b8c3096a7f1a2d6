"""Who may work: one command per home and environment, and nobody against a lock whose holder may be alive."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from infra.errors import ConflictError
from infra.holders import Holder, holder_of, write_holder
from infra.release.locks import clear_state, deploy_lock, is_stale, state_lock
from infra.terraform import StateLock, StateLocked
from tests.unit.release.fakes import Google

OBJECT = "storage/b/bucket/o/eros%2Fdev%2Fstate%2Fdefault.tflock"


def dead(since: str = "2026-01-14T20:00:00.000+00:00") -> Holder:
    """A terraform of this host that has ended."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return replace(holder_of(done.pid, "terraform apply state"), started="1", since=since)


def lock_of(holder: Holder, created: str = "2026-01-14T20:00:00.123456789Z") -> StateLock:
    return StateLock("17", "gs://bucket/x", "OperationTypeApply", f"{holder.user}@{holder.host}", created)


def locked(lock: StateLock) -> Google:
    content = {"ID": "a-uuid", "Operation": lock.operation, "Who": lock.who, "Created": lock.created}
    return Google(
        {
            f"GET {OBJECT}": {"generation": lock.id},
            f"GET {OBJECT}?alt=media": json.dumps(content),
            f"DELETE {OBJECT}?ifGenerationMatch={lock.id}": {},
        }
    )


def test_a_second_command_is_refused_and_told_who_works(tmp_path: Path) -> None:
    with deploy_lock(tmp_path, "dev", "deploy dev"):
        with pytest.raises(ConflictError) as caught, deploy_lock(tmp_path, "dev", "plan dev"):
            pass
        assert caught.value.exit_code == 5
        assert f"process {os.getpid()} (deploy dev) since 20" in caught.value.why and "--wait" in caught.value.fix
        with deploy_lock(tmp_path, "prod", "deploy prod"):
            pass
    with deploy_lock(tmp_path, "dev", "plan dev"):
        assert (tmp_path / "releases" / "dev").stat().st_mode & 0o777 == 0o700


def test_a_command_that_died_holds_nothing(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from infra.release.locks import deploy_lock\n"
        "with deploy_lock(Path(sys.argv[1]), 'dev', 'deploy dev'): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == -9
    with deploy_lock(tmp_path, "dev", "deploy dev") as holder:
        assert holder.pid == os.getpid()


def test_one_that_waits_gets_it_when_the_other_ends(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from infra.release.locks import deploy_lock\n"
        "with deploy_lock(Path(sys.argv[1]), 'dev', 'deploy dev'): print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None and other.stdout.readline() == "held\n"
    with pytest.raises(ConflictError), deploy_lock(tmp_path, "dev", "plan dev", wait_seconds=0.3):
        pass
    other.communicate("")
    with deploy_lock(tmp_path, "dev", "plan dev", wait_seconds=30):
        pass


def test_a_lock_is_stale_only_when_its_holder_was_ours_and_is_dead() -> None:
    holder = dead()
    assert is_stale(lock_of(holder), holder)
    assert not is_stale(lock_of(holder), None)
    assert not is_stale(replace(lock_of(holder), who="somebody@elsewhere"), holder)
    assert not is_stale(lock_of(holder), replace(holder_of(os.getpid(), "terraform apply"), since=holder.since))
    elsewhere = replace(holder, host="elsewhere")
    assert not is_stale(lock_of(elsewhere), elsewhere)


@pytest.mark.parametrize(("seconds", "stale"), [(-2, False), (0, True), (29, True), (31, False)])
def test_a_lock_taken_long_after_our_terraform_began_is_somebody_elses(seconds: int, stale: bool) -> None:
    holder = dead()
    created = datetime.fromisoformat(holder.since) + timedelta(seconds=seconds)
    assert is_stale(lock_of(holder, created.isoformat()), holder) is stale


def test_a_stale_lock_is_released_by_its_generation_and_the_note_goes(tmp_path: Path) -> None:
    holder = dead()
    note = tmp_path / "state.json"
    write_holder(note, holder)
    google = locked(lock_of(holder))
    released = clear_state(google.rest, "bucket", "eros/dev/state", "state", note, "eros-infra unlock")
    assert released is not None and released.id == "17"
    assert google.asked[-1] == f"DELETE {OBJECT}?ifGenerationMatch=17" and not note.exists()


def test_a_lock_of_somebody_alive_is_left_and_told(tmp_path: Path) -> None:
    google = locked(StateLock("17", "", "OperationTypeApply", "ann@laptop", "2026-01-14T20:00:00Z"))
    with pytest.raises(StateLocked) as caught:
        clear_state(google.rest, "bucket", "eros/dev/state", "state", tmp_path / "n", "eros-infra unlock --target dev")
    text = str(caught.value)
    assert "ann@laptop (apply) since 2026-01-14T20:00:00Z" in text and caught.value.exit_code == 5
    assert "eros-infra unlock --target dev state --id 17" in text
    assert not any(asked.startswith("DELETE") for asked in google.asked)


def test_nobody_holds_it(tmp_path: Path) -> None:
    google = Google()
    assert state_lock(google.rest, "bucket", "eros/dev/state") is None
    assert clear_state(google.rest, "bucket", "eros/dev/state", "state", tmp_path / "n", "x") is None
