"""What BigQuery's reference says, page by page, as the local cloud answers it.

The pages stand below REFERENCE. Three of the answers are not as the page had them when they were written down:
GoogleSQL's own code refuses a literal NULL beside || and an array of STRUCT and INT64 (FAILING), and quotes a NUMERIC
with a fraction in TO_JSON_STRING. Two have no printed answer at all: the fingerprint of 'foo1true' is what that code
gives, and SHA256 of 'abc' is the example of FIPS 180-2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.local.dialect import documented_rows, documented_times, documented_values
from tests.local.dialect.checking import check, fail
from tests.local.dialect.harness import Bench

REFERENCE = "https://cloud.google.com/bigquery/docs/reference/standard-sql/"
ANSWERS = [documented_values.DOCUMENTED, documented_times.DOCUMENTED, documented_rows.DOCUMENTED]
FAILURES = [documented_values.FAILING, documented_rows.FAILING]


def _each(pages: Sequence[Mapping[str, Sequence[tuple[str, Any]]]]) -> Any:
    found = [(page, sql, answer) for one in pages for page, cases in one.items() for sql, answer in cases]
    return pytest.mark.parametrize(("page", "sql", "answer"), found, ids=[f"{page}: {sql}" for page, sql, _ in found])


@_each(ANSWERS)
def test_the_answer_is_the_documented_one(shared_bench: Bench, page: str, sql: str, answer: Any) -> None:
    check(shared_bench, sql, answer)


@_each(FAILURES)
def test_it_fails(shared_bench: Bench, page: str, sql: str, answer: str) -> None:
    fail(shared_bench, sql, answer)
