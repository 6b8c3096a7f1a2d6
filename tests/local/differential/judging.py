"""The same expression on the local cloud, through the real client, and on GoogleSQL's reference evaluator."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from google.api_core import exceptions
from google.cloud import bigquery

from infra.googlesql.evaluator import Evaluator
from infra.googlesql.service import UNIMPLEMENTED, GoogleSqlCrash, GoogleSqlError

REFUSAL = "not supported by the local cloud"
_OWN_LIMIT = "Cannot generate arrays with more than 16000 elements"  # the evaluator's own, BigQuery has another
TOLERANCE = 1e-12  # relative, for functions that GoogleSQL documents as inexact
Result = TypeVar("Result")


class Verdict(Enum):
    """How the two answers of one expression compare."""

    EQUAL = "equal"
    BOTH_FAIL = "both an error"
    REFUSED = "refused by name"
    SKIPPED = "not judged"  # the evaluator does not have the function
    DIFFERENT = "DIFFERENT"


@dataclass(frozen=True)
class Answer:
    """A value with the name of its type, or an error's message."""

    value: Any = None
    type: str = ""
    error: str = ""
    comparable: bool = True

    def __str__(self) -> str:
        return f"error: {self.error}" if self.error else f"{self.value!r} {self.type}"


@dataclass(frozen=True)
class Case:
    """An expression without free names. ``exact`` is False when a function in it may be off in the last digits.

    ``truth`` is what GoogleSQL is asked instead, where the expression calls a routine that the evaluator cannot know.
    """

    expression: str
    exact: bool = True
    truth: str = ""


@dataclass(frozen=True)
class Judgement:
    """What both sides said of an expression."""

    case: Case
    verdict: Verdict
    local: Answer
    googlesql: Answer

    def __str__(self) -> str:
        return f"SELECT {self.case.expression}\n  local cloud: {self.local}\n  GoogleSQL:   {self.googlesql}"


class Court:
    """Asks both sides."""

    def __init__(self, client: Any, evaluator: Evaluator) -> None:
        self._client = client
        self._evaluator = evaluator

    def judge(self, cases: Sequence[Case], batch: int = 8) -> list[Judgement]:
        """Judgements in the order of the cases; several expressions travel in one query."""
        judgements = []
        for start in range(0, len(cases), batch):
            group = cases[start : start + batch]
            ours = _answers(self._local, [case.expression for case in group])
            theirs = _answers(self._googlesql, [case.truth or case.expression for case in group])
            judgements += [
                Judgement(case, _verdict(local, truth, case.exact), local, truth)
                for case, local, truth in zip(group, ours, theirs, strict=True)
            ]
        return judgements

    def judge_rows(self, query: str, truth: str, parameters: Sequence[Any] = ()) -> Judgement:
        """Judges a query, or the last one of a script, by all of its rows in whatever order; floats nearly."""
        config = bigquery.QueryJobConfig(query_parameters=list(parameters))
        try:
            result = self._client.query_and_wait(query, job_config=config, job_retry=None)
            rows = [
                tuple(_plain(value, field) for value, field in zip(row.values(), result.schema, strict=True))
                for row in result
            ]
            local = _table(rows, [(field.name, _type_text(field)) for field in result.schema])
        except exceptions.GoogleAPIError as error:
            local = Answer(error=_reason(error))
        try:
            answer = self._evaluator.query(truth)
            shown = [tuple(map(_shown, row, answer.types)) for row in answer.rows]
            theirs = _table(shown, list(zip(answer.names, answer.types, strict=True)))
        except GoogleSqlError as error:
            theirs = Answer(error=error.message.partition("\n")[0] or repr(error), comparable=_is_verdict(error))
        return Judgement(Case(query, False, truth), _verdict(local, theirs, exact=False), local, theirs)

    def _local(self, texts: Sequence[str]) -> list[Answer]:
        columns = ", ".join(f"{text} AS c{position}" for position, text in enumerate(texts))
        try:
            rows = self._client.query_and_wait(f"SELECT {columns}", job_retry=None)
            (row,) = list(rows)
        except exceptions.GoogleAPIError as error:
            return [Answer(error=_reason(error))]
        return [
            Answer(_plain(value, field), _type_text(field))
            for value, field in zip(row.values(), rows.schema, strict=True)
        ]

    def _googlesql(self, texts: Sequence[str]) -> list[Answer]:
        try:
            answer = self._evaluator.query(f"SELECT {', '.join(texts)}")
        except GoogleSqlError as error:
            return [Answer(error=error.message.partition("\n")[0] or repr(error), comparable=_is_verdict(error))]
        return [_truth(value, kind) for value, kind in zip(answer.rows[0], answer.types, strict=True)]


def _is_verdict(error: GoogleSqlError) -> bool:
    """Whether an error says something of the query, not of what the evaluator can do."""
    known = error.code != UNIMPLEMENTED and not isinstance(error, GoogleSqlCrash)
    return known and _OWN_LIMIT not in error.message


