"""JSON documents as GoogleSQL keeps them: keys in order, the first of equal ones, numbers that lose nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

_UINT64 = 2**64


class _Number(float):
    """A FLOAT64 of a document, printed as GoogleSQL prints it."""

    def __repr__(self) -> str:
        return number_text(float(self))


def canonical(text: str, rounds: bool = False) -> str:
    """A document's text as PARSE_JSON would keep it. Raises ValueError for what PARSE_JSON refuses."""
    return _written(parsed(text, rounds))


def parsed(text: str, rounds: bool = False) -> Any:
    """The document with its keys in order. Raises ValueError for text that is no JSON.

    ``rounds`` is `wide_number_mode => 'round'`: a number that a double does not hold is rounded, or else refused.
    """

    def fractional(number: str) -> float:
        return _fractional(number, rounds)

    def whole(number: str) -> int | float:
        return int(number) if -(2**63) <= int(number) < _UINT64 else fractional(number)

    return json.loads(
        text, object_pairs_hook=_ordered, parse_int=whole, parse_float=fractional, parse_constant=_constant
    )


def ordered(value: Any) -> Any:
    """A document that was parsed by others, with its keys in order."""
    if isinstance(value, dict):
        return {key: ordered(value[key]) for key in sorted(value, key=_bytes)}
    return [ordered(item) for item in value] if isinstance(value, list) else value


def number_text(number: float) -> str:
    """The shortest digits that give the number back; an exponent below 1e-4 and from 1e15 on."""
    text = repr(number)
    if "e" not in text and abs(number) >= 1e15:
        digits = text.removesuffix(".0").replace(".", "").lstrip("-")
        mantissa = digits[0] + ("." + digits[1:].rstrip("0") if digits[1:].rstrip("0") else "")
        text = f"{'-' if number < 0 else ''}{mantissa}e+15"
    return text


def _ordered(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return {key: found[key] for key in sorted(found, key=_bytes)}


def _bytes(key: str) -> bytes:
    return key.encode()


def _fractional(text: str, rounds: bool) -> float:
    number = float(text)
    if rounds and not math.isinf(number):
        return _Number(number)
    kept = Decimal(f"{number:.15g}") if float(f"{number:.15g}") == number else Decimal(f"{number:.17g}")
    if math.isinf(number) or Decimal(text) != kept:
        raise ValueError(f"Input number: {text} cannot round-trip through string representation")
    return _Number(number)


def _constant(text: str) -> float:
    raise ValueError(f"{text} is no JSON")


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_written(key)}:{_written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return repr(value) if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)
