"""All checks in order, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orchestrator.domain import constants
from orchestrator.errors import UsageError
from orchestrator.insight.doctor import machine
from orchestrator.insight.doctor import warehouse as checks
from orchestrator.insight.doctor.checks import Check, Found, Verdict, examined, fail, ok, skip, warn
from orchestrator.settings import Settings
from orchestrator.warehouse.client import Warehouse, open_warehouse
from orchestrator.warehouse.target import is_there, look


@dataclass(frozen=True)
class DoctorReport:
    """Every check that was made, in order."""

    checks: tuple[Check, ...]

    @property
    def exit_code(self) -> int:
        """0 without failures; their code when all failures share one (4 access, 5 lock ...), else 1."""
        codes = {check.exit_code for check in self.checks if check.verdict is Verdict.FAIL}
        if not codes:
            return 0
        return codes.pop() if len(codes) == 1 else 1

    def line(self) -> str:
        """The report in one line."""
        counts = {verdict: sum(check.verdict is verdict for check in self.checks) for verdict in Verdict}
        parts = [f"{counts[Verdict.OK]} ok"]
        parts += [f"{counts[Verdict.WARN]} to look at"] if counts[Verdict.WARN] else []
        parts += [f"{counts[Verdict.FAIL]} failed"] if counts[Verdict.FAIL] else []
        parts += [f"{counts[Verdict.SKIP]} not looked at"] if counts[Verdict.SKIP] else []
        return f"doctor: {', '.join(parts)}"

    def as_dict(self) -> dict[str, Any]:
        """The report as `--json` prints it."""
        return {"exit_code": self.exit_code, "line": self.line(), "checks": [one.as_dict() for one in self.checks]}


def examine(
    settings: Callable[[], Settings],
    environment: Mapping[str, str],
    *,
    on_progress: Callable[[str], object] = str,
) -> DoctorReport:
    """Look at everything and write nothing; one check never takes another one down.

    `settings` reads the configuration; it may raise UsageError, which is a finding like any other.
    """
    return DoctorReport(tuple(_checks(settings, environment, on_progress)))


def _checks(
    read: Callable[[], Settings], environment: Mapping[str, str], say: Callable[[str], object]
) -> Iterator[Check]:
    say("looking at this machine")
    chosen: list[Settings] = []
    yield examined("settings", lambda: _settings(read, chosen))
    settings = chosen[0] if chosen else None
    yield examined("python", machine.python)
    yield examined("packages", lambda: machine.packages(settings.target if settings else "local"))
    yield examined("time zone", lambda: machine.time_zone(constants().sending.zone_name))
    if settings is None:
        yield from _not_looked_at(("home", "disk", "server", "port", "warehouse", "clock", *_INSIDE), "settings")
        return
    yield examined("home", lambda: machine.home(settings))
    yield examined("disk", lambda: machine.disk(machine.written_places(settings)))
    yield from _server(settings)
    say("looking into the warehouse")
    with ExitStack() as stack:
        opened: list[Warehouse] = []
        yield examined("warehouse", lambda: _open(settings, stack, opened))
        warehouse = opened[0] if opened else None
        yield examined("clock", lambda: _clock(environment, warehouse))
        if warehouse is None:
            yield from _not_looked_at(_INSIDE, "warehouse")
        else:
            yield from _inside(warehouse, settings)


_INSIDE = ("permissions", "objects", "columns", "texts", "stage tables", "guard rows", "data", "locks")


def _settings(read: Callable[[], Settings], chosen: list[Settings]) -> Found:
    try:
        settings = read()
    except UsageError as error:
        return fail(f"{error.what}: {error.why}", error.fix, error.exit_code)
    chosen.append(settings)
    place = f", home {settings.home.resolve()}" if settings.target == "local" else ""
    return ok(f"target {settings.target}, {settings.project_id}.{settings.dataset} in {settings.location}{place}")


def _server(settings: Settings) -> Iterator[Check]:
    if settings.target != "local":
        return
    seen: list[dict[str, Any]] = []

    def server() -> Found:
        seen.append(look(settings))
        return machine.server(seen[0])

    yield examined("server", server)
    if seen:
        yield examined("port", lambda: machine.port(seen[0]))
    else:
        yield from _not_looked_at(("port",), "server")


def _open(settings: Settings, stack: ExitStack, opened: list[Warehouse]) -> Found:
    if not is_there(settings):
        return warn("there is none yet: nothing was imported", "eros import DIR (to try: eros sample-data --out DIR)")
    opened.append(stack.enter_context(open_warehouse(settings, read_only=True)))
    return checks.answers(opened[0])


def _clock(environment: Mapping[str, str], warehouse: Warehouse | None) -> Found:
    here = datetime.now(UTC)
    return machine.clock(environment, here, warehouse.now() if warehouse else None)


def _inside(warehouse: Warehouse, settings: Settings) -> Iterator[Check]:
    target, kept = settings.target, list[Any]()

    def objects() -> Found:
        kept.append(checks.look_up(warehouse))
        return checks.objects(kept[0], target)

    yield examined("permissions", lambda: checks.permissions(warehouse, target))
    yield examined("objects", objects)
    if kept:
        yield examined("columns", lambda: checks.columns(kept[0], warehouse.settings, target))
        yield examined("texts", lambda: checks.texts(kept[0], warehouse.settings, target))
        yield examined("stage tables", lambda: checks.stages(kept[0]))
    else:
        yield from _not_looked_at(("columns", "texts", "stage tables"), "objects")
    yield examined("guard rows", lambda: checks.guard_rows(warehouse))
    yield examined("data", lambda: checks.data(warehouse, warehouse.now()))
    yield examined("locks", lambda: checks.locks(warehouse, warehouse.now()))


def _not_looked_at(names: tuple[str, ...], because: str) -> Iterator[Check]:
    for name in names:
        yield examined(name, lambda: skip(f"not looked at, because of {because}"))
