"""CSV as BigQuery's load jobs read it.

The csv module cannot tell `""` (an empty string) from nothing at all (NULL), and BigQuery does; hence a reader of
its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


class CsvProblem(Exception):
    """The text is not the CSV that the options describe; `line` counts from one."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(frozen=True)
class CsvOptions:
    """The CSV part of a load configuration, with BigQuery's defaults."""

    delimiter: str = ","
    quote: str = '"'
    skip_leading_rows: int = 0
    null_marker: str = ""
    allow_quoted_newlines: bool = False


def read_csv(text: str, options: CsvOptions) -> Iterator[tuple[int, list[str | None]]]:
    """Yield (first line, cells) of each row; an unquoted cell equal to the null marker is None.

    Raises CsvProblem for an unclosed quote, text after a closing quote, or a quoted newline that is not allowed.
    """
    position, line, row_number = 0, 1, 0
    while position < len(text):
        first_line = line
        cells: list[str | None] = []
        while True:
            cell, position, line = _read_cell(text, position, line, options)
            cells.append(cell)
            if position < len(text) and text[position] == options.delimiter:
                position += 1
                continue
            break
        if text.startswith("\r\n", position):
            position += 2
        elif position < len(text):
            position += 1
        line += 1
        row_number += 1
        if row_number > options.skip_leading_rows and cells != [None]:
            yield first_line, cells


def _read_cell(text: str, start: int, line: int, options: CsvOptions) -> tuple[str | None, int, int]:
    """The cell that starts at `start`, where it ends, and the line it ends in."""
    if not options.quote or text[start : start + 1] != options.quote:
        end = start
        while end < len(text) and text[end] not in ("\n", "\r", options.delimiter):
            end += 1
        cell = text[start:end]
        return None if cell == options.null_marker else cell, end, line
    parts, position = [], start + 1
    while True:
        end = text.find(options.quote, position)
        if end < 0:
            raise CsvProblem(line, "Missing close quote character")
        parts.append(text[position:end])
        position = end + 1
        if text[position : position + 1] != options.quote:
            break
        parts.append(options.quote)
        position += 1
    cell = "".join(parts)
    breaks = cell.count("\n")
    if breaks and not options.allow_quoted_newlines:
        raise CsvProblem(line, "Quoted field contains a newline: set allowQuotedNewlines")
    if position < len(text) and text[position] not in ("\n", "\r", options.delimiter):
        raise CsvProblem(line, "Data between close quote character and field separator")
    return cell, position, line + breaks
