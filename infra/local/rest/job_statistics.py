"""JobStatistics: what BigQuery tells of a query after, or instead of, running it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from infra.local.engine.metadata.views import SCHEMA
from infra.local.engine.results import DmlStats, ScriptResult
from infra.local.engine.types import to_rest_field
from infra.local.rest.service import Service


def rest_fields(result: ScriptResult) -> list[dict[str, Any]]:
    """The schema of a result as REST fields."""
    return [to_rest_field(column.name, column.type, column.mode) for column in result.columns]


def statistics(service: Service, result: ScriptResult) -> dict[str, Any]:
    """JobStatistics: what BigQuery tells about a query after the fact."""
    processed = str(result.bytes_processed)
    query: dict[str, Any] = {
        "statementType": result.statement_type,
        "totalBytesProcessed": processed,
        "totalBytesBilled": str(result.bytes_billed),
        "cacheHit": False,
    }
    if result.affected_rows is not None:
        query["numDmlAffectedRows"] = str(result.affected_rows)
    if result.dml_stats is not None:
        query["dmlStats"] = _dml_stats(result.dml_stats)
    if result.ddl_operation is not None:
        query.update(_ddl_statistics(service, result))
    read = [name for name in result.reads if name[0] not in ("", SCHEMA)]
    if read:
        query["referencedTables"] = [
            {"projectId": service.project, "datasetId": dataset, "tableId": table} for dataset, table in read
        ]
    found: dict[str, Any] = {"totalBytesProcessed": processed, "query": query}
    if result.statement_type == "SCRIPT":
        found["numChildJobs"] = str(len(result.children))
    return found


def script_statistics(results: Sequence[ScriptResult]) -> dict[str, Any]:
    """JobStatistics of a script that failed after these statements."""
    processed = str(sum(result.bytes_processed for result in results))
    billed = str(sum(result.bytes_billed for result in results))
    query = {"statementType": "SCRIPT", "totalBytesProcessed": processed, "totalBytesBilled": billed}
    return {"totalBytesProcessed": processed, "numChildJobs": str(len(results)), "query": query}


def dry_run_statistics(service: Service, result: ScriptResult) -> dict[str, Any]:
    """JobStatistics of a dry run: nothing is billed, and the bytes are as exact as `accuracy` says."""
    found = statistics(service, result)
    found["query"] |= {"totalBytesBilled": "0", "totalBytesProcessedAccuracy": result.accuracy}
    if result.columns:
        found["query"]["schema"] = {"fields": rest_fields(result)}
    return found


def _dml_stats(stats: DmlStats) -> dict[str, str]:
    return {
        "insertedRowCount": str(stats.inserted),
        "updatedRowCount": str(stats.updated),
        "deletedRowCount": str(stats.deleted),
    }


def _ddl_statistics(service: Service, result: ScriptResult) -> dict[str, Any]:
    found: dict[str, Any] = {"ddlOperationPerformed": result.ddl_operation}
    if result.target is None:
        return found
    dataset, name = result.target
    place = {"projectId": service.project, "datasetId": dataset}
    if result.statement_type.endswith(("FUNCTION", "PROCEDURE")):
        found["ddlTargetRoutine"] = {**place, "routineId": name}
    elif not result.statement_type.endswith("SCHEMA"):
        found["ddlTargetTable"] = {**place, "tableId": name}
    return found
