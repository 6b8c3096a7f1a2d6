"""Checks of this machine: Python, packages, time zone, disk, the local target's home and port."""

from __future__ import annotations

import os
import shutil
import tempfile
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from platform import python_version
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import sql
from orchestrator.errors import AccessError, ConflictError
from orchestrator.insight.doctor.checks import Found, fail, ok, skip, warn
from orchestrator.settings import Settings
from orchestrator.warehouse.target import WAREHOUSE_FILE

_DISTRIBUTION = "eros-scheduling"
_MIB = 2**20
LITTLE_SPACE, TOO_LITTLE_SPACE = 1024 * _MIB, 100 * _MIB
_SET_HOME = "set EROS_HOME to a folder of your own, or change the permissions"
_APART_SECONDS = 60
# One instant on either side of both changes of the clocks, and the offset in hours that holds there.
_OFFSETS = {datetime(2026, 1, 15, tzinfo=UTC): -8, datetime(2026, 7, 15, tzinfo=UTC): -7}


def declared() -> tuple[str, list[str], Mapping[str, list[str]]]:
    """The Python range, the requirements, and those of the extras: of pyproject.toml beside the code when it is there,
    else of the installed package. PackageNotFoundError when there is neither."""
    beside = Path(sql.__file__).resolve().parents[1] / "pyproject.toml"
    if beside.is_file():
        project = tomllib.loads(beside.read_text(encoding="utf-8"))["project"]
        return project["requires-python"], project["dependencies"], project["optional-dependencies"]
    installed = metadata.metadata(_DISTRIBUTION)
    extras: dict[str, list[str]] = {extra: [] for extra in installed.get_all("Provides-Extra") or []}
    plain = []
    for text in installed.get_all("Requires-Dist") or []:
        marker = Requirement(text).marker
        owners = [extra for extra in extras if marker and f'extra == "{extra}"' in str(marker)]
        for extra in owners:
            extras[extra].append(text.partition(";")[0])
        if not owners:
            plain.append(text)
    return installed["Requires-Python"], plain, extras


def python() -> Found:
    """The interpreter is in the declared range."""
    wanted, _, _ = declared()
    if SpecifierSet(wanted).contains(python_version(), prereleases=True):
        return ok(f"{python_version()}, needs {wanted}")
    return fail(f"{python_version()} is not {wanted}", "make clean, then make demo PYTHON=/path/to/python3.11")


def packages(target: str) -> Found:
    """Every package that the target needs is installed, in its declared range."""
    _, plain, extras = declared()
    wanted = [Requirement(text) for text in [*plain, *(extras.get("local", []) if target == "local" else [])]]
    wanted = [one for one in wanted if one.marker is None or one.marker.evaluate()]
    problems = [problem for one in wanted if (problem := _problem(one))]
    if problems:
        extra = "[local]" if target == "local" else ""
        return fail("; ".join(problems), f"pip install -e '.{extra}'")
    return ok(f"{len(wanted)} in their ranges ({', '.join(sorted(one.name for one in wanted))})")


def _problem(wanted: Requirement) -> str:
    try:
        version = metadata.version(wanted.name)
    except metadata.PackageNotFoundError:
        return f"{wanted.name} is missing"
    inside = wanted.specifier.contains(version, prereleases=True)
    return "" if inside else f"{wanted.name} {version} is not {wanted.specifier}"


def time_zone(name: str) -> Found:
    """The business zone is known, with both its offsets."""
    try:
        zone = ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return fail(f"{name} is not known", "pip install tzdata")
    hours = {at: (at.astimezone(zone).utcoffset() or timedelta(0)) / timedelta(hours=1) for at in _OFFSETS}
    wrong = [f"{at:%Y-%m-%d} {hours[at]:+g} h, not {meant:+} h" for at, meant in _OFFSETS.items() if hours[at] != meant]
    if wrong:
        return fail(f"{name} has wrong offsets: {'; '.join(wrong)}", "pip install --upgrade tzdata")
    return ok(f"{name}, UTC-8 in winter and UTC-7 in summer")


