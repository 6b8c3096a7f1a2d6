"""Deployment of sql/ by the server itself and through the real client; and the server's clock."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infra import rendered
from infra.endpoints import LOCAL_STATE_BUCKET, LOCAL_WAREHOUSE_STATE
from infra.errors import InfraError, UsageError
from infra.gcloud import apply_sql, make_client
from infra.local import bootstrap as module
from infra.local.bootstrap import bootstrap, is_deployed_to
from infra.local.clock import clock_from, frozen_clock, system_clock
from infra.local.control.object_store import KIND
from infra.local.engine import Engine
from infra.local.server import LocalCloud
from sql import SqlSettings, deploy_order
from tests.conftest import NOW

SETTINGS = SqlSettings()


def names_in(client: Any) -> set[str]:
    tables = {table.table_id for table in client.list_tables(SETTINGS.dataset)}
    return tables | {routine.routine_id for routine in client.list_routines(SETTINGS.dataset)}


def test_a_new_home_has_every_object_and_reopening_changes_nothing(tmp_path: Path) -> None:
    with LocalCloud(tmp_path, now=NOW) as cloud:
        client = make_client(SETTINGS, url=cloud.url)
        assert names_in(client) == {name.partition("/")[2] for name in deploy_order()}
        client.query_and_wait(f"INSERT INTO `{SETTINGS.dataset}.creator_lock` (page_name, fence) VALUES ('kept', 7)")
        before = client.get_table(f"{SETTINGS.dataset}.creator_lock").modified
        client.close()
    with LocalCloud(tmp_path) as cloud:
        client = make_client(SETTINGS, url=cloud.url)
        table = client.get_table(f"{SETTINGS.dataset}.creator_lock")
        assert (table.num_rows, table.modified) == (2, before)  # the sentinel and the row above
        client.close()


def test_only_changed_sql_is_deployed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(None, SETTINGS.project, frozen_clock(NOW))
    with engine:
        assert bootstrap(engine, SETTINGS) is True
        assert bootstrap(engine, SETTINGS) is False
        changed = rendered.rendered_objects(SETTINGS)
        changed["functions/wilson_score_bounds"] += "-- changed\n"
        monkeypatch.setattr(module, "rendered_objects", lambda settings: changed)
        monkeypatch.setattr(module, "source_fingerprint", lambda settings: "changed")
        assert bootstrap(engine, SETTINGS) is True
        assert bootstrap(engine, SETTINGS) is False


def keep_state(engine: Engine, dataset: str) -> None:
    """What Terraform's gcs backend leaves after a deployment, and before it an older version of nothing."""
    managed = [{"type": "google_bigquery_dataset", "instances": [{"attributes": {"dataset_id": dataset}}]}]
    for generation, resources in enumerate(([], managed), 1):
        about = {"bucket": LOCAL_STATE_BUCKET, "name": LOCAL_WAREHOUSE_STATE, "generation": str(generation)}
        key = f"{LOCAL_STATE_BUCKET}\n{LOCAL_WAREHOUSE_STATE}\n{generation:020d}"
        engine.documents.put(KIND, key, about if resources else {**about, "timeDeleted": "2026-01-14T20:00:00Z"})
        engine.documents.put_content(key, json.dumps({"version": 4, "resources": resources}).encode())


