"""Terraform's own gcs backend against the local Cloud Storage: state, generations, and the lock that two fight for."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from infra.endpoints import ENDPOINTS, LOCAL_STATE_BUCKET
from infra.local.server import LocalCloud
from tests.local.control.conftest import Call
from tests.terraform import needs_terraform

LOCK = f"/storage/v1/b/{LOCAL_STATE_BUCKET}/o/eros%2Fbackend-test%2Fdefault.tflock"
STATE = f"/storage/v1/b/{LOCAL_STATE_BUCKET}/o/eros%2Fbackend-test%2Fdefault.tfstate"
WAITING = """
resource "terraform_data" "work" {
  input = "%s"
  provisioner "local-exec" {
    command = "while [ ! -e go ]; do sleep 0.05; done"
  }
}
"""


class Folder:
    """A configuration without providers, and terraform run in it."""

    def __init__(self, path: Path, url: str) -> None:
        self.path = path
        settings = {
            "bucket": LOCAL_STATE_BUCKET,
            "prefix": "eros/backend-test",
            "access_token": "local",
            "storage_custom_endpoint": url + ENDPOINTS["storage"],
        }
        (path / "backend.tf.json").write_text(json.dumps({"terraform": {"backend": {"gcs": settings}}}))

    def declare(self, text: str) -> None:
        (self.path / "main.tf").write_text(text)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        return subprocess.Popen(
            ["terraform", *arguments, "-no-color"],
            cwd=self.path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        process = self.start(*arguments)
        output = process.communicate(timeout=120)[0]
        return process.returncode, output


@pytest.fixture
def folder(tmp_path: Path, control_cloud: LocalCloud) -> Folder:
    made = Folder(tmp_path, control_cloud.url)
    code, output = made.run("init", "-input=false")
    assert code == 0, output
    return made


def held(call: Call) -> str:
    """The id of the lock, once somebody has it."""
    deadline = time.monotonic() + 60
    while (answer := call("GET", LOCK)).status != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return str(answer.body["generation"])


@needs_terraform
@pytest.mark.covers("control", "Terraform's own gcs backend keeps state and lock here: of two applies one is refused")
def test_two_applies_at_once_and_one_that_was_killed(folder: Folder, call: Call) -> None:
    folder.declare(WAITING % "one")
    first = folder.start("apply", "-auto-approve", "-input=false")
    generation = held(call)
    code, output = folder.run("apply", "-auto-approve", "-input=false")
    assert code == 1
    assert "Error acquiring the state lock" in output
    assert re.search(rf"ID:\s+{generation}\b", output) and "OperationTypeApply" in output
    (folder.path / "go").touch()
    assert "1 added" in first.communicate(timeout=120)[0]
    assert call("GET", LOCK).status == 404
    state = json.loads(call("GET", STATE + "?alt=media").content)
    assert [one["type"] for one in state["resources"]] == ["terraform_data"]
    code, output = folder.run("plan", "-detailed-exitcode", "-input=false")
    assert code == 0, output

    (folder.path / "go").unlink()
    folder.declare(WAITING % "two" + 'resource "terraform_data" "quick" {\n  input = terraform_data.work.id\n}\n')
    killed = folder.start("apply", "-auto-approve", "-input=false", "-replace=terraform_data.work")
    generation = held(call)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    code, output = folder.run("plan", "-input=false")
    assert (code, "Error acquiring the state lock" in output) == (1, True)
    code, output = folder.run("force-unlock", "-force", generation)
    assert code == 0, output
    (folder.path / "go").touch()
    code, output = folder.run("apply", "-auto-approve", "-input=false")
    assert code == 0, output
    serials = json.loads(call("GET", STATE + "?alt=media").content)["serial"]
    assert serials > state["serial"]
