"""The way back, rehearsed in a throw-away home: deploy, change, roll back, roll forward, each seen by Google's clients.

It runs what a real rollback runs. Only the change is made up: to what was synthesised, as a newer commit would have it.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from infra.environments import STACKS, load_environment
from infra.errors import InfraError, UsageError
from infra.gcloud import run_statement, table_as_it_is
from infra.local import lifecycle
from infra.release.deploy import Deployment, Outcome
from infra.release.locks import deploy_lock
from infra.release.merge import ALERT, SCHEDULE, TABLE
from infra.release.parts import real_parts, schedules_of
from infra.release.phases import Progress
from infra.release.rollback import Rollback, write_stacks
from infra.release.site import Site
from infra.release.survey import survey
from infra.release.synthesis import synthesise
from infra.release.synthesised import read_stack, wanted
from infra.release.way import place, real_way
from infra.settings import Settings

ROUTINE = "google_bigquery_routine"
CHANGED, NEW_COLUMN, NEW_TABLE, NEW_SCHEDULE, NEW_ALERT = (
    "wilson_sample",
    "drill_note",
    "drill_flags",
    "drill_sweep",
    "drill_slow",
)
NEW_TIMES = "every 2 hours from 00:29 to 22:29"
LIMIT_SECONDS = 600.0
"""A whole rollback's."""


@dataclass(frozen=True)
class Step:
    """One line of the timeline: when it ended, counted from the start, how long it took, what was seen."""

    name: str
    at: float
    seconds: float
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return asdict(self)


@dataclass
class Drill:
    """One rehearsal. `stacks` is what the checkout is synthesised to, before the change."""

    site: Site
    progress: Progress
    stacks: dict[str, dict[str, Any]] = field(default_factory=dict)
    line: list[Step] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def run(self) -> list[Step]:
        """All of it. Raises InfraError at the first thing that is not as it must be."""
        first = self._step("deploy", lambda: self._deploy(self.stacks))
        self._see("deployed", self._is_old, newer=False)
        changed = {stack: change(stack, content) for stack, content in self.stacks.items()}
        self._step("change", lambda: self._deploy(changed))
        self._fill()
        self._see("changed", self._is_new, newer=True)
        back = self._step("rollback", self._roll_back)
        self._see("back", self._is_old, newer=True)
        self._step("roll forward", lambda: self._deploy(changed))
        self._see("forward", self._is_new, newer=True)
        again = self._step("nothing left", lambda: self._deploy(changed))
        if again.release is not None or first.release is None or back.release is None:
            raise InfraError("a second deployment of the same thing found something to do")
        return self.line

    def _step(self, name: str, work: Callable[[], Outcome]) -> Outcome:
        start = time.monotonic()
        outcome = work()
        at = start - self.began
        for phase in outcome.phases if name == "rollback" else ():
            at += phase["seconds"]
            self.line.append(
                Step(f"  {phase['phase']}", round(at, 1), round(phase["seconds"], 1), str(phase.get("note", "")))
            )
        release = outcome.release
        note = (
            f"release {release.number}: {', '.join(release.applied) or 'nothing had changed'}"
            if release
            else "no changes"
        )
        self._add(name, start, note)
        if name == "rollback" and time.monotonic() - start > LIMIT_SECONDS:
            raise InfraError(f"the rollback took longer than {LIMIT_SECONDS:.0f} s")
        return outcome

    def _deploy(self, stacks: Mapping[str, Mapping[str, Any]]) -> Outcome:
        def synthesised(site: Site) -> None:
            if not self.stacks:
                synthesise(site.name, site.home, site.root, site.out)
                self.stacks.update({stack: read_stack(site.out, stack) for stack in STACKS})
                return
            write_stacks(site, stacks)
            place(site)

        parts = replace(real_parts(), validate=lambda *_: 0, synthesise=synthesised)
        with deploy_lock(self.site.home, self.site.name, "drill"):
            return Deployment(self.site, parts, self.progress).deploy()

    def _roll_back(self) -> Outcome:
        with deploy_lock(self.site.home, self.site.name, "drill"):
            return Rollback(self.site, real_parts(), self.progress, way=real_way()).rollback()

    def _fill(self) -> None:
        """Rows that only the newer release could write: they must outlive the way back."""
        place = f"{self.site.environment.project}.{self.site.environment.dataset}"
        text = f"INSERT INTO `{place}.creators` (page_name, is_active, {NEW_COLUMN}) VALUES ('drill', TRUE, 'kept')"
        run_statement(self.site.client, "drill/creators", text)
        run_statement(
            self.site.client,
            "drill/new_table",
            f"INSERT INTO `{place}.{NEW_TABLE}` (flag, is_enabled, updated_at) "
            "VALUES ('drill', TRUE, TIMESTAMP '2026-01-01 00:00:00+00')",
        )

    def _see(self, name: str, look: Callable[[], None], *, newer: bool) -> None:
        start = time.monotonic()
        look()
        seen = ["routine", "schedules", "alerts"]
        if newer:
            self._kept()
            seen += ["new column and table with their rows"]
        count = self._once()
        self._add(name, start, f"{', '.join(seen)}; {count} objects, each once")

    def _is_old(self) -> None:
        expect("the routine", self._drawn() != 0.25, True)
        schedules = self._schedules()
        expect("the schedule's time", schedules["health_check"]["schedule"] == NEW_TIMES, False)
        expect("the shared schedules off", [one for one in self._shared(schedules) if schedules[one]["disabled"]], [])
        expect("the new schedule off", schedules.get(NEW_SCHEDULE, {"disabled": True})["disabled"], True)
        expect("the new alert on", self._alerts().get(NEW_ALERT, False), False)

    def _is_new(self) -> None:
        expect("the routine", self._drawn(), 0.25)
        schedules = self._schedules()
        expect("the schedule's time", schedules["health_check"]["schedule"], NEW_TIMES)
        expect("schedules off", [name for name, one in schedules.items() if one["disabled"]], [])
        expect("the new alert on", self._alerts()[NEW_ALERT], True)

    def _drawn(self) -> float:
        place = f"{self.site.environment.project}.{self.site.environment.dataset}"
        text = f"SELECT `{place}.{CHANGED}`(1, 1, 'drill') AS drawn"
        return float(run_statement(self.site.client, "drill/routine", text)[0]["drawn"])

    def _kept(self) -> None:
        place = f"{self.site.environment.project}.{self.site.environment.dataset}"
        fields = table_as_it_is(self.site.client, f"{place}.creators")["schema"]["fields"]
        expect("the new column", NEW_COLUMN in [one["name"] for one in fields], True)
        for text in (
            f"SELECT COUNT(*) AS n FROM `{place}.creators` WHERE {NEW_COLUMN} = 'kept'",
            f"SELECT COUNT(*) AS n FROM `{place}.{NEW_TABLE}` WHERE flag = 'drill'",
        ):
            expect("the newer rows", run_statement(self.site.client, "drill/rows", text)[0]["n"], 1)

    def _schedules(self) -> dict[str, dict[str, Any]]:
        named = [str(body["display_name"]) for body in self.stacks["automation"]["resource"][SCHEDULE].values()]
        found = schedules_of(self.site).declared([*named, NEW_SCHEDULE])
        expect("schedules there twice", [name for name, some in found.items() if len(some) > 1], [])
        return {name: some[0] for name, some in found.items() if some}

    def _shared(self, schedules: Mapping[str, Any]) -> list[str]:
        return [name for name in schedules if name != NEW_SCHEDULE]

    def _alerts(self) -> dict[str, bool]:
        path = f"v3/projects/{self.site.environment.project}/alertPolicies"
        pages = self.site.rest.pages("monitoring", path, "alertPolicies")
        return {str(one["displayName"]): bool(one.get("enabled")) for one in pages}

    def _once(self) -> int:
        declared = [
            one
            for stack in STACKS
            for one in wanted(stack, change(stack, self.stacks[stack]), self.site.environment.project)
        ]
        found = Counter((one.type, one.key) for one in survey(self.site.rest, declared))
        expect("objects that are there twice", [key for key, count in found.items() if count > 1], [])
        return len(found)

    def _add(self, name: str, start: float, note: str) -> None:
        self.line.append(Step(name, self._at(), round(time.monotonic() - start, 1), note))

    def _at(self) -> float:
        return round(time.monotonic() - self.began, 1)


