"""What the deployment's commands say before they do anything, and how they end."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
import typer
from google.api_core.exceptions import Forbidden
from google.auth.exceptions import RefreshError

from infra import gcloud
from infra.commands.shared import told
from infra.errors import AccessError
from tests.eros import Answer, Eros

FACTS = {
    "EROS_PROJECT_NUMBER": "123456",
    "EROS_BILLING_ACCOUNT": "0A1B2C-3D4E5F-678901",
    "EROS_ALERT_EMAILS": "a@b.example",
}


def run(home: Path, *arguments: str, **environment: str) -> Answer:
    return Eros(home, environment=environment)(*arguments, program="eros-infra")


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "words"),
    [
        (("plan", "--target", "moon"), {}, 2, ["no environment 'moon'", "local, dev, staging, prod"]),
        (("deploy",), {"EROS_ENVIRONMENT": "mars"}, 2, ["no environment 'mars'"]),
        (("plan", "--target", "dev"), {}, 2, ["the environment dev is not complete", *FACTS]),
        (
            ("deploy",),
            {"PATH": "/nowhere"},
            2,
            ["terraform is not installed", "why: it is not on the PATH", "fix: install"],
        ),
        (("plan", "--allow", "cost"), {}, 2, ["--allow 'cost' cannot be read", "RULE:ADDRESS="]),
        (("deploy", "--allow", "destroy:x=because I say so"), {}, 2, ["'destroy' cannot be allowed away"]),
        (
            ("synth",),
            {"PATH": "/nowhere"},
            2,
            ["cannot be synthesised", "why: cdktf runs on Node", "fix: install Node"],
        ),
    ],
    ids=[
        "unknown",
        "unknown by variable",
        "facts missing",
        "no terraform",
        "unreadable allowance",
        "no such allowance",
        "no node",
    ],
)
def test_what_is_missing_or_wrong_is_said_with_what_to_do(
    tmp_path: Path, arguments: tuple[str, ...], environment: Mapping[str, str], code: int, words: list[str]
) -> None:
    answer = run(tmp_path, *arguments, **environment)
    assert (answer.code, answer.out) == (code, "")
    assert [word for word in words if word not in answer.err] == []


@pytest.mark.parametrize("arguments", [("bootstrap",), ("schedules", "list")])
def test_nobody_signed_in_is_exit_code_4(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    surroundings = {**FACTS, "NO_GCE_CHECK": "true", "HOME": str(tmp_path), "CLOUDSDK_CONFIG": str(tmp_path)}
    if "GOOGLE_APPLICATION_CREDENTIALS" in os.environ:
        pytest.skip("somebody is signed in")
    answer = run(tmp_path, *arguments, "--target", "dev", "--json", **surroundings)
    assert answer.code == 4 and answer.json["error"] == "not signed in to Google Cloud"
    assert "gcloud auth application-default login" in answer.json["fix"]


@pytest.mark.parametrize(
    "arguments",
    [("plan", "--bogus"), ("deploy", "extra"), ("schedules", "run", "--timeout", "soon"), ("plan", "--wait", "-1")],
)
def test_wrong_usage_is_told_as_json_when_asked_for(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    answer = run(tmp_path, *arguments, "--json")
    assert (answer.code, answer.json["exit_code"], answer.json["kind"]) == (2, 2, "UsageError")
    assert answer.json["fix"].startswith(f"eros-infra {arguments[0]}") and answer.json["fix"].endswith("--help")


@pytest.mark.parametrize("command", [("synth",), ("plan",), ("deploy",)])
def test_a_home_that_cannot_be_written_is_exit_code_4_and_no_traceback(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("")
    answer = run(tmp_path / "file", *command, "--json")
    assert (answer.code, answer.json["error"], answer.json["why"]) == (
        4,
        "the home cannot be written",
        "Not a directory",
    )
    assert answer.json["where"] == str(tmp_path / "file" / "releases" / "local") and "EROS_HOME" in answer.json["fix"]
    assert answer.err == ""


def test_what_the_file_system_refuses_is_told_and_a_reader_that_went_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(typer.Exit) as ended, told(as_json=True):
        raise OSError(errno.ENOSPC, "No space left on device", "plans/state.json")
    assert ended.value.exit_code == 1
    assert json.loads(capsys.readouterr().out) == {
        "error": "the file system refused",
        "kind": "InfraError",
        "exit_code": 1,
        "where": "plans/state.json",
        "why": "No space left on device",
    }
    with pytest.raises(BrokenPipeError), told(as_json=True):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")


def test_an_interrupt_is_told_as_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, told(as_json=True):
        raise KeyboardInterrupt
    assert ended.value.exit_code == 130
    said = capsys.readouterr()
    assert json.loads(said.out) == {"error": "interrupted", "kind": "KeyboardInterrupt", "exit_code": 130}
    assert said.err.startswith("interrupted: ")


def test_what_no_file_is_to_blame_for_is_no_fault_of_the_file_system(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), told(as_json=True):
        raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
    assert json.loads(capsys.readouterr().out)["error"] == "a connection failed"


SIGNED_IN = {"type": "authorized_user", "client_id": "x", "client_secret": "y", "refresh_token": "z"}


@pytest.mark.parametrize("arguments", [("bootstrap",), ("schedules", "list"), ("unlock",)])
def test_a_google_that_cannot_be_reached_is_told_and_no_traceback(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Signed in, but the network leads nowhere: the first request fails, and not the client's making."""
    (tmp_path / "key.json").write_text(json.dumps(SIGNED_IN))
    nowhere = "http://127.0.0.1:9"  # the port that discards
    network = {"HTTPS_PROXY": nowhere, "https_proxy": nowhere, "NO_PROXY": "", "no_proxy": "", "NO_GCE_CHECK": "true"}
    surroundings = {**FACTS, **network, "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "key.json")}
    answer = run(tmp_path, *arguments, "--target", "dev", "--json", **surroundings)
    assert (answer.code, answer.json["error"]) == (1, "the target cannot be asked"), answer.err
    assert "network" in answer.json["fix"] and "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (RefreshError("Token has been expired or revoked"), "not signed in to Google Cloud"),
        (Forbidden("no"), "the target cannot be asked"),
    ],
)
def test_a_sign_in_that_has_ended_or_is_not_enough_is_exit_code_4(error: Exception, what: str) -> None:
    class Session:
        def request(self, *_: object) -> None:
            raise error

    with pytest.raises(AccessError) as caught:
        gcloud.told(Session()).request("GET", "https://x")
    assert (caught.value.exit_code, caught.value.what, caught.value.why) == (4, what, str(error))
