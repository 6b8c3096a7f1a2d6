"""Who may change which table, without a database."""

import threading

import pytest

from infra.local.engine.errors import EngineError
from infra.local.engine.transactions import WriteLedger

TABLE = ("d", "t")


@pytest.fixture
def ledger() -> WriteLedger:
    return WriteLedger("p", wait_seconds=0.2)


def test_the_second_transaction_is_aborted_by_name(ledger: WriteLedger) -> None:
    ledger.claim(TABLE, "first", ledger.now())
    ledger.claim(TABLE, "first", ledger.now())
    with pytest.raises(EngineError, match=r"aborted due to concurrent update against table p:d\.t\.") as caught:
        ledger.claim(TABLE, "second", ledger.now())
    assert caught.value.reason == "invalidQuery"


def test_a_commit_after_the_snapshot_conflicts_and_before_it_does_not(ledger: WriteLedger) -> None:
    begun = ledger.now()
    ledger.claim(TABLE, "first", ledger.now())
    ledger.release("first", committed=True)
    with pytest.raises(EngineError, match="concurrent update"):
        ledger.claim(TABLE, "second", begun)
    ledger.claim(TABLE, "third", ledger.now())


def test_a_rollback_leaves_no_trace(ledger: WriteLedger) -> None:
    begun = ledger.now()
    ledger.claim(TABLE, "first", begun)
    ledger.release("first", committed=False)
    ledger.claim(TABLE, "second", begun)


def test_a_single_statement_waits_only_so_long(ledger: WriteLedger) -> None:
    ledger.claim(TABLE, "first", ledger.now())
    with pytest.raises(EngineError, match=r"Could not serialize access to table p:d\.t"), ledger.mutation(TABLE):
        pass


def test_a_single_statement_runs_when_the_table_is_free(ledger: WriteLedger) -> None:
    patient = WriteLedger("p", wait_seconds=30)
    patient.claim(TABLE, "first", patient.now())
    timer = threading.Timer(0.05, lambda: patient.release("first", committed=True))
    timer.start()
    with patient.mutation(TABLE), pytest.raises(EngineError):
        patient.claim(TABLE, "second", patient.now())
    timer.join()
    patient.claim(TABLE, "second", patient.now())


def test_a_failed_statement_is_no_mutation(ledger: WriteLedger) -> None:
    begun = ledger.now()
    with pytest.raises(ZeroDivisionError), ledger.mutation(TABLE):
        raise ZeroDivisionError
    ledger.claim(TABLE, "first", begun)
