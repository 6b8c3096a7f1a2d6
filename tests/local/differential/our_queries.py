"""Calls of our table functions, and our queries that are one SELECT, as they are judged over the agency's tables."""

from __future__ import annotations

import re
from typing import Any

from sql import SqlSettings, render
from tests.local.differential.macro_queries import AS_OF, REQUESTS
from tests.local.differential.ours import last_query, plain, plain_literal
from tests.sql.message_world import LOOKBACK, NEW, SINGLE, STEADY, STRANGER, TIRED, UNSEEN, as_of, instant

# (page, days, instant): the two instants are a noon, and the midnight that ends a day of changing clocks.
CALLS = [
    (page, days, when)
    for when in (as_of(), instant(as_of(4).date().replace(day=9), 0))
    for page, days in [
        (TIRED, 28),
        (STEADY[0], LOOKBACK),
        (SINGLE, 30),
        (UNSEEN, 90),
        (NEW, 7),
        (STRANGER, 30),
        ("*", 84),
    ]
]
_PAGES = f"['{STEADY[0]}', '{TIRED}', '{UNSEEN}']"
_WEEK = f"TIMESTAMP_ADD({AS_OF}, INTERVAL 7 DAY)"
WHOLE: dict[str, dict[str, str]] = {
    "page_profiles": {"as_of": AS_OF, "lookback_days": "84", "page_names": _PAGES},
    "explain_page": {"as_of": AS_OF, "lookback_days": "84", "page_name": f"'{TIRED}'"},
    "holiday_factors": {"first_date": "DATE '2025-12-01'", "last_date": "DATE '2026-02-10'"},
    "page_state": {
        "page_names": _PAGES,
        "week_start": AS_OF,
        "week_end": _WEEK,
        "margin_minutes": "600",
        "lookback_days": "90",
    },
    "select_captions": {"requests": REQUESTS, "as_of": AS_OF, "mode": "'optimize'", "supersede": "['sched_h2']"},
    "explain_selection": {
        "requests": REQUESTS,
        "as_of": AS_OF,
        "mode": "'conservative'",
        "released": "['sched_h2']",
        "price_group": "'budget'",
        "final_score": "0.0",
        "caption_id": "3",
    },
}


def table_function_text(warehouse: Any, name: str, page: str, days: int, when: Any) -> str:
    """A query of all that a call gives."""
    return f"SELECT * FROM {warehouse.table(name)}({plain_literal(page)}, {days}, {plain_literal(when)})"


def whole_query(name: str, settings: SqlSettings) -> str:
    """A query of sql/queries, or the one its script ends in, with literals for its parameters."""
    text = last_query(render(f"queries/{name}", settings))
    for own, literal in WHOLE[name].items():
        text = re.sub(rf"@{own}\b", plain(literal), text)
    return text
