"""Assignment to variables and arguments: GoogleSQL's implicit conversions, applied to Python values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from infra.syntax import TokenKind, tokenize

from .errors import EngineError
from .types import DataType, field_name

_LITERALS = frozenset({TokenKind.STRING, TokenKind.NUMBER, TokenKind.PARAMETER})
_WIDENINGS: Mapping[tuple[str, str], Callable[[Any], Any]] = {
    ("INT64", "NUMERIC"): Decimal,
    ("INT64", "FLOAT64"): float,
    ("NUMERIC", "FLOAT64"): float,
    ("DATE", "DATETIME"): lambda day: dt.datetime.combine(day, dt.time()),
    ("DATE", "TIMESTAMP"): lambda day: dt.datetime.combine(day, dt.time(), dt.UTC),
    ("DATETIME", "TIMESTAMP"): lambda instant: instant.replace(tzinfo=dt.UTC),
}


def is_literal(text: str) -> bool:
    """Whether an expression is one literal or parameter, which converts further than other expressions do."""
    tokens = [token for token in tokenize(text)[:-1] if token.text not in ("-", "+", "(", ")")]
    return len(tokens) == 1 and tokens[0].kind in _LITERALS


def is_untyped(text: str) -> bool:
    """Whether an expression is NULL or an empty array, which have no type of their own."""
    return "".join(text.split()).strip("()").upper() in ("NULL", "[]")


def coerce(value: Any, have: DataType, want: DataType, what: str) -> Any:
    """``value`` of type ``have`` as ``want``. Raises EngineError invalidQuery when GoogleSQL would not convert it."""
    if have == want:
        return value
    if have.element is not None and want.element is not None:
        element_have, element_want = have.element, want.element
        return value and [coerce(item, element_have, element_want, what) for item in value]
    if have.fields and len(have.fields) == len(want.fields):
        return _struct(value, have, want, what)
    widen = _WIDENINGS.get((have.kind, want.kind))
    if widen is None:
        raise EngineError("invalidQuery", f"Cannot coerce expression of type {have} to type {want} ({what})")
    return None if value is None else widen(value)


def _struct(value: Any, have: DataType, want: DataType, what: str) -> Any:
    """Structs convert field by field, by position; the names become those of ``want``."""
    if value is None:
        return None
    return {
        field_name(target, position): coerce(value[field_name(source, position)], source.type, target.type, what)
        for position, (source, target) in enumerate(zip(have.fields, want.fields, strict=True))
    }
