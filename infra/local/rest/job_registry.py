"""Which jobs there are and were.

A job runs in a thread of its own, so that a long query neither blocks other requests nor escapes jobs.cancel and
jobTimeoutMs. An id is never used twice, also after a restart: a client that lost the answer to jobs.insert relies on
the 409.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator

from infra.local.rest.errors import RestError, already_exists, not_found
from infra.local.rest.job_log import JobLog
from infra.local.rest.jobs import Job

MAX_JOBS = 10_000
"""Finished jobs remembered, scripts with all their statements; the oldest are forgotten first."""

RETOLD_JOBS = 2_000
"""Jobs of earlier servers that are told in full: with more of them, opening a warehouse would take a second."""

MAX_CELLS = 5_000_000
"""Result cells kept for paging; the oldest results are dropped first."""


class JobRegistry:
    """The jobs of one server and those that its `log` tells of earlier ones, by id, newest last.

    `place` is written before an id: "project:location.".
    """

    def __init__(self, place: str = "", log: JobLog | None = None) -> None:
        self._place = place
        self._log = log or JobLog(None)
        self._taken, earlier = self._log.load(RETOLD_JOBS)
        self._jobs: OrderedDict[str, Job] = OrderedDict((job.job_id, job) for job in earlier)
        self._children = {child.job_id: child for job in earlier for child in job.children or ()}
        self._requests = {job.request_id: job for job in earlier if job.request_id}
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
            if job.job_id in self._taken or job.job_id in self._children:
                raise already_exists("Job", f"{self._place}{job.job_id}")
            self._log.began(job)
            self._taken.add(job.job_id)
            self._jobs[job.job_id] = job
            if job.request_id:
                self._requests[job.request_id] = job
            return job

    def adopt(self, children: tuple[Job, ...]) -> None:
        """Remember the jobs of a script's statements, as long as the script itself."""
        with self._guard:
            self._children.update((child.job_id, child) for child in children)

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
        job.run(work, self._log.ended)
        if timer is not None:
            timer.cancel()
        self._forget_old(job)

    def get(self, job_id: str) -> Job:
        """The job of this id, or the statement of a script; raises RestError("notFound")."""
        with self._guard:
            job = self._jobs.get(job_id) or self._children.get(job_id)
        if job is None:
            raise not_found("Job", f"{self._place}{job_id}")
        return job

    def newest_first(self) -> Iterator[Job]:
        """All remembered jobs, without the statements of scripts."""
        with self._guard:
            jobs = list(self._jobs.values())
        return reversed(jobs)

    def children_of(self, job_id: str) -> Iterator[Job]:
        """The statements of a script that has ended, newest first; none for any other job."""
        with self._guard:
            parent = self._jobs.get(job_id)
        finished = parent is not None and parent.finished.is_set()
        return reversed(parent.children or ()) if parent is not None and finished else iter(())

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
        self._log.close()

    def _forget_old(self, newest: Job) -> None:
        """Drop the oldest results, then the oldest jobs; the results of `newest` are still to be read."""
        with self._guard:
            for job in (*(newest.children or ()), newest):
                if job.rows is not None:
                    self._with_rows[job.job_id] = job
                    self._cells += job.rows.cells
            while self._cells > MAX_CELLS and (oldest := next(iter(self._with_rows.values()))) is not newest:
                self._let_go(oldest)
                oldest.rows, oldest.results_dropped = None, True
            while (
                len(self._jobs) > 1
                and len(self._jobs) + len(self._children) > MAX_JOBS
                and next(iter(self._jobs.values())).finished.is_set()
            ):
                _, oldest = self._jobs.popitem(last=False)
                if oldest.request_id:
                    del self._requests[oldest.request_id]
                for forgotten in (oldest, *(oldest.children or ())):
                    self._let_go(forgotten)
                    self._children.pop(forgotten.job_id, None)

    def _let_go(self, job: Job) -> None:
        """Count the job's results no longer, and keep them no longer for that."""
        if self._with_rows.pop(job.job_id, None) is not None and job.rows is not None:
            self._cells -= job.rows.cells


def _timed_out(timeout_ms: int) -> RestError:
    return RestError("stopped", f"Job execution was cancelled: Job timed out after {timeout_ms / 1000:g}s")
