"""What the pages of a sample world sent, and how their audiences answered.

Each page repeats its weekly pattern back from the last day until its messages are used up. Rates follow the caption,
the hour, the weekday, holidays and how often the page has used the caption lately. The answers of the last seven days
are drawn again until the page looks as it was meant: a sample promises exactly one saturated page, and a small page can
collapse by chance.
"""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from orchestrator.domain import PriceTier, caption_key, constants, to_utc
from orchestrator.domain.holidays import holidays
from orchestrator.simulation.captions import SampleCaption, fresh_text
from orchestrator.simulation.draws import binomial, generator, lognormal, skewed_index
from orchestrator.simulation.pages import Mood, SamplePage, Slot
from orchestrator.simulation.vitals import Change, Day, Vitals

RECENT_DAYS = 7
CANDIDATE_WEEKS = 60

ID_SHARE = 0.0913
"""5,790 of 63,411 messages carried a caption id."""
TYPED_SHARE = 0.12
"""Messages written by hand: their text is in no library."""
RESTYLED_SHARE = 0.30
NULL_BUMP_PURCHASES = 0.30
NULL_PPV_PURCHASES = 0.004
NULLS_END_DAYS = 100
FAVOURITES = 220
REST_DAYS = 10

WEEKDAY_LIFT = (0.95, 0.96, 0.98, 1.00, 1.08, 1.06, 0.97)
VIEW_SPREAD = 0.06
PURCHASE_SPREAD = 0.10
MOOD_FACTORS = {Mood.ORDINARY: (1.0, 1.0), Mood.TIRED: (0.62, 1.80), Mood.SATURATED: (0.55, 0.35)}
"""What becomes of views per recipient and of purchases per view in the last seven days."""


Library = Mapping[PriceTier, Sequence[SampleCaption]]
"""The captions that pages send, by tier; none of the lists is empty."""


@dataclass(frozen=True)
class SampleMessage:
    """A row of messages.csv without its id; prices and earnings in whole dollars."""

    page_name: str
    message: str
    caption_id: int | None
    sending_time: datetime
    price: int
    sent_count: int
    viewed_count: int
    purchased_count: int | None
    earnings: int
    message_type: str


@dataclass
class _Use:
    freshness: float
    day: date


@dataclass
class _Sent:
    """One message before it is worded: the numbers that a draw decides."""

    day: date
    slot: Slot
    caption: SampleCaption
    sending_time: datetime
    price: int
    sent: int
    viewed: int = 0
    purchased: int = 0
    appeal: float = 1.0
    """Everything that moves the purchase rate, except noise."""


@dataclass
class _PageHistory:
    page: SamplePage
    rng: random.Random
    shelves: dict[PriceTier, list[SampleCaption]]
    major_holidays: dict[date, float]
    until: date
    uses: dict[int, _Use] = field(default_factory=dict)


def sendable(captions: Sequence[SampleCaption]) -> Library:
    """The captions by tier without the new ones, which nobody has sent yet; an empty tier borrows from the others."""
    old = [caption for caption in captions if not caption.is_new] or list(captions)
    return {tier: [caption for caption in old if caption.price_tier == tier] or old for tier in PriceTier}


def page_messages(page: SamplePage, library: Library, *, seed: str | int, until: date) -> list[SampleMessage]:
    """The page's whole history in order of time; it ends on the local day before `until`."""
    if not page.messages:
        return []
    rng = generator(seed, "history", page.page_name)
    state = _PageHistory(page, rng, _shelves(rng, page, library), _major_holidays(until), until)
    plan = list(_plan(page, until))
    sent = [_send(state, day, slot) for day, slot in plan]
    recent_from = until - timedelta(days=RECENT_DAYS)
    older = [message for message in sent if message.day < recent_from]
    recent = [message for message in sent if message.day >= recent_from]
    for message in older:
        _answer(state, message)
    _answer_recent(state, older, recent)
    return [_worded(state, message) for message in sorted(sent, key=lambda message: message.sending_time)]


