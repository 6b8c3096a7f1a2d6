"""releases, rollback, state-restore, forget and drill: the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.commands.deploy import AllowOption
from infra.commands.shared import HomeOption, JsonOption, TargetOption, WaitOption, answer, open_site, progress, told

if TYPE_CHECKING:
    from infra.records import Release


def releases(target: TargetOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the releases that this machine and the state's bucket have. Without the bucket: only this machine's."""
    with told(as_json):
        from infra.errors import InfraError
        from infra.release.bucket import Shelf, known

        site = open_site(target, home)
        missing = ""
        try:
            site.start()
            found = known(site, Shelf(site))
        except InfraError as error:
            found, missing = known(site, None), error.what
        data = {
            "environment": site.name,
            "bucket": missing or "ok",
            "releases": [{**one.as_dict(), "places": places.split(", ")} for one, places in found],
        }
        answer(as_json, data, lambda: _table(found) + (f"\nthe bucket was not asked: {missing}" if missing else ""))


def rollback(
    to: Annotated[str, typer.Option("--to", help="A release's number, or previous")] = "previous",
    restore_data: Annotated[
        list[str] | None,
        typer.Option("--restore-data", help="TABLE whose lost rows to look for in the snapshots. May be repeated"),
    ] = None,
    merge_data: Annotated[
        bool, typer.Option("--merge-data", help="Insert those rows; without it they are only shown")
    ] = False,
    allow: AllowOption = None,
    wait: WaitOption = 0,
    target: TargetOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go back to an older release; nothing is destroyed. Safe to run again. Exit code 1 when there is only one."""
    with told(as_json):
        from infra.release.locks import deploy_lock
        from infra.release.parts import real_parts
        from infra.release.rollback import Rollback
        from infra.release.way import lenient, real_way

        site = open_site(target, home, wait)
        shown: Any = progress()
        try:
            with deploy_lock(site.home, site.name, f"rollback {site.name}", site.wait_seconds):
                tables = tuple(restore_data or ())
                parts = lenient(real_parts(), allow or ())
                run = Rollback(site, parts, shown, way=real_way(), to=to, tables=tables, merge_data=merge_data)
                outcome = run.rollback()
        finally:
            if hasattr(shown, "close"):
                shown.close()
        release = outcome.release
        assert release is not None
        seconds = sum(float(one["seconds"]) for one in outcome.phases)
        found = {
            "environment": site.name,
            "release": release.as_dict(),
            "phases": list(outcome.phases),
            "seconds": round(seconds, 1),
            "data": run.told,
        }
        words = f"{site.name}: back to release {release.target} in {seconds:.0f} s, recorded as {release.number}"
        answer(as_json, found, lambda: "\n".join([words, f"record: {release.folder}", *run.told]))


def state_restore(
    stack: Annotated[str, typer.Option("--stack", help="The stack whose state is damaged")],
    generation: Annotated[str, typer.Option("--generation", help="Which one to bring back; lists them without")] = "",
    wait: WaitOption = 0,
    target: TargetOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Repair a damaged state from an older generation of it. It is no way back: that is `rollback`."""
    with told(as_json):
        from infra.release.generations import generations
        from infra.release.locks import deploy_lock
        from infra.release.restore import restore_state

        site = open_site(target, home, wait)
        site.start()
        if not generation:
            every = [one.as_dict() for one in generations(site, stack)]
            answer(
                as_json, {"stack": stack, "generations": every}, lambda: "\n".join(map(_generation, every)) or "none"
            )
            return
        shown = progress()
        with deploy_lock(site.home, site.name, f"state-restore {stack}", site.wait_seconds):
            done = restore_state(site, stack, generation, shown.tell)
        words = f"{stack}: generation {generation} is back with serial {done.serial}, and the target is as it says"
        answer(as_json, done.as_dict(), lambda: words)


def forget(
    address: Annotated[str, typer.Argument(help="As a plan names it: google_bigquery_table.creators")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record")] = "retired",
    wait: WaitOption = 0,
    target: TargetOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take one object out of Terraform's hands; it stays alive. A schedule must be disabled first: exit code 3."""
    with told(as_json):
        from infra.release.forget import forget as forgotten
        from infra.release.locks import deploy_lock

        site = open_site(target, home, wait)
        site.start()
        shown = progress()
        with deploy_lock(site.home, site.name, f"forget {address}", site.wait_seconds):
            done = forgotten(site, address, reason, shown.tell)
        found = {"address": done.address, "stack": done.stack, "release": done.release.as_dict()}
        answer(as_json, found, lambda: f"{address} is forgotten, and alive; recorded as {done.release.number}")


def drill(target: TargetOption = None, as_json: JsonOption = False) -> None:
    """Rehearse deploy, change, rollback and roll-forward in a throw-away home; prints a timeline. Local only."""
    with told(as_json):
        from infra.commands.shared import progress as shown
        from infra.release.drill import rehearse

        line = rehearse(target or "local", shown())
        answer(as_json, {"steps": [one.as_dict() for one in line], "seconds": line[-1].at}, lambda: _timeline(line))


def _table(found: tuple[tuple[Release, str], ...]) -> str:
    if not found:
        return "no release yet: make deploy"
    rows = [("number", "kind", "ended", "release", "commit", "started", "who", "where")]
    for one, places in found:
        kind = f"{one.kind} to {one.target}" if one.kind == "rollback" else one.kind
        commit = one.commit[:10] + ("+" if one.dirty else "")
        rows.append((str(one.number), kind, one.outcome, one.release_id, commit, one.started, one.who, places))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def _generation(one: dict[str, Any]) -> str:
    about = "damaged" if one["serial"] is None else f"serial {one['serial']}, {one['resources']} resources"
    return f"{one['generation']}  {one['created']}  {about}{'  live' if one['live'] else ''}"


def _timeline(line: Any) -> str:
    return "\n".join(f"{one.at:>7.1f} s  {one.seconds:>6.1f} s  {one.name:<14} {one.note}" for one in line)
