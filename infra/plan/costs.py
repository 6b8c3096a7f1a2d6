"""What each scheduled query costs a day, before and after the change: an estimate, from dry runs that bill nothing.

bytes per run = sum over leaf statements of max(what the dry run says, 10 MiB per table it reads); dollars per day =
that x firings per day x the price of a TiB. It is an estimate: every branch and every firing counts as if it did its
work, a loop once, and a temporary table at its minimum. Prices: cloud.google.com/bigquery/pricing, on demand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from infra.catalog import Catalog
from infra.dry_runs import DryRunner, Spent, dollars
from infra.errors import InfraError
from infra.plan.model import Change, Plan
from infra.plan.scripts import Leaf, leaves
from infra.plan.texts import routine_sql, schedule_sql
from infra.plan.words.schedules import firings_per_day

MINIMUM_BYTES = 10 * 1024**2
"""Billed for each table that a statement reads, however small it is."""
_SCHEDULE = "google_bigquery_data_transfer_config"
_ROUTINE = "google_bigquery_routine"


@dataclass(frozen=True)
class Estimate:
    """Of one side of a change. `guessed` of its `statements` could not be dry-run and count with their whole tables."""

    bytes_per_run: int
    runs_per_day: float
    statements: int
    guessed: int

    @property
    def bytes_per_day(self) -> float:
        """Bytes billed a day, if every firing does its work."""
        return self.bytes_per_run * self.runs_per_day

    @property
    def dollars_per_day(self) -> float:
        """The same in dollars on demand."""
        return dollars(self.bytes_per_day)


@dataclass(frozen=True)
class CostChange:
    """One scheduled query. A side is None when it does not exist then, or when nobody can tell: `unknown` says why."""

    stack: str
    address: str
    name: str
    before: Estimate | None
    after: Estimate | None
    last_week: Spent | None = None
    unknown: str = ""

    @property
    def rise(self) -> float:
        """Dollars a day more than before; less is negative."""
        return _dollars(self.after) - _dollars(self.before)


def estimate_costs(
    plan: Plan, catalog: Catalog, dry_run: DryRunner, last_week: Mapping[str, Spent] | None = None
) -> tuple[CostChange, ...]:
    """Every scheduled query of the plan, the unchanged ones too: a procedure that they call may have changed.

    Equal statements are asked about once. Raises InfraError when the dry runner cannot work at all.
    """
    asked = cache(dry_run)
    procedures = [dict(_procedures(plan, side)) for side in ("before", "after")]
    found = []
    for change in plan.resources:
        if change.type == _SCHEDULE:
            found.append(_cost(change, procedures, catalog, asked, (last_week or {}).get(_name(change))))
    return tuple(found)


def estimate(statements: Sequence[Leaf], runs: float, ask: DryRunner) -> Estimate:
    """Of the leaf statements of a script, in their order, that fires so many times a day."""
    made: dict[str, Sequence[Mapping[str, Any]]] = {}
    total = guessed = 0
    for leaf in statements:
        answer = ask(leaf.text(made))
        if leaf.makes:
            made[leaf.makes] = answer.columns
        if answer.refusal:
            total += sum(max(_whole(table, ask), MINIMUM_BYTES) for table in leaf.tables)
            total += leaf.temporary * MINIMUM_BYTES
            guessed += 1
        else:
            tables = max(len(answer.tables), len(leaf.tables)) + leaf.temporary
            total += max(answer.bytes, tables * MINIMUM_BYTES)
    return Estimate(total, runs, len(statements), guessed)


def _cost(
    change: Change, procedures: Sequence[Mapping[str, str]], catalog: Catalog, ask: DryRunner, spent: Spent | None
) -> CostChange:
    sides = (change.before, change.after)
    try:
        statements = [leaves(schedule_sql(side), known, catalog) for side, known in zip(sides, procedures, strict=True)]
    except InfraError as error:
        return CostChange(change.stack, change.address, _name(change), None, None, spent, f"{error.what}: {error.why}")
    before, after = (
        None if side is None else estimate(found, firings_per_day(side.get("schedule"), side.get("disabled")), ask)
        for side, found in zip(sides, statements, strict=True)
    )
    return CostChange(change.stack, change.address, _name(change), before, after, spent)


def _whole(table: str, ask: DryRunner) -> int:
    """All bytes of a table; 0 for one that is not there yet."""
    return ask(f"SELECT * FROM `{table}`").bytes


def _procedures(plan: Plan, side: str) -> Iterator[tuple[str, str]]:
    for change in plan.resources:
        arguments: Mapping[str, Any] | None = getattr(change, side)
        if change.type == _ROUTINE and arguments and arguments.get("routine_type") == "PROCEDURE":
            yield str(arguments.get("routine_id")).lower(), routine_sql(arguments)


def _name(change: Change) -> str:
    return str((change.after or change.before or {}).get("display_name") or change.name)


def _dollars(estimate: Estimate | None) -> float:
    return 0.0 if estimate is None else estimate.dollars_per_day
