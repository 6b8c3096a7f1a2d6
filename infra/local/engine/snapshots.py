"""CREATE SNAPSHOT TABLE ... CLONE: a read-only copy of a table as it was at an instant.

BigQuery looks back for days; here no history is kept. So an instant can be had only while the table has not changed
since: the copy of now is then the copy of then. Any other instant is refused, and a later one succeeds.
Source: cloud.google.com/bigquery/docs/table-snapshots-create.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from infra.syntax import script as tree

from .errors import EngineError, unsupported
from .place import Place
from .resolve import object_path
from .results import ScriptResult
from .schema import Table
from .scope import Scope

if TYPE_CHECKING:
    from .session import Session

_KIND = "CREATE_SNAPSHOT_TABLE"
_OPTIONS = frozenset({"expiration_timestamp", "friendly_name", "description", "labels"})
ReadOptions = Callable[[Mapping[str, tree.Fragment], Scope], dict[str, Any]]


def create_snapshot(
    session: Session,
    statement: tree.CreateSnapshot,
    name: tuple[str, str],
    as_of: Any,
    read_options: ReadOptions,
    scope: Scope,
) -> ScriptResult:
    """Make the copy. Raises EngineError for a taken name, a source that is no table, an instant that cannot be had."""
    catalog = session.engine.catalog
    if statement.or_replace or statement.is_temporary:
        raise EngineError("invalidQuery", "A table snapshot can be neither replaced nor temporary")
    if catalog.table(*name) is not None and statement.if_not_exists:
        return ScriptResult(_KIND, ddl_operation="SKIP", target=name)
    source = object_path(statement.source, catalog.project, session.default_dataset)
    table = catalog.require_table(*source)
    if table.kind != "TABLE":
        raise EngineError("invalidQuery", f"{source[0]}.{source[1]} is a {table.kind}: only tables have snapshots")
    for option in statement.options:
        if option not in _OPTIONS:
            raise unsupported(f"Option {option} of a snapshot")
    options = read_options(statement.options, scope)
    instant = session.statement_time if as_of is None else _instant(as_of, session.statement_time)
    copy = replace(
        table,
        dataset=name[0],
        name=name[1],
        description=options.pop("description", table.description),
        labels=dict(options.pop("labels", None) or {}),
        options={**table.options, **options},
        snapshot_of=source,
        snapshot_time=instant.isoformat(),
    )
    query: tuple[str, dict[str, Any]] = (f"SELECT * FROM {catalog.physical(*source)}", {})
    with session.holding(source), session.executor.errors(Place(statement.text)):
        version = session.engine.data_version(source)
        _require_unchanged(session, source, instant)
        catalog.create_table(copy, connection=session.connection, query=query)
        # INSERT waits for nobody: what came in meanwhile may be in the copy.
        if session.engine.data_version(source) != version:
            catalog.drop_table(*name)
            raise _too_early(session, source, instant)
    session.engine.note_write(name)
    return ScriptResult(_KIND, ddl_operation="CREATE", target=name)


def refuse_snapshot(table: Table, project: str) -> None:
    """Raise EngineError when the table is a snapshot, which nothing may change."""
    if table.snapshot_of is not None:
        raise EngineError(
            "invalidQuery", f"{project}:{table.dataset}.{table.name} is a table snapshot: it cannot be changed"
        )


def _instant(value: Any, now: dt.datetime) -> dt.datetime:
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        raise EngineError("invalidQuery", "FOR SYSTEM_TIME AS OF expects a TIMESTAMP")
    if value > now:
        raise EngineError("invalidQuery", f"Invalid snapshot time {value.isoformat()}: it is in the future")
    return value


def _require_unchanged(session: Session, source: tuple[str, str], instant: dt.datetime) -> None:
    if session.engine.changed_at(source) > instant:
        raise _too_early(session, source, instant)


def _too_early(session: Session, source: tuple[str, str], instant: dt.datetime) -> EngineError:
    return EngineError(
        "invalidQuery",
        f"FOR SYSTEM_TIME AS OF {instant.isoformat()} is not supported by the local cloud: it keeps no history, and "
        f"{session.engine.project}:{source[0]}.{source[1]} has changed since; take a later instant",
    )
