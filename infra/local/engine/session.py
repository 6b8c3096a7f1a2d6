"""One session: a DuckDB connection, its temporary objects and its transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import duckdb

from . import dry_runs
from .errors import EngineError, unsupported
from .estimate import ColumnSizes
from .executor import Executor
from .failures import engine_error, is_write_conflict
from .interpreter import Interpreter
from .results import QueryParameter, ScriptResult
from .schema import Table
from .scope import TemporaryObjects

if TYPE_CHECKING:
    from .engine import Engine


class Session:
    """Runs scripts one after the other. Not for two threads at once, but `interrupt` may come from another one.

    The state of the transaction is tracked here, because DuckDB's COMMIT of an aborted transaction reports success.
    ``script`` holds the finished statements of the last script, also of one that failed; None for a single statement.
    """

    def __init__(self, engine: Engine, connection: duckdb.DuckDBPyConnection, default_dataset: str | None) -> None:
        self.engine = engine
        self.connection = connection
        self.default_dataset = default_dataset
        self.temporary = TemporaryObjects()
        self.executor = Executor(self)
        self.statement_time = engine.now()
        self.row_count: int | None = None
        self.error: dict[str, str] | None = None
        self.script: list[ScriptResult] | None = None
        self.maximum_bytes_billed: int | None = None
        self.temporary_sizes = ColumnSizes()
        self.in_transaction = False
        self.transaction_failed = False
        self.transaction_id: str | None = None
        self.is_queued = False
        self._transaction_began = 0
        self._conflict: EngineError | None = None
        self._temporary_before = self.temporary
        self._written: set[tuple[str, str]] = set()
        self._interpreter: Interpreter | None = None
        self._interrupted = False
        self._closed = False

    # Running

    def run(
        self,
        sql: str,
        parameters: Sequence[QueryParameter] = (),
        *,
        dry_run: bool = False,
        maximum_bytes_billed: int | None = None,
    ) -> ScriptResult:
        """Run a statement or script to its end.

        A transaction that is open at the end is rolled back silently, as in BigQuery. ``maximum_bytes_billed`` (bytes)
        is compared with each statement's estimate before it runs. Raises EngineError.
        """
        if self._closed:
            raise EngineError("invalid", "The session is closed; open another with Engine.session()")
        self._interrupted = False
        self.row_count, self.error, self.script = None, None, None
        self.maximum_bytes_billed = maximum_bytes_billed
        interpreter = self._interpreter = Interpreter(self, parameters)
        try:
            return dry_runs.dry_run(self, sql, parameters) if dry_run else interpreter.run(sql)
        finally:
            self._interpreter = None
            if interpreter.is_script:
                self.script = interpreter.results
            if self.in_transaction:
                self.rollback()

    def tick(self) -> None:
        """Start of a statement: notice an interruption, and read the clock unless a transaction fixed it."""
        self._notice_interruption()
        if not self.in_transaction:
            self.statement_time = self.engine.now()

    def _notice_interruption(self) -> None:
        if self._interrupted:
            raise EngineError("stopped", "Job execution was cancelled: User requested cancellation")

    def interrupt(self) -> None:
        """Stop the running script at once; `run` raises EngineError stopped. Callable from any thread."""
        self._interrupted = True
        if not self._closed:
            self.connection.interrupt()

    def close(self) -> None:
        """Drop the session's temporary objects and its connection. Closing twice is harmless."""
        if self._closed:
            return
        if self.in_transaction:
            self.rollback()
        self._closed = True
        self.connection.close()
        self.engine.forget(self)

    def table(self, name: tuple[str, str]) -> Table | None:
        """A permanent table or view, or with dataset "" one of the session's own."""
        if name[0]:
            return self.engine.catalog.table(*name)
        return self.temporary.tables.get(name[1].lower())

    def evaluated(self, result: ScriptResult) -> None:
        """A statement needed a query for a value: what it cost is the script's."""
        if self._interpreter is not None:
            self._interpreter.note_expression(result)

    def system_variable(self, name: str) -> Any:
        """The value of ``@@name``. Raises EngineError notImplemented for one that is not kept."""
        values: dict[str, Any] = {
            "@@row_count": self.row_count,
            "@@project_id": self.engine.project,
            "@@dataset_id": self.default_dataset,
            "@@time_zone": "UTC",
            "@@error.message": (self.error or {}).get("message"),
            "@@error.statement_text": (self.error or {}).get("statement_text"),
        }
        if name.lower() not in values:
            raise unsupported(f"System variable {name}")
        return values[name.lower()]

    def scratch_connection(self) -> duckdb.DuckDBPyConnection:
        """A connection outside the failed transaction, for expressions that read no table."""
        return self.engine.scratch_connection()

    # Transactions

    def begin(self) -> None:
        """BEGIN TRANSACTION: fix the snapshot and the clock."""
        if self.in_transaction:
            raise EngineError("invalidQuery", "Nested transactions are not supported: a transaction is already open")
        self.statement_time = self.engine.now()
        self._transaction_began = self.engine.ledger.now()
        self.connection.execute("BEGIN")
        # DuckDB takes its snapshot of a database at the first look into it.
        self.connection.execute('SELECT 1 FROM "$eros".definitions LIMIT 0').fetchall()
        self.in_transaction, self.transaction_failed, self._conflict = True, False, None
        self.transaction_id = str(uuid.uuid4())
        self._temporary_before = self.temporary.copy()
        self._written.clear()

    def wrote(self, table: tuple[str, str]) -> None:
        """Note that a statement changed a table's rows."""
        if not table[0]:
            table = "", table[1].lower()
        self.engine.note_write(table)
        if self.in_transaction:
            self._written.add(table)

    def holding(self, table: tuple[str, str]) -> AbstractContextManager[None]:
        """Hold a table for one statement outside a transaction; waits for the transaction that has it."""
        return self.engine.ledger.mutation(table, self._notice_interruption, self._queue)

    def _queue(self, is_queued: bool) -> None:
        self.is_queued = is_queued

    def claim(self, table: tuple[str, str]) -> None:
        """Take a table for the open transaction, or abort the transaction: raises EngineError invalidQuery."""
        try:
            self.engine.ledger.claim(table, self, self._transaction_began, self.transaction_id or "")
        except EngineError as error:
            self.fail_transaction(error)
            raise

    def fail_transaction(self, conflict: EngineError | None = None) -> None:
        """A statement failed inside the transaction: only ROLLBACK is left, since DuckDB has no savepoints.

        A transaction that lost a ``conflict`` is aborted in BigQuery too.
        """
        self.transaction_failed = True
        self._conflict = self._conflict or conflict

    def after_failure(self, what: str) -> EngineError:
        """Why the failed transaction takes nothing but ROLLBACK."""
        if self._conflict is not None:
            return EngineError(self._conflict.reason, self._conflict.message)
        return unsupported(f"{what} after a failed statement in the same transaction (run ROLLBACK TRANSACTION first)")

    def commit(self) -> None:
        """COMMIT TRANSACTION. Raises EngineError when none is open or a statement in it failed."""
        if not self.in_transaction:
            raise EngineError("invalidQuery", "Cannot commit transaction: no transaction is open")
        if self.transaction_failed:
            refusal = self.after_failure("COMMIT TRANSACTION")
            self.rollback()
            raise refusal
        try:
            self.connection.execute("COMMIT")
        except duckdb.Error as error:
            self.rollback()
            if is_write_conflict(error):
                raise EngineError(
                    "invalidQuery", "Transaction is aborted due to concurrent update", statement="COMMIT TRANSACTION"
                ) from error
            raise engine_error(error, "COMMIT TRANSACTION") from error
        self._end(committed=True)

    def rollback(self) -> None:
        """ROLLBACK TRANSACTION. Raises EngineError when none is open."""
        if not self.in_transaction:
            raise EngineError("invalidQuery", "Cannot roll back transaction: no transaction is open")
        try:
            self.connection.execute("ROLLBACK")
        except duckdb.TransactionException as error:
            if "no transaction is active" not in str(error):
                raise engine_error(error, "ROLLBACK TRANSACTION") from error
        finally:
            self.temporary = self._temporary_before
            self._end(committed=False)

    def _end(self, *, committed: bool) -> None:
        self.in_transaction = self.transaction_failed = False
        self.transaction_id = self._conflict = None
        for table in self._written:
            self.engine.note_write(table)
        self._written.clear()
        self.engine.ledger.release(self, committed=committed)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()
