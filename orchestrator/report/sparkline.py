"""A row of numbers as a line of blocks."""

from __future__ import annotations

from collections.abc import Sequence

LEVELS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float | None]) -> str:
    """One character per value, the lowest and the highest at the ends of the scale; a blank where nothing was measured.

    Values that are all the same lie in the middle.
    """
    known = [value for value in values if value is not None]
    if not known:
        return " " * len(values)
    low, span = min(known), max(known) - min(known)
    return "".join(" " if value is None else _block((value - low) / span if span else 0.5) for value in values)


def _block(share: float) -> str:
    return LEVELS[min(int(share * len(LEVELS)), len(LEVELS) - 1)]
