"""sheets_exporter: hands approved weeks over as sheets, and withholds what must not go out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.domain import Status, Zone
from orchestrator.domain.identity import ScheduleId
from orchestrator.domain.ports import Queries
from orchestrator.errors import ErosError, RefusedError, UsageError
from orchestrator.exporters.sheets_export_client import ExportResult, SheetsExportClient


@dataclass(frozen=True)
class ExportFailure:
    """A sheet that could not be written; the schedule stays approved."""

    schedule_id: str
    reason: str


def sheet_path(out: Path, schedule_id: str) -> Path:
    """`<out>/<week>/<schedule_id>.csv`."""
    return out / str(ScheduleId.parse(schedule_id).week) / f"{schedule_id}.csv"


def approve_schedules(warehouse: Queries, schedule_ids: Sequence[str], *, actor: str, note: str) -> list[str]:
    """Move locked schedules to approved; those approved or exported already stay as they are. Returns what moved.

    Raises RefusedError for a schedule that cannot be approved, UsageError for an unknown one; then nothing moves.
    """
    schedule_ids = list(dict.fromkeys(schedule_ids))
    if not schedule_ids:
        return []
    heads = _heads(warehouse, schedule_ids)
    red = [one for one in schedule_ids if heads[one] == (Status.LOCKED, Zone.RED)]
    if red:
        raise RefusedError(
            f"{', '.join(red)} is RED and withheld",
            why="the page is saturated: more messages now cost more than they earn",
            fix=f"eros export {red[0]} --out FILE --override-red 'why'",
        )
    waiting = [one for one in schedule_ids if not heads[one][0].may_export]
    _approve(warehouse, waiting, action="approve", actor=actor, note=note)
    return waiting


def export_all(
    warehouse: Queries, schedule_ids: Sequence[str], out: Path, *, actor: str
) -> tuple[dict[str, ExportResult], list[ExportFailure]]:
    """Write the sheets of approved schedules; each fails alone, and all are logged in one job."""
    if not schedule_ids:
        return {}, []
    sheets = _sheets(warehouse, schedule_ids)
    results: dict[str, ExportResult] = {}
    failures = []
    client = SheetsExportClient()
    for schedule_id in schedule_ids:
        try:
            _check_rows(sheets[schedule_id])
            results[schedule_id] = client.export_schedule(sheets[schedule_id], sheet_path(out, schedule_id))
        except (ErosError, OSError) as error:
            failures.append(ExportFailure(schedule_id, str(error)))
    _log(warehouse, list(results.values()), failures, actor)
    return results, failures


def retire_sheets(out: Path, schedule_ids: Sequence[str]) -> None:
    """Move the sheets of superseded schedules to `<out>/superseded/<week>/`, so that nobody sends a week twice."""
    for schedule_id in schedule_ids:
        path = sheet_path(out, schedule_id)
        if path.is_file():
            retired = sheet_path(out / "superseded", schedule_id)
            retired.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, retired)


def export_one(warehouse: Queries, schedule_id: str, path: Path, *, actor: str, override_red: str = "") -> ExportResult:
    """Write one schedule to the file named. A RED week needs a reason, which goes into the audit trail."""
    ScheduleId.parse(schedule_id)
    rows = _sheets(warehouse, [schedule_id]).get(schedule_id)
    if not rows:
        raise UsageError(f"no schedule {schedule_id}", fix="eros run --week next lists the week's schedules")
    status, zone = Status(rows[0]["status"]), Zone(rows[0]["saturation_status"])
    reason = override_red.strip()
    overriding = zone is Zone.RED and status is Status.LOCKED
    if overriding and not reason:
        raise RefusedError(
            f"{schedule_id} is RED and withheld from export",
            why="the page is saturated: more messages now cost more than they earn",
            fix=f"eros export {schedule_id} --out {path} --override-red 'why'",
        )
    _check_rows([{**row, "status": Status.APPROVED.value} for row in rows] if overriding else rows)
    result = SheetsExportClient().export_schedule(rows, path)
    try:
        if overriding:
            _approve(warehouse, [schedule_id], action="override_red", actor=actor, note=reason)
        _log(warehouse, [result], [], actor)
    except ErosError:
        # A sheet that nobody approved or logged must not lie around.
        path.unlink(missing_ok=True)
        raise
    return result


def _check_rows(rows: Sequence[dict[str, Any]]) -> None:
    """RefusedError unless the schedule is approved and says what it said when it was locked."""
    schedule_id, status = rows[0]["schedule_id"], Status(rows[0]["status"])
    if not status.may_export:
        raise RefusedError(
            f"{schedule_id} is {status}, not approved",
            fix=f"eros approve {schedule_id}" if status is Status.LOCKED else "eros run --week MONDAY --replan",
        )
    changed = [str(row["caption_id"]) for row in rows if not row["is_text_current"]]
    if changed:
        raise RefusedError(
            f"the text of caption {', '.join(changed)} was changed after {schedule_id} was locked",
            why="nobody has approved the new text for this week",
            fix="eros run --week MONDAY --replan",
        )


def _sheets(warehouse: Queries, schedule_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    sheets: dict[str, list[dict[str, Any]]] = {}
    for row in warehouse.query("schedule_rows", {"schedule_ids": list(schedule_ids)}):
        sheets.setdefault(row["schedule_id"], []).append(row)
    return sheets


def _heads(warehouse: Queries, schedule_ids: Sequence[str]) -> dict[str, tuple[Status, Zone]]:
    sheets = _sheets(warehouse, [str(ScheduleId.parse(one)) for one in schedule_ids])
    unknown = [one for one in schedule_ids if one not in sheets]
    if unknown:
        raise UsageError(f"no schedule {', '.join(unknown)}", fix="copy the id from the output of `eros run`")
    return {one: (Status(rows[0]["status"]), Zone(rows[0]["saturation_status"])) for one, rows in sheets.items()}


def _approve(warehouse: Queries, schedule_ids: Sequence[str], *, action: str, actor: str, note: str) -> None:
    if not schedule_ids:
        return
    warehouse.query(
        "transition_schedules",
        {
            "schedule_ids": list(schedule_ids),
            "to_status": Status.APPROVED.value,
            "action": action,
            "actor": actor,
            "note": note,
        },
    )


def _log(warehouse: Queries, results: Sequence[ExportResult], failures: Sequence[ExportFailure], actor: str) -> None:
    exports = [
        {
            "schedule_id": result.schedule_id,
            "export_format": "csv",
            "target": str(result.path),
            "message_count": result.message_count,
            "content_hash": result.content_hash,
            "status": "success",
            "error_message": None,
            "duration_seconds": result.duration_seconds,
        }
        for result in results
    ] + [
        {
            "schedule_id": failure.schedule_id,
            "export_format": "csv",
            "target": None,
            "message_count": 0,
            "content_hash": None,
            "status": "failed",
            "error_message": failure.reason,
            "duration_seconds": 0.0,
        }
        for failure in failures
    ]
    warehouse.query("log_exports", {"exports": exports, "actor": actor})
