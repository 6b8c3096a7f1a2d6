"""The life of a schedule."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from orchestrator.domain import LEGAL_TRANSITIONS, Status, check_transition
from orchestrator.errors import RefusedError

LIFE = [Status.DRAFT, Status.LOCKED, Status.APPROVED, Status.EXPORTED, Status.SENT, Status.SETTLED]
FINAL = {Status.SETTLED, Status.REJECTED, Status.CANCELLED, Status.FAILED, Status.SUPERSEDED}


def test_the_whole_life_is_legal() -> None:
    for before, after in pairwise(LIFE):
        check_transition(before, after)


@pytest.mark.parametrize(("before", "after"), list(product(Status, Status)))
def test_exactly_the_table_is_legal(before: Status, after: Status) -> None:
    if after in LEGAL_TRANSITIONS[before]:
        check_transition(before, after)
    else:
        with pytest.raises(RefusedError, match=f"from {before} to {after}"):
            check_transition(before, after)


def test_nothing_goes_back_or_skips_a_step() -> None:
    for i, before in enumerate(LIFE):
        assert LEGAL_TRANSITIONS[before] & set(LIFE) == set(LIFE[i + 1 : i + 2])


def test_what_is_final_stays() -> None:
    assert {status for status in Status if status.is_final} == FINAL


def test_a_new_version_may_replace_what_was_not_sent() -> None:
    replaceable = {status for status in Status if Status.SUPERSEDED in LEGAL_TRANSITIONS[status]}
    assert replaceable == {Status.DRAFT, Status.LOCKED, Status.APPROVED, Status.EXPORTED}


def test_locks_and_exports() -> None:
    assert {status for status in Status if status.holds_locks} == set(LIFE[1:])
    assert {status for status in Status if status.may_export} == {Status.APPROVED, Status.EXPORTED}
