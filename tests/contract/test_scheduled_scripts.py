"""The three schedules of the contract: when they fire, who wins a period, what a failure leaves behind."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from google.api_core import exceptions
from google.cloud import bigquery

from infra.gcloud import apply_sql
from infra.rendered import release_id, rendered_schedules
from infra.syntax import parse_script
from infra.syntax import script as tree
from sql import SqlSettings, constants, names, render, sidecar
from tests.schedules import fire, fired

SCHEDULES = {
    "daily_caption_update": "every 1 hours from 09:07 to 10:07",
    "expired_lock_sweep": "every 6 hours from 00:13 to 18:13",
    "health_check": "every 1 hours from 00:23 to 23:23",
}
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
SESSIONS = 4
# When each is due once for the setup of its sidecar.
DUE = {
    "daily_caption_update": datetime(2026, 1, 14, 10, 7, tzinfo=UTC),
    "expired_lock_sweep": datetime(2026, 1, 14, 18, 13, tzinfo=UTC),
    "health_check": datetime(2026, 1, 14, 20, 23, tzinfo=UTC),
}


def firings_of_a_day(schedule: str) -> list[timedelta]:
    """What the transfer service makes of "every N hours from HH:MM to HH:MM", after midnight UTC."""
    found = re.fullmatch(r"every (\d+) hours from (\d\d):(\d\d) to (\d\d):(\d\d)", schedule)
    assert found, schedule
    hours, *clock = map(int, found.groups())
    first, last = timedelta(hours=clock[0], minutes=clock[1]), timedelta(hours=clock[2], minutes=clock[3])
    return [first + count * timedelta(hours=hours) for count in range((last - first) // timedelta(hours=hours) + 1)]


def firings(schedule: str, first: date, last: date) -> Iterator[datetime]:
    midnight = datetime(first.year, first.month, first.day, tzinfo=UTC)
    while midnight.date() <= last:
        yield from (midnight + offset for offset in firings_of_a_day(schedule))
        midnight += timedelta(days=1)


def test_the_schedules_are_the_contract_s() -> None:
    found = {name.partition("/")[2]: sidecar(name)["schedule"] for name in names("scheduled_queries")}
    assert found == SCHEDULES
    assert set(constants()["schedules"]) == set(SCHEDULES)
    assert constants()["schedules"]["daily_caption_update"]["first_local_hour"] == 2


@pytest.mark.parametrize("name", SCHEDULES)
def test_none_fires_on_the_hour_or_more_often_than_every_five_minutes(name: str) -> None:
    schedule = sidecar(f"scheduled_queries/{name}")["schedule"]
    days = list(firings(schedule, date(2026, 1, 1), date(2026, 1, 2)))
    assert all(moment.minute != 0 for moment in days)
    assert min(later - earlier for earlier, later in pairwise(days)) >= timedelta(minutes=5)


@pytest.mark.parametrize(("name", "per_day"), [("expired_lock_sweep", 4), ("health_check", 24)])
def test_every_firing_is_a_period_of_its_own(shared_warehouse: Any, name: str, per_day: int) -> None:
    moments = list(firings(SCHEDULES[name], date(2026, 3, 7), date(2026, 3, 9)))
    assert len(moments) == 3 * per_day
    hours = constants()["schedules"][name]["period_hours"]
    assert moments[1] - moments[0] == timedelta(hours=hours)
    periods = [row["period"] for row in _evaluated(shared_warehouse, name, moments)]
    assert periods == sorted(set(periods))
    assert periods[0] == f"2026-03-07T{moments[0].hour:02d}"


def test_the_daily_update_acts_once_per_local_date_from_2024_to_2030(shared_warehouse: Any) -> None:
    moments = list(firings(SCHEDULES["daily_caption_update"], date(2024, 1, 1), date(2030, 12, 31)))
    guard = ""
    acted: list[datetime] = []
    for row in _evaluated(shared_warehouse, "daily_caption_update", moments):
        local = row["firing"].astimezone(LOS_ANGELES)
        assert row["period"] == local.date().isoformat()
        assert row["due"] == (local.hour >= 2)
        if row["due"] and row["period"] > guard:
            guard = row["period"]
            acted.append(row["firing"])
    days = [moment.astimezone(LOS_ANGELES).date() for moment in acted]
    assert days == [date(2024, 1, 1) + timedelta(days=count) for count in range(2557)]  # 7 x 365 + 2 leap days
    distances = {later - earlier for earlier, later in pairwise(acted)}
    assert distances == {timedelta(hours=23), timedelta(hours=24), timedelta(hours=25)}
    local = {moment.astimezone(LOS_ANGELES).strftime("%Y-%m-%d %H:%M") for moment in acted}
    # The clocks go from 2 to 3 on 8 March 2026, and from 2 back to 1 on 1 November.
    assert {"2026-03-07 02:07", "2026-03-08 03:07", "2026-03-09 02:07"} <= local
    assert {"2026-10-31 02:07", "2026-11-01 02:07", "2026-11-02 02:07"} <= local


def _evaluated(warehouse: Any, name: str, moments: list[datetime]) -> list[dict[str, Any]]:
    """The script's own condition and period for many firings, in one query."""
    statements = parse_script(rendered_schedules(warehouse.settings)[f"scheduled_queries/{name}"])
    period = next(one.default.text for one in statements if isinstance(one, tree.Declare) and one.default)
    first = next(one for one in statements if isinstance(one, tree.If))
    due = first.arms[0].condition.text if "@run_time" in first.arms[0].condition.text else "TRUE"
    text = f"SELECT firing, {due} AS due, {period} AS period FROM UNNEST(@firings) AS firing ORDER BY firing"
    parameter = bigquery.ArrayQueryParameter("firings", "TIMESTAMP", moments)
    config = bigquery.QueryJobConfig(query_parameters=[parameter])
    rows = warehouse.client.query(text.replace("@run_time", "firing"), job_config=config).result()
    return [dict(row.items()) for row in rows]


