"""Fire scheduled scripts as the transfer service does: the deployed text, with @run_time the instant it is due."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from google.cloud import bigquery

from infra.rendered import rendered_schedules


def fire(warehouse: Any, name: str, run_time: datetime) -> list[dict[str, Any]]:
    """Run one script ("health_check") to its end; the rows of its last SELECT, if it has one."""
    return [dict(row.items()) for row in fired(warehouse, name, run_time).result(job_retry=None)]


def fired(warehouse: Any, name: str, run_time: datetime) -> Any:
    """The finished job of one firing. Raises what the client raises for a script that failed."""
    text = rendered_schedules(warehouse.settings)[f"scheduled_queries/{name.removeprefix('scheduled_queries/')}"]
    parameter = bigquery.ScalarQueryParameter("run_time", "TIMESTAMP", run_time)
    job = warehouse.client.query(
        text,
        job_config=bigquery.QueryJobConfig(query_parameters=[parameter]),
        job_id=f"scheduled_query_{uuid.uuid4()}",
        job_retry=None,
    )
    job.result(job_retry=None)
    return job
