"""Our own SQL as closed GoogleSQL: routines written out where they are called, tables and parameters as literals.

The local cloud is asked the deployed thing; GoogleSQL's evaluator, which knows no table and no routine, is asked what
`closed` makes of it.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from sql import SqlSettings, names, render, sidecar
from tests.local.differential.judging import Case

_CREATE = re.compile(
    r"CREATE OR REPLACE (?:TABLE )?FUNCTION `[^`]+`\(.*?\)\s*(?:RETURNS .*?)?\s*AS \((.*)\);\s*", re.DOTALL
)
_FIELD_TYPES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}
UDFS = tuple(name.partition("/")[2] for name in names("functions"))
TABLE_FUNCTIONS = tuple(name.partition("/")[2] for name in names("table_functions"))


@cache
def _body(name: str, settings: SqlSettings) -> str:
    """What a function's text says between AS ( and its end."""
    match = _CREATE.fullmatch(render(name, settings))
    assert match, f"{name} is not written as expected"
    return match[1].strip()


def _parameters(name: str) -> list[tuple[str, str]]:
    return [(one["name"], one["type"]) for one in sidecar(name)["arguments"]]


def udf_call(name: str, arguments: Sequence[str], settings: SqlSettings) -> str:
    """A call of a scalar function, written out."""
    known = _parameters(f"functions/{name}")
    given = ", ".join(f"CAST({text} AS {kind}) AS {own}" for text, (own, kind) in zip(arguments, known, strict=True))
    return f"(SELECT {_body(f'functions/{name}', settings)} FROM (SELECT {given}))"


def plain(text: str) -> str:
    """A replacement for re.sub that stands for itself."""
    return text.replace("\\", "\\\\")


def table_function_call(name: str, arguments: Sequence[str], settings: SqlSettings) -> str:
    """A call of a table function, written out."""
    text = _body(f"table_functions/{name}", settings)
    for argument, (own, kind) in zip(arguments, _parameters(f"table_functions/{name}"), strict=True):
        text = re.sub(rf"\b{own}\b", plain(f"CAST({argument} AS {kind})"), text)
    return f"({text})"


_TRIALS = ["0", "0.5", "1", "3", "10.0", "70", "1e6", "-1", "1e-9", "CAST(NULL AS FLOAT64)", "CAST('nan' AS FLOAT64)"]
_SEEDS = ["'abc'", "'tail 65'", "'tail 57'", "''", "'s|w|p|v1'", "CAST(NULL AS STRING)"]


def udf_cases(name: str, settings: SqlSettings, count: int) -> list[Case]:
    """Calls of a deployed function beside the same written out."""
    place = f"`{settings.project}.{settings.dataset}.{name}`"
    columns = {own: _SEEDS if kind == "STRING" else _TRIALS for own, kind in _parameters(f"functions/{name}")}
    calls = [list(row.values()) for row in combinations(columns, count)]
    return [Case(f"{place}({', '.join(arguments)})", truth=udf_call(name, arguments, settings)) for arguments in calls]


class World:
    """The rows of a deployed dataset's tables."""

    def __init__(self, warehouse: Any, tables: Sequence[str]) -> None:
        self.settings: SqlSettings = warehouse.settings
        place = f"{self.settings.project}.{self.settings.dataset}"
        self._place = f"`{place}."
        self._tables = {table: _rows(warehouse.client, f"{place}.{table}") for table in tables}

    def closed(self, query: str, parameters: Mapping[str, str] | None = None) -> str:
        """A query of ours over nothing but literals; ``parameters`` are the texts of its named parameters."""
        for name, text in (parameters or {}).items():
            query = re.sub(rf"@{name}\b", plain(text), query)
        query = self._written_out(query.strip().rstrip(";"))
        used = [table for table in self._tables if f"{self._place}{table}`" in query]
        listed = ", ".join(f"{self._place}{table}` AS ({self._tables[table]})" for table in used)
        return f"WITH {listed} SELECT * FROM ({query})" if used else query

    def _written_out(self, query: str) -> str:
        """Every call of a routine replaced by its body, from the last on: its arguments hold no other."""
        while True:
            call = self._last_call(query)
            if call is None:
                return query
            kind, name, start, opened = call
            end, arguments = _arguments(query, opened)
            written = table_function_call if kind == "table_functions" else udf_call
            query = query[:start] + written(name, arguments, self.settings) + query[end:]

    def _last_call(self, query: str) -> tuple[str, str, int, int] | None:
        found = []
        for kind in ("functions", "table_functions"):
            for name in names(kind):
                start = query.rfind(f"{self._place}{name.partition('/')[2]}`(")
                if start >= 0:
                    found.append((start, kind, name.partition("/")[2]))
        if not found:
            return None
        start, kind, name = max(found)
        return kind, name, start, query.index("(", start)


