"""Words and figures that the answers share."""

from __future__ import annotations

from datetime import timedelta
from textwrap import wrap

WIDTH = 100
_LABEL = 11


def wrapped(label: str, text: str) -> list[str]:
    """A labelled text, wrapped under itself; names and paths are never broken, because they are there to be copied."""
    lines = wrap(
        text,
        WIDTH,
        initial_indent=label,
        subsequent_indent=" " * len(label),
        break_on_hyphens=False,
        break_long_words=False,
    )
    return lines or [label.rstrip()]


def row(label: str, text: str) -> list[str]:
    """A labelled line of an answer."""
    return wrapped(f"  {label:<{_LABEL}}", text)


def percent(rate: float) -> str:
    """A share for people: two or three digits."""
    return f"{100 * rate:.0f} %" if rate >= 0.1 else f"{100 * rate:.1f} %" if rate >= 0.01 else f"{100 * rate:.2f} %"


def duration(span: timedelta) -> str:
    """Hours and minutes."""
    minutes = int(span.total_seconds()) // 60
    return f"{minutes // 60} h {minutes % 60:02} min"


def shortened(text: str, most: int = 60) -> str:
    """A text on one line, cut with an ellipsis."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
