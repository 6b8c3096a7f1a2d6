"""What became of a run: one line per page, one for the whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class PageResult:
    """What became of one page.

    `status` says what this run did: exported, locked, withheld, unchanged, conflict, error or failed. `stands_at` is
    the schedule's own status. `expected_emv` is dollars for the week.
    """

    page_name: str
    schedule_id: str
    account_size: str
    zone: str
    status: str
    ppv_count: int = 0
    bump_count: int = 0
    expected_emv: float = 0.0
    stands_at: str = ""
    detail: str = ""
    shortages: tuple[str, ...] = ()
    path: str = ""

    def cells(self) -> tuple[str, ...]:
        """The row of the table that people see."""
        money = f"{self.expected_emv:,.0f}"
        counts = str(self.ppv_count), str(self.bump_count)
        return self.page_name, self.account_size, self.zone, *counts, money, self.status, self.schedule_id

    @property
    def is_planned(self) -> bool:
        """Whether the week counts: its captions are held and nothing keeps it in the house."""
        return self.status in ("locked", "exported", "unchanged")


@dataclass(frozen=True)
class RunReport:
    """A run over all its pages, in order of name; `stale` says how old the newest message is when that is too old."""

    week_start: date
    mode: str
    seed: str
    as_of: datetime
    pages: tuple[PageResult, ...]
    stale: str = ""

    @property
    def exit_code(self) -> int:
        """0 when every page is where it should be, 5 when only conflicts stand in the way, else 1."""
        kinds = {page.status for page in self.pages}
        if kinds & {"failed", "error"}:
            return 1
        return 5 if "conflict" in kinds else 0

    def line(self) -> str:
        """The run in one line."""
        counts = Counter(page.status for page in self.pages)
        parts = [f"{counts[status]} {status}" for status in sorted(counts)]
        planned = [page for page in self.pages if page.is_planned]
        messages = sum(page.ppv_count + page.bump_count for page in planned)
        emv = sum(page.expected_emv for page in planned)
        pages = "1 page" if len(self.pages) == 1 else f"{len(self.pages)} pages"
        return f"{pages}: {', '.join(parts)}; {messages} messages planned, ${emv:,.0f} expected"

    def remarks(self) -> list[str]:
        """What a person should look at: withheld, failed, conflicting and short weeks."""
        lines = [self.stale] if self.stale else []
        for page in self.pages:
            if page.detail:
                lines.append(f"{page.status}: {page.page_name}: {page.detail}")
            lines += [f"short: {page.page_name}: {shortage}" for shortage in page.shortages]
        if any(page.is_planned and page.stands_at == "locked" for page in self.pages):
            lines.append("next: eros approve SCHEDULE_ID ..., then run again to export (or --auto-approve)")
        if any(page.status == "conflict" for page in self.pages):
            lines.append("next: run again; the captions in conflict are left out then")
        return lines

    def as_dict(self) -> dict[str, Any]:
        """The report as `--json` prints it."""
        return {
            "week_start": self.week_start.isoformat(),
            "mode": self.mode,
            "seed": self.seed,
            "as_of": self.as_of.isoformat(),
            "exit_code": self.exit_code,
            "remarks": self.remarks(),
            "pages": [dict(vars(page)) for page in self.pages],
        }
