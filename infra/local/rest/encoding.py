"""Values on the wire: result cells out, query parameters and rows in.

Rows travel as {"f": [{"v": ...}]} with every scalar as text. An encoder is built once per column and then applied to
every row, because a page may hold tens of thousands of cells.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from infra.local.rest.errors import not_supported

Encoder = Callable[[Any], Any]


class TimestampFormat(Enum):
    """How an answer spells instants: BigQuery's DataFormatOptions.timestampOutputFormat."""

    FLOAT64 = "seconds since the epoch: 1.6094592E9"
    INT64 = "microseconds since the epoch: 1609459200000000"
    ISO8601_STRING = "UTC with twelve digits of a second: 2021-01-01T00:00:00.000000000000Z"


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def row_encoder(
    fields: Sequence[dict[str, Any]], timestamps: TimestampFormat = TimestampFormat.FLOAT64
) -> Callable[[Sequence[Any]], dict[str, Any]]:
    """A function from a tuple of Python values to BigQuery's row, for columns described by REST fields."""
    encoders = [_field_encoder(field, timestamps) for field in fields]

    def encode(row: Sequence[Any]) -> dict[str, Any]:
        return {"f": [{"v": encoder(value)} for encoder, value in zip(encoders, row, strict=True)]}

    return encode


def _field_encoder(field: dict[str, Any], timestamps: TimestampFormat) -> Encoder:
    single = _nullable(_single_encoder(field, timestamps))
    if field.get("mode") != "REPEATED":
        return single
    return lambda values: [{"v": single(value)} for value in values or ()]


def _nullable(encoder: Encoder) -> Encoder:
    if encoder is str:
        return _text_or_null  # most cells are text or integers: one call less for each
    return lambda value: None if value is None else encoder(value)


def _text_or_null(value: Any) -> str | None:
    return None if value is None else str(value)


def _single_encoder(field: dict[str, Any], timestamps: TimestampFormat) -> Encoder:
    kind = field["type"].upper()
    if kind in ("RECORD", "STRUCT"):
        return _record_encoder(field, timestamps)
    if kind == "TIMESTAMP":
        return _TIMESTAMPS[timestamps]
    encoder = _SCALARS.get(kind)
    if encoder is None:
        raise not_supported(f"A result column of type {kind}", field.get("name"))
    return encoder


def _record_encoder(field: dict[str, Any], timestamps: TimestampFormat) -> Encoder:
    members = [(member["name"], _field_encoder(member, timestamps)) for member in field.get("fields", ())]

    def encode(value: Any) -> dict[str, Any]:
        if isinstance(value, dict):
            return {"f": [{"v": encoder(value.get(name))} for name, encoder in members]}
        return {"f": [{"v": encoder(item)} for (_, encoder), item in zip(members, value, strict=True)]}

    return encode


def _timestamp_micros(value: datetime) -> str:
    return str(epoch_micros(value))


def _timestamp_seconds(value: datetime) -> str:
    seconds = Decimal(epoch_micros(value)).scaleb(-6).normalize()
    return f"{seconds:E}".replace("E+", "E") if seconds else "0.0"


def _timestamp_text(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "000000Z"


_TIMESTAMPS = {
    TimestampFormat.FLOAT64: _timestamp_seconds,
    TimestampFormat.INT64: _timestamp_micros,
    TimestampFormat.ISO8601_STRING: _timestamp_text,
}


def epoch_micros(value: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z; exact, where datetime.timestamp() rounds."""
    return (value - _EPOCH) // _MICROSECOND


def _float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(float(value))


def _decimal(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _isoformat(value: date | datetime | time) -> str:
    return value.isoformat()


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _bytes(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


_SCALARS: dict[str, Encoder] = {
    "INTEGER": str,
    "INT64": str,
    "FLOAT": _float,
    "FLOAT64": _float,
    "NUMERIC": _decimal,
    "BOOLEAN": _boolean,
    "BOOL": _boolean,
    "STRING": str,
    "BYTES": _bytes,
    "DATE": _isoformat,
    "DATETIME": _isoformat,
    "TIME": _isoformat,
    "JSON": str,
}
