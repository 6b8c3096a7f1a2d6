"""GoogleSQL scripts: text to statement tree."""

from .lexer import ScriptSyntaxError, Token, TokenKind, UnsupportedSyntaxError, identifier, line_and_column, tokenize
from .parser import parse_script

__all__ = [
    "ScriptSyntaxError",
    "Token",
    "TokenKind",
    "UnsupportedSyntaxError",
    "identifier",
    "line_and_column",
    "parse_script",
    "tokenize",
]
