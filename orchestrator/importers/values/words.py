"""Names, texts and closed vocabularies."""

import unicodedata
from collections.abc import Mapping

from orchestrator.domain import MessageType, PriceTier, constants, is_page_name
from orchestrator.importers.values.plain import CONTROL, NOTHING, BadValue, plain, remembered, shown

MAX_TEXT_LENGTH = 10_000
MAX_ID_LENGTH = 200

MESSAGE_TYPES: Mapping[str, MessageType] = {
    "ppv": MessageType.PPV,
    "unlock": MessageType.PPV,
    "bump": MessageType.BUMP,
    "photo bump": MessageType.BUMP,
    "free content": MessageType.BUMP,
}
_TRUE = frozenset({"true", "t", "yes", "1"})
_FALSE = frozenset({"false", "f", "no", "0"})


@remembered
def page_name(value: str) -> str:
    """A page as the warehouse spells it; never repaired, because two names could become one."""
    if not is_page_name(value):
        raise BadValue(f"{shown(value)} is not a page name (1-64 of a-z 0-9 _ . -, the first a letter or digit)")
    return value


def identifier(value: str) -> str:
    """A message id: any text as the export wrote it, but what nobody sees must not tell two ids apart."""
    if value in NOTHING:
        raise BadValue("is empty")
    if len(value) > MAX_ID_LENGTH or CONTROL.search(value):
        raise BadValue(f"{shown(value)} is not an id")
    if not value.isascii() and any(unicodedata.category(character) in ("Cf", "Cn", "Co") for character in value):
        raise BadValue(f"{shown(value)} holds an invisible character")
    return value


def text(value: str) -> str:
    """Text a fan reads; kept exactly, its blanks too."""
    if not value.strip():
        raise BadValue("is empty")
    return _checked_text(value)


def optional_text(value: str) -> str | None:
    """Text that may be missing."""
    return None if value.strip() in NOTHING else _checked_text(value)


@remembered
def boolean(value: str) -> bool:
    """TRUE/FALSE in the usual spellings."""
    lowered = plain(value).lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise BadValue(f"{shown(value)} is neither TRUE nor FALSE")


@remembered
def price_tier(value: str) -> str:
    """budget, mid, premium, luxury or bump; the old low, standard and high are understood."""
    lowered = plain(value).lower()
    aliases = constants().price_tier_aliases
    if lowered in aliases:
        return str(aliases[lowered])
    try:
        return str(PriceTier(lowered))
    except ValueError:
        known = ", ".join([*PriceTier, *aliases])
        raise BadValue(f"{shown(value)} is not a price tier ({known})") from None


@remembered
def message_type(value: str) -> str:
    """PPV or Bump; the old Unlock, Photo bump and Free content are understood."""
    try:
        return str(MESSAGE_TYPES[plain(value).lower()])
    except KeyError:
        raise BadValue(f"{shown(value)} is not a message type ({', '.join(MESSAGE_TYPES)})") from None


def _checked_text(value: str) -> str:
    if len(value) > MAX_TEXT_LENGTH:
        raise BadValue(f"has {len(value):,} characters, more than {MAX_TEXT_LENGTH:,}")
    if CONTROL.search(value):
        raise BadValue("holds a control character")
    return value
