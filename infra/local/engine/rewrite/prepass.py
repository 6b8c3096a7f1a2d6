"""What is done to a text before sqlglot reads it.

It does not know WITH expressions, forgets how a JSONPath, a format or a NUMERIC was written, and reads 1e3-1 as one
number. All are found by our own tokens, so nothing inside of a literal or comment is taken for code.
"""

from __future__ import annotations

import re

from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.syntax import ScriptSyntaxError, Token, TokenKind, tokenize

_CONCERNED = re.compile(r"\bWITH\s*\(|\bJSON_|%-|\de[+-]?\d+-|\bNUMERIC\s*r?['\"][^'\"]*(?:\.\d{10}|e-)", re.IGNORECASE)
_DIGITS = re.compile(r"""[rR]?(["'])\s*[+-]?(?P<whole>\d*)\.?(?P<fraction>\d*)(?:[eE](?P<tens>[+-]?\d+))?\s*\1""")
_STANDARD = {"JSON_VALUE", "JSON_QUERY", "JSON_VALUE_ARRAY", "JSON_QUERY_ARRAY"}
_LEGACY = {"JSON_EXTRACT", "JSON_EXTRACT_SCALAR", "JSON_EXTRACT_ARRAY", "JSON_EXTRACT_STRING_ARRAY"}
_PATH_NEEDED = {"JSON_QUERY", "JSON_EXTRACT"}
_KEY = r"""\.(?!\d+(?:[.\[]|$))[^.\[\]"'*?()@\\\s]+|\[\d+\]"""
_STANDARD_PATH = re.compile(rf"""\$(?:{_KEY}|\."[^"\\]+")*""")
_LEGACY_PATH = re.compile(rf"""\$(?:{_KEY}|\['[^'\\]+'\])*""")


def prepared(text: str) -> str:
    """The text as sqlglot shall read it. Raises UnsupportedError for a JSONPath that the two would read differently."""
    if not _CONCERNED.search(text):
        return text
    try:
        tokens = tokenize(text)
    except ScriptSyntaxError:
        return text  # sqlglot names the mistake
    for position, token in enumerate(tokens):
        if token.kind is TokenKind.NUMBER and text[token.end : token.end + 1] in ("+", "-"):
            return prepared(f"{text[: token.end]} {text[token.end :]}")
        if token.keyword in _STANDARD | _LEGACY and tokens[position + 1].keyword == "(":
            _check_path(token.keyword, text, _arguments(tokens, position + 1))
        if token.keyword.startswith(("FORMAT_", "PARSE_")) and tokens[position + 1].keyword == "(":
            _check_format(tokens[position + 2])
        if token.keyword == "NUMERIC" and tokens[position + 1].kind is TokenKind.STRING:
            _check_numeric(tokens[position + 1])
    return _without_with(text, tokens)


def _arguments(tokens: list[Token], start: int) -> list[list[Token]]:
    """The tokens of each argument of the parenthesis that opens at ``start``."""
    depth, arguments = 0, [[]]  # type: tuple[int, list[list[Token]]]
    for token in tokens[start:]:
        depth -= token.keyword in (")", "]")
        if depth == 0 and token.keyword == ")":
            break
        if depth == 1 and token.keyword == ",":
            arguments.append([])
        elif depth:
            arguments[-1].append(token)
        depth += token.keyword in ("(", "[")
    return arguments


def _check_path(function: str, text: str, arguments: list[list[Token]]) -> None:
    if len(arguments) < 2:
        if function in _PATH_NEEDED:
            raise AnalysisError(f"No matching signature for function {function}: it needs a JSONPath")
        return
    path = arguments[1]
    if len(path) != 1 or path[0].kind is not TokenKind.STRING:
        return
    literal = re.fullmatch(r"""[rR]?(?:("|')(.*)\1)""", path[0].text, re.DOTALL)
    pattern = _STANDARD_PATH if function in _STANDARD else _LEGACY_PATH
    if literal is None or not pattern.fullmatch(literal[2]):
        raise UnsupportedError(f"JSONPath {path[0].text} in {function}")


def _check_format(token: Token) -> None:
    """sqlglot takes %-d and the like for other elements."""
    if token.kind is TokenKind.STRING and "%-" in token.text:
        raise UnsupportedError(f"%- in the date or time format {token.text}")


def _check_numeric(token: Token) -> None:
    """sqlglot reads a NUMERIC literal as a cast, which rounds; GoogleSQL takes no literal that it would have to."""
    found = _DIGITS.fullmatch(token.text)
    if found is None or not (found["whole"] + found["fraction"]).strip("0"):
        return
    if len(found["fraction"].rstrip("0")) - int(found["tens"] or 0) > 9:
        raise AnalysisError(f"Invalid NUMERIC literal: {token.text}")


def _without_with(text: str, tokens: list[Token]) -> str:
    """WITH(a AS x, b AS y, z) as queries of one row, each naming one value more; innermost expressions first."""
    for position in range(len(tokens) - 2, -1, -1):
        token = tokens[position]
        if token.keyword != "WITH" or tokens[position + 1].keyword != "(":
            continue
        arguments = _arguments(tokens, position + 1)
        end = next(t.end for t in tokens if t.start >= arguments[-1][-1].end and t.keyword == ")")
        replaced = _nested(text, arguments)
        return _without_with(*_tokenized(text[: token.start] + replaced + text[end:]))
    return text


def _tokenized(text: str) -> tuple[str, list[Token]]:
    return text, tokenize(text)


def _nested(text: str, arguments: list[list[Token]]) -> str:
    *named, result = arguments
    query = ""
    names: list[str] = []
    for tokens in named:
        if len(tokens) < 3 or tokens[1].keyword != "AS":
            raise AnalysisError("Syntax error: Expected a name, AS and an expression in WITH")
        value = text[tokens[2].start : tokens[-1].end]
        source = f" FROM ({query})" if query else ""
        query = f"SELECT {''.join(f'{name}, ' for name in names)}{value} AS {tokens[0].text}{source}"
        names.append(tokens[0].text)
    value = text[result[0].start : result[-1].end]
    return f"(SELECT {value} FROM ({query}))" if query else f"({value})"
