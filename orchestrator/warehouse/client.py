"""The warehouse as the agents see it: named queries in, plain rows out.

Every job carries a bytes cap, a timeout and labels, and an id of its own that is never re-issued by the client library
(`job_retry=None`): a lost answer is looked up by id, a conflict abort is tried again with full jitter, and nothing else
is repeated.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from google.api_core import exceptions as api
from google.auth import exceptions as auth
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.bigquery import client as bigquery_client
from requests import exceptions as http
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from orchestrator.errors import UsageError
from orchestrator.settings import Settings
from orchestrator.warehouse.parameters import to_parameters
from orchestrator.warehouse.retries import explained, is_conflict_abort
from orchestrator.warehouse.target import connected
from orchestrator.warehouse.telling import Telling
from sql import SqlSettings, constants, render, sidecar

_STAGE = re.compile(r"^stage_[a-z]+_[0-9a-f]{12}$")
_GIB = 1024**3
_CONFLICT_BUDGET_SECONDS = 300
_ABANDONED_AFTER = timedelta(days=1)
_LOADED_A_SECOND = 2**20
"""Bytes by which a load may take a second longer: loads are free, and large ones are slow on a small machine."""


@contextmanager
def open_warehouse(settings: Settings, *, read_only: bool = False) -> Iterator[Warehouse]:
    """Connect to the target for the time of a command; `read_only` as in `connected`.

    Raises AccessError without credentials, ConflictError when the local warehouse or its port is taken.
    """
    with connected(settings, read_only=read_only) as url:
        try:
            client = _client(settings, url)
        except (auth.GoogleAuthError, OSError) as error:
            raise explained(error, job="sign-in") from error
        try:
            yield Warehouse(client, settings.sql)
        finally:
            client.close()


def _client(settings: Settings, url: str | None) -> Any:
    if url is None:
        return bigquery.Client(project=settings.project_id, location=settings.location)
    os.environ["BIGQUERY_EMULATOR_HOST"] = url
    return bigquery.Client(project=settings.project_id, location=settings.location, credentials=AnonymousCredentials())


class Warehouse:
    """Runs the project's own SQL through google-cloud-bigquery."""

    def __init__(self, client: Any, settings: SqlSettings, *, component: str = "orchestrator") -> None:
        self.client = client
        self.settings = settings
        self.component = component

    def query(self, name: str, params: Mapping[str, Any] | None = None, **identifiers: str) -> list[dict[str, Any]]:
        """Run `sql/queries/<name>.sql` and return its rows as dicts.

        `params` are the @parameters its sidecar declares; `identifiers` are names the template may render. A query of
        the cost class large gets the limits for heavy jobs. Raises an ErosError for everything BigQuery refuses.
        """
        text = render(f"queries/{name}", self.settings, **identifiers)
        declared = sidecar(f"queries/{name}").get("parameters") or {}
        return self._run(name, text, to_parameters(declared, params or {}), limits=_limits_of(f"queries/{name}"))

    def call(self, procedure: str, arguments: Sequence[tuple[str, Any]] = ()) -> list[dict[str, Any]]:
        """CALL a procedure with (GoogleSQL type, value) arguments; its last SELECT is the answer.

        A procedure of the cost class large gets the limits for heavy jobs.
        """
        names = [f"p{index}" for index in range(len(arguments))]
        types = {name: type_text for name, (type_text, _) in zip(names, arguments, strict=True)}
        values = {name: value for name, (_, value) in zip(names, arguments, strict=True)}
        target = f"`{self.settings.project}.{self.settings.dataset}.{procedure}`"
        text = f"CALL {target}({', '.join('@' + name for name in names)})"
        return self._run(procedure, text, to_parameters(types, values), limits=_limits_of(f"procedures/{procedure}"))

    def now(self) -> datetime:
        """The warehouse's clock, the only one the schedules know."""
        rows = self._run("now", "SELECT CURRENT_TIMESTAMP() AS now", [])
        return rows[0]["now"]

    def load_file(
        self,
        table: str,
        path: Path,
        schema: Sequence[tuple[str, str, str]],
        on_sent: Callable[[int, int], None] | None = None,
    ) -> int:
        """Load a file of newline-delimited JSON into a fresh stage table (`stage_<kind>_<12 hex digits>`).

        Returns the number of rows; an empty file makes no table. Values are JSON-ready: instants and decimals as text.
        The file is sent piece by piece, `on_sent` hears (bytes sent, bytes in all). The table is replaced, so a
        repeated load is harmless.
        """
        self._check_stage(table)
        size = path.stat().st_size
        if size == 0:
            return 0
        timeout = int(constants()["job_limits"]["heavy"]["timeout_seconds"]) + size // _LOADED_A_SECOND
        config = bigquery.LoadJobConfig(
            schema=[bigquery.SchemaField(name, kind, mode=mode) for name, kind, mode in schema],
            source_format=bigquery.SourceFormat.NEWLINE_DELIMITED_JSON,
            write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE,
            labels=self._labels("load"),
            job_timeout_ms=timeout * 1000,
        )
        with self.explaining(table), Telling(path, on_sent or (lambda sent, size: None)) as file:
            job = self.client.load_table_from_file(file, self._stage(table), size=size, job_config=config)
            job.result(retry=_TRANSPORT)
        return int(job.output_rows or 0)

    def drop_stage(self, table: str) -> None:
        """Remove a stage table; nothing happens when it is gone already."""
        self._check_stage(table)
        with self.explaining(table):
            self.client.delete_table(self._stage(table), not_found_ok=True, retry=_SWEEPING)

    def drop_abandoned_stages(self) -> int:
        """Remove stage tables that imports have left which were killed a day ago or earlier; returns how many."""
        dataset = f"{self.settings.project}.{self.settings.dataset}"
        latest = self.now() - _ABANDONED_AFTER
        with self.explaining("abandoned stages"):
            tables = [table for table in self.client.list_tables(dataset) if _STAGE.match(table.table_id)]
        abandoned = [table.table_id for table in tables if table.created is not None and table.created < latest]
        for table in abandoned:
            self.drop_stage(table)
        return len(abandoned)

    def _run(self, name: str, text: str, parameters: list[Any], *, limits: str = "interactive") -> list[dict[str, Any]]:
        limit = constants()["job_limits"][limits]
        config = bigquery.QueryJobConfig(
            query_parameters=parameters,
            maximum_bytes_billed=int(limit["maximum_gib_billed"]) * _GIB,
            job_timeout_ms=int(limit["timeout_seconds"]) * 1000,
            labels=self._labels(name),
        )
        retrying = Retrying(
            retry=retry_if_exception(is_conflict_abort),
            wait=wait_random_exponential(multiplier=1, max=30),
            stop=stop_after_delay(_CONFLICT_BUDGET_SECONDS),
            reraise=True,
        )
        with self.explaining(name):
            return retrying(self._once, name, text, config)

    def _once(self, name: str, text: str, config: Any) -> list[dict[str, Any]]:
        job_id = f"eros-{name.replace('_', '-')}-{uuid.uuid4().hex}"
        try:
            job = self.client.query(text, job_config=config, job_id=job_id, job_retry=None, retry=_TRANSPORT)
        except api.Conflict:
            job = self.client.get_job(job_id)
        return [dict(row.items()) for row in job.result(job_retry=None, retry=_TRANSPORT)]

    def _labels(self, name: str) -> dict[str, str]:
        return {
            "system": "eros",
            "component": self.component,
            "release": _label(version("eros-scheduling")),
            "job": _label(name),
        }

    def _stage(self, table: str) -> str:
        return f"{self.settings.project}.{self.settings.dataset}.{table}"

    @staticmethod
    def _check_stage(table: str) -> None:
        if not _STAGE.match(table):
            raise UsageError(f"not a stage table's name: {table!r}", fix="stage_<kind>_<12 hex digits>")

    @contextmanager
    def explaining(self, name: str) -> Iterator[None]:
        """Turn what the client library raises in the block into the project's own error for the job of that name."""
        try:
            yield
        except (api.GoogleAPIError, auth.GoogleAuthError, http.RequestException) as error:
            raise explained(error, job=name) from error


def _limits_of(template: str) -> str:
    return "heavy" if sidecar(template).get("cost_class") == "large" else "interactive"


def _label(text: str) -> str:
    return re.sub(r"[^a-z0-9_-]", "_", text.lower())[:63]


# The library asks a warehouse that has gone for ten minutes; what is swept up later anyway is not worth waiting for.
_TRANSPORT = bigquery.DEFAULT_RETRY.with_deadline(60)
_SWEEPING = bigquery.DEFAULT_RETRY.with_deadline(5)

# An upload holds a whole chunk in memory. The library has no setting for its size, and its own is 100 MiB.
bigquery_client._DEFAULT_CHUNKSIZE = 8 * 2**20
