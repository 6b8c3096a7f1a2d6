"""GoogleSQL semantics as DuckDB macros, installed once per database in a schema no dataset can be named like.

A macro's argument is evaluated and bound at each mention, so the dialect passes only cheap texts to a macro that
mentions one more than once, and an error's text mentions one once: a NULL text raises nothing. No macro is a Python
function: DuckDB and sqlglot stay the only run-time needs.

The modules hold one macro a line, ``name(parameters) := body``, continued on indented lines; ``$f.`` stands for the
schema, ``$b`` for the characters that TRIM takes for blanks, ``$zones`` for all time zones with a blank around each.
"""

from __future__ import annotations

import re
from typing import Any

from infra.local.engine.rewrite.values import RUNTIME_SCHEMA
from infra.local.engine.runtime.arrays import ARRAYS
from infra.local.engine.runtime.documents import JSON
from infra.local.engine.runtime.hashes import HASHES
from infra.local.engine.runtime.numbers import NUMBERS
from infra.local.engine.runtime.texts import TEXTS
from infra.local.engine.runtime.times import TIMES
from infra.local.engine.zones import known_zones

_BLANKS = "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(133) || chr(160) || chr(8232) || chr(12288)"


def definitions() -> list[str]:
    """The CREATE MACRO statements, in an order in which each uses only earlier ones or is resolved at its call."""
    statements = []
    zones = f"' {' '.join(sorted(known_zones()))} '"
    for group in (TEXTS, NUMBERS, TIMES, ARRAYS, JSON, HASHES):
        joined = re.sub(r"\n\s+", " ", group.strip())
        for line in joined.splitlines():
            head, body = line.split(" := ", 1)
            body = body.replace("$f.", f"{RUNTIME_SCHEMA}.").replace("$b", _BLANKS)
            body = body.replace("$zones", zones)
            statements.append(f"CREATE OR REPLACE MACRO {RUNTIME_SCHEMA}.{head} AS {body}")
    return statements


def install(connection: Any) -> None:
    """Creates or replaces the macros in the connection's database, in one transaction."""
    connection.execute("BEGIN")
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {RUNTIME_SCHEMA}")
    for statement in definitions():
        connection.execute(statement)
    connection.execute("COMMIT")
