"""Plans for tests: the JSON of `terraform show -json`, as short as it may be, of changes that a test names."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from infra.catalog import Catalog, load_catalog
from sql import SqlSettings

FIXTURES = Path(__file__).resolve().parent / "fixtures" / "plans"
GOOGLE = "registry.terraform.io/hashicorp/google"
ACTIONS = {"replace": ["delete", "create"]}


def change(address: str, action: str, before: Any = None, after: Any = None, **more: Any) -> dict[str, Any]:
    """One resource change; `more` goes into its `change`, except what Terraform writes beside it."""
    kind, _, name = address.partition(".")
    outer = {
        key: more.pop(key) for key in ("action_reason", "previous_address", "mode", "provider_name") if key in more
    }
    return {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider_name": GOOGLE,
        "change": {"actions": ACTIONS.get(action, [action]), "before": before, "after": after, **more},
        **outer,
    }


def updated(address: str, before: dict[str, Any], **after: Any) -> dict[str, Any]:
    """An update in which only `after` differs."""
    return change(address, "update", before, {**before, **after})


def created(address: str, **after: Any) -> dict[str, Any]:
    """A new resource."""
    return change(address, "create", None, after)


def unchanged(address: str, **values: Any) -> dict[str, Any]:
    """A resource that stays as it is."""
    return change(address, "no-op", values, values)


def shown(*changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What `terraform show -json` prints of a saved plan."""
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "resource_changes": list(changes),
        "configuration": {"provider_config": {"google": {"full_name": GOOGLE, "version_constraint": "~> 6.50"}}},
        "applyable": any(one["change"]["actions"] != ["no-op"] for one in changes),
        "complete": True,
        "errored": False,
        **more,
    }


@cache
def catalog(settings: SqlSettings = SqlSettings()) -> Catalog:
    """All of sql/, read once per process and place: it takes seconds."""
    return load_catalog(settings)


def fixture(name: str) -> dict[str, Any]:
    """What Terraform 1.11.4 itself printed."""
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def table(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Arguments of a table that every rule is content with."""
    return {
        "table_id": "creators",
        "deletion_protection": True,
        "labels": {"system": "eros"},
        "schema": json.dumps(list(fields)),
        **more,
    }


def column(name: str, kind: str = "STRING", mode: str = "NULLABLE", **more: Any) -> dict[str, Any]:
    """One field of a schema."""
    return {"name": name, "type": kind, "mode": mode, **more}


NAMES = st.sampled_from("abcdefgh")
TYPES = st.sampled_from(["STRING", "INT64", "NUMERIC", "BIGNUMERIC", "FLOAT64", "BOOL", "DATE", "TIMESTAMP", "JSON"])
MODES = st.sampled_from(["NULLABLE", "REQUIRED", "REPEATED"])


def fields_of(depth: int) -> Any:
    """Schemas with records so deep."""
    leaf = st.builds(column, NAMES, TYPES, MODES)
    if depth == 0:
        return st.lists(leaf, max_size=4, unique_by=lambda one: one["name"])
    record = st.builds(
        lambda name, mode, inner: column(name, "RECORD", mode, fields=inner), NAMES, MODES, fields_of(depth - 1)
    )
    return st.lists(leaf | record, max_size=4, unique_by=lambda one: one["name"])
