"""Brings a warehouse's macros to the state of `runtime`, once: they are kept in the file."""

from __future__ import annotations

import hashlib

import duckdb

from . import runtime

_KEY = "runtime"


def install_macros(database: duckdb.DuckDBPyConnection) -> bool:
    """Install the macros unless the warehouse keeps their digest; returns whether it had to.

    The digest holds DuckDB's version too: another version may keep a macro in another form.
    """
    wanted = hashlib.sha256("\0".join([duckdb.__version__, *runtime.definitions()]).encode()).hexdigest()
    if database.execute('SELECT value FROM "$eros".meta WHERE key = ?', [_KEY]).fetchall() == [(wanted,)]:
        return False
    runtime.install(database)
    database.execute('DELETE FROM "$eros".meta WHERE key = ?', [_KEY])
    database.execute('INSERT INTO "$eros".meta VALUES (?, ?)', [_KEY, wanted])
    return True
