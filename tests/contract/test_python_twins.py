"""Where Python and SQL compute the same thing, they agree: draws, intervals, keys of a lock, legal steps."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest

from orchestrator.bandit import uniform, wilson_sample, wilson_score_bounds
from orchestrator.domain import LEGAL_TRANSITIONS, Status, assignment_key, request_id
from sql import SqlSettings, constants, loader, render

COUNTS = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 3.0), (0.4, 12.5), (70.0, 30.0), (3.0, 4997.0), (1234.5, 98765.4)]
SEEDS = ["", "eros|2026-03-02|lily|v1|ab", "ключ", *(f"seed {i}" for i in range(40))]
TOLERANCE = 1e-12


def test_uniform_numbers_are_equal_bit_for_bit(shared_warehouse: Any) -> None:
    rows = shared_warehouse.rows(
        f"SELECT seed, {shared_warehouse.table('wilson_sample')}(0.0, 0.0, seed) AS u FROM UNNEST({SEEDS!r}) AS seed"
    )
    assert {row["seed"]: row["u"] for row in rows} == {seed: uniform(seed) for seed in SEEDS}


def test_draws_agree(shared_warehouse: Any) -> None:
    cases = ", ".join(f"STRUCT({s} AS s, {f} AS f)" for s, f in COUNTS)
    rows = shared_warehouse.rows(
        f"SELECT s, f, seed, {shared_warehouse.table('wilson_sample')}(s, f, seed) AS draw "
        f"FROM UNNEST([{cases}]) CROSS JOIN UNNEST({SEEDS!r}) AS seed"
    )
    assert len(rows) == len(COUNTS) * len(SEEDS)
    for row in rows:
        twin = wilson_sample(row["s"], row["f"], row["seed"])
        assert twin is not None
        assert abs(row["draw"] - twin) <= TOLERANCE, row


@pytest.mark.parametrize(("successes", "failures"), [(-1.0, 3.0), (3.0, -1.0), (-1.0, -3.0), (-1.0, 1.0)])
def test_a_negative_count_is_refused_by_both(shared_warehouse: Any, successes: float, failures: float) -> None:
    sentence = "must not be negative"
    with pytest.raises(ValueError, match=sentence):
        wilson_sample(successes, failures, "x")
    with pytest.raises(BadRequest, match=sentence):
        shared_warehouse.rows(f"SELECT {shared_warehouse.table('wilson_sample')}({successes}, {failures}, 'x')")


def test_intervals_agree(shared_warehouse: Any) -> None:
    cases = ", ".join(f"STRUCT({s} AS s, {f} AS f)" for s, f in COUNTS)
    rows = shared_warehouse.rows(
        f"SELECT s, f, {shared_warehouse.table('wilson_score_bounds')}(s, f) AS bounds FROM UNNEST([{cases}])"
    )
    assert len(rows) == len(COUNTS)
    for row in rows:
        twin = wilson_score_bounds(row["s"], row["f"])
        assert twin is not None
        assert set(row["bounds"]) == set(vars(twin))
        assert all(abs(row["bounds"][name] - value) <= TOLERANCE for name, value in vars(twin).items()), row


def test_the_normal_cdf_of_the_macro_is_erfc_within_its_bound(shared_warehouse: Any) -> None:
    """GoogleSQL has no ERF: statistics.normal_cdf_below promises 1e-8 of the value, and 1e-15 outright."""
    cdf = macro("statistics", "normal_cdf_below", "distance")
    thousandths = "SELECT n / 1000 AS distance FROM UNNEST(GENERATE_ARRAY(0, 37500, 5)) AS n"
    rows = shared_warehouse.rows(f"SELECT distance, {cdf} AS below FROM ({thousandths})")
    assert len(rows) == 7501
    for row in rows:
        exact = math.erfc(row["distance"] / math.sqrt(2)) / 2
        assert abs(row["below"] - exact) < 1e-15, row
        assert abs(row["below"] / exact - 1) < 1e-8, row
    ends = f"SELECT {cdf} AS below FROM UNNEST([0.0, 40.0, 1000.0]) AS distance ORDER BY distance"
    assert [row["below"] for row in shared_warehouse.rows(ends)] == [0.5, 0, 0]


def macro(file: str, name: str, *arguments: str) -> str:
    """The text of one macro of sql/macros, rendered as a template would."""
    template = f'{{% import "macros/{file}.jinja" as file with context %}}{{{{ file.{name}(*arguments) }}}}'
    text: str = loader._environment().from_string(template).render(c=constants(), arguments=arguments)
    return text


def test_the_keys_of_a_lock_agree(shared_warehouse: Any) -> None:
    schedule, page = "sched_20260119_lily_v1", "lily"
    # Local days and hours of the send times, in an order that is neither by time nor by id.
    asked = [(-7, date(2026, 1, 20), 9), (12, date(2026, 1, 19), 20), (3, date(2026, 1, 25), 22)]
    times = ["2026-01-20T17:05:00Z", "2026-01-20T04:59:00Z", "2026-01-26T06:00:00Z"]
    draft(shared_warehouse, schedule, page, list(zip([one[0] for one in asked], times, strict=True)))
    rows = ", ".join(f"STRUCT({caption} AS id, DATE '{day}' AS day, {hour} AS hour)" for caption, day, hour in asked)
    shared_warehouse.rows(
        f"CALL {shared_warehouse.table('lock_caption_assignments')}(@schedule, @page, ARRAY(SELECT AS STRUCT "
        f"id AS caption_id, day AS scheduled_send_date, hour AS scheduled_send_hour FROM UNNEST([{rows}])))",
        schedule=schedule,
        page=page,
    )
    held = shared_warehouse.rows(f"SELECT * FROM {shared_warehouse.table('active_caption_assignments')}")
    assert {row["assignment_key"] for row in held} == {assignment_key(schedule, *one) for one in asked}
    assert {row["request_id"] for row in held} == {request_id(schedule, asked)}


def draft(warehouse: Any, schedule: str, page: str, messages: list[tuple[int, str]]) -> None:
    """A stored draft of bumps with its page, captions and guard row."""
    now = datetime(2026, 1, 14, 20, tzinfo=UTC).isoformat()
    warehouse.insert("creators", [{"page_name": page, "is_active": True}])
    warehouse.insert("creator_lock", [{"page_name": page, "fence": 0}])
    identity = {"schedule_id": schedule, "page_name": page, "week_start": "2026-01-19", "version": 1}
    warehouse.insert("schedule_recommendations", [{**identity, "status": "draft", "created_at": now}])
    captions, rows = [], []
    for position, (caption, at) in enumerate(messages, start=1):
        shared = {"caption_id": caption, "caption_key": f"key {caption}", "price_tier": "bump"}
        captions.append({**shared, "caption_text": "hi", "has_urgency": False, "is_active": True})
        rows.append(
            {
                **shared,
                "schedule_id": schedule,
                "position": position,
                "scheduled_send_time": at,
                "message_type": "Bump",
                "price": "0",
                "pinned": False,
            }
        )
    warehouse.insert("caption_bank", captions)
    warehouse.insert("schedule_messages", rows)


def test_the_legal_steps_agree() -> None:
    script = render("queries/transition_schedules", SqlSettings())
    rules = re.findall(r"WHEN '(\w+)' THEN @to_status IN \(([^)]*)\)", script)
    in_sql = {Status(before): {Status(word) for word in re.findall(r"\w+", after)} for before, after in rules}
    assert in_sql == {before: set(after) for before, after in LEGAL_TRANSITIONS.items() if after}
