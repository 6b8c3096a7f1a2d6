"""A known-good week written by hand: two pages, one exported and one RED and withheld, with the page's past around it.

The week of 2026-10-26 ends on the day the clocks go back and holds a holiday (Halloween, factor .9). Quotas are literal
figures worked out on paper, not computed by anybody's code: 11 PPV and 7 bumps for the MEDIUM GREEN page, 3 and 11 for
the SMALL RED one.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from orchestrator.verify.evidence import (
    Assignment,
    Caption,
    Event,
    Evidence,
    ExportedFile,
    ExportEntry,
    Message,
    Schedule,
    Send,
)

LA = ZoneInfo("America/Los_Angeles")
WEEK = date(2026, 10, 26)
NOW = datetime(2026, 10, 21, 19, 0, tzinfo=UTC)
ALPHA, BETA = "sched_20261026_alpha_v1", "sched_20261026_beta_v1"

TEXTS = (
    "=1+1 is what I owe you",
    "-50% of my shyness is gone",
    "+one more for you",
    "@you, look",
    "'quoted from the start",
    'She said "now", twice,\nand meant it',
    "héllo 🔥 café",
    "line\r\nbreak",
)
HEADER = (
    "schedule_id,page_name,day_of_week,scheduled_send_time,message_type,caption_id,caption_text,price_tier,price,"
    "content_category,has_urgency,performance_score"
)
PRICES = {"budget": "12.00", "mid": "20.50", "premium": "36.00", "luxury": "70.00", "bump": "0.00"}
# Position in the day's clock of each message, per day; minutes are uneven on purpose.
CLOCK = (time(8, 0), time(11, 30), time(15, 0), time(18, 30), time(22, 59))


@dataclass
class Page:
    """One schedule before anything is derived from it: tests change it and get a consistent week around the change."""

    schedule: Schedule
    messages: list[Message]
    exported: bool = True


@dataclass
class World:
    """What a test may change before assignments, events, log and files are derived."""

    pages: dict[str, Page] = field(default_factory=dict)
    captions: dict[int, Caption] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    def edit_message(self, page: str, index: int, **changes: Any) -> None:
        messages = self.pages[page].messages
        messages[index] = replace(messages[index], **changes)

    def edit_schedule(self, page: str, **changes: Any) -> None:
        self.pages[page].schedule = replace(self.pages[page].schedule, **changes)

    def edit_caption(self, caption_id: int, **changes: Any) -> None:
        self.captions[caption_id] = replace(self.captions[caption_id], **changes)


def week_evidence(edit: Callable[[World], None] | None = None) -> Evidence:
    """The good week, or the week that follows from a changed world."""
    world = World()
    alpha_types = day_types(ppv=(2, 2, 2, 2, 1, 1, 1), bumps=(1, 1, 1, 1, 1, 1, 1))
    alpha_tiers = ["budget"] * 2 + ["mid"] * 4 + ["premium"] * 3 + ["luxury"] * 2
    beta_types = day_types(ppv=(0, 0, 1, 1, 1, 0, 0), bumps=(2, 2, 2, 2, 1, 1, 1))
    add_page(world, "alpha", "MEDIUM", "GREEN", 0.1, "PREMIUM", alpha_types, alpha_tiers)
    add_page(world, "beta", "SMALL", "RED", 0.5, "STANDARD", beta_types, ["budget", "mid", "premium"])
    world.pages["beta"].exported = False
    if edit:
        edit(world)
    return _derive(world)


def day_types(ppv: tuple[int, ...], bumps: tuple[int, ...]) -> list[list[str]]:
    return [["PPV"] * p + ["Bump"] * b for p, b in zip(ppv, bumps, strict=True)]


def add_page(
    world: World, page: str, size: str, zone: str, score: float, segment: str, types: list[list[str]], tiers: list[str]
) -> None:
    remaining, messages = list(tiers), []
    for offset, kinds in enumerate(types):
        for clock, kind in zip(CLOCK, kinds, strict=False):
            tier = remaining.pop(0) if kind == "PPV" else "bump"
            caption = _new_caption(world, tier)
            local = datetime.combine(WEEK + timedelta(days=offset), clock, tzinfo=LA)
            messages.append(_message(f"sched_20261026_{page}_v1", len(messages) + 1, local, kind, caption))
    count = {kind: sum(one.message_type == kind for one in messages) for kind in ("PPV", "Bump")}
    schedule = Schedule(
        schedule_id=f"sched_20261026_{page}_v1",
        page_name=page,
        week_start=WEEK,
        version=1,
        status="exported",
        account_size=size,
        zone=zone,
        saturation_score=score,
        segment=segment,
        mode="optimize",
        ppv_target=count["PPV"],
        bump_target=count["Bump"],
        ppv_count=count["PPV"],
        bump_count=count["Bump"],
        seed=f"eros|2026-10-26|{page}|v1",
        shortages=(),
        request_id=None,
        fence=None,
        created_at=NOW,
    )
    world.pages[page] = Page(schedule, messages)


def _new_caption(world: World, tier: str) -> Caption:
    number = len(world.captions)
    text = TEXTS[number] if number < len(TEXTS) else f"Plain caption number {number}"
    caption = Caption(
        # Negative ids and ids beyond a double's integers both occur.
        caption_id=-(9_007_199_254_740_993 + number) if number % 2 else 1000 + number,
        text=text,
        caption_key=key_of(text),
        category=("tease", "holiday", "")[number % 3] or None,
        price_tier=tier,
        urgent=number % 9 == 0,
        active=True,
    )
    world.captions[caption.caption_id] = caption
    return caption


def key_of(text: str) -> str:
    """The keys of this file's texts, whose only specials are punctuation, accents and case."""
    words = "".join(letter if letter.isalnum() or letter == "_" else " " for letter in text.lower()).split()
    return hashlib.sha256(" ".join(words).encode()).hexdigest()


