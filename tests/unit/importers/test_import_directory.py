"""The order of an import: nothing reaches the warehouse before every file has passed, nothing is left behind."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import ConflictError, UsageError
from orchestrator.importers import import_directory

OLD_EXPORT = Path(__file__).parents[2] / "fixtures" / "old_export"
NOW = datetime(2026, 1, 14, 20, tzinfo=UTC)


class RecordingWarehouse:
    """Remembers what it was asked to do; every merge claims that all rows were new."""

    def __init__(self, fail_on: str = "") -> None:
        self.fail_on = fail_on
        self.stages: dict[str, list[Mapping[str, Any]]] = {}
        self.queries: list[str] = []
        self.parameters: dict[str, Mapping[str, Any]] = {}

    def load_file(
        self,
        table: str,
        path: Path,
        schema: Sequence[tuple[str, str, str]],
        on_sent: Callable[[int, int], None] | None = None,
    ) -> int:
        taken = [json.loads(line) for line in path.read_bytes().splitlines()]
        assert all(set(row) == {name for name, _, _ in schema} for row in taken)
        self.stages[table] = taken
        return len(taken)

    def query(self, name: str, params: Mapping[str, Any] | None = None, **identifiers: str) -> list[dict[str, Any]]:
        self.queries.append(name)
        self.parameters[name] = params or {}
        if name == self.fail_on:
            raise ConflictError("somebody else imports")
        if name == "upsert_message_captions":
            return [{"matched": 50, "without_caption": 3}]
        if name == "unknown_captions":
            return [{"messages": 0, "first_ones": []}]
        if "stage" in identifiers:
            return [{"inserted": len(self.stages[identifiers["stage"]]), "updated": 0, "unchanged": 0}]
        return []

    def drop_abandoned_stages(self) -> int:
        return 0

    def drop_stage(self, table: str) -> None:
        self.stages.pop(table, None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(OLD_EXPORT, tmp_path / "export"))


def test_captions_are_merged_before_messages_and_stages_are_gone(folder: Path) -> None:
    warehouse = RecordingWarehouse()
    steps: list[str] = []
    report = import_directory(folder, warehouse, now=NOW, on_progress=steps.append)
    assert warehouse.queries == [
        "upsert_creators",
        "upsert_captions",
        "upsert_messages",
        "unknown_captions",
        "upsert_holidays",
        "upsert_message_captions",
        "ensure_guard_rows",
    ]
    assert warehouse.parameters["upsert_creators"] == {"now": NOW}
    assert warehouse.parameters["ensure_guard_rows"] == {
        "page_names": ["maya_fit_paid", "sunny.kitchen_free", "new_page"]
    }
    assert warehouse.stages == {}
    assert steps[0] == "checking creators.csv"
    assert report.tables["holidays"].inserted == 140


def test_the_report_counts_every_row_of_every_file(folder: Path) -> None:
    report = import_directory(folder, RecordingWarehouse(), now=NOW)
    for name, lines in {"creators": 3, "captions": 50, "messages": 83}.items():
        table = report.tables[name]
        assert table.total == lines
        assert table.inserted + table.rejected + table.duplicates == lines
    assert report.tables["messages"].repaired == 2
    assert report.as_dict()["messages_matched"] == 50
    assert "messages.csv: 68 new" in report.text()
    assert "14 rejected, 2 repaired, 1 repeated" in report.text()


def test_rejected_and_repaired_rows_are_written_with_file_line_and_reason(folder: Path) -> None:
    report = import_directory(folder, RecordingWarehouse(), now=NOW)
    assert report.rejects_path == folder / "rejected.csv"
    with report.rejects_path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], int(row["line"])) for row in rows] == sorted((row["file"], int(row["line"])) for row in rows)
    assert len(rows) == 6 + 16
    assert rows[0] == {
        "file": "captions.csv",
        "line": "7",
        "outcome": "rejected",
        "reason": "caption_id '9223372036854775808' does not fit 64 bits",
        "raw": '["9223372036854775808", "An id that does not fit", "art", "low", "false", "", "5"]',
    }
    assert not list(folder.glob(".*"))


def test_a_clean_import_removes_the_rejects_of_the_one_before(folder: Path, tmp_path: Path) -> None:
    rejects = tmp_path / "elsewhere.csv"
    assert import_directory(folder, RecordingWarehouse(), now=NOW, rejects_path=rejects).rejects_path == rejects
    for name in ("captions.csv", "messages.csv"):
        kept = (folder / name).read_text(encoding="utf-8-sig").splitlines()[:4]
        (folder / name).write_text("\n".join([*kept, ""]), encoding="utf-8")
    assert import_directory(folder, RecordingWarehouse(), now=NOW, rejects_path=rejects).rejects_path is None
    assert not rejects.exists()


@pytest.mark.parametrize("name", ["creators.csv", "captions.csv", "messages.csv"])
def test_one_bad_file_keeps_all_of_them_out(folder: Path, name: str) -> None:
    (folder / name).write_text("nonsense\n1\n")
    warehouse = RecordingWarehouse()
    with pytest.raises(UsageError, match=f"{name} has the wrong header"):
        import_directory(folder, warehouse, now=NOW)
    assert not warehouse.queries
    assert not warehouse.stages
    assert not (folder / "rejected.csv").exists()


def test_missing_files_are_all_named_at_once(folder: Path) -> None:
    (folder / "captions.csv").unlink()
    (folder / "messages.csv").unlink()
    with pytest.raises(UsageError, match=r"captions\.csv and messages\.csv missing"):
        import_directory(folder, RecordingWarehouse(), now=NOW)


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a folder"):
        import_directory(tmp_path / "nowhere", RecordingWarehouse(), now=NOW)


def test_a_failing_merge_leaves_no_stage_behind(folder: Path) -> None:
    warehouse = RecordingWarehouse(fail_on="upsert_captions")
    with pytest.raises(ConflictError):
        import_directory(folder, warehouse, now=NOW)
    assert warehouse.stages == {}


def test_an_agency_without_history_may_import_an_empty_message_file(folder: Path) -> None:
    header = (folder / "messages.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    (folder / "messages.csv").write_text(header + "\n")
    warehouse = RecordingWarehouse()
    report = import_directory(folder, warehouse, now=NOW)
    assert report.tables["messages"].inserted == 0
    assert "upsert_messages" not in warehouse.queries