def _shelves(rng: random.Random, page: SamplePage, library: Library) -> dict[PriceTier, list[SampleCaption]]:
    """The page's favourites by tier, best loved first."""
    tiers = dict.fromkeys(slot.tier for slot in page.slots)
    return {tier: rng.sample(library[tier], min(FAVOURITES, len(library[tier]))) for tier in tiers}


def _major_holidays(until: date) -> dict[date, float]:
    return {
        holiday.holiday_date: holiday.saturation_impact_factor
        for holiday in holidays(until.year - 2, until.year)
        if holiday.is_major_holiday
    }


def _plan(page: SamplePage, until: date) -> Iterator[tuple[date, Slot]]:
    """The page's (day, slot) pairs, oldest first; the first week is cut to the exact number of messages."""
    by_weekday: dict[int, list[Slot]] = {}
    for slot in page.slots:
        by_weekday.setdefault(slot.weekday, []).append(slot)
    backwards: list[tuple[date, Slot]] = []
    day = until
    while len(backwards) < page.messages:
        day -= timedelta(days=1)
        backwards += [(day, slot) for slot in reversed(by_weekday.get(day.weekday(), []))]
    return reversed(backwards[: page.messages])


def _send(state: _PageHistory, day: date, slot: Slot) -> _Sent:
    """Choose the caption, the price and the recipients, and work out how the message will appeal."""
    rng, page = state.rng, state.page
    caption = _choose_caption(state, day, slot.tier)
    price = _price(rng, slot.tier)
    months = (state.until - day).days / 30
    audience = page.audience / (1 + page.monthly_growth) ** months
    message = _Sent(
        day=day,
        slot=slot,
        caption=caption,
        sending_time=to_utc(day, time(slot.hour, rng.randrange(60))),
        price=price,
        sent=max(round(audience * rng.uniform(0.93, 1.0)), 10),
    )
    message.appeal = _appeal(state, message)
    return message


def _choose_caption(state: _PageHistory, day: date, tier: PriceTier) -> SampleCaption:
    """A favourite that has rested; after a few tries any favourite will do, as people do it."""
    shelf = state.shelves[tier]
    for _ in range(4):
        caption = shelf[skewed_index(state.rng, len(shelf))]
        use = state.uses.get(caption.caption_id)
        if use is None or (day - use.day).days >= REST_DAYS:
            break
    return caption


def _price(rng: random.Random, tier: PriceTier) -> int:
    """Whole dollars inside the band of the tier; most prices are the tier's usual one."""
    band = constants().price_bands[tier]
    usual = int(band.default_price)
    return min(max(usual + rng.choice((-2, -1, 0, 0, 0, 0, 1, 2)), int(band.low)), int(band.high))


def _appeal(state: _PageHistory, message: _Sent) -> float:
    hour_lift = 1.0 + 0.08 * math.sin((message.slot.hour - 14) / 7 * math.pi / 2)
    factor = message.caption.quality * hour_lift * WEEKDAY_LIFT[message.slot.weekday]
    factor *= 0.4 + 0.6 * state.major_holidays.get(message.day, 1.0)
    return factor * _use_caption(state, message.caption.caption_id, message.day)


def _use_caption(state: _PageHistory, caption_id: int, day: date) -> float:
    """Freshness at this use: it drops with every use and recovers with the time constant of the constants."""
    bandit = constants().bandit
    use = state.uses.get(caption_id)
    freshness = 1.0
    if use is not None:
        rested = math.exp(-(day - use.day).days / bandit.fatigue_tau_days)
        freshness = 1.0 - (1.0 - use.freshness) * rested
    state.uses[caption_id] = _Use(freshness * (1 - bandit.fatigue_drop), day)
    return freshness


