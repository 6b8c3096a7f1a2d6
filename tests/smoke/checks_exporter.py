"""Gate 4: what an exported sheet must be, read back by the checker's own reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from orchestrator.exporters.sheets_export_client import SheetsExportClient
from orchestrator.verify.sheet import COLUMNS, DANGEROUS_FIRST, read_sheet
from tests.smoke.checks_builder import in_los_angeles


def export(rows: Sequence[Mapping[str, Any]], path: Path) -> bytes:
    """Write rows of `schedule_rows` with the real exporter and give the file's bytes."""
    SheetsExportClient().export_schedule(rows, path)
    return path.read_bytes()


def sheet_findings(data: bytes, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The sheet has a row for each of the warehouse's, equal in every cell, and none that a spreadsheet would run."""
    sheet = read_sheet(data)
    findings = [] if sheet.header == COLUMNS else [f"header {sheet.header}"]
    for number, row in enumerate(sheet.cells, start=1):
        findings += [f"row {number} would run {cell[:30]!r}" for cell in row if cell[:1] in DANGEROUS_FIRST]
    expected = [_cells(row) for row in sorted(rows, key=lambda row: row["scheduled_send_time"])]
    if len(sheet.values) != len(expected):
        return [*findings, f"{len(sheet.values)} rows for {len(expected)} messages"]
    for number, (seen, wanted) in enumerate(zip(sheet.values, expected, strict=True), start=1):
        findings += [
            f"row {number}, {column}: {seen.get(column)!r}, not {value!r}"
            for column, value in wanted.items()
            if seen.get(column) != value
        ]
    return findings


def _cells(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "schedule_id": row["schedule_id"],
        "page_name": row["page_name"],
        "scheduled_send_time": in_los_angeles(row["scheduled_send_time"]),
        "message_type": row["message_type"],
        "caption_id": str(row["caption_id"]),
        "caption_text": row["caption_text"],
        "price_tier": row["price_tier"],
        "price": f"{Decimal(row['price']):.2f}",
        "content_category": row["content_category"] or "",
        "has_urgency": "TRUE" if row["has_urgency"] else "FALSE",
    }
