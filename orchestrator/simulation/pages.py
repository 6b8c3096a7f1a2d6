"""The pages of a sample world: who they are, how many messages they sent, and how their usual week looks."""

import math
import random
from dataclasses import dataclass
from enum import Enum

from orchestrator.domain import AccountSize, PriceTier, constants
from orchestrator.domain.constants import TIER_GROUPS
from orchestrator.errors import UsageError
from orchestrator.simulation.draws import generator, largest_remainder, lognormal

MIN_PAGES = 2
HISTORY_DAYS = 548
DAYS_PER_WEEK = 7

SIZE_SHARES = {
    AccountSize.MICRO: 0.21,
    AccountSize.SMALL: 0.29,
    AccountSize.MEDIUM: 0.29,
    AccountSize.LARGE: 0.16,
    AccountSize.MEGA: 0.05,
}
REVENUE_PER_90_DAYS = {
    AccountSize.MICRO: (3_300, 4_300),
    AccountSize.SMALL: (8_000, 19_000),
    AccountSize.MEDIUM: (35_000, 78_000),
    AccountSize.LARGE: (140_000, 390_000),
    AccountSize.MEGA: (640_000, 1_200_000),
}
"""Dollars, well inside the limits of the account sizes, so that chance never moves a page to another size."""

MANY_OF_A_SIZE = 4
LUXURY_SHARE_OF_PREMIUM = 0.3
SEND_HOURS = (8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22)
HOUR_POPULARITY = (2, 4, 3, 3, 4, 5, 4, 3, 3, 5, 4, 6, 6, 5, 3)

FIRST_NAMES = [
    "ava",
    "bea",
    "cleo",
    "dana",
    "elle",
    "faye",
    "gia",
    "hana",
    "iris",
    "jade",
    "kira",
    "luna",
    "maya",
    "nora",
    "opal",
    "pia",
    "quinn",
    "rosa",
    "sara",
    "tess",
    "uma",
    "vera",
    "wren",
    "yara",
    "zoe",
    "milo",
    "finn",
    "kai",
    "theo",
    "remy",
    "nico",
    "jonas",
    "leo",
    "otis",
    "pablo",
]
THEMES = [
    "fitness",
    "kitchen",
    "travels",
    "music",
    "studio",
    "games",
    "style",
    "paints",
    "wellness",
    "pets",
    "lessons",
    "backstage",
]
SUFFIXES = ("_paid", "_free", "", ".official", "-vip")


class Mood(Enum):
    """How the fans took a page's last week: tired ones open less but buy all the more, saturated ones do neither."""

    ORDINARY = "ordinary"
    TIRED = "tired"
    SATURATED = "saturated"


@dataclass(frozen=True)
class Slot:
    """One sending time that a page repeats every week: Monday is 0, hours are local, bumps have the tier bump."""

    weekday: int
    hour: int
    tier: PriceTier


@dataclass(frozen=True)
class SamplePage:
    """A creator, with the truth the simulation draws from.

    `view_rate` is views per recipient, `purchase_level` multiplies the tier's purchases per view, `audience` is
    recipients at the end of the history. A page without messages is the new one.
    """

    page_name: str
    display_name: str
    size: AccountSize
    messages: int
    slots: tuple[Slot, ...]
    audience: int
    view_rate: float
    purchase_level: float
    monthly_growth: float
    mood: Mood


def make_pages(count: int, messages: int, *, seed: str | int) -> list[SamplePage]:
    """`count` pages that share `messages` by account size; the last one is new, a LARGE one is saturated."""
    if count < MIN_PAGES or messages < count:
        raise UsageError(
            f"A world of {count} pages and {messages} messages is too small",
            why="it needs a page with history, a new page and at least one message for each page",
            fix=f"ask for at least {MIN_PAGES} pages and as many messages as pages",
        )
    names = _page_names(generator(seed, "page names"), count)
    sizes = _sizes(count - 1)
    weights = [float(_base_messages(size)) for size in sizes]
    shares = largest_remainder(messages, weights)
    pages = [
        _page(generator(seed, "page", name), name, size, share, mood)
        for name, size, share, mood in zip(names, sizes, shares, _moods(sizes), strict=False)
    ]
    return [*pages, _page(generator(seed, "page", names[-1]), names[-1], AccountSize.MICRO, 0, Mood.ORDINARY)]


def _page_names(rng: random.Random, count: int) -> list[str]:
    every_name = [f"{first}_{theme}{suffix}" for first in FIRST_NAMES for theme in THEMES for suffix in SUFFIXES]
    if count > len(every_name):
        raise UsageError(
            f"{count} pages are more than the {len(every_name)} names there are", fix="ask for fewer pages"
        )
    rng.shuffle(every_name)
    return every_name[:count]


