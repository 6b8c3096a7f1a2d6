"""The way back: schedules off, old and new merged, planned against the state, gated, applied, checked, on again.

State is never set back (that would orphan what is newer, alive), nothing is destroyed, and nothing is forgotten. The
same command again goes on from wherever it was interrupted.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from infra.errors import InfraError
from infra.records import Release, stage, write_json
from infra.release.bucket import Shelf, known
from infra.release.choice import Choice, choose
from infra.release.deploy import STAGED, Deployment, Outcome, Review, Tell, plan_note, store_plans
from infra.release.held import schedule_names
from infra.release.merge import merge, newer_only, with_schedules_off
from infra.release.phases import Phase
from infra.release.planning import Planned, plan_all
from infra.release.restore_data import require_snapshots
from infra.release.site import Site
from infra.release.synthesised import STACK_FILE, stack_folder
from infra.release.versions import newest_provider, pinned

Stacks = Mapping[str, Mapping[str, Any]]
AFTER = "after"
"""The folder of a rollback's second plan, which switches its schedules on."""


@dataclass(frozen=True)
class Way:
    """The steps of a rollback that reach outside, beside a deployment's."""

    switch_off: Callable[[Site, Iterable[str]], tuple[str, ...]]
    place: Callable[[Site], None]
    """Makes each stack's folder ready for terraform: on the local target, the provider."""
    look: Callable[[Site, Stacks, Tell], int]
    restore: Callable[[Site, Release, Sequence[str], bool, Tell], list[str]]
    """Brings rows back from a release's snapshots; what it did, or would do, in lines."""


