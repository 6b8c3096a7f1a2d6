"""Runs one SQL statement: translate, bind, execute, count, and report as BigQuery would."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import duckdb
from sqlglot import exp

from .errors import EngineError
from .estimate import Scanned, check_cap, may_mutate, statement_bytes
from .failures import TRANSLATABLE, engine_error, is_write_conflict
from .place import Place
from .positional import name_positions
from .results import DmlStats, ScriptResult, fetchable, python_rows, result_columns
from .rewrite import translate
from .rewrite.names import Binding, BindingKind, Translation
from .scope import Scope, StatementNames, parse_query
from .snapshots import refuse_snapshot
from .types import DataType

if TYPE_CHECKING:
    from .session import Session

_RETRY_SECONDS = 20.0
_MUTATIONS = frozenset({"UPDATE", "DELETE", "MERGE", "TRUNCATE_TABLE"})
_CACHED_TRANSLATIONS = 2000
_FETCHED = 10_000
_FIRST = itemgetter(0)


class TranslationCache:
    """Translations by text, names in sight and catalog version, shared by the sessions of an engine."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Any, ...], Translation] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: tuple[Any, ...]) -> Translation | None:
        """The kept translation, now the youngest."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: tuple[Any, ...], translation: Translation) -> None:
        """Keep a translation; the oldest goes when there are too many."""
        with self._lock:
            self._kept[key] = translation
            if len(self._kept) > _CACHED_TRANSLATIONS:
                self._kept.popitem(last=False)


class Executor:
    """Statement execution for one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # Translation

    def translate(self, place: Place, scope: Scope) -> Translation:
        """The DuckDB form of a statement. Raises EngineError with the place in the script."""
        session = self._session
        names = self.names(scope)
        key = (
            place.text,
            tuple(names.variables.items()),
            tuple(names.parameters.items()),
            session.default_dataset,
            session.engine.catalog.version,
            tuple((name, table.columns) for name, table in session.temporary.tables.items()),
            tuple(session.temporary.routines.values()),
        )
        found = session.engine.translations.get(key)
        if found is None:
            try:
                found = translate(parse_query(name_positions(place.text)).copy(), names)
            except TRANSLATABLE as error:
                raise engine_error(error, place.text, place.start) from error
            session.engine.translations.put(key, found)
        return found

    def names(self, scope: Scope) -> StatementNames:
        """What names mean in a scope."""
        session = self._session
        variables = {name: variable.type for name, variable in scope.visible().items()}
        parameters = {name: parameter.type for name, parameter in scope.parameters.items()}
        return StatementNames(session.engine.catalog, session.temporary, session.default_dataset, variables, parameters)

    def type_of(self, expression: Place, scope: Scope) -> DataType:
        """The type of an expression, without running it."""
        return self.translate(_as_select(expression), scope).columns[0][1]

    # Execution

    def value(self, expression: Place, scope: Scope) -> Any:
        """The value of an expression; a query in it counts as one of the script's."""
        result = self.run(_as_select(expression), scope)
        self._session.evaluated(result)
        return result.rows[0][0]

    def run(self, place: Place, scope: Scope, *, is_free: bool = False) -> ScriptResult:
        """Translate and execute a query or DML statement.

        Raises EngineError bytesBilledLimitExceeded before it runs when it would cost more than the session may spend.
        """
        translation = self.translate(place, scope)
        found = Scanned() if is_free else statement_bytes(self._session, translation, place, scope)
        check_cap(found.billed, self._session.maximum_bytes_billed)
        if translation.kind == "SELECT":
            result = self._select(place, translation, scope)
        else:
            result = self._write(place, translation, scope)
        result.bytes_processed, result.bytes_billed = found.processed, found.billed
        result.reads = tuple(sorted(translation.reads))
        return result

    def bindings(self, translation: Translation, scope: Scope) -> dict[str, Any]:
        """The value of each placeholder."""
        return {name: self._bound(binding, scope) for name, binding in translation.placeholders.items()}

    def _bound(self, binding: Binding, scope: Scope) -> Any:
        if binding.kind is BindingKind.NOW:
            return self._session.statement_time
        if binding.kind is BindingKind.ROWS:
            return json.dumps(self._session.engine.system_rows(str(binding.name)))
        if binding.kind is BindingKind.SYSTEM:
            return self._session.system_variable(str(binding.name))
        if binding.kind is BindingKind.PARAMETER:
            return scope.parameters[str(binding.name)].value
        variable = scope.find(str(binding.name))
        if variable is None:
            raise EngineError("invalidQuery", f"Unrecognized name: {binding.name}")
        return variable.value

    def _select(self, place: Place, translation: Translation, scope: Scope) -> ScriptResult:
        types = [kind for _, kind in translation.columns]
        connection = self._reading_connection(translation, place)
        sql, values = fetchable(translation.sql, types), self.bindings(translation, scope)
        statements = self._session.engine.statements
        rows = self._guarded(place, lambda: statements.execute(connection, sql, values).fetchall())
        return ScriptResult(
            "SELECT", result_columns(translation.columns), python_rows(rows, types), statement=place.text
        )

    def _reading_connection(self, translation: Translation, place: Place) -> duckdb.DuckDBPyConnection:
        """The session's connection; for a table-free expression after a failed transaction, a fresh one."""
        session = self._session
        if not session.transaction_failed:
            return session.connection
        if translation.reads:
            raise session.after_failure("A query")
        return session.scratch_connection()

    def _write(self, place: Place, translation: Translation, scope: Scope) -> ScriptResult:
        session = self._session
        if session.transaction_failed:
            raise session.after_failure("A change of rows")
        if translation.target is None:
            raise EngineError("notImplemented", f"{translation.kind} is not supported by the local cloud")
        written = session.engine.catalog.table(*translation.target)
        if written is not None:
            refuse_snapshot(written, session.engine.project)
        values = self.bindings(translation, scope)
        with self._right_to_write(place, translation):
            stats = self._guarded(place, lambda: self._count(translation, values), retry=not session.in_transaction)
        if session.in_transaction and translation.kind == "MERGE" and stats.updated + stats.deleted:
            session.claim(translation.target)
        session.wrote(translation.target)
        return ScriptResult(
            translation.kind,
            affected_rows=stats.total,
            dml_stats=stats,
            statement=place.text,
            target=translation.target,
        )

    def _right_to_write(self, place: Place, translation: Translation) -> AbstractContextManager[None]:
        """Claim or hold the table as BigQuery's concurrency rules demand; INSERT and inserting MERGE never conflict."""
        session = self._session
        target = translation.target
        if target is None or target[0] == "" or translation.kind not in _MUTATIONS:
            return nullcontext()
        if translation.kind == "MERGE" and not may_mutate(place.text):
            return nullcontext()
        if not session.in_transaction:
            return session.holding(target)
        if translation.kind != "MERGE":
            session.claim(target)
        return nullcontext()

    def _count(self, translation: Translation, values: Mapping[str, Any]) -> DmlStats:
        done = self._session.engine.statements.execute(self._session.connection, translation.sql, values)
        if translation.kind == "MERGE":
            actions: Counter[str] = Counter()
            for batch in iter(lambda: done.fetchmany(_FETCHED), []):
                actions.update(map(_FIRST, batch))
            return DmlStats(actions["INSERT"], actions["UPDATE"], actions["DELETE"])
        rows = done.fetchall()
        count = int(rows[0][0]) if rows else 0
        if translation.kind == "INSERT":
            return DmlStats(inserted=count)
        return DmlStats(updated=count) if translation.kind == "UPDATE" else DmlStats(deleted=count)

    @contextmanager
    def errors(self, place: Place) -> Iterator[None]:
        """DuckDB's and the dialect's errors inside become EngineErrors."""
        try:
            yield
        except TRANSLATABLE as error:
            if self._session.in_transaction and isinstance(error, duckdb.Error):
                self._session.fail_transaction()
            raise engine_error(error, place.text, place.start) from error

    def _guarded(self, place: Place, work: Any, *, retry: bool = False) -> Any:
        """Run ``work``; DuckDB's errors become EngineErrors, write conflicts outside transactions are tried again."""
        deadline = time.monotonic() + _RETRY_SECONDS
        pause = 0.001
        while True:
            try:
                return work()
            except duckdb.Error as error:
                if retry and is_write_conflict(error) and time.monotonic() < deadline:
                    time.sleep(pause)
                    pause = min(pause * 2, 0.1)
                    continue
                raise self._failure(error, place) from error

    def _failure(self, error: duckdb.Error, place: Place) -> EngineError:
        session = self._session
        target = self._conflicting_table(place) if is_write_conflict(error) else None
        conflict = None if target is None else session.engine.ledger.conflict(target, session.transaction_id or "")
        if session.in_transaction:
            session.fail_transaction(conflict)
        return conflict or engine_error(error, place.text, place.start)

    def _conflicting_table(self, place: Place) -> tuple[str, str] | None:
        table = parse_query(place.text).find(exp.Table)
        if table is None:
            return None
        return table.db or self._session.default_dataset or "", table.name


def _as_select(expression: Place) -> Place:
    line, column = expression.start
    return Place(f"SELECT {expression.text}", (line, column - len("SELECT ")))