def _table(rows: Sequence[tuple[Any, ...]], columns: Sequence[tuple[str, str]]) -> Answer:
    """Rows in an order that the last digits of a float do not change."""
    return Answer(sorted(rows, key=_sorted_by), ", ".join(f"{name} {kind}" for name, kind in columns))


def _sorted_by(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_sorted_by, value))}]"
    return f"{value:.6g}" if isinstance(value, float) else repr(value)


def _reason(error: exceptions.GoogleAPIError) -> str:
    """The message without the address that was asked."""
    return str(getattr(error, "message", "") or repr(error)).partition("prettyPrint=false: ")[2] or repr(error)


def _answers(ask: Callable[[Sequence[str]], list[Answer]], texts: Sequence[str]) -> list[Answer]:
    """One answer each. When a query fails, its halves are asked, down to the expression that is to blame."""
    answers = ask(texts)
    if not answers[0].error or len(texts) == 1:
        return answers
    middle = len(texts) // 2
    return _answers(ask, texts[:middle]) + _answers(ask, texts[middle:])


def _verdict(local: Answer, truth: Answer, exact: bool) -> Verdict:
    if REFUSAL in local.error:
        return Verdict.REFUSED
    if not truth.comparable:
        return Verdict.SKIPPED
    if local.error and truth.error:
        return Verdict.BOTH_FAIL
    if local.error or truth.error or local.type != truth.type:
        return Verdict.DIFFERENT
    return Verdict.EQUAL if same(local.value, truth.value, exact) else Verdict.DIFFERENT


def same(ours: Any, theirs: Any, exact: bool = True) -> bool:
    """Equal value and type; floats bit for bit (-0.0 is not 0.0, NaN is NaN), or nearly when not ``exact``."""
    if type(ours) is not type(theirs):
        return False
    if isinstance(ours, list | tuple):
        return len(ours) == len(theirs) and all(same(a, b, exact) for a, b in zip(ours, theirs, strict=True))
    if isinstance(ours, float):
        if math.isnan(ours) or math.isnan(theirs):
            return math.isnan(ours) and math.isnan(theirs)
        bits = struct.pack("<d", ours) == struct.pack("<d", theirs)
        return bits or (not exact and math.isclose(ours, theirs, rel_tol=TOLERANCE, abs_tol=1e-14))
    return bool(ours == theirs)


# The client's values in the shape of the evaluator's: STRUCT as a tuple, JSON as what it parses to


def _plain(value: Any, field: Any, single: bool = False) -> Any:
    if field.mode == "REPEATED" and not single:
        return [_plain(item, field, single=True) for item in value]
    if value is not None and field.field_type in ("RECORD", "STRUCT"):
        return tuple(_plain(value[inner.name], inner) for inner in field.fields)
    return value


def _truth(value: Any, kind: str) -> Answer:
    """What a client would be given: BigQuery writes no array that holds a NULL."""
    try:
        return Answer(_shown(value, kind), kind)
    except _NullElement:
        return Answer(error="Array cannot have a null element")


class _NullElement(Exception):
    """An array of a result holds a NULL."""


def _shown(value: Any, kind: str) -> Any:
    """What the client would be given: a NULL array arrives empty, and JSON parsed."""
    if kind.startswith("ARRAY<"):
        if any(item is None for item in value or []):
            raise _NullElement
        return [_shown(item, kind[len("ARRAY<") : -1]) for item in value or []]
    if kind == "JSON" and value is not None:
        return json.loads(value)
    if kind.startswith("STRUCT<") and value is not None:
        return tuple(_shown(item, inner) for item, inner in zip(value, _members(kind), strict=True))
    return value


def _members(kind: str) -> list[str]:
    """The types of the fields of STRUCT<a INT64, b STRING>."""
    parts, depth, start = [], 0, len("STRUCT<")
    for position in range(start, len(kind)):
        letter = kind[position]
        depth += letter == "<"
        if (letter == "," and depth == 0) or position == len(kind) - 1:
            parts.append(kind[start:position].strip())
            start = position + 1
        depth -= letter == ">"
    return [part.split(" ", 1)[1] if " " in part.split("<")[0] else part for part in parts]


_CLIENT_NAMES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}


def _type_text(field: Any, single: bool = False) -> str:
    if field.mode == "REPEATED" and not single:
        return f"ARRAY<{_type_text(field, single=True)}>"
    if field.field_type in ("RECORD", "STRUCT"):
        return f"STRUCT<{', '.join(f'{_named(inner.name)}{_type_text(inner)}' for inner in field.fields)}>"
    return _CLIENT_NAMES.get(field.field_type, field.field_type)


def _named(name: str) -> str:
    return "" if name.startswith("_field_") else f"{name} "


def summary(judgements: Iterable[Judgement]) -> dict[Verdict, int]:
    """How many of each verdict."""
    counts = dict.fromkeys(Verdict, 0)
    for judgement in judgements:
        counts[judgement.verdict] += 1
    return counts
