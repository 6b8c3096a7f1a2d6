"""The synthesised stacks of an environment, made once per test process: the first costs seconds."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from infra.environments import Environment, load_environment
from infra.settings import Settings

OWNERS = {"project_number": "123456789012", "billing_account": "0A1B2C-3D4E5F-678901", "alert_emails": "a@b.example"}


def environment(name: str = "prod", **given: Any) -> Environment:
    """An environment with the facts that its owner would give."""
    return load_environment(name, Settings(**{**OWNERS, "webhook_url": "https://relay.example.com/eros", **given}))


@cache
def synthesised(name: str = "prod", **given: Any) -> Mapping[str, Any]:
    """cdk.tf.json by stack."""
    from infra.app import synthesise

    with tempfile.TemporaryDirectory(prefix="eros-stacks-") as folder:
        place = environment(name, **given)
        synthesise(place, Path(folder))
        return {one: json.loads((Path(folder) / "stacks" / one / "cdk.tf.json").read_text()) for one in place.stacks}


def declared(stack: str, kind: str, name: str = "prod", **given: Any) -> dict[str, dict[str, Any]]:
    """A stack's resources of one type by name, without cdktf's own notes."""
    found = synthesised(name, **given)[stack].get("resource", {}).get(kind, {})
    return {one: {key: value for key, value in body.items() if key != "//"} for one, body in found.items()}
