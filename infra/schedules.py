"""The scheduled queries as they are on a target: listed, run once, paused, resumed.

Only the queries of sql/scheduled_queries are ever touched: a project may have others. A client is
`infra.gcloud.transfers`, on Google's service or the local cloud alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from infra.errors import InfraError, RefusedError, UsageError
from sql import constants, names

_ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
_POLL_SECONDS = 0.2
_SLOWEST_POLL_SECONDS = 5.0


@dataclass(frozen=True)
class Run:
    """One run: `state` is the service's word (SUCCEEDED, FAILED, ...), `error` its reason when it failed."""

    name: str
    state: str
    scheduled: datetime | None
    error: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {"name": self.name, "state": self.state, "scheduled": _text(self.scheduled), "error": self.error}


@dataclass(frozen=True)
class Schedule:
    """One scheduled query; `name` is what people call it, `config` its full name on the service."""

    name: str
    config: str
    schedule: str
    paused: bool
    next_run: datetime | None
    last_run: Run | None

    def as_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "name": self.name,
            "config": self.config,
            "schedule": self.schedule,
            "paused": self.paused,
            "next_run": _text(self.next_run),
            "last_run": self.last_run.as_dict() if self.last_run else None,
        }


class Schedules:
    """The scheduled queries of one project and location; `suffix` is behind the names of another environment's."""

    def __init__(self, client: Any, project: str, location: str, suffix: str = "") -> None:
        self._client = client
        self._suffix = suffix
        self._parent = f"projects/{project}/locations/{location}"

    def list(self) -> tuple[Schedule, ...]:
        """All of ours that the target has, by name. Raises RefusedError when it has one of them twice."""
        ours = {name.rpartition("/")[2] + self._suffix for name in names("scheduled_queries")}
        configs = [one for one in self._configs() if one.display_name in ours]
        found = {one.display_name for one in configs}
        if len(found) < len(configs):
            twice = sorted(f"{one.display_name}: {one.name}" for one in configs)
            raise RefusedError(
                "a scheduled query exists twice",
                where="; ".join(twice),
                why="both of them fire, and a command would hit one of them",
                fix="delete the one that Terraform does not manage",
            )
        return tuple(self._schedule(one) for one in sorted(configs, key=lambda one: str(one.display_name)))

    def chosen(self, wanted: Iterable[str]) -> tuple[Schedule, ...]:
        """Those of the given names, or all. Raises UsageError for a name that the target does not have."""
        have = {one.name: one for one in self.list()}
        chosen = tuple(wanted) or tuple(have)
        for name in chosen:
            if name not in have:
                raise UsageError(
                    f"there is no scheduled query {name!r} here",
                    where=self._parent,
                    why=f"it has {', '.join(have) or 'none'}",
                    fix="eros-infra deploy, if it was never deployed",
                )
        return tuple(have[name] for name in chosen)

    def set_paused(self, schedule: Schedule, paused: bool) -> Schedule:
        """Stop or start the firing of one schedule; one that is so already is left alone."""
        if schedule.paused == paused:
            return schedule
        return self._schedule(self._disable(schedule.config, paused))

    def switch_off(self, named: Iterable[str]) -> tuple[str, ...]:
        """Stop every schedule of these names, one that exists twice both times; returns those that were on.

        It asks nothing but the transfer service, so that it works when nothing else does.
        """
        wanted, stopped = set(named), []
        for one in self._configs():
            if one.display_name in wanted and not one.disabled:
                self._disable(str(one.name), True)
                stopped.append(str(one.display_name))
        return tuple(sorted(stopped))

    def declared(self, named: Iterable[str]) -> dict[str, tuple[dict[str, Any], ...]]:
        """What the target has under each of these names: the query, when it fires, whether it is off."""
        found: dict[str, tuple[dict[str, Any], ...]] = dict.fromkeys(named, ())
        for one in self._configs():
            if one.display_name in found:
                query = str(dict(one.params).get("query", ""))
                about = {"query": query, "schedule": str(one.schedule), "disabled": bool(one.disabled)}
                found[str(one.display_name)] += (about,)
        return found

    def _disable(self, config: str, off: bool) -> Any:
        return self._client.update_transfer_config(
            {"transfer_config": {"name": config, "disabled": off}, "update_mask": {"paths": ["disabled"]}}
        )

    def run(self, schedule: Schedule, at: datetime, timeout_seconds: float, tell: Callable[[str], None]) -> Run:
        """Start a run by hand, with @run_time = `at`, and wait for its end, whatever that is.

        Raises InfraError when it has not ended after `timeout_seconds`; it goes on nevertheless.
        """
        answer = self._client.start_manual_transfer_runs({"parent": schedule.config, "requested_run_time": at})
        started = [_run(one) for one in answer.runs]
        if not started:
            raise InfraError(f"{schedule.name} did not start", where=schedule.config, why="the service made no run")
        return self._ended(schedule, started[0], timeout_seconds, tell)

    def _ended(self, schedule: Schedule, run: Run, timeout_seconds: float, tell: Callable[[str], None]) -> Run:
        deadline, pause = time.monotonic() + timeout_seconds, _POLL_SECONDS
        while run.state not in _ENDED:
            if time.monotonic() > deadline:
                raise InfraError(
                    f"{schedule.name} has not ended after {timeout_seconds:.0f} s",
                    where=run.name,
                    why=f"its state is {run.state}",
                    fix="eros-infra schedules list",
                )
            time.sleep(pause)
            pause = min(pause * 1.5, _SLOWEST_POLL_SECONDS)
            run = _run(self._client.get_transfer_run({"name": run.name}))
            tell(f"{schedule.name}: {run.state.lower()}")
        return run

    def _configs(self) -> Iterable[Any]:
        return self._client.list_transfer_configs({"parent": self._parent, "data_source_ids": ["scheduled_query"]})

    def _schedule(self, config: Any) -> Schedule:
        latest = next(iter(self._client.list_transfer_runs({"parent": config.name, "page_size": 1})), None)
        return Schedule(
            str(config.display_name).removesuffix(self._suffix),
            str(config.name),
            str(config.schedule),
            bool(config.disabled),
            None if config.disabled else _instant(config.next_run_time),
            _run(latest) if latest is not None else None,
        )


def local_time(instant: datetime | None) -> str:
    """An instant in the business zone, with its offset; "-" for none."""
    if instant is None:
        return "-"
    return instant.astimezone(ZoneInfo(constants()["time"]["zone"])).strftime("%Y-%m-%d %H:%M %z")


def _run(run: Any) -> Run:
    return Run(str(run.name), run.state.name, _instant(run.run_time), str(run.error_status.message or ""))


def _instant(value: Any) -> datetime | None:
    """A timestamp of the client as a plain instant; the service's zero means none."""
    if value is None or value.timestamp() == 0:
        return None
    return datetime.fromtimestamp(value.timestamp(), UTC)


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant is not None else None
