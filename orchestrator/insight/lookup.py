"""Finding what a person means by a name, and saying what is close when nothing bears it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from orchestrator.domain.ports import Queries
from orchestrator.errors import UsageError


def nearest(name: str, known: Iterable[str], *, most: int = 3) -> list[str]:
    """The names most like `name`: those it is a part of, then those that are spelled alike."""
    names = sorted(known)
    holding = [one for one in names if name and name in one]
    alike = [one for one in get_close_matches(name, names, n=most, cutoff=0.5) if one not in holding]
    return (holding + alike)[:most]


def known_page(warehouse: Queries, name: str) -> bool:
    """Whether the page is active. Raises UsageError naming the nearest pages when nobody imported it."""
    pages = {row["page_name"]: bool(row["is_active"]) for row in warehouse.query("known_pages")}
    if name in pages:
        return pages[name]
    close = nearest(name, pages)
    raise UsageError(
        f"no page {name}",
        why="creators.csv never listed it" if pages else "nothing has been imported yet",
        fix=f"did you mean {' or '.join(close)}?" if close else "eros import DIR",
    )
