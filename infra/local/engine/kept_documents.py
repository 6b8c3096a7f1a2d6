"""What the local cloud keeps besides tables and routines: small JSON documents, and the bytes of stored objects.

They lie in the schema ``$eros`` of the warehouse file, so that one file is the whole cloud. Nothing is made or read
before somebody asks. A write is on disk when it returns; the writes of one `together` are all there or none.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from .errors import EngineError

_MAKE = (
    'CREATE TABLE IF NOT EXISTS "$eros".documents (kind VARCHAR, name VARCHAR, body VARCHAR)',
    'CREATE TABLE IF NOT EXISTS "$eros".contents (key VARCHAR, data BLOB)',
)
_EXISTS = "SELECT count(*) FROM duckdb_tables() WHERE schema_name = '$eros' AND table_name = 'documents'"


class Documents:
    """Documents by kind and name, held in memory as text and on disk; contents on disk only. Safe for many threads.

    ``connect`` gives the connection of its own that it works on, when it is first needed.
    """

    def __init__(self, connect: Callable[[], duckdb.DuckDBPyConnection], read_only: bool) -> None:
        self.lock = threading.RLock()
        self._connect = connect
        self._read_only = read_only
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._texts: dict[str, dict[str, str]] = {}
        self._is_made = False
        self._depth = 0
        self._undo: list[tuple[str, str, str | None]] = []

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        """The document, or None. A copy: changing it changes nothing here."""
        with self.lock:
            self._open()
            text = self._texts.get(kind, {}).get(name)
        return None if text is None else json.loads(text)

    def all(self, kind: str, prefix: str = "") -> dict[str, dict[str, Any]]:
        """Every document of a kind whose name begins with ``prefix``, by name."""
        with self.lock:
            self._open()
            found = [(name, text) for name, text in self._texts.get(kind, {}).items() if name.startswith(prefix)]
        return {name: json.loads(text) for name, text in sorted(found)}

    def counts(self) -> dict[str, int]:
        """How many documents there are, by kind."""
        with self.lock:
            self._open()
            return {kind: len(texts) for kind, texts in sorted(self._texts.items()) if texts}

    def put(self, kind: str, name: str, body: dict[str, Any]) -> None:
        """Keep a document, instead of one that had its name."""
        text = json.dumps(body, ensure_ascii=False)
        with self.together() as connection:
            connection.execute('DELETE FROM "$eros".documents WHERE kind = ? AND name = ?', [kind, name])
            connection.execute('INSERT INTO "$eros".documents VALUES (?, ?, ?)', [kind, name, text])
            self._note(kind, name, text)

    def delete(self, kind: str, name: str) -> None:
        """Forget a document; nothing happens when there is none."""
        with self.together() as connection:
            connection.execute('DELETE FROM "$eros".documents WHERE kind = ? AND name = ?', [kind, name])
            self._note(kind, name, None)

    def content(self, key: str) -> bytes | None:
        """The bytes kept under ``key``, or None."""
        with self.lock:
            connection = self._open()
            if not self._is_made:
                return None
            found = connection.execute('SELECT data FROM "$eros".contents WHERE key = ?', [key]).fetchall()
        return bytes(found[0][0]) if found else None

    def put_content(self, key: str, data: bytes) -> None:
        """Keep bytes under a key that was never used before."""
        with self.together() as connection:
            connection.execute('INSERT INTO "$eros".contents VALUES (?, ?)', [key, data])

    def delete_content(self, key: str) -> None:
        """Forget the bytes of a key."""
        with self.together() as connection:
            connection.execute('DELETE FROM "$eros".contents WHERE key = ?', [key])

    @contextmanager
    def together(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Make the writes inside one, on disk at the end; an exception undoes them, in memory too.

        Raises EngineError accessDenied when the warehouse is served read-only.
        """
        with self.lock:
            connection = self._open()
            if self._read_only:
                raise EngineError("accessDenied", "Access Denied: this local cloud serves its warehouse read-only")
            if self._depth:
                yield connection
                return
            connection.execute("BEGIN")
            self._undo = []
            self._depth = 1
            try:
                if not self._is_made:
                    for statement in _MAKE:
                        connection.execute(statement)
                yield connection
                connection.execute("COMMIT")
                self._is_made = True
            except BaseException:
                for kind, name, text in reversed(self._undo):
                    self._set(kind, name, text)
                connection.execute("ROLLBACK")
                raise
            finally:
                self._depth = 0

    def close(self) -> None:
        """Give the connection back."""
        with self.lock:
            if self._connection is not None:
                self._connection.close()

    def _note(self, kind: str, name: str, text: str | None) -> None:
        """Change a document in memory, remembering what it was."""
        self._undo.append((kind, name, self._texts.get(kind, {}).get(name)))
        self._set(kind, name, text)

    def _set(self, kind: str, name: str, text: str | None) -> None:
        texts = self._texts.setdefault(kind, {})
        if text is None:
            texts.pop(name, None)
        else:
            texts[name] = text

    def _open(self) -> duckdb.DuckDBPyConnection:
        """The connection, with the documents read into memory the first time."""
        if self._connection is None:
            connection = self._connect()
            counted = connection.execute(_EXISTS).fetchall()
            self._is_made = bool(counted[0][0])
            if self._is_made:
                stored = connection.execute('SELECT kind, name, body FROM "$eros".documents').fetchall()
                for kind, name, body in stored:
                    self._texts.setdefault(kind, {})[name] = body
            self._connection = connection
        return self._connection
