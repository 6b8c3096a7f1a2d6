"""Cells out and values in, one type at a time, and the round trip through the client's own parser."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from google.cloud.bigquery import SchemaField, _helpers
from hypothesis import given
from hypothesis import strategies as st

from infra.local.rest.decoding import parameter_value
from infra.local.rest.encoding import TimestampFormat, row_encoder
from infra.local.rest.errors import RestError

INSTANT = datetime(2026, 3, 8, 9, 59, 59, 123456, tzinfo=UTC)


def cell(kind: str, value: Any, **field: Any) -> Any:
    encode = row_encoder([{"name": "c", "type": kind, **field}], TimestampFormat.INT64)
    return encode((value,))["f"][0]["v"]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("INTEGER", -(2**63), "-9223372036854775808"),
        ("FLOAT", 0.1, "0.1"),
        ("FLOAT", 1.0, "1.0"),
        ("FLOAT", float("nan"), "NaN"),
        ("FLOAT", float("inf"), "Infinity"),
        ("FLOAT", float("-inf"), "-Infinity"),
        ("NUMERIC", Decimal("12.500000000"), "12.5"),
        ("NUMERIC", Decimal("1E+3"), "1000"),
        ("NUMERIC", Decimal("-0.000000001"), "-0.000000001"),
        ("BOOLEAN", True, "true"),
        ("STRING", "naïve \U0001f600", "naïve \U0001f600"),
        ("BYTES", b"\x00\xff", "AP8="),
        ("DATE", date(2026, 3, 8), "2026-03-08"),
        ("DATETIME", datetime(2026, 3, 8, 2, 30), "2026-03-08T02:30:00"),
        ("TIME", time(1, 2, 3, 4), "01:02:03.000004"),
        ("TIMESTAMP", INSTANT, "1772963999123456"),
        ("JSON", '{"a": [1, null]}', '{"a": [1, null]}'),
    ],
)
def test_a_scalar_is_text(kind: str, value: Any, text: str) -> None:
    assert cell(kind, value) == text
    assert cell(kind, None) is None


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2021, 1, 1, tzinfo=UTC), "1.6094592E9"),
        (INSTANT, "1.772963999123456E9"),
        (datetime(1969, 12, 31, 23, 59, 59, 500000, tzinfo=UTC), "-5E-1"),
        (datetime(1970, 1, 1, tzinfo=UTC), "0.0"),
    ],
)
def test_a_timestamp_in_seconds_keeps_its_microseconds(instant: datetime, text: str) -> None:
    encode = row_encoder([{"name": "t", "type": "TIMESTAMP"}])
    assert encode((instant,)) == {"f": [{"v": text}]}
    assert Decimal(text) * 10**6 == (instant - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (INSTANT, "2026-03-08T09:59:59.123456000000Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000000000000Z"),
    ],
)
def test_a_timestamp_as_text_has_twelve_digits(instant: datetime, text: str) -> None:
    encode = row_encoder([{"name": "t", "type": "TIMESTAMP"}], TimestampFormat.ISO8601_STRING)
    assert encode((instant,)) == {"f": [{"v": text}]}


def test_arrays_and_structs_nest() -> None:
    fields = [{"name": "n", "type": "INTEGER"}, {"name": "tags", "type": "STRING", "mode": "REPEATED"}]
    encode = row_encoder([{"name": "r", "type": "RECORD", "mode": "REPEATED", "fields": fields}], TimestampFormat.INT64)
    rows = [{"n": 1, "tags": ["a", "b"]}, {"n": None, "tags": None}, None]
    first = {"v": {"f": [{"v": "1"}, {"v": [{"v": "a"}, {"v": "b"}]}]}}
    second = {"v": {"f": [{"v": None}, {"v": []}]}}
    assert encode((rows,)) == {"f": [{"v": [first, second, {"v": None}]}]}
    assert encode((None,)) == {"f": [{"v": []}]}


@pytest.mark.covers("REST", "Result columns of the types INTERVAL, GEOGRAPHY, BIGNUMERIC and RANGE", refused=True)
@pytest.mark.parametrize("kind", ["INTERVAL", "GEOGRAPHY", "BIGNUMERIC", "RANGE"])
def test_a_type_that_cannot_be_written_is_refused_by_name(kind: str) -> None:
    with pytest.raises(RestError, match=f"type {kind} is not supported by the local cloud"):
        row_encoder([{"name": "i", "type": kind}], TimestampFormat.INT64)


VALUES = {
    "INTEGER": st.integers(-(2**63), 2**63 - 1),
    "FLOAT": st.floats(allow_nan=False),
    "NUMERIC": st.decimals(-(10**28), 10**28, places=9, allow_nan=False),
    "BOOLEAN": st.booleans(),
    "STRING": st.text(),
    "BYTES": st.binary(),
    "DATE": st.dates(date(1, 1, 1)),
    "DATETIME": st.datetimes(datetime(1000, 1, 1)),
    "TIME": st.times(),
    "TIMESTAMP": st.datetimes(datetime(1, 1, 2), timezones=st.just(UTC)),
}


@pytest.mark.parametrize("kind", sorted(VALUES))
@given(data=st.data())
def test_the_client_reads_back_what_was_written(kind: str, data: Any) -> None:
    values = data.draw(st.lists(VALUES[kind], max_size=3))
    scalar = data.draw(st.none() | VALUES[kind])
    fields = [{"name": "s", "type": kind, "mode": "NULLABLE"}, {"name": "r", "type": kind, "mode": "REPEATED"}]
    row = row_encoder(fields, TimestampFormat.INT64)((scalar, values))
    schema = [SchemaField("s", kind), SchemaField("r", kind, mode="REPEATED")]
    assert _helpers._row_tuple_from_json(row, schema) == (scalar, values)


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("INT64", "9223372036854775807", 2**63 - 1),
        ("FLOAT64", "nan", None),
        ("FLOAT64", "-Infinity", float("-inf")),
        ("NUMERIC", "99999999999999999999999999999.999999999", Decimal("99999999999999999999999999999.999999999")),
        ("BOOL", "TRUE", True),
        ("BYTES", "AP8=", b"\x00\xff"),
        ("BYTES", "_-8=", b"\xff\xef"),
        ("DATE", "2026-3-8", date(2026, 3, 8)),
        ("DATETIME", "2026-03-08 02:30:00.5", datetime(2026, 3, 8, 2, 30, 0, 500000)),
        ("TIME", "01:02:03", time(1, 2, 3)),
        ("TIMESTAMP", "2026-03-08 09:59:59.123456+00:00", INSTANT),
        ("TIMESTAMP", "2026-03-08T01:59:59.123456-08:00", INSTANT),
        ("TIMESTAMP", "2026-03-08 09:59:59.123456 UTC", INSTANT),
        ("TIMESTAMP", "2026-03-08 09:59:59.123456Z", INSTANT),
        ("TIMESTAMP", "2026-03-08", datetime(2026, 3, 8, tzinfo=UTC)),
        ("JSON", '{"a":1}', '{"a":1}'),
        ("STRING", "", ""),
    ],
)
def test_a_parameter_is_read(kind: str, raw: str, value: Any) -> None:
    read = parameter_value("p", {"type": kind}, {"value": raw})
    assert read == value or (value is None and read != read)
    assert parameter_value("p", {"type": kind}, {}) is None


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("INT64", "9223372036854775808"),
        ("INT64", "1.5"),
        ("INT64", ""),
        ("FLOAT64", "much"),
        ("NUMERIC", "100000000000000000000000000000"),
        ("NUMERIC", "0.0000000001"),
        ("NUMERIC", "NaN"),
        ("BOOL", "yes"),
        ("BYTES", "A"),
        ("DATE", "2026-02-30"),
        ("DATE", "2026-03-08T00:00:00"),
        ("TIME", "24:00:00"),
        ("TIMESTAMP", "yesterday"),
        ("TIMESTAMP", "2026-03-08 00:00:00+15:00"),
        ("JSON", "{"),
    ],
)
def test_a_parameter_that_does_not_fit_names_itself(kind: str, raw: str) -> None:
    with pytest.raises(RestError) as caught:
        parameter_value("limit", {"type": kind}, {"value": raw})
    assert caught.value.code == 400
    assert "'limit'" in caught.value.message and kind in caught.value.message


def test_a_nested_parameter_is_read() -> None:
    struct = {
        "type": "STRUCT",
        "structTypes": [
            {"name": "page", "type": {"type": "STRING"}},
            {"name": "days", "type": {"type": "ARRAY", "arrayType": {"type": "DATE"}}},
        ],
    }
    given_values = {
        "arrayValues": [
            {"structValues": {"page": {"value": "a"}, "days": {"arrayValues": [{"value": "2026-01-05"}]}}},
            {"structValues": {"page": {"value": None}}},
        ]
    }
    read = parameter_value("p", {"type": "ARRAY", "arrayType": struct}, given_values)
    assert read == [{"page": "a", "days": [date(2026, 1, 5)]}, {"page": None, "days": []}]
    assert parameter_value("p", struct, {}) is None
    assert parameter_value("p", {"type": "ARRAY", "arrayType": {"type": "INT64"}}, {"arrayValues": []}) == []


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_a_timestamp_is_read_with_any_offset(civil: datetime, minutes: int) -> None:
    aware = civil.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parameter_value("p", {"type": "TIMESTAMP"}, {"value": aware.isoformat()}) == aware


@given(st.binary())
def test_bytes_round_trip(value: bytes) -> None:
    encoded = base64.b64encode(value).decode()
    assert parameter_value("p", {"type": "BYTES"}, {"value": encoded}) == value
