"""The catalog: datasets, tables, views and routines, with all that BigQuery knows about them and DuckDB does not.

Definitions live in memory for quick lookups and in the schema ``$eros`` of the same DuckDB file, written in the same
DuckDB transaction as the object itself, so that the two never differ after a crash. ``$`` cannot occur in a dataset
name, so no dataset collides with it.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import duckdb

from .errors import EngineError, unsupported
from .schema import (
    ColumnSchema,
    Dataset,
    Routine,
    Table,
    changed,
    dataset_from_json,
    routine_from_json,
    table_from_json,
    to_json,
)
from .types import duck_type

_DATASET_NAME = re.compile(r"[A-Za-z0-9_]{1,1024}")
_TABLE_NAME = re.compile(r"[\w\- ]{1,1024}")
_RESERVED_DATASETS = frozenset({"information_schema", "pg_catalog"})
_STORES: Mapping[str, Callable[[str], Dataset | Table | Routine]] = {
    "dataset": dataset_from_json,
    "table": table_from_json,
    "routine": routine_from_json,
}


def quoted(name: str) -> str:
    """A DuckDB identifier."""
    return '"' + name.replace('"', '""') + '"'


def prepare_catalog(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the place where definitions are kept, before a Catalog reads it."""
    connection.execute('CREATE SCHEMA IF NOT EXISTS "$eros"')
    connection.execute(
        'CREATE TABLE IF NOT EXISTS "$eros".definitions (kind VARCHAR, dataset VARCHAR, name VARCHAR, body VARCHAR)'
    )


