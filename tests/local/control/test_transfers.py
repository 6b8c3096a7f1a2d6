"""Scheduled queries through Google's own client: configurations, runs, what is refused."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core import exceptions as api

from infra.gcloud import make_client, transfers
from infra.local.server import LocalCloud
from sql import SqlSettings
from tests.conftest import NOW
from tests.local.control.conftest import CONFIGS, PROJECT, Call

PARENT = f"projects/{PROJECT}/locations/us"
ACCOUNTS = f"/iam/v1/projects/{PROJECT}/serviceAccounts"
QUERY = "SELECT @run_time AS `at`, @run_date AS day"


@pytest.fixture(scope="module")
def client(control_cloud: LocalCloud) -> Any:
    return transfers(control_cloud.url)


@pytest.fixture(scope="module")
def bigquery(control_cloud: LocalCloud) -> Iterator[Any]:
    connected = make_client(SqlSettings(), url=control_cloud.url)
    yield connected
    connected.close()


@pytest.fixture
def config(client: Any) -> Iterator[Any]:
    """A configuration of the test's own."""
    made = client.create_transfer_config({"parent": PARENT, "transfer_config": described()})
    yield made
    try:
        client.delete_transfer_config({"name": made.name})
    except api.NotFound:
        return


def described(**changes: Any) -> dict[str, Any]:
    given = {
        "display_name": f"q_{uuid.uuid4().hex[:8]}",
        "data_source_id": "scheduled_query",
        "schedule": "every 6 hours from 00:13 to 18:13",
        "params": {"query": QUERY},
    }
    return {**given, **changes}


def started(client: Any, name: str, at: datetime) -> Any:
    """The ended run of a manual start."""
    run = client.start_manual_transfer_runs({"parent": name, "requested_run_time": at}).runs[0]
    return ended(client, run.name)


def ended(client: Any, name: str) -> Any:
    deadline = time.monotonic() + 30
    while (run := client.get_transfer_run({"name": name})).state.name in ("PENDING", "RUNNING"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return run


@pytest.mark.covers(
    "control", "Scheduled queries are made, read, listed in pages, changed by mask and deleted with their runs"
)
def test_a_configuration_lives_and_dies(client: Any, config: Any) -> None:
    read = client.get_transfer_config({"name": config.name})
    assert read.name.startswith("projects/100000000001/locations/us/transferConfigs/")
    assert (read.data_source_id, read.schedule) == ("scheduled_query", "every 6 hours from 00:13 to 18:13")
    # 20:00 on 14 January: the next of 00:13, 06:13, 12:13, 18:13 is the day after
    assert read.next_run_time == datetime(2026, 1, 15, 0, 13, tzinfo=UTC)
    assert dict(read.params) == {"query": QUERY}
    mask = {"paths": ["schedule", "params"]}
    change = {"name": config.name, "schedule": "every day 21:07", "params": {"query": "SELECT 2"}, "display_name": "no"}
    changed = client.update_transfer_config({"transfer_config": change, "update_mask": mask})
    assert (changed.schedule, dict(changed.params)) == ("every day 21:07", {"query": "SELECT 2"})
    assert changed.display_name == config.display_name
    assert changed.next_run_time == NOW + timedelta(minutes=67)
    run = started(client, config.name, NOW)
    client.delete_transfer_config({"name": config.name})
    for gone in (
        lambda: client.get_transfer_config({"name": config.name}),
        lambda: client.get_transfer_run({"name": run.name}),
    ):
        with pytest.raises(api.NotFound):
            gone()


def test_listing_in_pages_and_by_source(client: Any) -> None:
    parent = {"parent": PARENT}
    made = [client.create_transfer_config({**parent, "transfer_config": described()}).name for _ in range(5)]
    pager = client.list_transfer_configs({**parent, "page_size": 2})
    pages = [[one.name for one in page.transfer_configs] for page in pager.pages]
    assert {len(page) for page in pages} <= {1, 2}
    found = [name for page in pages for name in page]
    assert set(made) <= set(found) and len(found) == len(set(found))
    anywhere = {"parent": f"projects/{PROJECT}/locations/-"}
    assert set(made) <= {one.name for one in client.list_transfer_configs(anywhere)}
    assert set(made) <= {one.name for one in client.list_transfer_configs({"parent": f"projects/{PROJECT}"})}
    assert not list(client.list_transfer_configs({**parent, "data_source_ids": ["google_ads"]}))
    for name in made:
        client.delete_transfer_config({"name": name})


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"schedule": "every 4 minutes"}, "4 minutes apart"),
        ({"schedule": "at noon"}, "is no schedule"),
        ({"display_name": ""}, "display_name"),
        ({"params": {}}, "params.query"),
        ({"params": {"query": QUERY, "novelty": 1}}, 'Unknown name "novelty"'),
        ({"params": {"query": "CALL d.p()"}, "destination_dataset_id": "d"}, "cannot be set for a scheduled query"),
        (
            {"params": {"query": "INSERT INTO d.t (a) VALUES (1)", "destination_table_name_template": "t"}},
            "cannot be set for a scheduled query",
        ),
        ({"notification_pubsub_topic": "hook"}, "Invalid Pub/Sub topic"),
        ({"schedule_options": {"start_time": NOW}, "schedule": "never"}, "is no schedule"),
    ],
)
def test_a_configuration_that_google_refuses(client: Any, change: dict[str, Any], text: str) -> None:
    with pytest.raises(api.BadRequest, match=text):
        client.create_transfer_config({"parent": PARENT, "transfer_config": described(**change)})


