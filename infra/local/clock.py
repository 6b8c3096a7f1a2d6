"""The local cloud's one clock.

Every CURRENT_TIMESTAMP(), @run_time and creation time of the local cloud comes from here, so that a run can be
repeated at the same instant and give the same bytes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from infra.errors import UsageError

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The real time in UTC, to the microsecond, as BigQuery's TIMESTAMP holds it."""
    return datetime.now(UTC)


def frozen_clock(instant: datetime) -> Clock:
    """A clock that always reads `instant` (which must carry an offset)."""
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs an offset from UTC, {instant.isoformat()} has none")
    fixed = instant.astimezone(UTC)
    return lambda: fixed


class AdvancingClock:
    """Another clock, moved forward by whoever advances it; never back."""

    def __init__(self, base: Clock) -> None:
        self._base = base
        self._ahead = timedelta()
        self._guard = threading.Lock()

    def __call__(self) -> datetime:
        """The time, as far ahead of the other clock as it was advanced."""
        return self._base() + self._ahead

    def advance_to(self, instant: datetime) -> None:
        """Read `instant` from now on, and go on from there; nothing happens when it is past already."""
        with self._guard:
            self._ahead += max(timedelta(), instant - self())


def clock_from(text: str) -> Clock:
    """The clock that EROS_NOW asks for: real when `text` is empty, else frozen at that ISO 8601 instant.

    Raises UsageError for anything that is not an instant: a date alone or a time without an offset could mean
    two different moments in UTC and in Los Angeles.
    """
    if not text.strip():
        return system_clock
    try:
        return frozen_clock(datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"EROS_NOW is not an instant: {text!r}",
            why=str(error),
            fix="give an ISO 8601 time with an offset, e.g. EROS_NOW=2026-03-02T09:00:00-08:00, or unset EROS_NOW",
        ) from None
