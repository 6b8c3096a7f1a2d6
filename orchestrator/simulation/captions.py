"""The caption library of a sample world: distinct natural texts, some of them in the bank twice under another id."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from orchestrator.domain import caption_key
from orchestrator.simulation import wording
from orchestrator.simulation.draws import generator, lognormal

DUPLICATE_SHARE = 7_380 / 44_651
"""Share of the bank that repeats an earlier text: 44,651 captions held 37,271 distinct texts."""

TIER_SHARES = {"budget": 0.30, "mid": 0.28, "premium": 0.16, "luxury": 0.07, "bump": 0.19}
TRIGGER_SHARES = {
    "General": 0.427,
    "Curiosity": 0.345,
    "Urgency": 0.180,
    "Exclusivity": 0.040,
    "Social Proof": 0.006,
    "Scarcity": 0.002,
}
BUMP_TRIGGERS = ("General", "Curiosity")
INACTIVE_SHARE = 0.03
NEW_SHARE = 0.10
LINE_BREAK_SHARE = 0.08
RETIERED_DUPLICATE_SHARE = 0.10
QUALITY_SPREAD = 0.30
LARGEST_NUMBER = 60


@dataclass(frozen=True)
class SampleCaption:
    """A row of captions.csv, and two things only the simulation knows.

    `quality` multiplies the purchase rate of the tier; a caption that `is_new` has never been sent by anyone.
    """

    caption_id: int
    caption_text: str
    content_category: str
    price_tier: str
    has_urgency: bool
    psychological_trigger: str
    is_active: bool
    created_at: datetime
    quality: float
    is_new: bool


def make_captions(count: int, *, seed: str | int, history_start: date, until: date) -> list[SampleCaption]:
    """`count` captions in a shuffled order, DUPLICATE_SHARE of them texts that are in the bank already."""
    rng = generator(seed, "captions")
    duplicates = round(count * DUPLICATE_SHARE)
    ids = _distinct_ids(rng, count)
    originals = [
        _caption(rng, caption_id, tier, text, category, trigger, history_start, until)
        for caption_id, (tier, text, category, trigger) in zip(
            ids, _distinct_texts(rng, count - duplicates), strict=False
        )
    ]
    repeated = [
        _duplicate(rng, rng.choice(originals), caption_id, history_start, until) for caption_id in ids[len(originals) :]
    ]
    captions = originals + repeated
    rng.shuffle(captions)
    return captions


def fresh_text(rng: random.Random, tier: str) -> str:
    """A text in the style of the bank, for messages that were typed by hand."""
    return _text(rng, tier, rng.choice(tuple(wording.PPV_SUBJECTS)), "General")


def _distinct_ids(rng: random.Random, count: int) -> list[int]:
    """Signed 64-bit hashes: about half are negative, none is 0."""
    ids: dict[int, None] = {}
    while len(ids) < count:
        candidate = rng.getrandbits(64) - 2**63
        if candidate:
            ids[candidate] = None
    return list(ids)


def _distinct_texts(rng: random.Random, count: int) -> Iterator[tuple[str, str, str, str]]:
    """(tier, text, category, trigger) with no two texts of the same key."""
    tiers = rng.choices(tuple(TIER_SHARES), tuple(TIER_SHARES.values()), k=count)
    triggers = rng.choices(tuple(TRIGGER_SHARES), tuple(TRIGGER_SHARES.values()), k=count)
    categories = tuple(wording.PPV_SUBJECTS)
    seen: set[str] = set()
    for tier, trigger in zip(tiers, triggers, strict=True):
        category = rng.choice(categories)
        if tier == "bump" and trigger not in BUMP_TRIGGERS:
            trigger = "General"
        text = _text(rng, tier, category, trigger)
        while (key := caption_key(text)) in seen:
            text = _text(rng, tier, category, trigger)
        seen.add(key)
        yield tier, text, category, trigger


def _text(rng: random.Random, tier: str, category: str, trigger: str) -> str:
    if tier == "bump":
        parts = [
            _fill(rng, rng.choice(wording.BUMP_GREETINGS)),
            _fill(rng, rng.choice(wording.BUMP_SUBJECTS[category])),
            _fill(rng, rng.choice(wording.BUMP_ENDINGS)),
        ]
    else:
        subject = _fill(rng, rng.choice(wording.PPV_SUBJECTS[category]))
        parts = [
            rng.choice(wording.OPENINGS[trigger]).replace("{subject}", subject),
            _sentence(_fill(rng, rng.choice(wording.PPV_DETAILS))),
            _fill(rng, rng.choice(wording.CLOSINGS)),
        ]
    separator = "\n" if rng.random() < LINE_BREAK_SHARE else " "
    return separator.join(part for part in parts if part)


def _sentence(phrase: str) -> str:
    return f"{phrase[0].upper()}{phrase[1:]}."


def _fill(rng: random.Random, phrase: str) -> str:
    if "{" not in phrase:
        return phrase
    phrase = phrase.replace("{n}", str(rng.randint(3, LARGEST_NUMBER)))
    return phrase.replace("{name}", rng.choice(wording.NAMES)).replace("{day}", rng.choice(wording.DAYS))


def _caption(
    rng: random.Random,
    caption_id: int,
    tier: str,
    text: str,
    category: str,
    trigger: str,
    history_start: date,
    until: date,
) -> SampleCaption:
    is_new = rng.random() < NEW_SHARE
    return SampleCaption(
        caption_id=caption_id,
        caption_text=text,
        content_category=category,
        price_tier=tier,
        has_urgency=trigger == "Urgency",
        psychological_trigger=trigger,
        is_active=rng.random() >= INACTIVE_SHARE,
        created_at=_created_at(rng, is_new, history_start, until),
        quality=lognormal(rng, QUALITY_SPREAD),
        is_new=is_new,
    )


def _duplicate(
    rng: random.Random, original: SampleCaption, caption_id: int, history_start: date, until: date
) -> SampleCaption:
    """The same text entered again later, now and then under another tier."""
    tier = original.price_tier
    if tier != "bump" and rng.random() < RETIERED_DUPLICATE_SHARE:
        tier = rng.choice([other for other in TIER_SHARES if other not in ("bump", tier)])
    return SampleCaption(
        caption_id=caption_id,
        caption_text=original.caption_text,
        content_category=original.content_category,
        price_tier=tier,
        has_urgency=original.has_urgency,
        psychological_trigger=original.psychological_trigger,
        is_active=True,
        created_at=_created_at(rng, original.is_new, history_start, until),
        quality=original.quality,
        is_new=original.is_new,
    )


def _created_at(rng: random.Random, is_new: bool, history_start: date, until: date) -> datetime:
    """Captions that were ever sent are older than the history; new ones are a month old at most."""
    first_day = until - timedelta(days=30) if is_new else history_start - timedelta(days=365)
    last_day = until - timedelta(days=1) if is_new else history_start - timedelta(days=1)
    day = first_day + timedelta(days=rng.randrange((last_day - first_day).days + 1))
    return datetime.combine(day, time(rng.randrange(24), rng.randrange(60)), tzinfo=UTC)
