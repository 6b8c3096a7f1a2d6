"""Brings an export into the warehouse: check all of it, stage all of it, then merge by key.

Nothing is written before every file has passed, and the merges change only rows that differ, so that a second import
of the same files changes nothing and an interrupted one is completed by running it again. Between the steps the rows
wait on disk: memory does not grow with them.
"""

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from orchestrator.domain.holidays import Holiday, holidays
from orchestrator.errors import UsageError
from orchestrator.importers.check import CheckedFile, Rule, check_file
from orchestrator.importers.meter import Meter
from orchestrator.importers.remarks import write_remarks
from orchestrator.importers.report import ImportReport, TableReport, UnknownCaptions
from orchestrator.importers.similar import match_similar
from orchestrator.importers.table_file import TableFile
from orchestrator.importers.tables import CAPTIONS, CREATORS, MESSAGES, message_rule
from orchestrator.importers.workshop import private_folder

REJECTS_FILE = "rejected.csv"
HOLIDAY_SCHEMA = [
    ("holiday_date", "DATE", "NULLABLE"),
    ("holiday_name", "STRING", "NULLABLE"),
    ("type", "STRING", "NULLABLE"),
    ("is_major_holiday", "BOOL", "NULLABLE"),
    ("saturation_impact_factor", "FLOAT64", "NULLABLE"),
]

NO_ROWS = {"inserted": 0, "updated": 0, "unchanged": 0}

Schema = Sequence[tuple[str, str, str]]
Say = Callable[[str], None]


class Warehouse(Protocol):
    """What the import needs of the warehouse."""

    def load_file(
        self, table: str, path: Path, schema: Schema, on_sent: Callable[[int, int], None] | None = None
    ) -> int:
        """Replace a stage table by the rows of a file of newline-delimited JSON."""

    def query(self, name: str, params: Mapping[str, Any] | None = None, **identifiers: str) -> list[dict[str, Any]]:
        """Run sql/queries/<name>.sql."""

    def drop_stage(self, table: str) -> None:
        """Remove a stage table; nothing happens when there is none."""

    def drop_abandoned_stages(self) -> int:
        """Remove stage tables of imports that were killed long ago."""


def import_directory(
    directory: Path,
    warehouse: Warehouse,
    *,
    now: datetime,
    on_progress: Say | None = None,
    rejects_path: Path | None = None,
    work_folder: Path | None = None,
    last_row_is_whole: bool = False,
    similar_path: Path | None = None,
) -> ImportReport:
    """Import creators.csv, captions.csv and messages.csv of a folder, and the holiday calendar.

    Remarks on rows go to `rejects_path` (default: rejected.csv in the folder), which exists afterwards only if there
    are any. Rows wait in a private folder in `work_folder` (None: the system's temporary folder). With `similar_path`
    messages whose text differs from a caption's only in typing get that caption, and are listed there. Raises
    UsageError, with nothing written to the warehouse, when a file as a whole is wrong; ErosError when the disk is full.
    """
    say = on_progress or (lambda text: None)
    with private_folder(work_folder) as folder:
        contents = check_all(directory, folder, now, say, last_row_is_whole=last_row_is_whole)
        written = write_all_remarks(contents, rejects_path or directory / REJECTS_FILE)
        merged, unknown = _load_all(contents, folder, warehouse, now, say)
        pages = [(row["page_name"], row["display_name"]) for row in contents["creators"].rows()]
    say("matching messages to captions")
    match = warehouse.query("upsert_message_captions", {})[0]
    warehouse.query("ensure_guard_rows", {"page_names": [page_name for page_name, _ in pages]})
    similar = None
    if similar_path is not None:
        say("looking for texts that differ only in typing")
        similar = match_similar(warehouse, pages, similar_path)
    without_caption = match["without_caption"] - (0 if similar is None else similar.messages)
    return ImportReport(merged, match["matched"], without_caption, written, unknown, similar)


