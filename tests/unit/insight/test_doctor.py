"""The doctor's checks of the machine, in worlds that are broken one thing at a time."""

from __future__ import annotations

import os
import shutil
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from email.message import Message
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.errors import AccessError, ConflictError, ErosError, UsageError
from orchestrator.insight.doctor import examine, machine
from orchestrator.insight.doctor import run as stages
from orchestrator.insight.doctor.checks import Check, Found, Verdict, examined, fail, ok, warn
from orchestrator.insight.doctor.run import DoctorReport
from orchestrator.insight.doctor.text import doctor_lines
from orchestrator.settings import Settings

NOW = datetime(2026, 1, 14, 20, tzinfo=UTC)
Usage = namedtuple("Usage", "total used free")


def _found(found: Found) -> tuple[Verdict, int]:
    return found.verdict, found.exit_code if found.verdict is Verdict.FAIL else 0


def test_this_machine_is_in_the_declared_ranges() -> None:
    assert machine.python().verdict is Verdict.OK
    found = machine.packages("local")
    assert found.verdict is Verdict.OK, found.detail
    assert "duckdb" in found.detail
    assert "duckdb" not in machine.packages("bigquery").detail


@pytest.mark.parametrize(
    ("requirement", "problem"),
    [
        ("duckdb<1", f"duckdb {metadata.version('duckdb')} is not <1"),
        ("no-such-package>=2", "no-such-package is missing"),
        ("no-such-package; python_version < '3'", ""),
    ],
)
def test_a_package_out_of_range_or_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, requirement: str, problem: str
) -> None:
    monkeypatch.setattr(machine, "declared", lambda: (">=3.11", ["jinja2"], {"local": [requirement]}))
    found = machine.packages("local")
    assert (found.verdict is Verdict.FAIL, problem in found.detail) == (bool(problem), True)
    assert not problem or "[local]" in found.fix
    assert machine.packages("bigquery").verdict is Verdict.OK


def test_an_old_python_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "declared", lambda: (">=4", [], {}))
    assert machine.python().verdict is Verdict.FAIL
    assert "is not >=4" in machine.python().detail


def test_ranges_come_from_the_installed_package_when_there_is_no_pyproject(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed = Message()
    for name, value in (
        ("Requires-Python", ">=3.11"),
        ("Provides-Extra", "local"),
        ("Provides-Extra", "dev"),
        ("Requires-Dist", "jinja2<4,>=3.1"),
        ("Requires-Dist", "tomli; python_version < '3.11'"),
        ("Requires-Dist", 'duckdb>=1.5; extra == "local"'),
        ("Requires-Dist", 'pytest; extra == "dev"'),
    ):
        installed[name] = value
    monkeypatch.setattr(machine.sql, "__file__", str(tmp_path / "site" / "sql" / "__init__.py"))
    monkeypatch.setattr(metadata, "metadata", lambda name: installed)
    python, plain, extras = machine.declared()
    assert (python, plain) == (">=3.11", ["jinja2<4,>=3.1", "tomli; python_version < '3.11'"])
    assert extras == {"local": ["duckdb>=1.5"], "dev": ["pytest"]}


@pytest.mark.parametrize(
    ("zone", "verdict", "words"),
    [
        ("America/Los_Angeles", Verdict.OK, "UTC-8 in winter"),
        ("America/Nowhere", Verdict.FAIL, "is not known"),
        ("America/Phoenix", Verdict.FAIL, "2026-01-15 -7 h, not -8 h"),
        ("Europe/Berlin", Verdict.FAIL, "2026-07-15 +2 h, not -7 h"),
    ],
)
def test_the_time_zone_is_held_to_both_its_offsets(zone: str, verdict: Verdict, words: str) -> None:
    found = machine.time_zone(zone)
    assert found.verdict is verdict
    assert words in found.detail
    assert (found.fix == "") == (verdict is Verdict.OK)


def test_a_home_of_one_s_own_is_fine_and_one_that_is_missing_will_be_made(tmp_path: Path) -> None:
    assert machine.home(Settings(home=tmp_path)).verdict is Verdict.OK
    found = machine.home(Settings(home=tmp_path / "a" / "b"))
    assert (found.verdict, "will be made" in found.detail) == (Verdict.OK, True)
    assert machine.home(Settings(home=tmp_path, target="bigquery")).verdict is Verdict.SKIP
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("blocked", [".", "warehouse.duckdb", "new"])
def test_a_home_that_cannot_be_written_is_a_matter_of_access(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, blocked: str
) -> None:
    """The rights of files do not bind the superuser, whom tests may run as: so the answer of os.access is put in."""
    (tmp_path / "warehouse.duckdb").touch()
    closed = tmp_path if blocked == "new" else (tmp_path / blocked).resolve()
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).resolve() != closed)
    found = machine.home(Settings(home=tmp_path / "new" if blocked == "new" else tmp_path))
    assert _found(found) == (Verdict.FAIL, 4)
    assert str(closed) in found.detail
    assert "EROS_HOME" in found.fix


