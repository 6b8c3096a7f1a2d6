"""DuckDB's syntax trees of long texts, kept so that a text that runs again is not parsed again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import duckdb

_LONG_TEXT = 1000
"""Characters from which a text's tree is kept: parsing takes about .2 ms for each 1,000."""

_KEPT_STATEMENTS = 50
"""A large one takes about .4 MiB."""


class ParsedStatements:
    """Runs single statements, shared by the sessions of an engine.

    A tree knows neither the catalog nor values: DuckDB copies it and plans it anew at every execution, so that
    nothing ever makes it void.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, duckdb.Statement] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def execute(
        self, connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, Any]
    ) -> duckdb.DuckDBPyConnection:
        """Run one statement; what it answers is fetched from the connection. Raises duckdb.Error."""
        statement = sql if len(sql) < _LONG_TEXT else self._parsed(connection, sql)
        return connection.execute(statement, dict(values)) if values else connection.execute(statement)

    def _parsed(self, connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
        with self._lock:
            found = self._kept.get(sql)
            if found is not None:
                self._kept.move_to_end(sql)
                return found
        [parsed] = connection.extract_statements(sql)
        with self._lock:
            self._kept[sql] = parsed
            if len(self._kept) > _KEPT_STATEMENTS:
                self._kept.popitem(last=False)
        return parsed
