"""The steps of a deployment in earnest: Google's services or the local cloud's, and this machine's processes."""

from __future__ import annotations

import time
from collections.abc import Iterable

from infra.environments import Environment
from infra.errors import InfraError, UsageError
from infra.gate import read_allowances
from infra.gcloud import seed, told, transfers
from infra.release import gates, generations, smoke
from infra.release.adopt import Existing
from infra.release.backups import Backup, back_up, make_place
from infra.release.bucket import Shelf
from infra.release.deploy import Parts, Tell
from infra.release.expiry import lift_ends
from infra.release.locks import clear_state, running_note
from infra.release.reviewing import review
from infra.release.site import Site
from infra.release.survey import survey
from infra.release.synthesis import synthesise
from infra.release.synthesised import Wanted
from infra.schedules import Run, Schedules
from infra.terraform import StateLocked, require_version

JUDGE = "health_check"
"""Its failed run is a verdict on the system, such as a warehouse without data gets, and no defect of the release."""
RUN_SECONDS = 900.0
_LOCK_POLL_SECONDS = 1.0


def real_parts(allow: Iterable[str] = ()) -> Parts:
    """All steps; `allow` is what a person lets pass in spite of the gate, `RULE:ADDRESS=REASON`.

    Raises UsageError for an allowance that cannot be read, before anything is begun.
    """
    allowed = read_allowances(allow)
    return Parts(
        ready=ready,
        validate=lambda site, log, tell: gates.validate(site.environment, site.root, log, tell),
        synthesise=_synthesise,
        survey=_survey,
        review=lambda site, planned, previous: review(site, planned, previous, allowed),
        make_place=_make_place,
        back_up=_back_up,
        seed=lambda site: seed(site.client, site.environment.sql),
        first_runs=first_runs,
        look=_look,
        archive=Shelf,
        generations=generations.live,
    )


def schedules_of(site: Site) -> Schedules:
    """The scheduled queries of the site's target."""
    here = site.environment
    return Schedules(told(transfers(here.endpoint)), here.project, here.location, here.suffix)


def ready(site: Site) -> str:
    """Make sure that planning can begin, before anything takes long; returns where the target is.

    Raises UsageError without terraform or the state's bucket, StateLocked when somebody holds a state.
    """
    require_version()
    place = site.start()
    bucket = site.environment.bucket
    if site.rest.get("storage", f"b/{bucket}") is None:
        raise UsageError(
            "there is no bucket for Terraform's state yet",
            where=f"gs://{bucket}",
            fix=site.command("bootstrap"),
        )
    released = unlock_stale(site)
    return f"{place}; released the stale lock of {', '.join(released)}" if released else place


def unlock_stale(site: Site) -> list[str]:
    """Release the states' locks that a dead terraform of this host left; returns the stacks' names.

    Raises StateLocked for one whose holder may be alive and keeps it for longer than the site waits.
    """
    deadline = time.monotonic() + site.wait_seconds
    return [stack for stack in site.stacks if _is_released(site, stack, deadline)]


def _is_released(site: Site, stack: str, deadline: float) -> bool:
    environment, note = site.environment, running_note(site.home, site.name, stack)
    while True:
        try:
            lock = clear_state(
                site.rest, environment.bucket, environment.state_prefix(stack), stack, note, site.unlock_hint
            )
            return lock is not None
        except StateLocked:
            if time.monotonic() >= deadline:
                raise
        time.sleep(_LOCK_POLL_SECONDS)


def first_runs(site: Site, tell: Tell) -> list[tuple[str, Run]]:
    """Run once, now, each schedule that has never run and may: who deploys sees it work, and not somebody tomorrow.

    Raises InfraError when one fails; the judge's failure is told, not raised.
    """
    schedules = schedules_of(site)
    done = []
    for one in schedules.list():
        if one.paused or one.last_run is not None:
            continue
        tell(f"running {one.name}")
        run = schedules.run(one, site.now(), RUN_SECONDS, tell)
        if run.state != "SUCCEEDED" and one.name != JUDGE:
            raise InfraError(f"{one.name} ended as {run.state} at its first run", where=run.name, why=run.error)
        done.append((one.name, run))
    return done


def _synthesise(site: Site) -> None:
    settings = site.settings
    given = {
        f"EROS_{name.upper()}": str(getattr(settings, name))
        for name in ("dataset", "pull_request")
        if getattr(settings, name) is not None and name in settings.model_fields_set
    }
    synthesise(site.environment.name, site.home, site.root, site.out, site.stacks, given)


def _survey(site: Site, declared: Iterable[Wanted]) -> list[Existing]:
    return survey(site.rest, declared)


def _dataset_path(environment: Environment) -> str:
    return f"projects/{environment.project}/datasets/{environment.dataset}"


def _make_place(site: Site) -> None:
    environment = site.environment
    make_place(site.client, environment.sql, environment.backups_dataset, environment.labels)
    if environment.pull_request is not None and site.rest.get("big_query", _dataset_path(environment)) is not None:
        lift_ends(site.client, environment.dataset)


def _back_up(site: Site, tell: Tell) -> Backup:
    environment = site.environment
    return back_up(site.client, environment.sql, environment.backups_dataset, environment.labels, tell)


def _look(site: Site, tell: Tell) -> int:
    return smoke.look(site.client, site.environment.sql, schedules_of(site).list(), site.now(), tell)
