"""GoogleSQL tokens with their offsets: what the script parser needs, and no more.

The lexical rules are those of GoogleSQL's "Lexical structure and syntax" page. Expressions are not interpreted
here: a token is only a place in the source, so that statements can be cut out of it unchanged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

_QUOTED = (
    r'"""(?:\\.|[^\\])*?"""'
    r"|'''(?:\\.|[^\\])*?'''"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'(?:\\.|[^'\\\n])*'"
)
_TOKEN = re.compile(
    r"(?P<blank>\s+|--[^\n]*|\#[^\n]*|/\*.*?\*/)"
    rf"|(?P<string>(?:[rR][bB]?|[bB][rR]?)?(?:{_QUOTED}))"
    r"|(?P<quoted_name>`(?:\\.|[^`\\\n])+`)"
    r"|(?P<system_variable>@@[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)"
    r"|(?P<parameter>@[A-Za-z_]\w*|@`[^`]+`)"
    r"|(?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<word>[A-Za-z_]\w*)"
    r"|(?!/\*)(?P<symbol>\|\||\|>|=>|->|<<|>>|<=|>=|<>|!=|\+=|-=|[-+*/%&|^~<>=!.,;:()\[\]{}?$@])",
    re.DOTALL,
)

_RESERVED_WORDS = """
ALL AND ANY ARRAY AS ASC ASSERT_ROWS_MODIFIED AT BETWEEN BY CASE CAST COLLATE CONTAINS CREATE CROSS CUBE CURRENT
DEFAULT DEFINE DESC DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE EXISTS EXTRACT FALSE FETCH FOLLOWING FOR FROM FULL
GROUP GROUPING GROUPS HASH HAVING IF IGNORE IN INNER INTERSECT INTERVAL INTO IS JOIN LATERAL LEFT LIKE LIMIT LOOKUP
MERGE NATURAL NEW NO NOT NULL NULLS OF ON OR ORDER OUTER OVER PARTITION PRECEDING PROTO QUALIFY RANGE RECURSIVE
RESPECT RIGHT ROLLUP ROWS SELECT SET SOME STRUCT TABLESAMPLE THEN TO TREAT TRUE UNBOUNDED UNION UNNEST USING WHEN
WHERE WINDOW WITH WITHIN
"""
RESERVED = frozenset(_RESERVED_WORDS.split())
_PLAIN_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class TokenKind(Enum):
    """What a token is; the values are the group names of the token pattern."""

    STRING = "string"
    QUOTED_NAME = "quoted_name"
    SYSTEM_VARIABLE = "system_variable"
    PARAMETER = "parameter"
    NUMBER = "number"
    WORD = "word"
    SYMBOL = "symbol"
    END = "end"


class ScriptSyntaxError(Exception):
    """A script that is not GoogleSQL. The message ends in the place, as BigQuery's does: ``at [line:column]``."""

    prefix = "Syntax error: "

    def __init__(self, message: str, source: str, offset: int) -> None:
        self.message = f"{self.prefix}{message}"
        self.offset = offset
        self.line, self.column = line_and_column(source, offset)
        super().__init__(f"{self.message} at [{self.line}:{self.column}]")


class UnsupportedSyntaxError(ScriptSyntaxError):
    """GoogleSQL that BigQuery takes and the local cloud refuses by name."""

    prefix = ""


@dataclass(frozen=True, slots=True)
class Token:
    """One token. ``keyword`` is the upper-case text where it can act as a keyword or symbol, else empty."""

    kind: TokenKind
    text: str
    keyword: str
    start: int
    end: int

    def described(self) -> str:
        """The token as GoogleSQL's messages name it."""
        if self.kind is TokenKind.END:
            return "end of script"
        if self.kind is TokenKind.WORD and self.keyword in RESERVED:
            return f"keyword {self.keyword}"
        if self.kind is TokenKind.WORD:
            return f'identifier "{self.text}"'
        if self.kind is TokenKind.STRING:
            return f"string literal {self.text}"
        return f'"{self.text}"'


def line_and_column(source: str, offset: int) -> tuple[int, int]:
    """One-based line and column of ``offset`` (characters)."""
    line = source.count("\n", 0, offset) + 1
    return line, offset - (source.rfind("\n", 0, offset) + 1) + 1


def identifier(name: str) -> str:
    """A name as GoogleSQL reads it as one: in backquotes when it is a reserved word or no word at all."""
    is_plain = _PLAIN_NAME.fullmatch(name) and name.upper() not in RESERVED
    return name if is_plain else f"`{name}`"


def tokenize(source: str) -> list[Token]:
    """All tokens without blanks and comments, closed by one END token.

    Raises ScriptSyntaxError for an unclosed literal or a character that starts no token.
    """
    tokens: list[Token] = []
    position = 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            raise ScriptSyntaxError(_complaint(source, position), source, position)
        if match.lastgroup != "blank":
            kind = TokenKind(match.lastgroup)
            tokens.append(Token(kind, match.group(), _keyword(kind, match.group(), tokens), position, match.end()))
        position = match.end()
    tokens.append(Token(TokenKind.END, "", "", len(source), len(source)))
    return tokens


def _keyword(kind: TokenKind, text: str, before: list[Token]) -> str:
    """Upper-case keyword text; a name after a dot (``row.end``) is never a keyword."""
    if kind is TokenKind.SYMBOL:
        return text
    if kind is TokenKind.WORD and not (before and before[-1].text == "."):
        return text.upper()
    return ""


def _complaint(source: str, position: int) -> str:
    if source[position] in "'\"":
        return "Unclosed string literal"
    if source[position] == "`":
        return "Unclosed identifier literal"
    if source.startswith("/*", position):
        return "Unclosed comment"
    return f'Illegal input character "{source[position]}"'
