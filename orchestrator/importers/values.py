"""One parser per kind of field: text of the file in, a value ready for a load job out.

A parser raises BadValue with the reason a person reads in the rejects file. Decimals and 64-bit ids leave as text, so
that no JSON reader rounds them; instants leave as UTC text.
"""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from orchestrator.domain import MessageType, PriceTier, constants, is_page_name

NOTHING = frozenset({"", "null", "NULL", "None", "nan", "NaN"})
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
UINT64_MAX = 2**64 - 1
MAX_COUNT = 10**9
MAX_PRICE = Decimal(1_000)
MAX_EARNINGS = Decimal(10_000_000)
MAX_TEXT_LENGTH = 10_000
EARLIEST_YEAR = 2000
CENT = Decimal("0.01")

MESSAGE_TYPES: Mapping[str, MessageType] = {
    "ppv": MessageType.PPV,
    "unlock": MessageType.PPV,
    "bump": MessageType.BUMP,
    "photo bump": MessageType.BUMP,
    "free content": MessageType.BUMP,
}
_TRUE = frozenset({"true", "t", "yes", "1"})
_FALSE = frozenset({"false", "f", "no", "0"})
_INTEGER = re.compile(r"-?\d+")
_WHOLE_FLOAT = re.compile(r"\d+(\.0*)?")
_MONEY = re.compile(r"\$?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_UTC_SUFFIX = re.compile(r"\s*(UTC|Z|z)$")


_remembered = lru_cache(maxsize=10_000)
"""For kinds of field with few different values: files repeat them on every line."""


class BadValue(ValueError):
    """A field that cannot be used; the message is the reason, without the column's name."""


@_remembered
def page_name(text: str) -> str:
    """A page as the warehouse spells it; never repaired, because two names could become one."""
    if not is_page_name(text):
        raise BadValue(f"{_shown(text)} is not a page name (1-64 of a-z 0-9 _ . -, the first a letter or digit)")
    return text


def int64(text: str) -> str:
    """A signed 64-bit id, as text."""
    if not _INTEGER.fullmatch(text):
        hint = "; a spreadsheet has rounded it" if re.search(r"\d[eE]\+?\d", text) else ""
        raise BadValue(f"{_shown(text)} is not a whole number{hint}")
    number = int(text)
    if not INT64_MIN <= number <= INT64_MAX:
        raise BadValue(f"{_shown(text)} does not fit 64 bits")
    return str(number)


def optional_int64(text: str) -> str | None:
    """An id that may be missing; "123.0" is what a float column made of it, and only safe below 2^53."""
    if text in NOTHING:
        return None
    if _WHOLE_FLOAT.fullmatch(text.lstrip("-")) and "." in text:
        whole = text.partition(".")[0]
        if abs(int(whole)) >= 2**53:
            raise BadValue(f"{_shown(text)} went through a float and has lost digits")
        return whole
    return int64(text)


def identifier(text: str) -> str:
    """A message id: any text without blanks at its ends, as the export wrote it."""
    if text in NOTHING:
        raise BadValue("is empty")
    if len(text) > 200 or _CONTROL.search(text):
        raise BadValue(f"{_shown(text)} is not an id")
    return text


def text(value: str) -> str:
    """Text a fan reads; kept exactly, its blanks too."""
    if not value.strip():
        raise BadValue("is empty")
    return _checked_text(value)


def optional_text(value: str) -> str | None:
    """Text that may be missing."""
    return None if value.strip() in NOTHING else _checked_text(value)


@_remembered
def boolean(value: str) -> bool:
    """TRUE/FALSE in the usual spellings."""
    lowered = value.lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise BadValue(f"{_shown(value)} is neither TRUE nor FALSE")


def count(value: str) -> int:
    """A whole number of people; the old export writes some as "3.0"."""
    if not _WHOLE_FLOAT.fullmatch(value):
        raise BadValue(f"{_shown(value)} is not a whole number of at least 0")
    number = int(value.partition(".")[0])
    if number > MAX_COUNT:
        raise BadValue(f"{_shown(value)} is more than {MAX_COUNT:,}")
    return number


def optional_count(value: str) -> int | None:
    """A count that may not have been reported."""
    return None if value in NOTHING else count(value)


@_remembered
def price(value: str) -> str:
    """Dollars as text with two decimals; missing means free."""
    return "0.00" if value in NOTHING else _money(value, MAX_PRICE)


def earnings(value: str) -> str | None:
    """Gross dollars as text with two decimals; missing stays unknown."""
    return None if value in NOTHING else _money(value, MAX_EARNINGS)


@_remembered
def price_tier(value: str) -> str:
    """budget, mid, premium, luxury or bump; the old low, standard and high are understood."""
    lowered = value.lower()
    aliases = constants().price_tier_aliases
    if lowered in aliases:
        return str(aliases[lowered])
    try:
        return str(PriceTier(lowered))
    except ValueError:
        known = ", ".join([*PriceTier, *aliases])
        raise BadValue(f"{_shown(value)} is not a price tier ({known})") from None


@_remembered
def message_type(value: str) -> str:
    """PPV or Bump; the old Unlock, Photo bump and Free content are understood."""
    try:
        return str(MESSAGE_TYPES[value.lower()])
    except KeyError:
        raise BadValue(f"{_shown(value)} is not a message type ({', '.join(MESSAGE_TYPES)})") from None


def instant(value: str) -> str:
    """An ISO 8601 date and time as UTC text.

    An offset, "Z" or " UTC" is obeyed. A time without any is UTC: the old export wrote BigQuery's UTC wall clock bare.
    """
    bare = _UTC_SUFFIX.sub("+00:00", value)
    try:
        parsed = datetime.fromisoformat(bare)
    except ValueError:
        raise BadValue(f"{_shown(value)} is not an ISO 8601 date and time") from None
    if len(bare) <= len("2026-01-31"):
        raise BadValue(f"{_shown(value)} has no time of day")
    moment = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    if moment.year < EARLIEST_YEAR:
        raise BadValue(f"{_shown(value)} is before the year {EARLIEST_YEAR}")
    return utc_text(moment)


def utc_text(moment: datetime) -> str:
    """An instant of UTC as text that sorts like time."""
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def optional_instant(value: str) -> str | None:
    """An instant that may be missing."""
    return None if value in NOTHING else instant(value)


def optional_json(value: str) -> str | None:
    """A JSON object as compact text."""
    if value in NOTHING:
        return None
    try:
        parsed = json.loads(value, parse_int=_json_integer, parse_float=_json_decimal, parse_constant=_json_decimal)
    except BadValue:
        raise
    except ValueError:
        raise BadValue(f"{_shown(value)} is not JSON") from None
    if not isinstance(parsed, dict):
        raise BadValue(f"{_shown(value)} is not a JSON object")
    return json.dumps(parsed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _json_integer(digits: str) -> int:
    """A whole number that PARSE_JSON keeps exactly: signed or unsigned, of 64 bits."""
    number = int(digits) if len(digits) <= len(str(INT64_MIN)) else UINT64_MAX + 1
    if not INT64_MIN <= number <= UINT64_MAX:
        raise BadValue(f"holds {_shown(digits)}, which does not fit 64 bits")
    return number


def _json_decimal(digits: str) -> float:
    """A decimal that PARSE_JSON (wide_number_mode exact) keeps: finite, and the same when written out again."""
    number = float(digits)
    if not math.isfinite(number):
        raise BadValue(f"holds {_shown(digits)}, which is not a number of JSON")
    try:
        is_exact = Decimal(digits) == Decimal(repr(number))
    except InvalidOperation:  # an exponent that Decimal has no room for
        is_exact = False
    if not is_exact:
        raise BadValue(f"holds {_shown(digits)}, which loses digits as a double: write it as text")
    return number


def _money(value: str, largest: Decimal) -> str:
    """Dollars rounded to cents: the old export's floats carry binary dust such as 37.980000000000004."""
    if not _MONEY.fullmatch(value):
        raise BadValue(f"{_shown(value)} is not an amount of dollars of at least 0")
    try:
        exact = Decimal(value.lstrip("$").replace(",", ""))
        cents = exact.quantize(CENT)
    except InvalidOperation:
        raise BadValue(f"{_shown(value)} is not an amount of dollars") from None
    if abs(exact - cents) > Decimal("0.000001"):
        raise BadValue(f"{_shown(value)} is finer than a cent")
    if cents > largest:
        raise BadValue(f"{_shown(value)} is more than ${largest:,}")
    return str(cents)


def _checked_text(value: str) -> str:
    if len(value) > MAX_TEXT_LENGTH:
        raise BadValue(f"has {len(value):,} characters, more than {MAX_TEXT_LENGTH:,}")
    if _CONTROL.search(value):
        raise BadValue("holds a control character")
    return value


def _shown(value: str) -> str:
    return repr(value if len(value) <= 60 else value[:57] + "...")
