"""How a command speaks: results on stdout, everything else on stderr, JSON when asked for.

Colours and progress appear only on a terminal; NO_COLOR is honoured by rich itself.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from orchestrator.errors import ErosError


def print_json(value: Any) -> None:
    """One JSON document on stdout; dates, decimals and paths as text."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def print_error(error: ErosError, *, as_json: bool) -> None:
    """What, where, why and the next command on stderr; with --json the same as a document on stdout."""
    if as_json:
        print_json(error.as_dict())
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, soft_wrap=True)
    first, *rest = str(error).splitlines()
    console.print(Text.assemble(("error: ", "bold red"), first))
    for line in rest:
        console.print(Text(f"  {line}"))


def note(text: str) -> None:
    """A line for people, on stderr."""
    sys.stderr.write(text + "\n")


def print_table(title: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]]) -> None:
    """A table on stdout. `columns` are (heading, "left" or "right"). Nothing is cut: ids are there to be copied."""
    from rich.table import Table

    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for heading, justify in columns:
        table.add_column(heading, justify="right" if justify == "right" else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    print_view(table)


def print_view(view: Any) -> None:
    """Anything rich can print, on stdout, as wide as it likes; without colour unless stdout is a terminal."""
    from rich.console import Console

    Console(width=_WIDER_THAN_ANY_ROW).print(view)


_WIDER_THAN_ANY_ROW = 1000


def table_lines(headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()) -> list[str]:
    """The lines of a table, headings first, for output that has more to say between rows. Nothing is cut."""
    table = [list(headings), *(list(row) for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(headings))]

    def padded(row: Sequence[str]) -> str:
        cells = zip(headings, row, widths, strict=True)
        return "  ".join(cell.rjust(width) if name in right else cell.ljust(width) for name, cell, width in cells)

    return [padded(row).rstrip() for row in table]


class Progress:
    """Reports the steps of long work: a spinner on a terminal, nothing where nobody watches."""

    def __init__(self, status: Any | None) -> None:
        self._status = status

    def __call__(self, text: str) -> None:
        """Say which step is running now."""
        if self._status is not None:
            self._status.update(text)


@contextmanager
def progress(text: str) -> Iterator[Progress]:
    """Show progress on stderr while the block runs, if stderr is a terminal."""
    if not sys.stderr.isatty():
        yield Progress(None)
        return
    from rich.console import Console

    with Console(stderr=True).status(text) as status:
        yield Progress(status)
