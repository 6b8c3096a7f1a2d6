"""Fixture data of the gates: a bank of captions and three months of a page's past, the same on every run.

Everything is a function of counters, so that a gate's answer can only change with the code it guards.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from orchestrator.domain import Week
from orchestrator.domain.identity import caption_key

PAGE = "test_creator"
OTHER_PAGE = "other_creator"
CATEGORIES = tuple(f"category {number}" for number in range(15))
TRIGGERS = ("General", "Curiosity", "Urgency", None)
# Tier of every tenth of the bank, and what a message of the tier costs and how often it is bought per hundred views.
TIERS = ("budget", "budget", "mid", "mid", "mid", "premium", "premium", "luxury", "bump", "bump")
PRICES = {"budget": "14.00", "mid": "23.00", "premium": "36.00", "luxury": "57.00", "bump": "0.00"}
PURCHASES_PER_100 = {"budget": 6, "mid": 4, "premium": 2, "luxury": 1, "bump": 0}
# First characters that a spreadsheet would run or swallow: such captions must survive the way into a sheet and back.
AWKWARD_STARTS = ("=HYPERLINK(0)+", "+", "-", "@", "'", '"', "\t", "🔥 ", "＝", "line\nbreak ", "comma, ")


def captions(count: int, *, awkward: bool = False) -> Iterator[dict[str, Any]]:
    """`count` captions; every sixth repeats the text of another one, every third id is negative, a tenth are urgent."""
    for number in range(count):
        original = number - 5 if number % 6 == 5 else number
        start = AWKWARD_STARTS[original % len(AWKWARD_STARTS)] if awkward else ""
        text = f"{start}Caption number {original}"
        yield {
            "caption_id": -number - 1 if number % 3 == 0 else 9_007_199_254_740_993 + number,
            "caption_text": text,
            "caption_key": caption_key(text),
            "content_category": CATEGORIES[original % len(CATEGORIES)],
            "price_tier": TIERS[original % len(TIERS)],
            "has_urgency": number % 10 == 7,
            "psychological_trigger": TRIGGERS[original % len(TRIGGERS)],
            "is_active": number % 50 != 49,
            "created_at": "2025-01-01T00:00:00+00:00",
        }


def creators() -> list[dict[str, Any]]:
    """The page that the gates ask about, and one more that the agency's priors also learn from."""
    return [
        {"page_name": page, "display_name": page, "is_active": True, "audience": 4000} for page in (PAGE, OTHER_PAGE)
    ]


def messages(bank: list[dict[str, Any]], now: datetime, *, days: int = 100) -> Iterator[dict[str, Any]]:
    """Four messages a day and page up to an hour before `now`, so that some captions are still cooling down."""
    for page_number, page in enumerate((PAGE, OTHER_PAGE)):
        for number in range(days * 4):
            caption = bank[(number * 37 + page_number * 11) % len(bank)]
            views = 900 + (number * 53) % 300
            bought = views * PURCHASES_PER_100[caption["price_tier"]] // 100
            price = PRICES[caption["price_tier"]]
            yield {
                "message_id": f"{page}-{number}",
                "page_name": page,
                "message": caption["caption_text"],
                "caption_id": caption["caption_id"],
                "caption_key": caption["caption_key"],
                "sending_time": (now - timedelta(hours=1 + 6 * number)).isoformat(),
                "price": price,
                "sent_count": 4000,
                "viewed_count": views,
                "purchased_count": bought,
                "earnings": f"{bought * float(price):.2f}",
                "message_type": "Bump" if caption["price_tier"] == "bump" else "PPV",
            }


def fill(gate: Any, *, caption_count: int, awkward: bool = False) -> Week:
    """Load the fixture into a gate's dataset, learn from it, and return the week to plan."""
    bank = list(captions(caption_count, awkward=awkward))
    now = gate.warehouse.now()
    gate.insert("creators", creators())
    gate.insert("caption_bank", [_exact(one) for one in bank])
    gate.insert("mass_messages", [_exact(one) for one in messages(bank, now)])
    gate.warehouse.query("ensure_guard_rows", {"page_names": [PAGE, OTHER_PAGE]})
    gate.warehouse.call("update_caption_performance")
    return Week.containing(now).next


def fill_surroundings(gate: Any, week: Week) -> None:
    """What the page's creator has content for, counted on the day before, and a holiday in the week to plan."""
    day = (gate.warehouse.now() - timedelta(days=1)).date().isoformat()
    gate.insert(
        "creator_content_inventory",
        [{"page_name": PAGE, "inventory_date": day, "available_categories": list(CATEGORIES[:3])}],
    )
    holiday = {"holiday_date": week.dates[3].isoformat(), "holiday_name": "Gate Day", "type": "CULTURAL"}
    gate.insert("holiday_calendar", [{**holiday, "is_major_holiday": True, "saturation_impact_factor": 0.6}])


def _exact(row: dict[str, Any]) -> dict[str, Any]:
    """An id beyond 2^53 travels as text: a JSON number would lose its last digits on the way into BigQuery."""
    return {**row, "caption_id": str(row["caption_id"])}