def _sizes(count: int) -> list[AccountSize]:
    """Sizes in proportion, but every size as soon as there are enough pages."""
    sizes = tuple(SIZE_SHARES)
    if count < len(sizes):
        return [AccountSize.LARGE, AccountSize.MEDIUM, AccountSize.SMALL, AccountSize.MICRO][:count]
    shares = largest_remainder(count - len(sizes), tuple(SIZE_SHARES.values()))
    return [size for size, share in zip(sizes, shares, strict=True) for _ in range(1 + share)]


def _moods(sizes: list[AccountSize]) -> list[Mood]:
    """One saturated page, of enough volume that the collapse is beyond doubt; a few tired ones where there are many."""
    moods = [Mood.ORDINARY] * len(sizes)
    enough_volume = [size for size in (AccountSize.LARGE, AccountSize.MEDIUM, *sizes) if size in sizes]
    moods[sizes.index(enough_volume[0])] = Mood.SATURATED
    for size in (AccountSize.SMALL, AccountSize.MEDIUM, AccountSize.LARGE):
        if sizes.count(size) >= MANY_OF_A_SIZE:
            moods[sizes.index(size) + 1] = Mood.TIRED
    return moods


def _base_messages(size: AccountSize) -> int:
    rule = constants().account_sizes[size]
    return rule.base_ppv + rule.base_bump


def _page(rng: random.Random, name: str, size: AccountSize, messages: int, mood: Mood) -> SamplePage:
    weekly = max(_base_messages(size), math.ceil(messages * DAYS_PER_WEEK / HISTORY_DAYS))
    slots = _weekly_slots(rng, size, weekly)
    purchase_level = lognormal(rng, 0.2)
    view_rate = min(max(0.03 * math.exp(rng.gauss(0.0, 0.9)), 0.005), 0.2)
    views = _views_per_message(rng, size, slots, purchase_level)
    return SamplePage(
        page_name=name,
        display_name=name.replace("_", " ").replace(".", " ").title(),
        size=size,
        messages=messages,
        slots=slots,
        audience=max(round(views / view_rate), 50),
        view_rate=view_rate,
        purchase_level=purchase_level,
        monthly_growth=rng.uniform(-0.01, 0.02),
        mood=mood,
    )


def _weekly_slots(rng: random.Random, size: AccountSize, weekly: int) -> tuple[Slot, ...]:
    """A page keeps its weekly pattern: that is what makes weekday baselines worth having."""
    rule = constants().account_sizes[size]
    ppv, bump = largest_remainder(weekly, (rule.base_ppv, rule.base_bump))
    tiers = _ppv_tiers(rng, ppv) + [PriceTier.BUMP] * bump
    busiest_first = rng.sample(range(DAYS_PER_WEEK), DAYS_PER_WEEK)
    by_day: dict[int, list[PriceTier]] = {day: [] for day in busiest_first}
    for index, tier in enumerate(tiers):
        by_day[busiest_first[index % DAYS_PER_WEEK]].append(tier)
    slots = [
        Slot(day, hour, tier)
        for day, day_tiers in by_day.items()
        for hour, tier in zip(_hours(rng, len(day_tiers)), rng.sample(day_tiers, len(day_tiers)), strict=True)
    ]
    return tuple(sorted(slots, key=lambda slot: (slot.weekday, slot.hour, slot.tier)))


def _ppv_tiers(rng: random.Random, count: int) -> list[PriceTier]:
    mix = rng.choice(tuple(constants().segment_mix.values()))
    budget, mid, premium = largest_remainder(count, [float(mix[group]) for group in TIER_GROUPS])
    luxury = round(premium * LUXURY_SHARE_OF_PREMIUM)
    tiers = [PriceTier.BUDGET] * budget + [PriceTier.MID] * mid + [PriceTier.PREMIUM] * (premium - luxury)
    tiers += [PriceTier.LUXURY] * luxury
    rng.shuffle(tiers)
    return tiers


def _hours(rng: random.Random, count: int) -> list[int]:
    """Distinct hours while there are any, popular ones more often."""
    hours: list[int] = []
    while len(hours) < count:
        hour = rng.choices(SEND_HOURS, HOUR_POPULARITY)[0]
        if hour not in hours or len(hours) >= len(SEND_HOURS):
            hours.append(hour)
    return sorted(hours)


def _views_per_message(rng: random.Random, size: AccountSize, slots: tuple[Slot, ...], purchase_level: float) -> float:
    """Views that earn the revenue of the size, from the tiers' rates and prices."""
    known = constants()
    dollars_per_view_and_week = sum(
        known.bandit.tier_rate[slot.tier] * purchase_level * float(known.price_bands[slot.tier].default_price)
        for slot in slots
        if slot.tier is not PriceTier.BUMP
    )
    revenue = rng.uniform(*REVENUE_PER_90_DAYS[size])
    return revenue / (dollars_per_view_and_week * known.revenue_period_days / DAYS_PER_WEEK)
