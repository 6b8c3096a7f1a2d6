"""Query parameters: typed text in, Python values out.

What does not fit its type is an error that names the parameter, never a guess and never a NULL.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from infra.local.engine import documents
from infra.local.rest.errors import RestError, not_supported

_INT64 = range(-(2**63), 2**63)
_CIVIL = r"(\d{4})-(\d{1,2})-(\d{1,2})"
_CLOCK = r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,6}))?"
_DATE = re.compile(_CIVIL)
_TIME = re.compile(_CLOCK)
_DATETIME = re.compile(rf"{_CIVIL}(?:[ Tt]{_CLOCK})?")
_TIMESTAMP = re.compile(rf"({_CIVIL}(?:[ Tt]{_CLOCK})?)(?:\s*(?:[Zz]|UTC|([+-])(\d{{1,2}})(?::?(\d{{2}}))?))?")
_NUMERIC_WHOLE_DIGITS, _NUMERIC_SCALE = 29, 9


def parameter_value(name: str, kind: Mapping[str, Any], value: Mapping[str, Any]) -> Any:
    """One query parameter's Python value from its parameterType and parameterValue.

    Raises RestError("invalid") naming the parameter and the text that does not fit.
    """
    type_name = str(kind.get("type", "")).upper()
    if type_name == "ARRAY":
        items = value.get("arrayValues")
        return [parameter_value(name, kind["arrayType"], item) for item in items or ()]
    if type_name in ("STRUCT", "RECORD"):
        return _struct_parameter(name, kind["structTypes"], value.get("structValues"))
    if type_name not in _DECODERS:
        raise not_supported(f"A query parameter of type {type_name or 'unknown'}", name)
    raw = value.get("value")
    if raw is None:
        return None
    try:
        return _DECODERS[type_name](raw)
    except (ValueError, ArithmeticError, TypeError) as error:
        raise RestError(
            "invalid", f"Invalid value for query parameter '{name}' of type {type_name}: {raw!r} ({error})", name
        ) from None


def _struct_parameter(name: str, members: Sequence[Mapping[str, Any]], values: Any) -> dict[str, Any] | None:
    if values is None:
        return None
    named = [(str(member.get("name") or f"_field_{index}"), member["type"]) for index, member in enumerate(members, 1)]
    return {field: parameter_value(f"{name}.{field}", kind, values.get(field) or {}) for field, kind in named}


def _integer(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError("not a whole number")
    number = int(value)
    if number not in _INT64:
        raise ValueError("out of INT64's range")
    return number


def _float(value: Any) -> float:
    if isinstance(value, bool):
        raise ValueError("a boolean")
    return float(value)


def _numeric(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise ValueError("a boolean")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not number.is_finite() or number.adjusted() >= _NUMERIC_WHOLE_DIGITS or _scale(number) > _NUMERIC_SCALE:
        raise ValueError("outside NUMERIC's range")
    return number


def _scale(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _boolean(value: Any) -> bool:
    text = str(value).lower()
    if text not in ("true", "false", "t", "f", "1", "0"):
        raise ValueError("not a boolean")
    return text in ("true", "t", "1")


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise ValueError("not text")


def _bytes(value: Any) -> bytes:
    try:
        return base64.b64decode(str(value).replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def _match(pattern: re.Pattern[str], value: Any, what: str) -> re.Match[str]:
    found = pattern.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"not a {what}")
    return found


def _micros(fraction: str | None) -> int:
    return int((fraction or "").ljust(6, "0"))


def _date(value: Any) -> date:
    found = _match(_DATE, value, "date")
    return date(*(int(part) for part in found.groups()))


def _time(value: Any) -> time:
    hour, minute, second, fraction = _match(_TIME, value, "time").groups()
    return time(int(hour), int(minute), int(second), _micros(fraction))


def _datetime(value: Any) -> datetime:
    year, month, day, hour, minute, second, fraction = _match(_DATETIME, value, "datetime").groups()
    return datetime(
        int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), _micros(fraction)
    )


def _timestamp(value: Any) -> datetime:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return datetime.fromtimestamp(float(value), UTC)
    found = _match(_TIMESTAMP, value, "timestamp")
    sign, hours, minutes = found.groups()[-3:]
    offset_minutes = int(hours or 0) * 60 + int(minutes or 0)
    return _shifted(_datetime(found.group(1)), -offset_minutes if sign == "-" else offset_minutes)


def _shifted(civil: datetime, offset_minutes: int) -> datetime:
    if abs(offset_minutes) > 14 * 60:
        raise ValueError("an offset beyond 14 hours")
    return datetime.fromisoformat(civil.isoformat() + _offset_text(offset_minutes)).astimezone(UTC)


def _offset_text(offset_minutes: int) -> str:
    sign = "-" if offset_minutes < 0 else "+"
    return f"{sign}{abs(offset_minutes) // 60:02d}:{abs(offset_minutes) % 60:02d}"


def _json_text(value: Any) -> str:
    """A JSON document in the form in which JSON values are kept. Raises ValueError when the text is none."""
    return documents.canonical(str(value))


_DECODERS: dict[str, Callable[[Any], Any]] = {
    "INTEGER": _integer,
    "INT64": _integer,
    "FLOAT": _float,
    "FLOAT64": _float,
    "NUMERIC": _numeric,
    "BOOLEAN": _boolean,
    "BOOL": _boolean,
    "STRING": _string,
    "BYTES": _bytes,
    "DATE": _date,
    "DATETIME": _datetime,
    "TIME": _time,
    "TIMESTAMP": _timestamp,
    "JSON": _json_text,
}
