"""Positional query parameters: each ``?`` of a statement as a named parameter, which is what the dialect knows."""

from __future__ import annotations

from infra.syntax import tokenize


def position_name(position: int) -> str:
    """The name that the parameter at a position (from 0) goes by."""
    return f"_position_{position}"


def name_positions(text: str) -> str:
    """The statement with its question marks named, in order."""
    if "?" not in text:
        return text
    pieces: list[str] = []
    end = 0
    marks = [token for token in tokenize(text) if token.keyword == "?"]
    for position, mark in enumerate(marks):
        pieces += [text[end : mark.start], f"@{position_name(position)}"]
        end = mark.end
    return "".join([*pieces, text[end:]])
