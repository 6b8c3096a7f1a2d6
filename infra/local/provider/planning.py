"""What a change will do, from the configuration and the state alone: the planned values and what forces a replacement.

It answers as the provider's own SDK does ("legacy type system"): what the configuration leaves out gets the default;
what only the cloud knows is unknown until the resource exists and keeps its value afterwards; a difference that means
the same keeps the spelling of the state. Pure: nothing is read here but the arguments.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.local.provider.same import column_mode, column_type, same_blocks, same_value
from infra.local.provider.schema import Block, NestedBlock
from infra.local.provider.values import UNKNOWN, Value, known

ATTRIBUTION_LABEL = {"goog-terraform-provisioned": "true"}
"""What the provider adds to a new resource's labels unless add_terraform_attribution_label is false."""

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Plan:
    """The planned object, and the attributes that cannot change in place."""

    value: Value
    replace: list[Path] = field(default_factory=list)


@dataclass(frozen=True)
class Defaults:
    """What the provider's configuration adds to a resource's own."""

    project: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    attribution: bool = True


def plan(block: Block, config: Value, prior: Value | None, proposed: Value, defaults: Defaults) -> Plan:
    """The plan of one resource that stays or comes.

    `proposed` is Terraform's merge of configuration and state; `prior` is None for a resource that does not exist.
    """
    replace: list[Path] = []
    value = _planned(block, config, prior, proposed, (), replace)
    _add_project(block, config, prior, value, defaults, replace)
    _add_labels(block, prior, value, defaults)
    if prior is not None and _schema_forces_new(block, prior, value):
        replace.append(("schema",))
    return Plan(value, replace)


def schema_forces_new(old: str, new: str) -> bool:
    """Whether a table of schema `old` has to be replaced to get schema `new`.

    The provider's documented rule: top-level columns may be dropped in place (by ALTER TABLE DROP COLUMN) as long as
    none is added in the same change; a new REQUIRED column, another type, a tighter mode or a lost nested field
    replaces the table.
    """
    before, after = (_fields(text) for text in (old, new))
    dropped = before.keys() - after.keys()
    if _fields_force_new(before, after):
        return True
    return bool(dropped) and bool(after.keys() - before.keys())


def settle(block: Block, read: Value, kept: Value) -> Value:
    """What was read, with the spelling of `kept` wherever both mean the same.

    UNKNOWN in `read` is what the cloud never says: the state is all there is. UNKNOWN in `kept` is never kept.
    """
    out: Value = {}
    for name, attribute in block.attributes.items():
        ours, theirs = kept.get(name), read.get(name)
        keep = theirs is UNKNOWN or (ours is not UNKNOWN and same_value(attribute, ours, theirs))
        out[name] = known(ours) if keep else theirs
    for name, nested in block.blocks.items():
        out[name] = _settled(nested, read.get(name), kept.get(name))
    return out


def _planned(
    block: Block, config: Value, prior: Value | None, proposed: Value, path: Path, replace: list[Path]
) -> Value:
    out: Value = {}
    for name, attribute in block.attributes.items():
        value = proposed.get(name)
        if config.get(name) is None:
            if attribute.default is not None:
                value = attribute.default
            elif attribute.computed:
                value = UNKNOWN if prior is None else prior.get(name)
        if prior is not None:
            if same_value(attribute, prior.get(name), value):
                value = prior.get(name)
            elif attribute.force_new:
                replace.append((*path, name))
        out[name] = value
    for name, nested in block.blocks.items():
        old = None if prior is None else prior.get(name)
        out[name] = _planned_blocks(
            nested, config.get(name), old, proposed.get(name), (*path, name), replace, new=prior is None
        )
    return out


def _planned_blocks(
    nested: NestedBlock, config: Any, prior: Any, proposed: Any, path: Path, replace: list[Path], *, new: bool
) -> Any:
    if nested.nesting == "single":
        return proposed
    if config is UNKNOWN:
        if nested.force_new and not new:
            replace.append(path)
        return UNKNOWN
    if nested.computed and not config:
        return UNKNOWN if new else prior
    if not new and same_blocks(nested, prior, proposed):
        return prior
    before, given = list(prior or []), list(config or [])
    if not new:
        replace += _unchangeable(nested, before, given, path)
    if nested.nesting == "set":
        # Only the one element of a set of one can be told to be the one that was there before.
        old = before[0] if before and nested.max_items == 1 else None
        return [_planned(nested.block, item, old, item, path, []) for item in given]
    return [
        _planned(nested.block, item, before[index] if index < len(before) else None, merged, (*path, index), replace)
        for index, (item, merged) in enumerate(zip(given, proposed or [], strict=False))
    ]


