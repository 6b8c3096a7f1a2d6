"""A quick slice of what `make bench-dialect` judges: every family of generated expressions, on both sides."""

from __future__ import annotations

import pytest

from tests.local.differential.families import FAMILIES, Family, drawn
from tests.local.differential.judging import Case, Court, Verdict

CASES_PER_SHARE = 4


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_nothing_differs_silently(court: Court, family: Family) -> None:
    judgements = court.judge(drawn(family, CASES_PER_SHARE * family.share))
    assert [str(one) for one in judgements if one.verdict is Verdict.DIFFERENT] == []
    assert Verdict.EQUAL in {one.verdict for one in judgements}


@pytest.mark.covers(
    "dialect",
    "An argument that fails may pass unnoticed after one that is NULL in all rows at hand: a constant, or the result "
    "of IF, CASE or a SAFE function",
    differs="DuckDB leaves the later arguments of such a call alone, GoogleSQL evaluates all; beside NULLs of a column "
    "and of NULLIF both raise",
)
@pytest.mark.parametrize("nothing", ["CAST(NULL AS INT64)", "IF(zero = 0, NULL, zero)", "SAFE_DIVIDE(1, zero)"])
def test_a_null_in_all_rows_hides_a_later_error(court: Court, nothing: str) -> None:
    rows = "FROM UNNEST([STRUCT(0 AS zero, CAST(NULL AS INT64) AS missing)])"
    hidden, first, column, nullif = court.judge(
        [
            Case(f"(SELECT {nothing} + DIV(1, zero) {rows})"),
            Case(f"(SELECT DIV(1, zero) + IF(zero = 0, NULL, zero) {rows})"),
            Case(f"(SELECT missing + DIV(1, zero) {rows})"),
            Case(f"(SELECT NULLIF(zero, 0) + DIV(1, zero) {rows})"),
        ]
    )
    assert (hidden.local.error, hidden.local.value) == ("", None)
    assert hidden.googlesql.error == "division by zero: 1 / 0"
    assert {one.verdict for one in (first, column, nullif)} == {Verdict.BOTH_FAIL}


def test_the_same_cases_are_drawn_again() -> None:
    family = FAMILIES[0]
    assert drawn(family, 5) == drawn(family, 5)


@pytest.mark.parametrize(
    ("ours", "theirs", "exact"),
    [
        ("1", "2", True),
        ("1", "1.0", True),
        ("0.0", "-0.0", True),
        ("0.1 + 0.2", "0.3", True),
        ("1.0", "1.0 + 1e-9", False),
        ("NULL", "0", True),
        ("1", "DIV(1, 0)", True),
        ("ERROR('x')", "1", True),
        ("[1, 2]", "[2, 1]", True),
        ("STRUCT(1 AS a)", "STRUCT(1 AS b)", True),
        ("JSON '1'", "JSON '\"1\"'", True),
    ],
)
def test_the_court_sees_a_difference(court: Court, ours: str, theirs: str, exact: bool) -> None:
    (judgement,) = court.judge([Case(ours, exact, theirs)])
    assert judgement.verdict is Verdict.DIFFERENT


def test_the_court_forgives_last_digits_and_names_refusals(court: Court) -> None:
    verdicts = [
        one.verdict
        for one in court.judge(
            [
                Case("0.1 + 0.2", False, "0.3"),
                Case("CAST('nan' AS FLOAT64)"),
                Case("REGEXP_INSTR('a', 'a')"),
                Case("1 / 0"),
            ]
        )
    ]
    assert verdicts == [Verdict.EQUAL, Verdict.EQUAL, Verdict.REFUSED, Verdict.BOTH_FAIL]
