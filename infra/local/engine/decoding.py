"""Strict values for load jobs: JSON or Python values in, values DuckDB reads unambiguously out.

BigQuery takes numbers and texts for most types and refuses what does not fit; so does this. Nothing is guessed.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from . import documents
from .types import DataType, field_name

Decoder = Callable[[Any], Any]
_INTEGER = re.compile(r"[+-]?\d+")
_PLAIN_NUMERIC = re.compile(r"-?\d{1,29}(?:\.\d{1,9})?")
_SECONDS = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_ZONE_NAME = re.compile(r"\s*UTC$")
_INT64_LIMIT = 2**63
_NUMERIC_LIMIT = Decimal(10) ** 29
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Misfit(Exception):
    """A value does not fit its field. ``field`` grows from the inside out as nested decoders give up."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


def decoder(kind: DataType) -> Decoder:
    """The decoder of a type. It raises Misfit; NULL is the caller's affair."""
    if kind.element is not None:
        return _array(decoder(kind.element))
    if kind.fields:
        return _struct({field_name(part, i): decoder(part.type) for i, part in enumerate(kind.fields)})
    if kind.kind not in _SCALARS:
        raise Misfit(f"Loading type {kind} is not supported by the local cloud")
    return _SCALARS[kind.kind]


def _array(element: Decoder) -> Decoder:
    def decode(value: Any) -> list[Any]:
        if not isinstance(value, (list, tuple)):
            raise Misfit(f"Expected an array, got {_shown(value)}")
        if any(item is None for item in value):
            raise Misfit("Only optional fields can be set to NULL; an array cannot hold NULL")
        return [element(item) for item in value]

    return decode


def _struct(parts: Mapping[str, Decoder]) -> Decoder:
    names = {name.lower(): name for name in parts}

    def decode(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise Misfit(f"Expected a record, got {_shown(value)}")
        found: dict[str, Any] = {}
        for given, item in value.items():
            name = names.get(given.lower())
            if name is None:
                raise Misfit(f"No such field: {given}", given)
            try:
                found[name] = None if item is None else parts[name](item)
            except Misfit as misfit:
                misfit.field = f"{name}.{misfit.field}".rstrip(".")
                raise
        return found

    return decode


def _int64(value: Any) -> int:
    if type(value) is int and -_INT64_LIMIT <= value < _INT64_LIMIT:
        return value
    is_text = isinstance(value, str) and _INTEGER.fullmatch(value.strip())
    if is_text or (isinstance(value, (float, Decimal)) and value == value // 1):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Misfit(f"Could not convert value to integer: {_shown(value)}")
    if not -_INT64_LIMIT <= value < _INT64_LIMIT:
        raise Misfit(f"Integer out of range: {value}")
    return value


def _float64(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise Misfit(f"Could not convert value to double: {_shown(value)}")
    try:
        number = float(value)
    except ValueError:
        raise Misfit(f"Could not convert value to double: {_shown(value)}") from None
    return number if abs(number) < float("inf") else str(number)


def _numeric(value: Any) -> str:
    if isinstance(value, str) and _PLAIN_NUMERIC.fullmatch(value):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise Misfit(f"Invalid NUMERIC value: {_shown(value)}")
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        raise Misfit(f"Invalid NUMERIC value: {_shown(value)}") from None
    exponent = number.as_tuple().exponent
    if not number.is_finite() or abs(number) >= _NUMERIC_LIMIT or (isinstance(exponent, int) and exponent < -9):
        raise Misfit(f"Invalid NUMERIC value: {_shown(value)}")
    return format(number, "f")


def _bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise Misfit(f"Could not convert value to boolean: {_shown(value)}")


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise Misfit(f"Could not convert value to string: {_shown(value)}")


def _bytes(value: Any) -> str:
    """Base64 text: JSON has no bytes; the load turns it back."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise Misfit(f"Could not decode base64 value: {_shown(value)}") from None
    return str(value)


def _date(value: Any) -> str:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return dt.date(*(int(part) for part in value.split("-"))).isoformat()
        except ValueError:
            pass
    raise Misfit(f"Invalid date: {_shown(value)}; expected YYYY-MM-DD")


def _time(value: Any) -> str:
    if isinstance(value, str):
        try:
            value = dt.time.fromisoformat(value)
        except ValueError:
            raise Misfit(f"Invalid time: {_shown(value)}") from None
    if not isinstance(value, dt.time) or value.tzinfo is not None:
        raise Misfit(f"Invalid time: {_shown(value)}")
    return value.isoformat()


def _datetime(value: Any) -> str:
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            raise Misfit(f"Invalid datetime: {_shown(value)}") from None
    if not isinstance(value, dt.datetime) or value.tzinfo is not None:
        raise Misfit(f"Invalid datetime: {_shown(value)}; it has no time zone")
    return value.isoformat(sep=" ")


def _timestamp(value: Any) -> str:
    """An instant: ISO 8601 text (UTC without offset), seconds since 1970, or an aware datetime."""
    if isinstance(value, str):
        value = _instant(value)
    elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        value = _EPOCH + dt.timedelta(microseconds=round(Decimal(str(value)) * 1_000_000))
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        raise Misfit(f"Invalid timestamp: {_shown(value)}")
    return value.astimezone(dt.UTC).isoformat(sep=" ")


def _instant(text: str) -> dt.datetime:
    try:
        if _SECONDS.fullmatch(text):
            return _EPOCH + dt.timedelta(microseconds=int(Decimal(text) * 1_000_000))
        if not _DAY.match(text.strip()):
            raise ValueError(text)
        instant = dt.datetime.fromisoformat(_ZONE_NAME.sub("+00:00", text.strip()))
    except (ValueError, OverflowError):
        raise Misfit(f"Invalid timestamp: {_shown(text)}") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=dt.UTC)


def _json(value: Any) -> Any:
    """A JSON text, or the value itself; its keys in order, as PARSE_JSON would have them."""
    if isinstance(value, str):
        try:
            return documents.parsed(value)
        except ValueError:
            raise Misfit(f"Invalid JSON text: {_shown(value)}") from None
    return documents.ordered(value)


_SCALARS: Mapping[str, Decoder] = {
    "INT64": _int64,
    "FLOAT64": _float64,
    "NUMERIC": _numeric,
    "BOOL": _bool,
    "STRING": _string,
    "BYTES": _bytes,
    "DATE": _date,
    "TIME": _time,
    "DATETIME": _datetime,
    "TIMESTAMP": _timestamp,
    "JSON": _json,
}


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
