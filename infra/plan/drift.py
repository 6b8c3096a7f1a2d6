"""What differs from the state, without what nobody decided: the one place that tells noise from drift.

Plan, drift and plan comment read plans through here, so that all of them show the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from infra.plan.columns import UnreadableSchema, compare_schemas, read_schema
from infra.plan.model import Change, Grant, StackPlan, read_plan
from infra.plan.values import frozen, thawed
from infra.plan.words.access import member_of, role_of
from infra.plan.words.plain import COMPUTED, is_nothing

Side = Mapping[str, Any] | None
DEFAULT_ACCESS = frozenset(
    {
        ("projectOwners", "roles/bigquery.dataOwner"),
        ("projectWriters", "roles/bigquery.dataEditor"),
        ("projectReaders", "roles/bigquery.dataViewer"),
    }
)
"""What BigQuery gives to the project's own basic roles in every new dataset."""


def read_plans(shown: Mapping[str, Mapping[str, Any]]) -> tuple[StackPlan, ...]:
    """The plans of all stacks, from the parsed `terraform show -json` of each; their drift is what somebody decided.

    All together, because a dataset's list of access is in one stack and the grants that account for it in another.
    Raises InfraError as `read_plan` does.
    """
    plans = [read_plan(stack, one) for stack, one in shown.items()]
    granted = frozenset(grant for plan in plans for grant in plan.grants)
    return tuple(replace(plan, drift=tuple(decided(plan.drift, granted))) for plan in plans)


def decided(drift: Collection[Change], granted: Collection[Grant]) -> Iterator[Change]:
    """The changes in which something differs that is neither computed by a provider nor accounted for by a grant."""
    for change in drift:
        before, after = _without_grants(change, granted)
        if after is None or any(_differs(name, before or {}, after) for name in {*(before or {}), *after}):
            yield replace(change, before=before, after=after)


def _differs(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    was, becomes = before.get(name), after.get(name)
    if name in COMPUTED or was == becomes or (is_nothing(was) and is_nothing(becomes)):
        return False
    return _schema_differs(was, becomes) if name == "schema" else True


def _schema_differs(before: Any, after: Any) -> bool:
    try:
        return bool(compare_schemas(read_schema(before), read_schema(after)))
    except UnreadableSchema:
        return True


def _without_grants(change: Change, granted: Collection[Grant]) -> tuple[Side, Side]:
    """Both sides of a dataset with only those entries of its access list that nothing accounts for.

    What BigQuery gives by itself is missed when it is gone, and not told when it is there.
    """
    before, after = change.before, change.after
    if change.type != "google_bigquery_dataset" or before is None or after is None:
        return before, after
    dataset = str(after.get("dataset_id"))
    old, new = (
        [one for one in entries if one.get("condition") or (dataset, role_of(one), member_of(one)) not in granted]
        for entries in (before.get("access") or (), after.get("access") or ())
    )
    new = [one for one in new if one in old or (one.get("special_group"), role_of(one)) not in DEFAULT_ACCESS]
    return tuple(frozen({**side, "access": _sorted(left)}) for side, left in ((before, old), (after, new)))


def _sorted(entries: Collection[Any]) -> list[Any]:
    return sorted(map(thawed, entries), key=repr)