def _unchangeable(nested: NestedBlock, before: list[Value], given: list[Value], path: Path) -> Iterator[Path]:
    """Where a block that comes or goes, or any element of a set, touches what forces a replacement.

    A set's elements have no identity: a changed one is another one.
    """
    if nested.nesting == "set":
        if nested.force_new or any(attribute.force_new for attribute in nested.block.attributes.values()):
            yield path
        return
    if nested.force_new and len(before) != len(given):
        yield path
    longer = before if len(before) > len(given) else given
    for index in range(min(len(before), len(given)), len(longer)):
        yield from _fixed(nested.block, longer[index], (*path, index))


def _fixed(block: Block, value: Value, path: Path) -> Iterator[Path]:
    """The attributes set in a block that force a replacement."""
    for name, attribute in block.attributes.items():
        if attribute.force_new and value.get(name) not in (None, "", 0, [], {}):
            yield (*path, name)
    for name, nested in block.blocks.items():
        items = value.get(name)
        for index, item in enumerate(items if isinstance(items, list) and nested.nesting == "list" else []):
            yield from _fixed(nested.block, item, (*path, name, index))


def _settled(nested: NestedBlock, read: Any, kept: Any) -> Any:
    if read is UNKNOWN:
        return known(kept)
    if kept is UNKNOWN:
        return known(read)
    if same_blocks(nested, kept, read):
        return kept
    ours = list(kept or [])
    if nested.nesting == "set" and nested.max_items != 1:
        return known(read)
    return [
        settle(nested.block, item, ours[index]) if index < len(ours) else known(item)
        for index, item in enumerate(read or [])
    ]


def _add_project(
    block: Block, config: Value, prior: Value | None, value: Value, defaults: Defaults, replace: list[Path]
) -> None:
    attribute = block.attributes.get("project")
    if attribute is None or not attribute.computed or config.get("project") is not None or defaults.project is None:
        return
    if prior is not None and prior.get("project") not in (None, defaults.project):
        replace.append(("project",))
    value["project"] = defaults.project


def _add_labels(block: Block, prior: Value | None, value: Value, defaults: Defaults) -> None:
    if "effective_labels" not in block.attributes:
        return
    labels = value.get("labels")
    if labels is UNKNOWN or any(item is UNKNOWN for item in (labels or {}).values()):
        value["terraform_labels"] = value["effective_labels"] = UNKNOWN
        return
    before = (prior or {}).get("terraform_labels") or {}
    attributed = defaults.attribution and (prior is None or ATTRIBUTION_LABEL.keys() <= before.keys())
    ours = {**(ATTRIBUTION_LABEL if attributed else {}), **defaults.labels, **(labels or {})}
    others = {key: text for key, text in ((prior or {}).get("effective_labels") or {}).items() if key not in before}
    for name, planned in (("terraform_labels", ours), ("effective_labels", {**others, **ours})):
        is_same = prior is not None and same_value(block.attributes[name], prior.get(name), planned)
        value[name] = prior[name] if prior is not None and is_same else planned


def _schema_forces_new(block: Block, prior: Value, value: Value) -> bool:
    attribute = block.attributes.get("schema")
    old, new = prior.get("schema"), value.get("schema")
    if attribute is None or attribute.same != "table_schema" or not isinstance(new, str) or not old:
        return False
    return not same_value(attribute, old, new) and schema_forces_new(old, new)


def _fields(text: str) -> dict[str, Any]:
    try:
        listed = json.loads(text)
    except ValueError:
        return {}
    return {str(given.get("name")): given for given in listed or [] if isinstance(given, dict)}


def _fields_force_new(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    if any(column_mode(given) == "REQUIRED" for name, given in new.items() if name not in old):
        return True
    return any(_field_forces_new(old[name], new[name]) for name in old.keys() & new.keys())


def _field_forces_new(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    if column_type(str(old.get("type"))) != column_type(str(new.get("type"))):
        return True
    modes = column_mode(old), column_mode(new)
    if modes[0] != modes[1] and modes != ("REQUIRED", "NULLABLE"):
        return True
    before, after = ({str(part.get("name")): part for part in given.get("fields") or []} for given in (old, new))
    return bool(before.keys() - after.keys()) or _fields_force_new(before, after)
