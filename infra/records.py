"""The record of each release: what was applied, from which source, by whom, and what would lead back.

    <EROS_HOME>/releases/<environment>/0007/
        release.json                who, when, git commit, versions, phases, outcome, what was applied, snapshots
        stacks/<stack>/cdk.tf.json  as synthesised
        plans/<stack>.json          `terraform show -json` of exactly the plan that was applied
        plans/<stack>.tfplan        that plan itself
        sql/<kind>/<name>.sql       as rendered
        gate.json                   the gate's verdicts
        logs/                       what terraform said, as JSON lines

A folder gets its number only when applying begins, with the outcome "interrupted", which it keeps unless the deployment
lives to say otherwise: a reader never meets half a record. What came before is kept beside, under a name of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from infra.errors import InfraError

Outcome = Literal["complete", "failed", "interrupted"]
Kind = Literal["deploy", "rollback", "forget"]
RECORD_FILE = "release.json"
_NUMBERED = re.compile(r"[0-9]{4,}")


@dataclass(frozen=True)
class Release:
    """What `release.json` holds, and where it lies.

    `applied` names the stacks whose plan was carried out; `snapshots` the copies of the state tables, by table.
    `provider` says which plugin spoke for Google: "hashicorp/google", or "stand-in". A rollback's `target` is the
    release that it went back to. `state_before` and `state_generations` are the generations of each stack's state in
    the bucket, before and after. `content` is the SHA-256 of what lies in the bucket besides the record.
    """

    number: int
    environment: str
    outcome: Outcome
    folder: Path
    release_id: str
    started: str
    finished: str = ""
    who: str = ""
    commit: str = ""
    dirty: bool = False
    provider: str = ""
    stacks: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    snapshots: Mapping[str, str] = field(default_factory=dict)
    snapshot_instant: str = ""
    allowed: Mapping[str, str] = field(default_factory=dict)
    phases: tuple[Mapping[str, Any], ...] = ()
    error: str = ""
    kind: Kind = "deploy"
    target: int = 0
    state_before: Mapping[str, str] = field(default_factory=dict)
    state_generations: Mapping[str, str] = field(default_factory=dict)
    content: str = ""

    @property
    def provider_version(self) -> str:
        """The version of the google provider that the state was written by; "" when it is not known."""
        return str(self.versions.get("provider google", ""))

    def synthesised(self, stack: str) -> dict[str, Any] | None:
        """The stack's synthesised JSON; None when the release had no such stack."""
        return _read(self.folder / "stacks" / stack / "cdk.tf.json")

    def plan(self, stack: str) -> dict[str, Any] | None:
        """The stack's plan as `terraform show -json` gave it."""
        return _read(self.folder / "plans" / f"{stack}.json")

    def as_dict(self) -> dict[str, Any]:
        """The record as it is stored and as `--json` prints it."""
        return {**asdict(self), "folder": str(self.folder)}


def releases_folder(home: Path, environment: str) -> Path:
    """Where an environment's releases, locks and unfinished work lie."""
    return home / "releases" / environment


def releases(home: Path, environment: str) -> tuple[Release, ...]:
    """Every release, oldest first. Raises InfraError for a record that cannot be read."""
    folder = releases_folder(home, environment)
    if not folder.is_dir():
        return ()
    numbered = sorted((one for one in folder.iterdir() if _NUMBERED.fullmatch(one.name)), key=lambda one: int(one.name))
    return tuple(_load(one) for one in numbered)


def last_release(home: Path, environment: str) -> Release | None:
    """The newest release that was applied completely; None before the first."""
    complete = [one for one in releases(home, environment) if one.outcome == "complete"]
    return complete[-1] if complete else None


def next_number(home: Path, environment: str, others: Iterable[int] = ()) -> int:
    """The number after all that are taken, here or by `others`."""
    return _next(releases_folder(home, environment), others)


def _next(folder: Path, others: Iterable[int] = ()) -> int:
    here = (int(one.name) for one in folder.iterdir() if _NUMBERED.fullmatch(one.name)) if folder.is_dir() else ()
    return max((*here, *others), default=0) + 1


def begin(staged: Path, release: Release) -> Release:
    """Give what was staged its place among the releases, as interrupted until `finish` says otherwise.

    `staged` is a folder beside the releases that already holds everything but release.json. Its number is the
    release's own, or the next one here.
    """
    parent = staged.parent
    number = release.number or _next(parent)
    numbered = replace(release, number=number, folder=parent / f"{number:04d}", outcome="interrupted")
    _write(staged / RECORD_FILE, numbered.as_dict())
    os.rename(staged, numbered.folder)
    return numbered


def finish(release: Release) -> Release:
    """Store what became of the release: beside, then renamed over the old record."""
    _write(release.folder / RECORD_FILE, release.as_dict())
    return release


class Here:
    """Where releases are kept: on this machine alone."""

    def catch_up(self) -> list[int]:
        """The numbers of releases that came from elsewhere: none."""
        return []

    def begin(self, staged: Path, release: Release) -> Release:
        """Give what was staged its number."""
        return begin(staged, release)

    def finish(self, release: Release) -> Release:
        """Store what became of the release."""
        return finish(release)


def stage(home: Path, environment: str, name: str) -> Path:
    """An empty folder for work that may become a release; what an earlier one left there is cleared away."""
    folder = releases_folder(home, environment) / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def write_json(path: Path, content: Any) -> None:
    """Write a file whose readers see the old content or the new, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, content)


def _write(path: Path, content: Any) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with beside.open("w", encoding="utf-8") as out:
        out.write(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
        out.flush()
        os.fsync(out.fileno())
    os.replace(beside, path)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise InfraError("a release's file is damaged", where=str(path), why=str(error)) from error


def _load(folder: Path) -> Release:
    found = _read(folder / RECORD_FILE)
    if found is None:
        raise InfraError(
            "a release has no record", where=str(folder), fix="move the folder away: it was not made by eros-infra"
        )
    return read_record(found, folder)


def read_record(found: Mapping[str, Any], folder: Path) -> Release:
    """A record as it was stored, here or elsewhere. Raises InfraError when it is damaged."""
    known = {name: value for name, value in found.items() if name in Release.__dataclass_fields__}
    lists = {name: tuple(known.get(name, ())) for name in ("stacks", "applied", "phases")}
    try:
        return Release(**{**known, **lists, "folder": folder})
    except TypeError as error:
        raise InfraError("a release's record is damaged", where=str(folder / RECORD_FILE), why=str(error)) from error