def _answer(state: _PageHistory, message: _Sent) -> None:
    """Draw views and purchases; the mood of the page shows in the last week."""
    rng, page = state.rng, state.page
    mood = page.mood if message.day >= state.until - timedelta(days=RECENT_DAYS) else Mood.ORDINARY
    view_factor, purchase_factor = MOOD_FACTORS[mood]
    holiday = state.major_holidays.get(message.day, 1.0)
    view_rate = page.view_rate * (0.5 + 0.5 * holiday) * lognormal(rng, VIEW_SPREAD)
    rate = constants().bandit.tier_rate[message.slot.tier] * page.purchase_level * message.appeal
    rate *= lognormal(rng, PURCHASE_SPREAD)
    message.viewed = max(binomial(rng, message.sent, view_rate * view_factor), 1)
    is_free = message.slot.tier is PriceTier.BUMP
    message.purchased = 0 if is_free else binomial(rng, message.viewed, rate * purchase_factor)


def _answer_recent(state: _PageHistory, older: Sequence[_Sent], recent: Sequence[_Sent]) -> None:
    """Draw the last week until it shows the mood of the page; else keep the draw that comes nearest."""
    holiday_dates = set(state.major_holidays)
    vitals = Vitals.of(_days(older, holiday_dates))
    view_factor, purchase_factor = MOOD_FACTORS[state.page.mood]
    meant = Change(view_factor - 1, view_factor * purchase_factor - 1)
    best: tuple[float, list[tuple[int, int]]] | None = None
    for _ in range(CANDIDATE_WEEKS):
        for message in recent:
            _answer(state, message)
        departure = vitals.departure(_days(recent, holiday_dates), meant)
        if best is None or departure < best[0]:
            best = departure, [(message.viewed, message.purchased) for message in recent]
        if departure == 0 or state.page.mood is Mood.SATURATED:
            break
    if best is not None:
        for message, (viewed, purchased) in zip(recent, best[1], strict=True):
            message.viewed, message.purchased = viewed, purchased


def _days(messages: Sequence[_Sent], holiday_dates: set[date]) -> dict[date, Day]:
    """Paid messages added up by local day, without major holidays."""
    days: dict[date, Day] = {}
    for message in messages:
        if message.day not in holiday_dates and message.slot.tier is not PriceTier.BUMP:
            day = days.setdefault(message.day, Day())
            day.sent += message.sent
            day.viewed += message.viewed
            day.earnings += message.purchased * message.price
    return days


def _worded(state: _PageHistory, message: _Sent) -> SampleMessage:
    """Give the message its text: the caption's, now and then restyled, or one typed by hand."""
    rng = state.rng
    is_bump = message.slot.tier is PriceTier.BUMP
    draw = rng.random()
    caption_id: int | None = None
    text = message.caption.caption_text
    if draw < ID_SHARE:
        caption_id = message.caption.caption_id
    elif draw < ID_SHARE + TYPED_SHARE:
        text = f"{fresh_text(rng, message.slot.tier)} ({message.day:%B %d})"
    elif rng.random() < RESTYLED_SHARE:
        text = _restyled(rng, text)
    return SampleMessage(
        page_name=state.page.page_name,
        message=text,
        caption_id=caption_id,
        sending_time=message.sending_time.astimezone(UTC),
        price=message.price,
        sent_count=message.sent,
        viewed_count=message.viewed,
        purchased_count=_reported_purchases(state, message),
        earnings=message.purchased * message.price,
        message_type="Bump" if is_bump else "PPV",
    )


def _reported_purchases(state: _PageHistory, message: _Sent) -> int | None:
    """Some exports lack the count: many bumps, and a few old paid messages."""
    if message.slot.tier is PriceTier.BUMP:
        return None if state.rng.random() < NULL_BUMP_PURCHASES else 0
    is_old = (state.until - message.day).days > NULLS_END_DAYS
    return None if is_old and state.rng.random() < NULL_PPV_PURCHASES else message.purchased


def _restyled(rng: random.Random, text: str) -> str:
    """The same words in another dress: the caption key does not change."""
    restyled = rng.choice(
        (text.upper(), f"{text} 💕", f"  {text}!!", text.replace(" ", "  "), f"✨ {text} ✨", text.lower())
    )
    return restyled if caption_key(restyled) == caption_key(text) else text
