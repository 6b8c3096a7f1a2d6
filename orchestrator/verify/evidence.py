"""What the checker looks at: plain, frozen rows of the warehouse and the bytes of the exported files.

Nothing here is shared with the programs being checked, so that an error of theirs cannot hide itself. All instants are
aware datetimes in UTC; money is Decimal dollars; local dates are those of the business zone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sql import constants

LA = ZoneInfo(constants()["time"]["zone"])

# A schedule from `locked` on is what people will send; at most one of them may exist for a page's week.
LIVE_STATUSES = frozenset({"locked", "approved", "exported", "sent", "settled"})
STATUSES = LIVE_STATUSES | {"draft", "rejected", "cancelled", "failed", "superseded"}
EXPORTED_STATUSES = frozenset({"exported", "sent", "settled"})


@dataclass(frozen=True)
class Finding:
    """One broken rule. `message` says what is wrong in a sentence; `detail` gives the values seen."""

    rule: str
    schedule_id: str
    message: str
    detail: str = ""

    def __str__(self) -> str:
        tail = f" ({self.detail})" if self.detail else ""
        return f"{self.rule}: {self.schedule_id}: {self.message}{tail}"


@dataclass(frozen=True)
class Schedule:
    """A row of schedule_recommendations."""

    schedule_id: str
    page_name: str
    week_start: date
    version: int
    status: str
    account_size: str
    zone: str
    saturation_score: float | None
    segment: str
    mode: str
    ppv_target: int
    bump_target: int
    ppv_count: int
    bump_count: int
    seed: str
    shortages: tuple[Mapping[str, Any], ...]
    request_id: str | None
    fence: int | None
    created_at: datetime

    @property
    def unknown_terms(self) -> list[str]:
        """What the business constants have no entry for."""
        terms = {"account_sizes": self.account_size, "zones": self.zone, "modes": self.mode, "segments": self.segment}
        return [f"{kind}: {value}" for kind, value in terms.items() if value not in constants()[kind]]


@dataclass(frozen=True)
class Message:
    """A row of schedule_messages."""

    schedule_id: str
    position: int
    send_time: datetime
    message_type: str
    caption_id: int
    caption_key: str
    price_tier: str
    price: Decimal
    expected_emv: float | None
    final_score: float | None
    propensity: float | None
    reason: Mapping[str, Any]

    @property
    def local(self) -> datetime:
        """The send time on the wall clock of the business zone."""
        return self.send_time.astimezone(LA)


@dataclass(frozen=True)
class Caption:
    """A row of caption_bank."""

    caption_id: int
    text: str
    caption_key: str
    category: str | None
    price_tier: str
    urgent: bool
    active: bool


@dataclass(frozen=True)
class Assignment:
    """A row of active_caption_assignments."""

    assignment_key: str
    schedule_id: str
    page_name: str
    caption_id: int
    caption_key: str
    send_time: datetime
    send_date: date
    send_hour: int
    message_type: str
    price_tier: str
    active: bool
    fence: int | None
    request_id: str | None
    deactivated_at: datetime | None
    deactivation_reason: str | None


@dataclass(frozen=True)
class Send:
    """A row of mass_messages: something that has been sent."""

    message_id: str
    page_name: str
    caption_key: str
    sending_time: datetime


@dataclass(frozen=True)
class Event:
    """A row of schedule_events; before and after are the statuses around the action."""

    schedule_id: str
    action: str
    at: datetime
    before: str | None
    after: str | None


@dataclass(frozen=True)
class ExportEntry:
    """A row of schedule_export_log."""

    schedule_id: str
    export_format: str
    target: str | None
    message_count: int
    content_hash: str | None
    status: str
    exported_at: datetime


@dataclass(frozen=True)
class Restriction:
    """The newest active row of creator_caption_restrictions for a page."""

    page_name: str
    hard_patterns: tuple[str, ...]
    categories: tuple[str, ...]
    price_tiers: tuple[str, ...]
    scope: str | None


@dataclass(frozen=True)
class AllowedProfile:
    """The newest active row of creator_allowed_profile for a page; an empty list allows everything."""

    page_name: str
    ppv_categories: tuple[str, ...]
    ppv_price_tiers: tuple[str, ...]
    bump_categories: tuple[str, ...]
    bump_price_tiers: tuple[str, ...]


@dataclass(frozen=True)
class ExportedFile:
    """A file found under `<out>/<week>/`; `path` is relative to `<out>`, with forward slashes."""

    path: str
    data: bytes

    @property
    def schedule_id(self) -> str:
        """The schedule that the file's name promises."""
        return self.path.rsplit("/", 1)[-1].removesuffix(".csv")


