"""Jobs: what runs, what has run, and how it ended.

A job runs in a thread of its own, so that a long query neither blocks other requests nor escapes jobs.cancel and
jobTimeoutMs. An id is never used twice: a client that lost the answer to jobs.insert relies on the 409.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.engine import EngineError
from infra.local.rest.errors import RestError, already_exists, not_found

_LOG = logging.getLogger(__name__)

MAX_JOBS = 10_000
"""Finished jobs remembered; the oldest are forgotten first."""

MAX_CELLS = 5_000_000
"""Result cells kept for paging; the oldest results are dropped first."""

USER_EMAIL = "local-cloud@localhost"
"""Who runs every job: the local cloud knows no accounts."""

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


@dataclass(frozen=True)
class Child:
    """A statement that a script finished. `began` and `ended` are seconds of time.perf_counter()."""

    statement_type: str
    statement: str
    bytes_processed: int
    began: float
    ended: float


@dataclass
class Job:
    """One job. `configuration` is what the client sent; `statistics` is what the work reports back.

    `children` are a script's finished statements, also when it failed later; None for any other job.
    """

    job_id: str
    configuration: dict[str, Any]
    created: datetime
    request_id: str | None = None
    statistics: dict[str, Any] = field(default_factory=dict)
    rows: Rows | None = None
    error: RestError | None = None
    results_dropped: bool = False
    children: tuple[Child, ...] | None = None
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

    def run(self, work: Callable[[Job], None]) -> None:
        """Do the work and record its end; never raises."""
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
            self.finished.set()
            self.finished = _FINISHED


class JobRegistry:
    """The jobs of one server, by id, newest last."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._requests: dict[str, Job] = {}
        self._with_rows: OrderedDict[str, Job] = OrderedDict()
        self._cells = 0
        self._guard = threading.Lock()
        self._closing = False

    def add(self, job: Job) -> Job:
        """Register a job; when its request id was used before, the earlier job is returned instead.

        Raises RestError("duplicate") when the job id was used before.
        """
        with self._guard:
            if self._closing:
                raise RestError("stopped", "The local cloud is shutting down")
            earlier = self._requests.get(job.request_id) if job.request_id else None
            if earlier is not None:
                return earlier
            if job.job_id in self._jobs:
                raise already_exists("Job", job.job_id)
            self._jobs[job.job_id] = job
            if job.request_id:
                self._requests[job.request_id] = job
            return job

    def start(self, job: Job, work: Callable[[Job], None]) -> None:
        """Run a registered job in a thread of its own."""
        threading.Thread(target=self.run, args=(job, work), name=f"job {job.job_id}", daemon=True).start()

    def run(self, job: Job, work: Callable[[Job], None]) -> None:
        """Run a registered job to its end in this thread, under its jobTimeoutMs if it has one; never raises."""
        timeout_ms = int(job.configuration.get("jobTimeoutMs") or 0)
        timer = threading.Timer(timeout_ms / 1000, job.stop, [_timed_out(timeout_ms)]) if timeout_ms else None
        if timer is not None:
            timer.daemon = True
            timer.start()
        job.run(work)
        if timer is not None:
            timer.cancel()
        self._forget_old(job)

    def get(self, job_id: str) -> Job:
        """The job of this id; raises RestError("notFound")."""
        with self._guard:
            job = self._jobs.get(job_id)
        if job is None:
            raise not_found("Job", job_id)
        return job

    def newest_first(self) -> Iterator[Job]:
        """All remembered jobs."""
        with self._guard:
            jobs = list(self._jobs.values())
        return reversed(jobs)

    def close(self, patience_seconds: float = 5.0) -> None:
        """Take no more jobs, stop the running ones and wait for them."""
        with self._guard:
            self._closing = True
            running = [job for job in self._jobs.values() if not job.finished.is_set()]
        for job in running:
            job.stop(RestError("stopped", "Job execution was cancelled: the local cloud is shutting down"))
        deadline = time.monotonic() + patience_seconds
        for job in running:
            job.finished.wait(max(0.0, deadline - time.monotonic()))

    def _forget_old(self, newest: Job) -> None:
        """Drop the oldest results, then the oldest jobs; the results of `newest` are still to be read."""
        with self._guard:
            if newest.rows is not None:
                self._with_rows[newest.job_id] = newest
                self._cells += newest.rows.cells
            while self._cells > MAX_CELLS and (oldest := next(iter(self._with_rows.values()))) is not newest:
                self._let_go(oldest)
                oldest.rows, oldest.results_dropped = None, True
            while len(self._jobs) > MAX_JOBS and next(iter(self._jobs.values())).finished.is_set():
                _, oldest = self._jobs.popitem(last=False)
                self._let_go(oldest)
                if oldest.request_id:
                    del self._requests[oldest.request_id]

    def _let_go(self, job: Job) -> None:
        """Count the job's results no longer, and keep them no longer for that."""
        if self._with_rows.pop(job.job_id, None) is not None and job.rows is not None:
            self._cells -= job.rows.cells


def _timed_out(timeout_ms: int) -> RestError:
    return RestError("stopped", f"Job execution was cancelled: Job timed out after {timeout_ms / 1000:g}s")


def millis(instant: datetime) -> str:
    """An instant in milliseconds since the epoch, as text."""
    return str(round(instant.astimezone(UTC).timestamp() * 1000))
