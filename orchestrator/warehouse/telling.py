"""A file that tells how far it has been read: the progress of an upload."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path


class Telling(io.FileIO):
    """A file for reading; `on_read` hears (where reading stands, size) in bytes after every read."""

    def __init__(self, path: Path, on_read: Callable[[int, int], None]) -> None:
        super().__init__(path, "rb")
        self._on_read = on_read
        self._size = path.stat().st_size

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes; never fewer than asked for before the end, for the uploader takes less for the end."""
        wanted = self._size - self.tell() if size is None or size < 0 else size
        parts = []
        while wanted > 0 and (part := super().read(wanted)):
            parts.append(part)
            wanted -= len(part)
        self._on_read(self.tell(), self._size)
        return b"".join(parts)
