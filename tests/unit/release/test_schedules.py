"""Scheduled queries through the service's client: only ours, each once, paused or run by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace as Made
from typing import Any

import pytest

from infra.errors import InfraError, RefusedError, UsageError
from infra.schedules import Schedules, local_time

NOW = datetime(2026, 1, 14, 20, 0, tzinfo=UTC)


@dataclass
class Service:
    """The client's part that is used, with configs by display name and states that a run goes through."""

    configs: list[Any] = field(default_factory=list)
    runs: dict[str, list[Any]] = field(default_factory=dict)
    states: list[str] = field(default_factory=lambda: ["PENDING", "RUNNING", "SUCCEEDED"])
    asked: list[Any] = field(default_factory=list)

    def list_transfer_configs(self, request: Any) -> list[Any]:
        self.asked.append(request)
        return self.configs

    def list_transfer_runs(self, request: Any) -> list[Any]:
        return self.runs.get(request["parent"], [])

    def update_transfer_config(self, request: Any) -> Any:
        self.asked.append(request)
        (one,) = [one for one in self.configs if one.name == request["transfer_config"]["name"]]
        one.disabled = request["transfer_config"]["disabled"]
        return one

    def start_manual_transfer_runs(self, request: Any) -> Any:
        self.asked.append(request)
        return Made(runs=[run(self.states.pop(0))] if self.states else [])

    def get_transfer_run(self, request: Any) -> Any:
        return run(self.states.pop(0) if len(self.states) > 1 else self.states[0])


def config(name: str, number: int = 1, disabled: bool = False) -> Any:
    return Made(
        display_name=name, name=f"c/{name}/{number}", schedule="every 1 hours", disabled=disabled, next_run_time=NOW
    )


def run(state: str, error: str = "") -> Any:
    return Made(name="r/1", state=Made(name=state), run_time=NOW, error_status=Made(message=error))


def schedules(service: Service) -> Schedules:
    return Schedules(service, "p", "US")


def test_only_our_schedules_are_listed_by_name_with_their_last_run() -> None:
    service = Service([config("health_check"), config("somebody_elses"), config("daily_caption_update", disabled=True)])
    service.runs["c/health_check/1"] = [run("FAILED", "hard gates tripped")]
    daily, health = schedules(service).list()
    assert service.asked == [{"parent": "projects/p/locations/US", "data_source_ids": ["scheduled_query"]}]
    assert (daily.name, daily.paused, daily.next_run, daily.last_run) == ("daily_caption_update", True, None, None)
    assert (health.name, health.paused, health.next_run) == ("health_check", False, NOW)
    assert health.last_run is not None and health.last_run.error == "hard gates tripped"
    assert health.as_dict()["last_run"]["scheduled"] == "2026-01-14T20:00:00+00:00"


def test_one_that_exists_twice_is_refused_by_name() -> None:
    with pytest.raises(RefusedError, match="exists twice") as caught:
        schedules(Service([config("health_check", 1), config("health_check", 2)])).list()
    assert "c/health_check/1" in caught.value.where and "c/health_check/2" in caught.value.where


def test_a_name_that_is_not_there_is_a_usage_error_that_lists_those_that_are() -> None:
    with pytest.raises(UsageError) as caught:
        schedules(Service([config("health_check")])).chosen(["health"])
    assert "'health'" in caught.value.what and caught.value.why == "it has health_check"
    with pytest.raises(UsageError, match="eros-infra deploy"):
        schedules(Service()).chosen(["health_check"])


def test_pausing_sets_disabled_alone_and_only_where_it_is_not_so_yet() -> None:
    service = Service([config("health_check"), config("expired_lock_sweep", disabled=True)])
    here = schedules(service)
    assert [here.set_paused(one, True).paused for one in here.chosen([])] == [True, True]
    assert service.asked[-1] == {
        "transfer_config": {"name": "c/health_check/1", "disabled": True},
        "update_mask": {"paths": ["disabled"]},
    }
    assert sum("transfer_config" in one for one in service.asked) == 1


def test_a_run_is_followed_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.schedules.time.sleep", lambda _: None)
    service, heard = Service([config("health_check")]), []
    (one,) = schedules(service).chosen(["health_check"])
    assert schedules(service).run(one, NOW, 60, heard.append).state == "SUCCEEDED"
    assert service.asked[-1] == {"parent": "c/health_check/1", "requested_run_time": NOW}
    assert heard == ["health_check: running", "health_check: succeeded"]


def test_a_run_that_does_not_end_or_does_not_begin_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.schedules.time.sleep", lambda _: None)
    service = Service([config("health_check")], states=["RUNNING", "RUNNING"])
    (one,) = schedules(service).chosen(["health_check"])
    with pytest.raises(InfraError, match="health_check has not ended after 0 s"):
        schedules(service).run(one, NOW, 0, lambda _: None)
    service.states = []
    with pytest.raises(InfraError, match="health_check did not start"):
        schedules(service).run(one, NOW, 0, lambda _: None)


# 20:00 UTC is 12:00 in Los Angeles in January, 13:00 in July
@pytest.mark.parametrize(("month", "shown"), [(1, "2026-01-14 12:00 -0800"), (7, "2026-07-14 13:00 -0700")])
def test_times_are_shown_in_the_business_zone_with_their_offset(month: int, shown: str) -> None:
    assert local_time(NOW.replace(month=month)) == shown
    assert local_time(None) == "-"
