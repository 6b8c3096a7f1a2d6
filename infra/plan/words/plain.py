"""Arguments that have no words of their own: name, value before, value after."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from infra.plan.values import UNKNOWN, block, thawed

_LONGEST = 160
COSMETIC = frozenset({"labels", "user_labels", "description", "friendly_name", "documentation"})
"""What people read and nothing acts by."""
COMPUTED = frozenset(
    {
        "create_time",
        "creation_record",
        "creation_time",
        "effective_labels",
        "email",
        "etag",
        "id",
        "last_modified_time",
        "member",
        "mutation_record",
        "num_bytes",
        "num_long_term_bytes",
        "num_rows",
        "project_number",
        "self_link",
        "terraform_labels",
        "unique_id",
        "update_time",
        "updated",
        "url",
    }
)
"""What a provider fills in by itself and nobody decides."""


def argument_words(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, told: Collection[str] = ()
) -> Iterator[str]:
    """Every other argument that differs; `told` are those that have been told already."""
    old, new = before or {}, after or {}
    for name in sorted({*old, *new} - set(told)):
        was, becomes = old.get(name), new.get(name)
        if was == becomes or becomes == UNKNOWN or (is_nothing(was) and is_nothing(becomes)):
            continue
        if after is None or name in COMPUTED:
            continue
        yield f"{name} = {shown(becomes)}" if before is None else f"{name}: {shown(was)} -> {shown(becomes)}"


def shown(value: Any) -> str:
    """A value on one line, cut when it is long."""
    if isinstance(value, str):
        text = " ".join(value.split())
    else:
        single = block(value) if isinstance(value, list | tuple) and len(value) == 1 else None
        given = _without_nothing(thawed(value if single is None else single))
        text = json.dumps(given, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nothing(item) for key, item in value.items() if not is_nothing(item)}
    return [_without_nothing(item) for item in value] if isinstance(value, list) else value


def is_nothing(value: Any) -> bool:
    """Whether it says no more than leaving it away would."""
    return value is None or value is False or value in ("", (), [], {}, 0)
