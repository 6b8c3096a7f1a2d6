"""The life of a schedule."""

from __future__ import annotations

from orchestrator.domain import LEGAL_TRANSITIONS, Status

LIFE = [Status.DRAFT, Status.LOCKED, Status.APPROVED, Status.EXPORTED, Status.SENT, Status.SETTLED]
FINAL = {Status.SETTLED, Status.REJECTED, Status.CANCELLED, Status.FAILED, Status.SUPERSEDED}


def test_nothing_goes_back_or_skips_a_step() -> None:
    for i, before in enumerate(LIFE):
        assert LEGAL_TRANSITIONS[before] & set(LIFE) == set(LIFE[i + 1 : i + 2])


def test_what_is_final_stays() -> None:
    assert {status for status in Status if not LEGAL_TRANSITIONS[status]} == FINAL


def test_a_new_version_may_replace_what_was_not_sent() -> None:
    replaceable = {status for status in Status if Status.SUPERSEDED in LEGAL_TRANSITIONS[status]}
    assert replaceable == {Status.DRAFT, Status.LOCKED, Status.APPROVED, Status.EXPORTED}


def test_locks_and_exports() -> None:
    assert {status for status in Status if status.holds_locks} == set(LIFE[1:])
    assert {status for status in Status if status.may_export} == {Status.APPROVED, Status.EXPORTED}
