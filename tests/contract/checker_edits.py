"""Ways to break the good week: edits before anything is derived from it, or of one file or row afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from orchestrator.verify.evidence import Evidence
from tests.contract.checker_world import (
    LA,
    WEEK,
    Page,
    World,
    add_page,
    day_types,
    week_evidence,
)

Edit = Callable[[World], None]


def at(day: int, clock: time) -> datetime:
    """An instant by day of the week (0 = Monday) and local clock."""
    return datetime.combine(WEEK + timedelta(days=day), clock, tzinfo=LA).astimezone(UTC)


def rename(world: World, page: str, name: str, **changes: Any) -> None:
    """Give a page's schedule another identity, consistently."""
    old = world.pages.pop(page)
    schedule = replace(old.schedule, page_name=name, **changes)
    number = f"sched_{schedule.week_start:%Y%m%d}_{name}_v{schedule.version}"
    seed = f"eros|{schedule.week_start}|{name}|v{schedule.version}"
    schedule = replace(schedule, schedule_id=number, seed=seed)
    messages = [replace(one, schedule_id=number) for one in old.messages]
    world.pages[name if name not in world.pages else f"{name}{schedule.version}"] = Page(
        schedule, messages, old.exported
    )


def add_gamma(world: World) -> None:
    """A third, bigger page: LARGE and GREEN, 15 PPV and 11 bumps."""
    types = day_types(ppv=(3, 2, 2, 2, 2, 2, 2), bumps=(2, 2, 2, 2, 1, 1, 1))
    add_page(world, "gamma", "LARGE", "GREEN", 0.0, "STANDARD", types, ["budget"] * 4 + ["mid"] * 7 + ["premium"] * 4)
    world.pages["gamma"].exported = False


def index_of(world: World, page: str, kind: str, day: int = 0, tier: str | None = None) -> int:
    """The first message of a kind (and tier) on or after a day."""
    for index, one in enumerate(world.pages[page].messages):
        late_enough = one.local.date() >= WEEK + timedelta(days=day)
        if one.message_type == kind and late_enough and tier in (None, one.price_tier):
            return index
    raise LookupError(f"no {kind} on {page}")


def schedule(page: str, **changes: Any) -> Edit:
    return lambda world: world.edit_schedule(page, **changes)


def message(page: str, kind: str, *, day: int = 0, tier: str | None = None, **changes: Any) -> Edit:
    return lambda world: world.edit_message(page, index_of(world, page, kind, day, tier), **changes)


def caption(page: str, kind: str, *, tier: str | None = None, **changes: Any) -> Edit:
    def edit(world: World) -> None:
        one = world.pages[page].messages[index_of(world, page, kind, tier=tier)]
        world.edit_caption(one.caption_id, **changes)

    return edit


def extra(**fields: Any) -> Edit:
    return lambda world: world.extra.update(fields)


def world(*edits: Edit) -> Callable[[], Evidence]:
    """The week that follows from edits made before anything is derived."""

    def build() -> Evidence:
        return week_evidence(lambda fresh: [edit(fresh) for edit in edits] and None)

    return build


def sheet(old: str | bytes, new: str | bytes) -> Callable[[], Evidence]:
    """The good week with alpha's file changed in one place and logged with its new hash."""
    old, new = (one.encode() if isinstance(one, str) else one for one in (old, new))

    def build() -> Evidence:
        evidence = week_evidence()
        data = evidence.files[0].data
        assert old in data, f"{old!r} is not in the file"
        return with_file(evidence, data.replace(old, new, 1))

    return build


def with_file(evidence: Evidence, data: bytes) -> Evidence:
    entry = replace(evidence.exports[0], content_hash=hashlib.sha256(data).hexdigest())
    return replace(evidence, files=(replace(evidence.files[0], data=data),), exports=(entry,))


def lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[], Evidence]:
    """The good week with the last lines of alpha's file, which hold no line breaks of their own, rearranged."""

    def build() -> Evidence:
        evidence = week_evidence()
        return with_file(evidence, b"".join(change(evidence.files[0].data.splitlines(keepends=True))))

    return build


def row(field: str, pick: int = 0, **changes: Any) -> Callable[[], Evidence]:
    """The good week with one row of one table changed."""

    def build() -> Evidence:
        evidence = week_evidence()
        rows = list(getattr(evidence, field))
        rows[pick] = replace(rows[pick], **changes)
        return replace(evidence, **{field: tuple(rows)})

    return build


def dropped(field: str, keep: Callable[[Any], bool]) -> Callable[[], Evidence]:
    """The good week without some rows of one table."""

    def build() -> Evidence:
        evidence = week_evidence()
        return replace(evidence, **{field: tuple(one for one in getattr(evidence, field) if keep(one))})

    return build


def added(field: str, make: Callable[[Evidence], Any]) -> Callable[[], Evidence]:
    """The good week with one more row in a table."""

    def build() -> Evidence:
        evidence = week_evidence()
        return replace(evidence, **{field: (*getattr(evidence, field), make(evidence))})

    return build
