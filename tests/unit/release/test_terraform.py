"""The runner: what it says to terraform, and how it reads the answers. A script plays terraform."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from infra import terraform
from infra.errors import AccessError, ConflictError, InfraError, UsageError
from infra.holders import holder_of, is_gone, read_holder
from infra.terraform import Message, StateLocked, Terraform, read_lock, write_imports

# What terraform 1.11.4 said to a plan while an apply held the state.
LOCKED = (
    'Error message: writing "gs://b/eros/local/x/default.tflock" failed: googleapi: Error 412: conditionNotMet\n'
    "\nLock Info:\n  ID:        1004\n  Path:      gs://b/eros/local/x/default.tflock\n"
    "  Operation: OperationTypeApply\n  Who:       root@vm\n  Version:   1.11.4\n"
    "  Created:   2026-11-25 21:45:41.452843483 +0000 UTC\n  Info:      \n\n\nTerraform acquires a state lock"
)


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Puts a `terraform` on the PATH that says the given lines, notes how it was called, and exits."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def played(lines: list[object], code: int = 0, errors: str = "") -> Path:
        said, calls = tmp_path / "lines", tmp_path / "calls"
        said.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines))
        script = folder / "terraform"
        script.write_text(
            f'#!/bin/sh\n{{ echo "$@"; env | sort; }} >> "{calls}"\ncat "{said}"\n'
            f'printf %s "{errors}" >&2\nexit {code}\n'
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        return calls

    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return played


def diagnostic(summary: str, detail: str = "", **more: object) -> dict[str, object]:
    about = {"severity": "error", "summary": summary, "detail": detail, **more}
    return {"@level": "error", "@message": f"Error: {summary}", "type": "diagnostic", "diagnostic": about}


def runner(tmp_path: Path, **about: object) -> Terraform:
    return Terraform(tmp_path, "warehouse", **about)  # type: ignore[arg-type]


def test_a_missing_terraform_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError) as caught:
        runner(tmp_path).init()
    assert caught.value.exit_code == 2
    assert "not installed" in str(caught.value) and "PATH" in caught.value.why and "1.9" in caught.value.fix


@pytest.mark.parametrize(
    ("version", "good"), [("1.8.5", False), ("1.9.0", True), ("1.11.4", True), ("2.0.0-rc1", True)]
)
def test_terraform_must_know_import_blocks_and_json(play, version: str, good: bool) -> None:
    play([{"terraform_version": version}])
    if good:
        assert terraform.require_version() == version
    else:
        with pytest.raises(UsageError, match=r"1\.8\.5 is too old"):
            terraform.require_version()


@pytest.mark.parametrize(("code", "changes"), [(0, False), (2, True)])
def test_a_plan_tells_whether_anything_changes(play, tmp_path: Path, code: int, changes: bool) -> None:
    play([{"type": "change_summary", "@message": "Plan: 0 to add"}], code)
    assert runner(tmp_path).plan(tmp_path / "p.tfplan") is changes


def test_nobody_is_asked_and_no_personal_default_changes_a_command(
    play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TF_CLI_ARGS", "TF_CLI_ARGS_plan", "TF_WORKSPACE", "TF_DATA_DIR", "TF_VAR_secret"):
        monkeypatch.setenv(name, "-lock=false")
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "not-for-argv")
    calls = play([])
    one = runner(tmp_path, lock_wait_seconds=7)
    one.plan(tmp_path / "p.tfplan")
    one.apply(tmp_path / "p.tfplan")
    text = calls.read_text()
    commands = [line for line in text.splitlines() if line.startswith(("plan", "apply"))]
    assert all("-input=false" in line and "-lock-timeout=7s" in line for line in commands) and len(commands) == 2
    assert "-lock=false" not in text and "TF_WORKSPACE" not in text
    assert not any("not-for-argv" in line for line in commands)
    assert "CHECKPOINT_DISABLE=1" in text and "TF_INPUT=0" in text and "TF_IN_AUTOMATION=1" in text


def test_drift_is_looked_for_without_a_lock_a_note_or_anything_to_apply(play, tmp_path: Path) -> None:
    calls = play([])
    note = tmp_path / "running" / "warehouse.json"
    note.parent.mkdir()
    note.write_text("{}")  # a deployment that runs meanwhile
    runner(tmp_path, running=note).plan_drift(tmp_path / "p.tfplan")
    (command,) = [line for line in calls.read_text().splitlines() if line.startswith("plan")]
    assert "-refresh-only" in command and "-lock=false" in command and "-lock-timeout" not in command
    assert note.read_text() == "{}"


def test_messages_are_progress_and_are_kept(play, tmp_path: Path) -> None:
    hook = {"resource": {"addr": "google_pubsub_topic.runs"}, "action": "create"}
    play(["not json", {"type": "apply_complete", "@message": "Creation complete", "@level": "info", "hook": hook}])
    heard: list[Message] = []
    runner(tmp_path, listener=heard.append, logs=tmp_path / "logs").apply(tmp_path / "p")
    assert heard == [Message("apply_complete", "Creation complete", "google_pubsub_topic.runs", "create")]
    assert "Creation complete" in (tmp_path / "logs" / "warehouse.apply.jsonl").read_text()


def test_a_held_lock_says_who_since_when_and_how_to_release_it(play, tmp_path: Path) -> None:
    play([diagnostic("Error acquiring the state lock", LOCKED)], 1)
    with pytest.raises(StateLocked) as caught:
        runner(tmp_path, unlock_hint="eros-infra unlock --target dev").plan(tmp_path / "p")
    text = str(caught.value)
    assert caught.value.exit_code == 5
    assert "root@vm (apply) since 2026-11-25 21:45:41" in text
    assert "eros-infra unlock --target dev warehouse" in text
    assert (caught.value.lock.id, caught.value.lock.path) == ("1004", "gs://b/eros/local/x/default.tflock")


def test_other_words_are_no_lock() -> None:
    assert read_lock("Error: ID: 5\nWho: me") is None


def test_an_overtaken_plan_is_a_conflict(play, tmp_path: Path) -> None:
    play([diagnostic("Saved plan is stale", "The given plan file can no longer be applied")], 1)
    with pytest.raises(ConflictError, match="changed by somebody else since it was planned"):
        runner(tmp_path).apply(tmp_path / "p")


def test_a_failure_has_terraforms_words_and_the_resource(play, tmp_path: Path) -> None:
    play([diagnostic("Error creating Routine", "googleapi: Error 400: bad\n body", address="google_x.y")], 1)
    with pytest.raises(InfraError) as caught:
        runner(tmp_path).apply(tmp_path / "p")
    assert caught.value.exit_code == 1
    assert caught.value.why == "google_x.y: Error creating Routine. googleapi: Error 400: bad body"


def test_a_refusal_by_google_is_an_access_error(play, tmp_path: Path) -> None:
    play([diagnostic("Error reading Dataset", "googleapi: Error 403: Access Denied")], 1)
    with pytest.raises(AccessError):
        runner(tmp_path).plan(tmp_path / "p")


def test_a_plugin_that_cannot_be_had_is_a_usage_error(play, tmp_path: Path) -> None:
    play([diagnostic("Failed to query available provider packages", "no provider packages for google")], 1)
    with pytest.raises(UsageError, match="terraform init failed for warehouse"):
        runner(tmp_path).init()


def test_errors_without_json_are_read_too(play, tmp_path: Path) -> None:
    play([], 1, errors="\\033[31m|\\033[0m Error: no such file")
    with pytest.raises(InfraError, match="no such file"):
        runner(tmp_path).show(tmp_path / "p")


def test_an_empty_state_is_no_error(play, tmp_path: Path) -> None:
    play([])
    assert runner(tmp_path).state() == {}


def test_one_that_is_killed_leaves_a_note_of_its_process(tmp_path: Path, play) -> None:
    play([])
    (tmp_path / "bin" / "terraform").write_text("#!/bin/sh\nkill -9 $$\n")
    note = tmp_path / "running" / "warehouse.json"
    with pytest.raises(InfraError, match="ended by SIGKILL"):
        runner(tmp_path, running=note).apply(tmp_path / "p")
    holder = read_holder(note)
    assert holder is not None and is_gone(holder) and holder.command == "terraform apply warehouse"


def test_one_that_ends_takes_its_note_away_and_one_that_takes_no_lock_writes_none(tmp_path: Path, play) -> None:
    play([])
    note = tmp_path / "running" / "warehouse.json"
    runner(tmp_path, running=note).apply(tmp_path / "p")
    assert not note.exists()
    note.write_text("{}")
    runner(tmp_path, running=note).init()
    assert runner(tmp_path, running=note).state() == {} and note.exists()


def test_a_living_process_of_this_host_is_not_gone_and_another_host_is_never_known_to_be() -> None:
    from dataclasses import replace

    mine = holder_of(os.getpid(), "deploy local")
    assert not is_gone(mine)
    assert is_gone(replace(mine, started="1"))  # the number was given to another process meanwhile
    assert is_gone(replace(mine, boot="before the restart"))
    assert not is_gone(replace(mine, host="elsewhere", started="1"))


def test_import_blocks_are_written_and_cleared(tmp_path: Path) -> None:
    path = write_imports(tmp_path, {"google_pubsub_topic.b": "projects/p/topics/b", "google_pubsub_topic.a": "x"})
    assert json.loads(path.read_text()) == {
        "import": [
            {"to": "google_pubsub_topic.a", "id": "x"},
            {"to": "google_pubsub_topic.b", "id": "projects/p/topics/b"},
        ]
    }
    assert not write_imports(tmp_path, {}).exists()
