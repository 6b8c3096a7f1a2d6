"""Why a message was picked: told from what was written down, replayed, and compared with today."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from orchestrator.domain import PickEvidence
from orchestrator.errors import UsageError
from orchestrator.insight.why import explain_message
from orchestrator.insight.why_text import why_dict, why_lines
from tests.unit.insight.why_world import SCHEDULE, Memory, judged, row, why


def text_of(found: Any) -> str:
    """The lines with every run of blanks as one, so that wrapping does not matter."""
    return re.sub(r"\s+", " ", "\n".join(why_lines(found)))


def with_pick(position: int, **changes: Any) -> dict[str, Any]:
    """The reason of a message whose written evidence was tampered with."""
    reason = row(position)["reason"]
    return {**reason, "pick": replace(PickEvidence.from_json(reason["pick"]), **changes).as_json()}


def test_the_message_is_told_with_its_local_time_and_price() -> None:
    # 2026-01-21T03:46Z is Tuesday 19:46 in Los Angeles
    text = text_of(why())
    assert f"{SCHEDULE}, message 2 of 3 (exported)" in text
    assert "lily, Tuesday 2026-01-20T19:46:00-08:00, PPV budget $12.50, solo" in text
    assert '"text 2"' in text


def test_belief_and_prior_are_in_words_and_per_cent() -> None:
    # 4 + 2 of 100 + 50: 4 %; Wilson at 1.96: 1.8 % to 8.5 %; prior 2 of 50
    text = text_of(why())
    assert "4.0 % of those who look buy it; 95 % sure between 1.8 % and 8.5 %" in text
    assert "bought by 4 of 100 viewers" in text
    assert "4.0 % for an unknown budget caption on this page, worth 50 views, known up to 2026-01-19" in text
    assert "90 % rested" in text
    # 12.50 * .04 * .9 * 500
    assert "$12.50 x 4.0 % x 90 % rested x 500 views a message = $225.00 expected" in text
    assert "rank 1 of the 1,204 budget captions free then" in text
    # u = .5476 from the MD5 of the seed and k2, .7195 with k3: message 3 drew more
    assert "number 2 of the 2 that the week took" in text
    assert "(u = 0.5476, z = +0.12)" in text


def test_a_bump_is_told_in_looks_of_recipients() -> None:
    # 981 + 2 of 5204 + 50
    text = text_of(why(1, again=[judged(1)]))
    assert "19 % of the recipients look at it" in text
    assert "looked at by 981 of 5,204 recipients" in text
    assert "$0: a bump earns nothing by itself" in text
    assert "free bump, solo" in text


def test_a_caption_that_was_never_sent_is_new() -> None:
    found = why(reason=with_pick(2, seen_hits=0, seen_misses=0, prior_scope="agency"))
    assert "never: this text is new to the page" in text_of(found)
    assert "across the agency (this page has no such history)" in text_of(found)


def test_the_stored_numbers_replay_bit_for_bit() -> None:
    found = why()
    assert found.differences == []
    assert "replays bit for bit from the logged counts and seed" in text_of(found)
    assert why_dict(found)["replay"] == {
        "bit_for_bit": True,
        "agrees": True,
        "u": found.replayed.u,
        "z": found.replayed.z,
        "differences": [],
    }


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"final_score": 0.7}, "final_score"),
        ({"expected_emv": 224.0}, "expected_emv"),
        ({"seed": "other"}, "seed"),
        ({"reason": with_pick(2, thompson_score=0.9)}, "thompson_score"),
        ({"reason": with_pick(2, seen_hits=5)}, "thompson_score"),
    ],
)
def test_what_does_not_replay_is_named(changes: dict[str, Any], name: str) -> None:
    found = why(**changes)
    assert name in [one[0] for one in found.differences]
    assert not found.agrees
    assert re.search(rf"does NOT replay:.*{name}: stored", text_of(found))


def test_a_last_place_is_rounding_and_said_to_be() -> None:
    found = why(final_score=row(2)["final_score"] * (1 + 2e-16))
    assert (len(found.differences), found.agrees) == (1, True)
    assert "replays but for rounding: final_score: stored" in text_of(found)


def test_the_selection_is_repeated_as_it_was_asked_for() -> None:
    """STANDARD is 30/45/25 %: of 6 PPV 1.8, 2.7 and 1.5, so 2, 3 and 1."""
    memory = Memory([row(1), row(2), row(3)], [judged(2), judged(3)])
    explain_message(memory, SCHEDULE, 2)
    asked = memory.asked["explain_selection"]
    [request] = asked["requests"]
    assert [request[f"num_{group}"] for group in ("budget", "mid", "premium", "bump")] == [2, 3, 1, 4]
    assert (request["seed"], asked["mode"], asked["price_group"]) == (row(2)["seed"], "optimize", "budget")
    assert asked["released"] == [SCHEDULE, "sched_20260119_lily_v2"]
    assert asked["as_of"].isoformat() == "2026-01-19T08:00:00+00:00"


RULES = {
    "cooling down: sent on 2026-01-15": {"verdict": "cooling", "used_on": date(2026, 1, 15)},
    "cooling down: held for 2026-01-26 by sched_20260126_lily_v1": {
        "verdict": "cooling",
        "used_on": date(2026, 1, 26),
        "used_by": "sched_20260126_lily_v1",
    },
    "restricted on this page": {"verdict": "restricted"},
    "urgent cap: the week has its fill of urgent captions": {"verdict": "urgent cap"},
    "category cap: the week has its fill of solo": {"verdict": "category cap"},
}


@pytest.mark.parametrize("rule", RULES)
def test_a_better_caption_was_passed_over_by_a_rule(rule: str) -> None:
    found = why(again=[judged(9, **RULES[rule], final_score=2.5), judged(2), judged(3)])
    assert "1 that score more and are kept out by a rule" in text_of(found)
    assert f'2.5000 caption 9 "text 9" {rule}' in text_of(found)
    [barred] = why_dict(found)["passed_over"]
    assert (barred["caption_id"], barred["rule"]) == (9, rule)


def test_what_scores_less_or_only_was_not_needed_was_not_passed_over() -> None:
    worse = judged(9, "restricted", final_score=row(2)["final_score"] - 0.001)
    found = why(again=[judged(8, "not needed", final_score=9.0), worse, judged(2), judged(3)])
    assert found.passed_over == []
    assert "nothing: no caption that scores more was kept out by a rule" in text_of(found)


def test_a_long_list_is_cut_for_people_and_whole_for_programs() -> None:
    found = why(again=[judged(n, "restricted", final_score=float(n)) for n in range(4, 12)] + [judged(2), judged(3)])
    lines = why_lines(found)
    assert sum("restricted on this page" in line for line in lines) == 5
    assert any("and 3 more (--json lists all)" in line for line in lines)
    assert [one["caption_id"] for one in why_dict(found)["passed_over"]] == list(range(11, 3, -1))


def test_nothing_has_changed() -> None:
    found = why()
    assert (found.changes, found.still_picked) == ([], 2)
    assert "nothing has changed: 2 of the week's 2 budget captions would be picked again" in text_of(found)


@pytest.mark.parametrize(
    ("today", "change"),
    [
        ({"seen_hits": 9}, "hits seen 4 then, 9 now"),
        ({"seen_misses": 110}, "misses seen 96 then, 110 now"),
        ({"prior_a": 2.5}, "expected hits 2 then, 2.5 now"),
        ({"prior_b": 40.0}, "expected misses 48 then, 40 now"),
        ({"freshness": 0.25}, "freshness 0.9 then, 0.25 now"),
        ({"recommended_price": Decimal("14")}, "price 12.50 then, 14 now"),
        ({"views_per_message": 1500.0}, "views per message 500 then, 1,500 now"),
    ],
)
def test_a_change_since_is_told_honestly(today: dict[str, Any], change: str) -> None:
    found = why(again=[judged(2, **today), judged(3)])
    assert found.changes == [change]
    assert "the data has changed: what is passed over above is today's view" in text_of(found)
    assert change in text_of(found)
    assert why_dict(found)["today"]["changes"] == [change]


@pytest.mark.parametrize(
    ("again", "words"),
    [
        ([judged(2, "not needed"), judged(3)], "1 of the week's 2 budget captions would be picked again; this one"),
        ([judged(2, "not needed"), judged(3)], "this one would not: others score more now"),
        ([judged(2, "restricted"), judged(3)], "this one would not: restricted on this page"),
        ([judged(2), judged(3, "not needed")], "captions would be picked again, this one among them"),
        ([judged(3)], "the caption is not offered any more"),
    ],
)
def test_what_would_be_picked_today_is_told(again: list[dict[str, Any]], words: str) -> None:
    assert words in text_of(why(again=again))


def test_changed_rules_and_texts_are_told() -> None:
    found = why(policy_version="week-0", is_text_current=False)
    assert found.changes == [
        "decision rules week-0 then, week-1 now",
        "the text was changed after the week was planned",
    ]


def test_the_time_is_told_with_its_peak_its_gap_and_its_neighbours() -> None:
    # Monday 13:05, Tuesday 19:46 (30 h 41 min later), Wednesday 20:00 (24 h 14 min later)
    found = why()
    assert found.gaps == (timedelta(hours=30, minutes=41), timedelta(hours=24, minutes=14))
    text = text_of(found)
    assert "Tuesday 19h is peak hour 1 of 5" in text
    assert "at least 180 minutes on a MICRO page that is GREEN" in text
    assert "it leaves 30 h 41 min after the message before and 24 h 14 min before the next" in text
    assert why(1, again=[judged(1)]).gaps[0] is None
    assert why(3).gaps[1] is None
    assert "cooling" not in text.partition("Why this time")[2]


def test_cooling_days_and_holidays_are_told_where_they_apply() -> None:
    reason = row(2)["reason"]
    reason["time"] = {**reason["time"], "day_factor": "0.7"}
    rows = [row(1), row(2, saturation_status="RED", reason=reason), row(3)]
    memory = Memory(rows, [judged(2), judged(3)], holidays=["Fixture Day"])
    text = text_of(explain_message(memory, SCHEDULE, 2))
    assert "RED: no PPV on the first 2 days of the week" in text
    assert "Fixture Day: 0.7 of a usual day's volume" in text
    assert "Another day's" not in text


def test_the_price_is_told_as_it_was_written_down() -> None:
    assert "Why this price price the page's median for this text" in text_of(why())


def test_a_week_planned_before_evidence_was_kept_is_told_with_today_s_figures() -> None:
    old = {"slot": "s", "caption": "c", "price": "p"}
    found = why(reason=json.dumps(old))
    text = text_of(found)
    assert "planned before evidence was kept: these are today's figures" in text
    assert "bought by 4 of 100 viewers" in text
    assert "not possible: no evidence was written down" in text
    assert "Tuesday 19h is peak hour 1 of 5" in text and "at least 180 minutes" in text
    assert why_dict(found)["evidence_is_from"] == "today"
    assert why_dict(found)["replay"] is None
    gone = why(reason=old, again=[judged(3)])
    assert "none was written down, and the caption is not offered any more" in text_of(gone)
    assert why_dict(gone)["belief"] is None


def test_lines_fit_a_hundred_columns_and_the_document_is_json() -> None:
    by_whom = {"used_on": date(2026, 1, 26), "used_by": "sched_20260126_a_page_with_a_long_name_v1"}
    barred = judged(9, "cooling", caption_text="x" * 300, final_score=5.0, **by_whom)
    found = why(caption_text="word " * 80, again=[barred, judged(2), judged(3)])
    assert max(map(len, why_lines(found))) <= 100
    document = json.loads(json.dumps(why_dict(found), default=str))
    assert document["message"]["price"] == "12.50"
    assert document["belief"]["mean"] == pytest.approx(0.04)


@pytest.mark.parametrize("position", [0, -1, 4, 99])
def test_an_unknown_position_names_the_valid_range(position: int) -> None:
    with pytest.raises(UsageError) as caught:
        explain_message(Memory([row(1), row(2), row(3)], []), SCHEDULE, position)
    assert "numbered 1 to 3" in caught.value.why
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("asked", "close"),
    [("sched_20260119_lily_v9", SCHEDULE), ("lily", SCHEDULE), ("sched_20260119_rosa_v1", "sched_20260119_rose_v1")],
)
def test_an_unknown_schedule_names_the_nearest(asked: str, close: str) -> None:
    with pytest.raises(UsageError) as caught:
        explain_message(Memory([], []), asked, 1)
    assert close in caught.value.fix
    assert caught.value.exit_code == 2


def test_without_any_schedule_it_says_so() -> None:
    memory = Memory([], [])
    memory.answers["schedule_overview"] = []
    with pytest.raises(UsageError) as caught:
        explain_message(memory, "x", 1)
    assert caught.value.why == "no week has been planned yet"
