"""Texts that differ only in typing: what is one text, and what never is."""

from __future__ import annotations

import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from orchestrator.importers.similar import Similar, Text
from orchestrator.importers.similar.words import SAID_EXACTLY, is_same_word_typed, names_in

CAPTIONS = [
    "a quiet morning in the kitchen with fresh coffee",
    "guess what happened at the market yesterday, unlock to see",
    "Hello hello, my new painting with 12 colours is finished",
    "only tonight, the rehearsal with Theo for $25",
    "good night everyone",
    "we stay seventeen minutes more in the garden",
    "dinner at home with jonathan and the others",
    "the walls have forty colours by now",
]
FILLERS = ["the kitchen was lovely tonight", "we finished painting yesterday", "the market in the morning"]
NAMES = {"theo", "leo", "maya", "jonathan"}


def matched(text: str, captions: list[str] = CAPTIONS) -> str | None:
    texts = [Text(str(number), caption, number) for number, caption in enumerate([*captions, *FILLERS])]
    match = Similar(texts, [], NAMES).match(text)
    return None if match is None else match.caption.text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("morning", "mornign"),  # two letters changed places
        ("happening", "hapening"),  # a double letter single
        ("until", "untill"),  # a single letter double
        ("painting", "paintimg"),  # one letter of a long word
        ("wonderful", "wonderfl"),
        ("so", "soooo"),  # drawn out
    ],
)
def test_slips_of_the_finger(one: str, other: str) -> None:
    assert is_same_word_typed(one, other)
    assert is_same_word_typed(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("house", "horse"),  # one letter of a short word
        ("nine", "mine"),
        ("from", "form"),  # too short for letters to change places
        ("video", "videos"),  # more than one
        ("princes", "princess"),
        ("rehearsal", "rehearsals"),
        ("painting", "faintingg"),
        ("too", "to"),
    ],
)
def test_other_words(one: str, other: str) -> None:
    assert not is_same_word_typed(one, other)
    assert not is_same_word_typed(other, one)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("a quiet mornign in the kitchen with fresh coffee", 0),
        ("A quiet morning in the kitchen with fresh cofffee!!", 0),
        ("guess what hapened at the market yesterdya unlock to see", 1),
        ("hello hello my new paintimg with 12 colours is finished", 2),
        ("guess what happened at the mar ket yesterday, unlock to see", 1),
    ],
)
def test_what_was_meant_is_found(typed: str, meant: int) -> None:
    assert matched(typed) == CAPTIONS[meant]


@pytest.mark.parametrize(
    "typed",
    [
        "hello hello my new paintimg with 13 colours is finished",  # another number
        "hello hello my new paintimg with twelve colours is finished",
        "hello hello my new paintimg with 1 2 colours is finished",
        "only tonight the rehaersal with Leo for $25",  # another name
        "only tonight the rehaersal with leo for $25",
        "only tonight the rehaersal with Theo for $35",  # another price
        "only tonight the rehaersal with Theo for €25",
        "only tonight the rehaersal with Theo for 25",
        "only tonight the rehaersal with Theo for $2.5",
        "only tonight the rehaersal with Theo for free",
        "only tonight the rehaersal with Thoe for $25",  # a slip in a name could be another name
        "we stay seventeeen minutes more in the garden",  # a slip in a number could be another number
        "dinner at home with jonahtan and the others",
        "the walls have for ty colours by now",  # a blank unmakes the number
        "only tonight the rehear sal with Theo for €25",
        "the wa lls have for ty colours by now",
        "a quiet evening in the kitchen with fresh coffee",  # another word
        "a quiet morning in the kitchen with no fresh coffee",  # a word more
        "a quiet mornign in the kitchne with frehs cofffee",  # too many slips
        "good nihgt everyone",  # too short to be sure
        "",
    ],
)
def test_what_says_something_else_is_not_matched(typed: str) -> None:
    assert matched(typed) is None


def test_two_captions_that_are_equally_near_are_neither() -> None:
    both = ["we paint the kitchen tomorow at home", "we paint the kitchen tommorrow at home"]
    known = ["see you tomorrow", "until tomorrow"]
    assert matched("we paint the kitchen tomorrow at home", [*both, *known]) is None
    assert matched("we paint the kitchen tomorrow at home", [both[0], *known]) == both[0]


def test_a_word_that_the_library_uses_is_no_slip() -> None:
    captions = ["please bring the dessert home tonight", "crossing the desert alone", "the desert in winter"]
    both = [*captions, "dessert first", "more dessert please"]
    assert matched("please bring the desert home tonight", both) is None


