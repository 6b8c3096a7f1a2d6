"""Infra's only door to google.cloud and google.auth: clients for either target, and the deployment of sql/ through one.

An `endpoint` is the local cloud's address, and None means Google's own with the caller's credentials.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from google.api_core import exceptions as api
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.cloud import bigquery

from infra.dry_runs import DryRun, DryRunner, Spent
from infra.endpoints import ENDPOINTS
from infra.errors import AccessError, BudgetError, InfraError, UsageError
from infra.rendered import SEEDING, release_id, rendered_objects
from infra.rest import GOOGLE, Rest
from sql import SqlSettings, constants, render

_GIB = 1024**3
SPENDING = "queries/schedule_spending"
_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


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
        raise _not_signed_in(error) from error


def rest(project: str, endpoint: str | None = None) -> Rest:
    """Google's REST services, billed to `project`. Raises AccessError when nobody is signed in to them."""
    if endpoint is not None:
        local: Any = requests.Session()
        local.trust_env = False  # no proxy between this machine and itself
        return Rest(
            told(local), {name: endpoint.rstrip("/") + path for name, path in ENDPOINTS.items()}, pause_seconds=0.05
        )
    import google.auth
    from google.auth.transport.requests import AuthorizedSession

    try:
        credentials, _ = google.auth.default(scopes=_SCOPES, quota_project_id=project)
    except GoogleAuthError as error:
        raise _not_signed_in(error) from error
    return Rest(told(AuthorizedSession(credentials)), GOOGLE)


def transfers(endpoint: str | None = None) -> Any:
    """The Data Transfer Service's client over its REST transport: the same code for either target.

    Raises UsageError without the `infra` extra, AccessError when Google's is meant and nobody is signed in.
    """
    try:
        from google.cloud.bigquery_datatransfer_v1.services import data_transfer_service as service
        from google.cloud.bigquery_datatransfer_v1.services.data_transfer_service import transports
    except ModuleNotFoundError as error:
        raise UsageError(
            "scheduled queries cannot be asked about", why=str(error), fix="pip install -e '.[infra]'"
        ) from error
    try:
        if endpoint is None:
            return service.DataTransferServiceClient(transport=transports.DataTransferServiceRestTransport())
    except GoogleAuthError as error:
        raise _not_signed_in(error) from error
    place = urlsplit(endpoint)
    local = transports.DataTransferServiceRestTransport(
        host=place.netloc, url_scheme=place.scheme, credentials=AnonymousCredentials()
    )
    return service.DataTransferServiceClient(transport=local)


def told(client: Any) -> Any:
    """The client or session, but its calls end in our errors: signing in, and the network, fail at any of them."""
    return _Told(client)


class _Told:
    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def call(*given: Any, **named: Any) -> Any:
            with _failures("the target cannot be asked"):
                return method(*given, **named)

        return call


def _not_signed_in(error: GoogleAuthError) -> AccessError:
    return AccessError(
        "not signed in to Google Cloud",
        why=str(error),
        fix="gcloud auth application-default login (or the local target)",
    )


def apply_sql(client: Any, settings: SqlSettings) -> tuple[str, ...]:
    """Create the dataset, deploy every object of `sql.deploy_order()` and seed the guard rows.

    Returns the objects' names. Repeatable: tables are only created when missing, routines and views are replaced. Each
    job has labels, a bytes cap and a timeout. Raises InfraError naming the object that BigQuery refused.
    """
    make_dataset(client, settings.dataset, settings.location)
    rendered = rendered_objects(settings)
    for name, text in rendered.items():
        run_statement(client, name, text)
    seed(client, settings)
    return tuple(rendered)


def make_dataset(client: Any, name: str, location: str, labels: Mapping[str, str] | None = None) -> None:
    """Create the dataset if it is missing. Raises InfraError, AccessError when it may not be created."""
    dataset = bigquery.Dataset(f"{client.project}.{name}")
    dataset.location = location
    dataset.labels = dict(labels or {})
    with _failures(f"the dataset {name} cannot be created"):
        client.create_dataset(dataset, exists_ok=True)


def seed(client: Any, settings: SqlSettings) -> None:
    """Make sure that the guard rows are there which every writer conflicts on; what exists is left alone."""
    no_pages = bigquery.ArrayQueryParameter("page_names", "STRING", [])
    run_statement(client, SEEDING, render(SEEDING, settings), [no_pages])


def table_names(client: Any, dataset: str) -> set[str]:
    """The tables and views of a dataset; none when there is no dataset."""
    with _failures(f"the tables of {dataset} cannot be listed"):
        try:
            return {str(one.table_id) for one in client.list_tables(dataset)}
        except api.NotFound:
            return set()


def routine_names(client: Any, dataset: str) -> set[str]:
    """The routines of a dataset; none when there is no dataset."""
    with _failures(f"the routines of {dataset} cannot be listed"):
        try:
            return {str(one.routine_id) for one in client.list_routines(dataset)}
        except api.NotFound:
            return set()


