"""How far a week of a page departs from what the page usually does.

Only the simulation uses this, to recognise a draw that looks saturated by accident. The saturation of a page is decided
by sql/table_functions/analyze_saturation_status.sql alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

BASELINE_DAYS = 83
MEAN_FALL = 0.03
MEAN_RISE = 0.10
BAD_DAY = 0.15


@dataclass
class Day:
    """Paid messages of one local day, added up; earnings in dollars."""

    sent: int = 0
    viewed: int = 0
    purchased: int = 0
    earnings: float = 0.0

    def rates(self) -> tuple[float, float, float]:
        """Purchases per view, views per recipient, dollars per recipient."""
        viewed, sent = max(self.viewed, 1), max(self.sent, 1)
        return self.purchased / viewed, self.viewed / sent, self.earnings / sent


@dataclass(frozen=True)
class Vitals:
    """Medians by weekday of the three rates of `Day.rates`."""

    medians: Mapping[int, tuple[float, ...]]

    @classmethod
    def of(cls, days: Mapping[date, Day]) -> "Vitals":
        """The usual week over the last BASELINE_DAYS of `days`."""
        first = max(days, default=date.min) - timedelta(days=BASELINE_DAYS) if days else date.min
        by_weekday: dict[int, list[tuple[float, float, float]]] = {}
        for day, figures in days.items():
            if day > first:
                by_weekday.setdefault(day.weekday(), []).append(figures.rates())
        return cls({weekday: tuple(map(median, zip(*rates, strict=True))) for weekday, rates in by_weekday.items()})

    def departure(self, week: Mapping[date, Day]) -> float:
        """0 for an ordinary week; else how far the means leave [-MEAN_FALL, MEAN_RISE], plus 1 per two bad days in a row."""
        changes = {day: self._changes(day, figures) for day, figures in week.items() if day.weekday() in self.medians}
        if not changes:
            return 0.0
        total = 0.0
        for rate_changes in zip(*changes.values(), strict=True):
            mean_change = sum(rate_changes) / len(rate_changes)
            total += max(0.0, -MEAN_FALL - mean_change, mean_change - MEAN_RISE)
        bad = sorted(day for day, rate_changes in changes.items() if min(rate_changes) < -BAD_DAY)
        in_a_row = sum((later - earlier).days == 1 for earlier, later in pairwise(bad))
        return total + in_a_row

    def _changes(self, day: date, figures: Day) -> tuple[float, ...]:
        usual = self.medians[day.weekday()]
        return tuple(
            (rate - reference) / reference if reference else 0.0
            for rate, reference in zip(figures.rates(), usual, strict=True)
        )