# Claims


def _prepare(warehouse: Any, name: str) -> None:
    """The setup of the script's sidecar on empty tables."""
    tables = {one.partition("/")[2]: warehouse.table(one.partition("/")[2]) for one in names("tables")}
    clearing = [f"DELETE FROM {table} WHERE TRUE" for table in tables.values()]
    setup = [statement.format(**tables) for statement in sidecar(f"scheduled_queries/{name}")["setup"]]
    warehouse.rows(";\n".join([*clearing, *setup]))


def _run(warehouse: Any, name: str) -> dict[str, Any]:
    """The one run that the history has of a job."""
    (row,) = warehouse.rows(
        f"SELECT period_key, status, rows_written, error_message, started_at, finished_at, release_id "
        f"FROM {warehouse.table('job_runs')} WHERE job_name = @name AND release_id IS NOT NULL",
        name=name,
    )
    return dict(row)


@pytest.mark.parametrize("name", SCHEDULES)
def test_of_racing_claims_one_wins(shared_warehouse: Any, name: str) -> None:
    _prepare(shared_warehouse, name)
    start = threading.Barrier(SESSIONS)
    jobs: list[Any] = []

    def session() -> None:
        start.wait()
        jobs.append(fired(shared_warehouse, name, DUE[name]))

    threads = [threading.Thread(target=session) for _ in range(SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The losers looked at the guard row and found nothing to update there; the winner did everything else.
    assert [job.num_child_jobs > 3 for job in jobs].count(True) == 1
    assert len(jobs) == SESSIONS
    run = _run(shared_warehouse, name)
    assert (run["status"], run["started_at"], run["release_id"]) == ("succeeded", DUE[name], release_id())


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_second_firing_of_a_period_does_nothing(shared_warehouse: Any, name: str) -> None:
    _prepare(shared_warehouse, name)
    fire(shared_warehouse, name, DUE[name])
    before = _run(shared_warehouse, name)
    assert fired(shared_warehouse, name, DUE[name] + timedelta(minutes=30)).num_child_jobs <= 3
    assert _run(shared_warehouse, name) == before


def test_a_failed_update_is_written_down_and_tried_again_by_the_next_firing(shared_warehouse: Any) -> None:
    _prepare(shared_warehouse, "daily_caption_update")
    first, second = (datetime(2026, 7, 14, hour, 7, tzinfo=UTC) for hour in (9, 10))
    locks = shared_warehouse.table("creator_lock")
    shared_warehouse.rows(f"DELETE FROM {locks} WHERE TRUE")
    with pytest.raises(exceptions.BadRequest, match="daily_caption_update: update_caption_performance: the sentinel"):
        fire(shared_warehouse, "daily_caption_update", first)
    run = _run(shared_warehouse, "daily_caption_update")
    assert (run["status"], run["rows_written"], run["finished_at"]) == ("failed", None, first)
    assert run["error_message"].startswith("update_caption_performance: the sentinel guard row is missing")
    shared_warehouse.rows(f"INSERT INTO {locks} (page_name, fence) VALUES ('*', 0)")
    fire(shared_warehouse, "daily_caption_update", second)
    run = _run(shared_warehouse, "daily_caption_update")
    assert (run["period_key"], run["status"], run["error_message"]) == ("2026-07-14", "succeeded", None)
    assert (run["rows_written"], run["started_at"], run["finished_at"]) == (2, second, second)


def test_a_failed_sweep_is_written_down_and_tried_again(warehouse: Any) -> None:
    _prepare(warehouse, "expired_lock_sweep")
    settings = warehouse.settings
    warehouse.client.delete_table(f"{settings.project}.{settings.dataset}.active_caption_assignments")
    with pytest.raises(exceptions.GoogleAPIError, match="active_caption_assignments"):
        fire(warehouse, "expired_lock_sweep", DUE["expired_lock_sweep"])
    run = _run(warehouse, "expired_lock_sweep")
    assert run["status"] == "failed"
    assert "active_caption_assignments" in run["error_message"]
    apply_sql(warehouse.client, settings)
    fire(warehouse, "expired_lock_sweep", DUE["expired_lock_sweep"] + timedelta(minutes=10))
    assert _run(warehouse, "expired_lock_sweep")["status"] == "succeeded"


def test_a_check_that_failed_may_be_made_again_within_its_hour(shared_warehouse: Any) -> None:
    _prepare(shared_warehouse, "health_check")
    locks, checks = shared_warehouse.table("creator_lock"), shared_warehouse.table("health_checks")
    shared_warehouse.rows(f"UPDATE {locks} SET fence = 0 WHERE page_name = 'lily'")
    for _ in range(2):  # the same firing twice writes its row once
        with pytest.raises(exceptions.BadRequest, match="hard gates tripped: fence_regression"):
            fire(shared_warehouse, "health_check", DUE["health_check"])
    shared_warehouse.rows(f"UPDATE {locks} SET fence = 3 WHERE page_name = 'lily'")
    again = DUE["health_check"] + timedelta(minutes=20)
    fire(shared_warehouse, "health_check", again)
    rows = shared_warehouse.rows(f"SELECT checked_at, score > 0 AS passed FROM {checks} ORDER BY checked_at")
    assert [tuple(row.values()) for row in rows] == [(DUE["health_check"], False), (again, True)]
    assert _run(shared_warehouse, "health_check")["status"] == "succeeded"


# Guard rows


def test_seeding_gives_each_job_one_row_and_keeps_its_period(warehouse: Any) -> None:
    guards = warehouse.table("job_guard")
    names_only = [{"job_name": name, "period_key": ""} for name in sorted(SCHEDULES)]
    assert warehouse.rows(f"SELECT job_name, period_key FROM {guards} ORDER BY job_name") == names_only
    warehouse.rows(
        f"UPDATE {guards} SET period_key = '2026-01-14' WHERE job_name = 'daily_caption_update';"
        f"INSERT INTO {guards} (job_name, period_key) VALUES ('daily_caption_update', ''), ('health_check', '');"
        f"DELETE FROM {guards} WHERE job_name = 'expired_lock_sweep'"
    )
    warehouse.warehouse.query("ensure_guard_rows", {"page_names": []})
    names_only[0]["period_key"] = "2026-01-14"
    assert warehouse.rows(f"SELECT job_name, period_key FROM {guards} ORDER BY job_name") == names_only


# Locks


def test_a_swept_caption_cools_down_for_seven_days_all_the_same(shared_warehouse: Any) -> None:
    """The old sweep ended the cooldown the day after sending, because selector and lock asked for active rows."""
    _prepare(shared_warehouse, "expired_lock_sweep")
    tables = {name: shared_warehouse.table(name) for name in ("caption_bank", "creators")}
    shared_warehouse.rows(
        f"INSERT INTO {tables['creators']} (page_name, is_active) VALUES ('lily', TRUE);"
        f"INSERT INTO {tables['caption_bank']} "
        "(caption_id, caption_text, caption_key, price_tier, has_urgency, is_active) "
        "VALUES (1, 'one', 'k1', 'mid', FALSE, TRUE);"
        f"DELETE FROM {shared_warehouse.table('active_caption_assignments')} WHERE assignment_key != 'past'"
    )
    fire(shared_warehouse, "expired_lock_sweep", DUE["expired_lock_sweep"])
    (swept,) = shared_warehouse.rows(
        f"SELECT is_active, deactivation_reason, scheduled_send_date FROM "
        f"{shared_warehouse.table('active_caption_assignments')}"
    )
    assert tuple(swept.values()) == (False, "past", date(2026, 1, 14))
    # Sent on 14 January: cooling until the 20th, so for the week from the 19th, and free for the week from the 26th.
    assert _offered(shared_warehouse, date(2026, 1, 19)) == []
    assert _offered(shared_warehouse, date(2026, 1, 26)) == [1]
    with pytest.raises(exceptions.BadRequest, match="caption 1 is within 7 days of its use on 2026-01-14"):
        _lock(shared_warehouse, date(2026, 1, 20))
    _lock(shared_warehouse, date(2026, 1, 21))


def _offered(warehouse: Any, monday: date) -> list[int]:
    as_of = datetime(monday.year, monday.month, monday.day, tzinfo=LOS_ANGELES)
    call = f"CALL {warehouse.table('select_captions_for_creator')}('lily', 'STANDARD', 0, 1, 0, 0, @as_of, 'seed')"
    return [row["caption_id"] for row in warehouse.rows(call, as_of=as_of) if row["row_kind"] == "caption"]


def _lock(warehouse: Any, day: date) -> None:
    schedule_id = f"sched_{day:%Y%m%d}_lily_v1"
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=LOS_ANGELES).isoformat()
    warehouse.insert(
        "schedule_recommendations",
        [
            {
                "schedule_id": schedule_id,
                "page_name": "lily",
                "week_start": (day - timedelta(days=day.weekday())).isoformat(),
                "version": 1,
                "status": "draft",
                "created_at": "2026-01-14T20:00:00Z",
            }
        ],
    )
    message = {"schedule_id": schedule_id, "position": 1, "scheduled_send_time": noon, "message_type": "PPV"}
    message |= {"caption_id": 1, "caption_key": "k1", "price_tier": "mid", "price": "23", "pinned": False}
    warehouse.insert("schedule_messages", [message])
    warehouse.rows(
        f"CALL {warehouse.table('lock_caption_assignments')}('{schedule_id}', 'lily', "
        f"[STRUCT(1 AS caption_id, DATE '{day}' AS scheduled_send_date, 12 AS scheduled_send_hour)])"
    )


WRITES = re.compile(
    r"(?P<begin>BEGIN TRANSACTION)|(?P<end>(COMMIT|ROLLBACK) TRANSACTION)|(?P<guard>UPDATE `[^`]*\.creator_lock`)"
    r"|(?P<write>(INSERT INTO|UPDATE|DELETE FROM|MERGE)( INTO)? `[^`]*\.active_caption_assignments`)"
)


def test_every_mutator_of_assignments_touches_the_guard_row_or_is_one_statement() -> None:
    """Two transactions that only insert do not conflict: the guard row makes them. A lone statement waits for one."""
    mutators = {}
    for name in names():
        text = render(name, SqlSettings(), stage="stage_x", release="r")
        found = [one.lastgroup for one in WRITES.finditer(text)]
        if "write" in found:
            mutators[name] = found
    assert set(mutators) == {
        "procedures/lock_caption_assignments",
        "queries/lock_schedules",
        "queries/transition_schedules",
        "scheduled_queries/expired_lock_sweep",
    }
    for name, found in mutators.items():
        if "begin" in found:
            assert found.index("begin") < found.index("guard") < found.index("write"), name
            assert "write" not in found[found.index("end") :], name
        else:
            assert found.count("write") == 1, name


def test_jobs_are_looked_for_by_project_and_region() -> None:
    text = rendered_schedules(SqlSettings(project="other-project", location="EU"))["scheduled_queries/health_check"]
    assert "FROM `other-project`.`region-eu`.INFORMATION_SCHEMA.JOBS\n" in text


def test_the_release_names_every_text_and_no_place() -> None:
    assert re.fullmatch("r[0-9a-f]{12}", release_id())
    elsewhere = rendered_schedules(SqlSettings(project="other-project", dataset="elsewhere"))
    assert all(f"'{release_id()}'" in text for text in elsewhere.values())