def home(settings: Settings) -> Found:
    """The folder of the local warehouse is ours to write in, or can be made."""
    if settings.target != "local":
        return skip("only the local target keeps files")
    place = settings.home.resolve()
    if not place.exists():
        parent = _nearest(place)
        if os.access(parent, os.W_OK | os.X_OK):
            return ok(f"{place} will be made by the first command that writes")
        return fail(f"{place} cannot be made: {parent} is not writable", _SET_HOME, AccessError.exit_code)
    blocked = [str(one) for one in (place, place / WAREHOUSE_FILE) if one.exists() and not os.access(one, os.W_OK)]
    if blocked:
        return fail(f"not writable: {', '.join(blocked)}", _SET_HOME, AccessError.exit_code)
    owner = place.stat().st_uid
    if hasattr(os, "getuid") and owner != os.getuid():
        return warn(f"{place} belongs to user {owner}, and this is user {os.getuid()}", "run EROS as one user only")
    return ok(str(place))


def disk(places: Mapping[str, Path]) -> Found:
    """There is room where things are written; `places` by what is kept there."""
    free = {what: shutil.disk_usage(_nearest(place)).free for what, place in places.items()}
    told = ", ".join(f"{size / 2**30:,.1f} GiB free for {what}" for what, size in free.items())
    least = min(free.values())
    if least < TOO_LITTLE_SPACE:
        return fail(told, "make room: imports and runs stop on a full disk")
    return warn(told, "make room soon") if least < LITTLE_SPACE else ok(told)


def written_places(settings: Settings) -> dict[str, Path]:
    """Where EROS writes: its home on the local target, and the temporary folder."""
    places = {"temporary files": Path(tempfile.gettempdir())}
    return {"the home": settings.home.resolve(), **places} if settings.target == "local" else places


def _nearest(place: Path) -> Path:
    return next(one for one in (place, *place.parents) if one.exists())


def server(look: Mapping[str, Any]) -> Found:
    """Who serves the home; `look` is the local cloud's own answer."""
    running = look["server"]
    if running is not None:
        return ok(f"process {running['pid']} serves the home at {running['url']}")
    if look["left_by"] is not None:
        return warn(
            f"server.json was left by process {look['left_by']}, which does not answer",
            "nothing: the next command replaces it",
        )
    return ok("none is running; each command starts its own (eros-infra local up keeps one)")


def port(look: Mapping[str, Any]) -> Found:
    """The home's port is free, or our own server has it."""
    if look["server"] is not None or look["port_is_free"]:
        return ok(f"{look['port']} {'is served' if look['server'] else 'is free'}")
    return fail(
        f"another program listens on {look['port']}, the port of this home",
        "end that program, or set EROS_PORT to a free port",
        ConflictError.exit_code,
    )


def clock(environment: Mapping[str, str], here: datetime, there: datetime | None) -> Found:
    """This machine's clock, EROS_NOW and the warehouse's clock agree. `there` is None without a warehouse."""
    frozen = environment.get("EROS_NOW", "")
    unset = "unset EROS_NOW to go by the real time (and eros-infra local down, when a server was started with it)"
    if frozen:
        instant = _instant(frozen)
        if instant is None:
            return fail(f"EROS_NOW is not an instant with an offset: {frozen!r}", "EROS_NOW=2026-01-14T20:00:00Z", 2)
        if there is not None and instant != there:
            return warn(f"EROS_NOW says {instant.isoformat()}, the warehouse {there.isoformat()}", unset)
        return warn(f"EROS_NOW holds the time at {instant.isoformat()}", unset)
    if there is None:
        return ok(f"{here.isoformat(timespec='seconds')}; there is no warehouse to compare with")
    apart = abs((there - here).total_seconds())
    if apart > _APART_SECONDS:
        return warn(f"here it is {here.isoformat()}, in the warehouse {there.isoformat()}", "set this machine's clock")
    return ok(f"{here.isoformat(timespec='seconds')}, {apart:.0f} s from the warehouse's")


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else None
