"""Load jobs: many rows into a table, checked strictly, all or none.

Rows are checked in Python one after the other, written as newline-delimited JSON beside the warehouse (for one in
memory: in the system's temporary folder), and read by DuckDB in one statement: tens of thousands of rows a second, in
memory that does not grow with the rows, without pandas or pyarrow.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from .catalog import quoted
from .decoding import Decoder, Misfit, decoder
from .errors import EngineError, unsupported
from .estimate import size_text
from .place import Place
from .schema import ColumnSchema, Table
from .scope import Scope
from .snapshots import refuse_snapshot
from .types import DataType, duck_type

if TYPE_CHECKING:
    from .engine import Engine
    from .session import Session

LINES_PREFIX = "eros-load-"
"""How the files begin that a load writes for DuckDB; a server that died may leave some, the next one removes them."""

_LEAST_OBJECT_SIZE = 2**20
_DISPOSITIONS = frozenset({"WRITE_APPEND", "WRITE_TRUNCATE", "WRITE_EMPTY"})


def load_rows(
    engine: Engine,
    name: tuple[str, str],
    rows: Iterable[Mapping[str, Any]],
    *,
    schema: tuple[ColumnSchema, ...] | None,
    write_disposition: str,
    create_disposition: str,
    ignore_unknown: bool,
    watch: Callable[[Session], None] | None = None,
) -> int:
    """See `Engine.insert_rows`."""
    if write_disposition not in _DISPOSITIONS:
        raise EngineError("invalid", f"Write disposition {write_disposition} is unknown")
    table = _target(engine, name, schema, create_disposition)
    with tempfile.NamedTemporaryFile(prefix=LINES_PREFIX, suffix=".ndjson", dir=engine.folder) as file:
        count, longest = _write_lines(file, table, rows, ignore_unknown)
        with engine.session() as session:
            if watch is not None:
                watch(session)
            with engine.catalog.lock:
                # The table may have come or gone meanwhile.
                table, is_new = _target(engine, name, schema, create_disposition), engine.catalog.table(*name) is None
                if is_new:
                    _create(session, table, file.name, longest)
            if not is_new:
                _insert(session, table, file.name, longest, write_disposition)
    engine.note_write(name)
    return count


def remove_leftovers(folder: Path) -> None:
    """Remove what loads of a process that died have left; only for the one process that holds the warehouse."""
    for path in folder.glob(f"{LINES_PREFIX}*"):
        path.unlink(missing_ok=True)


def _target(
    engine: Engine,
    name: tuple[str, str],
    schema: tuple[ColumnSchema, ...] | None,
    create_disposition: str,
) -> Table:
    """The table to load, or to create with the rows when it is missing and may be; it must hold the given schema."""
    engine.catalog.require_dataset(name[0])
    table = engine.catalog.table(*name)
    if table is None:
        if create_disposition != "CREATE_IF_NEEDED" or schema is None:
            engine.catalog.require_table(*name)
        return Table(*name, schema or ())
    if table.kind == "VIEW":
        raise EngineError("invalid", f"Cannot load into the view {name[0]}.{name[1]}")
    refuse_snapshot(table, engine.project)
    for column in schema or ():
        kept = table.column(column.name)
        if kept is None or kept.type != column.type:
            found = kept.type if kept else "no such column"
            raise EngineError(
                "invalid",
                f"Provided Schema does not match Table {engine.project}:{name[0]}.{name[1]}. "
                f"Field {column.name}: {column.type} given, the table has {found}",
            )
    return table


def _write_lines(
    file: IO[bytes], table: Table, rows: Iterable[Mapping[str, Any]], ignore_unknown: bool
) -> tuple[int, int]:
    """Check the rows and write them; returns how many there are and the bytes of the longest."""
    try:
        decoders = {column.name: decoder(column.type) for column in table.columns}
    except Misfit as misfit:
        raise unsupported(misfit.message.removesuffix(" is not supported by the local cloud")) from None
    check = _RowCheck(table, decoders, ignore_unknown)
    encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
    count = longest = 0
    for row in rows:
        count += 1
        line = encode(check(row, count)).encode()
        longest = max(longest, len(line))
        file.write(line)
        file.write(b"\n")
    file.flush()
    return count, longest


class _RowCheck:
    """Checks one row after the other against a table's columns."""

    def __init__(self, table: Table, decoders: Mapping[str, Decoder], ignore_unknown: bool) -> None:
        named = {name: (name, decode) for name, decode in decoders.items()}
        self._columns = {**named, **{name.lower(): entry for name, entry in named.items()}}
        self._required = [column.name for column in table.columns if column.required and column.default is None]
        self._repeated = {column.name for column in table.columns if column.mode == "REPEATED"}
        self._ignore_unknown = ignore_unknown

    def __call__(self, row: Mapping[str, Any], number: int) -> dict[str, Any]:
        """The row with every value decoded. Raises EngineError invalid naming the row and the field."""
        found: dict[str, Any] = {}
        for given, value in row.items():
            entry = self._columns.get(given) or self._columns.get(given.lower())
            if entry is None:
                if self._ignore_unknown:
                    continue
                raise _invalid(number, given, f"No such field: {given}.")
            name, decode = entry
            if value is None:
                found[name] = [] if name in self._repeated else None
                continue
            try:
                found[name] = decode(value)
            except Misfit as misfit:
                raise _invalid(number, f"{name}.{misfit.field}".rstrip("."), misfit.message) from None
        for name in self._required:
            if found.get(name) is None:
                raise _invalid(number, name, f"Missing required field: {name}.")
        return found


