"""Where each character of a rendered text was written: the template's line, and the macro's when one wrote it.

Lines cannot be counted, for rendering moves them (whitespace control, loops, macros, `indent`). Invisible marks are put
into the template's tokens instead, after Jinja has applied its whitespace control: one before each line of text, a pair
around each printed value and each macro. They ride along through filters and macros and are
taken out of the result. A mark stands only beside a character that is not a blank, so that no filter sees an empty line
where there was none; `trace` still compares the text with what `render` gives, and raises when a mark changed it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

import jinja2
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from sql.loader import ROOT, SqlError, SqlSettings, make_environment, render, render_with

_FILTER = "_written_at"
_AT, _OPEN, _CLOSE = "=", "+", "-"
# Private-use characters: no template contains them, no filter changes them, and they are no blanks.
_MARK = re.compile("\ue000([=+-])([0-9]*)\ue001")
_TEXT_OF_A_LINE = re.compile(r"^(\s*)(?=\S)", re.MULTILINE)
_NOWHERE = ""


@dataclass(frozen=True, order=True)
class Place:
    """A line of a template, counted from 1; `path` is relative to the repository ("sql/macros/locking.jinja")."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True)
class TracedText:
    """A rendered text and where its pieces come from; `starts` are the pieces' offsets, ascending."""

    text: str
    starts: tuple[int, ...]
    chains: tuple[tuple[Place, ...], ...]

    def places(self, offset: int) -> tuple[Place, ...]:
        """Where the character at `offset` was written, then who printed that, outwards to the template itself."""
        return self.chains[max(bisect_right(self.starts, offset) - 1, 0)]

    def place(self, offset: int) -> Place:
        """The template line, or the macro's, that wrote the character at `offset`."""
        return self.places(offset)[0]


def trace(name: str, settings: SqlSettings, **identifiers: str) -> TracedText:
    """What `render` gives, with its origins. Raises SqlError when a template's result depends on the marks."""
    traced = unmarked(render_with(_environment(), name, settings, identifiers), ORIGINS, Place(f"sql/{name}.sql", 1))
    if traced.text != render(name, settings, **identifiers):
        raise SqlError(
            f"sql/{name}.sql: its text cannot be traced to its lines, because a template measures or compares the text "
            "that a macro gives; compare what the macro is made of"
        )
    return traced


def origin_of(name: str, settings: SqlSettings, offset: int, **identifiers: str) -> tuple[str, int]:
    """(path, line) of the template or macro that wrote the character at `offset` of `render(name, settings)`."""
    place = _traced(name, settings, tuple(sorted(identifiers.items()))).place(offset)
    return place.path, place.line


class Origins:
    """The places that marks stand for, by number."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._numbers: dict[Place, str] = {}

    def number(self, place: Place) -> str:
        """The digits that stand for a place."""
        if place not in self._numbers:
            self._numbers[place] = str(len(self._places))
            self._places.append(place)
        return self._numbers[place]

    def place(self, number: str) -> Place | None:
        """The place that `number` gave digits for; None for the digits of nowhere."""
        return self._places[int(number)] if number else None


ORIGINS = Origins()


class OriginMarks(Extension):
    """Puts the marks into a template's tokens."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """The tokens with marks. Called by Jinja for each template that it compiles."""
        path, begun, is_macro = f"sql/{stream.name}", _NOWHERE, False
        for token, following in _with_next(stream):
            if token.type == "data":
                yield Token(token.lineno, "data", _marked_lines(token, path))
            elif token.type == "variable_begin":
                yield from (token, Token(token.lineno, "lparen", "("))
                begun = ORIGINS.number(Place(path, token.lineno))
            elif token.type == "variable_end":
                yield Token(token.lineno, "rparen", ")")
                yield Token(token.lineno, "pipe", "|")
                yield from (*_filter_call(token.lineno, begun), token)
            elif token.type == "block_begin" and following is not None and following.value == "endmacro":
                yield from _tag(token.lineno, Token(token.lineno, "name", "endfilter"))
                yield token
            elif token.type == "block_end":
                yield token
                if is_macro:
                    yield from _tag(token.lineno, Token(token.lineno, "name", "filter"), *_filter_call(token.lineno))
            else:
                yield token
            if token.type == "block_begin":
                is_macro = following is not None and following.value == "macro"


