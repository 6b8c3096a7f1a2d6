"""Two locks guard a deployment: one of ours in the home, which ends with its process, and Terraform's on each state.

Terraform's lives in the bucket and survives whoever took it. It is broken without being asked only when it was taken by
a terraform that we started on this host and that certainly runs no more.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from infra.errors import AccessError, ConflictError
from infra.holders import Holder, holder_of, is_gone, read_holder, write_holder
from infra.records import releases_folder
from infra.rest import Rest
from infra.terraform import StateLock, StateLocked

LOCK_FILE = "deploy.lock"
HOLDER_FILE = "deploy.json"
_POLL_SECONDS = 0.2
# Terraform takes its lock within a second of its start; the clocks are the same one.
_TAKEN_AFTER_SECONDS = (-1, 30)


@contextmanager
def deploy_lock(home: Path, environment: str, command: str, wait_seconds: float = 0) -> Iterator[Holder]:
    """Hold the environment's deployments in this home while the block runs.

    Raises ConflictError naming the holder when somebody else keeps it for longer than `wait_seconds`, AccessError when
    the home cannot be written.
    """
    folder = releases_folder(home, environment)
    descriptor = _opened(folder)
    try:
        deadline = time.monotonic() + wait_seconds
        while not _taken(descriptor):
            if time.monotonic() >= deadline:
                raise _held(folder, environment)
            time.sleep(_POLL_SECONDS)
        mine = holder_of(os.getpid(), command)
        write_holder(folder / HOLDER_FILE, mine)
        try:
            yield mine
        finally:
            (folder / HOLDER_FILE).unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def _opened(folder: Path) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)  # plans tell more than others need to know
        return os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise AccessError(
            "the home cannot be written",
            where=str(error.filename or folder),
            why=str(error.strerror),
            fix="set EROS_HOME, or --home, to a folder of yours",
        ) from error


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _held(folder: Path, environment: str) -> ConflictError:
    holder = read_holder(folder / HOLDER_FILE)
    return ConflictError(
        f"another command works on the {environment} environment",
        where=str(folder / LOCK_FILE),
        why=f"{holder.who} since {holder.since}" if holder else "its holder is just starting or ending",
        fix="wait for it, or let this command wait with --wait SECONDS",
    )


def running_note(home: Path, environment: str, stack: str) -> Path:
    """The file that names the terraform which may hold the stack's lock."""
    return releases_folder(home, environment) / "running" / f"{stack}.json"


def state_lock(rest: Rest, bucket: str, prefix: str) -> StateLock | None:
    """Who holds the state at that place, read without taking the lock; None when nobody does.

    The id is the lock object's generation, as in Terraform's own messages.
    """
    path = _object(bucket, prefix)
    about = rest.get("storage", path)
    text = rest.text("storage", path, alt="media") if about is not None else None
    if about is None or text is None:
        return None
    try:
        found: dict[str, Any] = json.loads(text)
    except ValueError:
        found = {}
    return StateLock(
        str(about["generation"]),
        f"gs://{bucket}/{prefix}/default.tflock",
        str(found.get("Operation", "")),
        str(found.get("Who", "")),
        str(found.get("Created", "")),
    )


def release_state(rest: Rest, bucket: str, prefix: str, lock: StateLock) -> bool:
    """Give this very lock back for whoever took it; False when it was released or taken anew meanwhile."""
    return rest.delete("storage", _object(bucket, prefix), ifGenerationMatch=lock.id)


def is_stale(lock: StateLock, note: Holder | None) -> bool:
    """Whether the lock was certainly left behind by the terraform that the note names."""
    if note is None or lock.who != f"{note.user}@{note.host}" or not is_gone(note):
        return False
    taken, started = _instant(lock.created), _instant(note.since)
    if taken is None or started is None:
        return False
    first, last = (started + timedelta(seconds=one) for one in _TAKEN_AFTER_SECONDS)
    return first <= taken <= last


def clear_state(rest: Rest, bucket: str, prefix: str, stack: str, note: Path, unlock_hint: str) -> StateLock | None:
    """Make sure that nobody holds the stack's state; returns the stale lock that had to be broken for it.

    Raises StateLocked when the lock's holder may still be alive.
    """
    lock = state_lock(rest, bucket, prefix)
    if lock is None:
        return None
    if not is_stale(lock, read_holder(note)):
        raise StateLocked(stack, lock, f"wait for it; if it is certainly gone: {unlock_hint} {stack} --id {lock.id}")
    release_state(rest, bucket, prefix, lock)
    note.unlink(missing_ok=True)
    return lock


def _object(bucket: str, prefix: str) -> str:
    return f"b/{bucket}/o/{quote(f'{prefix}/default.tflock', safe='')}"


def _instant(text: str) -> datetime | None:
    """An RFC 3339 instant; Go writes nine digits of a second, Python reads six."""
    whole, dot, rest = text.partition(".")
    if dot:
        digits = len(rest) - len(rest.lstrip("0123456789"))
        text = f"{whole}.{rest[:digits][:6]}{rest[digits:]}"
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
