"""GoogleSQL's reference evaluator: what a query gives, by the language's own definition; far too slow to serve."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from infra.googlesql import door
from infra.googlesql.catalog import builtin_catalog
from infra.googlesql.language import analyzer_options, language_options
from infra.googlesql.service import Service
from infra.googlesql.spelling import type_text

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Answer:
    """The rows of a query. ``types`` are GoogleSQL's names of its columns' types (``ARRAY<STRUCT<a INT64>>``).

    A STRUCT is a tuple of its fields, an ARRAY a list, JSON its text, a TIMESTAMP an instant in UTC.
    """

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class Evaluator:
    """Evaluates queries that read no table, with every built-in function of BigQuery's language in sight."""

    def __init__(self, service: Service) -> None:
        self._service = service
        language = language_options(service)
        self._options = analyzer_options(language)
        self._options.ClearField("system_variables")  # the evaluator refuses to know them
        self._functions = service.register(builtin_catalog(language))

    def query(self, sql: str) -> Answer:
        """The answer. Raises GoogleSqlError: code 3 when the query is wrong, else when evaluating it fails."""
        request = door.service.EvaluateQueryRequest(
            sql=sql, options=self._options, registered_catalog_id=self._functions.number
        )
        response = self._service.call("EvaluateQuery", request, door.service.EvaluateQueryResponse)
        columns = response.prepared.columns
        return Answer(
            tuple(column.name for column in columns),
            tuple(type_text(column.type) for column in columns),
            tuple(
                tuple(python_value(cell, column.type) for cell, column in zip(row.cell, columns, strict=True))
                for row in response.content.table_data.row
            ),
        )

    def value(self, expression: str) -> Any:
        """The value of one expression."""
        return self.query(f"SELECT {expression}").rows[0][0]


def python_value(value: Any, data_type: Any) -> Any:
    """A ValueProto as the client library would give it; None for NULL."""
    given = value.WhichOneof("value")
    if given is None:
        return None
    content = getattr(value, given)
    if given == "array_value":
        return [python_value(element, data_type.array_type.element_type) for element in content.element]
    if given == "struct_value":
        fields: Sequence[Any] = data_type.struct_type.field
        return tuple(python_value(part, field.field_type) for part, field in zip(content.field, fields, strict=True))
    return _DECODERS[given](content) if given in _DECODERS else content


def _date(days: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=days)


def _timestamp(content: Any) -> dt.datetime:
    return _EPOCH + dt.timedelta(seconds=content.seconds, microseconds=content.nanos // 1000)


def _clock(bits: int) -> tuple[int, int, int]:
    """Hour, minute and second, packed 5, 6 and 6 bits wide."""
    return bits >> 12 & 31, bits >> 6 & 63, bits & 63


def _datetime(content: Any) -> dt.datetime:
    bits = content.bit_field_datetime_seconds
    return dt.datetime(bits >> 26, bits >> 22 & 15, bits >> 17 & 31, *_clock(bits), content.nanos // 1000)


def _time(bits: int) -> dt.time:
    return dt.time(*_clock(bits >> 30), (bits & (1 << 30) - 1) // 1000)


def _decimal(scale: int) -> Callable[[bytes], Decimal]:
    def decode(content: bytes) -> Decimal:
        with localcontext(prec=80):
            return Decimal(int.from_bytes(content, "little", signed=True)).scaleb(-scale)

    return decode


_DECODERS: Mapping[str, Callable[[Any], Any]] = {
    "date_value": _date,
    "timestamp_value": _timestamp,
    "datetime_value": _datetime,
    "time_value": _time,
    "numeric_value": _decimal(9),
    "bignumeric_value": _decimal(38),
}
