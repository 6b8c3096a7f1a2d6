"""What a deployment consists of: every object's text, the scheduled scripts, and one name for all of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from sql import SqlSettings, deploy_order, names, render, source_digest

SEEDING = "queries/ensure_guard_rows"
"""Run after the objects, for all pages: every other writer conflicts on the sentinel row that it leaves."""


def rendered_objects(settings: SqlSettings) -> dict[str, str]:
    """GoogleSQL by object name ("tables/creators"), in the order in which it must be deployed."""
    return {name: render(name, settings) for name in deploy_order()}


def rendered_schedules(settings: SqlSettings) -> dict[str, str]:
    """The scheduled scripts by name ("scheduled_queries/health_check"); they write down the release they belong to."""
    return {name: render(name, settings, release=release_id()) for name in names("scheduled_queries")}


@cache
def release_id() -> str:
    """The release: `r` and 12 hex digits over every object, script and seeding text; the same in every project.

    A script cannot hold a hash of itself: it is hashed with a release of that name instead.
    """
    here = SqlSettings()
    scripts = {name: render(name, here, release="release") for name in names("scheduled_queries")}
    return "r" + fingerprint({**rendered_objects(here), **scripts, SEEDING: render(SEEDING, here)})[:12]


def fingerprint(rendered: Mapping[str, str]) -> str:
    """SHA-256 over all texts in their order: equal when there is nothing to deploy."""
    digest = hashlib.sha256()
    for name, text in rendered.items():
        digest.update(f"{name}\0{text}\0".encode())
    return digest.hexdigest()


def source_fingerprint(settings: SqlSettings) -> str:
    """Names what a deployment would consist of without rendering it: equal only when every text is equal too."""
    here = Path(__file__).read_text(encoding="utf-8")
    return fingerprint({"sql": source_digest(), "settings": repr(settings), "choice": here})
