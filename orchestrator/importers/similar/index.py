"""Finds the one caption that a text was meant to be, among many and without comparing it with all of them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from orchestrator.importers.similar.words import Words, is_same_word_typed, read_words

LEAST_WORDS = 4
"""Shorter texts say too little to be sure."""

WORDS_FOR_TWO_SLIPS = 8
"""A text with fewer words may differ in one of them, a longer one in two."""

CAPTIONS_MAKE_A_WORD = 2
MESSAGES_MAKE_A_WORD = 10
"""A word that so many texts use is a word, not a slip of the finger; messages repeat their slips more than captions."""


@dataclass(frozen=True)
class Text:
    """A text with its key; `caption_id` is the lowest id of a caption of that text, 0 for a message's text."""

    key: str
    text: str
    caption_id: int = 0


@dataclass(frozen=True)
class Match:
    """The caption that a text was meant to be, and (typed, meant) for each place where they differ."""

    caption: Text
    slips: tuple[tuple[str, str], ...]


class Similar:
    """An index of captions by what a slip leaves untouched.

    Two texts with as many words, of which at most k differ, agree in one of k + 1 stretches of words: captions are
    found by one stretch. Texts that differ in blanks alone are found by their letters. Both go with the amounts in the
    text, which are never a slip.
    """

    def __init__(self, captions: Iterable[Text], messages: Iterable[Text], names: Collection[str]) -> None:
        self._names = names
        self._captions: list[tuple[Text, Words]] = []
        self._by_stretch: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
        self._by_letters: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
        uses: Counter[str] = Counter()
        for caption in sorted({caption.key: caption for caption in captions}.values(), key=lambda one: one.key):
            words = read_words(caption.text, names)
            uses.update(set(words.words))
            if len(words.words) < LEAST_WORDS:
                continue
            for stretch in _stretches(words):
                self._by_stretch[stretch].append(len(self._captions))
            self._by_letters[_letters(words)].append(len(self._captions))
            self._captions.append((caption, words))
        self._known = {word for word, count in uses.items() if count >= CAPTIONS_MAKE_A_WORD}
        uses.clear()
        for message in messages:
            uses.update(set(read_words(message.text, names).words))
        self._known.update(word for word, count in uses.items() if count >= MESSAGES_MAKE_A_WORD)

    def match(self, text: str) -> Match | None:
        """The caption that differs least from the text, by slips alone; None when there is none, or two are as near."""
        words = read_words(text, self._names)
        if len(words.words) < LEAST_WORDS:
            return None
        near: dict[int, tuple[tuple[str, str], ...]] = {}
        for place in sorted(self._candidates(words)):
            slips = self._slips(words, self._captions[place][1])
            if slips is not None:
                near[place] = slips
        if not near:
            return None
        least = min(map(len, near.values()))
        nearest = [place for place, slips in near.items() if len(slips) == least]
        return Match(self._captions[nearest[0]][0], near[nearest[0]]) if len(nearest) == 1 else None

    def _candidates(self, words: Words) -> set[int]:
        found = {place for stretch in _stretches(words) for place in self._by_stretch.get(stretch, ())}
        return found.union(self._by_letters.get(_letters(words), ()))

    def _slips(self, typed: Words, meant: Words) -> tuple[tuple[str, str], ...] | None:
        """Where the texts differ, None when they differ in more than slips of the finger."""
        if len(typed.words) != len(meant.words):
            return self._slips_of_blanks(typed, meant)
        slips: list[tuple[str, str]] = []
        most = _most_slips(typed)
        for place, pair in enumerate(zip(typed.words, meant.words, strict=True)):
            if pair[0] == pair[1]:
                continue
            if len(slips) == most or place in typed.guarded or place in meant.guarded:
                return None
            if self._known.issuperset(pair) or not is_same_word_typed(*pair):
                return None
            slips.append(pair)
        return tuple(slips)

    def _slips_of_blanks(self, typed: Words, meant: Words) -> tuple[tuple[str, str], ...] | None:
        """A blank too many or too few; words with a meaning of their own are not made or unmade by it."""
        if typed.guarded_words != meant.guarded_words:
            return None
        only = (Counter(typed.words) - Counter(meant.words), Counter(meant.words) - Counter(typed.words))
        if all(self._known.issuperset(side) for side in only):
            return None
        return ((" ".join(only[0]), " ".join(only[1])),)


def _most_slips(words: Words) -> int:
    return 2 if len(words.words) >= WORDS_FOR_TWO_SLIPS else 1


def _letters(words: Words) -> tuple[object, ...]:
    """What a text is found by whose blanks are elsewhere."""
    return (words.amounts, "".join(words.words))


def _stretches(words: Words) -> Iterator[tuple[object, ...]]:
    """What a text is found by: one more stretch than words may differ."""
    parts = _most_slips(words) + 1
    count = len(words.words)
    bounds = [count * part // parts for part in range(parts + 1)]
    for part in range(parts):
        yield (count, words.amounts, part, " ".join(words.words[bounds[part] : bounds[part + 1]]))
