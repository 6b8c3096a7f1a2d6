"""What the control half has acknowledged survives kill -9, and a server that only shows writes nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from infra.endpoints import LOCAL_STATE_BUCKET
from infra.gcloud import make_client, transfers
from infra.local.server import LocalCloud
from sql import SqlSettings
from tests.conftest import NOW
from tests.local.control.conftest import PROJECT, Call, calling

SERVER = """
import sys
from datetime import datetime
from pathlib import Path
from infra.local.server import LocalCloud
with LocalCloud(Path(sys.argv[1]), now=datetime.fromisoformat(sys.argv[2]), bootstrap=False) as cloud:
    print(cloud.url, flush=True)
    sys.stdin.read()
"""
PARENT = f"projects/{PROJECT}/locations/us"
RUNNER = f"runner@{PROJECT}.iam.gserviceaccount.com"
ENDLESS = (
    "SELECT COUNT(*) AS n FROM UNNEST(GENERATE_ARRAY(1, 300000)) AS a CROSS JOIN UNNEST(GENERATE_ARRAY(1, 300000)) AS b"
)


def server(home: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(home), NOW.isoformat()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def killed(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def config(client: Any, name: str, query: str, account: str = "") -> str:
    given = {"display_name": name, "data_source_id": "scheduled_query", "schedule": "every day 21:07"}
    wanted = {"parent": PARENT, "transfer_config": {**given, "params": {"query": query}}}
    return str(client.create_transfer_config({**wanted, "service_account_name": account}).name)


def started(client: Any, name: str, state: str) -> Any:
    """A run by hand, once it is in that state."""
    run = client.start_manual_transfer_runs({"parent": name, "requested_run_time": NOW}).runs[0]
    deadline = time.monotonic() + 30
    while (run := client.get_transfer_run({"name": run.name})).state.name != state:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return run


def told(call: Call) -> dict[str, Any]:
    """All that is kept, as a client sees it."""
    paths = (
        f"/monitoring/v3/projects/{PROJECT}/notificationChannels",
        f"/pubsub/v1/projects/{PROJECT}/topics",
        f"/iam/v1/projects/{PROJECT}/serviceAccounts",
        f"/pubsub/v1/projects/{PROJECT}/topics/t:getIamPolicy",
        f"/storage/v1/b/{LOCAL_STATE_BUCKET}/o?versions=true",
        f"/v1/{PARENT}/transferConfigs",
    )
    answers = {path: call("GET", path).body for path in paths}
    for one in answers[paths[4]]["items"]:
        one.pop("selfLink")  # the port is another one
    return answers


def test_what_was_acknowledged_survives_kill_nine(tmp_path: Path) -> None:
    process, url = server(tmp_path)
    try:
        call, client = calling(url), transfers(url)
        given = {"type": "email", "displayName": "c", "labels": {"email_address": "a@example.com"}}
        call("POST", f"/monitoring/v3/projects/{PROJECT}/notificationChannels", given)
        call("PUT", f"/pubsub/v1/projects/{PROJECT}/topics/t", {})
        call("POST", f"/iam/v1/projects/{PROJECT}/serviceAccounts", {"accountId": "runner"})
        member = {"role": "roles/pubsub.publisher", "members": ["user:a@example.com"]}
        call("POST", f"/pubsub/v1/projects/{PROJECT}/topics/t:setIamPolicy", {"policy": {"bindings": [member]}})
        quick = config(client, "quick", "SELECT 1", RUNNER)
        slow = config(client, "slow", ENDLESS)
        upload = f"/upload/storage/v1/b/{LOCAL_STATE_BUCKET}/o?uploadType=media&name=default.tfstate"
        for content in (b"one" * 10_000, b"two"):
            assert call("POST", upload, content).status == 200
        ended = started(client, quick, "SUCCEEDED")
        before = told(call)
        run = started(client, slow, "RUNNING")
    finally:
        killed(process)
    with LocalCloud(tmp_path, now=NOW, bootstrap=False) as cloud:
        call, client = calling(cloud.url), transfers(cloud.url)
        cut_off = client.get_transfer_run({"name": run.name})
        assert (cut_off.state.name, cut_off.error_status.message) == (
            "FAILED",
            "The local cloud ended before the run did",
        )
        assert client.get_transfer_run({"name": ended.name}) == ended
        job = make_client(SqlSettings(), url=cloud.url).get_job("scheduled_query_" + ended.name.rpartition("/")[2])
        assert job.user_email == RUNNER
        after = told(call)
        for one in after[f"/v1/{PARENT}/transferConfigs"]["transferConfigs"]:
            one.pop("state")  # the slow one has a run by now
        for one in before[f"/v1/{PARENT}/transferConfigs"]["transferConfigs"]:
            one.pop("state", None)
        assert after == before
        kept = [one["generation"] for one in before[f"/storage/v1/b/{LOCAL_STATE_BUCKET}/o?versions=true"]["items"]]
        path = f"/storage/v1/b/{LOCAL_STATE_BUCKET}/o/default.tfstate?alt=media"
        assert call("GET", f"{path}&generation={kept[0]}").content == b"one" * 10_000
        assert call("GET", path).content == b"two"
        assert int(call("POST", upload, b"three").body["generation"]) > max(map(int, kept))


def test_a_server_that_only_shows_writes_nothing(tmp_path: Path) -> None:
    with LocalCloud(tmp_path, now=NOW, bootstrap=False) as cloud:
        config(transfers(cloud.url), "daily", "SELECT 1")
    before = (tmp_path / "warehouse.duckdb").read_bytes()
    with LocalCloud(tmp_path, now=NOW, bootstrap=False, read_only=True) as cloud:
        call = calling(cloud.url)
        assert len(call("GET", f"/v1/{PARENT}/transferConfigs").body["transferConfigs"]) == 1
        assert call("GET", f"/storage/v1/b/{LOCAL_STATE_BUCKET}").status == 200
        for method, path, body in [
            ("PUT", f"/pubsub/v1/projects/{PROJECT}/topics/t", {}),
            ("POST", f"/upload/storage/v1/b/{LOCAL_STATE_BUCKET}/o?uploadType=media&name=a", b"x"),
            ("POST", "/eros/clock", {"by": "2d"}),
        ]:
            assert call(method, path, body).reason == (403, "accessDenied")
    assert (tmp_path / "warehouse.duckdb").read_bytes() == before


def test_a_write_that_fails_leaves_nothing_behind(own_cloud: LocalCloud) -> None:
    call = calling(own_cloud.url)
    assert own_cloud._service is not None
    documents = own_cloud._service.engine.documents
    try:
        with documents.together():
            documents.put("topics", "projects/p/topics/half", {"name": "half"})
            documents.put_content("half", b"x")
            raise RuntimeError
    except RuntimeError:
        pass
    assert documents.get("topics", "projects/p/topics/half") is None
    assert documents.content("half") is None
    assert call("GET", f"/pubsub/v1/projects/{PROJECT}/topics").body == {}
    assert call("PUT", f"/pubsub/v1/projects/{PROJECT}/topics/whole", {}).status == 200


def test_nothing_is_kept_where_nothing_was_declared(tmp_path: Path) -> None:
    """A warehouse that nobody declares anything in gets no table for it."""
    with LocalCloud(tmp_path, now=NOW, bootstrap=False) as cloud:
        assert calling(cloud.url)("GET", f"/storage/v1/b/{LOCAL_STATE_BUCKET}/o").body == {"kind": "storage#objects"}
        assert calling(cloud.url)("GET", "/eros/status").body["resources"] == {}
        assert cloud._service is not None
        found = cloud._service.engine.scratch_connection().execute(
            "SELECT table_name FROM duckdb_tables() WHERE table_name IN ('documents', 'contents')"
        )
        assert found.fetchall() == []
        assert make_client(SqlSettings(), url=cloud.url).query_and_wait("SELECT 1 AS n").total_rows == 1