def test_somebody_else_s_home_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    found = machine.home(Settings(home=tmp_path))
    assert found.verdict is Verdict.WARN
    assert f"belongs to user {tmp_path.stat().st_uid}" in found.detail


@pytest.mark.parametrize(
    ("free", "verdict"),
    [(2**30, Verdict.OK), (2**30 - 1, Verdict.WARN), (100 * 2**20, Verdict.WARN), (100 * 2**20 - 1, Verdict.FAIL)],
)
def test_a_full_disk_is_seen_coming(monkeypatch: pytest.MonkeyPatch, free: int, verdict: Verdict) -> None:
    sizes = {"/roomy": 2**40, "/": free}
    monkeypatch.setattr(machine, "_nearest", lambda place: place)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(2**41, 0, sizes[str(place)]))
    found = machine.disk({"the home": Path("/roomy"), "temporary files": Path("/")})
    assert found.verdict is verdict
    assert "1,024.0 GiB free for the home" in found.detail


def test_places_to_write_are_the_home_and_the_temporary_folder(tmp_path: Path) -> None:
    assert set(machine.written_places(Settings(home=tmp_path))) == {"the home", "temporary files"}
    assert set(machine.written_places(Settings(home=tmp_path, target="bigquery"))) == {"temporary files"}
    assert machine.disk({"the home": tmp_path / "not" / "there"}).detail.endswith("free for the home")


RUNNING = {"pid": 7, "url": "http://127.0.0.1:20000"}


@pytest.mark.parametrize(
    ("look", "server", "port"),
    [
        ({"server": RUNNING, "port_is_free": False, "left_by": None}, Verdict.OK, (Verdict.OK, 0)),
        ({"server": None, "port_is_free": True, "left_by": None}, Verdict.OK, (Verdict.OK, 0)),
        ({"server": None, "port_is_free": True, "left_by": 99}, Verdict.WARN, (Verdict.OK, 0)),
        ({"server": None, "port_is_free": False, "left_by": None}, Verdict.OK, (Verdict.FAIL, 5)),
    ],
)
def test_the_server_and_its_port(look: dict[str, Any], server: Verdict, port: tuple[Verdict, int]) -> None:
    look = {"port": 20000, **look}
    assert machine.server(look).verdict is server
    assert _found(machine.port(look)) == port
    if port[1]:
        assert "EROS_PORT" in machine.port(look).fix


@pytest.mark.parametrize(
    ("frozen", "there", "expected", "words"),
    [
        ("", NOW, (Verdict.OK, 0), "0 s from the warehouse's"),
        ("", NOW + timedelta(seconds=60), (Verdict.OK, 0), "60 s from"),
        ("", NOW - timedelta(seconds=61), (Verdict.WARN, 0), "in the warehouse 2026-01-14T19:58:59+00:00"),
        ("", None, (Verdict.OK, 0), "no warehouse to compare with"),
        ("2026-01-14T12:00:00-08:00", NOW, (Verdict.WARN, 0), "EROS_NOW holds the time"),
        ("2026-01-14T12:00:00-08:00", None, (Verdict.WARN, 0), "EROS_NOW holds the time"),
        ("2026-01-14T21:00:00Z", NOW, (Verdict.WARN, 0), "the warehouse 2026-01-14T20:00:00+00:00"),
        ("2026-01-14", NOW, (Verdict.FAIL, 2), "not an instant with an offset"),
        ("soon", None, (Verdict.FAIL, 2), "not an instant with an offset"),
    ],
)
def test_clocks(frozen: str, there: datetime | None, expected: tuple[Verdict, int], words: str) -> None:
    found = machine.clock({"EROS_NOW": frozen}, NOW, there)
    assert _found(found) == expected
    assert words in found.detail


@pytest.mark.parametrize(
    ("raised", "code", "words"),
    [
        (AccessError("no entry", where="job", why="policy", fix="ask"), 4, "no entry (job): policy"),
        (ConflictError("held"), 5, "held"),
        (UsageError("not found"), 1, "not found"),
        (ErosError("odd"), 1, "odd"),
        (PermissionError(13, "Permission denied", "/srv/x"), 4, "/srv/x: Permission denied"),
        (ZeroDivisionError("division by zero"), 1, "the check itself broke: ZeroDivisionError: division by zero"),
    ],
)
def test_whatever_a_check_raises_is_its_own_failure(raised: Exception, code: int, words: str) -> None:
    def check() -> Found:
        raise raised

    found = examined("it", check)
    assert (found.name, found.verdict, found.exit_code, found.detail) == ("it", Verdict.FAIL, code, words)


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([ok("")], 0),
        ([ok(""), warn("", "")], 0),
        ([fail("", "")], 1),
        ([fail("", "", 4), fail("", "", 4)], 4),
        ([fail("", "", 5), warn("", "")], 5),
        ([fail("", "", 4), fail("", "", 5)], 1),
        ([fail("", "", 5), fail("", "")], 1),
    ],
)
def test_the_exit_code_is_the_cause_s_when_there_is_one(found: list[Found], code: int) -> None:
    report = DoctorReport(tuple(examined("x", lambda one=one: one) for one in found))  # type: ignore[misc]
    assert report.exit_code == code


