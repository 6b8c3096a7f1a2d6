"""Schedules switched off by the transfer service alone; and the target compared with what was declared."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace as Made
from typing import Any

import pytest

from infra.environments import load_environment
from infra.errors import InfraError, UsageError
from infra.release.drill import NEW_COLUMN, NEW_SCHEDULE, change, expect, rehearse
from infra.release.held import look, plain, schedule_names
from infra.release.merge import SCHEDULE, TABLE
from infra.release.phases import Silent
from infra.settings import Settings
from tests.unit.release.played import schedule, table
from tests.unit.release.test_schedules import Service, config, schedules


def test_r0_stops_what_is_named_and_fires_even_one_that_nobody_declared_twice() -> None:
    service = Service([config("daily", 1), config("daily", 2), config("off", disabled=True), config("somebody_elses")])
    assert schedules(service).switch_off(["daily", "off", "not_there"]) == ("daily", "daily")
    assert [one.disabled for one in service.configs] == [True, True, True, False]
    masks = [one["update_mask"] for one in service.asked if "update_mask" in one]
    assert masks == [{"paths": ["disabled"]}] * 2


STACKS: dict[str, Any] = {
    "warehouse": {
        "resource": {
            TABLE: {
                "creators": table("creators", "page_name", "nickname"),
                "seen": {"table_id": "seen", "dataset_id": "eros", "view": {"query": "SELECT '$${x}' AS a"}},
            },
            "google_bigquery_routine": {
                "score": {"routine_id": "score", "dataset_id": "eros", "definition_body": "'%%{y}'"}
            },
        }
    },
    "automation": {"resource": {SCHEDULE: {"daily": schedule("daily")}}},
}


class Client:
    """Answers tables.get and routines.get with what it was given."""

    def __init__(self) -> None:
        fields = [{"name": one, "type": "STRING"} for one in ("page_name", "nickname", "newer")]
        self.found: dict[str, Any] = {
            "creators": {"schema": {"fields": fields}},
            "seen": {"view": {"query": "SELECT '${x}' AS a"}},
            "score": {"definitionBody": "'%{y}'"},
        }

    def get_table(self, name: str) -> Any:
        return Made(to_api_repr=lambda: self.found[name.rpartition(".")[2]])

    get_routine = get_table

    def query(self, text: str, **about: Any) -> Any:
        return Made(result=lambda **more: [])


@pytest.fixture
def client() -> Client:
    return Client()


def seen(client: Client, service: Service) -> int:
    environment = load_environment("local", Settings())
    return look(client, environment, schedules(service), STACKS, lambda text: None)


def live(**other: Any) -> Any:
    about = {"params": {"query": "CALL daily()"}, "schedule": schedule("daily")["schedule"], "disabled": False, **other}
    return Made(**{**vars(config("daily")), **about})


def test_what_is_as_declared_is_counted_and_newer_columns_are_welcome(client: Client) -> None:
    assert seen(client, Service([live()])) == 4


@pytest.mark.parametrize(
    ("name", "found", "said"),
    [
        ("creators", {"schema": {"fields": [{"name": "page_name", "type": "STRING"}]}}, "nickname lost"),
        ("seen", {"view": {"query": "SELECT 1"}}, "seen has another query"),
        ("score", {"definitionBody": "2"}, "score has another body"),
    ],
)
def test_what_is_otherwise_than_declared_is_named(client: Client, name: str, found: Any, said: str) -> None:
    client.found[name] = found
    with pytest.raises(InfraError, match="does not hold what was declared") as caught:
        seen(client, Service([live()]))
    assert said in caught.value.why


@pytest.mark.parametrize(
    ("configs", "said"),
    [
        ([], "schedule daily is there 0 times"),
        ([live(), live()], "schedule daily is there 2 times"),
        ([live(disabled=True)], "another disabled"),
        ([live(schedule="every 1 hours", params={"query": "x"})], "another query and schedule"),
    ],
)
def test_a_schedule_otherwise_than_declared_is_named(client: Client, configs: list[Any], said: str) -> None:
    with pytest.raises(InfraError) as caught:
        seen(client, Service(configs))
    assert said in caught.value.why


def test_names_are_what_people_call_them_and_texts_lose_terraforms_marks() -> None:
    assert schedule_names(STACKS.values()) == ["daily"]
    assert plain("$${a} %%{b}") == "${a} %{b}"


def test_the_drills_change_is_one_of_each_kind_and_leaves_its_source_alone() -> None:
    stack = {"resource": {SCHEDULE: {one: schedule(one) for one in ("health_check", "expired_lock_sweep")}}}
    before = json.dumps(stack)
    changed = change("automation", stack)
    assert json.dumps(stack) == before
    assert changed["resource"][SCHEDULE][NEW_SCHEDULE]["display_name"] == NEW_SCHEDULE
    assert change("guardrails", {"resource": {}}) == {"resource": {}}


def test_a_drill_is_for_the_local_cloud_and_says_what_it_saw() -> None:
    with pytest.raises(UsageError, match="a drill on prod would change what is live"):
        rehearse("prod", Silent())
    expect("a", 1, 1)
    with pytest.raises(InfraError, match="the drill saw a: 1, and it must be 2"):
        expect("a", 1, 2)


def test_the_drill_leaves_no_home_and_no_setting_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    from infra.release import drill

    homes: list[Path] = []
    monkeypatch.setenv("EROS_PORT", "12345")
    monkeypatch.setattr(drill.Drill, "run", lambda self: homes.append(self.site.home) or [os.environ.get("EROS_PORT")])
    assert rehearse("local", Silent()) == [None]
    assert os.environ["EROS_PORT"] == "12345" and not homes[0].exists() and NEW_COLUMN
