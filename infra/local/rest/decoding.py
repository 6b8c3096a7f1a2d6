"""Values that come in as JSON: query parameters, streamed rows and the fields of a load file.

BigQuery takes a scalar as text or as the JSON type that fits; anything else is an error that names the field, never
a guess and never a NULL.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from infra.local.rest.errors import RestError, not_supported

_INT64 = range(-(2**63), 2**63)
_CIVIL = r"(\d{4})-(\d{1,2})-(\d{1,2})"
_CLOCK = r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,6}))?"
_DATE = re.compile(_CIVIL)
_TIME = re.compile(_CLOCK)
_DATETIME = re.compile(rf"{_CIVIL}(?:[ Tt]{_CLOCK})?")
_TIMESTAMP = re.compile(rf"({_CIVIL}(?:[ Tt]{_CLOCK})?)(?:\s*(?:[Zz]|UTC|([+-])(\d{{1,2}})(?::?(\d{{2}}))?))?")
_NUMERIC_WHOLE_DIGITS, _NUMERIC_SCALE = 29, 9


class ValueProblem(Exception):
    """A value does not fit its type; `path` is the field, nested ones dotted."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message


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


def row_decoder(
    fields: Sequence[Mapping[str, Any]], *, ignore_unknown: bool = False
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A function from one JSON row to Python values by column name, checked against the table's REST fields.

    The returned function raises ValueProblem for an unknown field, a missing REQUIRED one or a value that does not fit.
    """
    known = {str(field["name"]).lower(): (str(field["name"]), _field_decoder(field)) for field in fields}
    required = [str(field["name"]) for field in fields if field.get("mode") == "REQUIRED"]

    def decode(row: Mapping[str, Any]) -> dict[str, Any]:
        decoded: dict[str, Any] = {}
        for key, value in row.items():
            entry = known.get(key.lower())
            if entry is None:
                if ignore_unknown:
                    continue
                raise ValueProblem(key, f"no such field: {key}.")
            decoded[entry[0]] = entry[1](value, key)
        for name in required:
            if decoded.get(name) is None:
                raise ValueProblem(name, f"Missing required field: {name}.")
        return decoded

    return decode


FieldDecoder = Callable[[Any, str], Any]


def _field_decoder(field: Mapping[str, Any]) -> FieldDecoder:
    single = _single_decoder(field)
    if field.get("mode") != "REPEATED":
        return single

    def decode(value: Any, path: str) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            raise ValueProblem(path, "Array specified for non-repeated field or repeated field is not an array.")
        if any(item is None for item in value):
            raise ValueProblem(path, "Only optional fields can be set to NULL.")
        return [single(item, path) for item in value]

    return decode


def _single_decoder(field: Mapping[str, Any]) -> FieldDecoder:
    type_name = str(field["type"]).upper()
    if type_name in ("RECORD", "STRUCT"):
        return _record_decoder(field)
    if type_name not in _DECODERS:
        raise not_supported(f"A column of type {type_name}", str(field["name"]))
    scalar = _json_document if type_name == "JSON" else _DECODERS[type_name]

    def decode(value: Any, path: str) -> Any:
        if value is None:
            return None
        try:
            return scalar(value)
        except (ValueError, ArithmeticError, TypeError):
            raise ValueProblem(path, f"Could not parse {value!r} as {type_name} for field {path}.") from None

    return decode


def _record_decoder(field: Mapping[str, Any]) -> FieldDecoder:
    members = {str(member["name"]).lower(): member for member in field.get("fields", ())}
    decoders = {key: (str(member["name"]), _field_decoder(member)) for key, member in members.items()}

    def decode(value: Any, path: str) -> dict[str, Any] | None:
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise ValueProblem(path, f"This field: {path} is not a record.")
        unknown = [key for key in value if key.lower() not in decoders]
        if unknown:
            raise ValueProblem(f"{path}.{unknown[0]}", f"no such field: {path}.{unknown[0]}.")
        lowered = {key.lower(): item for key, item in value.items()}
        return {name: one(lowered.get(key), f"{path}.{name}") for key, (name, one) in decoders.items()}

    return decode


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
    """JSON given as a parameter or a text cell: the text itself, checked."""
    json.loads(str(value))
    return str(value)


def _json_document(value: Any) -> str:
    """JSON inside a JSON row: text is parsed as JSON, as a load job does; anything else is the document itself."""
    if isinstance(value, str):
        return _json_text(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


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
