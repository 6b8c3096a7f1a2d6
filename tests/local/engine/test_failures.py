"""What the engine says of a failure of DuckDB's: the words of GoogleSQL, or a refusal by name."""

from __future__ import annotations

import pytest

from infra.local.engine import EngineError, Session
from tests.local.engine.engine_asserts import run

OUT_OF_RANGE = "A date or time is out of range: those between 0001-01-01 and 9999-12-31 23:59:59.999999 are allowed"


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("DATE_ADD(DATE '9999-12-31', INTERVAL 1 DAY)", OUT_OF_RANGE),
        ("DATE_SUB(DATE '0001-01-01', INTERVAL 1 DAY)", OUT_OF_RANGE),
        ("TIMESTAMP_ADD(TIMESTAMP '9999-12-31 23:59:59.999999+00', INTERVAL 1 MICROSECOND)", OUT_OF_RANGE),
        ("DATETIME_SUB(DATETIME '0001-01-01 00:00:00', INTERVAL 1 MICROSECOND)", OUT_OF_RANGE),
        ("9223372036854775807 + 1", "int64 overflow: 9223372036854775807 + 1"),
        ("1e308 * 10", "double overflow"),
        ("[1, NULL]", "Array cannot have a null element"),
    ],
)
def test_the_words_are_googlesql_s(session: Session, expression: str, message: str) -> None:
    with pytest.raises(EngineError) as caught:
        run(session, f"SELECT {expression}")
    assert caught.value.reason == "invalidQuery"
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("FARM_FINGERPRINT(REPEAT('ab', 33))", "FARM_FINGERPRINT"),
        ("CONTAINS_SUBSTR('Stra\\u00dfe', 'SS')", "CONTAINS_SUBSTR"),
        ("CAST('2024-01-01 23:59:60' AS TIMESTAMP)", "A leap second"),
    ],
)
def test_a_refusal_that_depends_on_the_value_is_one_all_the_same(session: Session, expression: str, name: str) -> None:
    with pytest.raises(EngineError, match="is not supported by the local cloud") as caught:
        run(session, f"SELECT {expression}")
    assert caught.value.reason == "notImplemented"
    assert name in str(caught.value)
