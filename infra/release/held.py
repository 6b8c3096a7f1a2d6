"""Does the target hold what a rollback declared? Asked through Google's own clients, not through Terraform's state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from infra.environments import Environment
from infra.errors import InfraError
from infra.gcloud import routine_as_it_is, run_statement, table_as_it_is
from infra.plan.columns import compare_schemas, read_schema
from infra.release.merge import SCHEDULE, TABLE, bodies
from infra.schedules import Schedules

ROUTINE = "google_bigquery_routine"
_AT_ONCE = 4
Stacks = Mapping[str, Mapping[str, Any]]


def look(
    client: Any, environment: Environment, schedules: Schedules, stacks: Stacks, tell: Callable[[str], None]
) -> int:
    """Compare every table's columns, view, routine and schedule with the stacks; returns how many were looked at.

    Raises InfraError naming each that is missing, there twice, or otherwise than declared.
    """
    declared = [(kind, body) for stack in stacks.values() for (kind, _), body in bodies(stack)]
    asked = [(kind, body) for kind, body in declared if kind in (TABLE, ROUTINE)]

    def ask(one: tuple[str, Mapping[str, Any]]) -> str:
        kind, body = one
        name = f"{environment.project}.{body['dataset_id']}.{body['table_id' if kind == TABLE else 'routine_id']}"
        found = _table(client, name, body) if kind == TABLE else _routine(client, name, body)
        tell(f"{name} is {'not as declared' if found else 'as declared'}")
        return found

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        wrong = [found for found in pool.map(ask, asked) if found]
    named = {str(body["display_name"]): body for kind, body in declared if kind == SCHEDULE}
    wrong += _schedules(schedules, named)
    if wrong:
        raise InfraError(
            "the target does not hold what was declared",
            where=f"{environment.project}.{environment.dataset}",
            why="; ".join(wrong),
            fix=f"eros-infra plan --target {environment.name} shows what differs",
        )
    return len(asked) + len(named)


def schedule_names(stacks: Iterable[Mapping[str, Any]]) -> list[str]:
    """What people call the schedules that these stacks declare."""
    found = {str(body["display_name"]) for stack in stacks for (kind, _), body in bodies(stack) if kind == SCHEDULE}
    return sorted(found)


def plain(text: str) -> str:
    """A literal text of a configuration as Google gets it: Terraform's marks are doubled there."""
    return text.replace("$${", "${").replace("%%{", "%{")


def _table(client: Any, name: str, body: Mapping[str, Any]) -> str:
    found = table_as_it_is(client, name)
    if "view" in body:
        run_statement(client, "rollback/view", f"SELECT COUNT(*) AS rows_there FROM `{name}`")
        query = body["view"][0]["query"] if isinstance(body["view"], list) else body["view"]["query"]
        return "" if found["view"]["query"].strip() == plain(query).strip() else f"{name} has another query"
    live = read_schema((found.get("schema") or {}).get("fields"))
    lost = [str(one) for one in compare_schemas(read_schema(plain(body["schema"])), live) if one.kind.is_loss]
    return f"{name}: {', '.join(lost)}" if lost else ""


def _routine(client: Any, name: str, body: Mapping[str, Any]) -> str:
    found = routine_as_it_is(client, name)
    same = str(found.get("definitionBody", "")).strip() == plain(body["definition_body"]).strip()
    return "" if same else f"{name} has another body"


def _schedules(schedules: Schedules, named: Mapping[str, Mapping[str, Any]]) -> list[str]:
    wrong = []
    for name, found in schedules.declared(named).items():
        body = named[name]
        want = {
            "query": plain(body["params"]["query"]),
            "schedule": body["schedule"],
            "disabled": bool(body.get("disabled")),
        }
        if len(found) != 1:
            wrong.append(f"schedule {name} is there {len(found)} times")
        elif other := [key for key, value in want.items() if found[0][key] != value]:
            wrong.append(f"schedule {name} has another {' and '.join(other)}")
    return wrong
