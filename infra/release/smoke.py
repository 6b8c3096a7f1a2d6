"""Looks at the target after a deployment, and changes nothing there: is everything there, and does it answer?"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from infra.errors import InfraError
from infra.gcloud import routine_names, run_statement, table_names
from infra.schedules import Schedule
from sql import SqlSettings, names

_AT_ONCE = 4


def look(
    client: Any, settings: SqlSettings, schedules: tuple[Schedule, ...], now: datetime, tell: Callable[[str], None]
) -> int:
    """Ask for every table, view, routine and schedule, and call what only reads; returns how many checks were made.

    Raises InfraError naming what is missing or does not answer.
    """
    here = table_names(client, settings.dataset)
    _require(settings, "tables or views", {*_ours("tables"), *_ours("views")} - here)
    routines = {one for kind in ("functions", "table_functions", "procedures") for one in _ours(kind)}
    _require(settings, "routines", routines - routine_names(client, settings.dataset))
    _require(settings, "schedules", set(_ours("scheduled_queries")) - {one.name for one in schedules})
    questions = _questions(settings, now)

    def ask(name: str) -> None:
        answer = run_statement(client, f"smoke/{name}", questions[name])
        if not answer or answer[0]["fine"] is not True:
            raise InfraError(f"{name} gives a wrong answer", where=questions[name], why=str(answer))
        tell(f"{name} answers")

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done in [pool.submit(ask, name) for name in questions]:
            done.result()
    return 3 + len(questions)


def _questions(settings: SqlSettings, now: datetime) -> dict[str, str]:
    """One query per thing that can be asked without changing anything; each answers one row, `fine`."""
    place = f"{settings.project}.{settings.dataset}"
    at = f"TIMESTAMP '{now.isoformat()}'"
    bounds, sample = f"`{place}.wilson_score_bounds`", f"`{place}.wilson_sample`"
    found = {
        "wilson_score_bounds": f"SELECT {bounds}(10, 90).lower_bound BETWEEN 0 AND 0.1 AS fine",
        "wilson_sample": f"SELECT {sample}(10, 90, 'smoke') BETWEEN 0 AND 1 AS fine",
        **{
            name: f"SELECT COUNT(*) >= 0 AS fine FROM `{place}.{name}`('*', 30, {at})"
            for name in _ours("table_functions")
        },
        **{name: f"SELECT COUNT(*) >= 0 AS fine FROM `{place}.{name}`" for name in _ours("views")},
        "creator_lock": f"SELECT COUNT(*) = 1 AS fine FROM `{place}.creator_lock` WHERE page_name = '*'",
        "job_guard": f"SELECT COUNT(*) = {len(_ours('scheduled_queries'))} AS fine FROM `{place}.job_guard`",
    }
    return found


def _ours(kind: str) -> list[str]:
    return [name.rpartition("/")[2] for name in names(kind)]


def _require(settings: SqlSettings, what: str, missing: set[str]) -> None:
    if missing:
        raise InfraError(
            f"{what} are missing: {', '.join(sorted(missing))}", where=f"{settings.project}.{settings.dataset}"
        )
