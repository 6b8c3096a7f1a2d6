"""The sample's promise about saturation, kept by the real SQL whatever the date."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from orchestrator.domain import business_zone
from orchestrator.importers import import_directory
from orchestrator.simulation import write_sample


@pytest.fixture
def empty_warehouse(make_warehouse: Callable[..., AbstractContextManager[Any]]) -> Iterator[Any]:
    with make_warehouse() as ready:
        yield ready


@pytest.mark.parametrize(
    ("until", "occasion"),
    [
        (date(2026, 1, 2), "the holidays are in the last week"),
        (date(2026, 3, 12), "clocks went forward in the last week"),
        (date(2026, 11, 4), "clocks went back, and Halloween"),
    ],
)
def test_exactly_the_named_page_is_red(empty_warehouse: Any, tmp_path: Path, until: date, occasion: str) -> None:
    report = write_sample(tmp_path, pages=9, captions=600, messages=3_000, until=until, seed=occasion)
    noon = datetime.combine(until, time(12), tzinfo=business_zone()).astimezone(UTC)
    import_directory(tmp_path, empty_warehouse.warehouse, now=noon)
    function = empty_warehouse.table("analyze_saturation_status")
    zones = {
        row["page_name"]: row["saturation_status"]
        for row in empty_warehouse.rows(
            f"SELECT page_name, saturation_status FROM {function}('*', 90, @as_of)", as_of=noon
        )
    }
    assert len(zones) == 9
    assert zones[report.new_page] is None
    assert [page for page, zone in zones.items() if zone == "RED"] == [report.saturated_page]
