"""The warehouse: one DuckDB database behind GoogleSQL, for any number of sessions in one process."""

from __future__ import annotations

import atexit
import datetime as dt
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from . import loading
from .catalog import Catalog, is_prepared, prepare_catalog
from .errors import EngineError
from .estimate import ColumnSizes
from .executor import TranslationCache
from .kept_documents import Documents
from .macros import install_macros
from .metadata.rows import catalog_rows
from .metadata.views import JOBS
from .schema import ColumnSchema
from .session import Session
from .statements import ParsedStatements
from .transactions import WriteLedger

ViewRows = Callable[[], Sequence[Mapping[str, Any]]]
"""Gives the rows of a system view, of JSON's types, columns by name; one that is left out is NULL."""


_MEMORY_LIMIT = "2GB"
"""What DuckDB may hold of a warehouse on disk; beyond it, it works on disk. Its own limit is most of the machine."""


class Engine:
    """Owns the database. Safe to use from many threads; each session belongs to one thread at a time.

    ``path`` is the warehouse file, None for memory; loads write beside it. ``now`` gives the clock that every statement
    sees. ``view_rows`` gives the rows of INFORMATION_SCHEMA.JOBS, which is empty when nobody does.
    ``read_only`` leaves the file, which must exist, exactly as it is.
    Raises EngineError locked when another process holds the file: DuckDB lets one process in at a time.
    """

    def __init__(
        self,
        path: Path | None,
        project: str,
        now: Callable[[], dt.datetime],
        *,
        location: str = "US",
        lock_wait_seconds: float = 600.0,
        read_only: bool = False,
    ) -> None:
        self.project = project
        self.folder = None if path is None else path.resolve().parent
        self._clock = now
        self._lock = threading.RLock()
        self._sessions: weakref.WeakSet[Session] = weakref.WeakSet()
        self._data_versions: dict[tuple[str, str], int] = {}
        self._changed_at: dict[tuple[str, str], dt.datetime] = {}
        self._opened_at = self.now()
        self._database = _connect(path, read_only)
        if not read_only:
            self._prepare()
        elif not is_prepared(self._database):
            self._database.close()
            raise EngineError("invalid", f"The file {path} is no warehouse of the local cloud", "file")
        self._scratch = self._cursor()
        self._store = self._cursor()
        self.documents = Documents(self._cursor, read_only)
        self.view_rows: dict[str, ViewRows] = {}
        self.catalog = Catalog(self._cursor(), project, self.now, location)
        self.ledger = WriteLedger(project, lock_wait_seconds)
        self.translations = TranslationCache()
        self.statements = ParsedStatements()
        self.column_sizes = ColumnSizes()
        self._closed = False
        atexit.register(self.close)

    def _prepare(self) -> None:
        """Make what every warehouse has, and clear away what a killed process left."""
        if self.folder is not None:
            loading.remove_leftovers(self.folder)
        self._database.execute('CREATE SCHEMA IF NOT EXISTS "$eros"')
        self._database.execute('CREATE TABLE IF NOT EXISTS "$eros".meta (key VARCHAR, value VARCHAR)')
        install_macros(self._database)
        prepare_catalog(self._database)

    def now(self) -> dt.datetime:
        """The clock, in UTC."""
        return self._clock().astimezone(dt.UTC)

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        cursor = self._database.cursor()
        cursor.execute("SET TimeZone = 'UTC'")
        return cursor

    # Sessions

    def session(self, default_dataset: str | None = None) -> Session:
        """A new session with its own connection and temporary objects; close it after use."""
        with self._lock:
            if self._closed:
                raise EngineError("invalid", "The engine is closed")
            session = Session(self, self._cursor(), default_dataset)
            self._sessions.add(session)
            return session

    def forget(self, session: Session) -> None:
        """A session has closed."""
        with self._lock:
            self._sessions.discard(session)

    def scratch_connection(self) -> duckdb.DuckDBPyConnection:
        """A connection for expressions that read no table, outside every transaction."""
        return self._scratch.cursor()

    def close(self) -> None:
        """Close every session and the database, which writes the log into the file. Closing twice is harmless."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            for session in list(self._sessions):
                session.close()
            self.documents.close()
            for connection in (self._scratch, self._store, self._database):
                connection.close()
        atexit.unregister(self.close)

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    # Rows

    def insert_rows(
        self,
        dataset: str,
        table: str,
        rows: Iterable[Mapping[str, Any]],
        *,
        schema: Iterable[ColumnSchema] | None = None,
        write_disposition: str = "WRITE_APPEND",
        create_disposition: str = "CREATE_IF_NEEDED",
        ignore_unknown: bool = False,
        watch: Callable[[Session], None] | None = None,
    ) -> int:
        """Load rows as a load job does, all or none; returns how many.

        Values are JSON's or Python's. ``schema`` creates the table when it is missing and may be; ``watch`` hears which
        session loads, to interrupt it. Raises EngineError invalid naming the row (from 1) and the field, notFound,
        duplicate (WRITE_EMPTY on a table with rows).
        """
        return loading.load_rows(
            self,
            (dataset, table),
            rows,
            schema=None if schema is None else tuple(schema),
            write_disposition=write_disposition,
            create_disposition=create_disposition,
            ignore_unknown=ignore_unknown,
            watch=watch,
        )

    def note_write(self, table: tuple[str, str]) -> None:
        """Rows of a table changed: measured sizes are void."""
        with self._lock:
            self._data_versions[table] = self._data_versions.get(table, 0) + 1
            self._changed_at[table] = self.now()

    def data_version(self, table: tuple[str, str]) -> int:
        """Counts the changes of a table's rows since the engine opened."""
        return self._data_versions.get(table, 0)

    def changed_at(self, table: tuple[str, str]) -> dt.datetime:
        """When a table's rows changed last; what was before the engine opened counts as then."""
        return self._changed_at.get(table, self._opened_at)

    def table_statistics(self, dataset: str, table: str) -> tuple[int, int]:
        """(rows, logical bytes) of a table; (0, 0) for a view."""
        found = self.catalog.require_table(dataset, table)
        if found.kind == "VIEW":
            return 0, 0
        with self.session() as session:
            return loading.count_rows(session, found), loading.logical_bytes(session, found)

    def system_rows(self, name: str) -> Sequence[Mapping[str, Any]]:
        """The rows of an INFORMATION_SCHEMA view: ``view``, or ``view.dataset`` for one dataset, in any letter case."""
        view, _, dataset = name.partition(".")
        if view.upper() == JOBS.name:
            given = self.view_rows.get(JOBS.name)
            return given() if given else []
        return catalog_rows(self, view.upper(), dataset or None)

    # Key and value

    def meta_get(self, key: str) -> str | None:
        """The value kept under ``key``, or None."""
        with self._lock:
            found = self._store.execute('SELECT value FROM "$eros".meta WHERE key = ?', [key]).fetchall()
            return found[0][0] if found else None

    def meta_put(self, key: str, value: str) -> None:
        """Keep ``value`` under ``key``, on disk before this returns."""
        with self._lock:
            self._store.execute("BEGIN")
            self._store.execute('DELETE FROM "$eros".meta WHERE key = ?', [key])
            self._store.execute('INSERT INTO "$eros".meta VALUES (?, ?)', [key, value])
            self._store.execute("COMMIT")


def _connect(path: Path | None, read_only: bool) -> duckdb.DuckDBPyConnection:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if path is not None:
        settings["memory_limit"] = _MEMORY_LIMIT
    try:
        connection = duckdb.connect(":memory:" if path is None else str(path), read_only=read_only, config=settings)
    except duckdb.IOException as error:
        if "lock" not in str(error).lower():
            raise EngineError("invalid", f"The warehouse file {path} cannot be opened: {error}", "file") from error
        raise EngineError(
            "locked", f"The warehouse file {path} is in use by another process; stop it and try again", "file"
        ) from error
    connection.execute("SET TimeZone = 'UTC'")
    return connection
