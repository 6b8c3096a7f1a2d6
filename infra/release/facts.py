"""What a release's record says of its making: who, from which commit, with which versions."""

from __future__ import annotations

import platform
import socket
import subprocess
from importlib import metadata
from pathlib import Path

from infra.holders import user

_PACKAGES = (
    "eros-scheduling",
    "cdktf",
    "cdktf-cdktf-provider-google",
    "google-cloud-bigquery",
    "google-cloud-bigquery-datatransfer",
    "sqlglot",
    "duckdb",
)


def who() -> str:
    """The account and the machine."""
    return f"{user()}@{socket.gethostname()}"


def commit(root: Path) -> tuple[str, bool]:
    """The checkout's commit, and whether files differ from it; ("", False) outside a git checkout."""
    found = _git(root, "rev-parse", "HEAD")
    return (found, bool(_git(root, "status", "--porcelain"))) if found else ("", False)


def versions() -> dict[str, str]:
    """Of Python and of the packages that take part; Terraform's and the provider's come from Terraform."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
