"""Sheets on disk: whole or not at all, the same bytes twice, never a formula."""

from __future__ import annotations

import csv
import hashlib
import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orchestrator.agents.sheets_exporter import export_all, export_one, retire_sheets, sheet_path
from orchestrator.errors import ErosError, RefusedError, UsageError
from orchestrator.exporters.csv_format import parse_csv
from orchestrator.exporters.sheets_export_client import SheetsExportClient

SCHEDULE = "sched_20260119_amber_v1"


def _message(hour: int = 20, **changes: Any) -> dict[str, Any]:
    message = {
        "schedule_id": SCHEDULE,
        "page_name": "amber",
        "scheduled_send_time": datetime(2026, 1, 20, hour, 0, tzinfo=UTC),
        "message_type": "PPV",
        "caption_id": -123,
        "caption_text": "Hello,\n=SUM(1)",
        "price_tier": "mid",
        "price": Decimal("23"),
        "content_category": "music",
        "has_urgency": False,
        "final_score": 0.123456,
    }
    return {**message, **changes}


def test_a_sheet_reads_back_as_the_rows_it_was_made_of(tmp_path: Path) -> None:
    result = SheetsExportClient().export_schedule([_message(21), _message(20)], tmp_path / "new" / "sheet.csv")
    content = result.path.read_bytes()
    assert (result.message_count, result.changed) == (2, True)
    assert result.content_hash == hashlib.sha256(content).hexdigest()
    rows = parse_csv(content)
    assert [row.scheduled_send_time.astimezone(UTC).hour for row in rows] == [20, 21]
    assert rows[0].caption_id == -123
    assert rows[0].caption_text == "Hello,\n=SUM(1)"


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    for first in "=+-@\t'＝＋－＠":
        path = tmp_path / "sheet.csv"
        SheetsExportClient().export_schedule([_message(caption_text=f"{first}cmd")], path)
        with path.open(newline="", encoding="utf-8") as file:
            record = next(iter(csv.DictReader(file)))
        assert record["caption_text"] == f"'{first}cmd"
        assert record["caption_id"] == "'-123"


def test_exporting_twice_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    first = SheetsExportClient().export_schedule([_message()], path)
    os.utime(path, (1, 1))
    second = SheetsExportClient().export_schedule([_message()], path)
    assert (first.changed, second.changed) == (True, False)
    assert path.stat().st_mtime == 1
    assert second.content_hash == first.content_hash


def test_a_changed_sheet_replaces_the_old_one_whole(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    SheetsExportClient().export_schedule([_message()], path)
    SheetsExportClient().export_schedule([_message(price=Decimal("24"))], path)
    assert b",24.00," in path.read_bytes()
    assert [one.name for one in tmp_path.iterdir()] == ["sheet.csv"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match="could not be written") as caught:
        SheetsExportClient().export_schedule([_message()], tmp_path / "file" / "sheet.csv")
    assert str(tmp_path / "file" / "sheet.csv") in str(caught.value)


def test_a_failed_write_keeps_the_old_sheet_and_leaves_no_scrap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sheet.csv"
    SheetsExportClient().export_schedule([_message()], path)
    before = path.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="No space left"):
        SheetsExportClient().export_schedule([_message(price=Decimal("24"))], path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["sheet.csv"]


def test_a_sheet_never_mixes_schedules(tmp_path: Path) -> None:
    other = _message(schedule_id="sched_20260119_bea_v1")
    with pytest.raises(ErosError, match="exactly one schedule"):
        SheetsExportClient().export_schedule([_message(), other], tmp_path / "sheet.csv")
    with pytest.raises(ErosError, match="exactly one schedule"):
        SheetsExportClient().export_schedule([], tmp_path / "sheet.csv")
    assert list(tmp_path.iterdir()) == []


def test_superseded_sheets_leave_the_week_s_folder(tmp_path: Path) -> None:
    path = sheet_path(tmp_path, SCHEDULE)
    SheetsExportClient().export_schedule([_message()], path)
    content = path.read_bytes()
    retire_sheets(tmp_path, [SCHEDULE, "sched_20260119_bea_v1"])
    assert path == tmp_path / "2026-01-19" / f"{SCHEDULE}.csv"
    assert not path.exists()
    assert (tmp_path / "superseded" / "2026-01-19" / f"{SCHEDULE}.csv").read_bytes() == content


class Sheets:
    """A warehouse that knows some schedules' rows and remembers what was logged."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = rows
        self.logged: list[dict[str, Any]] = []
        self.asked: list[str] = []

    def query(self, name: str, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        self.asked.append(name)
        if name == "schedule_rows":
            return [
                {"status": "approved", "saturation_status": "GREEN", "is_text_current": True, **row}
                for row in self.rows
            ]
        self.logged = (params or {}).get("exports", [])
        return []


def test_each_sheet_fails_alone_and_everything_is_logged(tmp_path: Path) -> None:
    ids = [f"sched_20260119_{page}_v1" for page in ("amber", "bea", "cleo")]
    warehouse = Sheets(
        _message(schedule_id=ids[0]),
        _message(schedule_id=ids[1], status="locked"),
        _message(schedule_id=ids[2], is_text_current=False),
    )
    results, failures = export_all(warehouse, ids, tmp_path, actor="me")
    assert list(results) == ids[:1]
    assert {failure.schedule_id: failure.reason.splitlines()[0] for failure in failures} == {
        ids[1]: f"{ids[1]} is locked, not approved",
        ids[2]: f"the text of caption -123 was changed after {ids[2]} was locked",
    }
    assert sorted(path.stem for path in tmp_path.rglob("*.csv")) == ids[:1]
    assert [(row["schedule_id"], row["status"]) for row in warehouse.logged] == [
        (ids[0], "success"),
        (ids[1], "failed"),
        (ids[2], "failed"),
    ]


RED = {"saturation_status": "RED", "status": "locked"}


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_red_week_needs_a_reason(tmp_path: Path, reason: str) -> None:
    warehouse = Sheets(_message(**RED))
    with pytest.raises(RefusedError, match="RED and withheld"):
        export_one(warehouse, SCHEDULE, tmp_path / "x.csv", actor="me", override_red=reason)
    assert warehouse.asked == ["schedule_rows"]
    assert list(tmp_path.iterdir()) == []


def test_an_override_that_cannot_be_written_approves_nothing(tmp_path: Path) -> None:
    warehouse = Sheets(_message(**RED))
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match="could not be written"):
        export_one(warehouse, SCHEDULE, tmp_path / "file" / "x.csv", actor="me", override_red="launch")
    assert warehouse.asked == ["schedule_rows"]


def test_an_override_is_approved_and_logged_after_the_sheet_is_written(tmp_path: Path) -> None:
    warehouse = Sheets(_message(**RED))
    export_one(warehouse, SCHEDULE, tmp_path / "x.csv", actor="me", override_red="launch")
    assert warehouse.asked == ["schedule_rows", "transition_schedules", "log_exports"]
    assert (tmp_path / "x.csv").exists()


def test_a_sheet_that_could_not_be_logged_does_not_lie_around(tmp_path: Path) -> None:
    class Refusing(Sheets):
        def query(self, name: str, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
            if name == "log_exports":
                raise RefusedError("cancelled meanwhile")
            return super().query(name, params)

    with pytest.raises(RefusedError, match="cancelled meanwhile"):
        export_one(Refusing(_message()), SCHEDULE, tmp_path / "x.csv", actor="me")
    assert list(tmp_path.iterdir()) == []
