"""The SQL inside a script's statements, parsed by sqlglot: the door to it for everything but the local engine.

sqlglot is pinned, and its classes are used as they are: nothing is rewritten. Where it reads several functions as one
kind of node (IFNULL and COALESCE, say), whoever looks at the node has to know.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from .lexer import ScriptSyntaxError, TokenKind, tokenize

__all__ = ["Sql", "exp", "parse_expression", "parse_sql", "parse_type"]

_PREFIX = "SELECT "


class Sql:
    """A parsed statement or expression, its text, and the offset of every node in that text."""

    def __init__(self, text: str, tree: exp.Expr, shift: int = 0) -> None:
        self.text = text
        self.tree = tree
        self._shift = shift
        self._anchors: dict[int, int] | None = None

    def offset(self, node: exp.Expr) -> int:
        """Where a node's text begins: its leftmost name or literal, or the keyword that is all there is of it."""
        starts = [start for one in node.walk() if (start := self._start(one)) is not None]
        return min(starts) if starts else self._before(node)

    def _start(self, node: exp.Expr) -> int | None:
        start = node.meta.get("start")
        if start is not None:
            return max(int(start) - self._shift, 0)
        if self._anchors is None:
            self._anchors = dict(_anchors(self.text, self.tree))
        return self._anchors.get(id(node))

    def _before(self, node: exp.Expr) -> int:
        """The place of what stands before a node that has none."""
        last = 0
        for one in _in_order(self.tree):
            if one is node:
                break
            last = self._start(one) or last
        return last


def parse_sql(text: str) -> Sql:
    """One query or data-changing statement. Raises ScriptSyntaxError when sqlglot does not know it."""
    tree = _parsed(text, text, 0)
    if isinstance(tree, exp.Command):
        raise ScriptSyntaxError(f"{tree.name.upper()} cannot be read as SQL", text, 0)
    return Sql(text, tree)


def parse_expression(text: str) -> Sql:
    """One expression, as in SET, IF or the body of a function. Raises ScriptSyntaxError when it is none."""
    tree = _parsed(_PREFIX + text, text, len(_PREFIX))
    clauses = [name for name, value in tree.args.items() if value]
    if not isinstance(tree, exp.Select) or clauses != ["expressions"] or len(tree.expressions) != 1:
        raise ScriptSyntaxError("Expected one expression", text, 0)
    expression = tree.expressions[0].unalias()
    expression.pop()
    return Sql(text, expression, len(_PREFIX))


def parse_type(text: str) -> exp.DataType:
    """A type such as ARRAY<STRUCT<a INT64>>. Raises ScriptSyntaxError when it is none."""
    try:
        return exp.DataType.build(text, dialect="bigquery")
    except (ParseError, TokenError, ValueError):
        raise ScriptSyntaxError(f"{text} is not a type", text, 0) from None


def _parsed(source: str, text: str, shift: int) -> exp.Expr:
    try:
        return sqlglot.parse_one(source, read="bigquery")
    except TokenError as error:
        raise ScriptSyntaxError(str(error).splitlines()[0], text, 0) from None
    except ParseError as error:
        found = error.errors[0] if error.errors else {}
        lines = source.split("\n")[: max(int(found.get("line") or 1) - 1, 0)]
        offset = (
            sum(len(line) + 1 for line in lines) + int(found.get("col") or 0) - len(str(found.get("highlight") or ""))
        )
        message = str(found.get("description") or error).split("<")[0].strip()
        raise ScriptSyntaxError(message, text, min(max(offset - shift, 0), len(text))) from None


# Nodes that sqlglot gives no place, by the one token they are made of.
_KEYWORDS: dict[type[exp.Expr], str] = {
    exp.CurrentDate: "CURRENT_DATE",
    exp.CurrentDatetime: "CURRENT_DATETIME",
    exp.CurrentTime: "CURRENT_TIME",
    exp.CurrentTimestamp: "CURRENT_TIMESTAMP",
}


def _in_order(node: exp.Expr) -> Iterator[exp.Expr]:
    """A tree from left to right as written; sqlglot puts the WITH clause last."""
    yield node
    for name in sorted(node.args, key=lambda name: name != "with_"):
        children = node.args[name]
        for child in children if isinstance(children, list) else [children]:
            if isinstance(child, exp.Expr):
                yield from _in_order(child)


def _anchors(text: str, tree: exp.Expr) -> Iterator[tuple[int, int]]:
    """(id of a node without a place, offset of its token), when nodes and tokens are as many, in the order of both."""
    tokens: dict[str, list[int]] = {}
    for token in tokenize(text):
        if token.kind is TokenKind.PARAMETER:
            tokens.setdefault(token.text.lower(), []).append(token.start)
        elif token.keyword in _KEYWORDS.values():
            tokens.setdefault(token.keyword, []).append(token.start)
    nodes: dict[str, list[exp.Expr]] = {}
    for node in _in_order(tree):
        if isinstance(node, exp.Parameter) and isinstance(node.this, exp.Var):
            nodes.setdefault(f"@{node.name.lower()}", []).append(node)
        elif type(node) in _KEYWORDS:
            nodes.setdefault(_KEYWORDS[type(node)], []).append(node)
    for name, found in nodes.items():
        if len(found) == len(tokens.get(name, ())):
            yield from ((id(node), start) for node, start in zip(found, tokens[name], strict=True))
