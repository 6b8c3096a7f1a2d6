"""The families of generated expressions, and how their cases are drawn: the same ones in every run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.local.differential import (
    families_collections,
    families_rows,
    families_texts,
    families_ties,
    families_times,
    families_values,
)
from tests.local.differential.grammar import Grammar, cases
from tests.local.differential.judging import Case
from tests.local.differential.leaves import LEAVES

LISTS = {
    **families_values.LISTS,
    **families_texts.LISTS,
    **families_times.LISTS,
    **families_collections.LISTS,
    **families_ties.LISTS,
}
_SCALARS = ("INT64", "FLOAT64", "BOOL")


@dataclass(frozen=True)
class Family:
    """``seed`` fixes the cases that are drawn; ``share`` is its weight among the families."""

    name: str
    strategy: st.SearchStrategy[Case]
    seed: int
    share: int = 1


def _of(productions: Mapping[str, Sequence[str]], kinds: Sequence[str], **options: Any) -> st.SearchStrategy[Case]:
    return cases(Grammar(productions, {**LEAVES, **families_ties.LEAVES}, LISTS), kinds, **options)


def _rows(templates: Sequence[str], *shapes: str, exact: bool = True) -> st.SearchStrategy[Case]:
    return st.one_of([families_rows.rows_case(templates, shape, exact) for shape in shapes])


V, W, T = families_values, families_texts, families_times
C, R, N = families_collections, families_rows, families_ties
FAMILIES = (
    Family("numbers", _of(V.NUMBERS, _SCALARS), 1, 3),
    Family("inexact functions", _of(V.INEXACT, ["INEXACT"], depth=2, exact=False), 2),
    Family("NUMERIC", _of(V.NUMERICS, ["NUMERIC", "FLOAT64", "INT64", "STRING", "BOOL"]), 3, 2),
    Family("casts", _of(V.CASTS, list(V.CASTS), depth=2), 4, 3),
    Family("strings", _of(W.TEXTS, ["STRING", "STRING", "INT64", "BOOL", "ARRAY<STRING>", "ARRAY<INT64>"]), 5, 3),
    Family("regular expressions", _of(W.REGEXES, ["STRING", "BOOL", "INT64"], depth=2), 6),
    Family("hashes and bytes", _of(W.HASHES, ["STRING", "BYTES", "INT64", "BOOL"], depth=2), 7),
    Family("dates", _of(T.DATES, [kind for kind in T.DATES]), 8, 3),
    Family("instants and zones", _of(T.INSTANTS, [kind for kind in T.INSTANTS]), 9, 3),
    Family("formats", _of(T.FORMATTING, ["STRING", "STRING", "DATE", "DATETIME", "TIMESTAMP"], depth=1), 10, 2),
    Family("arrays and structs", _of(C.ARRAYS, list(C.ARRAYS)), 11, 3),
    Family("JSON", _of(C.JSONS, ["STRING", "STRING", "STRING", "INT64", "FLOAT64", "BOOL", "JSON"], depth=2), 12, 2),
    Family("SAFE calls", _of(C.SAFES, ["INT64", "FLOAT64", "STRING", "DATE", "TIMESTAMP", "BOOL"], depth=2), 13),
    Family("aggregates", _rows(R.AGGREGATES, R.AGGREGATED, R.GROUPED), 14, 3),
    Family("inexact aggregates", _rows(R.INEXACT_AGGREGATES, R.AGGREGATED, R.GROUPED, exact=False), 15),
    Family("windows", _rows(R.WINDOWS, R.WINDOWED, exact=False), 16, 3),
    Family("queries", _rows(R.QUERIES, ""), 17, 2),
    Family("turns of weeks and years", _of(N.WEEKS, ["INT64", "INT64", "DATE", "DATE", "STRING"], depth=1), 18, 5),
    Family("halves", _of(N.HALVES, ["NUMERIC", "NUMERIC", "INT64", "FLOAT64", "STRING"], depth=1), 19, 5),
    Family("NULL beside what fails", _of(N.NULLED, ["INT64", "FLOAT64", "BOOL", "STRING"], places=["unnest"]), 20, 4),
)


def drawn(family: Family, count: int, offset: int = 0) -> list[Case]:
    """``count`` different cases of a family; the same ones for the same hypothesis and ``offset``.

    They come from many small runs, because hypothesis likes to vary what it has drawn before in the same one.
    """
    found: dict[str, Case] = {}
    for run in range(offset, offset + count):
        for case in _run(family, run):
            if len(found) < count:
                found.setdefault(case.expression, case)
        if len(found) == count:
            break
    return list(found.values())


def _run(family: Family, number: int) -> list[Case]:
    found: list[Case] = []

    @seed(family.seed * 100_000 + number)
    @settings(
        max_examples=20, phases=[Phase.generate], database=None, deadline=None, suppress_health_check=[*HealthCheck]
    )
    @given(family.strategy)
    def gather(case: Case) -> None:
        found.append(case)

    gather()
    return found
