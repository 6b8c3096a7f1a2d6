"""The clock: the grid of a day, the best set of slots, minutes that never break a gap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from orchestrator.domain import Week, to_local
from orchestrator.planner.slots import (
    MINUTE,
    Slot,
    best_slots,
    capacity,
    free_slots,
    instant,
    microseconds,
    peak_hours,
    seeded_noise,
    spread,
    week_grid,
)

WEEKS = [Week(date(2025, 10, 27)), Week(date(2026, 3, 2)), Week(date(2026, 6, 1))]
MONDAY, SATURDAY = date(2026, 6, 1), date(2026, 6, 6)


def slot(minute: int, value: int = 0, room: int = 14) -> Slot:
    return Slot(day=0, at=minute * MINUTE, room=room, hour=minute // 60 % 24, value=value, peak_rank=None)


quarters = st.lists(st.integers(0, 20), min_size=1, max_size=9, unique=True).map(sorted)


gaps = st.integers(1, 100) | st.integers(1, 6).map(lambda quarters: 15 * quarters)


@st.composite
def days(draw: st.DrawFn) -> list[Slot]:
    return [slot(15 * quarter, draw(st.integers(0, 5))) for quarter in draw(quarters)]


def fits(chosen: Sequence[Slot], gap: int) -> bool:
    return all(later.at - earlier.at >= gap for earlier, later in pairwise(chosen))


@pytest.mark.parametrize("week", WEEKS)
def test_the_grid_is_the_permitted_quarter_hours_of_the_local_day(week: Week) -> None:
    for index, (day, slots) in enumerate(zip(week.dates, week_grid(week), strict=True)):
        locals_ = [to_local(instant(one.at)) for one in slots]
        minutes = [local.hour * 60 + local.minute for local in locals_]
        assert minutes == list(range(8 * 60, 23 * 60, 15))
        assert {local.date() for local in locals_} == {day}
        assert all(one.day == index and one.hour == local.hour for one, local in zip(slots, locals_, strict=True))
        assert max(one.at + one.room * MINUTE for one in slots) == slots[-1].at + 14 * MINUTE


def test_better_hours_have_better_values() -> None:
    for day, peaks in ((MONDAY, (19, 20, 13, 17, 9)), (SATURDAY, (21, 18, 14, 11))):
        assert peak_hours(day) == peaks
        slots = week_grid(Week(MONDAY))[day.weekday()]
        ranked = sorted({one.hour for one in slots}, key=lambda hour: -next(s.value for s in slots if s.hour == hour))
        assert tuple(ranked[: len(peaks)]) == peaks
        ranks = {one.hour: one.peak_rank for one in slots}
        assert [ranks[hour] for hour in peaks] == list(range(1, len(peaks) + 1))
        assert sum(rank is not None for rank in ranks.values()) == len(peaks)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC)))
def test_instants_are_exact(moment: datetime) -> None:
    assert instant(microseconds(moment)) == moment


@given(days(), gaps, st.lists(st.integers(-100, 400), max_size=4).map(sorted))
def test_free_slots_keep_the_gap_from_what_is_taken(slots: list[Slot], gap: int, taken: list[int]) -> None:
    microtaken = [minute * MINUTE + 1 for minute in taken]
    free = free_slots(slots, gap * MINUTE, microtaken)
    assert free == [one for one in slots if all(abs(one.at - busy) >= gap * MINUTE for busy in microtaken)]


@given(days(), gaps, st.integers(0, 9))
def test_the_best_slots_are_the_best_of_all_sets(slots: list[Slot], gap: int, count: int) -> None:
    sets = [chosen for chosen in combinations(slots, count) if fits(chosen, gap * MINUTE)]
    most = max(k for k in range(len(slots) + 1) if any(fits(c, gap * MINUTE) for c in combinations(slots, k)))
    assert capacity(slots, gap * MINUTE) == most
    if not sets:
        with pytest.raises(ValueError, match=f"{count} messages with a gap of {gap} minutes do not fit"):
            best_slots(slots, count, gap * MINUTE, bytes(len(slots)))
        return
    chosen = best_slots(slots, count, gap * MINUTE, bytes(len(slots)))
    assert len(chosen) == count
    assert fits(chosen, gap * MINUTE)
    assert sum(one.value for one in chosen) == max(sum(one.value for one in chosen) for chosen in sets)


def test_noise_decides_among_equals_and_never_against_a_value() -> None:
    slots = [slot(0, 1), slot(15, 1), slot(30, 2)]
    assert best_slots(slots[:2], 1, MINUTE, bytes([3, 9])) == [slots[1]]
    assert best_slots(slots[:2], 1, MINUTE, bytes([9, 3])) == [slots[0]]
    assert best_slots(slots, 1, MINUTE, bytes([255, 255, 0])) == [slots[2]]


@given(days(), gaps, st.lists(st.integers(-200, 600), max_size=3).map(sorted), st.binary(min_size=9))
def test_minutes_stay_in_their_quarter_and_keep_every_gap(
    slots: list[Slot], gap: int, taken: list[int], noise: bytes
) -> None:
    microtaken = [minute * MINUTE + 1 for minute in taken]
    free = free_slots(slots, gap * MINUTE, microtaken)
    chosen = best_slots(free, capacity(free, gap * MINUTE), gap * MINUTE, noise[: len(free)])
    assume(chosen)
    instants = spread(chosen, gap * MINUTE, microtaken, noise[: len(chosen)])
    assert all(one.at <= at <= one.at + 14 * MINUTE for one, at in zip(chosen, instants, strict=True))
    assert all(later - earlier >= gap * MINUTE for earlier, later in pairwise(instants))
    assert all(abs(at - busy) >= gap * MINUTE for at in instants for busy in microtaken)


def test_minutes_do_spread() -> None:
    slots = [slot(120 * i) for i in range(12)]
    minutes = {at // MINUTE % 15 for at in spread(slots, 60 * MINUTE, [], seeded_noise("seed", "minutes", 12))}
    assert len(minutes) > 4


def test_noise_is_the_seeds() -> None:
    assert seeded_noise("a", "x", 9) == seeded_noise("a", "x", 9)
    assert len({bytes(seeded_noise(*names, 9)) for names in (("a", "x"), ("a", "y"), ("b", "x"))}) == 3


def test_gaps_are_real_time_on_the_days_clocks_change() -> None:
    for week, hours in ((WEEKS[0], 10), (WEEKS[1], 8)):
        saturday, sunday = week_grid(week)[5][-1], week_grid(week)[6][0]
        assert instant(sunday.at) - instant(saturday.at) == timedelta(hours=hours, minutes=15)
