"""Whole numbers and money: thousands separators are understood where only one reading is left, and refused elsewhere.

A point is decimal and a comma groups, as in the United States; "1.234,56" and "1 234,56" can only be European. What
has two readings, such as "1.234" or "1,23", is refused with both. Decimals and 64-bit ids leave as text, so that no
JSON reader rounds them.
"""

import re
from decimal import Decimal, InvalidOperation

from orchestrator.importers.values.plain import NOTHING, BadValue, plain, remembered, shown

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
MAX_COUNT = 10**9
MAX_PRICE = Decimal(1_000)
MAX_EARNINGS = Decimal(10_000_000)
CENT = Decimal("0.01")

_MOST_DIGITS = 60
_THIN = re.compile("(?<=\\d)[\u00a0\u2007\u2009\u202f\u2019'](?=\\d{3}(?!\\d))")
"""What groups thousands and nothing else: thin and no-break blanks, the Swiss apostrophe."""

_SIMPLE = re.compile(r"(\d+)(?:\.(\d{0,2}|\d{4,}))?", re.ASCII)
_GROUPED = re.compile(r"(\d{1,3}(?:,\d{3})+)(?:\.(\d*))?", re.ASCII)
_THIN_GROUPED = re.compile(r"(\d{1,3}(?:_\d{3})+)(?:[.,](\d*))?", re.ASCII)
_EUROPEAN = re.compile(r"(\d{1,3}(?:\.\d{3})+),(\d+)|(\d{1,3}(?:\.\d{3}){2,})", re.ASCII)
_THREE_DECIMALS = re.compile(r"(\d+)\.(\d{3})", re.ASCII)
_COMMA = re.compile(r"(\d+),(\d+)", re.ASCII)
_BLANK_GROUPED = re.compile(r"\d{1,3}( \d{3})+", re.ASCII)
_DOLLARS = re.compile(r"(?:US\$|USD|\$)\s?(.*)|(.*?)\s?(?:US\$|USD|\$)", re.IGNORECASE)
_OTHER_MONEY = re.compile(r"[€£¥₹₽]|\b(?:EUR|GBP|CAD|AUD|JPY)\b", re.IGNORECASE)


def int64(value: str) -> str:
    """A signed 64-bit id, as text."""
    bare = _bare(value)
    sign, digits = ("-", bare[1:]) if bare[:1] == "-" else ("", bare)
    number = _number(digits, value)
    if number is None or number[1] is not None:
        hint = "; a spreadsheet has rounded it" if re.search(r"\d[eE]\+?\d", value) else ""
        raise BadValue(f"{shown(value)} is not a whole number{hint}")
    whole = int(sign + number[0]) if len(number[0]) <= _MOST_DIGITS else INT64_MAX + 1
    if not INT64_MIN <= whole <= INT64_MAX:
        raise BadValue(f"{shown(value)} does not fit 64 bits")
    return str(whole)


def optional_int64(value: str) -> str | None:
    """An id that may be missing; "123.0" is what a float column made of it, and only safe below 2^53."""
    if value in NOTHING:
        return None
    whole, point, decimals = _bare(value).partition(".")
    if point and whole.lstrip("-").isdigit() and decimals in ("", "0", "00"):
        as_text = int64(whole)
        if abs(int(as_text)) >= 2**53:
            raise BadValue(f"{shown(value)} went through a float and has lost digits")
        return as_text
    return int64(value)


def count(value: str) -> int:
    """A whole number of people; the old export writes some as "3.0"."""
    if value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    number = _number(_bare(value), value)
    if number is None or (number[1] or "0").strip("0"):
        raise BadValue(f"{shown(value)} is not a whole number of at least 0")
    whole = int(number[0]) if len(number[0]) <= _MOST_DIGITS else MAX_COUNT + 1
    if whole > MAX_COUNT:
        raise BadValue(f"{shown(value)} is more than {MAX_COUNT:,}")
    return whole


def optional_count(value: str) -> int | None:
    """A count that may not have been reported."""
    return None if value in NOTHING else count(value)


@remembered
def price(value: str) -> str:
    """Dollars as text with two decimals; missing means free."""
    return "0.00" if value in NOTHING else _money(value, MAX_PRICE)


def earnings(value: str) -> str | None:
    """Gross dollars as text with two decimals; missing stays unknown."""
    return None if value in NOTHING else _money(value, MAX_EARNINGS)


def _money(value: str, largest: Decimal) -> str:
    """Dollars rounded to cents: the old export's floats carry binary dust such as 37.980000000000004."""
    bare = _bare(value)
    if _OTHER_MONEY.search(bare):
        raise BadValue(f"{shown(value)} is not in dollars")
    signed = _DOLLARS.fullmatch(bare)
    number = _number((signed[1] or signed[2] or "") if signed else bare, value)
    if number is None:
        raise BadValue(f"{shown(value)} is not an amount of dollars of at least 0")
    try:
        exact = Decimal(f"{number[0]}.{number[1] or 0}")
        cents = exact.quantize(CENT)
    except InvalidOperation:
        raise BadValue(f"{shown(value)} is not an amount of dollars") from None
    if abs(exact - cents) > Decimal("0.000001"):
        raise BadValue(f"{shown(value)} is finer than a cent")
    if cents > largest:
        raise BadValue(f"{shown(value)} is more than ${largest:,}")
    return str(cents)


def _bare(value: str) -> str:
    """The field in ASCII, separators that can only group thousands as "_"."""
    return plain(_THIN.sub("_", value)) if "_" not in value else "no number"


def _number(bare: str, value: str) -> tuple[str, str | None] | None:
    """(digits before, digits after the decimal point), None when it is no number. Raises BadValue for two readings."""
    found = _SIMPLE.fullmatch(bare)
    if found:
        return found[1], found[2]
    found = _GROUPED.fullmatch(bare) or _THIN_GROUPED.fullmatch(bare)
    if found:
        return re.sub("[,_]", "", found[1]), found[2]
    found = _EUROPEAN.fullmatch(bare)
    if found:
        return (found[1] or found[3]).replace(".", ""), found[2]
    found = _THREE_DECIMALS.fullmatch(bare)
    if found:
        if len(found[1]) > 3 or found[1][0] == "0":
            return found[1], found[2]
        raise BadValue(_two_readings(value, f"{found[1]}.{found[2]}", f"{found[1]}{found[2]}, grouped by thousands"))
    found = _COMMA.fullmatch(bare)
    if found:
        with_point = f"{found[1]}.{found[2]} with a decimal comma"
        raise BadValue(_two_readings(value, with_point, f"{found[1]}{found[2]} with a comma too many"))
    if _BLANK_GROUPED.fullmatch(bare):
        raise BadValue(_two_readings(value, bare.replace(" ", ""), "several numbers"))
    return None


def _two_readings(value: str, one: str, other: str) -> str:
    return f"{shown(value)} has two readings, {one} or {other}: write it with a decimal point and without separators"
