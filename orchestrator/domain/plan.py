"""What goes into the week builder and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from math import isfinite

from orchestrator.domain.constants import constants
from orchestrator.domain.evidence import PickEvidence, SlotEvidence
from orchestrator.domain.identity import plan_seed, schedule_id
from orchestrator.domain.kinds import AccountSize, MessageType, Mode, PriceTier, Segment, Zone
from orchestrator.domain.labels import page_name
from orchestrator.domain.week import Week


@dataclass(frozen=True)
class Candidate:
    """A caption the selector offers for a page's week; it is free on all seven days.

    `expected_emv` is dollars per send, `final_score` what the selector ranks by, `recommended_price` dollars or None
    when nothing is recommended, `propensity` the chance of the pick in [0, 1] when it was measured, `evidence` the
    numbers behind the score.
    """

    caption_id: int
    caption_key: str
    caption_text: str
    price_tier: PriceTier
    content_category: str
    has_urgency: bool
    final_score: float
    expected_emv: float
    recommended_price: Decimal | None = None
    propensity: float | None = None
    reason: str = ""
    evidence: PickEvidence | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be ranked or sold."""
        if not (isfinite(self.final_score) and isfinite(self.expected_emv)):
            raise ValueError(f"caption {self.caption_id}: score {self.final_score}, EMV {self.expected_emv}")
        if self.recommended_price is not None and not self.recommended_price.is_finite():
            raise ValueError(f"caption {self.caption_id}: recommended price {self.recommended_price}")

    @property
    def message_type(self) -> MessageType:
        """Bump captions are free messages, every other tier is sold."""
        return MessageType.BUMP if self.price_tier is PriceTier.BUMP else MessageType.PPV


@dataclass(frozen=True)
class PlannedMessage:
    """One message of a week; `position` counts from 1 by time.

    `reason` tells people why, `pick` and `slot` keep the numbers.
    """

    position: int
    scheduled_send_time: datetime
    message_type: MessageType
    caption_id: int
    caption_key: str
    caption_text: str
    content_category: str
    has_urgency: bool
    price_tier: PriceTier
    price: Decimal
    expected_emv: float
    final_score: float
    propensity: float | None
    reason: Mapping[str, str]
    pick: PickEvidence | None = None
    slot: SlotEvidence | None = None


@dataclass(frozen=True)
class Shortage:
    """Messages that the week lacks, and why; `premium` stands for premium and luxury together."""

    price_tier: PriceTier
    missing: int
    reason: str


@dataclass(frozen=True)
class WeekRequest:
    """Everything the builder may know about one page's week.

    `day_factors` scales the volume of local dates (1 when absent), `occupied` are the instants of messages the page has
    anyway (the weeks before and after), `history` the local dates on which a caption_key was sent or is reserved.
    """

    page_name: str
    week: Week
    account_size: AccountSize
    zone: Zone
    segment: Segment
    candidates: tuple[Candidate, ...]
    mode: Mode = Mode.OPTIMIZE
    version: int = 1
    seed: str = field(default_factory=lambda: constants().default_seed)
    policy_version: str = field(default_factory=lambda: constants().policy_version)
    day_factors: Mapping[date, Decimal] = field(default_factory=dict)
    occupied: tuple[datetime, ...] = ()
    history: Mapping[str, tuple[date, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what would make a silently wrong week."""
        page_name(self.page_name)
        if any(instant.tzinfo is None for instant in self.occupied):
            raise ValueError(f"{self.page_name}: an occupied instant has no UTC offset")
        if len({one.caption_id for one in self.candidates}) < len(self.candidates):
            raise ValueError(f"{self.page_name}: a caption_id is offered twice")
        if any(factor < 0 for factor in self.day_factors.values()):
            raise ValueError(f"{self.page_name}: a day factor is negative")

    @property
    def schedule_id(self) -> str:
        """The id of the schedule this request makes."""
        return schedule_id(self.week, self.page_name, self.version)

    @property
    def plan_seed(self) -> str:
        """The one source of chance in the plan, and the selector's p_seed."""
        return plan_seed(self.seed, self.week, self.page_name, self.version)


@dataclass(frozen=True)
class WeekPlan:
    """A valid week. The targets are what the page should get; the messages are what the captions allow."""

    request: WeekRequest
    ppv_target: int
    bump_target: int
    messages: tuple[PlannedMessage, ...]
    shortages: tuple[Shortage, ...]

    @property
    def schedule_id(self) -> str:
        """sched_<YYYYMMDD>_<page>_v<N>."""
        return self.request.schedule_id

    @property
    def ppv_count(self) -> int:
        """Paid messages in the week."""
        return sum(message.message_type is MessageType.PPV for message in self.messages)

    @property
    def bump_count(self) -> int:
        """Free messages in the week."""
        return len(self.messages) - self.ppv_count

    @property
    def expected_emv(self) -> float:
        """Dollars the week is expected to earn."""
        return sum(message.expected_emv for message in self.messages)
