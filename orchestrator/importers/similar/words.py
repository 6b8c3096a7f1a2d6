"""When two words are one word typed twice, and which words of a text say something that must not change."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

LEAST_LETTERS = 5
"""A shorter word is never taken for another one: too many short words are one letter apart."""

LEAST_LETTERS_OF_ANY_SLIP = 8
"""From this length on any one letter may differ; below, only letters that changed places or were doubled."""

_NUMBERS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fourty fifty sixty seventy eighty ninety hundred hundreds thousand thousands
    million millions billion first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth last
    once twice thrice single double triple both half halves quarter quarters dozen dozens pair pairs couple couples
    few several many more most less least all none
"""
_PRICES = """
    free price priced prices cheap cheaper dollar dollars buck bucks cent cents usd eur euro euros gbp pound pounds
    percent off sale sales discount discounted deal deals tip tips fee fees cost costs pay paid save
"""
_NEGATIONS = "never nothing nobody without neither nor not"
SAID_EXACTLY = frozenset(f"{_NUMBERS} {_PRICES} {_NEGATIONS}".split())
"""Words that say how many, how much or that something is not so: never a slip of the finger."""


_WORD = re.compile(r"\w+")
_AMOUNT = re.compile(r"\d(?:[\d.,]*\d)?")
_MONEY_SIGNS = frozenset("$€£¥₹₽%")
_RUN_OF_LETTERS = re.compile(r"(\w)\1{2,}")
_NAME_IN_SENTENCE = re.compile(r"(?<=[\w,] )\w+")


@dataclass(frozen=True)
class Words:
    """A text as it is compared.

    `guarded` are the places of words that must be equal on both sides; `amounts` are its numbers as they are written
    and its signs of money, in order.
    """

    words: tuple[str, ...]
    guarded: frozenset[int]
    amounts: tuple[str, ...]

    @property
    def guarded_words(self) -> list[str]:
        """The words that must be equal, in order."""
        return [self.words[place] for place in sorted(self.guarded)]


def read_words(text: str, names: Collection[str]) -> Words:
    """Cut a text into words. Guarded are numbers, words of price, negations, names, and whatever is capitalised."""
    plain = unicodedata.normalize("NFKC", text)
    words: list[str] = []
    guarded: set[int] = set()
    for found in _WORD.finditer(plain):
        written = found.group()
        word = written.casefold()
        is_tagged = plain[found.start() - 1 : found.start()] in ("@", "#")
        if is_tagged or written != written.lower() or not written.isalpha() or word in SAID_EXACTLY or word in names:
            guarded.add(len(words))
        words.append(word)
    signs = [character for character in plain if character in _MONEY_SIGNS]
    return Words(tuple(words), frozenset(guarded), (*_AMOUNT.findall(plain), *signs))


def names_in(texts: Iterable[str]) -> Iterator[str]:
    """Words that are capitalised within a sentence; a text with more than half of its words so is only shouting."""
    for text in texts:
        plain = unicodedata.normalize("NFKC", text)
        words = _WORD.findall(plain)
        if 2 * sum(word[0].isupper() for word in words) <= len(words):
            for word in _NAME_IN_SENTENCE.findall(plain):
                if word[0].isupper():
                    yield word.casefold()


def is_same_word_typed(one: str, other: str) -> bool:
    """Whether one word could be the other with a slip of the finger: the first letter stays, a plural is no slip."""
    if one == other:
        return True
    if one[0] != other[0]:
        return False
    if _shortened(one) == _shortened(other) and (one != _shortened(one) or other != _shortened(other)):
        return True
    shorter, longer = sorted((one, other), key=lambda word: (len(word), word))
    if len(shorter) < LEAST_LETTERS or longer == shorter + "s":
        return False
    if _changed_places(shorter, longer) or _doubled(shorter, longer):
        return True
    return len(shorter) >= LEAST_LETTERS_OF_ANY_SLIP and not longer.startswith(shorter) and _one_letter(shorter, longer)


def _shortened(word: str) -> str:
    """ "sooo" as "so": three and more of a letter are one."""
    return _RUN_OF_LETTERS.sub(r"\1", word)


def _changed_places(one: str, other: str) -> bool:
    if len(one) != len(other):
        return False
    places = [place for place, (left, right) in enumerate(zip(one, other, strict=True)) if left != right]
    return (
        len(places) == 2
        and places[1] == places[0] + 1
        and one[places[0]] == other[places[1]]
        and one[places[1]] == other[places[0]]
    )


def _doubled(shorter: str, longer: str) -> bool:
    """One letter more, beside its like."""
    if len(longer) != len(shorter) + 1:
        return False
    place = _first_difference(shorter, longer)
    return longer[place] == longer[place - 1] and shorter[place:] == longer[place + 1 :]


def _one_letter(shorter: str, longer: str) -> bool:
    place = _first_difference(shorter, longer)
    if len(shorter) == len(longer):
        return shorter[place + 1 :] == longer[place + 1 :]
    return shorter[place:] == longer[place + 1 :]


def _first_difference(one: str, other: str) -> int:
    return next(place for place, (left, right) in enumerate(zip_longest(one, other)) if left != right)
