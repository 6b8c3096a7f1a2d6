"""Many sessions at once, interruption, and the cache of translations."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.local.engine import Engine, EngineError, Session
from tests.local.engine.engine_asserts import value


def test_many_threads_read_write_and_define(engine: Engine, session: Session) -> None:
    session.run("CREATE TABLE d.t (k INT64, v INT64)")

    def work(number: int) -> int:
        with engine.session("d") as own:
            own.run(f"CREATE OR REPLACE FUNCTION d.f{number}(x INT64) AS (x + {number})")
            own.run(f"CREATE TEMP TABLE mine AS SELECT {number} AS k")
            own.run(f"INSERT INTO d.t (k, v) SELECT k, d.f{number}(0) FROM mine")
            own.run(f"UPDATE d.t SET v = v + 100 WHERE k = {number}")
            return int(value(own, f"SELECT v FROM d.t WHERE k = {number}"))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(16))) == [100 + number for number in range(16)]
    assert value(session, "SELECT COUNT(*) FROM d.t") == 16


def test_interrupting_stops_an_endless_script(session: Session) -> None:
    timer = threading.Timer(0.1, session.interrupt)
    timer.start()
    with pytest.raises(EngineError) as caught:
        session.run("LOOP BEGIN SELECT 1; EXCEPTION WHEN ERROR THEN END; END LOOP")
    timer.join()
    assert caught.value.reason == "stopped"
    assert value(session, "SELECT 1") == 1


def test_a_translation_is_made_once_and_again_after_a_definition(engine: Engine, session: Session) -> None:
    session.run("CREATE TABLE d.t AS SELECT 1 AS a")
    sql = "DECLARE x INT64 DEFAULT 1; SELECT a + x FROM d.t;"
    session.run(sql)
    kept = len(engine.translations)
    session.run(sql)
    assert len(engine.translations) == kept
    session.run("CREATE OR REPLACE TABLE d.t AS SELECT 'x' AS a")
    with pytest.raises(EngineError):
        session.run(sql)
