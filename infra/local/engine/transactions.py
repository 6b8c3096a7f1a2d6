"""BigQuery's conflicts between writers, which are finer in DuckDB than in BigQuery.

BigQuery's unit of conflict is the table: a transaction that updates, deletes or merges rows conflicts with every other
transaction that changes rows of that table since the first one began, whichever rows they are. INSERT never conflicts.
DML outside a transaction waits for the transaction. DuckDB only sees conflicts on one row, so a test that passes on
it alone may fail in production; this table-level ledger closes the gap.
Sources: cloud.google.com/bigquery/docs/transactions, "Transaction concurrency"; data-manipulation-language,
"UPDATE, DELETE, MERGE DML concurrency".
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .errors import EngineError

TableName = tuple[str, str]

MAX_QUEUED = 20
"""Statements that may wait for one table at a time."""

_POLL_SECONDS = 0.05


class WriteLedger:
    """Who changes which table, and when a table's rows were changed last. Shared by all sessions of an engine."""

    def __init__(self, project: str, wait_seconds: float = 600.0) -> None:
        self._project = project
        self._wait_seconds = wait_seconds
        self._changed = threading.Condition()
        self._holders: dict[TableName, object] = {}
        self._queued: Counter[TableName] = Counter()
        self._mutated_at: dict[TableName, int] = {}
        self._clock = 0

    def now(self) -> int:
        """The count of committed mutations; a transaction notes it when it begins."""
        with self._changed:
            return self._clock

    def claim(self, table: TableName, owner: object, begun: int, transaction_id: str = "") -> None:
        """Give a transaction the right to mutate ``table``, or raise: it never waits.

        ``begun`` is the ledger's count when the transaction began. Raises EngineError invalidQuery when another
        transaction or statement holds the table, or changed it after ``begun``.
        """
        with self._changed:
            holder = self._holders.get(table)
            if holder is owner:
                return
            if holder is not None or self._mutated_at.get(table, 0) > begun:
                raise self.conflict(table, transaction_id)
            self._holders[table] = owner

    @contextmanager
    def mutation(
        self,
        table: TableName,
        stopped: Callable[[], None] = lambda: None,
        waiting: Callable[[bool], None] | None = None,
    ) -> Iterator[None]:
        """Hold ``table`` for one statement outside a transaction, waiting for whoever has it.

        ``stopped`` raises when the wait has to end; ``waiting`` hears when it begins and when it is over. Raises
        EngineError resourcesExceeded when too many wait already, invalidQuery when it takes over ``wait_seconds``.
        """
        owner = object()
        with self._changed:
            if table in self._holders:
                self._wait(table, stopped, waiting or (lambda is_waiting: None))
            self._holders[table] = owner
        committed = False
        try:
            yield
            committed = True
        finally:
            self.release(owner, committed=committed)

    def _wait(self, table: TableName, stopped: Callable[[], None], waiting: Callable[[bool], None]) -> None:
        """Queue for a table; the lock is held."""
        if self._queued[table] >= MAX_QUEUED:
            raise EngineError(
                "resourcesExceeded",
                "Resources exceeded during query execution: Too many DML statements outstanding against table "
                f"{self._shown(table)}, limit is {MAX_QUEUED}.",
            )
        deadline = time.monotonic() + self._wait_seconds
        self._queued[table] += 1
        waiting(True)
        try:
            while table in self._holders:
                stopped()
                if time.monotonic() > deadline:
                    raise EngineError(
                        "invalidQuery",
                        f"Could not serialize access to table {self._shown(table)} due to concurrent update",
                    )
                self._changed.wait(_POLL_SECONDS)
        finally:
            self._queued[table] -= 1
            waiting(False)

    def release(self, owner: object, *, committed: bool) -> None:
        """Give back every table of ``owner``; when it committed, younger transactions now conflict with it."""
        with self._changed:
            held = [table for table, holder in self._holders.items() if holder is owner]
            if committed and held:
                self._clock += 1
            for table in held:
                del self._holders[table]
                if committed:
                    self._mutated_at[table] = self._clock
            self._changed.notify_all()

    def conflict(self, table: TableName, transaction_id: str = "") -> EngineError:
        """The error BigQuery gives the transaction that lost."""
        named = f" Transaction ID: {transaction_id}" if transaction_id else ""
        return EngineError(
            "invalidQuery",
            f"Transaction is aborted due to concurrent update against table {self._shown(table)}.{named}",
        )

    def _shown(self, table: TableName) -> str:
        return f"{self._project}:{table[0]}.{table[1]}"