@pytest.mark.covers("control", "Other data sources, destination tables and versioned schedule options", refused=True)
def test_what_is_not_done_here_is_refused_by_name(client: Any) -> None:
    for change, text in [
        ({"data_source_id": "google_ads"}, "data source 'google_ads'"),
        ({"destination_dataset_id": "d"}, "A destination dataset or table"),
        ({"schedule_options_v2": {"manual_schedule": {}}}, "scheduleOptionsV2"),
    ]:
        with pytest.raises(api.MethodNotImplemented, match=text):
            client.create_transfer_config({"parent": PARENT, "transfer_config": described(**change)})
    with pytest.raises(api.MethodNotImplemented, match="dataSources"):
        client.list_data_sources({"parent": PARENT})


@pytest.mark.covers("control", "A scheduled query's location and data source do not change")
def test_what_never_changes(client: Any, config: Any, call: Call) -> None:
    for field in ("data_source_id", "name", "nothing"):
        with pytest.raises(api.BadRequest):
            client.update_transfer_config({"transfer_config": {"name": config.name}, "update_mask": {"paths": [field]}})
    with pytest.raises(api.BadRequest, match="update_mask"):
        client.update_transfer_config({"transfer_config": {"name": config.name, "disabled": True}})
    elsewhere = config.name.replace("/us/", "/eu/")
    with pytest.raises(api.NotFound, match="Location eu"):
        client.update_transfer_config({"transfer_config": {"name": elsewhere}, "update_mask": {"paths": ["disabled"]}})
    unknown = call("POST", CONFIGS, {"displayName": "a", "dataSourceId": "scheduled_query", "novelty": 1})
    assert 'Unknown name "novelty"' in unknown.message
    in_body = {"displayName": "a", "dataSourceId": "scheduled_query", "serviceAccountName": "a@b.c"}
    assert 'Unknown name "serviceAccountName"' in call("POST", CONFIGS, in_body).message


@pytest.mark.covers(
    "control", "A run is a job of the configuration's account, with @run_time and @run_date, found in JOBS"
)
def test_a_run_is_a_job_of_the_runner(client: Any, bigquery: Any, call: Call) -> None:
    email = f"runner-{uuid.uuid4().hex[:6]}@{PROJECT}.iam.gserviceaccount.com"
    request = {"parent": PARENT, "transfer_config": described(), "service_account_name": email}
    with pytest.raises(api.NotFound, match="does not exist"):
        client.create_transfer_config(request)
    assert call("POST", ACCOUNTS, {"accountId": email.partition("@")[0]}).status == 200
    config = client.create_transfer_config(request)
    assert client.get_transfer_config({"name": config.name}).owner_info.email == email
    # 03:30 in UTC: the day is UTC's
    at = datetime(2026, 1, 14, 3, 30, tzinfo=UTC)
    run = started(client, config.name, at)
    assert (run.state.name, run.run_time, run.schedule) == ("SUCCEEDED", at, "")
    job = bigquery.get_job(f"scheduled_query_{run.name.rpartition('/')[2]}")
    assert job.user_email == email
    assert [tuple(row) for row in job.result()] == [(at, at.date())]
    jobs = "`region-us`.INFORMATION_SCHEMA.JOBS"
    told = bigquery.query_and_wait(
        f"SELECT user_email, state, priority, labels FROM {jobs} WHERE job_id = '{job.job_id}'"
    )
    label = [{"key": "data_source_id", "value": "scheduled_query"}]
    assert [tuple(row) for row in told] == [(email, "DONE", "BATCH", label)]


