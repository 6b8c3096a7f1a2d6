"""Expressions by type: a table of productions per family, drawn from by hypothesis.

A production is GoogleSQL with typed holes, such as ``"DIV({INT64}, {INT64})"``. A hole ``{zone}`` in lower case draws
from a list of texts; a hole ``{INT64!}`` draws a literal, where GoogleSQL wants one or where a wide value would say
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.local.differential.judging import Case

_HOLE = re.compile(r"\{([A-Za-z0-9_<>]+)(!?)\}")


@dataclass
class Drawing:
    """One expression in the making. ``columns`` are those it reads, when its values come from a row at all.

    A NULL that DuckDB's planner sees makes whole calls NULL before their other arguments can fail: beside other calls
    it comes from a row, where nobody sees it in advance, and so does all that NULLIF compares.
    """

    draw: st.DrawFn
    has_row: bool
    may_be_null: bool
    nested: bool
    columns: dict[str, str]
    from_row: bool = False

    def leaf(self, values: Sequence[str]) -> str:
        """A literal, or a column that holds it."""
        value = self.draw(st.sampled_from([each for each in values if self.may_be_null or not each.startswith(_NULL)]))
        if not self.has_row or (not self.from_row and self.draw(st.booleans()) and not value.startswith(_NULL)):
            return value
        name = f"c{len(self.columns) + 1}"
        self.columns[name] = value
        return name


_NULL = "CAST(NULL"


@dataclass(frozen=True, repr=False)
class Grammar:
    """``productions`` by result type; ``leaves`` are the literals of a type; ``lists`` are the texts of other holes."""

    productions: Mapping[str, Sequence[str]]
    leaves: Mapping[str, Sequence[str]]
    lists: Mapping[str, Sequence[str]]

    def expression(self, drawing: Drawing, kind: str, depth: int) -> str:
        """An expression of a type; ``depth`` bounds the nesting."""
        known = self.productions.get(kind, ())
        hidden = not drawing.nested or (drawing.has_row and drawing.may_be_null)
        available = [one for one in known if hidden or not one.startswith("NULLIF(")]
        is_leaf = not available or depth <= 0 or (depth < 3 and drawing.draw(st.integers(0, 5)) == 0)
        if kind in self.leaves and is_leaf:
            return drawing.leaf(self.leaves[kind])
        template, before = drawing.draw(st.sampled_from(available)), drawing.from_row
        drawing.from_row = before or template.startswith("NULLIF(")
        filled = self._filled(drawing, template, depth - 1)
        drawing.from_row = before
        return filled

    def _filled(self, drawing: Drawing, template: str, depth: int) -> str:
        """A template with its holes filled from left to right."""

        def fill(match: re.Match[str]) -> str:
            name, literal = match.groups()
            if name in self.lists:
                return drawing.draw(st.sampled_from(self.lists[name]))
            if literal:
                return drawing.leaf(self.leaves[name])
            return self.expression(drawing, name, depth)

        return _HOLE.sub(fill, template)


# Where the values of columns come from. A constant is folded while a query is planned, a column is not.
_ROWS = {
    "subquery": "(SELECT {expression} FROM (SELECT {columns}))",
    "unnest": "(SELECT {expression} FROM UNNEST([STRUCT({columns})]))",
}


@st.composite
def cases(
    draw: st.DrawFn,
    grammar: Grammar,
    kinds: Sequence[str],
    depth: int = 3,
    exact: bool = True,
    places: Sequence[str] = ("", *_ROWS),
) -> Case:
    """A closed expression of one of the types, over constants ("") or over the columns of one row."""
    place, nesting = draw(st.sampled_from(places)), draw(st.integers(1, depth))
    drawing = Drawing(draw, bool(place), place == "unnest" or nesting == 1, nesting > 1, {})
    expression = grammar.expression(drawing, draw(st.sampled_from(list(kinds))), nesting)
    if not drawing.columns:
        return Case(expression, exact)
    columns = ", ".join(f"{value} AS {name}" for name, value in drawing.columns.items())
    return Case(_ROWS[place].format(expression=expression, columns=columns), exact)


def merged(*tables: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """One table with the entries of all."""
    result: dict[str, list[str]] = {}
    for table in tables:
        for kind, entries in table.items():
            result.setdefault(kind, []).extend(entries)
    return result
