"""The control half of one running local cloud: what its handlers work on."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from infra.endpoints import LOCAL_PROJECT_NUMBER
from infra.local.clock import AdvancingClock
from infra.local.control.resources import stamp
from infra.local.rest.errors import RestError
from infra.local.rest.exchange import Request, Response
from infra.local.rest.service import Service

if TYPE_CHECKING:
    from infra.local.control.scheduler import Scheduler


COUNTERS = "counters"
"""The kind of document that is no resource."""


class Control:
    """Answers what is no path of BigQuery's. Nothing is imported, read or started before it is asked for."""

    def __init__(self, service: Service, clock: AdvancingClock) -> None:
        self.service = service
        self.clock = clock
        self.documents = service.engine.documents
        self.project = service.project
        self._guard = threading.Lock()
        self._scheduler: Scheduler | None = None

    def __call__(self, request: Request) -> Response | None:
        """The answer, or None when no service has this path."""
        from infra.local.control import routes

        return routes.answer(self, request)

    def runs(self) -> Scheduler:
        """What runs scheduled queries; made when it is first needed."""
        with self._guard:
            if self._scheduler is None:
                from infra.local.control.scheduler import Scheduler

                self._scheduler = Scheduler(self)
            return self._scheduler

    def schedules_changed(self) -> None:
        """Let the schedules that are kept now fire."""
        self.runs().changed()

    def start(self) -> None:
        """Let the schedules of an earlier server of this warehouse fire again."""
        if self.documents.counts().get("transferConfigs"):
            self.schedules_changed()

    def close(self) -> None:
        """Fire nothing more, and wait for the runs under way."""
        if self._scheduler is not None:
            self._scheduler.close()

    def now(self) -> str:
        """The server's instant, as resources show it."""
        return stamp(self.clock())

    def check_project(self, project: str) -> str:
        """The project's id, given as id or number. Raises RestError for another project."""
        if project not in (self.project, LOCAL_PROJECT_NUMBER, "-"):
            raise RestError("notFound", f"Project '{project}' not found: this local cloud holds {self.project} only")
        return self.project

    def next_number(self, counter: str, least: int = 1) -> int:
        """Greater than every number before, also after a restart, and at least `least`."""
        with self.documents.together():
            last = (self.documents.get(COUNTERS, counter) or {}).get("last", 0)
            number = max(last + 1, least)
            self.documents.put(COUNTERS, counter, {"last": number})
            return number

    def require(self, kind: str, name: str, what: str | None = None) -> dict[str, Any]:
        """The document of that name. Raises RestError notFound."""
        found = self.documents.get(kind, name)
        if found is None:
            raise RestError("notFound", what or f"Requested entity was not found: {name}")
        return found
