"""The private folder of one import: checked rows wait there, on disk, until everything has passed."""

import errno
import fcntl
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator.errors import ErosError

_PREFIX = "import-"
_LOCK = "lock"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def private_folder(parent: Path | None) -> Iterator[Path]:
    """A folder that only this user can read and that is gone afterwards; in `parent`, None for the system's.

    An import that was killed leaves its folder behind; the next one in the same place removes it, which the lock in
    it allows only when nobody works there any more.
    """
    with disk_errors("the import's private folder"):
        if parent is not None:
            parent.mkdir(parents=True, exist_ok=True)
        base = Path(tempfile.gettempdir()) if parent is None else parent
        _remove_abandoned(base)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
        lock = (folder / _LOCK).open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.close()


@contextmanager
def disk_errors(where: object) -> Iterator[None]:
    """A full disk becomes the error that says so; every other trouble passes."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise _disk_is_full(error.filename or where, error.strerror or "") from error
    except sqlite3.OperationalError as error:
        if "full" not in str(error) and "I/O" not in str(error):
            raise
        raise _disk_is_full(where, str(error)) from error


def _disk_is_full(where: object, why: str) -> ErosError:
    return ErosError(
        "the disk is full", where=str(where), why=why, fix="make room and import again: no table has been changed"
    )


def _remove_abandoned(base: Path) -> None:
    for lock_path in base.glob(f"{_PREFIX}*/{_LOCK}"):
        try:
            with lock_path.open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock_path.parent, ignore_errors=True)
        except OSError:
            continue  # somebody works there, or it is another user's
