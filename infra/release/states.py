"""Terraform's states as they lie in the bucket, read without Terraform: it would write an empty one where none is."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from infra.release.site import Site


def read_state(site: Site, stack: str) -> dict[str, Any] | None:
    """A stack's state; None before its first plan."""
    name = quote(f"{site.environment.state_prefix(stack)}/default.tfstate", safe="")
    text = site.rest.text("storage", f"b/{site.environment.bucket}/o/{name}", alt="media")
    return dict(json.loads(text)) if text else None
