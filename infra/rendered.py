"""What a deployment consists of: every object's text, and one name for all of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from sql import SqlSettings, deploy_order, render

SEEDING = "queries/ensure_guard_rows"
"""Run after the objects, for all pages: every other writer conflicts on the sentinel row that it leaves."""


def rendered_objects(settings: SqlSettings) -> dict[str, str]:
    """GoogleSQL by object name ("tables/creators"), in the order in which it must be deployed."""
    return {name: render(name, settings) for name in deploy_order()}


def fingerprint(rendered: Mapping[str, str]) -> str:
    """SHA-256 over all texts in their order: equal when there is nothing to deploy."""
    digest = hashlib.sha256()
    for name, text in rendered.items():
        digest.update(f"{name}\0{text}\0".encode())
    return digest.hexdigest()
