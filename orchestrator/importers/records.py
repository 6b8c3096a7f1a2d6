"""Cuts a file into records: exact where it is well-formed, bounded in memory and never astray where it is not.

A record that no reader of CSV can make sense of costs one line: it is handed out with its problem, and reading goes
on with the next line, so that a stray quote cannot swallow the rows behind it.
"""

import csv
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

MAX_RECORD_BYTES = 2**20
"""A longer record is refused. The longest text that is accepted takes 40,000 bytes."""

_BLOCK = 2**16
_SHOWN_CHARACTERS = 200
_RUN_TOGETHER = "a stray quote seems to run several rows together"
_REASONS = {
    "unexpected end of data": "a quote that opens in it never closes",
    "expected after": "text follows a closing quote; a quote inside a quoted field must be doubled",
    "new-line character": "it holds a carriage return outside quotes",
}


class Record(NamedTuple):
    """One record: the line (from 1) and byte where it begins, its fields, and why it cannot be read ("": it can).

    `is_open` says that the file ends in it without a line end. A record with a problem has its text as only field.
    """

    line: int
    offset: int
    fields: list[str]
    problem: str
    is_open: bool


class Records:
    """The records of a file from a byte on. `is_row` says whether fields make a complete row of the file."""

    def __init__(
        self, file: BinaryIO, delimiter: str, offset: int, line: int, is_row: Callable[[list[str]], bool]
    ) -> None:
        self.offset = offset
        self.line = line
        self._file = file
        self._delimiter = delimiter
        self._is_row = is_row

    def __iter__(self) -> Iterator[Record]:
        """Every record that is not blank. Records may be taken one by one; `offset` is where the next begins."""
        csv.field_size_limit(2 * MAX_RECORD_BYTES)
        self._file.seek(self.offset)
        lines = _Lines(self._file)
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
        while True:
            held = lines.begin()
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._malformed(held[0], _reason(error))
                continue
            except _TooLong:
                yield self._oversize(held[0])
                continue
            if len(held) > 1 and self._runs_together(held, fields):
                yield self._malformed(held[0], _RUN_TOGETHER)
                continue
            record = Record(self.line, self.offset, fields, lines.problem, not held[-1].endswith(b"\n"))
            self.line += len(held)
            self.offset += lines.size
            if fields:
                yield record

    def _malformed(self, first: bytes, problem: str) -> Record:
        """Refuse the line on which the record begins, and go on behind it."""
        record = Record(self.line, self.offset, [_text(first)], problem, not first.endswith(b"\n"))
        self.line += 1
        self.offset += len(first)
        self._file.seek(self.offset)
        return record

    def _oversize(self, first: bytes) -> Record:
        """Refuse a record that is too long: whole, where its end is certain, else the line on which it begins."""
        self._file.seek(self.offset)
        end = _End.of_record(self._file, self._delimiter)
        problem = f"has {end.size:,} bytes, more than {MAX_RECORD_BYTES:,}"
        if not end.is_certain or (first.endswith(b"\n") and self._is_row(self._unquoted(first))):
            self._file.seek(self.offset)
            end = _End.of_line(self._file)
            problem = f"a quote that opens in it does not close within {MAX_RECORD_BYTES:,} bytes, or closes wrongly"
        shown = _text(first[: 4 * _SHOWN_CHARACTERS])[:_SHOWN_CHARACTERS] + "..."
        record = Record(self.line, self.offset, [shown], problem, end.is_open)
        self.line += end.lines
        self.offset += end.size
        self._file.seek(self.offset)
        return record

    def _runs_together(self, held: list[bytes], fields: list[str]) -> bool:
        """Whether the lines of one record read better as several rows.

        Two stray quotes make a field of everything between them, and CSV has no complaint. But no text that a person
        writes holds a whole row of the file, and none begins and ends with what would be one.
        """
        if self._is_row(self._unquoted(held[0])) and self._is_row(self._unquoted(held[-1])):
            return True
        inner = held[1:-1] if self._is_row(fields) else held[1:]
        return any(self._is_row(self._fields_of(line)) for line in inner)

    def _unquoted(self, line: bytes) -> list[str]:
        return _text(line).split(self._delimiter)

    def _fields_of(self, line: bytes) -> list[str]:
        try:
            return next(csv.reader([_text(line)], delimiter=self._delimiter, strict=True), [])
        except csv.Error:
            return []


class _TooLong(Exception):
    """The record has more bytes than a record may have."""


class _Lines:
    """The lines of one record after the other for csv.reader; remembers those of the record under way."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.held: list[bytes] = []
        self.size = 0
        self.problem = ""

    def begin(self) -> list[bytes]:
        """Forget the last record; the list that the next one's lines come into."""
        self.held = []
        self.size = 0
        self.problem = ""
        return self.held

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        raw = self._file.readline(MAX_RECORD_BYTES + 1)
        if not raw:
            raise StopIteration
        self.held.append(raw)
        self.size += len(raw)
        if self.size > MAX_RECORD_BYTES:
            raise _TooLong
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            self.problem = f"is not UTF-8: byte 0x{raw[error.start]:02x} after {_text(raw[: error.start])[-20:]!r}"
            return raw.decode("utf-8", "surrogateescape")


class _End(NamedTuple):
    """How far a record or line reaches, in bytes and lines; is that certain, and does the file end there?"""

    size: int
    lines: int
    is_certain: bool
    is_open: bool

    @classmethod
    def of_line(cls, file: BinaryIO) -> "_End":
        """The end of the line that begins here, however long it is."""
        size = 0
        while piece := file.readline(_BLOCK):
            size += len(piece)
            if piece.endswith(b"\n"):
                return cls(size, 1, True, False)
        return cls(size, 1, True, True)

    @classmethod
    def of_record(cls, file: BinaryIO, delimiter: str) -> "_End":
        """The end of the record that begins here; uncertain when its quotes contradict each other."""
        stop = re.compile(b"[\n" + re.escape(delimiter.encode()) + b"]")
        mark = delimiter.encode()[0]
        size = lines = 0
        state = _FIELD_BEGINS
        while block := file.read(_BLOCK):
            place = 0
            while place < len(block):
                byte = block[place]
                if state == _IN_QUOTES:
                    found = block.find(b'"', place)
                    lines += block.count(b"\n", place, len(block) if found < 0 else found)
                    if found < 0:
                        break
                    place, state = found + 1, _AFTER_QUOTE
                    continue
                if byte == _QUOTE and state in (_FIELD_BEGINS, _AFTER_QUOTE):
                    state = _IN_QUOTES
                elif byte == _LINE_END:
                    return cls(size + place + 1, lines + 1, True, False)
                elif byte == mark:
                    state = _FIELD_BEGINS
                elif state == _AFTER_QUOTE:
                    if byte != _RETURN:
                        return cls(size + place, lines, False, False)
                else:
                    state = _IN_FIELD
                    found_stop = stop.search(block, place)
                    if found_stop is None:
                        break
                    place = found_stop.start()
                    continue
                place += 1
            size += len(block)
        return cls(size, lines + 1, state != _IN_QUOTES, True)


_FIELD_BEGINS, _IN_FIELD, _IN_QUOTES, _AFTER_QUOTE = range(4)
_QUOTE, _LINE_END, _RETURN = b'"\n\r'


def _reason(error: csv.Error) -> str:
    return next((reason for part, reason in _REASONS.items() if part in str(error)), str(error))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
