"""A small agency for the table functions: pages with all the gaps and oddities that a history can have."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Los_Angeles")
# A Wednesday noon; the 91 days before it have one offset, and so they have four weeks later.
TODAY = date(2026, 2, 4)
LOOKBACK = 84
STEADY, TIED, TIRED = ("amber", "basil", "cedar", "dahlia", "elder"), "fern", "grape"
SINGLE, UNSEEN, NEW, STRANGER = "hazel", "iris", "jade", "nobody"
PAGES = (*STEADY, TIED, TIRED, SINGLE, UNSEEN, NEW)
TIERS = ("budget", "mid", "premium", "luxury", "bump")

Row = dict[str, Any]
Tables = Mapping[str, Sequence[Row]]


def as_of(weeks: int = 0) -> datetime:
    """Noon of the day that is not complete."""
    return instant(TODAY + timedelta(weeks=weeks), 12)


def instant(day: date, hour: int) -> datetime:
    """Local wall clock to UTC."""
    return datetime.combine(day, time(hour), ZONE).astimezone(UTC)


def world(weeks: int = 0) -> Tables:
    """Every table of the agency, moved by whole weeks on the local wall clock."""
    return {
        "creators": creators(PAGES),
        "caption_bank": captions(),
        "holiday_calendar": [_holiday(TODAY + timedelta(weeks=weeks, days=-days)) for days in (3, 40)],
        "mass_messages": list(_messages(TODAY + timedelta(weeks=weeks))),
    }


def creators(pages: Sequence[str]) -> list[Row]:
    return [{"page_name": page, "is_active": page != TIED} for page in pages]


def captions() -> list[Row]:
    """One per tier and category; the last repeats a text and lacks what may be missing."""
    known = [
        {"content_category": f"category {n % 2}", "psychological_trigger": ("Curiosity", "General")[n % 2]}
        for n in range(9)
    ]
    return [
        {
            "caption_id": n,
            "caption_text": f"text {n % 9}",
            "caption_key": f"k{n % 9}",
            "price_tier": TIERS[n % 5],
            "has_urgency": n % 3 == 0,
            "is_active": True,
            **facts,
        }
        for n, facts in enumerate([*known, {}])
    ]


def message(page: str, number: object, when: datetime, **values: Any) -> Row:
    """A row of mass_messages; sent to 1,000 unless it says otherwise."""
    row = {
        "message_id": f"{page} {number}",
        "page_name": page,
        "message": "m",
        "caption_key": "unknown",
        "sending_time": when.isoformat(),
        "sent_count": 1000,
        "message_type": "PPV",
    }
    return {**row, **values}


def _holiday(day: date) -> Row:
    return {
        "holiday_date": day.isoformat(),
        "holiday_name": "Feast",
        "type": "CULTURAL",
        "is_major_holiday": True,
        "saturation_impact_factor": 0.7,
    }


def _messages(today: date) -> Iterator[Row]:
    """In the afternoons, so that no edge of a look-back in elapsed hours falls between two messages of a day."""
    rng = random.Random("message world")
    for page in (*STEADY, TIRED, TIED):
        for ago in range(LOOKBACK + 7, -2, -1):
            day = today - timedelta(days=ago)
            yield from _day(rng, page, day, ago)
    yield message(
        SINGLE, 1, instant(today - timedelta(days=5), 20), viewed_count=40, purchased_count=2, earnings="31.5"
    )
    for ago in range(1, 30):
        yield message(UNSEEN, ago, instant(today - timedelta(days=ago), 18), viewed_count=0, message_type="Bump")
        yield message(STRANGER, ago, instant(today - timedelta(days=ago), 18), viewed_count=10, earnings="5")


def _day(rng: random.Random, page: str, day: date, ago: int) -> Iterator[Row]:
    if page == TIED:
        for hour in (15, 20):
            yield _sale(page, f"{ago} {hour}", instant(day, hour), 100, 4, 20, ago % 10)
        return
    for number, hour in enumerate(sorted(rng.sample(range(14, 23), rng.choice((0, 1, 2, 2, 3))))):
        views = round(rng.gauss(200, 20) * (1 + (hour - 18) / 40))
        if page == TIRED and 1 <= ago <= 7:
            views = views // 3
        if page == STEADY[0] and ago == 3:
            views = 900
        key = rng.randrange(11)
        row = _sale(page, f"{ago} {number}", instant(day, hour), views, round(views * rng.uniform(0.01, 0.05)), 20, key)
        yield {**row, **_oddity(rng)}


def _sale(page: str, number: object, when: datetime, views: int, purchases: int, price: int, key: int) -> Row:
    """Mostly a paid message; caption 10 is one that no library knows."""
    if key == 4:
        return message(page, number, when, price="0", viewed_count=views, message_type="Bump", caption_key="k4")
    return message(
        page,
        number,
        when,
        price=str(price),
        viewed_count=views,
        purchased_count=purchases,
        earnings=str(purchases * price),
        caption_key=f"k{key}",
        caption_id=key if key % 3 == 0 and key < 9 else None,
    )


def _oddity(rng: random.Random) -> Row:
    """What one message in ten does not report, or reports so that it cannot be."""
    odd: tuple[Row, ...] = (
        {"purchased_count": None},
        {"viewed_count": None, "purchased_count": None},
        {"earnings": None},
        {"viewed_count": 0, "purchased_count": 0, "earnings": "0"},
        {"viewed_count": 5000},
        {"sent_count": 0, "viewed_count": 0, "purchased_count": 0, "earnings": "0"},
    )
    return rng.choice(odd) if rng.random() < 0.1 else {}
