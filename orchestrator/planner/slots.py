"""When messages may leave: a grid of quarter-hours, the best set of them, and a seeded minute inside each.

Instants are whole microseconds since 1970 UTC, so that a gap is the real time between two messages on the days when
clocks change too. A slot's minute moves forward inside its quarter only; hour and day stay what was chosen.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from orchestrator.domain.constants import constants
from orchestrator.domain.week import Week, to_utc

STEP_MINUTES = 15
MINUTE = 60 * 10**6  # microseconds
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SATURDAY = 5
# Larger than the noise of all slots of a day together: noise orders equal values and never outweighs a value.
_NOISE_LEVELS = 256
_VALUE_UNIT = _NOISE_LEVELS * 24 * 60 // STEP_MINUTES


@dataclass(frozen=True)
class Slot:
    """A quarter-hour. `at` is its first instant, `room` the minutes a message may move forward inside it.

    `value` ranks local hours (more is better); `peak_rank` counts the day's peak hours from 1, None outside them.
    """

    day: int
    at: int
    room: int
    hour: int
    value: int
    peak_rank: int | None


def microseconds(instant: datetime) -> int:
    """Whole microseconds since 1970 UTC."""
    return (instant - _EPOCH) // _MICROSECOND


def instant(at: int) -> datetime:
    """The UTC datetime of `microseconds`."""
    return _EPOCH + at * _MICROSECOND


def peak_hours(day: date) -> tuple[int, ...]:
    """Local hours in which people buy, best first."""
    return constants().weekend_peak_hours if day.weekday() >= _SATURDAY else constants().weekday_peak_hours


@lru_cache(maxsize=64)
def week_grid(week: Week) -> tuple[tuple[Slot, ...], ...]:
    """The permitted quarter-hours of each day, by time; a local time that clocks jump over is not one."""
    return tuple(tuple(_day_slots(index, day)) for index, day in enumerate(week.dates))


def free_slots(slots: Iterable[Slot], gap: int, taken: Sequence[int]) -> list[Slot]:
    """The slots at least `gap` microseconds from every instant in `taken` (sorted)."""
    return [slot for slot in slots if bisect_right(taken, slot.at - gap) == bisect_left(taken, slot.at + gap)]


def capacity(slots: Sequence[Slot], gap: int) -> int:
    """The most messages that fit into the slots (by time) with the gap: earliest first is optimal."""
    count, earliest = 0, None
    for slot in slots:
        if earliest is None or slot.at >= earliest:
            count, earliest = count + 1, slot.at + gap
    return count


def room_by_day(week: Week, gap: timedelta, taken: Sequence[datetime]) -> list[int]:
    """The most messages each day of the week has place for, with the gap between any two and to the instants taken."""
    span, busy = gap // _MICROSECOND, sorted(microseconds(moment) for moment in taken)
    return [capacity(free_slots(slots, span, busy), span) for slots in week_grid(week)]


def best_slots(slots: Sequence[Slot], count: int, gap: int, noise: Sequence[int]) -> list[Slot]:
    """The `count` slots with the largest total value and the gap between any two; noise decides among equals.

    Exact, by dynamic programming over the slots in order of time. ValueError when that many do not fit.
    """
    weights = [slot.value * _VALUE_UNIT + noise[i] for i, slot in enumerate(slots)]
    starts = [slot.at for slot in slots]
    reach = [bisect_right(starts, start - gap) for start in starts]
    impossible = -1
    tables: list[list[int]] = [[0] * (len(slots) + 1)]
    for _ in range(count):
        before, table = tables[-1], [impossible]
        for i, weight in enumerate(weights):
            base = before[reach[i]]
            taking = base + weight if base != impossible else impossible
            table.append(max(table[i], taking))
        tables.append(table)
    if tables[-1][-1] == impossible:
        raise ValueError(f"{count} messages with a gap of {gap // MINUTE} minutes do not fit into {len(slots)} slots")
    return _trace(slots, tables, reach)


def spread(slots: Sequence[Slot], gap: int, taken: Sequence[int], noise: Sequence[int]) -> list[int]:
    """An instant inside each slot (by time), so that not everything leaves on the quarter; the gaps still hold."""
    instants: list[int] = []
    following: int | None = None
    for slot, chance in zip(reversed(slots), reversed(noise), strict=True):
        after = bisect_left(taken, slot.at)
        limits = [at - gap for at in (following, taken[after] if after < len(taken) else None) if at is not None]
        room = min([slot.room, *((limit - slot.at) // MINUTE for limit in limits)])
        following = slot.at + chance % (room + 1) * MINUTE
        instants.append(following)
    return instants[::-1]


def seeded_noise(seed: str, label: str, count: int) -> Sequence[int]:
    """`count` numbers from 0 to 255, equal for equal seed and label."""
    return hashlib.shake_256(f"{seed}|{label}".encode()).digest(count)


def _day_slots(index: int, day: date) -> Iterable[Slot]:
    sending = constants().sending
    peaks = peak_hours(day)
    last = _minute_of_day(sending.last)
    for minute in range(_minute_of_day(sending.first), last + 1, STEP_MINUTES):
        clock = time(minute // 60, minute % 60)
        if clock.hour in sending.quiet_hours or not _exists(day, clock):
            continue
        rank = peaks.index(clock.hour) + 1 if clock.hour in peaks else None
        yield Slot(
            day=index,
            at=microseconds(to_utc(day, clock)),
            room=min(STEP_MINUTES - 1, last - minute),
            hour=clock.hour,
            value=_hour_value(clock.hour, peaks),
            peak_rank=rank,
        )


def _hour_value(hour: int, peaks: Sequence[int]) -> int:
    """With n peak hours: 2n for the best down to n + 1 for the last; elsewhere n less the hours to the nearest peak."""
    if hour in peaks:
        return 2 * len(peaks) - peaks.index(hour)
    return max(0, len(peaks) - min(abs(hour - peak) for peak in peaks))


def _exists(day: date, clock: time) -> bool:
    try:
        to_utc(day, clock)
    except ValueError:
        return False
    return True


def _minute_of_day(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _trace(slots: Sequence[Slot], tables: Sequence[Sequence[int]], reach: Sequence[int]) -> list[Slot]:
    chosen: list[Slot] = []
    end = len(slots)
    for table in reversed(tables[1:]):
        while table[end] == table[end - 1]:
            end -= 1
        chosen.append(slots[end - 1])
        end = reach[end - 1]
    return chosen[::-1]
