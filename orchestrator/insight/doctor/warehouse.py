"""Checks of the warehouse: what is deployed, what one may do, and how fresh the data is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from orchestrator.domain import to_local
from orchestrator.errors import AccessError
from orchestrator.insight.doctor.checks import Found, fail, ok, skip, warn
from orchestrator.warehouse.client import Warehouse
from orchestrator.warehouse.inspection import Deployed, deployed, dry_run, missing_permissions
from sql import SqlSettings, constants, deploy_order, render

_COLUMN = re.compile(r"^  `?(\w+)`? [A-Z]", re.MULTILINE)
_STAGE = re.compile(r"stage_[a-z]+_[0-9a-f]{12}")
_CHANGED_BY_US = ("mass_messages", "creator_lock", "schedule_recommendations")
_KINDS = ("tables", "views")


def expected_columns(settings: SqlSettings) -> dict[str, frozenset[str]]:
    """The columns that sql/tables declares, by table."""
    return {
        name.partition("/")[2]: frozenset(_COLUMN.findall(render(name, settings)))
        for name in deploy_order()
        if name.startswith("tables/")
    }


def look_up(warehouse: Warehouse) -> Deployed:
    """What is there of everything that sql/ deploys."""
    names = [name.partition("/") for name in deploy_order()]
    return deployed(
        warehouse,
        [name for kind, _, name in names if kind in _KINDS],
        [name for kind, _, name in names if kind not in _KINDS],
    )


def answers(warehouse: Warehouse) -> Found:
    """A query can be planned: the endpoint is reachable and jobs may be made there."""
    size = dry_run(warehouse, "known_pages")
    settings = warehouse.settings
    place = f"{settings.project}.{settings.dataset} in {settings.location}"
    return ok(f"{place} answers; a query would read {size:,} bytes")


def permissions(warehouse: Warehouse, target: str) -> Found:
    """Rows may be read and changed."""
    if target == "local":
        return skip("the local target knows no permissions but those of its files")
    missing = missing_permissions(warehouse, _CHANGED_BY_US)
    if not missing:
        return ok(f"rows of {', '.join(_CHANGED_BY_US)} may be read and changed")
    lacking = "; ".join(f"{table}: {', '.join(names)}" for table, names in missing.items())
    return fail(f"not allowed: {lacking}", "ask for roles/bigquery.dataEditor on the dataset", AccessError.exit_code)


def objects(found: Deployed, target: str) -> Found:
    """Every table, view and routine of sql/ is there."""
    wanted = [name.partition("/")[2] for name in deploy_order()]
    missing = [name for name in wanted if name not in found.columns and name not in found.bodies]
    if missing:
        return fail(f"missing: {_listed(missing)}", _deploy(target))
    tables = sum(name.startswith("tables/") for name in deploy_order())
    return ok(f"{tables} tables and {len(wanted) - tables} routines and views are there")


def columns(found: Deployed, settings: SqlSettings, target: str) -> Found:
    """Every table has the columns that this code declares."""
    missing = [
        f"{table}.{column}"
        for table, wanted in expected_columns(settings).items()
        if table in found.columns
        for column in wanted - found.columns[table]
    ]
    if missing:
        return fail(f"missing: {_listed(missing)}", _deploy(target))
    return ok("every table has the columns of this code")


def texts(found: Deployed, settings: SqlSettings, target: str) -> Found:
    """Every routine and view says what this code says."""
    others = [name for name in deploy_order() if not name.startswith("tables/")]
    differing = [
        name.partition("/")[2]
        for name in others
        if (body := found.bodies.get(name.partition("/")[2])) is not None
        and not _ends_with(render(name, settings), body)
    ]
    if differing:
        return warn(f"another version is deployed: {_listed(differing)}", _deploy(target))
    return ok("routines and views are those of this code")


def guard_rows(warehouse: Warehouse) -> Found:
    """Every page, and the sentinel, has one guard row: without it nothing can be locked."""
    wrong = warehouse.query("doctor_guard_rows")
    if wrong:
        told = _listed(f"{row['page_name']} has {row['guard_rows']}" for row in wrong)
        return fail(f"guard rows other than one: {told}", "eros import DIR seeds what is missing")
    return ok("one for each page, and the sentinel")


def data(warehouse: Warehouse, now: datetime) -> Found:
    """There is an agency, and its messages are recent."""
    lookback = int(constants()["lookback_days"])
    [row] = warehouse.query("doctor_data", {"as_of": now, "lookback_days": lookback})
    changed = row["pages_changed_at"]
    told = f"{row['active_pages']} active pages, {row['captions']:,} captions"
    told += f", {row['messages']:,} messages in {lookback} days"
    told += f"; an import last changed a page at {to_local(changed):%Y-%m-%d %H:%M %z}" if changed else ""
    if not row["active_pages"] or not row["captions"]:
        return warn(told, "eros import DIR (or try it out: eros sample-data --out DIR)")
    newest = row["newest_message_at"]
    if newest is None:
        return warn(told, "export the newest messages and eros import DIR")
    age = now - newest
    told += f"; the newest message is {_age(age)} old"
    if age.days >= int(constants()["saturation"]["recent_days"]):
        return warn(f"{told}: zones rest on old data", "export the newest messages and eros import DIR")
    learnt = row["learnt_as_of"]
    if learnt is None or newest - learnt > timedelta(days=1):
        return warn(f"{told}, and nothing has been learnt from it", "eros import DIR, or run daily_caption_update")
    return ok(told)


def locks(warehouse: Warehouse, now: datetime) -> Found:
    """No lock outlives its time by more than two sweeps, and no draft is left over."""
    hours = 2 * int(constants()["schedules"]["expired_lock_sweep"]["period_hours"])
    [row] = warehouse.query("doctor_locks", {"before": now - timedelta(hours=hours)})
    problems, fixes = [], []
    if row["locks"]:
        problems.append(f"{row['locks']:,} locks are past since {to_local(row['oldest_at']):%Y-%m-%d}")
        fixes.append("run the scheduled query expired_lock_sweep (cooldowns do not depend on it)")
    if row["drafts"]:
        problems.append(f"{row['drafts']:,} drafts were never locked")
        fixes.append("eros run makes drafts of coming weeks anew")
    return warn("; ".join(problems), "; ".join(fixes)) if problems else ok("none is past its time")


def stages(found: Deployed) -> Found:
    """No import left its stage tables behind."""
    left = [name for name in found.all_tables if _STAGE.fullmatch(name)]
    if left:
        return warn(f"left by an import that was killed, or in use by one now: {_listed(left)}", "eros import DIR")
    return ok("no stage table is left over")


def _deploy(target: str) -> str:
    if target == "local":
        return "eros-infra deploy; or, where none was made yet, eros-infra local down: the next command deploys it"
    return "deploy sql/ to the dataset"


def _ends_with(statement: str, body: str) -> bool:
    """Whether a CREATE statement defines its object by this body, blanks aside: AS (body), AS body or ...) body."""
    text, inner = ("".join(one.split()) for one in (statement, body))
    return text.removesuffix(";").endswith((f"AS({inner})", f"AS{inner}", f"){inner}"))


def _age(age: timedelta) -> str:
    return f"{age.days} days" if age.days else f"{age.total_seconds() / 3600:.0f} h"


def _listed(names: Iterable[str], most: int = 5) -> str:
    listed = list(names)
    return ", ".join(listed[:most]) + (f" and {len(listed) - most} more" if len(listed) > most else "")