@dataclass(frozen=True)
class Evidence:
    """Everything known about one week. `schedules` and `messages` also hold the week before and the week after."""

    week: date
    now: datetime
    files: tuple[ExportedFile, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    messages: tuple[Message, ...] = ()
    captions: tuple[Caption, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    sends: tuple[Send, ...] = ()
    events: tuple[Event, ...] = ()
    exports: tuple[ExportEntry, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    profiles: tuple[AllowedProfile, ...] = ()
    restrictions_enabled: bool = True
    day_factors: Mapping[date, Decimal] = field(default_factory=dict)
    guard_fences: Mapping[str, int] = field(default_factory=dict)
    cooldown_conflicts_in_sql: int = 0

    @cached_property
    def of_week(self) -> tuple[Schedule, ...]:
        """Every schedule that starts in the week itself, in any status."""
        return tuple(one for one in self.schedules if self.week <= one.week_start < self.week + timedelta(days=7))

    @cached_property
    def live(self) -> tuple[Schedule, ...]:
        """The week's schedules that are locked or further."""
        return tuple(one for one in self.of_week if one.status in LIVE_STATUSES)

    @cached_property
    def measurable(self) -> tuple[Schedule, ...]:
        """The live schedules with known size, zone, mode and segment; `identity.terms` reports the others."""
        return tuple(one for one in self.live if not one.unknown_terms)

    @cached_property
    def by_id(self) -> Mapping[str, Schedule]:
        """Schedules of all three weeks by schedule_id."""
        return {one.schedule_id: one for one in self.schedules}

    @cached_property
    def caption(self) -> Mapping[int, Caption]:
        """The bank by caption_id."""
        return {one.caption_id: one for one in self.captions}

    def messages_of(self, schedule: Schedule) -> list[Message]:
        """A schedule's messages in order of sending."""
        return self._messages.get(schedule.schedule_id, [])

    @cached_property
    def _messages(self) -> Mapping[str, list[Message]]:
        grouped = group_by(self.messages, lambda one: one.schedule_id)
        return {key: sorted(rows, key=lambda one: (one.send_time, one.position)) for key, rows in grouped.items()}

    def assignments_of(self, schedule: Schedule) -> list[Assignment]:
        """A schedule's assignments, active or not."""
        return self._assignments.get(schedule.schedule_id, [])

    @cached_property
    def _assignments(self) -> Mapping[str, list[Assignment]]:
        return group_by(self.assignments, lambda one: one.schedule_id)

    def live_messages(self) -> Iterator[tuple[Schedule, Message]]:
        """Every message of every live schedule of the week."""
        for schedule in self.live:
            for message in self.messages_of(schedule):
                yield schedule, message

    def week_dates(self) -> list[date]:
        """Monday to Sunday."""
        return [self.week + timedelta(days=offset) for offset in range(7)]


@dataclass(frozen=True)
class Rule:
    """A named line of the contract and the function that finds where it is broken."""

    name: str
    check: Callable[[Evidence], Iterator[Finding]]


def group_by(rows: Any, key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    """Rows in lists by key, in the order given."""
    grouped: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[key(row)].append(row)
    return dict(grouped)


def as_text(send_time: datetime) -> str:
    """An instant as people read it: local wall clock with its offset."""
    return send_time.astimezone(LA).isoformat(timespec="minutes")
