"""Prices: inside the band of the tier, free for bumps."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain import Candidate, PriceTier
from orchestrator.planner.prices import price_of
from tests.unit.evidence_samples import PICK

BANDS = {"budget": (10, 18, 14), "mid": (18, 28, 23), "premium": (28, 45, 36), "luxury": (45, 70, 57)}


def caption(tier: str, price: str | None) -> Candidate:
    recommended = None if price is None else Decimal(price)
    return Candidate(1, "key", "text", PriceTier(tier), "solo", False, 0.5, 1.0, recommended)


@pytest.mark.parametrize("tier", BANDS)
def test_a_text_without_a_price_gets_the_default(tier: str) -> None:
    price, why = price_of(caption(tier, None))
    assert str(price) == f"{BANDS[tier][2]}.00"
    assert why.startswith("default")


@pytest.mark.parametrize(
    ("tier", "recommended", "price"),
    [
        ("budget", "9.99", "10.00"),
        ("budget", "10", "10.00"),
        ("budget", "12.345", "12.35"),
        ("budget", "18", "18.00"),
        ("budget", "18.001", "18.00"),
        ("mid", "15", "18.00"),
        ("premium", "1E+2", "45.00"),
        ("luxury", "69.999", "70.00"),
        ("luxury", "-3", "45.00"),
    ],
)
def test_a_recommended_price_is_cut_to_the_band(tier: str, recommended: str, price: str) -> None:
    assert str(price_of(caption(tier, recommended))[0]) == price


def test_the_reason_says_whether_the_price_was_cut() -> None:
    assert price_of(caption("mid", "20"))[1] == "recommended, inside the mid band 18-28"
    assert price_of(caption("mid", "30"))[1] == "recommended 30.00, cut to the mid band 18-28"


@pytest.mark.parametrize(
    ("median", "recommended", "why"),
    [
        (None, "23", "default of the mid band 18-28: this page never sold this text"),
        ("20", "20", "the page's median for this text, inside the mid band 18-28"),
        ("99", "28", "the page's median for this text 99.00, cut to the mid band 18-28"),
    ],
)
def test_the_reason_goes_by_what_the_page_asked_before(median: str | None, recommended: str, why: str) -> None:
    """The selector recommends a price for every text, the default included: only the evidence tells them apart."""
    evidence = replace(PICK, median_price=None if median is None else Decimal(median))
    offered = replace(caption("mid", recommended), evidence=evidence)
    assert price_of(offered) == (Decimal(recommended).quantize(Decimal("0.01")), why)


@pytest.mark.parametrize("recommended", [None, "0", "25"])
def test_a_bump_is_free(recommended: str | None) -> None:
    price, why = price_of(caption("bump", recommended))
    assert (str(price), why) == ("0.00", "a bump is free")


@given(st.sampled_from(sorted(BANDS)), st.decimals("-1000", "1000", places=4))
def test_every_price_is_in_cents_inside_the_band(tier: str, recommended: Decimal) -> None:
    price, _ = price_of(caption(tier, str(recommended)))
    low, high, _ = BANDS[tier]
    assert low <= price <= high
    assert price == price.quantize(Decimal("0.01"))
