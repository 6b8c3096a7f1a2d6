"""What all kinds of value share: the refusal, the spellings of nothing, and a look past invisible differences."""

import re
from functools import lru_cache

NOTHING = frozenset({"", "null", "NULL", "None", "nan", "NaN"})
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"
_BLANKS = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_ASCII = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(map(ord, _INVISIBLE)),
    **dict.fromkeys(map(ord, _BLANKS), " "),
    0x2212: "-",
}
"""Full-width letters and digits, special blanks and the minus sign as ASCII; marks that nobody sees as nothing.

Not NFKC: it would make "5²" fifty-two.
"""
_QUOTES = frozenset({'""', "''", "“”", "‘’", "«»", "„“"})
_OPENING = frozenset(pair[0] for pair in _QUOTES)

remembered = lru_cache(maxsize=10_000)
"""For kinds of field with few different values: files repeat them on every line."""


class BadValue(ValueError):
    """A field that cannot be used; the message is the reason, without the column's name."""


def plain(value: str) -> str:
    """The field without what changes its look but not its meaning; for every kind of value except text and names.

    Full-width digits become digits, a pair of stray quotes around the field goes, and so does the apostrophe that
    spreadsheets put before a number to keep it as text.
    """
    if value.isascii():
        if value[:1] not in _OPENING:
            return value
    else:
        value = value.translate(_ASCII).strip()
    if len(value) >= 2 and value[0] + value[-1] in _QUOTES:
        return value[1:-1].strip()
    if value[:1] == "'" and (value[1:2].isdigit() or value[1:2] == "-"):
        return value[1:]
    return value


def shown(value: str) -> str:
    """The value as a reason quotes it: never long."""
    return repr(value if len(value) <= 60 else value[:57] + "...")