def change(stack: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """What a newer commit might have made of a stack: one change, or one new object, of each kind. Pure."""
    changed = copy.deepcopy(dict(content))
    resource = changed["resource"]
    if stack == "warehouse":
        resource[ROUTINE][CHANGED]["definition_body"] = "0.25"
        tables = resource[TABLE]
        column = {"name": NEW_COLUMN, "type": "STRING", "mode": "NULLABLE"}
        tables["creators"]["schema"] = json.dumps([*json.loads(tables["creators"]["schema"]), column])
        tables[NEW_TABLE] = {**copy.deepcopy(tables["feature_flags"]), "table_id": NEW_TABLE}
    if stack == "automation":
        resource[SCHEDULE]["health_check"]["schedule"] = NEW_TIMES
        sweep = copy.deepcopy(resource[SCHEDULE]["expired_lock_sweep"])
        resource[SCHEDULE][NEW_SCHEDULE] = {**sweep, "display_name": NEW_SCHEDULE}
    if stack == "observability":
        resource[ALERT][NEW_ALERT] = {**copy.deepcopy(resource[ALERT]["slow_jobs"]), "display_name": NEW_ALERT}
    return changed


def expect(what: str, found: Any, wanted: Any) -> None:
    """Raises InfraError when what was seen is not what must be."""
    if found != wanted:
        raise InfraError(f"the drill saw {what}: {found!r}, and it must be {wanted!r}")


def rehearse(target: str, progress: Progress) -> list[Step]:
    """All of it on a local cloud of its own, which is gone afterwards. Raises UsageError for another target."""
    if target != "local":
        raise UsageError(
            f"a drill on {target} would change what is live", fix="make drill TARGET=local; on a real target, plan"
        )
    with _quiet_environment(), _home() as home:
        settings = Settings(home=home)
        site = Site(load_environment("local", settings), settings, Path(__file__).resolve().parents[2])
        try:
            return Drill(site, progress).run()
        finally:
            lifecycle.stop(home, lifecycle.port_of(home))


@contextmanager
def _home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="eros-drill-")).resolve()
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _quiet_environment() -> Iterator[None]:
    """Nothing that is set for another home counts in the throw-away one."""
    kept = {name: os.environ.pop(name) for name in [*os.environ] if name.startswith("EROS_")}
    try:
        yield
    finally:
        os.environ.update(kept)
