"""Write docs/local-cloud.md from the tests: what the local cloud does, refuses and does differently, and who holds it.

A test says what it holds with `@pytest.mark.covers(section, clause)`; `refused=True` marks a refusal, `differs="..."`
what BigQuery does otherwise. The dialect comes from the families of cases in tests/local/dialect.
"""

from __future__ import annotations

import ast
import importlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "local-cloud.md"
_FUNCTION = re.compile(r"\b((?:[A-Z]+\.)?[A-Z][A-Z0-9_]+)\s*\(")
_NO_FUNCTIONS = frozenset(
    [
        "SELECT",
        "FROM",
        "WHERE",
        "AND",
        "OR",
        "NOT",
        "IN",
        "OVER",
        "AS",
        "ON",
        "UNION",
        "ALL",
        "VALUES",
        "USING",
        "UNNEST",
        "EXISTS",
        "BY",
        "WITH",
        "DISTINCT",
        "ARRAY",
        "STRUCT",
        "CASE",
        "WHEN",
        "THEN",
        "ELSE",
        "BETWEEN",
        "LIKE",
        "LIMIT",
        "EXCEPT",
        "REPLACE",
        "INTERVAL",
        "HAVING",
        "JOIN",
    ]
)
_TITLES = {
    "dialect": "Rules that hold across functions",
    "transactions": "Transactions and isolation",
    "jobs": "Jobs and cost",
    "INFORMATION_SCHEMA": "INFORMATION_SCHEMA",
    "REST": "Datasets, tables, routines and values over REST",
    "control": "Control half: storage, IAM, scheduled queries and what else the stacks declare",
}
_OPENING = """# What the local cloud does, and what it does not

Written by `make docs` from the tests under `tests/local`; do not edit. The local cloud answers BigQuery's REST API over
DuckDB. What it does not know it refuses by name ("X is not supported by the local cloud"). It is not BigQuery: planner
limits, quotas, slots and permissions are not there.
"""
_CLOSING = """
## Known differences that no test above names

- A transaction's snapshot, conflicts and queue are BigQuery's rules as documented; they were not measured on BigQuery.
- The texts of errors are BigQuery's where they are documented or widely reported; the others are ours.
- `require_partition_filter`, `partition_expiration_days` and `expiration_timestamp` are kept and shown, not enforced.
- A table's lastModifiedTime is that of its definition, not of its rows. Streamed rows can be changed at once, and
  an `insertId` does not keep a row from coming twice.
- Nothing is published to topics or mailed. Alert policies, log metrics, budgets and quotas are kept and checked, and
  nothing evaluates them.
- A dataset's options, a table's clones and snapshots, sessions and time travel are not there.
"""


@dataclass(frozen=True)
class Clause:
    """One line of the page and the test file that holds it."""

    section: str
    text: str
    refused: bool
    differs: str | None
    file: str


def clauses() -> list[Clause]:
    """Every marked clause, in the order of files and lines."""
    files = sorted((ROOT / "tests" / "local").rglob("test_*.py"))
    return [clause for file in files for clause in _marked(file)]


def _marked(file: Path) -> Iterator[Clause]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.covers":
            section, text = (ast.literal_eval(argument) for argument in node.args)
            given = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in node.keywords}
            name = str(file.relative_to(ROOT))
            yield Clause(section, text, bool(given.get("refused")), given.get("differs"), name)


def _section(title: str, found: list[Clause]) -> Iterator[str]:
    yield f"\n## {title}\n"
    groups = {
        "Supported": [clause for clause in found if not clause.refused and clause.differs is None],
        "Different, and why": [clause for clause in found if clause.differs is not None],
        "Refused by name": [clause for clause in found if clause.refused],
    }
    for name, members in groups.items():
        if members:
            yield f"\n**{name}**\n"
            for clause in members:
                why = f" - {clause.differs}" if clause.differs else ""
                yield f"- {clause.text}{why} (`{clause.file.removeprefix('tests/local/')}`)"


def _dialect() -> Iterator[str]:
    yield "\n## GoogleSQL dialect\n"
    yield "Functions and syntax with answers of their own, by family of cases in `tests/local/dialect`.\n"
    for file in sorted((ROOT / "tests" / "local" / "dialect").glob("cases_*.py")):
        family = importlib.import_module(f"tests.local.dialect.{file.stem}")
        used: set[str] = set()
        for case in getattr(family, "CASES", ()):
            used |= set(_FUNCTION.findall(str(case[0])))
        refused = sorted({str(case[1]).strip(" ,") for case in getattr(family, "REFUSED", ())} - {""})
        title = (family.__doc__ or "").strip().splitlines()[0].split(". ")[0].rstrip(".")
        yield f"\n**{title}**: {', '.join(sorted(used - _NO_FUNCTIONS)) or 'no functions'}."
        if refused:
            yield f"\nRefused by name: {', '.join(refused)}."


def page() -> str:
    """The whole page."""
    found = clauses()
    unknown = {clause.section for clause in found} - set(_TITLES)
    if unknown:
        raise SystemExit(f"unknown sections in pytest.mark.covers: {', '.join(sorted(unknown))}")
    lines = [_OPENING, *_dialect()]
    for section, title in _TITLES.items():
        lines += _section(title, [clause for clause in found if clause.section == section])
    return "\n".join(lines).rstrip() + "\n" + _CLOSING


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
