"""The bytes of a file as UTF-8 with "\n" line ends, whatever it was saved as, without ever holding it whole."""

import codecs
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from orchestrator.errors import UsageError
from orchestrator.importers.workshop import disk_errors

_BLOCK = 2**20
_HEAD = 2**16
_SAVE_AS = "save it as CSV UTF-8 and import again"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OTHER_KINDS = (
    (b"PK\x03\x04", "a workbook or zip file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "compressed (gzip)"),
    (b"%PDF-", "a PDF"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a SQLite database"),
)


@dataclass
class Source:
    """An open file; its text begins at `start`, and `size` is where it ends."""

    path: Path
    file: BinaryIO
    start: int
    size: int


@contextmanager
def open_source(path: Path, folder: Path) -> Iterator[Source]:
    """Open a file of an export. UTF-16 and the line ends of old Macs are rewritten into `folder` first.

    Raises UsageError when it is missing, cannot be read, is no text, or has changed while the block ran.
    """
    with ExitStack() as stack:
        try:
            file: BinaryIO = stack.enter_context(path.open("rb"))
            head = file.read(_HEAD)
        except FileNotFoundError:
            raise UsageError(f"{path.name} is missing", where=str(path), fix="export it to that folder") from None
        except OSError as error:
            raise UsageError(f"{path.name} cannot be read", where=str(path), why=error.strerror or str(error)) from None
        before = _state(file)
        encoding, start = _encoding(path, head)
        if encoding != "utf-8" or _ends_lines_like_old_macs(head):
            file.seek(start)
            file, start = stack.enter_context(_rewritten(file, encoding, folder / f"{path.name}.utf8")), 0
        yield Source(path, file, start, os.fstat(file.fileno()).st_size)
        if before != _state(stack.enter_context(path.open("rb"))):
            raise UsageError(
                f"{path.name} has changed while it was read",
                where=str(path),
                fix="import again when whoever writes it has finished",
            )


def _state(file: BinaryIO) -> tuple[int, int, int]:
    found = os.fstat(file.fileno())
    return found.st_ino, found.st_size, found.st_mtime_ns


def _encoding(path: Path, head: bytes) -> tuple[str, int]:
    """The encoding that a byte order mark states (UTF-8 without one), and how long the mark is."""
    for magic, kind in _OTHER_KINDS:
        if head.startswith(magic):
            raise UsageError(f"{path.name} is not a CSV file", where=str(path), why=f"it is {kind}", fix=_SAVE_AS)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            if encoding == "utf-32":
                raise UsageError(f"{path.name} is not UTF-8", where=str(path), why="it is UTF-32", fix=_SAVE_AS)
            return encoding, len(mark)
    first = head[:64]
    if len(first) >= 4 and (not any(first[0::2]) or not any(first[1::2])):
        why = "it looks like UTF-16, but a byte order mark does not say so"
        raise UsageError(f"{path.name} is not UTF-8", where=str(path), why=why, fix=_SAVE_AS)
    return "utf-8", 0


def _ends_lines_like_old_macs(head: bytes) -> bool:
    first = head.replace(b"\0", b"").partition(b"\r")
    return bool(first[1]) and b"\n" not in first[0] and not first[2].startswith(b"\n")


def _rewritten(file: BinaryIO, encoding: str, path: Path) -> BinaryIO:
    """The rest of the file as UTF-8; what does not decode becomes bytes that are no UTF-8, and so a refused row."""
    decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)("surrogatepass")
    is_mac: bool | None = None
    with disk_errors(path), path.open("wb") as out:
        while block := file.read(_BLOCK):
            raw = decoder.decode(block).encode("utf-8", "surrogatepass") if decoder else block
            is_mac = _ends_lines_like_old_macs(raw) if is_mac is None else is_mac
            out.write(raw.replace(b"\r", b"\n") if is_mac else raw)
        if decoder and decoder.getstate()[0]:
            out.write(b"\xff")
    return path.open("rb")
