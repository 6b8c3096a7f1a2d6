"""The list of schedules: order, headings, details, and what is asked of the warehouse."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from orchestrator.domain import Week
from orchestrator.errors import UsageError
from orchestrator.insight.schedules import ScheduleList, list_schedules, sheet_folders

NOW = datetime(2026, 1, 14, 20, tzinfo=UTC)
HASH = "0123456789abcdef" * 4


def row(page: str = "lily", monday: date = date(2026, 1, 19), version: int = 1, **changes: Any) -> dict[str, Any]:
    schedule_id = f"sched_{monday:%Y%m%d}_{page}_v{version}"
    return {
        "schedule_id": schedule_id,
        "page_name": page,
        "week_start": monday,
        "version": version,
        "versions": 1,
        "status": "exported",
        "account_size": "MEDIUM",
        "saturation_status": "GREEN",
        "mode": "optimize",
        "ppv_count": 12,
        "bump_count": 8,
        "expected_emv": 1234.4,
        "created_at": NOW,
        "last_action": "export",
        "last_actor": "ann",
        "last_at": NOW,
        "last_note": None,
        "sheet_path": f"out/{monday}/{schedule_id}.csv",
        "sheet_hash": HASH,
        "export_status": "success",
        "export_error": None,
        "exported_at": NOW,
        "exported_by": "ann",
        **changes,
    }


class Memory:
    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows, self.params = list(rows), {}

    def query(self, name: str, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        if name == "known_pages":
            return [{"page_name": "lily", "is_active": True}, {"page_name": "rose", "is_active": False}]
        assert name == "schedule_overview"
        self.params = params or {}
        return self.rows


def listed(*rows: dict[str, Any], **options: Any) -> ScheduleList:
    return list_schedules(Memory(*rows), now=NOW, **options)


@pytest.mark.parametrize(
    ("options", "first", "last"),
    [
        ({}, date(2026, 1, 12), None),
        ({"week": Week(date(2025, 12, 1))}, date(2025, 12, 1), date(2025, 12, 1)),
        ({"everything": True}, None, None),
    ],
)
def test_which_weeks_are_asked_for(options: dict[str, Any], first: date | None, last: date | None) -> None:
    """By default the week of now (2026-01-14 is a Wednesday) and all later ones."""
    memory = Memory(row())
    list_schedules(memory, now=NOW, page="lily", statuses=["locked"], **options)
    assert memory.params == {
        "first_week": first,
        "last_week": last,
        "page_names": ["lily"],
        "statuses": ["locked"],
    }


def test_a_heading_counts_its_week() -> None:
    rows = [
        row(status="locked"),
        row("rose"),
        row("rose", version=2, status="superseded"),
        row(monday=date(2026, 1, 12), status="draft"),
        row(monday=date(2025, 12, 29)),
    ]
    headings = [heading for heading, _ in listed(*rows).weeks()]
    # only what holds its captions counts: two of 20 messages and 1234.4 dollars
    assert headings == [
        "Week of 2026-01-19 (next week): 1 locked, 1 exported, 1 superseded; 40 messages, $2,469 expected",
        "Week of 2026-01-12 (this week): 1 draft",
        "Week of 2025-12-29: 1 exported; 20 messages, $1,234 expected",
    ]


@pytest.mark.parametrize(
    ("changes", "details"),
    [
        ({}, "export by ann, 2026-01-14 12:00 -0800; sheet 0123456789ab"),
        ({"versions": 2}, "v1 of 2; export by ann, 2026-01-14 12:00 -0800; sheet 0123456789ab"),
        ({"last_note": "why not"}, "export by ann, 2026-01-14 12:00 -0800 (why not); sheet 0123456789ab"),
        ({"sheet_path": "x/mine.csv"}, "export by ann, 2026-01-14 12:00 -0800; sheet x/mine.csv 0123456789ab"),
        (
            {"export_status": "failed", "export_error": "disk full\nlong story", "sheet_hash": None},
            "export by ann, 2026-01-14 12:00 -0800; export failed: disk full",
        ),
        ({"last_at": None, "export_status": None, "sheet_hash": None}, "never locked"),
    ],
)
def test_the_second_line_tells_the_last_event_and_the_sheet(changes: dict[str, Any], details: str) -> None:
    assert listed(row(**changes)).lines[0].details() == details


def test_sheets_are_told_by_their_folder_unless_they_were_replaced_or_are_named_otherwise() -> None:
    found = listed(row(), row("rose"), row("rose", version=2, status="superseded"), row("iris", sheet_path="mine.csv"))
    assert sheet_folders(found.lines) == ["out/2026-01-19/<schedule>.csv (2)"]


def test_an_unknown_status_is_named() -> None:
    with pytest.raises(UsageError, match="unknown status lockd"):
        listed(statuses=["locked", "lockd"])


def test_an_unknown_page_is_told_apart_from_one_without_schedules() -> None:
    with pytest.raises(UsageError, match="no page lil") as caught:
        listed(page="lil")
    assert "lily" in caught.value.fix
    assert listed(page="rose").lines == ()
    assert (
        listed(page="rose", statuses=["draft"]).asked == "of rose with status draft in the week of 2026-01-12 or later"
    )
