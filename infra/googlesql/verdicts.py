"""Texts with which GoogleSQL found nothing wrong, remembered per machine: `make lint` analyses what has changed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

from infra.googlesql.module import cache_folder

_KEPT = 5000


class Verdicts:
    """Digests of analysed texts, and all that their analysis depends on, in one file of the cache folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = (folder or cache_folder()) / "googlesql-clean.txt"
        self._known = self._read()
        self._added: list[str] = []

    def __contains__(self, digest: str) -> bool:
        return digest in self._known

    def add(self, digest: str) -> None:
        """Remember a text without a mistake; `save` keeps it."""
        self._added.append(digest)

    def save(self) -> None:
        """Written beside and renamed; of processes that save at once one may lose, and its texts are analysed again."""
        if not self._added:
            return
        lines = list(dict.fromkeys([*self._read(), *self._added]))[-_KEPT:]
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle, beside = tempfile.mkstemp(dir=self._file.parent, prefix=self._file.stem)
            with os.fdopen(handle, "w") as target:
                target.write("\n".join(lines))
            os.replace(beside, self._file)

    def _read(self) -> dict[str, None]:
        try:
            return dict.fromkeys(self._file.read_text().split())
        except OSError:
            return {}


def digest(*parts: str) -> str:
    """Names a text with everything its analysis depends on."""
    return hashlib.sha256("\0".join((_analysis(), *parts)).encode()).hexdigest()


@cache
def _analysis() -> str:
    """Names the analysis itself: GoogleSQL's version, and the sources of what prepares and reads it."""
    here = Path(__file__).parent
    sources = sorted([*here.glob("*.py"), *(here.parent / "syntax").glob("*.py"), here.parent / "system_views.py"])
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources) + version("zetasql").encode()).hexdigest()
