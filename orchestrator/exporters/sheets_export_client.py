"""Writes a week's sheet to a file: beside it, renamed over it, read back.

The file is replaced only when its content differs, so exporting twice leaves the same bytes and the same time stamp.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from orchestrator.domain import MessageType, PriceTier
from orchestrator.errors import ErosError, UsageError
from orchestrator.exporters.csv_format import ScheduleRow, parse_csv, render_csv


@dataclass(frozen=True)
class ExportResult:
    """One sheet on disk; `content_hash` is the SHA-256 of its bytes, `changed` says whether they were written now."""

    schedule_id: str
    path: Path
    message_count: int
    content_hash: str
    duration_seconds: float
    changed: bool

    def as_dict(self) -> dict[str, Any]:
        """The result as `--json` prints it."""
        return {**vars(self), "path": str(self.path)}


class SheetsExportClient:
    """Hands one schedule over as CSV."""

    def export_schedule(self, messages: Sequence[Mapping[str, Any]], path: Path) -> ExportResult:
        """Write the messages of one schedule, rows of `schedule_rows`, to `path`.

        Raises UsageError when the folder cannot be written to, ErosError when the bytes do not read back as written.
        """
        started = time.perf_counter()
        schedule_ids = {str(message["schedule_id"]) for message in messages}
        if len(schedule_ids) != 1:
            raise ErosError("a sheet holds exactly one schedule", why=f"it was given {sorted(schedule_ids)}")
        rows = [_row(message) for message in messages]
        content = render_csv(rows)
        if sorted(parse_csv(content), key=_order) != sorted(map(_rounded, rows), key=_order):
            raise ErosError(f"the sheet of {schedule_ids} does not read back as written", where=str(path))
        changed = _replace(path, content)
        return ExportResult(
            schedule_id=schedule_ids.pop(),
            path=path,
            message_count=len(rows),
            content_hash=hashlib.sha256(content).hexdigest(),
            duration_seconds=time.perf_counter() - started,
            changed=changed,
        )


def _replace(path: Path, content: bytes) -> bool:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            "the sheet could not be written",
            where=str(path),
            why=error.strerror or str(error),
            fix="choose another --out",
        ) from error
    return True


def _row(message: Mapping[str, Any]) -> ScheduleRow:
    send_time: datetime = message["scheduled_send_time"]
    return ScheduleRow(
        schedule_id=message["schedule_id"],
        page_name=message["page_name"],
        scheduled_send_time=send_time,
        message_type=MessageType(message["message_type"]),
        caption_id=message["caption_id"],
        caption_text=message["caption_text"],
        price_tier=PriceTier(message["price_tier"]),
        price=Decimal(str(message["price"])),
        content_category=message["content_category"] or "",
        has_urgency=bool(message["has_urgency"]),
        performance_score=float(message["final_score"]),
    )


def _rounded(row: ScheduleRow) -> ScheduleRow:
    return ScheduleRow(**{**vars(row), "performance_score": float(f"{row.performance_score:.4f}")})


def _order(row: ScheduleRow) -> tuple[datetime, int]:
    return row.scheduled_send_time, row.caption_id
