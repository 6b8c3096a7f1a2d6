"""What the deployment's commands say before they do anything, and how they end."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

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
