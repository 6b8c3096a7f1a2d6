"""Of captions that nothing is known of, the selector scores the best draws of each shelf only: it must miss none."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest

AS_OF = datetime(2026, 1, 19, 8, tzinfo=UTC)
SHELVES = {"budget": ("outdoor", range(1, 301)), "mid": (None, range(1001, 1061)), "premium": ("", range(2001, 2008))}
NEEDS = [1, 2, 5, 7, 12, 20]


@pytest.fixture(scope="module")
def picks(shared_warehouse: Any) -> dict[tuple[str, str], list[str]]:
    """What each page with a seed of its own is offered, by page and tier, best first."""
    pages = [f"page{need}" for need in NEEDS]
    shared_warehouse.insert("creators", [{"page_name": page, "is_active": True} for page in pages])
    shared_warehouse.insert(
        "caption_bank",
        [
            {
                "caption_id": n,
                "caption_text": f"text {n}",
                "caption_key": f"k{n}",
                "content_category": category,
                "price_tier": tier,
                "has_urgency": False,
                "is_active": True,
            }
            for tier, (category, numbers) in SHELVES.items()
            for n in numbers
        ],
    )
    requests = [
        {"page_name": page, "num_budget": n, "num_mid": n, "num_premium": n, "num_bump": 0, "seed": f"seed|{page}"}
        for page, n in zip(pages, NEEDS, strict=True)
    ]
    params = {"requests": requests, "as_of": AS_OF, "mode": "optimize", "supersede": []}
    found: dict[tuple[str, str], list[str]] = {}
    for row in shared_warehouse.warehouse.query("select_captions", params):
        if row["row_kind"] == "caption":
            found.setdefault((row["page_name"], row["price_tier"]), []).append(row["caption_key"])
    return {key: sorted(keys, key=lambda caption: _draw(key[0], caption), reverse=True) for key, keys in found.items()}


def _draw(page: str, caption_key: str) -> str:
    """Contract: the seed that is passed ends in |caption_key; equal counts are ranked by the draw from its MD5."""
    return hashlib.md5(f"seed|{page}|{caption_key}".encode()).hexdigest()


@pytest.mark.parametrize("tier", list(SHELVES))
@pytest.mark.parametrize("need", NEEDS)
def test_the_picks_of_equal_captions_are_the_highest_draws(
    picks: dict[tuple[str, str], list[str]], need: int, tier: str
) -> None:
    """A shelf of 300 is cut at every one of the least draws by one need or another; one of 7 is taken whole."""
    page = f"page{need}"
    keys = sorted((f"k{n}" for n in SHELVES[tier][1]), key=lambda key: _draw(page, key), reverse=True)
    assert picks[page, tier] == keys[:need]
