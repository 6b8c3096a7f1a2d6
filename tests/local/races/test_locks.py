"""The two naive lock protocols double-book here as they do on BigQuery; ours does not, in the very same races."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from infra.local.server import LocalCloud
from sql import render
from tests.conftest import NOW, deployed
from tests.local.races.world import (
    Meeting,
    Protocol,
    Racing,
    Wish,
    insert_only_merge,
    insert_where_not_exists,
    lock_caption_assignments,
    lock_schedules,
    race,
    seed_captions,
    seed_pages,
    with_place,
)

ROUNDS = 2
NAIVE = pytest.mark.parametrize("protocol", [insert_where_not_exists, insert_only_merge])
OURS = pytest.mark.parametrize("protocol", [lock_schedules, lock_caption_assignments])


@pytest.fixture(scope="module")
def racing() -> Iterator[Racing]:
    """A cloud of the module's own: its INFORMATION_SCHEMA.JOBS is a place to meet."""
    with LocalCloud(now=NOW, bootstrap=False) as cloud, deployed(cloud, "eros_race") as house:
        meeting = Meeting()
        cloud._service.engine.view_rows["JOBS"] = meeting.rows
        seed_captions(house, ROUNDS)
        procedure = with_place(render("procedures/lock_caption_assignments", house.settings))
        house.client.query(procedure).result()
        yield Racing(house, meeting)


@pytest.fixture
def pages(racing: Racing) -> tuple[str, str]:
    """Two pages of the test's own."""
    name = f"race_{uuid.uuid4().hex[:8]}"
    both = (f"{name}_one", f"{name}_two")
    seed_pages(racing.house, both)
    return both


Pages = tuple[str, str]


def _two(racing: Racing, pages: Pages, protocol: Protocol) -> list[str]:
    """Both racers have their snapshot before either of them changes anything."""
    wishes = [Wish(pages[0], 0, racer) for racer in range(2)]
    racing.draft(wishes)
    racing.meeting.gather(2)
    return race(racing, protocol, wishes)


def _many(racing: Racing, pages: Pages, protocol: Protocol) -> list[list[str]]:
    """Four racers for each of two pages, two weeks, with random pauses inside their transactions."""
    outcomes = []
    for week in range(ROUNDS):
        wishes = [Wish(page, week, racer) for racer in range(4) for page in pages]
        racing.draft(wishes)
        racing.meeting.scatter(week)
        outcomes.append(sorted(race(racing, protocol, wishes)))
    return outcomes


@NAIVE
@pytest.mark.covers(
    "transactions",
    "`INSERT ... WHERE NOT EXISTS` and an insert-only MERGE, each in a transaction, double-book: two racers that both "
    "have their snapshot both succeed",
)
def test_a_naive_lock_double_books(racing: Racing, pages: Pages, protocol: Protocol) -> None:
    assert _two(racing, pages, protocol) == ["locked", "locked"]
    assert racing.holders(pages) == {(pages[0], 0): 2}


@OURS
@pytest.mark.covers(
    "transactions",
    "A guard row that every locker updates first holds in the same race: one racer commits, the other is aborted and, "
    "when it tries again, finds the caption taken",
)
def test_our_lock_holds(racing: Racing, pages: Pages, protocol: Protocol) -> None:
    assert sorted(_two(racing, pages, protocol)) == ["conflict", "locked"]
    assert racing.holders(pages) == {(pages[0], 0): 1}


@NAIVE
def test_a_naive_lock_double_books_at_random(racing: Racing, pages: Pages, protocol: Protocol) -> None:
    outcomes = _many(racing, pages, protocol)
    assert {outcome for week in outcomes for outcome in week} <= {"locked", "conflict"}
    assert max(racing.holders(pages).values()) > 1


@OURS
def test_our_lock_holds_at_random(racing: Racing, pages: Pages, protocol: Protocol) -> None:
    # Of the four racers for a page one locks; the other three find the week taken.
    assert _many(racing, pages, protocol) == [["conflict"] * 6 + ["locked"] * 2] * ROUNDS
    assert racing.holders(pages) == {(page, week): 1 for page in pages for week in range(ROUNDS)}