@pytest.mark.covers(
    "control", "A run that fails is FAILED with its reason, in the runs and in JOBS, and does not stop others"
)
def test_a_failed_run_tells_why(client: Any, bigquery: Any) -> None:
    config = client.create_transfer_config(
        {"parent": PARENT, "transfer_config": described(params={"query": "SELECT 1; SELECT ERROR('hard gates')"})}
    )
    run = started(client, config.name, NOW)
    assert (run.state.name, run.error_status.code) == ("FAILED", 3)
    assert "hard gates" in run.error_status.message and "scheduled_query_" in run.error_status.message
    job = bigquery.get_job(f"scheduled_query_{run.name.rpartition('/')[2]}")
    assert "hard gates" in job.error_result["message"]
    assert client.get_transfer_config({"name": config.name}).state.name == "FAILED"
    mask = {"paths": ["params"]}
    client.update_transfer_config(
        {"transfer_config": {"name": config.name, "params": {"query": "SELECT 1"}}, "update_mask": mask}
    )
    assert started(client, config.name, NOW).state.name == "SUCCEEDED"
    failed = client.list_transfer_runs({"parent": config.name, "states": ["FAILED"]})
    # the run tells what it ran, not what the configuration says by now
    assert [(one.name, one.params["query"]) for one in failed] == [(run.name, run.params["query"])]
    assert "hard gates" in run.params["query"]


@pytest.mark.covers(
    "control", "A manual start takes an instant or a span: a run for every firing in it, newest first in the list"
)
def test_a_manual_start_of_a_span(client: Any, config: Any) -> None:
    span = {"start_time": NOW - timedelta(days=1), "end_time": NOW}
    started_runs = client.start_manual_transfer_runs({"parent": config.name, "requested_time_range": span}).runs
    # from 13 January 20:00 to 14 January 20:00
    times = [datetime(2026, 1, 14, hour, 13, tzinfo=UTC) for hour in (0, 6, 12, 18)]
    assert [run.run_time for run in started_runs] == times
    assert {ended(client, run.name).state.name for run in started_runs} == {"SUCCEEDED"}
    assert [run.run_time for run in client.list_transfer_runs({"parent": config.name})] == times[::-1]
    assert [run.run_time for run in client.list_transfer_runs({"parent": config.name, "page_size": 3})] == times[::-1]
    for given in (
        {},
        {"requested_run_time": NOW + timedelta(seconds=1)},
        {"requested_time_range": {**span, "end_time": span["start_time"]}},
    ):
        with pytest.raises(api.BadRequest):
            client.start_manual_transfer_runs({"parent": config.name, **given})
    client.delete_transfer_run({"name": started_runs[0].name})
    with pytest.raises(api.NotFound):
        client.get_transfer_run({"name": started_runs[0].name})


def test_a_disabled_or_bounded_schedule_has_no_next_run(client: Any, config: Any) -> None:
    def changed(**fields: Any) -> Any:
        change = {"transfer_config": {"name": config.name, **fields}, "update_mask": {"paths": list(fields)}}
        return client.update_transfer_config(change)

    assert changed(disabled=True).next_run_time is None
    assert changed(disabled=False).next_run_time == datetime(2026, 1, 15, 0, 13, tzinfo=UTC)
    assert changed(schedule_options={"end_time": NOW + timedelta(hours=4)}).next_run_time is None
    later = datetime(2026, 1, 20, 6, 13, tzinfo=UTC)
    assert changed(schedule_options={"start_time": later}).next_run_time == later
    assert changed(schedule_options={"disable_auto_scheduling": True}).next_run_time is None
    # without a schedule it is every 24 hours, counted from the change
    assert changed(schedule_options={}, schedule="").next_run_time == NOW + timedelta(hours=24)
