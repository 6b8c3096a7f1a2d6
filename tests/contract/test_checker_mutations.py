"""The checker can fail: for every rule one or more ways to break exactly that rule, and nothing else is reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from orchestrator.verify.evidence import AllowedProfile, Event, Evidence, ExportedFile, Restriction, Send
from orchestrator.verify.report import check
from orchestrator.verify.rules import RULES
from tests.contract.checker_edits import (
    add_gamma,
    added,
    at,
    caption,
    dropped,
    extra,
    index_of,
    lines,
    message,
    rename,
    row,
    schedule,
    sheet,
    world,
)
from tests.contract.checker_world import (
    ALPHA,
    BETA,
    NOW,
    World,
    assignments_for,
    week_evidence,
)


def replanned_but_both_live(fresh: World) -> None:
    add_gamma(fresh)
    rename(fresh, "gamma", "beta", version=2)
    fresh.extra["guard_fences"] = {"alpha": 3, "beta": 5}


def neighbour_too_close() -> Evidence:
    evidence = week_evidence()
    earlier = replace(
        evidence.schedules[0], schedule_id="sched_20261019_alpha_v1", week_start=date(2026, 10, 19), status="sent"
    )
    late = replace(evidence.messages[0], schedule_id=earlier.schedule_id, send_time=at(0, time(6, 1)), caption_id=5)
    return replace(evidence, schedules=(*evidence.schedules, earlier), messages=(*evidence.messages, late))


def cancelled_but_holding() -> Evidence:
    evidence = week_evidence(add_gamma)
    gamma = replace(evidence.schedules[2], status="cancelled")
    event = Event(gamma.schedule_id, "cancel", NOW, "approved", "cancelled")
    return replace(evidence, schedules=(*evidence.schedules[:2], gamma), events=(*evidence.events, event))


def without_one_bump(fresh: World) -> None:
    del fresh.pages["alpha"].messages[index_of(fresh, "alpha", "Bump", day=5)]


def same_caption_twice(fresh: World) -> None:
    first = fresh.pages["alpha"].messages[index_of(fresh, "alpha", "Bump")]
    index = index_of(fresh, "alpha", "Bump", day=3)
    fresh.edit_message("alpha", index, caption_id=first.caption_id, caption_key=first.caption_key)


def same_text_twice(fresh: World) -> None:
    first = fresh.pages["alpha"].messages[index_of(fresh, "alpha", "Bump", day=4)]
    index = index_of(fresh, "alpha", "Bump", day=5)
    text = fresh.captions[first.caption_id].text.upper() + " !"
    fresh.edit_caption(fresh.pages["alpha"].messages[index].caption_id, text=text, caption_key=first.caption_key)
    fresh.edit_message("alpha", index, caption_key=first.caption_key)


def six_urgent(fresh: World) -> None:
    for one in fresh.pages["alpha"].messages[:6]:
        fresh.edit_caption(one.caption_id, urgent=True)


def one_category(fresh: World) -> None:
    add_gamma(fresh)
    for one in fresh.pages["gamma"].messages[:21]:
        fresh.edit_caption(one.caption_id, category="tease")


def forget_caption(fresh: World) -> None:
    del fresh.captions[fresh.pages["alpha"].messages[-1].caption_id]


def sent_again(evidence: Evidence) -> Send:
    return Send("m2", "alpha", evidence.messages[0].caption_key, datetime(2026, 10, 20, 7, 0, tzinfo=UTC))


def assigned_before(evidence: Evidence) -> Any:
    past = evidence.assignments[0]
    return replace(
        past, schedule_id="sched_20261019_alpha_v1", send_date=date(2026, 10, 20), active=False, assignment_key="old"
    )


def assignment_without_message(evidence: Evidence) -> Any:
    shifted = replace(evidence.messages[0], send_time=at(2, time(18, 30)))
    made = assignments_for(evidence.schedules[0], [shifted], 3)[0]
    return replace(made, request_id=evidence.assignments[0].request_id)


RESTRICTED = Restriction("alpha", (), (), (), None)
PROFILE = AllowedProfile("alpha", (), (), (), ())
BUMP_SHORTAGE = ({"price_tier": "bump", "missing": 1, "reason": "bank"},)

MUTATIONS: dict[str, list[Callable[[], Evidence]]] = {
    "identity.schedule_id": [world(schedule("beta", version=2, seed="eros|2026-10-26|beta|v2"))],
    "identity.page_name": [
        world(lambda fresh: rename(fresh, "beta", "Beta")),
        world(lambda fresh: rename(fresh, "beta", "../beta")),
    ],
    "identity.monday": [world(lambda fresh: rename(fresh, "beta", "beta", week_start=date(2026, 10, 27)))],
    "identity.seed": [
        world(schedule("alpha", seed="eros|2026-10-26|alpha|v2")),
        world(schedule("alpha", seed="|2026-10-26|alpha|v1")),
    ],
    "identity.status": [
        added(
            "schedules",
            lambda e: replace(
                e.schedules[1], status="done", version=2, schedule_id=BETA[:-1] + "2", seed="s|2026-10-26|beta|v2"
            ),
        )
    ],
    "identity.terms": [
        world(schedule("alpha", segment="RICH")),
        world(schedule("alpha", account_size="XL")),
        world(schedule("alpha", zone="AMBER", saturation_score=None)),
    ],
    "identity.one_live": [world(replanned_but_both_live)],
    "files.place": [
        added("files", lambda e: ExportedFile("2026-10-26/all.csv", e.files[0].data.splitlines(keepends=True)[0])),
        row("files", path=f"2026-10-19/{ALPHA}.csv"),
    ],
    "files.one_per_page": [dropped("files", lambda one: False)],
    "files.form": [
        sheet("performance_score\n", "performance_score\r\n"),
        sheet("schedule_id,", "\ufeffschedule_id,"),
        sheet("é".encode(), b"\xe9"),
        lines(lambda all_lines: [*all_lines[:-1], all_lines[-1].rstrip(b"\n")]),
        lines(lambda all_lines: [*all_lines[:-1], all_lines[-1].replace(b",", b"", 1)]),
    ],
    "files.header": [sheet("price,", "cost,"), sheet("schedule_id,page_name", "page_name,schedule_id")],
    "files.nothing_combined": [sheet(f"\n{ALPHA},", f"\n{BETA},")],
    "files.in_order": [lines(lambda all_lines: [*all_lines[:-2], all_lines[-1], all_lines[-2]])],
    "files.escaping": [
        sheet("'=1+1", "=1+1"),
        sheet("'-9007199254740994", "-9007199254740994"),
        sheet("'@you", "@you"),
    ],
    "files.rows": [lines(lambda all_lines: all_lines[:-1]), lines(lambda all_lines: [*all_lines, all_lines[-1]])],
    "files.cells": [
        sheet(",Monday,", ",Tuesday,"),
        sheet(",alpha,", ",beta,"),
        sheet("T08:00:00-07:00", "T08:01:00-07:00"),
        sheet(",PPV,", ",Bump,"),
        sheet(",budget,", ",mid,"),
        sheet(",TRUE,", ",true,"),
        sheet(",tease,", ",holiday,"),
        sheet(",31.2500", ",31.25"),
        sheet(",0.1234", ",0.1236"),
        sheet(",1000,", ",1001,"),
    ],
    "times.form": [sheet("2026-10-26T08:00:00-07:00", "2026-10-26 08:00:00"), sheet("T08:00:00-07:00", "T15:00:00Z")],
    "times.exists": [sheet("2026-10-26T08:00:00-07:00", "2026-03-08T02:30:00-08:00")],
    "times.offset": [
        sheet("2026-10-26T08:00:00-07:00", "2026-10-26T08:00:00-08:00"),
        sheet("2026-11-01T08:00:00-08:00", "2026-11-01T08:00:00-07:00"),
    ],
    "times.hours": [
        world(message("alpha", "PPV", send_time=at(0, time(7, 59)))),
        world(message("alpha", "Bump", day=6, send_time=at(6, time(23, 0)))),
        world(message("alpha", "PPV", day=1, send_time=at(1, time(2, 30)))),
    ],
    "times.in_week": [world(message("alpha", "Bump", day=5, send_time=at(7, time(8, 0))))],
    "gaps.within_week": [
        world(message("alpha", "Bump", day=6, send_time=at(6, time(9, 59)))),
        world(message("beta", "Bump", day=3, send_time=at(3, time(11, 29)))),
    ],
    "gaps.across_weeks": [neighbour_too_close],
    "volumes.zone": [
        world(schedule("alpha", saturation_score=0.3)),
        world(schedule("beta", saturation_score=0.4999)),
        world(schedule("beta", saturation_score=1.01)),
    ],
    "volumes.recorded_targets": [
        world(schedule("alpha", ppv_target=12)),
        world(schedule("beta", bump_target=12)),
    ],
    "volumes.recorded_counts": [world(schedule("alpha", ppv_count=10)), world(schedule("alpha", bump_count=8))],
    "volumes.message_type": [
        world(
            schedule("alpha", bump_count=6, shortages=BUMP_SHORTAGE),
            message("alpha", "Bump", day=5, message_type="Photo"),
        )
    ],
    "volumes.weekly": [
        world(without_one_bump, schedule("alpha", bump_count=6)),
        world(
            without_one_bump,
            schedule("alpha", bump_count=6, shortages=({"price_tier": "mid", "missing": 3, "reason": "bank"},)),
        ),
        world(without_one_bump, without_one_bump, schedule("alpha", bump_count=5, shortages=BUMP_SHORTAGE)),
        world(schedule("alpha", ppv_target=8, mode="conservative")),
    ],
    "volumes.daily": [world(message("alpha", "Bump", day=6, send_time=at(5, time(15, 0))))],
    "volumes.mix": [
        world(
            caption("alpha", "PPV", tier="premium", price_tier="mid"),
            message("alpha", "PPV", tier="premium", price_tier="mid", price=Decimal("20.00")),
        )
    ],
    "volumes.cooling": [world(message("beta", "PPV", send_time=at(1, time(15, 0))))],
    "prices.band": [
        world(message("alpha", "PPV", tier="budget", price=Decimal("18.01"))),
        world(message("alpha", "PPV", tier="luxury", price=Decimal("44.99"))),
    ],
    "prices.bump_is_free": [world(message("alpha", "Bump", price=Decimal("5.00")))],
    "prices.own_tier": [
        world(caption("alpha", "PPV", tier="budget", price_tier="mid")),
        world(caption("alpha", "Bump", price_tier="budget")),
    ],
    "prices.form": [sheet(",12.00,", ",12,"), sheet(",12.00,", ",$12.00,"), sheet(",0.00,", ",,")],
    "prices.as_stored": [sheet(",12.00,", ",13.00,")],
    "captions.distinct_id": [world(same_caption_twice)],
    "captions.distinct_key": [world(same_text_twice)],
    "captions.in_bank": [world(caption("alpha", "PPV", active=False)), world(forget_caption)],
    "captions.key": [
        world(message("alpha", "PPV", caption_key="0" * 64)),
        world(caption("beta", "Bump", caption_key="0" * 64)),
        world(caption("beta", "Bump", text="quite another text")),
    ],
    "captions.text": [
        sheet("number 9", "number nine"),
        sheet("line\r\nbreak", "line\nbreak"),
        sheet("''quoted", "'quoted"),
    ],
    "captions.urgent_cap": [world(six_urgent)],
    "captions.category_cap": [world(one_category)],
    "captions.restrictions": [
        world(extra(restrictions=(replace(RESTRICTED, hard_patterns=(r"caption number \d",)),))),
        world(extra(restrictions=(replace(RESTRICTED, hard_patterns=("(unreadable",)),))),
        world(extra(restrictions=(replace(RESTRICTED, categories=("TEASE",)),))),
        world(extra(restrictions=(replace(RESTRICTED, price_tiers=("luxury",), scope="PPV_ONLY"),))),
        world(extra(restrictions=(replace(RESTRICTED, price_tiers=("bump",), scope="no such scope"),))),
        world(extra(profiles=(replace(PROFILE, ppv_categories=("tease",)),))),
        world(extra(profiles=(replace(PROFILE, bump_price_tiers=("budget",)),))),
    ],
    "cooldown.against_sends": [added("sends", sent_again)],
    "cooldown.against_assignments": [added("assignments", assigned_before)],
    "cooldown.in_sql": [world(extra(cooldown_conflicts_in_sql=1))],
    "locks.coverage": [
        dropped("assignments", lambda one: one.caption_id != 1000),
        added("assignments", assignment_without_message),
    ],
    "locks.active": [
        row("assignments", active=False, deactivated_at=NOW, deactivation_reason="expired"),
        row("assignments", active=False),
    ],
    "locks.content": [
        row("assignments", send_time=at(0, time(8, 5))),
        row("assignments", message_type="Bump"),
        row("assignments", price_tier="mid"),
        row("assignments", caption_key="0" * 64),
        row("assignments", page_name="beta"),
    ],
    "locks.key": [row("assignments", assignment_key="0" * 64)],
    "locks.no_duplicates": [
        added("assignments", lambda e: replace(e.assignments[0], schedule_id="elsewhere", page_name="gamma"))
    ],
    "locks.fence": [
        row("schedules", fence=2),
        row("assignments", fence=None),
        row("assignments", fence=2),
        world(extra(guard_fences={"alpha": 2, "beta": 4})),
        world(extra(guard_fences={})),
    ],
    "locks.request_id": [
        row("schedules", request_id=None),
        row("assignments", request_id=None),
        row("assignments", request_id="0" * 64),
    ],
    "locks.released": [cancelled_but_holding],
    "records.transitions": [
        dropped("events", lambda one: False),
        dropped("events", lambda one: one.after != "approved"),
        added("events", lambda e: Event(ALPHA, "jump", NOW, "draft", "exported")),
    ],
    "records.export_log": [
        world(extra(exports=())),
        row("exports", message_count=17),
        row("exports", status="failed"),
        row("exports", export_format="json"),
    ],
    "records.content_hash": [row("exports", content_hash="0" * 64), row("exports", content_hash=None)],
    "records.red_withheld": [world(lambda fresh: setattr(fresh.pages["beta"], "exported", True))],
    "scores.thompson": [world(message("alpha", "PPV", reason={"pick": {"thompson_score": 1.0001}}))],
    "scores.propensity": [world(message("alpha", "PPV", propensity=0.0))],
    "scores.final": [world(message("alpha", "PPV", final_score=-1.0))],
    "scores.bump_emv": [world(message("alpha", "Bump", expected_emv=3.0))],
}


def test_every_rule_has_a_mutation() -> None:
    assert {rule.name for rule in RULES} == set(MUTATIONS)


@pytest.mark.parametrize(
    ("rule", "mutation"),
    [pytest.param(rule, one, id=f"{rule}-{n}") for rule, ways in MUTATIONS.items() for n, one in enumerate(ways)],
)
def test_mutation_breaks_exactly_its_rule(rule: str, mutation: Callable[[], Evidence]) -> None:
    report = check(mutation())
    assert report.broken_rules == (rule,), "\n".join(map(str, report.findings))
    assert not report.ok


def test_override_lets_a_red_week_out() -> None:
    evidence = week_evidence(lambda fresh: setattr(fresh.pages["beta"], "exported", True))
    override = Event(BETA, "override_red", NOW, "locked", "approved")
    assert check(replace(evidence, events=(*evidence.events, override))).findings == ()


def test_recorded_shortage_excuses_missing_messages() -> None:
    assert check(world(without_one_bump, schedule("alpha", bump_count=6, shortages=BUMP_SHORTAGE))()).findings == ()


def test_switched_off_restrictions_restrict_nothing() -> None:
    rule = replace(RESTRICTED, hard_patterns=(".",))
    assert check(world(extra(restrictions=(rule,), restrictions_enabled=False))()).findings == ()


@pytest.mark.parametrize(("tier", "scope"), [("bump", "PPV_ONLY"), ("luxury", "BUMP_ONLY")])
def test_restrictions_hold_only_for_their_scope(tier: str, scope: str) -> None:
    rule = replace(RESTRICTED, price_tiers=(tier,), scope=scope)
    assert check(world(extra(restrictions=(rule,)))()).findings == ()


def test_the_message_itself_once_sent_is_no_cooldown_conflict() -> None:
    first = week_evidence().messages[0]
    sent = Send("m3", "alpha", first.caption_key, first.send_time + timedelta(minutes=2))
    assert check(world(extra(sends=(sent,)))()).findings == ()