def test_names_are_those_that_stand_capitalised_within_a_sentence() -> None:
    texts = [
        "Hello there Maya and Leo. Come in and stay",
        "WE ARE ALL HERE TODAY",
        "Say Hi To Everyone Now",
        "so says Theo, tonight",
    ]
    assert set(names_in(texts)) == {"maya", "leo", "theo"}


# The rules that must never be broken, on random texts.

WORDS = "morning kitchen painting yesterday wonderful rehearsal beautiful garden sunshine music"
PLAIN = st.sampled_from(WORDS.split())


def slipped(word: str, draw: random.Random) -> str:
    """A word with one slip in it that the matching may forgive."""
    at = draw.randrange(1, len(word) - 1)
    return draw.choice(
        [word[:at] + word[at + 1] + word[at] + word[at + 2 :], word[:at] + word[at] * 2 + word[at + 1 :]]
    )


@st.composite
def texts(draw: st.DrawFn, special: st.SearchStrategy[str]) -> tuple[str, str, bool]:
    """A caption with a special word in it, the same with a slip and another special word, and if those are equal."""
    words = draw(st.lists(PLAIN, min_size=8, max_size=12))
    chance = random.Random(draw(st.integers(0, 2**32)))
    place, wrong = draw(st.integers(0, 7)), draw(st.integers(0, 7))
    assume(place != wrong)
    caption, typed = list(words), list(words)
    typed[wrong] = slipped(words[wrong], chance)
    caption[place], typed[place] = draw(special), draw(special)
    return " ".join(caption), " ".join(typed), caption[place].casefold() == typed[place].casefold()


EXACT = st.sampled_from(sorted(SAID_EXACTLY))
NUMBERS = st.one_of(st.integers(0, 10**6).map(str), EXACT, st.floats(0, 99).map(str))
PRICES = st.tuples(st.sampled_from("$€£"), st.integers(1, 99)).map(lambda pair: f"{pair[0]}{pair[1]}")
PEOPLE_AND_SLIPS = "Maya Mayaa maya Marianna Mariana Leo Theo leo theo jonathan jonahtan @sebastian @sebastain"
PEOPLE = st.sampled_from(tuple(PEOPLE_AND_SLIPS.split(" ")))


@pytest.mark.parametrize("special", [NUMBERS, PRICES, PEOPLE], ids=["numbers", "prices", "names"])
def test_no_slip_merges_texts_that_differ_in_a_number_a_price_or_a_name(special: st.SearchStrategy[str]) -> None:
    @given(texts(special))
    def never(drawn: tuple[str, str, bool]) -> None:
        caption, typed, is_same = drawn
        match = Similar([Text("1", caption, 1)], [], NAMES).match(typed)
        assert match is None or is_same

    never()


@given(words=st.lists(PLAIN, min_size=8, max_size=12), number=st.integers(0, 999), seed=st.integers(0, 999))
def test_a_slip_beside_equal_numbers_is_found(words: list[str], number: int, seed: int) -> None:
    """The rules above are not kept by finding nothing at all."""
    draw = random.Random(seed)
    caption = " ".join([*words, str(number)])
    words[draw.randrange(len(words))] = slipped(words[0], draw)
    typed = " ".join([*words, str(number)])
    assume(typed != caption)
    match = Similar([Text("1", caption, 1)], [], NAMES).match(typed)
    assert (match is not None) == all(
        one == other or is_same_word_typed(one, other)
        for one, other in zip(caption.split(), typed.split(), strict=True)
    )


@given(st.lists(st.lists(PLAIN, min_size=5, max_size=7).map(" ".join), min_size=2, max_size=6), st.randoms())
def test_order_changes_nothing_and_a_tie_is_no_match(library: list[str], chance: random.Random) -> None:
    captions = [Text(caption, caption, number) for number, caption in enumerate(library)]
    shuffled = list(captions)
    chance.shuffle(shuffled)
    words = library[0].split()
    words[0] = slipped(words[0], chance)
    typed = " ".join(words)
    match, again = Similar(captions, [], ()).match(typed), Similar(shuffled, [], ()).match(typed)
    assert (match and (match.caption.text, match.slips)) == (again and (again.caption.text, again.slips))
    if match is not None:
        others = {caption.text for caption in captions} - {match.caption.text}
        for other in others:
            rival = Similar([Text(other, other, 1)], [], ()).match(typed)
            assert rival is None or len(rival.slips) > len(match.slips)