def _whole(monkeypatch: pytest.MonkeyPatch, home: Path, **changes: Any) -> DoctorReport:
    """The whole examination without a warehouse; `changes` replace parts of it."""
    monkeypatch.setattr(stages, "look", lambda _: {"server": None, "port": 1, "port_is_free": True, "left_by": None})
    for name, value in changes.items():
        monkeypatch.setattr(stages, name, value)
    return examine(lambda: Settings(home=home), {})


def test_a_check_that_breaks_leaves_the_others_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(_: object) -> None:
        raise ErosError("the local warehouse did not start", fix="pip install 'eros-scheduling[local]'")

    before = {check.name for check in _whole(monkeypatch, tmp_path).checks}
    report = _whole(monkeypatch, tmp_path, look=broken)
    by_name = {check.name: check for check in report.checks}
    assert set(by_name) == before
    assert (by_name["server"].verdict, by_name["port"].verdict) == (Verdict.FAIL, Verdict.SKIP)
    assert by_name["packages"].verdict is by_name["home"].verdict is Verdict.OK
    assert report.exit_code == 1


def test_without_settings_what_needs_none_is_still_looked_at() -> None:
    def broken() -> Settings:
        raise UsageError("EROS_TARGET is not valid", fix="unset EROS_TARGET")

    report = examine(broken, {})
    verdicts = {check.name: check.verdict for check in report.checks}
    assert (verdicts["settings"], verdicts["python"], verdicts["data"]) == (Verdict.FAIL, Verdict.OK, Verdict.SKIP)
    assert report.exit_code == 2


def test_before_the_first_import_nothing_is_made_and_the_next_step_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    report = _whole(monkeypatch, tmp_path / "home")
    [warehouse] = [check for check in report.checks if check.name == "warehouse"]
    assert (warehouse.verdict, report.exit_code) == (Verdict.WARN, 0)
    assert "eros import DIR" in warehouse.fix
    assert list(tmp_path.iterdir()) == []


def test_a_warehouse_that_cannot_be_opened_is_one_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "warehouse.duckdb").touch()

    def held(*_: object, **__: object) -> Any:
        raise ConflictError("the warehouse is open in another process", why="PID 7", fix="eros-infra local down")

    report = _whole(monkeypatch, tmp_path, open_warehouse=held)
    assert [check.name for check in report.checks if check.verdict is Verdict.FAIL] == ["warehouse"]
    assert report.exit_code == 5


def test_the_text_names_what_to_do_and_gathers_what_was_not_looked_at() -> None:
    report = DoctorReport(
        (
            Check("one", Verdict.OK, "fine"),
            Check("two", Verdict.WARN, "word " * 40, "do this"),
            Check("three", Verdict.FAIL, "/a/path-that-is-long/" + "x" * 40, "do-that-now", 1),
            Check("four", Verdict.SKIP, "not looked at"),
            Check("five", Verdict.SKIP, "not looked at"),
        )
    )
    lines = doctor_lines(report)
    assert max(map(len, lines)) <= 100
    assert lines[0] == "ok    one          fine"
    assert "                   -> do this" in lines
    assert "-     four, five: not looked at" in lines
    assert lines[-1] == "doctor: 1 ok, 1 to look at, 1 failed, 2 not looked at"
    assert report.as_dict()["checks"][2] == {
        "name": "three",
        "verdict": "fail",
        "detail": report.checks[2].detail,
        "fix": "do-that-now",
        "exit_code": 1,
    }


def test_nothing_missing_is_an_empty_answer_of_bigquery() -> None:
    """The client asks BigQuery which of the wanted permissions the caller has; here a caller without the second."""
    from contextlib import nullcontext

    from orchestrator.insight.doctor.warehouse import permissions

    def client(*granted: str) -> Any:
        return SimpleNamespace(test_iam_permissions=lambda table, wanted: {"permissions": list(granted)})

    def warehouse(*granted: str) -> Any:
        settings = SimpleNamespace(project="p", dataset="d")
        return SimpleNamespace(client=client(*granted), settings=settings, explaining=lambda name: nullcontext())

    read, write = "bigquery.tables.getData", "bigquery.tables.updateData"
    assert permissions(warehouse(read, write), "bigquery").verdict is Verdict.OK
    found = permissions(warehouse(read), "bigquery")
    assert _found(found) == (Verdict.FAIL, 4)
    assert f"mass_messages: {write}" in found.detail
    assert "dataEditor" in found.fix
