"""Words and figures that the answers share."""

from __future__ import annotations

from datetime import timedelta
from textwrap import wrap

# Texts are wrapped here; labels and indents come on top, so that lines stay within a hundred columns.
WIDTH = 92
_LABEL = 11


def row(label: str, text: str) -> list[str]:
    """A labelled line, wrapped under itself."""
    indent = " " * (_LABEL + 2)
    return wrap(text, WIDTH + 8, initial_indent=f"  {label:<{_LABEL}}", subsequent_indent=indent)


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
