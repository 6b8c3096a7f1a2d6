"""Every family of expressions, against the answers and refusals written beside it in `cases_*.py`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.dialect import (
    cases_aggregates,
    cases_arrays,
    cases_casts,
    cases_json,
    cases_numbers,
    cases_queries,
    cases_strings,
    cases_times,
    cases_windows,
)
from tests.local.dialect.checking import check, fail, refuse
from tests.local.dialect.harness import Bench

FAMILIES: tuple[Any, ...] = (
    cases_aggregates,
    cases_arrays,
    cases_casts,
    cases_json,
    cases_numbers,
    cases_queries,
    cases_strings,
    cases_times,
    cases_windows,
)


def _each(name: str) -> Any:
    found = [(family, sql, answer) for family in FAMILIES for sql, answer in getattr(family, name, ())]
    ids = [f"{family.__name__.rpartition('_')[2]}: {sql}" for family, sql, _ in found]
    return pytest.mark.parametrize(("sql", "answer"), [one[1:] for one in found], ids=ids)


@_each("CASES")
def test_the_answer_is_googlesqls(shared_bench: Bench, sql: str, answer: Any) -> None:
    check(shared_bench, sql, answer)


@_each("ERRORS")
def test_it_is_an_error_as_in_googlesql(shared_bench: Bench, sql: str, answer: str) -> None:
    fail(shared_bench, sql, answer)


@_each("REFUSED")
def test_what_is_not_supported_is_refused_by_name(shared_bench: Bench, sql: str, answer: str) -> None:
    refuse(shared_bench, sql, answer)