def marking_environment(loader: jinja2.BaseLoader) -> jinja2.Environment:
    """An environment whose results carry marks; `unmarked` takes them out."""
    environment = make_environment(loader, [OriginMarks])
    environment.filters[_FILTER] = _embraced
    return environment


def unmarked(marked: str, origins: Origins, template: Place) -> TracedText:
    """The text without marks and blank ends, as `render` gives it. `template` is where unmarked text belongs."""
    pieces: list[str] = []
    chains: list[tuple[Place, ...]] = []
    frames: list[Place | None] = [template]
    end = 0
    for mark in _MARK.finditer(marked):
        pieces.append(marked[end : mark.start()])
        chains.append(_chain(frames))
        _move(frames, mark[1], origins.place(mark[2]))
        end = mark.end()
    pieces.append(marked[end:])
    chains.append(_chain(frames))
    text = "".join(pieces)
    blank_start = len(text) - len(text.lstrip())
    starts = [start - blank_start for start in accumulate((len(piece) for piece in pieces[:-1]), initial=0)]
    return TracedText(text.strip() + "\n", tuple(starts), tuple(chains))


def _chain(frames: list[Place | None]) -> tuple[Place, ...]:
    return tuple(dict.fromkeys(place for place in reversed(frames) if place is not None))


def _move(frames: list[Place | None], kind: str, place: Place | None) -> None:
    """A value or macro opens a frame of its own; what it prints before its first mark belongs to whoever printed it."""
    if kind == _CLOSE:
        del frames[max(len(frames) - 1, 1) :]
        return
    if place is not None:
        frames[-1] = place
    if kind == _OPEN:
        frames.append(None)


def _marked_lines(token: Token, path: str) -> str:
    def mark(found: re.Match[str]) -> str:
        line = token.lineno + token.value.count("\n", 0, found.end())
        return found[1] + _mark(_AT, ORIGINS.number(Place(path, line)))

    return _TEXT_OF_A_LINE.sub(mark, token.value)


def _embraced(value: object, number: str = _NOWHERE) -> str:
    """The text of a printed value between marks; blanks stay outside, so that nothing blank stops being so."""
    text = str(value)
    inner = text.strip()
    if not inner:
        return text
    start = text.index(inner)
    return f"{text[:start]}{_mark(_OPEN, number)}{inner}{_mark(_CLOSE)}{text[start + len(inner) :]}"


def _mark(kind: str, number: str = _NOWHERE) -> str:
    return f"\ue000{kind}{number}\ue001"


def _filter_call(line: int, number: str = _NOWHERE) -> tuple[Token, ...]:
    return (
        Token(line, "name", _FILTER),
        Token(line, "lparen", "("),
        Token(line, "string", number),
        Token(line, "rparen", ")"),
    )


def _tag(line: int, *tokens: Token) -> Iterator[Token]:
    yield from (Token(line, "block_begin", "{%"), *tokens, Token(line, "block_end", "%}"))


def _with_next(tokens: Iterable[Token]) -> Iterator[tuple[Token, Token | None]]:
    held: Token | None = None
    for token in tokens:
        if held is not None:
            yield held, token
        held = token
    if held is not None:
        yield held, None


@cache
def _environment() -> jinja2.Environment:
    return marking_environment(jinja2.FileSystemLoader(ROOT))


@cache
def _traced(name: str, settings: SqlSettings, identifiers: tuple[tuple[str, str], ...]) -> TracedText:
    return trace(name, settings, **dict(identifiers))
