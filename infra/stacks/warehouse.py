"""The warehouse stack: the dataset, its tables, routines and view, and the dataset of its backups.

All of it is derived from sql/: nothing here knows a column, an argument or a line of a body.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from infra.catalog.deployed import Deployed
from infra.cdk import add, google
from infra.environments import Environment
from infra.errors import InfraError
from infra.stacks.base import kept, labels
from infra.stacks.literals import literal
from infra.stacks.types import standard_table_type, standard_type, table_field, text_of
from infra.syntax import script as tree
from sql import sidecar

TIME_TRAVEL_HOURS = 168
"""The longest there is: seven days in which a wrong write can be read around."""
_ROUTINES = {"functions": "SCALAR_FUNCTION", "table_functions": "TABLE_VALUED_FUNCTION", "procedures": "PROCEDURE"}
_BY_UNIT = re.compile(
    r"(?:TIMESTAMP|DATETIME|DATE)_TRUNC\(\s*`?(\w+)`?\s*,\s*(HOUR|DAY|MONTH|YEAR)\s*\)", re.IGNORECASE
)
_BY_DAY = re.compile(r"DATE\(\s*`?(\w+)`?\s*\)|`?(\w+)`?", re.IGNORECASE)


def declare(stack: Any, environment: Environment, objects: Mapping[str, Deployed]) -> None:
    """Both datasets and every object of `objects`, which come after what they refer to."""
    dataset = _dataset(stack, environment, environment.dataset, "What captions go where, and why: tables and routines")
    _dataset(stack, environment, environment.backups_dataset, "Snapshots that deployments take before they change data")
    declared: dict[str, Any] = {}
    for name, item in objects.items():
        after = [declared[other] for other in item.references]
        declared[name] = _object(stack, environment, item, [dataset, *after])


def _dataset(stack: Any, environment: Environment, name: str, description: str) -> Any:
    return add(
        google.bigquery_dataset.BigqueryDataset,
        stack,
        name,
        dataset_id=name,
        project=environment.project,
        location=environment.location,
        description=description,
        max_time_travel_hours=str(TIME_TRAVEL_HOURS),
        delete_contents_on_destroy=False,
        labels=labels(environment, "warehouse"),
        lifecycle=kept(),
    )


def _object(stack: Any, environment: Environment, item: Deployed, after: Sequence[Any]) -> Any:
    shared = {"dataset_id": environment.dataset, "project": environment.project, "depends_on": after}
    match item.definition:
        case tree.CreateTable() as table:
            return _table(stack, environment, item, table, shared)
        case tree.CreateView():
            return _view(stack, environment, item, shared)
        case tree.CreateFunction() | tree.CreateProcedure() as routine:
            return _routine(stack, item, routine, shared)
    raise InfraError(f"{item.name}: no stack declares such an object")


def _table(stack: Any, environment: Environment, item: Deployed, table: tree.CreateTable, shared: Any) -> Any:
    tables = google.bigquery_table
    unit, field = partitioning(table) or (None, None)
    return add(
        tables.BigqueryTable,
        stack,
        item.id,
        table_id=item.id,
        description=literal(description_of(item)),
        schema=literal(json.dumps(schema(table), ensure_ascii=False)),
        time_partitioning=tables.BigqueryTableTimePartitioning(type=unit, field=field) if unit else None,
        require_partition_filter=requires_partition_filter(table) or None,
        clustering=list(table.cluster_by) or None,
        deletion_protection=True,
        labels=labels(environment, "warehouse"),
        lifecycle=kept(),
        **shared,
    )


def _view(stack: Any, environment: Environment, item: Deployed, shared: Any) -> Any:
    tables = google.bigquery_table
    return add(
        tables.BigqueryTable,
        stack,
        item.id,
        table_id=item.id,
        description=literal(description_of(item)),
        view=tables.BigqueryTableView(query=literal(item.body), use_legacy_sql=False),
        deletion_protection=True,
        labels=labels(environment, "warehouse"),
        **shared,
    )


def _routine(stack: Any, item: Deployed, routine: tree.CreateFunction | tree.CreateProcedure, shared: Any) -> Any:
    routines = google.bigquery_routine
    return add(
        routines.BigqueryRoutine,
        stack,
        item.id,
        routine_id=item.id,
        routine_type=_ROUTINES[item.kind],
        language="SQL",
        definition_body=literal(item.body),
        description=literal(description_of(item)),
        arguments=[
            routines.BigqueryRoutineArguments(
                name=one.name, data_type=_compact(standard_type(_type_of(item, one))), mode=_mode(item, one)
            )
            for one in routine.parameters
        ],
        **_returns(item, routine),
        **shared,
    )


def _returns(item: Deployed, routine: tree.CreateFunction | tree.CreateProcedure) -> dict[str, str]:
    if isinstance(routine, tree.CreateProcedure) or routine.returns is None:
        return {}
    if routine.is_table:
        return {"return_table_type": _compact(standard_table_type(routine.returns.text))}
    return {"return_type": _compact(standard_type(routine.returns.text))}


def _type_of(item: Deployed, parameter: tree.RoutineParameter) -> str:
    if parameter.type is None:
        raise InfraError(f"{item.name}: parameter {parameter.name} is of ANY TYPE, which no stack declares")
    return parameter.type.text


def _mode(item: Deployed, parameter: tree.RoutineParameter) -> str | None:
    """Only a procedure's arguments have a mode."""
    return parameter.mode if item.kind == "procedures" else None


def schema(table: tree.CreateTable) -> list[dict[str, Any]]:
    """The schema as tables.get shows it: name, type, mode, description and default of every column."""
    if table.primary_key:
        raise InfraError(f"{table.name[-1]}: a primary key is not declared by any stack")
    unknown = set(table.options) - {"description", "require_partition_filter"}
    if unknown:
        raise InfraError(f"{table.name[-1]} has options that no stack declares: {', '.join(sorted(unknown))}")
    return [table_field(column) for column in table.columns]


def partitioning(table: tree.CreateTable) -> tuple[str, str] | None:
    """Unit and column of PARTITION BY; None without one. Raises InfraError for anything but a column's time unit."""
    if table.partition_by is None:
        return None
    text = table.partition_by.text.strip()
    if found := _BY_UNIT.fullmatch(text):
        return found.group(2).upper(), found.group(1)
    if found := _BY_DAY.fullmatch(text):
        return "DAY", found.group(1) or found.group(2)
    raise InfraError(f"{table.name[-1]}: PARTITION BY {text} is not declared by any stack")


def requires_partition_filter(table: tree.CreateTable) -> bool:
    """Whether a query must say which partitions it reads."""
    option = table.options.get("require_partition_filter")
    return option is not None and option.text.strip().upper() == "TRUE"


def description_of(item: Deployed) -> str:
    """What its statement says of it; a routine's says nothing, and there the sidecar speaks."""
    option = item.definition.options.get("description")
    return text_of(option) if option is not None else str(sidecar(item.name)["description"]).strip()


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