def _arguments(query: str, opened: int) -> tuple[int, list[str]]:
    """Where a call's list of arguments ends, and its parts."""
    parts, depth, quote, start = [], 0, "", opened + 1
    for at in range(opened, len(query)):
        letter = query[at]
        if quote:
            quote = "" if letter == quote and query[at - 1] != "\\" else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([":
            depth += 1
        elif letter in ")]":
            depth -= 1
        if not quote and (depth == 0 or (depth == 1 and letter == ",")):
            parts.append(query[start:at].strip())
            start = at + 1
        if depth == 0:
            return at + 1, parts
    raise AssertionError(f"a call without an end: {query[opened : opened + 80]}")


def _rows(client: Any, table: str) -> str:
    """A query that gives a table's rows."""
    schema = client.get_table(table).schema
    kinds = ", ".join(f"`{field.name}` {_kind(field)}" for field in schema)
    rows = [
        f"({', '.join(literal(value, field) for value, field in zip(row.values(), schema, strict=True))})"
        for row in client.list_rows(table)
    ]
    return f"SELECT * FROM UNNEST(ARRAY<STRUCT<{kinds}>>[{', '.join(rows)}])"


def _kind(field: Any, single: bool = False) -> str:
    if field.mode == "REPEATED" and not single:
        return f"ARRAY<{_kind(field, single=True)}>"
    if field.field_type in ("RECORD", "STRUCT"):
        return f"STRUCT<{', '.join(f'{inner.name} {_kind(inner)}' for inner in field.fields)}>"
    return _FIELD_TYPES.get(field.field_type, field.field_type)


def literal(value: Any, field: Any, single: bool = False) -> str:
    """A value of the client as GoogleSQL text."""
    if field.mode == "REPEATED" and not single:
        return f"CAST([{', '.join(literal(each, field, single=True) for each in value)}] AS {_kind(field)})"
    if value is None:
        return "NULL"
    if field.field_type in ("RECORD", "STRUCT"):
        return f"STRUCT({', '.join(literal(value[inner.name], inner) for inner in field.fields)})"
    if field.field_type == "JSON":
        return f"PARSE_JSON({text_literal(json.dumps(value))})"
    return plain_literal(value)


def plain_literal(value: Any) -> str:
    """A scalar as GoogleSQL text."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, Decimal):
        return f"NUMERIC '{value}'"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dt.datetime):
        return f"{'TIMESTAMP' if value.tzinfo else 'DATETIME'} '{value.isoformat(sep=' ')}'"
    if isinstance(value, dt.date):
        return f"DATE '{value}'"
    return text_literal(str(value))


def text_literal(text: str) -> str:
    """A STRING literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r") + "'"


def last_query(script: str) -> str:
    """The last statement of a script that ends in a query; no text of ours has a semicolon in a literal."""
    return [part for part in re.split(r";\s*\n", script.strip().rstrip(";")) if part.strip()][-1].strip()


def combinations(columns: Mapping[str, Sequence[str]], count: int, seed: int = 1) -> list[dict[str, str]]:
    """``count`` rows of texts, the same for the same seed: each column goes round all of its texts again and again."""
    dice = random.Random(seed)
    drawn = {}
    for name, values in columns.items():
        rounds = [dice.sample(values, len(values)) for _ in range(-(-count // len(values)))]
        drawn[name] = [text for one in rounds for text in one]
    return [{name: texts[number] for name, texts in drawn.items()} for number in range(count)]