def _invalid(number: int, field: str, message: str) -> EngineError:
    return EngineError(
        "invalid", f"Error while reading data, error message: row {number}, field {field}: {message}", location=field
    )


def _create(session: Session, table: Table, path: str, longest: int) -> None:
    """The table and its rows in one DuckDB transaction: a load that fails leaves no table."""
    query = _reading(session, table, path, longest)
    with session.executor.errors(Place(f"LOAD {table.dataset}.{table.name}")):
        session.engine.catalog.create_table(table, connection=session.connection, query=query)


def _insert(session: Session, table: Table, path: str, longest: int, write_disposition: str) -> None:
    """One DuckDB transaction: empty the table if asked, then read the file."""
    catalog, name = session.engine.catalog, (table.dataset, table.name)
    physical = catalog.physical(*name)
    text, values = _reading(session, table, path, longest)
    columns = ", ".join(quoted(column.name) for column in table.columns)
    truncates = write_disposition == "WRITE_TRUNCATE"
    with session.holding(name) if truncates else nullcontext():
        session.tick()
        session.begin()
        try:
            if write_disposition == "WRITE_EMPTY" and count_rows(session, table):
                raise EngineError("duplicate", f"Already Exists: Table {catalog.project}:{name[0]}.{name[1]}")
            with session.executor.errors(Place(f"LOAD {name[0]}.{name[1]}")):
                if truncates:
                    session.connection.execute(f"DELETE FROM {physical}")
                session.connection.execute(f"INSERT INTO {physical} ({columns}) {text}", values)
            session.commit()
        except BaseException:
            if session.in_transaction:
                session.rollback()
            raise


def _reading(session: Session, table: Table, path: str, longest: int) -> tuple[str, dict[str, Any]]:
    """The SELECT that reads the file, column by column in the table's order, and its values.

    DuckDB reserves twice maximum_object_size for each of its threads, so it is told the size of the longest row.
    """
    readers: list[str] = []
    values: dict[str, Any] = {"path": path}
    for column in table.columns:
        source = quoted(column.name)
        if column.type.kind == "BYTES":
            source = f"from_base64({source})"
        if column.mode == "REPEATED":
            source = f"coalesce({source}, [])"
        elif column.default is not None:
            name = f"default_{len(values)}"
            source = f"coalesce({source}, CAST(${name} AS {duck_type(column.type)}))"
            values[name] = session.executor.value(Place(column.default), Scope())
        readers.append(source)
    described = ", ".join(f"{quoted(column.name)}: '{_read_type(column.type)}'" for column in table.columns)
    size = max(longest + 1, _LEAST_OBJECT_SIZE)
    reading = f"read_json($path, format = 'newline_delimited', columns = {{{described}}}, maximum_object_size = {size})"
    return f"SELECT {', '.join(readers)} FROM {reading}", values


def _read_type(kind: DataType) -> str:
    """The type to read a field as: BYTES come as base64 text. Nested BYTES are refused."""
    if kind.kind == "BYTES":
        return "VARCHAR"
    if "BYTES" in str(kind):
        raise unsupported("Loading BYTES inside ARRAY or STRUCT")
    return duck_type(kind).replace("'", "''")


def count_rows(session: Session, table: Table) -> int:
    """How many rows a table has, as the session sees it."""
    physical = session.engine.catalog.physical(table.dataset, table.name)
    return int(session.connection.execute(f"SELECT count(*) FROM {physical}").fetchall()[0][0])


def logical_bytes(session: Session, table: Table) -> int:
    """The logical size of a table in bytes."""
    sums = [f"sum({size_text(quoted(column.name), column.type)})" for column in table.columns]
    physical = session.engine.catalog.physical(table.dataset, table.name)
    row: Sequence[Any] = session.connection.execute(f"SELECT {', '.join(sums)} FROM {physical}").fetchall()[0]
    return sum(int(value or 0) for value in row)
