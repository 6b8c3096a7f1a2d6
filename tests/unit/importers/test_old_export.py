"""The kept export in the old format: what is taken over, and the reason for everything that is not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestrator.domain import caption_key
from orchestrator.errors import UsageError
from tests.imported import Imported, read_captions, read_creators, read_messages

FOLDER = Path(__file__).parents[2] / "fixtures" / "old_export"
NOW = datetime(2026, 1, 14, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def messages() -> Imported:
    pages = frozenset(row["page_name"] for row in read_creators(FOLDER / "creators.csv").rows)
    return read_messages(FOLDER / "messages.csv", now=NOW, pages=pages)


@pytest.fixture(scope="module")
def captions() -> Imported:
    return read_captions(FOLDER / "captions.csv")


def test_a_single_column_of_page_names_is_enough() -> None:
    assert read_creators(FOLDER / "creators.csv").rows[0] == {
        "page_name": "maya_fit_paid",
        "display_name": "maya_fit_paid",
        "is_active": True,
        "audience": None,
        "settings": None,
    }


def test_old_tiers_and_negative_ids_are_understood(captions: Imported) -> None:
    tiers = [row["price_tier"] for row in captions.rows]
    assert {tier: tiers.count(tier) for tier in sorted(set(tiers))} == {
        "budget": 13,
        "bump": 10,
        "luxury": 2,
        "mid": 12,
        "premium": 6,
    }
    assert any(int(row["caption_id"]) < 0 for row in captions.rows)
    assert {row["caption_text"] for row in captions.rows} >= {
        "Where should I travel next?\nAnswer with a flag 🇯🇵",
        "💕💕💕",
    }


def test_one_text_under_two_ids_has_one_key(captions: Imported) -> None:
    key = caption_key("three lunches from one pot step by step")
    assert [row["caption_key"] for row in captions.rows].count(key) == 2


def test_old_messages_become_the_new_columns(messages: Imported) -> None:
    first = messages.rows[0]
    assert first == {
        "message_id": "1001",
        "page_name": "maya_fit_paid",
        "message": "Just finished my 20-minute core routine. Unlock it and move with me 💪",
        "caption_id": None,
        "sending_time": "2025-12-01T20:02:00.000000Z",
        "price": "14.00",
        "sent_count": 928,
        "viewed_count": 145,
        "purchased_count": 3,
        "earnings": "42.00",
        "message_type": "PPV",
        "caption_key": caption_key("just finished my 20 minute core routine unlock it and move with me"),
    }
    assert {row["message_type"] for row in messages.rows} == {"PPV", "Bump"}
    assert {row["price"] for row in messages.rows if row["message_type"] == "Bump"} == {"0.00"}
    assert any(row["purchased_count"] is None for row in messages.rows)


def test_every_bad_caption_is_left_out_with_its_reason(captions: Imported) -> None:
    assert [(one.line, one.outcome, one.reason) for one in sorted(captions.remarks, key=lambda one: one.line)] == [
        (7, "rejected", "caption_id '9223372036854775808' does not fit 64 bits"),
        (11, "rejected", "caption_id '-4.2e18' is not a whole number; a spreadsheet has rounded it"),
        (
            16,
            "rejected",
            "price_tier 'vip' is not a price tier (budget, mid, premium, luxury, bump, low, standard, high)",
        ),
        (22, "rejected", "caption_text is empty"),
        (27, "rejected", "caption_id 79 stands for different rows on lines 27, 32"),
        (32, "rejected", "caption_id 79 stands for different rows on lines 27, 32"),
    ]
    assert captions.duplicates == 1


def test_every_bad_message_is_left_out_or_repaired_with_its_reason(messages: Imported) -> None:
    page_rule = "is not a page name (1-64 of a-z 0-9 _ . -, the first a letter or digit)"
    types = "ppv, unlock, bump, photo bump, free content"
    assert [(one.line, one.outcome, one.reason) for one in sorted(messages.remarks, key=lambda one: one.line)] == [
        (8, "rejected", f"page_name 'Maya_Fit' {page_rule}"),
        (11, "rejected", "sent_count '-3' is not a whole number of at least 0"),
        (14, "rejected", "sending_time '2025-12-20' has no time of day"),
        (
            17,
            "rejected",
            "sending_time 'last Tuesday' is not a date and time this import knows, such as 2026-01-31T15:04:05Z",
        ),
        (20, "rejected", f"message_type 'Follow up' is not a message type ({types})"),
        (23, "rejected", "price 'twenty' is not an amount of dollars of at least 0"),
        (27, "rejected", "purchased_count '2.5' is not a whole number of at least 0"),
        (
            30,
            "rejected",
            "page_name 'nobody_knows' is not in creators.csv (add it, inactive if it is closed)",
        ),
        (
            33,
            "rejected",
            "sending_time 2031-01-01T18:00:00.000000Z is in the future: it is 2026-01-14T20:00:00.000000Z now",
        ),
        (36, "repaired", "purchased_count 160 is more than viewed_count 100: both are taken for unknown"),
        (39, "repaired", "viewed_count 950 is more than sent_count 900: views and purchases are taken for unknown"),
        (42, "rejected", "caption_id '1.2e18' is not a whole number; a spreadsheet has rounded it"),
        (45, "rejected", "message_id 5013 stands for different rows on lines 45, 48"),
        (48, "rejected", "message_id 5013 stands for different rows on lines 45, 48"),
        (54, "rejected", "has 10 fields, the header has 11"),
        (57, "rejected", "message is empty"),
    ]
    assert messages.duplicates == 1


def test_an_impossible_count_is_unknown_but_the_send_and_its_money_stay(messages: Imported) -> None:
    repaired = {row["message_id"]: row for row in messages.rows if row["message_id"] in ("5010", "5011")}
    assert len(repaired) == 2
    for row in repaired.values():
        assert row["viewed_count"] is None
        assert row["purchased_count"] is None
        assert row["earnings"] == "50.00"


def test_a_history_of_unknown_pages_only_is_refused() -> None:
    with pytest.raises(UsageError, match=r"all 83 rows of messages\.csv are wrong"):
        read_messages(FOLDER / "messages.csv", now=NOW, pages=frozenset({"somebody_else"}))
