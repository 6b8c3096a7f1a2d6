"""What there is to say about single rows: written while a file is read, put together as the rejects file at the end."""

import csv
import heapq
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from orchestrator.errors import UsageError
from orchestrator.importers.workshop import disk_errors

REJECTED = "rejected"
REPAIRED = "repaired"


class Remark(NamedTuple):
    """Something to tell about one row: a rejected row is left out, a repaired one is loaded with a change.

    `raw` is the record as a JSON array, which no spreadsheet takes for a formula; bytes that are no UTF-8 read "\\xe9".
    """

    file: str
    line: int
    outcome: str
    reason: str
    raw: str


class RemarkFile:
    """Remarks on disk, in the order of their lines; counted by outcome."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self.counts = {REJECTED: 0, REPAIRED: 0}
        self.first_reason: tuple[int, str] | None = None
        self._file = path.open("w", encoding="utf-8", newline="\n")

    def add(self, line: int, fields: Sequence[str], outcome: str, reason: str) -> None:
        """Note something about a record."""
        raw = readable(json.dumps(list(fields), ensure_ascii=False))
        self._file.write(json.dumps([line, outcome, readable(reason), raw], ensure_ascii=False) + "\n")
        self.counts[outcome] += 1
        if self.first_reason is None and outcome == REJECTED:
            self.first_reason = (line, reason)

    def close(self) -> None:
        """No more remarks come."""
        self._file.close()

    def all(self) -> Iterator[Remark]:
        """The remarks, one after the other."""
        with self.path.open(encoding="utf-8") as file:
            for row in file:
                yield Remark(self.name, *json.loads(row))


def write_remarks(path: Path, parts: Sequence[RemarkFile]) -> Path | None:
    """Write remarks by file and line beside, then rename; without remarks an older file is removed, it would mislead.

    Raises UsageError when its folder does not allow it, ErosError when the disk is full.
    """
    remarks = heapq.merge(*(part.all() for part in parts), key=_by_place)
    beside = path.with_name(f".{path.name}.partial")
    try:
        if not any(any(part.counts.values()) for part in parts):
            path.unlink(missing_ok=True)
            return None
        path.parent.mkdir(parents=True, exist_ok=True)
        with disk_errors(path), ExitStack() as stack:
            stack.callback(beside.unlink, missing_ok=True)
            with beside.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(Remark._fields)
                writer.writerows(remarks)
            os.replace(beside, path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written", why=str(error), fix="make its folder writable") from error
    return path


def _by_place(remark: Remark) -> tuple[str, int]:
    return remark.file, remark.line


def readable(text: str) -> str:
    """The text with bytes that are no UTF-8 spelled out, so that it can be written."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
