"""Bounds that no row changes are worked out once; worked out per row they cost more than the messages between them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from infra.local.engine import EngineError, QueryParameter, Session
from infra.local.engine.place import Place
from infra.local.engine.scope import Scope
from infra.local.engine.types import parse_type
from tests.local.engine.engine_asserts import run, value

ZONE = "'America/Los_Angeles'"
BINDING = "list_transform"


@pytest.fixture
def events(session: Session) -> Session:
    run(session, "CREATE TABLE d.events (`at` TIMESTAMP, day DATE)")
    return session


def translated(session: Session, bound: str) -> str:
    scope = Scope()
    for name, kind in (("instant", "TIMESTAMP"), ("days", "INT64")):
        scope.parameters[name] = QueryParameter(name, parse_type(kind), None)
    text = f"SELECT COUNT(*) FROM d.events WHERE `at` >= {bound}"
    return session.executor.translate(Place(text), scope).sql


@pytest.mark.parametrize("instant", ["TIMESTAMP '2026-01-14 20:00:00+00'", "@instant"])
@pytest.mark.parametrize("days", ["90", "@days", "GREATEST(2 * @days, @days + 6)"])
def test_a_bound_of_constants_is_not_worked_out_per_row(events: Session, instant: str, days: str) -> None:
    bound = f"TIMESTAMP(DATE_SUB(DATE({instant}, {ZONE}), INTERVAL {days} DAY), {ZONE})"
    assert BINDING not in translated(events, bound)


@pytest.mark.parametrize(
    "operand", ["IF(day IS NULL, DATE '2026-01-01', day)", "DATE(TIMESTAMP_MICROS(CAST(RAND() AS INT64)))"]
)
def test_what_differs_by_row_is_still_worked_out_once_in_a_row(events: Session, operand: str) -> None:
    assert BINDING in translated(events, f"TIMESTAMP({operand}, {ZONE})")


@pytest.mark.parametrize(
    ("text", "second"),
    [("2026-01-14 20:00:01+00", 1), ("2026-01-14T20:00:02Z", 2), ("2026-01-14 20:00:03.5+00:00", 3)],
)
def test_a_literal_in_utc_is_an_instant(session: Session, text: str, second: int) -> None:
    found = value(session, f"SELECT TIMESTAMP_TRUNC(TIMESTAMP '{text}', SECOND)")
    assert found == datetime(2026, 1, 14, 20, 0, second, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-02-30 20:00:00+00", "2026-13-14 20:00:00+00"])
def test_a_literal_that_is_no_instant_is_refused(session: Session, text: str) -> None:
    with pytest.raises(EngineError, match="Invalid timestamp"):
        run(session, f"SELECT TIMESTAMP '{text}'")