def test_what_was_deployed_is_changed_by_deployments_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A restart must not slip in an edit that no plan showed and no gate judged."""
    other = SqlSettings(dataset="other")
    with Engine(None, SETTINGS.project, frozen_clock(NOW)) as engine:
        bootstrap(engine, SETTINGS)
        bootstrap(engine, other)
        assert not is_deployed_to(engine, SETTINGS.dataset)
        keep_state(engine, SETTINGS.dataset)
        assert (is_deployed_to(engine, SETTINGS.dataset), is_deployed_to(engine, "other")) == (True, False)
        edited = {"functions/wilson_sample": "CREATE OR REPLACE FUNCTION wilson_sample() RETURNS INT64 AS (7)"}
        monkeypatch.setattr(module, "rendered_objects", lambda settings: edited)
        monkeypatch.setattr(module, "source_fingerprint", lambda settings: "edited")
        assert (bootstrap(engine, SETTINGS), bootstrap(engine, other)) == (False, True)
        session = engine.session(SETTINGS.dataset)
        assert session.run("SELECT wilson_sample(0, 0, 'x') < 1 AS is_the_old_one").rows == [(True,)]
        session.close()


def test_nothing_is_rendered_while_the_sources_are_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered_again: list[str] = []

    def counted(settings: SqlSettings) -> dict[str, str]:
        rendered_again.append(settings.dataset)
        return rendered.rendered_objects(settings)

    with Engine(None, SETTINGS.project, frozen_clock(NOW)) as engine:
        bootstrap(engine, SETTINGS)
        monkeypatch.setattr(module, "rendered_objects", counted)
        assert bootstrap(engine, SETTINGS) is False
        assert rendered_again == []
        monkeypatch.setattr(module, "source_fingerprint", lambda settings: "another comment in a sidecar")
        for _ in range(2):
            assert bootstrap(engine, SETTINGS) is False
        assert rendered_again == [SETTINGS.dataset]


def test_settings_are_part_of_what_the_sources_say() -> None:
    assert rendered.source_fingerprint(SETTINGS) == rendered.source_fingerprint(SqlSettings())
    assert rendered.source_fingerprint(SETTINGS) != rendered.source_fingerprint(SqlSettings(location="EU"))


def test_an_object_the_engine_refuses_is_named_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "rendered_objects", lambda settings: {"views/broken": "SELECT nothing"})
    with Engine(None, SETTINGS.project, frozen_clock(NOW)) as engine:
        for _ in range(2):
            with pytest.raises(InfraError, match=r"sql/views/broken\.sql cannot be deployed") as caught:
                bootstrap(engine, SETTINGS)
        assert "nothing" in caught.value.why


def test_seeding_that_fails_is_named_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    only_the_table = {"tables/creators": rendered.rendered_objects(SETTINGS)["tables/creators"]}
    with Engine(None, SETTINGS.project, frozen_clock(NOW)) as engine:
        with monkeypatch.context() as patched:
            patched.setattr(module, "rendered_objects", lambda settings: only_the_table)
            for _ in range(2):
                with pytest.raises(InfraError, match=r"sql/queries/ensure_guard_rows\.sql cannot be deployed"):
                    bootstrap(engine, SETTINGS)
        assert bootstrap(engine, SETTINGS) is True
        session = engine.session(SETTINGS.dataset)
        assert session.run("SELECT page_name, fence FROM creator_lock").rows == [("*", 0)]
        session.close()


def test_the_real_client_deploys_everything_twice(client: Any, dataset: str) -> None:
    settings = SqlSettings(dataset=dataset)
    assert apply_sql(client, settings) == deploy_order()
    assert apply_sql(client, settings) == deploy_order()
    deployed = {table.table_id for table in client.list_tables(dataset)}
    assert {"creators", "schedule_recommendations_with_messages"} <= deployed
    job = next(iter(client.list_jobs(max_results=1)))
    # Contract, "Limits": system=eros, component, release; a bytes cap and a timeout.
    assert {name: job.labels[name] for name in ("system", "component", "release")} == {
        "system": "eros",
        "component": "deploy",
        "release": rendered.release_id(),
    }
    assert job.maximum_bytes_billed and int(job.configuration.job_timeout_ms) > 0
    guards = client.query_and_wait(f"SELECT page_name, fence FROM `{dataset}.creator_lock`")
    assert [tuple(row) for row in guards] == [("*", 0)]


def test_a_refused_object_is_named_by_the_client_too(
    client: Any, dataset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.gcloud.rendered_objects", lambda settings: {"views/broken": "SELECT nothing"})
    with pytest.raises(InfraError, match=r"sql/views/broken\.sql cannot be run"):
        apply_sql(client, SqlSettings(dataset=dataset))


def test_a_frozen_clock_is_the_only_time_there_is(client: Any) -> None:
    rows = client.query_and_wait("SELECT CURRENT_TIMESTAMP(), CURRENT_DATE('America/Los_Angeles')")
    assert [tuple(row) for row in rows] == [(NOW, NOW.date())]


@pytest.mark.parametrize("text", ["2026-01-14T20:00:00Z", "2026-01-14T12:00:00-08:00", " 2026-01-14 20:00:00+00:00 "])
def test_an_instant_freezes_the_clock(text: str) -> None:
    assert clock_from(text)() == NOW
    assert clock_from(text)().tzinfo is UTC


@pytest.mark.parametrize("text", ["2026-01-14", "2026-01-14T20:00:00", "noon", "2026-02-30T00:00:00Z"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="EROS_NOW is not an instant") as caught:
        clock_from(text)
    assert "EROS_NOW=" in caught.value.fix


def test_without_an_instant_time_goes_on() -> None:
    assert clock_from("") is system_clock
    assert abs((system_clock() - datetime.now(UTC)).total_seconds()) < 5
