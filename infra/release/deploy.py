"""The deployment: gates, synthesis, plans, verdicts, snapshots, exactly those plans applied, and a look at the result.

What does the work is handed in (`Parts`), so that the order, and what is left behind at each failure, is tested by
itself. Nothing on the target changes before every plan is made, stored and passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from infra.errors import InfraError
from infra.records import Here, Release, finish, last_release, releases, stage, write_json
from infra.release import facts
from infra.release.adopt import Existing
from infra.release.backups import Backup
from infra.release.phases import Phase, Phases, Progress
from infra.release.planning import Planned, StackPlanned, plan_again, plan_all
from infra.release.site import Site
from infra.release.synthesised import STACK_FILE, Wanted
from infra.release.versions import newest_provider
from infra.rendered import release_id, rendered_objects, rendered_schedules
from infra.schedules import Run
from infra.terraform import Message

STAGED = "staged"


class Verdicts(Protocol):
    """What the gate says."""

    def raise_if_refused(self) -> None:
        """Raise RefusedError when the plan may not be applied."""

    def as_dict(self) -> dict[str, Any]:
        """For the record."""


class Review(Protocol):
    """A plan with everything that is to be known of it before it is applied."""

    @property
    def verdicts(self) -> Verdicts:
        """What the gate says."""


class Archive(Protocol):
    """Where releases are kept."""

    def catch_up(self) -> list[int]:
        """Bring what other machines released; the numbers that came."""

    def begin(self, staged: Path, release: Release) -> Release:
        """Give what was staged its number and keep it, before anything is applied."""

    def finish(self, release: Release) -> Release:
        """Store what became of it."""


Tell = Callable[[str], None]


@dataclass(frozen=True)
class Parts:
    """The steps that reach outside. Each raises an InfraError when it fails; `tell` shows how it gets on."""

    ready: Callable[[Site], str]
    validate: Callable[[Site, Path, Tell], int]
    synthesise: Callable[[Site], None]
    survey: Callable[[Site, Iterable[Wanted]], Iterable[Existing]]
    review: Callable[[Site, Planned, Release | None], Review]
    make_place: Callable[[Site], None]
    back_up: Callable[[Site, Tell], Backup]
    seed: Callable[[Site], None]
    first_runs: Callable[[Site, Tell], list[tuple[str, Run]]]
    look: Callable[[Site, Tell], int]
    archive: Callable[[Site], Archive] = lambda site: Here()
    generations: Callable[[Site], Mapping[str, str]] = lambda site: {}


@dataclass(frozen=True)
class Outcome:
    """What a plan or a deployment came to. `release` is None when nothing was there to be done, or only planned."""

    planned: Planned
    review: Review
    release: Release | None = None
    runs: tuple[tuple[str, Run], ...] = ()
    phases: tuple[Mapping[str, Any], ...] = ()


@dataclass
class Deployment:
    """One deployment under way. The deploy lock is held by whoever runs it."""

    site: Site
    parts: Parts
    progress: Progress
    phases: Phases = field(init=False)
    archive: Archive = field(init=False)
    applied: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.phases = Phases(self.progress)
        self.archive = self.parts.archive(self.site)

    def plan(self) -> Outcome:
        """Make all plans and judge them; nothing is applied. A refusal is in the review, and no error here."""
        self._ready()
        _, _, planned, review = self._prepare()
        return Outcome(planned, review, phases=tuple(self.phases.done))

    def deploy(self) -> Outcome:
        """Everything. The error that ends it says in which phase, what is applied, and what to do next."""
        try:
            return self._deploy()
        except InfraError as error:
            error.where = "; ".join(text for text in (error.where, self._state_of_things()) if text)
            goes_on = ": it takes over what was made" if self.applied else ""
            error.fix = error.fix or f"mend the cause, then {self.site.deploy_command}{goes_on}"
            raise

    def _ready(self) -> None:
        with self.phases.phase("target") as phase:
            phase.note = self.parts.ready(self.site)
            came = self.archive.catch_up()
            phase.note += f"; brought release {', '.join(map(str, came))} from the bucket" if came else ""

    def _deploy(self) -> Outcome:
        self._ready()
        with self.phases.phase("gates") as phase:
            passed = self.parts.validate(self.site, self.site.folder / "gates.log", phase.tell)
            phase.note = f"{passed} tests passed"
        self.parts.make_place(self.site)
        staged, previous, planned, review = self._prepare()
        review.verdicts.raise_if_refused()
        if not planned.changing and self._is_recorded(previous):
            return Outcome(planned, review, phases=tuple(self.phases.done))
        with self.phases.phase("backup") as phase:
            backup = self.parts.back_up(self.site, phase.tell)
            phase.note = f"{len(backup.tables)} snapshots of {backup.instant}" if backup.tables else "no state yet"
        release = self.archive.begin(staged, self._draft(staged, planned, review, backup))
        with self._recorded(release):
            runs = self._carry_out(release, planned)
        done = self.archive.finish(self._ended(release, "complete"))
        return Outcome(planned, review, done, tuple(runs), tuple(self.phases.done))

    def _prepare(self) -> tuple[Path, Release | None, Planned, Review]:
        site, parts = self.site, self.parts
        with self.phases.phase("synth") as phase:
            parts.synthesise(site)
            phase.note = f"{len(site.stacks)} stacks"
        staged = stage(site.home, site.name, STAGED)
        previous = last_release(site.home, site.name)
        with self.phases.phase("plan") as phase:
            least = newest_provider(releases(site.home, site.name))
            planned = plan_all(site, staged, parts.survey, phase.tell, least)
            phase.note = plan_note(planned)
        with self.phases.phase("gate") as phase:
            review = parts.review(site, planned, previous)
            self._store(staged, planned, review)
            verdicts = review.verdicts.as_dict()
            phase.note = "passed" if verdicts["passed"] else f"refused: {len(verdicts['refused'])} objections"
        return staged, previous, planned, review

    def _store(self, staged: Path, planned: Planned, review: Review) -> None:
        store_plans(staged, planned, review)
        for one in planned.stacks:
            write_json(staged / "stacks" / one.stack / STACK_FILE, planned.configurations[one.stack])
        sql = self.site.environment.sql
        for name, text in {**rendered_objects(sql), **rendered_schedules(sql)}.items():
            path = staged / "sql" / f"{name}.sql"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def _carry_out(self, release: Release, planned: Planned) -> list[tuple[str, Run]]:
        site, parts = self.site, self.parts
        with self.phases.phase("apply") as phase:
            for one in planned.changing:
                self._apply(release.folder, one, phase)
            phase.note = ", ".join(self.applied) or "nothing to apply"
        with self.phases.phase("seed"):
            parts.seed(site)
        with self.phases.phase("verify") as phase:
            self._plan_again(site, release.folder, phase)
        with self.phases.phase("first runs") as phase:
            runs = parts.first_runs(site, phase.tell)
            phase.note = "; ".join(f"{name} {run.state.lower()}" for name, run in runs) or "none due"
        with self.phases.phase("smoke") as phase:
            phase.note = f"{parts.look(site, phase.tell)} checks"
        return runs

    def _plan_again(self, site: Site, folder: Path, phase: Phase) -> None:
        left = plan_again(site, folder, phase.tell)
        if left:
            raise InfraError(
                "the target does not hold what was applied",
                why="; ".join(f"{stack}: {', '.join(addresses)}" for stack, addresses in left.items()),
                fix=f"{site.command('plan')} shows what differs",
            )
        phase.note = "planned again: no changes"

    @contextmanager
    def _recorded(self, release: Release) -> Iterator[None]:
        """An error that leaves the block ends the release as failed; a killed process leaves it interrupted."""
        try:
            yield
        except InfraError as error:
            ended = self._ended(release, "failed", error=str(error))
            try:
                self.archive.finish(ended)
            except InfraError:  # the first error counts; the next command hands the record in
                finish(ended)
            raise

    def _apply(self, folder: Path, one: StackPlanned, phase: Phase) -> None:
        resources: list[str] = []

        def heard(message: Message) -> None:
            if message.kind == "apply_complete":
                resources.append(message.address)
                self.applied[-1] = f"{one.stack} (only {len(resources)} resources)"
                phase.tell(f"{one.stack}: {message.address} ({len(resources)})")

        terraform = self.site.terraform(one.stack, folder / "logs", heard)
        self.applied.append(f"{one.stack} (begun)")
        terraform.apply(folder / "plans" / one.file.name)
        self.applied[-1] = one.stack

    def _draft(self, staged: Path, planned: Planned, review: Review, backup: Backup) -> Release:
        commit, dirty = facts.commit(self.site.root)
        said = self.site.terraform(self.site.stacks[0]).version()
        providers = {name.rpartition("/")[2]: text for name, text in (said.get("provider_selections") or {}).items()}
        terraform = {"terraform": str(said.get("terraform_version", ""))}
        verdicts = review.verdicts.as_dict()
        return Release(
            0,
            self.site.name,
            "interrupted",
            staged,
            release_id(),
            started=_now(),
            who=facts.who(),
            commit=commit,
            dirty=dirty,
            provider=self.site.provider,
            stacks=self.site.stacks,
            versions={
                **facts.versions(),
                **terraform,
                **{f"provider {name}": text for name, text in providers.items()},
            },
            snapshots=backup.tables,
            snapshot_instant=backup.instant,
            state_before=self.parts.generations(self.site),
            allowed={f"{one['rule']}:{one['address']}": one["allowed_because"] for one in verdicts.get("allowed", ())},
        )

    def _ended(self, release: Release, outcome: Any, error: str = "") -> Release:
        return replace(
            release,
            outcome=outcome,
            finished=_now(),
            applied=tuple(dict.fromkeys(self.applied)),
            phases=tuple(self.phases.done),
            error=error,
            state_generations=self.parts.generations(self.site) if outcome == "complete" else {},
        )

    def _is_recorded(self, previous: Release | None) -> bool:
        """Whether the newest release ended well and was of this very SQL: then there is nothing to write down."""
        every = releases(self.site.home, self.site.name)
        return previous is not None and previous.number == every[-1].number and previous.release_id == release_id()

    def _state_of_things(self) -> str:
        applied = ", ".join(self.applied)
        return f"applied so far: {applied}" if applied else "nothing was applied"


def store_plans(folder: Path, planned: Planned, review: Review) -> None:
    """Keep what the plans say, and what the gate says of them, beside the plans themselves."""
    for one in planned.stacks:
        write_json(folder / "plans" / f"{one.stack}.json", one.shown)
    write_json(folder / "gate.json", review.verdicts.as_dict())


def plan_note(planned: Planned) -> str:
    """Which stacks the plans change, in a few words."""
    changing = ", ".join(one.stack for one in planned.changing)
    adopted = f"; {planned.adopted} objects taken over" if planned.adopted else ""
    return f"changes in {changing}{adopted}" if changing else "no changes"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
