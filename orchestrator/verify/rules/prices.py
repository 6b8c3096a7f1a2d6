"""Prices: the band of the caption's own tier, two decimals, a bump is free."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from orchestrator.verify.evidence import Evidence, Finding, Rule
from orchestrator.verify.rules.files import readable
from orchestrator.verify.rules.volumes import BUMP, PPV
from sql import constants

PRICE = re.compile(r"(0|[1-9]\d*)\.\d{2}")


def band(evidence: Evidence) -> Iterator[Finding]:
    """A PPV's price lies in its tier's band, both ends included."""
    bands = constants()["price_tiers"]
    for schedule, message in evidence.live_messages():
        limits = bands.get(message.price_tier)
        if message.message_type == BUMP or limits is None:
            continue
        if not Decimal(str(limits["low"])) <= message.price <= Decimal(str(limits["high"])):
            detail = f"{message.price_tier} at {message.price}, {limits['low']} to {limits['high']}"
            yield Finding("prices.band", schedule.schedule_id, "a price lies outside its band", detail)


def bump_is_free(evidence: Evidence) -> Iterator[Finding]:
    """A bump costs nothing."""
    for schedule, message in evidence.live_messages():
        if message.message_type == BUMP and message.price != 0:
            yield Finding("prices.bump_is_free", schedule.schedule_id, "a bump has a price", str(message.price))


def own_tier(evidence: Evidence) -> Iterator[Finding]:
    """A message's tier is its caption's own; bumps use bump captions and PPV the others."""
    for schedule, message in evidence.live_messages():
        caption = evidence.caption.get(message.caption_id)
        if caption is None:
            continue
        wrong_kind = message.message_type == (PPV if caption.price_tier == "bump" else BUMP)
        if message.price_tier != caption.price_tier or wrong_kind:
            detail = (
                f"{message.message_type} as {message.price_tier}, caption {caption.caption_id} is {caption.price_tier}"
            )
            yield Finding("prices.own_tier", schedule.schedule_id, "a message has not its caption's tier", detail)


def form(evidence: Evidence) -> Iterator[Finding]:
    """A sheet's price is dollars with two decimals and nothing else: '12.00'; a bump's is '0.00'."""
    for file, sheet in readable(evidence):
        for row in sheet.values:
            if not PRICE.fullmatch(row["price"]):
                yield Finding("prices.form", file.schedule_id, "a price has another form", repr(row["price"]))


def as_stored(evidence: Evidence) -> Iterator[Finding]:
    """A sheet's price is the one stored."""
    for file, sheet in readable(evidence):
        schedule = evidence.by_id.get(file.schedule_id)
        stored = {str(one.caption_id): one.price for one in evidence.messages_of(schedule)} if schedule else {}
        for row in sheet.values:
            price = stored.get(row["caption_id"])
            if price is not None and PRICE.fullmatch(row["price"]) and Decimal(row["price"]) != price:
                detail = f"{row['price']}, not {price}"
                yield Finding("prices.as_stored", file.schedule_id, "a price differs from the warehouse", detail)


RULES = (
    Rule("prices.band", band),
    Rule("prices.bump_is_free", bump_is_free),
    Rule("prices.own_tier", own_tier),
    Rule("prices.form", form),
    Rule("prices.as_stored", as_stored),
)
