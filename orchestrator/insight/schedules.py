"""Which schedules there are and where each of them stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import PurePath
from typing import Any

from orchestrator.domain import Status, Week, to_local
from orchestrator.domain.ports import Queries
from orchestrator.errors import UsageError
from orchestrator.insight.lookup import known_page

_HASH_SHOWN = 12


@dataclass(frozen=True)
class ScheduleLine:
    """One schedule with its last event and last export; `expected_emv` is dollars for the week.

    `versions` counts the versions of the same page's week, this one included.
    """

    schedule_id: str
    page_name: str
    week_start: date
    version: int
    versions: int
    status: str
    account_size: str
    zone: str
    mode: str
    ppv_count: int
    bump_count: int
    expected_emv: float
    last_action: str | None
    last_actor: str | None
    last_at: datetime | None
    last_note: str | None
    sheet_path: str | None
    sheet_hash: str | None
    export_error: str | None

    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        counts = str(self.ppv_count), str(self.bump_count)
        return self.schedule_id, self.status, self.account_size, self.zone, *counts, f"{self.expected_emv:,.0f}"

    def details(self) -> str:
        """The line below it: version, last event, sheet."""
        parts = [f"v{self.version} of {self.versions}" if self.versions > 1 else "", self._last_event(), self._sheet()]
        return "; ".join(part for part in parts if part)

    def _last_event(self) -> str:
        if self.last_at is None:
            return "never locked"
        text = f"{self.last_action} by {self.last_actor}, {to_local(self.last_at):%Y-%m-%d %H:%M %z}"
        return f"{text} ({self.last_note})" if self.last_note else text

    def _sheet(self) -> str:
        if self.export_error:
            return f"export failed: {self.export_error.splitlines()[0]}"
        if not self.sheet_hash:
            return ""
        where = "" if self.has_usual_path else f" {self.sheet_path}"
        return f"sheet{where} {self.sheet_hash[:_HASH_SHOWN]}"

    @property
    def has_usual_path(self) -> bool:
        """Whether the sheet is called after its schedule, so that its folder says where it is."""
        return self.sheet_path is not None and PurePath(self.sheet_path).name == f"{self.schedule_id}.csv"


@dataclass(frozen=True)
class ScheduleList:
    """Schedules by week, newest first; `current` is the week that now lies in, `asked` what was looked for."""

    current: Week
    lines: tuple[ScheduleLine, ...]
    asked: str

    def as_dict(self) -> dict[str, Any]:
        """The list as `--json` prints it."""
        return {"current_week": str(self.current), "schedules": [dict(vars(line)) for line in self.lines]}

    def weeks(self) -> list[tuple[str, tuple[ScheduleLine, ...]]]:
        """A heading per week with its schedules."""
        return [
            (_heading(Week(monday), self.current, found), found)
            for monday, group in groupby(self.lines, key=lambda line: line.week_start)
            for found in [tuple(group)]
        ]


def list_schedules(
    warehouse: Queries,
    *,
    now: datetime,
    week: Week | None = None,
    everything: bool = False,
    page: str = "",
    statuses: Sequence[str] = (),
) -> ScheduleList:
    """The schedules of a week, of all weeks, or of the current and the coming ones.

    Raises UsageError for an unknown page or status.
    """
    current = Week.containing(now)
    unknown = [one for one in statuses if one not in set(Status)]
    if unknown:
        raise UsageError(f"unknown status {', '.join(unknown)}", fix=f"use one of {', '.join(Status)}")
    rows = warehouse.query(
        "schedule_overview",
        {
            "first_week": None if everything else (week or current).monday,
            "last_week": week.monday if week else None,
            "page_names": [page] if page else [],
            "statuses": list(statuses),
        },
    )
    if page and not rows:
        known_page(warehouse, page)
    weeks = f"the week of {week}" if week else "any week" if everything else f"the week of {current} or later"
    asked = " ".join([f"of {page}" if page else "", f"with status {' or '.join(statuses)}" if statuses else ""]).strip()
    return ScheduleList(current, tuple(_line(row) for row in rows), f"{asked} in {weeks}".strip())


def sheet_folders(lines: Sequence[ScheduleLine]) -> list[str]:
    """Where the sheets lie that are called after their schedules, with how many; what was replaced is not counted."""
    held = [line for line in lines if line.has_usual_path and Status(line.status) is not Status.SUPERSEDED]
    counts = Counter(str(PurePath(str(line.sheet_path)).parent) for line in held)
    return [f"{folder}/<schedule>.csv ({count})" for folder, count in sorted(counts.items())]


def _heading(week: Week, current: Week, lines: Sequence[ScheduleLine]) -> str:
    when = {current: " (this week)", current.next: " (next week)"}.get(week, "")
    counts = Counter(line.status for line in lines)
    statuses = ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])
    held = [line for line in lines if Status(line.status).holds_locks]
    messages = sum(line.ppv_count + line.bump_count for line in held)
    dollars = sum(line.expected_emv for line in held)
    total = f"; {messages} messages, ${dollars:,.0f} expected" if held else ""
    return f"Week of {week}{when}: {statuses}{total}"


def _line(row: dict[str, Any]) -> ScheduleLine:
    return ScheduleLine(
        schedule_id=row["schedule_id"],
        page_name=row["page_name"],
        week_start=row["week_start"],
        version=row["version"],
        versions=row["versions"],
        status=row["status"],
        account_size=row["account_size"] or "",
        zone=row["saturation_status"] or "",
        mode=row["mode"] or "",
        ppv_count=row["ppv_count"] or 0,
        bump_count=row["bump_count"] or 0,
        expected_emv=float(row["expected_emv"] or 0),
        last_action=row["last_action"],
        last_actor=row["last_actor"],
        last_at=row["last_at"],
        last_note=row["last_note"],
        sheet_path=row["sheet_path"] if row["export_status"] == "success" else None,
        sheet_hash=row["sheet_hash"] if row["export_status"] == "success" else None,
        export_error=None if row["export_status"] == "success" else row["export_error"],
    )
