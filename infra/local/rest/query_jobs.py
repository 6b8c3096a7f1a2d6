"""A query from its configuration to its statistics; shared by jobs.insert and jobs.query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.local.engine import QueryParameter
from infra.local.engine.results import ScriptResult
from infra.local.engine.types import TypeNameError, from_rest_param_type
from infra.local.rest.decoding import parameter_value
from infra.local.rest.errors import RestError, check_fields, not_found, not_supported
from infra.local.rest.exchange import whole_number
from infra.local.rest.job_statistics import rest_fields, script_statistics, statistics
from infra.local.rest.jobs import Job, Rows
from infra.local.rest.labels import check_labels
from infra.local.rest.script_jobs import script_jobs
from infra.local.rest.service import Service

_JOB_FIELDS = frozenset({"query", "labels", "jobTimeoutMs", "dryRun", "jobType"})
_QUERY_FIELDS = frozenset(
    {
        "query",
        "useLegacySql",
        "queryParameters",
        "parameterMode",
        "defaultDataset",
        "maximumBytesBilled",
        "useQueryCache",
        "priority",
    }
)


@dataclass(frozen=True)
class QueryPlan:
    """A checked query configuration. `maximum_bytes_billed` in bytes, None for no cap."""

    sql: str
    parameters: tuple[QueryParameter, ...]
    default_dataset: str | None
    maximum_bytes_billed: int | None
    dry_run: bool


def plan_query(service: Service, configuration: Mapping[str, Any]) -> QueryPlan:
    """Check a JobConfiguration with a query. Raises RestError for what is wrong and for what is not done here."""
    check_fields(dict(configuration), _JOB_FIELDS, "configuration")
    query = configuration["query"]
    check_fields(query, _QUERY_FIELDS, "configuration.query")
    if query.get("useLegacySql", True):
        raise not_supported("Legacy SQL (configuration.query.useLegacySql, true unless it is sent as false)", "query")
    sql = query.get("query")
    if not isinstance(sql, str) or not sql.strip():
        raise RestError("required", "Required parameter is missing: query", "query")
    check_labels(configuration.get("labels"))
    whole_number(configuration.get("jobTimeoutMs"), "jobTimeoutMs")
    return QueryPlan(
        sql=sql,
        parameters=_parameters(query),
        default_dataset=_default_dataset(service, query.get("defaultDataset")),
        maximum_bytes_billed=whole_number(query.get("maximumBytesBilled"), "maximumBytesBilled"),
        dry_run=bool(configuration.get("dryRun")),
    )


def work_of(service: Service, plan: QueryPlan) -> Callable[[Job], None]:
    """The work of a query job: run it and leave rows and statistics on the job."""

    def work(job: Job) -> None:
        result = execute(service, plan, job)
        job.statistics = statistics(service, result)
        if result.columns:
            job.rows = Rows(rest_fields(result), result.rows)

    return work


def execute(service: Service, plan: QueryPlan, job: Job | None = None) -> ScriptResult:
    """Run the plan in a session of its own; `job` can interrupt it, and gets the jobs of a script's statements."""
    session = service.engine.session(plan.default_dataset)
    try:
        if job is not None:
            job.interruptible(session.interrupt, lambda: session.is_queued)
        cap = plan.maximum_bytes_billed
        return session.run(plan.sql, plan.parameters, dry_run=plan.dry_run, maximum_bytes_billed=cap)
    finally:
        if job is not None:
            job.uninterruptible()
            if session.script is not None:
                job.children = script_jobs(service, job, session.script)
                job.statistics = script_statistics(session.script)
                service.jobs.adopt(job.children)
        session.close()


def _default_dataset(service: Service, reference: Mapping[str, Any] | None) -> str | None:
    if not reference:
        return None
    project = reference.get("projectId") or service.project
    if project != service.project:
        raise not_found("Dataset", f"{project}:{reference.get('datasetId')}")
    return str(reference["datasetId"])


def _parameters(query: Mapping[str, Any]) -> tuple[QueryParameter, ...]:
    given: Sequence[Mapping[str, Any]] = query.get("queryParameters") or ()
    parameters = tuple(_parameter(index, one) for index, one in enumerate(given))
    named = [parameter.name.lower() for parameter in parameters if parameter.name]
    if named and len(named) != len(parameters):
        raise RestError("invalidQuery", "Named and positional query parameters cannot be mixed", "query")
    repeated = next((name for name in named if named.count(name) > 1), None)
    if repeated:
        raise RestError("invalidQuery", f"Duplicate query parameter: {repeated}", "query")
    return parameters


def _parameter(index: int, given: Mapping[str, Any]) -> QueryParameter:
    name = given.get("name") or None
    shown = name or f"#{index + 1}"
    kind = given.get("parameterType") or {}
    try:
        data_type = from_rest_param_type(kind)
    except TypeNameError as error:
        raise RestError("invalid", f"Query parameter '{shown}': {error}", shown) from None
    return QueryParameter(name, data_type, parameter_value(shown, kind, given.get("parameterValue") or {}))
