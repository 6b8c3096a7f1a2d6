"""Infra's only door to google.cloud: a client for either target, and the deployment of sql/ through it."""

from __future__ import annotations

import re
import uuid
from typing import Any

from google.api_core import exceptions as api
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery

from infra.errors import AccessError, InfraError
from infra.rendered import SEEDING, release_id, rendered_objects
from sql import SqlSettings, constants, render

_GIB = 1024**3


def make_client(settings: SqlSettings, *, url: str | None = None) -> Any:
    """The real BigQuery client: for the local cloud at `url`, or for Google's with the caller's own credentials.

    Raises AccessError when Google's is meant and nobody is signed in.
    """
    if url is not None:
        return bigquery.Client(
            project=settings.project,
            location=settings.location,
            credentials=AnonymousCredentials(),
            client_options=ClientOptions(api_endpoint=url),
        )
    try:
        return bigquery.Client(project=settings.project, location=settings.location)
    except GoogleAuthError as error:
        raise AccessError(
            "not signed in to Google Cloud",
            why=str(error),
            fix="gcloud auth application-default login (or EROS_TARGET=local)",
        ) from error


def apply_sql(client: Any, settings: SqlSettings) -> tuple[str, ...]:
    """Create the dataset, deploy every object of `sql.deploy_order()` and seed the guard rows.

    Returns the objects' names. Repeatable: tables are only created when missing, routines and views are replaced. Each
    job has labels, a bytes cap and a timeout. Raises InfraError naming the object that BigQuery refused.
    """
    dataset = bigquery.Dataset(f"{settings.project}.{settings.dataset}")
    dataset.location = settings.location
    client.create_dataset(dataset, exists_ok=True)
    rendered = rendered_objects(settings)
    for name, text in (*rendered.items(), (SEEDING, render(SEEDING, settings))):
        parameters = [bigquery.ArrayQueryParameter("page_names", "STRING", [])] if name == SEEDING else []
        try:
            _run(client, name, text, parameters)
        except api.GoogleAPIError as error:
            raise InfraError(f"sql/{name}.sql cannot be deployed", where=settings.dataset, why=str(error)) from error
    return tuple(rendered)


def _run(client: Any, name: str, text: str, parameters: list[Any]) -> None:
    limits = constants()["job_limits"]["interactive"]
    labelled = re.sub(r"[^a-z0-9_-]", "-", name.lower())[:63]
    config = bigquery.QueryJobConfig(
        query_parameters=parameters,
        labels={"system": "eros", "component": "deploy", "object": labelled, "release": release_id()},
        maximum_bytes_billed=int(limits["maximum_gib_billed"]) * _GIB,
        job_timeout_ms=int(limits["timeout_seconds"]) * 1000,
    )
    # An id of its own and no job retry: a lost answer is looked up, never run twice.
    job_id = f"eros-deploy-{labelled}-{uuid.uuid4().hex}"
    try:
        job = client.query(text, job_config=config, job_id=job_id, job_retry=None)
    except api.Conflict:
        job = client.get_job(job_id)
    job.result(job_retry=None)
