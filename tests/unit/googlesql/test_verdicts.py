"""What is remembered as right is not analysed again, until it or something it refers to changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.googlesql.bundle import Bundle, Finding
from infra.googlesql.service import Service, shared_service
from infra.googlesql.verdicts import Verdicts
from sql import SqlSettings

TABLE, QUERY = "tables/holiday_calendar", "queries/holiday_factors"


@pytest.fixture
def used(texts: dict[str, str]) -> dict[str, str]:
    return {name: texts[name] for name in (TABLE, QUERY)}


def _judged(texts: dict[str, str], folder: Path) -> tuple[list[Finding], int]:
    """What is found, and whether GoogleSQL had to be started for it."""
    started: list[Service] = []

    def start() -> Service:
        started.append(shared_service())
        return started[-1]

    verdicts = Verdicts(folder)
    bundle = Bundle(texts, SqlSettings(), verdicts, start)
    found = [finding for name in texts for finding in bundle.findings(name)]
    verdicts.save()
    return found, len(started)


def test_what_is_right_is_analysed_once(used: dict[str, str], tmp_path: Path) -> None:
    assert _judged(used, tmp_path) == ([], 1)
    assert _judged(used, tmp_path) == ([], 0)


def test_what_is_wrong_is_never_remembered(used: dict[str, str], tmp_path: Path) -> None:
    wrong = {**used, QUERY: used[QUERY].replace("saturation_impact_factor", "factor")}
    first, second = _judged(wrong, tmp_path), _judged(wrong, tmp_path)
    assert first == second
    assert first[0] and first[1] == 1


def test_a_change_of_what_a_text_refers_to_counts(used: dict[str, str], tmp_path: Path) -> None:
    _judged(used, tmp_path)
    changed = {**used, TABLE: used[TABLE].replace("saturation_impact_factor FLOAT64", "factor FLOAT64")}
    found, started = _judged(changed, tmp_path)
    assert started == 1
    assert [finding.name for finding in found] == [QUERY]


def test_a_cache_that_cannot_be_written_costs_time_only(used: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert _judged(used, tmp_path / "file") == ([], 1)
    assert _judged(used, tmp_path / "file") == ([], 1)
