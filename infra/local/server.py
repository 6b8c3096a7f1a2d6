"""The local cloud as one object: engine, REST surface and clock, opened and closed together."""

from __future__ import annotations

import errno
import os
import threading
from datetime import datetime
from pathlib import Path
from types import TracebackType

from infra.errors import AccessError, ConflictError, InfraError
from infra.local.bootstrap import bootstrap
from infra.local.clock import AdvancingClock, Clock, frozen_clock, system_clock
from infra.local.control.control import Control
from infra.local.engine import Engine, EngineError
from infra.local.rest.job_log import JOBS_FILE, JobLog
from infra.local.rest.job_registry import JobRegistry
from infra.local.rest.job_rows import job_rows
from infra.local.rest.pending_uploads import Uploads
from infra.local.rest.routes import Dispatcher
from infra.local.rest.server import HttpServer
from infra.local.rest.service import Service
from sql import SqlSettings

WAREHOUSE_FILE = "warehouse.duckdb"


class LocalCloud:
    """BigQuery's REST API on loopback over one DuckDB file, served by threads of this process.

    `home` is the folder of the warehouse, None keeps it in memory; `port` 0 picks a free one; `now` freezes the clock
    at an instant with an offset, or is a clock; `bootstrap` deploys all of sql/ before the first request is answered.
    `read_only` serves the warehouse as it is: nothing is deployed, and whatever writes is refused.

        with LocalCloud() as cloud:
            client = make_client(SqlSettings(), url=cloud.url)
    """

    def __init__(
        self,
        home: Path | None = None,
        port: int = 0,
        now: datetime | Clock | None = None,
        bootstrap: bool = True,
        settings: SqlSettings | None = None,
        read_only: bool = False,
    ) -> None:
        self.home = home.resolve() if home is not None else None
        self.settings = settings or SqlSettings()
        self._port = port
        self._clock = AdvancingClock(_clock(now))
        self._bootstrap = bootstrap and not read_only
        self._read_only = read_only
        self._http: HttpServer | None = None
        self._thread: threading.Thread | None = None
        self._service: Service | None = None
        self._control: Control | None = None

    @property
    def url(self) -> str:
        """Where clients find the server, once it is started."""
        if self._http is None:
            raise InfraError("the local cloud is not started", fix="use it as a context manager, or call start()")
        return self._http.url

    def start(self) -> LocalCloud:
        """Take the port, open the warehouse, deploy what is missing, serve.

        The port comes first: it is what two servers of one home race for, and the loser must not touch the file.
        Raises ConflictError when the port or the warehouse is taken, AccessError when the home cannot be written.
        """
        http = self._bind()
        engine: Engine | None = None
        try:
            engine = self._open()
            if self._bootstrap:
                bootstrap(engine, self.settings)
        except BaseException:
            if engine is not None:
                engine.close()
            http.server_close()
            raise
        self._service = self._make_service(engine, http.url)
        self._control = Control(self._service, self._clock)
        self._dispatch = Dispatcher(self._service, self._control)
        self._http = http
        self._thread = threading.Thread(target=http.serve_forever, args=(0.05,), name="local cloud", daemon=True)
        self._thread.start()
        if not self._read_only:
            self._control.start()
        return self

    def close(self) -> None:
        """Stop running jobs, finish the answers under way, close the warehouse cleanly. Closing twice is harmless."""
        if self._http is None or self._service is None:
            return
        http, service = self._http, self._service
        self._http = self._service = None
        service.jobs.close()
        if self._control is not None:
            self._control.close()
        http.stop()
        if self._thread is not None:
            self._thread.join()
        service.uploads.close()
        service.engine.close()

    def __enter__(self) -> LocalCloud:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _make_service(self, engine: Engine, url: str) -> Service:
        service = Service(
            engine=engine,
            project=self.settings.project,
            dataset=self.settings.dataset,
            location=self.settings.location,
            clock=self._clock,
            home=str(self.home or ""),
            url=url,
            jobs=JobRegistry(f"{self.settings.project}:{self.settings.location}.", self._job_log()),
            uploads=Uploads(self.home),
        )
        engine.view_rows["JOBS"] = lambda: job_rows(service.jobs, self.settings.project)
        return service

    def _job_log(self) -> JobLog:
        return JobLog(self.home / JOBS_FILE if self.home else None, read_only=self._read_only)

    def _bind(self) -> HttpServer:
        try:
            return HttpServer(self._port, lambda request: self._dispatch(request))
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            raise ConflictError(
                f"port {self._port} on 127.0.0.1 is taken",
                where=str(self.home or "in memory"),
                why=os.strerror(error.errno),
                fix="eros-infra local status; if another program has the port, set EROS_PORT to a free one",
            ) from error

    def _engine(self, path: Path | None) -> Engine:
        return Engine(
            path, self.settings.project, self._clock, location=self.settings.location, read_only=self._read_only
        )

    def _open(self) -> Engine:
        if self.home is None:
            return self._engine(None)
        path = self.home / WAREHOUSE_FILE
        if not self._read_only:
            _make_home(self.home)
        elif not path.is_file():
            raise InfraError("there is no warehouse yet", where=str(path), fix="eros import DIR")
        try:
            return self._engine(path)
        except EngineError as error:
            if error.reason != "locked":
                raise InfraError("the warehouse cannot be opened", where=str(path), why=error.message) from error
            raise ConflictError(
                "the warehouse is open in another process",
                where=str(path),
                why=f"{error.message} ({error.__cause__})" if error.__cause__ else error.message,
                fix="eros-infra local down, end the process that holds it, or use another EROS_HOME",
            ) from error


def _make_home(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_home(home, error.strerror or str(error)) from error
    if not os.access(home, os.W_OK | os.X_OK):
        raise _no_home(home, "the folder is not writable")


def _no_home(home: Path, why: str) -> AccessError:
    return AccessError(
        "the local cloud's home cannot be used", where=str(home), why=why, fix="set EROS_HOME to a writable folder"
    )


def _clock(now: datetime | Clock | None) -> Clock:
    if now is None:
        return system_clock
    return frozen_clock(now) if isinstance(now, datetime) else now