@dataclass
class Rollback(Deployment):
    """One rollback under way. The deploy lock is held by whoever runs it."""

    way: Way | None = None
    to: str = "previous"
    tables: tuple[str, ...] = ()
    merge_data: bool = False
    told: list[str] = field(default_factory=list)
    off: bool = False
    records: tuple[Release, ...] = ()

    def rollback(self) -> Outcome:
        """Everything. The error that ends it says what is applied, whether schedules are off, and what comes next."""
        try:
            return self._roll_back()
        except InfraError as error:
            state = [self._state_of_things(), *(["the schedules are off"] if self.off else [])]
            error.where = "; ".join(text for text in (error.where, *state) if text)
            if self.off and not error.fix:
                error.fix = f"mend the cause, then {self.command}: it goes on from here"
            raise

    @property
    def command(self) -> str:
        """What goes on after a failure."""
        return self.site.command(f"rollback --to {self.to}")

    def _roll_back(self) -> Outcome:
        assert self.way is not None
        way = self.way
        with self.phases.phase("release") as phase:
            choice = self._choose(phase)
            if self.tables:
                require_snapshots(self._kept_before(choice), self.tables)
        # A stack that no release was about has nothing to go back to.
        self.site = site = replace(self.site, stacks=tuple(one for one in self.site.stacks if one in choice.current))
        current = {stack: one.synthesised(stack) or {} for stack, one in choice.current.items()}
        # A stack that the target was not about stays as it is.
        target = {stack: choice.target.synthesised(stack) or current.get(stack, {}) for stack in site.stacks}
        with self.phases.phase("schedules off") as phase:
            stopped = way.switch_off(site, schedule_names([*current.values(), *target.values()]))
            self.off = True
            phase.note = ", ".join(stopped) or "all were off"
        self._ready()
        with self.phases.phase("merge") as phase:
            final = self._merged(choice, target, current)
            newer = [one for stack in site.stacks for one in newer_only(target[stack], current.get(stack, {}))]
            phase.note = f"{len(newer)} newer objects stay managed" if newer else "nothing is newer"
        quiet = {stack: with_schedules_off(one) for stack, one in final.items()}
        self.parts.make_place(site)
        staged = stage(site.home, site.name, STAGED)
        planned, review = self._plan(site, staged, quiet, choice)
        self._keep(staged, final, choice.target)
        with self.phases.phase("backup") as phase:
            backup = self.parts.back_up(site, phase.tell)
            phase.note = f"{len(backup.tables)} snapshots of {backup.instant}" if backup.tables else "no state yet"
        draft = replace(
            self._draft(staged, planned, review, backup),
            kind="rollback",
            target=choice.target.number,
            release_id=choice.target.release_id,
            commit=choice.target.commit,
            dirty=choice.target.dirty,
        )
        release = self.archive.begin(staged, draft)
        with self._recorded(release):
            self._carry_back(release, planned, quiet, final, choice)
        done = self.archive.finish(self._ended(release, "complete"))
        return Outcome(planned, review, done, (), tuple(self.phases.done))

    def _choose(self, phase: Phase) -> Choice:
        site = self.site
        site.start()
        shelf: Shelf | None = self.archive if isinstance(self.archive, Shelf) else None
        try:
            self.records = tuple(one for one, _ in known(site, shelf))
        except InfraError as error:
            phase.tell(f"the bucket does not answer: {error.what}")
            self.records, shelf = tuple(one for one, _ in known(site, None)), None
        choice = choose(self.records, self.to, site.stacks)
        if shelf is not None:
            for one in choice.involved:
                shelf.fetch(one)
        phase.note = f"back to {choice.target.number} ({choice.target.release_id})"
        return choice

    def _merged(self, choice: Choice, target: Stacks, current: Stacks) -> dict[str, dict[str, Any]]:
        environment = self.site.environment
        version = newest_provider(self.records)
        merged = {}
        for stack in self.site.stacks:
            one = at_home(merge(target[stack], current.get(stack) or target[stack]), environment.endpoint)
            if environment.schedules_disabled:
                one = with_schedules_off(one)
            merged[stack] = pinned(one, version)
        return merged

    def _plan(self, site: Site, folder: Path, stacks: Stacks, choice: Choice) -> tuple[Planned, Review]:
        assert self.way is not None
        with self.phases.phase("plan") as phase:
            write_stacks(site, stacks)
            self.way.place(site)
            least = newest_provider(self.records)
            planned = plan_all(site, folder, self.parts.survey, phase.tell, least)
            phase.note = plan_note(planned)
        with self.phases.phase("gate"):
            newest = max(choice.current.values(), key=lambda one: one.number, default=choice.target)
            review = self.parts.review(site, planned, newest)
            store_plans(folder, planned, review)
            review.verdicts.raise_if_refused()
        return planned, review

    def _keep(self, staged: Path, final: Stacks, target: Release) -> None:
        """The record holds what is declared in the end, schedules on, and the SQL of the release gone back to."""
        for stack, content in final.items():
            write_json(staged / "stacks" / stack / STACK_FILE, content)
        if (target.folder / "sql").is_dir():
            shutil.copytree(target.folder / "sql", staged / "sql")

    def _carry_back(self, release: Release, planned: Planned, quiet: Stacks, final: Stacks, choice: Choice) -> None:
        assert self.way is not None
        site, way = self.site, self.way
        with self.phases.phase("apply") as phase:
            for one in planned.changing:
                self._apply(release.folder, one, phase)
            phase.note = ", ".join(self.applied) or "nothing to apply"
        with self.phases.phase("verify") as phase:
            self._plan_again(site, release.folder, phase)
        with self.phases.phase("smoke") as phase:
            phase.note = f"{way.look(site, quiet, phase.tell)} objects are as declared"
        if self.tables:
            with self.phases.phase("data") as phase:
                self.told += way.restore(site, self._kept_before(choice), self.tables, self.merge_data, phase.tell)
                phase.note = f"{len(self.tables)} tables"
        self._switch_on(release, quiet, final, choice)

    def _switch_on(self, release: Release, quiet: Stacks, final: Stacks, choice: Choice) -> None:
        assert self.way is not None
        waking = tuple(stack for stack in self.site.stacks if final[stack] != quiet[stack])
        folder = release.folder / AFTER
        site = replace(self.site, stacks=waking)
        if waking:
            folder.mkdir(exist_ok=True)
            planned, _ = self._plan(site, folder, {stack: final[stack] for stack in waking}, choice)
            with self.phases.phase("schedules on") as phase:
                for one in planned.changing:
                    self._apply(folder, one, phase)
                self._plan_again(site, folder, phase)
        with self.phases.phase("look again") as phase:
            phase.note = f"{self.way.look(self.site, final, phase.tell)} objects are as declared"
        self.off = False

    def _kept_before(self, choice: Choice) -> Release:
        """The first release after the target that took snapshots: they hold the data as the target left it."""
        later = [one for one in self.records if one.number > choice.target.number and one.snapshots]
        if not later:
            raise InfraError(
                "there are no snapshots to bring data back from",
                why=f"no release after {choice.target.number} took any",
                fix="leave --restore-data away",
            )
        return min(later, key=lambda one: one.number)


def write_stacks(site: Site, stacks: Stacks) -> None:
    """Put the stacks where terraform runs."""
    for stack, content in stacks.items():
        write_json(stack_folder(site.out, stack) / STACK_FILE, content)


def at_home(stack: Mapping[str, Any], endpoint: str | None) -> dict[str, Any]:
    """The stack with the local cloud's address of this home: a record may come from another one's. Pure."""
    if endpoint is None:
        return dict(stack)
    return {**stack, **{name: _moved(stack[name], endpoint) for name in ("terraform", "provider") if name in stack}}


def _moved(value: Any, endpoint: str) -> Any:
    if isinstance(value, str) and value.startswith("http://127.0.0.1:"):
        return endpoint + "/" + value.removeprefix("http://").partition("/")[2]
    if isinstance(value, Mapping):
        return {name: _moved(one, endpoint) for name, one in value.items()}
    if isinstance(value, list):
        return [_moved(one, endpoint) for one in value]
    return value
