"""Our own functions, table functions, queries and macros on both sides: one test names each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from infra.googlesql.evaluator import Evaluator
from infra.googlesql.service import shared_service
from sql import SqlSettings
from tests.local.differential.agency import settled
from tests.local.differential.judging import Court, Judgement, Verdict
from tests.local.differential.macro_queries import QUERIES, STATEMENTS
from tests.local.differential.macros import ALL, EXPRESSIONS
from tests.local.differential.our_queries import CALLS, WHOLE, table_function_text, whole_query
from tests.local.differential.ours import TABLE_FUNCTIONS, UDFS, World, udf_cases


@dataclass(frozen=True)
class Agency:
    """A deployed dataset with rows, and who judges queries over it."""

    warehouse: Any
    world: World
    court: Court

    def judged(self, query: str) -> Judgement:
        """A query over deployed objects, and the same written out."""
        return self.court.judge_rows(query, self.world.closed(query))


@pytest.fixture(scope="module")
def agency(make_warehouse: Callable[..., Any], cloud: Any) -> Iterator[Agency]:
    if cloud is None:
        pytest.skip("judges the local cloud, and EROS_TARGET names another one")
    with make_warehouse("judged") as warehouse:
        world = settled(warehouse, is_small=True)
        yield Agency(warehouse, world, Court(warehouse.client, Evaluator(shared_service())))


def _same(judgement: Judgement) -> None:
    assert judgement.verdict is Verdict.EQUAL, str(judgement)
    assert judgement.local.value, "no row: nothing was compared"


@pytest.mark.parametrize("name", UDFS)
def test_function(agency: Agency, name: str) -> None:
    judgements = agency.court.judge(udf_cases(name, agency.warehouse.settings, count=12))
    assert [str(one) for one in judgements if one.verdict is Verdict.DIFFERENT] == []
    assert sum(one.verdict is Verdict.EQUAL for one in judgements) >= 6


@pytest.mark.parametrize("name", TABLE_FUNCTIONS)
def test_table_function(agency: Agency, name: str) -> None:
    _same(agency.judged(table_function_text(agency.warehouse, name, *CALLS[0])))


@pytest.mark.parametrize("name", WHOLE)
def test_query(agency: Agency, name: str) -> None:
    _same(agency.judged(whole_query(name, agency.warehouse.settings)))


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_macro(court: Court, name: str) -> None:
    judgements = court.judge(EXPRESSIONS[name].cases(name, SqlSettings(), count=6))
    assert [str(one) for one in judgements if one.verdict is not Verdict.EQUAL] == []


@pytest.mark.parametrize("name", QUERIES)
def test_macro_of_queries(agency: Agency, name: str) -> None:
    _same(agency.judged(QUERIES[name].query(name, agency.warehouse.settings)))


def test_no_macro_is_forgotten() -> None:
    assert sorted({*EXPRESSIONS, *QUERIES, *STATEMENTS}) == sorted(ALL)
    assert set(STATEMENTS.values()) <= {*EXPRESSIONS, *QUERIES}
