"""Captions: they exist, are allowed for the page, appear once a week, and read as in the bank; weekly caps."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from orchestrator.verify.evidence import AllowedProfile, Caption, Evidence, Finding, Message, Restriction, Rule
from orchestrator.verify.rules.files import readable
from orchestrator.verify.rules.volumes import BUMP
from sql import constants

CAPS = constants()["week_caps"]
NOT_WORDS = re.compile(r"\W+")


def text_key(text: str) -> str:
    """NFKC, casefold, runs of non-word characters to one space, strip; if empty the stripped text; SHA-256."""
    plain = NOT_WORDS.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()
    return hashlib.sha256((plain or text.strip()).encode()).hexdigest()


def distinct_id(evidence: Evidence) -> Iterator[Finding]:
    """A caption goes out once a week."""
    yield from _repeated(evidence, "captions.distinct_id", "caption_id")


def distinct_key(evidence: Evidence) -> Iterator[Finding]:
    """Neither does the same text go out twice under two ids."""
    yield from _repeated(evidence, "captions.distinct_key", "caption_key")


def _repeated(evidence: Evidence, rule: str, attribute: str) -> Iterator[Finding]:
    for schedule in evidence.live:
        messages = evidence.messages_of(schedule)
        if attribute == "caption_key":
            # The same id twice is one fault, reported by distinct_id.
            messages = list({message.caption_id: message for message in messages}.values())
        for value, count in Counter(getattr(message, attribute) for message in messages).items():
            if count > 1:
                yield Finding(rule, schedule.schedule_id, f"uses a {attribute} {count} times", str(value))


def in_bank(evidence: Evidence) -> Iterator[Finding]:
    """Every caption exists and is active."""
    for schedule, message in evidence.live_messages():
        caption = evidence.caption.get(message.caption_id)
        if caption is None or not caption.active:
            state = "is not in the bank" if caption is None else "is not active"
            yield Finding("captions.in_bank", schedule.schedule_id, f"caption {message.caption_id} {state}")


def key(evidence: Evidence) -> Iterator[Finding]:
    """A message's key is its caption's, and that is the key of its text."""
    for schedule, message in evidence.live_messages():
        caption = evidence.caption.get(message.caption_id)
        if caption and not message.caption_key == caption.caption_key == text_key(caption.text):
            detail = f"{message.caption_key}, bank {caption.caption_key}, text {text_key(caption.text)}"
            yield Finding("captions.key", schedule.schedule_id, f"caption {message.caption_id} has another key", detail)


def text(evidence: Evidence) -> Iterator[Finding]:
    """A sheet's text, with one quote stripped, is the bank's to the last character."""
    for file, sheet in readable(evidence):
        bank = {str(one.caption_id): one for one in evidence.captions}
        for row in sheet.values:
            caption = bank.get(row["caption_id"])
            if caption and row["caption_text"] != caption.text:
                detail = f"{row['caption_text'][:60]!r}, not {caption.text[:60]!r}"
                yield Finding(
                    "captions.text", file.schedule_id, f"caption {caption.caption_id} reads otherwise", detail
                )


def urgent_cap(evidence: Evidence) -> Iterator[Finding]:
    """At most five urgent captions a week."""
    for schedule in evidence.live:
        count = sum(1 for _, caption in _captions_of(evidence, schedule.schedule_id) if caption.urgent)
        if count > CAPS["urgent"]:
            yield Finding(
                "captions.urgent_cap", schedule.schedule_id, f"has {count} urgent captions", f"at most {CAPS['urgent']}"
            )


def category_cap(evidence: Evidence) -> Iterator[Finding]:
    """At most twenty captions of a category a week."""
    for schedule in evidence.live:
        counts = Counter(caption.category for _, caption in _captions_of(evidence, schedule.schedule_id))
        for category, count in counts.items():
            if category is not None and count > CAPS["category"]:
                detail = f"at most {CAPS['category']}"
                yield Finding(
                    "captions.category_cap", schedule.schedule_id, f"has {count} captions of {category}", detail
                )


def restrictions(evidence: Evidence) -> Iterator[Finding]:
    """A page's restrictions and profile hold, unless the switch is off; an unreadable pattern forbids everything."""
    if not evidence.restrictions_enabled:
        return
    rules = {one.page_name: one for one in evidence.restrictions}
    profiles = {one.page_name: one for one in evidence.profiles}
    for schedule in evidence.live:
        for message, caption in _captions_of(evidence, schedule.schedule_id):
            reasons = [
                *_restricted(rules.get(schedule.page_name), message, caption),
                *_not_allowed(profiles.get(schedule.page_name), message, caption),
            ]
            if reasons:
                detail = "; ".join(reasons)
                yield Finding(
                    "captions.restrictions",
                    schedule.schedule_id,
                    f"caption {caption.caption_id} is not allowed",
                    detail,
                )


def _restricted(rule: Restriction | None, message: Message, caption: Caption) -> Iterator[str]:
    other_scope = "PPV_ONLY" if message.message_type == BUMP else "BUMP_ONLY"
    if rule is None or rule.scope == other_scope:
        return
    for pattern in rule.hard_patterns:
        try:
            hit = re.search(pattern, caption.text) is not None
        except re.error as error:
            yield f"pattern {pattern!r} is unreadable: {error}"
        else:
            if hit:
                yield f"pattern {pattern!r}"
    if _listed(caption.category, rule.categories):
        yield f"category {caption.category}"
    if _listed(caption.price_tier, rule.price_tiers):
        yield f"tier {caption.price_tier}"


def _not_allowed(profile: AllowedProfile | None, message: Message, caption: Caption) -> Iterator[str]:
    if profile is None:
        return
    bump = message.message_type == BUMP
    categories = profile.bump_categories if bump else profile.ppv_categories
    tiers = profile.bump_price_tiers if bump else profile.ppv_price_tiers
    if categories and not _listed(caption.category, categories):
        yield f"category {caption.category} is not in the page's profile"
    if tiers and not _listed(caption.price_tier, tiers):
        yield f"tier {caption.price_tier} is not in the page's profile"


def _listed(value: str | None, names: tuple[str, ...]) -> bool:
    return (value or "").casefold() in {name.casefold() for name in names}


def _captions_of(evidence: Evidence, schedule_id: str) -> Iterator[tuple[Message, Caption]]:
    for message in evidence.messages_of(evidence.by_id[schedule_id]):
        caption = evidence.caption.get(message.caption_id)
        if caption:
            yield message, caption


RULES = (
    Rule("captions.distinct_id", distinct_id),
    Rule("captions.distinct_key", distinct_key),
    Rule("captions.in_bank", in_bank),
    Rule("captions.key", key),
    Rule("captions.text", text),
    Rule("captions.urgent_cap", urgent_cap),
    Rule("captions.category_cap", category_cap),
    Rule("captions.restrictions", restrictions),
)
