"""How a week of a page compares with its usual weeks.

Only the simulation uses this, to recognise a draw that turned out other than it was meant. The saturation of a page is
decided by sql/table_functions/analyze_saturation_status.sql alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

BASELINE_DAYS = 83
MARGIN = 0.04
BAD_VIEWS = -0.10
BAD_EARNINGS = -0.05


@dataclass
class Day:
    """Paid messages of one local day, added up; earnings in dollars."""

    sent: int = 0
    viewed: int = 0
    earnings: float = 0.0


@dataclass(frozen=True)
class Change:
    """Relative change of views and of dollars per recipient: -0.5 is half the usual."""

    views: float
    earnings: float


@dataclass(frozen=True)
class Vitals:
    """Medians of views and of dollars per recipient, by weekday."""

    usual: Mapping[int, tuple[float, float]]

    @classmethod
    def of(cls, days: Mapping[date, Day]) -> "Vitals":
        """The usual week over the last BASELINE_DAYS of `days`."""
        by_weekday: dict[int, list[Day]] = {}
        for day, figures in days.items():
            if day > max(days) - timedelta(days=BASELINE_DAYS):
                by_weekday.setdefault(day.weekday(), []).append(figures)
        return cls(
            {
                weekday: (
                    median(figures.viewed / figures.sent for figures in same_days),
                    median(figures.earnings / figures.sent for figures in same_days),
                )
                for weekday, same_days in by_weekday.items()
            }
        )

    def change(self, week: Mapping[date, Day]) -> Change:
        """The week as a whole against what its days would usually bring; 0 where there is nothing to compare with."""
        views = earnings = usual_views = usual_earnings = 0.0
        for day, figures in week.items():
            if day.weekday() in self.usual:
                view_rate, earnings_rate = self.usual[day.weekday()]
                views += figures.viewed
                earnings += figures.earnings
                usual_views += view_rate * figures.sent
                usual_earnings += earnings_rate * figures.sent
        return Change(_relative(views, usual_views), _relative(earnings, usual_earnings))

    def departure(self, week: Mapping[date, Day], meant: Change) -> float:
        """How far a week is from what was meant: 0 within MARGIN, plus 1 for each two bad sending days in a row."""
        change = self.change(week)
        gaps = (abs(change.views - meant.views), abs(change.earnings - meant.earnings))
        bad = [self._is_bad(day, week[day]) for day in sorted(week)]
        in_a_row = sum(one and next_one for one, next_one in pairwise(bad))
        return sum(max(0.0, gap - MARGIN) for gap in gaps) + in_a_row

    def _is_bad(self, day: date, figures: Day) -> bool:
        change = self.change({day: figures})
        return change.views < BAD_VIEWS and change.earnings < BAD_EARNINGS


def _relative(value: float, usual: float) -> float:
    return value / usual - 1 if usual else 0.0
