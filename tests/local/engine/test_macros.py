"""The runtime's macros are kept in the warehouse's file and installed anew only when they changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.engine import Engine, runtime
from tests.local.engine.engine_asserts import NOW, PROJECT, value

WITH_MACRO = "SELECT CAST('-0x1F' AS INT64)"  # -(1 * 16 + 15) = -31, by a macro


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """One entry for each installation."""
    calls: list[object] = []
    install = runtime.install
    monkeypatch.setattr(runtime, "install", lambda connection: (calls.append(connection), install(connection)))
    return calls


def answer(path: Path) -> object:
    with Engine(path, PROJECT, lambda: NOW) as engine, engine.session() as session:
        return value(session, WITH_MACRO)


def test_they_are_installed_once_per_file(tmp_path: Path, installed: list[object]) -> None:
    path = tmp_path / "warehouse.duckdb"
    assert [answer(path) for _ in range(3)] == [-31, -31, -31]
    assert len(installed) == 1


@pytest.mark.parametrize("what", ["definitions", "version"])
def test_a_change_installs_them_again(
    tmp_path: Path, installed: list[object], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    path = tmp_path / "warehouse.duckdb"
    answer(path)
    if what == "definitions":
        extra = [*runtime.definitions(), 'CREATE OR REPLACE MACRO "$googlesql".added(x) AS x + 1']
        monkeypatch.setattr(runtime, "definitions", lambda: extra)
    else:
        monkeypatch.setattr("infra.local.engine.macros.duckdb.__version__", "another")
    assert [answer(path), answer(path)] == [-31, -31]
    assert len(installed) == 2
