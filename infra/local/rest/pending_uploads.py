"""Resumable uploads between their first and their last chunk: on disk, because a load job may be larger than memory."""

from __future__ import annotations

import tempfile
import threading
import uuid
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from infra.local.rest.errors import not_found

_MAX_PENDING = 100


@dataclass
class PendingUpload:
    """A resumable upload under way: what it is for, and what has arrived of it."""

    metadata: dict[str, Any]
    data: IO[bytes]
    size: int = 0

    def append(self, chunk: bytes) -> None:
        """Keep the next chunk. Raises OSError when the disk is full; what had arrived before stays."""
        self.data.seek(self.size)
        self.data.write(chunk)
        self.size += len(chunk)

    def abandon(self) -> None:
        """Give the bytes back, also those that a full disk would not take."""
        with suppress(OSError):
            self.data.close()

    def whole(self) -> IO[bytes]:
        """The upload from its first byte on; who takes it closes it."""
        self.data.seek(0)
        return self.data


class Uploads:
    """Resumable uploads that have not ended, by upload id; the oldest are given up when there are too many.

    Their bytes are in `folder` (None: the system's temporary folder), in files without a name, so that a server that
    dies leaves nothing behind.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._pending: OrderedDict[str, PendingUpload] = OrderedDict()
        self._guard = threading.Lock()

    def begin(self, metadata: dict[str, Any]) -> str:
        """Remember the metadata; returns the upload id."""
        upload_id = uuid.uuid4().hex
        data = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - the load job closes it
        with self._guard:
            self._pending[upload_id] = PendingUpload(metadata, data)
            while len(self._pending) > _MAX_PENDING:
                self._pending.popitem(last=False)[1].abandon()
        return upload_id

    def get(self, upload_id: str) -> PendingUpload:
        """The upload of that id; raises RestError("notFound")."""
        with self._guard:
            pending = self._pending.get(upload_id)
        if pending is None:
            raise not_found("Upload", upload_id)
        return pending

    def end(self, upload_id: str) -> None:
        """Forget an upload; its bytes belong to whoever took them."""
        with self._guard:
            self._pending.pop(upload_id, None)

    def give_up(self, upload_id: str) -> None:
        """Forget an upload and what has arrived of it."""
        with self._guard:
            pending = self._pending.pop(upload_id, None)
        if pending is not None:
            pending.abandon()

    def close(self) -> None:
        """Give up every upload."""
        for upload_id in list(self._pending):
            self.give_up(upload_id)