def make_table_like(client: Any, name: str, model: str) -> None:
    """Create an empty table with the columns, partitions and clusters of another.

    One that exists is left alone. A plain copy of a snapshot would lose its partitions.
    """
    with _failures(f"{name} cannot be created"):
        found = client.get_table(model)
        table = bigquery.Table(name, schema=found.schema)
        table.time_partitioning, table.clustering_fields = found.time_partitioning, found.clustering_fields
        client.create_table(table, exists_ok=True)


def table_as_it_is(client: Any, name: str) -> dict[str, Any]:
    """A table or view as tables.get shows it. Raises InfraError when it is not there."""
    with _failures(f"{name} cannot be read"):
        return dict(client.get_table(name).to_api_repr())


def routine_as_it_is(client: Any, name: str) -> dict[str, Any]:
    """A routine as routines.get shows it. Raises InfraError when it is not there."""
    with _failures(f"{name} cannot be read"):
        return dict(client.get_routine(name).to_api_repr())


def run_statement(client: Any, name: str, text: str, parameters: list[Any] | None = None) -> list[dict[str, Any]]:
    """Run one statement or script as a labelled, capped job of its own; returns its rows.

    `name` is what it is called in labels and errors: "tables/creators". Raises InfraError, AccessError or BudgetError
    with BigQuery's words.
    """
    limits = constants()["job_limits"]["interactive"]
    labelled = re.sub(r"[^a-z0-9_-]", "-", name.lower())[:63]
    config = bigquery.QueryJobConfig(
        query_parameters=parameters or [],
        labels={"system": "eros", "component": "deploy", "object": labelled, "release": release_id()},
        maximum_bytes_billed=int(limits["maximum_gib_billed"]) * _GIB,
        job_timeout_ms=int(limits["timeout_seconds"]) * 1000,
    )
    # An id of its own and no job retry: a lost answer is looked up, never run twice.
    job_id = f"eros-deploy-{labelled}-{uuid.uuid4().hex}"
    with _failures(f"sql/{name}.sql cannot be run"):
        try:
            job = client.query(text, job_config=config, job_id=job_id, job_retry=None)
        except api.Conflict:
            job = client.get_job(job_id)
        return [dict(row.items()) for row in job.result(job_retry=None)]


def dry_runner(client: Any, run_time: datetime) -> DryRunner:
    """Asks BigQuery, on either target, what a statement would read; nothing is run or billed.

    What it refuses to read is an answer. Raises AccessError when it refuses the caller, InfraError without an answer.
    """

    def ask(text: str) -> DryRun:
        parameter = bigquery.ScalarQueryParameter("run_time", "TIMESTAMP", run_time)
        config = bigquery.QueryJobConfig(dry_run=True, use_query_cache=False, query_parameters=[parameter])
        with _failures("BigQuery cannot be asked what the scheduled queries would read"):
            try:
                job = client.query(text, job_config=config, job_retry=None)
            except (api.BadRequest, api.NotFound) as error:
                return DryRun(refusal=str(error.message))
        tables = tuple(sorted({f"{one.project}.{one.dataset_id}.{one.table_id}" for one in job.referenced_tables}))
        return DryRun(int(job.total_bytes_processed or 0), tables, tuple(one.to_api_repr() for one in job.schema or ()))

    return ask


def spent_last_week(client: Any, settings: SqlSettings, now: datetime) -> dict[str, Spent]:
    """What each scheduled query was really billed in the week before `now`, by its name; none that did not run.

    Raises AccessError without roles/bigquery.resourceViewer.
    """
    week = {"since": now - timedelta(days=7), "before": now}
    parameters = [bigquery.ScalarQueryParameter(name, "TIMESTAMP", instant) for name, instant in week.items()]
    rows = run_statement(client, SPENDING, render(SPENDING, settings), parameters)
    return {str(row["job_name"]): Spent(int(row["bytes_billed"]) / 7, int(row["runs"]) / 7) for row in rows}


@contextmanager
def _failures(what: str) -> Iterator[None]:
    try:
        yield
    except (TransportError, requests.RequestException) as error:
        fix = "look at the network and its proxy (on the local target: eros-infra local status), and try again"
        raise InfraError(what, why=str(error), fix=fix) from error
    except RefreshError as error:
        raise _not_signed_in(error) from error
    except (api.Forbidden, api.Unauthorized, GoogleAuthError) as error:
        raise AccessError(what, why=str(error), fix="ask for the missing role, or sign in as somebody else") from error
    except api.GoogleAPIError as error:
        kind = BudgetError if "bytesBilledLimitExceeded" in str(error) or "quotaExceeded" in str(error) else InfraError
        raise kind(what, why=str(error)) from error
