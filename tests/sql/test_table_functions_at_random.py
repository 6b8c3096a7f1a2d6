"""Random histories: whatever pages report, every table function answers within its bounds and page by page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.sql.message_world import Row, captions, creators, message
from tests.sql.table_function_checks import TABLE_FUNCTIONS, call, check_bounds, load

PAGES = ("ivy", "lotus", "myrtle")
# An ordinary noon, the noons after both changes of clocks, and the first of two half past ones.
INSTANTS = (
    datetime(2026, 1, 14, 20, tzinfo=UTC),
    datetime(2026, 3, 9, 19, tzinfo=UTC),
    datetime(2025, 11, 3, 20, tzinfo=UTC),
    datetime(2025, 11, 2, 8, 30, tzinfo=UTC),
)


def counts(most: int) -> st.SearchStrategy[int | None]:
    return st.none() | st.integers(0, most)


# Counts are drawn apart, so that some contradict each other; ties are frequent because they are small.
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {
            "page_name": st.sampled_from(PAGES[:2]),
            "minutes_before": st.integers(-1500, 16 * 1440),
            "message_type": st.sampled_from(["PPV", "PPV", "Bump"]),
            "sent_count": st.integers(0, 30),
            "viewed_count": counts(30),
            "purchased_count": counts(10),
            "earnings": st.none() | st.sampled_from(["0", "9.99", "20", "250.5"]),
            "price": st.none() | st.sampled_from(["0", "20"]),
            "caption_key": st.sampled_from(["k0", "k1", "k2", "unknown"]),
        }
    ),
    max_size=50,
)


@pytest.fixture(scope="module")
def agency(shared_warehouse: Any) -> Any:
    return load(shared_warehouse, {"creators": creators(PAGES), "caption_bank": captions()})


def rows_of(drawn: Sequence[Row], instant: datetime) -> list[Row]:
    return [
        message(
            values["page_name"],
            number,
            instant - timedelta(minutes=values["minutes_before"]),
            **{key: value for key, value in values.items() if key not in ("page_name", "minutes_before")},
        )
        for number, values in enumerate(drawn)
    ]


@settings(max_examples=10)
@given(MESSAGES, st.sampled_from(PAGES), st.sampled_from(INSTANTS), st.sampled_from((1, 7, 16)))
@example([], PAGES[0], INSTANTS[0], 7)
def test_any_history(agency: Any, drawn: Sequence[Row], page: str, instant: datetime, days: int) -> None:
    """A page asked alone, before anything later is known, has the share of all pages that it has afterwards."""
    agency.rows(f"DELETE FROM {agency.table('mass_messages')} WHERE TRUE")
    rows = rows_of(drawn, instant)
    past = [row for row in rows if datetime.fromisoformat(row["sending_time"]) < instant]
    agency.insert("mass_messages", past)
    alone = {name: call(agency, name, page, days, instant) for name in TABLE_FUNCTIONS}
    agency.insert("mass_messages", [row for row in rows if row not in past])
    for name in TABLE_FUNCTIONS:
        together = call(agency, name, "*", days, instant)
        check_bounds(name, together)
        assert [row for row in together if row["page_name"] == page] == alone[name], name