def _message(schedule_id: str, position: int, local: datetime, kind: str, caption: Caption) -> Message:
    return Message(
        schedule_id=schedule_id,
        position=position,
        send_time=local.astimezone(UTC),
        message_type=kind,
        caption_id=caption.caption_id,
        caption_key=caption.caption_key,
        price_tier=caption.price_tier,
        price=Decimal(PRICES[caption.price_tier]),
        expected_emv=0.0 if kind == "Bump" else 31.25,
        final_score=0.123449 if kind == "Bump" else 31.25,
        propensity=None,
        reason={"pick": {"thompson_score": 0.25}},
    )


def _derive(world: World) -> Evidence:
    schedules, messages, assignments, events, exports, files = [], [], [], [], [], []
    for fence, page in enumerate(world.pages.values(), start=3):
        schedule = replace(page.schedule, status="exported" if page.exported else "approved")
        locked = assignments_for(schedule, page.messages, fence)
        schedule = replace(schedule, fence=fence, request_id=locked[0].request_id)
        schedules.append(schedule)
        messages += page.messages
        assignments += locked
        steps = ["draft", "locked", "approved", *(["exported"] if page.exported else [])]
        events += [
            Event(schedule.schedule_id, f"to_{after}", NOW, before, after)
            for before, after in zip([None, *steps], steps, strict=False)
        ]
        if page.exported:
            data = sheet_bytes(schedule, page.messages, world.captions)
            path = f"2026-10-26/{schedule.schedule_id}.csv"
            files.append(ExportedFile(path, data))
            exports.append(log_entry(schedule.schedule_id, len(page.messages), data))
    evidence = Evidence(
        week=WEEK,
        now=NOW,
        files=tuple(files),
        schedules=tuple(schedules),
        messages=tuple(messages),
        captions=tuple(world.captions.values()),
        assignments=tuple(assignments),
        events=tuple(events),
        exports=tuple(exports),
        sends=(Send("m1", "alpha", key_of(TEXTS[0]), datetime(2026, 10, 19, 20, 0, tzinfo=UTC)),),
        day_factors={date(2026, 10, 31): Decimal("0.9")},
        guard_fences={name: fence for fence, name in enumerate(world.pages, start=3)},
    )
    return replace(evidence, **world.extra)


def assignments_for(schedule: Schedule, messages: list[Message], fence: int) -> list[Assignment]:
    """The lock of a schedule: one assignment per message."""
    in_order = sorted(messages, key=lambda one: (one.local.date(), one.local.hour, one.caption_id))
    slots = [f"{one.local.date()}|{one.local.hour}|{one.caption_id}" for one in in_order]
    request = hashlib.sha256("|".join([schedule.schedule_id, *slots]).encode()).hexdigest()
    return [
        Assignment(
            assignment_key=hashlib.sha256(
                f"{schedule.schedule_id}|{one.caption_id}|{one.local.date()}|{one.local.hour}".encode()
            ).hexdigest(),
            schedule_id=schedule.schedule_id,
            page_name=schedule.page_name,
            caption_id=one.caption_id,
            caption_key=one.caption_key,
            send_time=one.send_time,
            send_date=one.local.date(),
            send_hour=one.local.hour,
            message_type=one.message_type,
            price_tier=one.price_tier,
            active=True,
            fence=fence,
            request_id=request,
            deactivated_at=None,
            deactivation_reason=None,
        )
        for one in messages
    ]


def log_entry(schedule_id: str, count: int, data: bytes) -> ExportEntry:
    """A successful export of that file."""
    target = f"out/2026-10-26/{schedule_id}.csv"
    return ExportEntry(schedule_id, "csv", target, count, hashlib.sha256(data).hexdigest(), "success", NOW)


def sheet_bytes(schedule: Schedule, messages: list[Message], captions: dict[int, Caption]) -> bytes:
    """The sheet as the contract describes it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER.split(","))
    for one in sorted(messages, key=lambda message: message.send_time):
        caption = captions.get(one.caption_id)
        row = [
            schedule.schedule_id,
            schedule.page_name,
            one.local.strftime("%A"),
            one.local.isoformat(timespec="seconds"),
            one.message_type,
            str(one.caption_id),
            caption.text if caption else "",
            one.price_tier,
            f"{one.price:.2f}",
            (caption.category if caption else None) or "",
            "TRUE" if caption and caption.urgent else "FALSE",
            f"{one.final_score:.4f}",
        ]
        writer.writerow([f"'{cell}" if cell[:1] in "=+-@\t\r'" and cell else cell for cell in row])
    return out.getvalue().encode()
