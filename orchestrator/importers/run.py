"""Brings an export into the warehouse: check all of it, stage all of it, then merge by key.

Nothing is written before every file has passed, and the merges change only rows that differ, so that a second import
of the same files changes nothing and an interrupted one is completed by running it again.
"""

import csv
import os
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from orchestrator.domain.holidays import Holiday, holidays
from orchestrator.errors import UsageError
from orchestrator.importers.readers import read_captions, read_creators, read_messages
from orchestrator.importers.table_file import REJECTED, REPAIRED, FileContent, Remark

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


class Warehouse(Protocol):
    """What the import needs of the warehouse."""

    def load_rows(self, table: str, rows: Iterable[Mapping[str, Any]], schema: Schema) -> int:
        """Replace a stage table by these rows."""

    def query(self, name: str, params: Mapping[str, Any] | None = None, **identifiers: str) -> list[dict[str, Any]]:
        """Run sql/queries/<name>.sql."""

    def drop_stage(self, table: str) -> None:
        """Remove a stage table; nothing happens when there is none."""


@dataclass(frozen=True)
class TableReport:
    """Rows of one file: in the file, left out, changed on the way; and what the merge did to the table."""

    name: str
    total: int
    duplicates: int
    rejected: int
    repaired: int
    inserted: int
    updated: int
    unchanged: int


@dataclass(frozen=True)
class ImportReport:
    """What an import did. `matched` messages found their caption by text, `without_caption` ones have none yet."""

    tables: dict[str, TableReport]
    matched: int
    without_caption: int
    rejects_path: Path | None
    remarks: tuple[Remark, ...] = field(repr=False)

    def as_dict(self) -> dict[str, object]:
        """The report as `--json` prints it."""
        return {
            "tables": {name: asdict(report) for name, report in self.tables.items()},
            "messages_matched": self.matched,
            "messages_without_caption": self.without_caption,
            "rejects": None if self.rejects_path is None else str(self.rejects_path),
        }

    def text(self) -> str:
        """The report for people."""
        lines = [
            f"{report.name}: {report.inserted:,} new, {report.updated:,} changed, {report.unchanged:,} as before"
            + (f", {report.rejected:,} rejected" if report.rejected else "")
            + (f", {report.repaired:,} repaired" if report.repaired else "")
            + (f", {report.duplicates:,} repeated" if report.duplicates else "")
            for report in self.tables.values()
        ]
        lines.append(
            f"{self.matched:,} messages matched to captions by text, {self.without_caption:,} without a caption"
        )
        if self.rejects_path is not None:
            lines.append(f"rows that were rejected or repaired, with reasons: {self.rejects_path}")
        return "\n".join(lines)


def import_directory(
    directory: Path,
    warehouse: Warehouse,
    *,
    now: datetime,
    on_progress: Callable[[str], None] | None = None,
    rejects_path: Path | None = None,
) -> ImportReport:
    """Import creators.csv, captions.csv and messages.csv of a folder, and the holiday calendar.

    Remarks on rows go to `rejects_path` (default: rejected.csv in the folder), which exists afterwards only if there
    are any. Raises UsageError, with nothing written to the warehouse, when a file as a whole is wrong.
    """
    step = on_progress or (lambda text: None)
    step("checking the files")
    contents = _read_all(directory, now)
    remarks = sorted(
        (remark for content in contents.values() for remark in content.remarks),
        key=lambda remark: (remark.file, remark.line),
    )
    written = _write_remarks(rejects_path or directory / REJECTS_FILE, remarks)
    merged = _load_all(contents, warehouse, now, step)
    step("matching messages to captions")
    match = warehouse.query("upsert_message_captions", {})[0]
    warehouse.query("ensure_guard_rows", {"page_names": [row["page_name"] for row in contents["creators"].rows]})
    return ImportReport(
        tables=merged,
        matched=match["matched"],
        without_caption=match["without_caption"],
        rejects_path=written,
        remarks=tuple(remarks),
    )


def _read_all(directory: Path, now: datetime) -> dict[str, FileContent]:
    if not directory.is_dir():
        raise UsageError(f"{directory} is not a folder", fix="give the folder that holds creators.csv and the others")
    names = ("creators.csv", "captions.csv", "messages.csv")
    missing = [name for name in names if not (directory / name).is_file()]
    if missing:
        raise UsageError(
            f"{' and '.join(missing)} missing", where=str(directory), fix=f"the folder must hold {', '.join(names)}"
        )
    creators = read_creators(directory / "creators.csv")
    captions = read_captions(directory / "captions.csv")
    pages = frozenset(row["page_name"] for row in creators.rows)
    messages = read_messages(directory / "messages.csv", now=now, pages=pages)
    return {"creators": creators, "captions": captions, "messages": messages}


def _load_all(
    contents: Mapping[str, FileContent], warehouse: Warehouse, now: datetime, step: Callable[[str], None]
) -> dict[str, TableReport]:
    """Stage everything, then merge; stage tables are gone afterwards in any case."""
    suffix = uuid.uuid4().hex[:12]
    calendar = list(holidays())
    stages = {name: f"stage_{name}_{suffix}" for name in (*contents, "holidays")}
    params: dict[str, dict[str, Any]] = {"creators": {"now": now}}
    reports: dict[str, TableReport] = {}
    try:
        for name, content in contents.items():
            step(f"loading {len(content.entries):,} {name}")
            warehouse.load_rows(stages[name], content.rows, content.table.load_schema())
        warehouse.load_rows(stages["holidays"], map(_holiday_row, calendar), HOLIDAY_SCHEMA)
        for name, content in contents.items():
            step(f"merging {name}")
            merged = _merge(warehouse, name, stages[name], params.get(name, {})) if content.entries else NO_ROWS
            reports[name] = _file_report(content, merged)
        merged = _merge(warehouse, "holidays", stages["holidays"], {})
        reports["holidays"] = TableReport("holiday calendar", len(calendar), 0, 0, 0, **merged)
    finally:
        for stage in stages.values():
            warehouse.drop_stage(stage)
    return reports


def _merge(warehouse: Warehouse, name: str, stage: str, params: Mapping[str, Any]) -> Mapping[str, int]:
    return warehouse.query(f"upsert_{name}", params, stage=stage)[0]


def _file_report(content: FileContent, merged: Mapping[str, int]) -> TableReport:
    return TableReport(
        name=content.table.name,
        total=content.total,
        duplicates=content.duplicates,
        rejected=content.count(REJECTED),
        repaired=content.count(REPAIRED),
        inserted=merged["inserted"],
        updated=merged["updated"],
        unchanged=merged["unchanged"],
    )


def _holiday_row(holiday: Holiday) -> dict[str, Any]:
    return {
        "holiday_date": holiday.holiday_date.isoformat(),
        "holiday_name": holiday.holiday_name,
        "type": holiday.holiday_type,
        "is_major_holiday": holiday.is_major_holiday,
        "saturation_impact_factor": holiday.saturation_impact_factor,
    }


def _write_remarks(path: Path, remarks: Sequence[Remark]) -> Path | None:
    """Write the remarks beside, then rename; without remarks an older file is removed, for it would mislead."""
    if not remarks:
        path.unlink(missing_ok=True)
        return None
    beside = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("file", "line", "outcome", "reason", "raw"))
            writer.writerows((one.file, one.line, one.outcome, one.reason, one.raw) for one in remarks)
        os.replace(beside, path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written", why=str(error), fix="make its folder writable") from error
    finally:
        beside.unlink(missing_ok=True)
    return path
