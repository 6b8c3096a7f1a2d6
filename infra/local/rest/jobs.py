"""One job: how it runs, can be stopped, and how it ended."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.engine import EngineError
from infra.local.rest.errors import RestError

_LOG = logging.getLogger(__name__)

USER_EMAIL = "local-cloud@localhost"
"""Who runs every job but those of scheduled queries, which have an account of their own."""

_INTERRUPT_SECONDS = 0.02

_FINISHED = threading.Event()
"""Every finished job's event: one of its own weighs a third of a job, and thousands are remembered."""
_FINISHED.set()


@dataclass
class Rows:
    """A finished query's rows, with the REST fields that describe them."""

    fields: list[dict[str, Any]]
    rows: list[tuple[Any, ...]]

    @property
    def cells(self) -> int:
        """How much memory the rows take, roughly."""
        return len(self.fields) * len(self.rows)


@dataclass
class Job:
    """One job. `configuration` is what the client sent; `statistics` is what the work reports back.

    `children` are the jobs of a script's statements, also when it failed later; None for any other job. `parent_id` is
    the script that a child belongs to. `user_email` is who runs it.
    """

    job_id: str
    configuration: dict[str, Any]
    created: datetime
    request_id: str | None = None
    statistics: dict[str, Any] = field(default_factory=dict)
    rows: Rows | None = None
    error: RestError | None = None
    results_dropped: bool = False
    parent_id: str | None = None
    children: tuple[Job, ...] | None = None
    user_email: str = USER_EMAIL
    finished: threading.Event = field(default_factory=threading.Event)
    _interrupt: Callable[[], None] | None = None
    _is_queued: Callable[[], bool] | None = None
    _elapsed: float = 0.0
    _began: float = field(default_factory=time.perf_counter)
    _stop: RestError | None = None
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @property
    def state(self) -> str:
        """RUNNING, PENDING while its statement waits for another one's transaction, or DONE."""
        return "DONE" if self.finished.is_set() else self.running_state

    @property
    def running_state(self) -> str:
        """The state of a job that is not done."""
        is_queued = self._is_queued
        return "PENDING" if is_queued is not None and is_queued() else "RUNNING"

    @property
    def ended(self) -> datetime:
        """Start plus the time really taken, also when the server's clock stands still."""
        return self.created + timedelta(seconds=self._elapsed)

    @classmethod
    def past(cls, job_id: str, configuration: dict[str, Any], created: datetime, seconds: float, **fields: Any) -> Job:
        """A job that ended `seconds` after it was created."""
        job = cls(job_id, configuration, created, **fields)
        job._elapsed, job.finished = seconds, _FINISHED
        return job

    def at(self, moment: float) -> datetime:
        """The instant of a time.perf_counter() reading, on the job's own clock."""
        return self.created + timedelta(seconds=max(0.0, moment - self._began))

    def stop(self, reason: RestError) -> None:
        """Ask the running work to end; it then fails with `reason`. Nothing happens to a finished job."""
        with self._guard:
            if self.finished.is_set() or self._stop is not None:
                return
            self._stop = reason
        threading.Thread(target=self._interrupt_until_finished, name=f"stop {self.job_id}", daemon=True).start()

    def interruptible(self, interrupt: Callable[[], None], is_queued: Callable[[], bool] | None = None) -> None:
        """Announce how the work can be interrupted; raises at once when the job was stopped before.

        `is_queued` tells whether the work waits for its turn.
        """
        with self._guard:
            self._interrupt, self._is_queued = interrupt, is_queued
            if self._stop is not None:
                raise self._stop

    def uninterruptible(self) -> None:
        """Take the announcement back; when this returns no interruption is under way."""
        with self._guard:
            self._interrupt = self._is_queued = None

    def check(self) -> None:
        """Raise when the job was asked to stop: for work that is not done by the engine."""
        if self._stop is not None:
            raise self._stop

    def _interrupt_until_finished(self) -> None:
        """An interruption between two statements is lost on the engine, so it is repeated until it takes."""
        while not self.finished.wait(_INTERRUPT_SECONDS):
            with self._guard:
                if self._interrupt is not None:
                    self._interrupt()

    def run(self, work: Callable[[Job], None], ended: Callable[[Job], None] = lambda job: None) -> None:
        """Do the work and record its end; never raises. `ended` hears of it before anybody is told."""
        self._began = time.perf_counter()
        try:
            work(self)
        except RestError as error:
            self.error = error
        except EngineError as error:
            self.error = RestError(error.reason, error.message, error.location)
        except Exception as error:
            _LOG.exception("job %s failed inside the local cloud", self.job_id)
            self.error = RestError("localCloudFailure", f"The local cloud failed: {type(error).__name__}: {error}")
        with self._guard:
            if self.error is not None and self._stop is not None:
                self.error = self._stop
            self._elapsed = time.perf_counter() - self._began
            ended(self)
            self.finished.set()
            self.finished = _FINISHED


def millis(instant: datetime) -> str:
    """An instant in milliseconds since the epoch, as text."""
    return str(round(instant.astimezone(UTC).timestamp() * 1000))
