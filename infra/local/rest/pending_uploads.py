"""Resumable uploads between their first and their last chunk."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from infra.local.rest.errors import not_found

_MAX_PENDING = 100


@dataclass
class PendingUpload:
    """A resumable upload under way."""

    metadata: dict[str, Any]
    data: bytearray = field(default_factory=bytearray)


class Uploads:
    """Resumable uploads that have not ended, by upload id; the oldest are given up when there are too many."""

    def __init__(self) -> None:
        self._pending: OrderedDict[str, PendingUpload] = OrderedDict()
        self._guard = threading.Lock()

    def begin(self, metadata: dict[str, Any]) -> str:
        """Remember the metadata; returns the upload id."""
        upload_id = uuid.uuid4().hex
        with self._guard:
            self._pending[upload_id] = PendingUpload(metadata)
            while len(self._pending) > _MAX_PENDING:
                self._pending.popitem(last=False)
        return upload_id

    def get(self, upload_id: str) -> PendingUpload:
        """The upload of that id; raises RestError("notFound")."""
        with self._guard:
            pending = self._pending.get(upload_id)
        if pending is None:
            raise not_found("Upload", upload_id)
        return pending

    def end(self, upload_id: str) -> None:
        """Forget an upload."""
        with self._guard:
            self._pending.pop(upload_id, None)
