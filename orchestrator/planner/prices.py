"""What a message costs: the page's own price for the text, kept inside the band of the caption's tier."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from orchestrator.domain.constants import constants
from orchestrator.domain.plan import Candidate

_CENT = Decimal("0.01")


def price_of(candidate: Candidate) -> tuple[Decimal, str]:
    """Dollars and cents, and why. Saturation plays no part: it is never answered with a discount."""
    band = constants().price_bands[candidate.price_tier]
    span = f"{candidate.price_tier} band {band.low}-{band.high}"
    if band.high == 0:
        return band.high.quantize(_CENT), "a bump is free"
    if candidate.recommended_price is None:
        return band.default_price.quantize(_CENT), f"default of the {span}"
    wanted = candidate.recommended_price.quantize(_CENT, rounding=ROUND_HALF_UP)
    price = min(max(wanted, band.low), band.high).quantize(_CENT)
    if candidate.evidence is None:
        return price, _inside_or_cut("recommended", wanted, price, span)
    asked = candidate.evidence.median_price
    if asked is None:
        return price, f"default of the {span}: this page never sold this text"
    return price, _inside_or_cut("the page's median for this text", asked.quantize(_CENT), price, span)


def _inside_or_cut(what: str, wanted: Decimal, price: Decimal, span: str) -> str:
    return f"{what}, inside the {span}" if price == wanted else f"{what} {wanted}, cut to the {span}"
