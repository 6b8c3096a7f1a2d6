"""Finds rows of one key among any number of rows, in memory that does not grow with them.

Each row leaves a digest of its key and one of its content in one of 256 files, chosen by the key: rows of one key meet
in one file, and one file after the other is small enough to compare. What remains in memory is two bits a row.
"""

import sqlite3
import struct
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

_PARTS = 256
_BUFFERED = 2**14
_DIGEST = 16
_ENTRY = struct.Struct(f"<{_DIGEST}s{_DIGEST}sQ")
_ENTRIES_READ = 4096
_PLACE = struct.Struct("<QQ")
_LINES_NAMED = 20


class Bits:
    """A set of row numbers, one bit each."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self.any = False

    def add(self, number: int) -> None:
        """Put a number in."""
        place = number >> 3
        if place >= len(self._bytes):
            self._bytes.extend(bytes(place + 1 - len(self._bytes) + 4096))
        self._bytes[place] |= 1 << (number & 7)
        self.any = True

    def __contains__(self, number: int) -> bool:
        place = number >> 3
        return place < len(self._bytes) and bool(self._bytes[place] >> (number & 7) & 1)


class _Group:
    """The rows of one key that was seen twice: the first row's content, and whether all others equal it."""

    __slots__ = ("content", "count", "differs", "numbers")

    def __init__(self, content: bytes, number: int) -> None:
        self.content = content
        self.numbers = [number]
        self.count = 1
        self.differs = False

    def add(self, content: bytes, number: int) -> None:
        self.count += 1
        self.differs = self.differs or content != self.content
        if len(self.numbers) < _LINES_NAMED:
            self.numbers.append(number)


class Place(NamedTuple):
    """Where the record of a row begins in its file."""

    line: int
    offset: int


class Duplicates:
    """The rows of one file, numbered from 0 in the order of `add`.

    After `settle`, `repeats` are the rows that equal an earlier one of their key, and `conflicts` are all rows of a
    key that stands for different rows.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.repeats = Bits()
        self.conflicts = Bits()
        self.repeated = 0
        self._count = 0
        self._buffers = [bytearray() for _ in range(_PARTS)]
        self._paths = [folder / f"{name}.keys{part:03}" for part in range(_PARTS)]
        self._places = (folder / f"{name}.places").open("w+b")
        self._reasons_path = folder / f"{name}.conflicts"
        self._reasons: sqlite3.Connection | None = None

    def add(self, key: str, content: bytes, place: Place) -> None:
        """Note the next row: its key, its whole content in one spelling, and where its record begins."""
        digest = _digest(key.encode())
        part = digest[0]
        buffer = self._buffers[part]
        buffer += _ENTRY.pack(digest, _digest(content), self._count)
        if len(buffer) >= _BUFFERED:
            self._flush(part)
        self._places.write(_PLACE.pack(*place))
        self._count += 1

    def settle(self) -> None:
        """Compare the rows of each key."""
        self._places.flush()
        for part, path in enumerate(self._paths):
            self._flush(part)
            if path.exists():
                self._settle_part(path)
                path.unlink()

    def place(self, number: int) -> Place:
        """Where the record of a row begins."""
        self._places.seek(number * _PLACE.size)
        return Place(*_PLACE.unpack(self._places.read(_PLACE.size)))

    def conflicting_lines(self, key: str) -> str:
        """The lines of a key that stands for different rows, as a reason names them."""
        assert self._reasons is not None
        found = self._reasons.execute("SELECT lines FROM reasons WHERE key = ?", [_digest(key.encode())]).fetchone()
        return str(found[0])

    def close(self) -> None:
        """Let go of the files."""
        self._places.close()
        if self._reasons is not None:
            self._reasons.close()

    def _flush(self, part: int) -> None:
        buffer = self._buffers[part]
        if buffer:
            with self._paths[part].open("ab") as file:
                file.write(buffer)
            buffer.clear()

    def _settle_part(self, path: Path) -> None:
        """Two passes over one part: which keys come twice and how, then which rows those are."""
        alone: dict[bytes, tuple[bytes, int]] = {}
        groups: dict[bytes, _Group] = {}
        for key, content, number in _entries(path):
            group = groups.get(key)
            if group is None:
                first = alone.setdefault(key, (content, number))
                if first[1] == number:
                    continue
                group = groups[key] = _Group(*first)
            group.add(content, number)
        if not groups:
            return
        for key, _, number in _entries(path):
            group = groups.get(key)
            if group is None:
                continue
            if group.differs:
                self.conflicts.add(number)
            elif number != group.numbers[0]:
                self.repeats.add(number)
                self.repeated += 1
        self._keep_reasons((key, self._lines(group)) for key, group in groups.items() if group.differs)

    def _lines(self, group: _Group) -> str:
        named = ", ".join(str(self.place(number).line) for number in group.numbers)
        unnamed = group.count - len(group.numbers)
        return f"{named} and {unnamed:,} more" if unnamed else named

    def _keep_reasons(self, reasons: Iterable[tuple[bytes, str]]) -> None:
        if self._reasons is None:
            self._reasons = sqlite3.connect(self._reasons_path, isolation_level=None)
            self._reasons.execute("PRAGMA journal_mode = OFF")
            self._reasons.execute("PRAGMA synchronous = OFF")
            self._reasons.execute("PRAGMA cache_size = -4096")
            self._reasons.execute("CREATE TABLE reasons (key BLOB PRIMARY KEY, lines TEXT) WITHOUT ROWID")
        self._reasons.execute("BEGIN")
        self._reasons.executemany("INSERT INTO reasons VALUES (?, ?)", reasons)
        self._reasons.execute("COMMIT")


def _digest(raw: bytes) -> bytes:
    return blake2b(raw, digest_size=_DIGEST).digest()


def _entries(path: Path) -> Iterator[tuple[bytes, bytes, int]]:
    with path.open("rb") as file:
        while block := file.read(_ENTRY.size * _ENTRIES_READ):
            yield from _ENTRY.iter_unpack(block)
