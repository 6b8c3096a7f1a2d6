"""Long texts are parsed once: what is kept is never the catalog's state, a value or a row."""

from __future__ import annotations

from infra.local.engine import Engine, Session
from infra.local.engine.results import QueryParameter
from infra.local.engine.types import INT64
from tests.local.engine.engine_asserts import value

LONG = "SELECT SUM(a) + @more FROM d.t WHERE a NOT IN (" + ", ".join(str(number) for number in range(1000, 1300)) + ")"


def more(number: int) -> list[QueryParameter]:
    return [QueryParameter("more", INT64, number)]


def test_a_long_text_runs_again_with_other_values_rows_and_types(engine: Engine, session: Session) -> None:
    session.run("CREATE TABLE d.t AS SELECT 1 AS a")
    assert session.run(LONG, more(10)).rows == [(11,)]  # 1 + 10
    kept = len(engine.statements)
    session.run("INSERT INTO d.t (a) VALUES (5)")
    assert session.run(LONG, more(20)).rows == [(26,)]  # 1 + 5 + 20
    session.run("CREATE OR REPLACE TABLE d.t AS SELECT 1.5 AS a")
    assert session.run(LONG, more(1)).rows == [(2.5,)]  # 1.5 + 1
    assert kept > 0


def test_sessions_share_the_trees_of_long_texts_and_short_ones_have_none(
    engine: Engine, session: Session, other: Session
) -> None:
    session.run("CREATE TABLE d.t AS SELECT 1 AS a")
    before = len(engine.statements)
    assert value(session, "SELECT a FROM d.t") == 1
    assert len(engine.statements) == before
    assert session.run(LONG, more(1)).rows == other.run(LONG, more(1)).rows == [(2,)]
    assert len(engine.statements) == before + 1


def test_only_the_fifty_texts_that_ran_last_are_kept(engine: Engine, session: Session) -> None:
    session.run("CREATE TABLE d.t AS SELECT 1 AS a")
    for number in range(55):
        assert session.run(f"{LONG} AND a != {number + 2}", more(0)).rows == [(1,)]
    assert len(engine.statements) == 50
