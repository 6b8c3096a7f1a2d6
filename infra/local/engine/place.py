"""Where a text stands in its script."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A text and where it starts in the script: line and column from one."""

    text: str
    start: tuple[int, int] = (1, 1)
