"""JSON documents in a field."""

import json
import math
from decimal import Decimal, InvalidOperation
from typing import Any

from orchestrator.importers.values.numbers import INT64_MIN
from orchestrator.importers.values.plain import NOTHING, BadValue, shown

UINT64_MAX = 2**64 - 1


def optional_json(value: str) -> str | None:
    """A JSON object as compact text."""
    if value in NOTHING:
        return None
    try:
        parsed = json.loads(
            value,
            parse_int=_json_integer,
            parse_float=_json_decimal,
            parse_constant=_json_decimal,
            object_pairs_hook=_json_object,
        )
        if not isinstance(parsed, dict):
            raise BadValue(f"{shown(value)} is not a JSON object")
        compact = json.dumps(parsed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        compact.encode()
    except BadValue:
        raise
    except UnicodeEncodeError:
        raise BadValue(f"{shown(value)} holds half of a character") from None
    except RecursionError:
        raise BadValue(f"{shown(value)} is nested too deeply") from None
    except ValueError:
        raise BadValue(f"{shown(value)} is not JSON") from None
    return compact


def _json_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object that says everything once: of two values under one name neither is the right one."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadValue(f"names {shown(twice)} twice")
    return found


def _json_integer(digits: str) -> int:
    """A whole number that PARSE_JSON keeps exactly: signed or unsigned, of 64 bits."""
    number = int(digits) if len(digits) <= len(str(INT64_MIN)) else UINT64_MAX + 1
    if not INT64_MIN <= number <= UINT64_MAX:
        raise BadValue(f"holds {shown(digits)}, which does not fit 64 bits")
    return number


def _json_decimal(digits: str) -> float:
    """A decimal that PARSE_JSON (wide_number_mode exact) keeps: finite, and the same when written out again."""
    number = float(digits)
    if not math.isfinite(number):
        raise BadValue(f"holds {shown(digits)}, which is not a number of JSON")
    try:
        is_exact = Decimal(digits) == Decimal(repr(number))
    except InvalidOperation:  # an exponent that Decimal has no room for
        is_exact = False
    if not is_exact:
        raise BadValue(f"holds {shown(digits)}, which loses digits as a double: write it as text")
    return number
