"""Objects of a plan as the SQL that one would write for them, and unified diffs of two such texts."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.plan.values import Mark, block, blocks

_CONTEXT = 3
_CREATE = {"SCALAR_FUNCTION": "FUNCTION", "TABLE_VALUED_FUNCTION": "TABLE FUNCTION", "PROCEDURE": "PROCEDURE"}


@dataclass(frozen=True)
class TextDiff:
    """Two texts' differences, as the lines of a unified diff without the names of files."""

    title: str
    lines: tuple[str, ...]

    @property
    def counts(self) -> tuple[int, int]:
        """Lines added and lines taken away."""
        return sum(one[:1] == "+" for one in self.lines), sum(one[:1] == "-" for one in self.lines)


def text_diff(title: str, before: str, after: str) -> TextDiff | None:
    """None when the texts are equal, blanks at the ends of lines aside."""
    old, new = ([line.rstrip() for line in text.strip().splitlines()] for text in (before, after))
    lines = list(difflib.unified_diff(old, new, lineterm="", n=_CONTEXT))[2:]
    return TextDiff(title, tuple(lines)) if lines else None


def routine_sql(arguments: Mapping[str, Any] | None) -> str:
    """google_bigquery_routine as the CREATE statement that BigQuery would show."""
    if arguments is None:
        return ""
    kind = str(arguments.get("routine_type") or "SCALAR_FUNCTION")
    parameters = [f"  {_parameter(one)}" for one in blocks(arguments.get("arguments"))]
    listed = "(\n" + ",\n".join(parameters) + "\n)" if parameters else "()"
    head = f"CREATE OR REPLACE {_CREATE.get(kind, kind)} {arguments.get('routine_id', '')}{listed}"
    returns = arguments.get("return_type") or arguments.get("return_table_type")
    if returns:
        head += f"\nRETURNS {_type_of(returns)}"
    body = str(arguments.get("definition_body") or "").strip("\n")
    return f"{head}\n{body}" if kind == "PROCEDURE" else f"{head}\nAS (\n{body}\n)"


def view_sql(arguments: Mapping[str, Any] | None) -> str:
    """The query of a view; empty for a table."""
    return str((block((arguments or {}).get("view")) or {}).get("query") or "")


def schedule_sql(arguments: Mapping[str, Any] | None) -> str:
    """The script of a scheduled query."""
    parameters = (arguments or {}).get("params")
    if isinstance(parameters, Mark):
        return str(parameters)
    return str((block(parameters) or {}).get("query") or "")


def sql_type(standard: Mapping[str, Any]) -> str:
    """A StandardSqlDataType, such as {"typeKind": "INT64"}, as GoogleSQL."""
    kind = str(standard.get("typeKind") or "ANY TYPE")
    if kind == "ARRAY":
        return f"ARRAY<{sql_type(standard.get('arrayElementType') or {})}>"
    if kind == "STRUCT":
        return f"STRUCT<{_fields((standard.get('structType') or {}).get('fields') or ())}>"
    return kind


def _parameter(argument: Mapping[str, Any]) -> str:
    mode = str(argument.get("mode") or "")
    written = f"{argument.get('name') or ''} {_type_of(argument.get('data_type'))}".strip()
    return f"{mode} {written}" if mode in ("OUT", "INOUT") else written


def _type_of(text: Any) -> str:
    if isinstance(text, Mark) or not text:
        return str(text or "ANY TYPE")
    try:
        parsed = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return str(text)
    if "columns" in parsed:
        return f"TABLE<{_fields(parsed['columns'])}>"
    return sql_type(parsed)


def _fields(fields: Any) -> str:
    return ", ".join(f"{one.get('name', '')} {sql_type(one.get('type') or {})}".strip() for one in fields)