def check_all(
    directory: Path, folder: Path, now: datetime, say: Say, *, last_row_is_whole: bool = False
) -> dict[str, CheckedFile]:
    """Check the three files of an export; what is good waits in `folder`. Raises UsageError for a wrong file."""
    _require_files(directory)

    def check(table: TableFile, rule: Rule | None = None) -> CheckedFile:
        meter = Meter(say, f"checking {table.name}")
        path = directory / table.name
        return check_file(path, table, folder, rule=rule, on_tick=meter.read, last_row_is_whole=last_row_is_whole)

    creators = check(CREATORS)
    captions = check(CAPTIONS)
    pages = frozenset(row["page_name"] for row in creators.rows())
    return {"creators": creators, "captions": captions, "messages": check(MESSAGES, message_rule(now, pages))}


def write_all_remarks(contents: Mapping[str, CheckedFile], path: Path) -> Path | None:
    """Write what there is to say about rows; None when there is nothing."""
    return write_remarks(path, [part for content in contents.values() for part in content.remarks])


def _require_files(directory: Path) -> None:
    if not directory.is_dir():
        raise UsageError(f"{directory} is not a folder", fix="give the folder that holds creators.csv and the others")
    names = [table.name for table in (CREATORS, CAPTIONS, MESSAGES)]
    missing = [name for name in names if not (directory / name).is_file()]
    if missing:
        raise UsageError(
            f"{' and '.join(missing)} missing", where=str(directory), fix=f"the folder must hold {', '.join(names)}"
        )


def _load_all(
    contents: Mapping[str, CheckedFile], folder: Path, warehouse: Warehouse, now: datetime, say: Say
) -> tuple[dict[str, TableReport], UnknownCaptions]:
    """Stage everything, then merge; stage tables are gone afterwards in any case."""
    warehouse.drop_abandoned_stages()
    suffix = uuid.uuid4().hex[:12]
    calendar = list(holidays())
    stages = {name: f"stage_{name}_{suffix}" for name in (*contents, "holidays")}
    params: dict[str, dict[str, Any]] = {"creators": {"now": now}}
    reports: dict[str, TableReport] = {}
    try:
        for name, content in contents.items():
            meter = Meter(say, f"loading {content.kept:,} {name}")
            warehouse.load_file(stages[name], content.path, content.table.load_schema(), meter.sent)
            if name == "messages":
                content.path.unlink()
        warehouse.load_file(stages["holidays"], _holiday_file(folder, calendar), HOLIDAY_SCHEMA)
        for name, content in contents.items():
            say(f"merging {name}")
            merged = _merge(warehouse, name, stages[name], params.get(name, {})) if content.kept else NO_ROWS
            reports[name] = _file_report(content, merged)
        unknown = _unknown_captions(warehouse, stages["messages"]) if contents["messages"].kept else UnknownCaptions()
        merged = _merge(warehouse, "holidays", stages["holidays"], {})
        reports["holidays"] = TableReport("holiday calendar", len(calendar), 0, 0, 0, **merged)
    finally:
        for stage in stages.values():
            warehouse.drop_stage(stage)
    return reports, unknown


def _merge(warehouse: Warehouse, name: str, stage: str, params: Mapping[str, Any]) -> Mapping[str, int]:
    return warehouse.query(f"upsert_{name}", params, stage=stage)[0]


def _unknown_captions(warehouse: Warehouse, stage: str) -> UnknownCaptions:
    (found,) = warehouse.query("unknown_captions", {}, stage=stage)
    return UnknownCaptions(
        found["messages"], tuple((one["message_id"], one["caption_id"]) for one in found["first_ones"])
    )


def _file_report(content: CheckedFile, merged: Mapping[str, int]) -> TableReport:
    return TableReport(
        name=content.table.name,
        total=content.total,
        duplicates=content.duplicates,
        rejected=content.rejected,
        repaired=content.repaired,
        inserted=merged["inserted"],
        updated=merged["updated"],
        unchanged=merged["unchanged"],
    )


def _holiday_file(folder: Path, calendar: Sequence[Holiday]) -> Path:
    path = folder / "holidays.ndjson"
    path.write_text("".join(json.dumps(_holiday_row(holiday)) + "\n" for holiday in calendar), encoding="utf-8")
    return path


def _holiday_row(holiday: Holiday) -> dict[str, Any]:
    return {
        "holiday_date": holiday.holiday_date.isoformat(),
        "holiday_name": holiday.holiday_name,
        "type": holiday.holiday_type,
        "is_major_holiday": holiday.is_major_holiday,
        "saturation_impact_factor": holiday.saturation_impact_factor,
    }
