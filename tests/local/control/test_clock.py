"""Schedules by the server's clock: a week across each change of summer time, what is missed, what fires by itself."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.cli import app
from infra.gcloud import make_client, transfers
from infra.local.clock import AdvancingClock, frozen_clock
from infra.local.lifecycle import port_of
from infra.local.server import LocalCloud
from infra.rendered import rendered_schedules
from sql import SqlSettings, sidecar
from tests.local.control.conftest import PROJECT, Call, calling

PARENT = f"projects/{PROJECT}/locations/us"


def configure(client: Any, name: str, schedule: str, query: str = "SELECT @run_time AS due", **fields: Any) -> str:
    """The name of a new configuration."""
    given = {"display_name": name, "data_source_id": "scheduled_query", "schedule": schedule, **fields}
    made = client.create_transfer_config({"parent": PARENT, "transfer_config": {**given, "params": {"query": query}}})
    return str(made.name)


def change(client: Any, name: str, **fields: Any) -> None:
    mask = {"paths": list(fields)}
    client.update_transfer_config({"transfer_config": {"name": name, **fields}, "update_mask": mask})


def succeeded(runs: list[dict[str, Any]]) -> Counter[str]:
    """How many runs of each name ended well; all have to."""
    assert {run["state"] for run in runs} == {"SUCCEEDED"}
    return Counter(run["displayName"] for run in runs)


def advance(call: Call, **given: Any) -> list[dict[str, Any]]:
    """The runs that fell due."""
    answer = call("POST", "/eros/clock", given)
    assert answer.status == 200, answer.message
    return list(answer.body["fired"])


def learned(client: Any) -> list[tuple[str, str]]:
    """(LA date, firing instant in UTC) of every daily update that acted."""
    found = client.query_and_wait(
        "SELECT period_key, FORMAT_TIMESTAMP('%m-%d %H:%M', started_at) FROM eros_scheduling_brain.job_runs "
        "WHERE job_name = 'daily_caption_update' AND status = 'succeeded' ORDER BY started_at"
    )
    return [tuple(row) for row in found]


@pytest.mark.covers("control", "A week across each change of summer time fires each schedule as often as it should")
def test_a_week_across_each_change_of_summer_time() -> None:
    # Los Angeles goes from UTC-8 to UTC-7 on Sunday 8 March 2026 at 10:00 UTC, and back on 1 November at 09:00 UTC
    with LocalCloud(now=datetime(2026, 3, 5, tzinfo=UTC)) as cloud:
        call, client = calling(cloud.url), transfers(cloud.url)
        bigquery = make_client(SqlSettings(), url=cloud.url)
        texts = {name.partition("/")[2]: text for name, text in rendered_schedules(SqlSettings()).items()}
        names = {
            name: configure(client, name, sidecar(f"scheduled_queries/{name}")["schedule"], text)
            for name, text in texts.items()
        }
        first = advance(call, by="1h")
        assert [(run["displayName"], run["runTime"], run["state"]) for run in first] == [
            ("expired_lock_sweep", "2026-03-05T00:13:00Z", "SUCCEEDED"),
            ("health_check", "2026-03-05T00:23:00Z", "FAILED"),
        ]
        # no update has ever run and there is no data: the check must trip, or it would be no check
        assert "hard gates tripped: daily_run_stale, missing_input" in first[1]["error"]
        # 167 more health checks would only cost time; that they fire is what is counted
        change(client, names["health_check"], params={"query": "SELECT @run_time AS due"})
        week = succeeded([first[0], *advance(call, to="2026-03-12T00:00:00Z")])
        assert week == {"daily_caption_update": 7 * 2, "expired_lock_sweep": 7 * 4, "health_check": 7 * 24 - 1}
        # past 2 AM: 10:07 UTC in winter; on the 8th 09:07 is still 01:07 and 10:07 already 03:07; then 09:07
        spring = [(f"2026-03-{day:02}", f"03-{day:02} {'10' if day < 9 else '09'}:07") for day in range(5, 12)]
        assert learned(bigquery) == spring

        for name in names.values():
            change(client, name, disabled=True)
        assert advance(call, to="2026-10-29T00:00:00Z") == []
        for name in names.values():
            change(client, name, disabled=False)
        week = succeeded(advance(call, by="7d"))
        assert week == {"daily_caption_update": 7 * 2, "expired_lock_sweep": 7 * 4, "health_check": 7 * 24}
        days = ["2026-10-29", "2026-10-30", "2026-10-31", *(f"2026-11-{day:02}" for day in range(1, 5))]
        # the clocks have gone back at 09:07 UTC of 1 November, when it is 01:07 for the second time
        autumn = [(day, f"{day[5:]} {'09' if day < '2026-11-01' else '10'}:07") for day in days]
        assert learned(bigquery) == spring + autumn
        assert call("GET", "/eros/status").body["now"] == "2026-11-05T00:00:00+00:00"
        bigquery.close()


def test_a_run_sees_its_own_instant(own_cloud: LocalCloud) -> None:
    call, client = calling(own_cloud.url), transfers(own_cloud.url)
    text = "SELECT @run_time AS due, TIMESTAMP_TRUNC(CURRENT_TIMESTAMP(), MINUTE) AS now, @run_date AS day"
    configure(client, "a", "every 5 hours from 01:07 to 23:59", text)
    fired = advance(call, to="2026-01-15T03:00:00Z")
    # 01:07, 06:07, 11:07, 16:07, 21:07
    assert [run["runTime"] for run in fired] == ["2026-01-14T21:07:00Z", "2026-01-15T01:07:00Z"]
    bigquery = make_client(SqlSettings(), url=own_cloud.url)
    for run, due in zip(
        fired, [datetime(2026, 1, 14, 21, 7, tzinfo=UTC), datetime(2026, 1, 15, 1, 7, tzinfo=UTC)], strict=True
    ):
        job = bigquery.get_job("scheduled_query_" + run["name"].rpartition("/")[2])
        assert [tuple(row) for row in job.result()] == [(due, due, due.date())]
        assert job.created == due
    bigquery.close()


@pytest.mark.covers("control", "Those due at one instant run in the order of their names; a failure stops no other")
def test_the_order_at_one_instant(own_cloud: LocalCloud) -> None:
    call, client = calling(own_cloud.url), transfers(own_cloud.url)
    configure(client, "b", "every day 21:07")
    configure(client, "a", "every day 21:07", "SELECT ERROR('no')")
    configure(client, "c", "every day 21:02")
    fired = advance(call, by="36h")
    assert [(run["displayName"], run["runTime"][8:16], run["state"]) for run in fired] == [
        ("c", "14T21:02", "SUCCEEDED"),
        ("a", "14T21:07", "FAILED"),
        ("b", "14T21:07", "SUCCEEDED"),
        ("c", "15T21:02", "SUCCEEDED"),
        ("a", "15T21:07", "FAILED"),
        ("b", "15T21:07", "SUCCEEDED"),
    ]


@pytest.mark.covers(
    "control",
    "A run that is due exactly on the hour fires once",
    differs="Google may fire it more than once; POST /eros/clock with twiceOnTheHour does too",
)
def test_a_run_on_the_hour_may_fire_twice(own_cloud: LocalCloud) -> None:
    call, client = calling(own_cloud.url), transfers(own_cloud.url)
    configure(client, "on", "every day 22:00")
    configure(client, "off", "every day 22:07")
    assert succeeded(advance(call, by="1d")) == {"on": 1, "off": 1}
    twice = advance(call, by="1d", twiceOnTheHour=True)
    assert succeeded(twice) == {"on": 2, "off": 1}
    assert len({run["name"] for run in twice}) == 3


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "Give either"),
        ({"to": "2026-01-15T00:00:00Z", "by": "1d"}, "Give either"),
        ({"to": "2026-01-14T19:59:59Z"}, "never goes back"),
        ({"to": "2026-01-15T00:00:00"}, "no offset"),
        ({"to": "tomorrow"}, "no RFC 3339 instant"),
        ({"by": "1 day"}, "7d, 36h or 90m"),
        ({"by": "401d"}, "at most 400 days"),
        ({"until": "x"}, 'Unknown name "until"'),
    ],
)
def test_a_clock_that_cannot_be_moved_so(call: Call, given: dict[str, Any], text: str) -> None:
    answer = call("POST", "/eros/clock", given)
    assert (answer.status, text in answer.message) == (400, True)
    assert call("GET", "/eros/clock").body["now"] == "2026-01-14T20:00:00Z"


def test_an_advanced_clock_goes_on_from_there() -> None:
    base = [datetime(2026, 1, 1, tzinfo=UTC)]
    clock = AdvancingClock(lambda: base[0])
    clock.advance_to(base[0] + timedelta(hours=2))
    assert clock() == base[0] + timedelta(hours=2)
    base[0] += timedelta(minutes=1)
    assert clock() == datetime(2026, 1, 1, 2, 1, tzinfo=UTC)
    clock.advance_to(datetime(2026, 1, 1, 2, 0, tzinfo=UTC))
    assert clock() == datetime(2026, 1, 1, 2, 1, tzinfo=UTC)


@pytest.mark.covers("control", "A due schedule runs by itself while the server runs; disabled ones do not")
def test_a_schedule_fires_by_the_servers_clock() -> None:
    ahead = datetime(2026, 1, 14, 9, 6, 59, tzinfo=UTC) - datetime.now(UTC)
    with LocalCloud(now=lambda: datetime.now(UTC) + ahead, bootstrap=False) as cloud:
        client = transfers(cloud.url)
        name = configure(client, "due", "every day 09:07")
        configure(client, "off", "every day 09:07", disabled=True)
        deadline = time.monotonic() + 20
        while not (runs := list(client.list_transfer_runs({"parent": name, "states": ["SUCCEEDED"]}))):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert [run.run_time for run in runs] == [datetime(2026, 1, 14, 9, 7, tzinfo=UTC)]
        assert runs[0].schedule == "every day 09:07"
        assert len([*all_runs(client)]) == 1


def all_runs(client: Any) -> list[Any]:
    configs = client.list_transfer_configs({"parent": PARENT})
    return [run for config in configs for run in client.list_transfer_runs({"parent": config.name})]


@pytest.mark.covers(
    "control",
    "What was due while the server was down is not made up for, and an advanced clock is not kept over a restart",
    differs="Google's service is never down, and nobody moves its clock",
)
def test_what_was_missed_is_not_made_up_for(tmp_path: Path) -> None:
    with LocalCloud(tmp_path, now=datetime(2026, 1, 14, 20, tzinfo=UTC), bootstrap=False) as cloud:
        name = configure(transfers(cloud.url), "daily", "every day 21:07")
        assert len(advance(calling(cloud.url), by="2h")) == 1
    with LocalCloud(tmp_path, now=datetime(2026, 1, 18, 20, tzinfo=UTC), bootstrap=False) as cloud:
        client = transfers(cloud.url)
        assert [run.run_time.day for run in client.list_transfer_runs({"parent": name})] == [14]
        assert client.get_transfer_config({"name": name}).next_run_time == datetime(2026, 1, 18, 21, 7, tzinfo=UTC)
        assert [run["runTime"][:10] for run in advance(calling(cloud.url), by="1d")] == ["2026-01-18"]


def test_runs_are_forgotten_after_ninety_days(own_cloud: LocalCloud) -> None:
    call, client = calling(own_cloud.url), transfers(own_cloud.url)
    name = configure(client, "monthly", "14 of month 21:07")
    assert len(advance(call, by="120d")) == 4
    # 90 days before 14 May 20:00 is 13 February 20:00
    assert [run.run_time.month for run in client.list_transfer_runs({"parent": name})] == [4, 3, 2]
    assert call("GET", "/eros/status").body["resources"] == {"transferConfigs": 1, "transferRuns": 3}
    assert own_cloud._service is not None
    kept = own_cloud._service.engine.documents
    assert kept.counts() == {"transferConfigs": 1, "transferParams": 1, "transferRuns": 3}
    client.delete_transfer_config({"name": name})
    assert kept.counts() == {}


def test_the_command_tells_what_ran(tmp_path: Path) -> None:
    start = frozen_clock(datetime(2026, 1, 14, 20, tzinfo=UTC))
    with LocalCloud(tmp_path, port_of(tmp_path), now=start, bootstrap=False) as cloud:
        client = transfers(cloud.url)
        configure(client, "b", "every 6 hours from 00:13 to 18:13")
        configure(client, "a", "every day 21:07", "SELECT ERROR('no')")
        told = CliRunner().invoke(app, ["local", "advance", "--by", "1d", "--home", str(tmp_path)])
        assert (told.exit_code, told.output.splitlines()) == (
            0,
            [
                "the clock went from 2026-01-14T20:00:00+00:00 to 2026-01-15T20:00:00Z",
                "a: 1 run, 1 failed",
                "b: 4 runs",
            ],
        )
        refused = CliRunner().invoke(app, ["local", "advance", "--by", "soon", "--home", str(tmp_path)])
        assert refused.exit_code == 2
        status = CliRunner().invoke(app, ["local", "status", "--home", str(tmp_path)])
        assert "2 transferConfigs, 5 transferRuns" in status.output
