"""Who holds something on this machine, said so that a later process can tell whether that holder is gone.

A process id alone is reused, so the holder is told by host, boot and the process's own start as well.
"""

from __future__ import annotations

import json
import os
import pwd
import socket
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Holder:
    """One process: `started` is its start in clock ticks since boot, "" where the system does not tell."""

    user: str
    host: str
    boot: str
    pid: int
    started: str
    since: str
    command: str

    @property
    def who(self) -> str:
        """The holder for people, `user@host process 123 (deploy local)`."""
        return f"{self.user}@{self.host} process {self.pid} ({self.command})"


def holder_of(pid: int, command: str) -> Holder:
    """The holder that this machine's process `pid` is, since now."""
    since = datetime.now(UTC).isoformat(timespec="milliseconds")
    return Holder(user(), socket.gethostname(), _boot(), pid, _started(pid), since, command)


def user() -> str:
    """The account's name from the system's list, as in Terraform's locks; what USER says where it is not listed."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return os.environ.get("USER", "")


def is_gone(holder: Holder) -> bool:
    """Whether the holder certainly runs no more: it was of this host, and the process ended or the host was restarted.

    False whenever that cannot be known, as for another host.
    """
    if holder.host != socket.gethostname():
        return False
    if holder.boot != _boot():
        return True
    return not _runs(holder.pid) or _started(holder.pid) != holder.started


def write_holder(path: Path, holder: Holder) -> None:
    """Publish the holder; a reader sees the old file or the new one, never half of it."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    beside.write_text(json.dumps(asdict(holder)) + "\n", encoding="utf-8")
    os.replace(beside, path)


def read_holder(path: Path) -> Holder | None:
    """The holder in the file; None when there is none, or what is there is not readable as one."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Holder(**{**found, "pid": int(found["pid"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _stat(pid)[:1] != ["Z"]


def _started(pid: int) -> str:
    fields = _stat(pid)
    return fields[19] if len(fields) > 19 else ""


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the third, the state, on; empty where there is no /proc."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