def is_prepared(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether `prepare_catalog` was ever here."""
    found = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name = '$eros' AND table_name = 'definitions'"
    )
    return bool(found.fetchall())


class Catalog:
    """All definitions of one warehouse. Lookups need no lock; changes take it and raise ``version`` by one."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, project: str, now: Callable[[], dt.datetime], location: str = "US"
    ) -> None:
        self.project = project
        self.location = location
        self.version = 0
        self.lock = threading.RLock()
        self._connection = connection
        self._is_together = False
        self._now = now
        self._database = str(connection.execute("SELECT current_database()").fetchall()[0][0])
        self._datasets: dict[str, Dataset] = {}
        self._tables: dict[tuple[str, str], Table] = {}
        self._routines: dict[tuple[str, str], Routine] = {}
        self._load()

    def _load(self) -> None:
        stored = self._connection.execute('SELECT kind, body FROM "$eros".definitions ORDER BY kind, dataset, name')
        for kind, body in stored.fetchall():
            self._remember(_STORES[kind](body))

    # Lookups

    def datasets(self) -> list[Dataset]:
        """All datasets by name."""
        return sorted(self._datasets.values(), key=lambda dataset: dataset.name)

    def dataset(self, name: str) -> Dataset | None:
        """The dataset of that name."""
        return self._datasets.get(name)

    def tables(self, dataset: str) -> list[Table]:
        """Tables and views of a dataset by name."""
        return sorted((t for t in list(self._tables.values()) if t.dataset == dataset), key=lambda table: table.name)

    def table(self, dataset: str, name: str) -> Table | None:
        """The table or view of that name."""
        return self._tables.get((dataset, name))

    def routines(self, dataset: str) -> list[Routine]:
        """Routines of a dataset by name."""
        return sorted((r for r in list(self._routines.values()) if r.dataset == dataset), key=lambda item: item.name)

    def routine(self, dataset: str, name: str) -> Routine | None:
        """The routine of that name, in any letter case."""
        return self._routines.get((dataset, name.lower()))

    def require_dataset(self, name: str) -> Dataset:
        """The dataset, or EngineError notFound."""
        found = self.dataset(name)
        if found is None:
            raise EngineError("notFound", f"Not found: Dataset {self.project}:{name}")
        return found

    def require_table(self, dataset: str, name: str) -> Table:
        """The table or view, or EngineError notFound."""
        found = self.table(dataset, name)
        if found is None:
            raise EngineError("notFound", f"Not found: Table {self.project}:{dataset}.{name}")
        return found

    def physical(self, dataset: str, name: str) -> str:
        """The quoted DuckDB name of a permanent table."""
        return f"{quoted(self._database)}.{quoted(dataset)}.{quoted(name)}"

    # Datasets

    def create_dataset(self, dataset: Dataset | str) -> Dataset:
        """Add a dataset. Raises EngineError duplicate when it exists, invalid when it cannot be named so."""
        wanted = Dataset(dataset) if isinstance(dataset, str) else dataset
        if not _DATASET_NAME.fullmatch(wanted.name) or wanted.name.lower() in _RESERVED_DATASETS:
            raise EngineError("invalid", f'Invalid dataset ID "{wanted.name}".', location="dataset")
        with self.lock:
            if wanted.name in self._datasets:
                raise EngineError("duplicate", f"Already Exists: Dataset {self.project}:{wanted.name}")
            if wanted.name.lower() in {name.lower() for name in self._datasets}:
                raise unsupported(f"A dataset whose name differs only in letter case ({wanted.name})")
            created = _new(wanted, self._now())
            with self._writing() as connection:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(wanted.name)}")
                self._store(connection, created)
            return created

    def update_dataset(self, dataset: Dataset) -> Dataset:
        """Replace a dataset's description, labels and extra fields."""
        with self.lock:
            current = self.require_dataset(dataset.name)
            return self._put(changed(dataset, self._now(), created=current.created))

    def drop_dataset(self, name: str, *, cascade: bool = False) -> None:
        """Remove a dataset. Raises EngineError invalid when it is not empty and ``cascade`` is not set."""
        with self.lock:
            self.require_dataset(name)
            content: list[Table | Routine] = [*self.tables(name), *self.routines(name)]
            if content and not cascade:
                raise EngineError("invalid", f"Dataset {self.project}:{name} is still in use")
            with self._writing() as connection:
                connection.execute(f"DROP SCHEMA IF EXISTS {quoted(name)} CASCADE")
                connection.execute('DELETE FROM "$eros".definitions WHERE dataset = ?', [name])
            self._datasets.pop(name)
            for item in content:
                self._forget(item)

    # Tables

    def create_table(
        self,
        table: Table,
        *,
        replacing: bool = False,
        connection: duckdb.DuckDBPyConnection | None = None,
        query: tuple[str, Mapping[str, Any]] | None = None,
    ) -> Table:
        """Add a table or view. ``query`` is the DuckDB text and values that fill it, run on ``connection``.

        Raises EngineError duplicate when the name is taken and ``replacing`` is not set.
        """
        if not _TABLE_NAME.fullmatch(table.name):
            raise EngineError("invalid", f'Invalid table ID "{table.name}".', location="table")
        with self.lock:
            self.require_dataset(table.dataset)
            current = self.table(table.dataset, table.name)
            if current is not None and not replacing:
                raise EngineError("duplicate", f"Already Exists: Table {self.project}:{table.dataset}.{table.name}")
            self._refuse_other_case(table)
            created = _new(table, self._now())
            with self._writing(connection) as writer:
                if current is not None and current.kind == "TABLE":
                    writer.execute(f"DROP TABLE {self.physical(table.dataset, table.name)}")
                if table.kind == "TABLE":
                    create_physical(writer, self.physical(table.dataset, table.name), table.columns, query)
                self._store(writer, created)
            return created

    def _refuse_other_case(self, table: Table) -> None:
        taken = {other.name.lower(): other.name for other in self.tables(table.dataset)}
        if taken.get(table.name.lower(), table.name) != table.name:
            raise unsupported(f"A table whose name differs only in letter case ({table.name})")

    def update_table(self, table: Table) -> Table:
        """Replace a table's description, labels, options and view query; columns only gain descriptions."""
        with self.lock:
            current = self.require_table(table.dataset, table.name)
            return self._put(changed(table, self._now(), created=current.created))

    def add_columns(self, dataset: str, name: str, columns: Sequence[ColumnSchema]) -> Table:
        """Append columns; a new column cannot be REQUIRED, as in BigQuery."""
        with self.lock:
            current = self.require_table(dataset, name)
            for column in columns:
                if current.column(column.name) is not None:
                    raise EngineError("duplicate", f"Column already exists: {column.name}")
                if column.required:
                    raise EngineError("invalid", f"Cannot add required column {column.name} to an existing table")
            grown = changed(current, self._now(), columns=(*current.columns, *columns))
            with self._writing() as connection:
                for column in columns:
                    connection.execute(
                        f"ALTER TABLE {self.physical(dataset, name)} ADD COLUMN {quoted(column.name)} "
                        f"{duck_type(column.type)}"
                    )
                self._store(connection, grown)
            return grown

    def drop_column(self, dataset: str, name: str, column: str) -> Table:
        """Remove a column."""
        with self.lock:
            current = self.require_table(dataset, name)
            rest = tuple(kept for kept in current.columns if kept.name.lower() != column.lower())
            if len(rest) == len(current.columns):
                raise EngineError("invalidQuery", f"Column not found: {column}")
            shrunk = changed(current, self._now(), columns=rest)
            with self._writing() as connection:
                connection.execute(f"ALTER TABLE {self.physical(dataset, name)} DROP COLUMN {quoted(column)}")
                self._store(connection, shrunk)
            return shrunk

    def relax_column(self, dataset: str, name: str, column: str) -> Table:
        """Make a REQUIRED column NULLABLE."""
        with self.lock:
            current = self.require_table(dataset, name)
            if current.column(column) is None:
                raise EngineError("invalidQuery", f"Column not found: {column}")
            columns = tuple(
                replace(kept, mode="NULLABLE") if kept.name.lower() == column.lower() else kept
                for kept in current.columns
            )
            relaxed = changed(current, self._now(), columns=columns)
            with self._writing() as connection:
                connection.execute(
                    f"ALTER TABLE {self.physical(dataset, name)} ALTER COLUMN {quoted(column)} DROP NOT NULL"
                )
                self._store(connection, relaxed)
            return relaxed

    def drop_table(self, dataset: str, name: str) -> None:
        """Remove a table or view. Raises EngineError notFound."""
        with self.lock:
            current = self.require_table(dataset, name)
            with self._writing() as connection:
                if current.kind == "TABLE":
                    connection.execute(f"DROP TABLE {self.physical(dataset, name)}")
                self._erase(connection, current)

    # Routines

    def put_routine(self, routine: Routine) -> Routine:
        """Add or replace a routine."""
        with self.lock:
            self.require_dataset(routine.dataset)
            current = self.routine(routine.dataset, routine.name)
            created = current.created if current else self._now().isoformat()
            return self._put(changed(routine, self._now(), created=created))

    def drop_routine(self, dataset: str, name: str) -> None:
        """Remove a routine. Raises EngineError notFound."""
        with self.lock:
            current = self.routine(dataset, name)
            if current is None:
                raise EngineError("notFound", f"Not found: Routine {self.project}:{dataset}.{name}")
            with self._writing() as connection:
                self._erase(connection, current)

    # Storage

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make the changes inside one: all last or none, also after kill -9. Not for CREATE TABLE AS SELECT."""
        with self.lock:
            if self._is_together:
                yield
                return
            with self._writing():
                self._is_together = True
                try:
                    yield
                finally:
                    self._is_together = False

    @contextmanager
    def _writing(self, connection: duckdb.DuckDBPyConnection | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """One DuckDB transaction around a change; memory changes are undone with it."""
        writer = connection or self._connection
        if self._is_together and writer is self._connection:
            self.version += 1
            yield writer
            return
        before = (dict(self._datasets), dict(self._tables), dict(self._routines))
        writer.execute("BEGIN")
        try:
            yield writer
            writer.execute("COMMIT")
        except BaseException:
            self._datasets, self._tables, self._routines = before
            _roll_back(writer)
            raise
        finally:
            self.version += 1

    def _put(self, item: Any) -> Any:
        with self._writing() as connection:
            self._store(connection, item)
        return item

    def _store(self, connection: duckdb.DuckDBPyConnection, item: Dataset | Table | Routine) -> None:
        kind, dataset, name = _identity(item)
        self._delete(connection, item)
        connection.execute('INSERT INTO "$eros".definitions VALUES (?, ?, ?, ?)', [kind, dataset, name, to_json(item)])
        self._remember(item)

    def _erase(self, connection: duckdb.DuckDBPyConnection, item: Table | Routine) -> None:
        self._delete(connection, item)
        self._forget(item)

    def _delete(self, connection: duckdb.DuckDBPyConnection, item: Dataset | Table | Routine) -> None:
        connection.execute(
            'DELETE FROM "$eros".definitions WHERE kind = ? AND dataset = ? AND name = ?', list(_identity(item))
        )

    def _remember(self, item: Dataset | Table | Routine) -> None:
        if isinstance(item, Dataset):
            self._datasets[item.name] = item
        elif isinstance(item, Table):
            self._tables[item.dataset, item.name] = item
        else:
            self._routines[item.dataset, item.name.lower()] = item

    def _forget(self, item: Table | Routine) -> None:
        if isinstance(item, Table):
            self._tables.pop((item.dataset, item.name), None)
        else:
            self._routines.pop((item.dataset, item.name.lower()), None)


def _new(item: Any, now: dt.datetime) -> Any:
    return changed(item, now, created=now.isoformat())


def _identity(item: Dataset | Table | Routine) -> tuple[str, str, str]:
    if isinstance(item, Dataset):
        return "dataset", item.name, ""
    if isinstance(item, Table):
        return "table", item.dataset, item.name
    return "routine", item.dataset, item.name.lower()


def create_physical(
    connection: duckdb.DuckDBPyConnection,
    physical: str,
    columns: Sequence[ColumnSchema],
    query: tuple[str, Mapping[str, Any]] | None,
    *,
    temporary: bool = False,
) -> None:
    """Create the DuckDB table behind a table, and fill it from ``query``."""
    described = ", ".join(
        f"{quoted(column.name)} {duck_type(column.type)}{' NOT NULL' if column.required else ''}" for column in columns
    )
    connection.execute(f"CREATE {'TEMP ' if temporary else ''}TABLE {physical} ({described})")
    if query is not None:
        text, values = query
        connection.execute(f"INSERT INTO {physical} {text}", dict(values) if values else None)


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    """Roll back, unless DuckDB has ended the transaction by itself."""
    try:
        connection.execute("ROLLBACK")
    except duckdb.TransactionException:
        return
