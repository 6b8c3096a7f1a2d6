"""A reader over tokens: the small moves every part of the parser is made of."""

from __future__ import annotations

from typing import NoReturn

from .lexer import RESERVED, ScriptSyntaxError, Token, TokenKind, UnsupportedSyntaxError, tokenize
from .script import Fragment

_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")


class Cursor:
    """Where the parser stands in the tokens of one source text."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = tokenize(source)
        self.index = 0

    @property
    def token(self) -> Token:
        """The token at the cursor."""
        return self.tokens[self.index]

    def ahead(self, distance: int = 1) -> Token:
        """The token ``distance`` further on; past the end, the END token."""
        return self.tokens[min(self.index + distance, len(self.tokens) - 1)]

    @property
    def last_end(self) -> int:
        """Offset just after the token read last."""
        return self.tokens[self.index - 1].end if self.index else 0

    @property
    def at_end(self) -> bool:
        """Whether every token is read."""
        return self.token.kind is TokenKind.END

    def fail(self, message: str, token: Token | None = None) -> NoReturn:
        """Raise ScriptSyntaxError at ``token``, or at the cursor."""
        raise ScriptSyntaxError(message, self.source, (token or self.token).start)

    def refuse(self, what: str) -> NoReturn:
        """Raise UnsupportedSyntaxError at the cursor: ``what`` is valid GoogleSQL, but not available here."""
        raise UnsupportedSyntaxError(f"{what} is not supported by the local cloud", self.source, self.token.start)

    def at(self, *keywords: str) -> bool:
        """Whether the cursor stands at one of the keywords or symbols."""
        return self.token.keyword in keywords

    def at_words(self, *keywords: str) -> bool:
        """Whether the next tokens are exactly these keywords, in this order."""
        return all(self.ahead(distance).keyword == keyword for distance, keyword in enumerate(keywords))

    def skip(self, *keywords: str) -> bool:
        """Read one of the keywords if it is there."""
        if self.at(*keywords):
            self.index += 1
            return True
        return False

    def skip_words(self, *keywords: str) -> bool:
        """Read the whole sequence of keywords if it is there."""
        if self.at_words(*keywords):
            self.index += len(keywords)
            return True
        return False

    def expect(self, *keywords: str) -> Token:
        """Read one of the keywords; raise when another token stands there."""
        token = self.token
        if not self.skip(*keywords):
            wanted = " or ".join(f"keyword {word}" if word.isalpha() else f'"{word}"' for word in keywords)
            self.fail(f"Expected {wanted} but got {token.described()}")
        return token

    def expect_words(self, *keywords: str) -> None:
        """Read each keyword in turn."""
        for keyword in keywords:
            self.expect(keyword)

    def name(self) -> str:
        """Read an identifier, without its backquotes. A reserved word is one in backquotes and after a dot only."""
        token = self.token
        if token.kind is TokenKind.QUOTED_NAME:
            self.index += 1
            return token.text[1:-1]
        if token.kind is TokenKind.WORD and token.keyword not in RESERVED:
            self.index += 1
            return token.text
        self.fail(f"Unexpected {token.described()}; expected an identifier")

    def names(self) -> list[str]:
        """Read identifiers separated by commas."""
        found = [self.name()]
        while self.skip(","):
            found.append(self.name())
        return found

    def path(self) -> tuple[str, ...]:
        """Read a dotted path. `` `a.b`.c `` and a project with dashes give three parts too."""
        text = self.name()
        while self.token.text in (".", "-") and self.token.start == self.last_end:
            separator = self.token.text
            self.index += 1
            text += separator + self._path_part(separator)
        return tuple(text.split("."))

    def _path_part(self, separator: str) -> str:
        if separator == "-" and self.token.kind in (TokenKind.NUMBER, TokenKind.WORD):
            self.index += 1
            return self.tokens[self.index - 1].text
        return self.name()

    def fragment(self, *stops: str, allow_empty: bool = False) -> Fragment:
        """Read up to one of the stops outside brackets and CASE ... END, or to an unmatched closing bracket.

        The stop is not read. Raises when nothing stands before it.
        """
        start = end = self.token.start
        depth = cases = 0
        while not self.at_end:
            token = self.token
            outside = depth == 0 and cases == 0
            if outside and (token.keyword in stops or token.keyword in _CLOSING):
                break
            if outside and token.keyword == "END":
                self.fail(f"Unexpected {token.described()}")
            depth += (token.keyword in _OPENING) - (token.keyword in _CLOSING)
            cases += (token.keyword == "CASE") - (token.keyword == "END" and cases > 0)
            end = token.end
            self.index += 1
        if depth > 0 or (end == start and not allow_empty):
            self.fail(f"Unexpected {self.token.described()}")
        return Fragment(self.source[start:end], start)

    def fragments(self, *stops: str) -> list[Fragment]:
        """Read fragments separated by commas."""
        found = [self.fragment(",", *stops)]
        while self.skip(","):
            found.append(self.fragment(",", *stops))
        return found

    def parenthesised(self) -> Fragment:
        """Read ``( ... )`` and give what is inside; it may be empty."""
        self.expect("(")
        inside = self.fragment(allow_empty=True)
        self.expect(")")
        return inside

    def type_fragment(self, *stops: str) -> Fragment:
        """Read a type; commas and closing brackets inside ``<...>`` or ``(...)`` belong to it."""
        start = end = self.token.start
        depth = 0
        changes = {"<": 1, "(": 1, ">": -1, ")": -1, ">>": -2}
        while not self.at_end:
            keyword = self.token.keyword
            if depth == 0 and (keyword in (",", ")", ";") or keyword in stops):
                break
            depth += changes.get(keyword, 0)
            end = self.token.end
            self.index += 1
        if end == start:
            self.fail(f"Unexpected {self.token.described()}; expected a type")
        return Fragment(self.source[start:end], start)

    def options(self) -> dict[str, Fragment]:
        """Read ``(name = value, ...)`` of an OPTIONS clause."""
        found: dict[str, Fragment] = {}
        self.expect("(")
        while not self.at(")"):
            name = self.name().lower()
            self.expect("=", "+=", "-=")
            found[name] = self.fragment(",")
            if not self.skip(","):
                break
        self.expect(")")
        return found
