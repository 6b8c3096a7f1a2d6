"""What outlives the server of its jobs: a file beside the warehouse with a line when a job begins and one when it ends.

A line is handed to the operating system in one call and not forced onto the disk: it outlives the end of the process,
also kill -9, and costs some ten microseconds; after a power cut the last lines may be missing. Rows and query
parameters are not kept.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.local.rest.errors import RestError
from infra.local.rest.jobs import USER_EMAIL, Job

_LOG = logging.getLogger(__name__)

JOBS_FILE = "jobs.jsonl"

_CUT_OFF = RestError(
    "stopped", "Job execution was cancelled: the local cloud ended before the job did; what it did may have been kept"
)


class JobLog:
    """The file of one server. `read_only` reads it and leaves it as it is; a path of None keeps nothing."""

    def __init__(self, path: Path | None, *, read_only: bool = False) -> None:
        self._path = path
        self._file: int | None = None
        self._guard = threading.Lock()
        if path is not None and not read_only:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)

    def began(self, job: Job) -> None:
        """Take the job's id for ever. Raises RestError when that cannot be written: the job must then not run."""
        try:
            self._write({"began": job.job_id, "created": job.created.isoformat(), **_asked(job)})
        except OSError as error:
            raise RestError(
                "localCloudFailure", f"Job {job.job_id} cannot be recorded in {self._path}: {error.strerror}"
            ) from error

    def ended(self, job: Job) -> None:
        """Keep how the job ended. What cannot be written is logged: the work itself is done."""
        try:
            self._write({"ended": job.job_id, **_outcome(job)})
        except OSError as error:
            _LOG.error("the end of job %s cannot be recorded in %s: %s", job.job_id, self._path, error.strerror)

    def close(self) -> None:
        """Close the file. Closing twice is harmless."""
        with self._guard:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def load(self, newest: int) -> tuple[set[str], list[Job]]:
        """All ids that were ever used, and the `newest` jobs, oldest first; the file then tells no more than that.

        A job without an end was cut off: it is told as stopped.
        """
        if self._path is None or not self._path.exists():
            return set(), []
        taken: set[str] = set()
        began: dict[str, dict[str, Any]] = {}
        ended: dict[str, dict[str, Any]] = {}
        broken, forgotten = 0, 0
        with self._path.open(encoding="ascii", errors="replace") as file:
            for text in file:
                line = _line(text)
                if line is None:
                    broken += 1
                    continue
                kind, job_id = next(iter(line.items()))
                taken.add(job_id)
                if kind != "was":
                    (began if kind == "began" else ended)[job_id] = line
                if len(began) > 2 * newest:
                    forgotten += _forget(began, ended, newest)
        forgotten += _forget(began, ended, newest)
        if broken:
            _LOG.warning("%s lines of %s cannot be read: their jobs are forgotten", broken, self._path)
        if self._file is not None and (broken or forgotten):
            self._rewrite(taken - began.keys(), [*_pairs(began, ended)])
        return taken, [_job(line, ended.get(job_id)) for job_id, line in began.items()]

    def _write(self, line: dict[str, Any]) -> None:
        raw = _text(line).encode()
        with self._guard:
            if self._file is None:
                return
            end = os.lseek(self._file, 0, os.SEEK_END)
            try:
                written = os.write(self._file, raw)
                if written < len(raw):
                    os.write(self._file, raw[written:])  # names the error that cut the first one short
            except OSError:
                os.ftruncate(self._file, end)
                raise

    def _rewrite(self, ids: Iterable[str], lines: list[dict[str, Any]]) -> None:
        """Replace the file by one that tells `ids` and `lines`, at once or not at all."""
        assert self._path is not None
        beside = self._path.with_suffix(".tmp")
        try:
            with beside.open("w", encoding="ascii") as file:
                file.writelines(_text(line) for line in (*({"was": job_id} for job_id in sorted(ids)), *lines))
            os.replace(beside, self._path)
        except OSError as error:
            _LOG.warning("%s cannot be written anew: %s", self._path, error.strerror)
            beside.unlink(missing_ok=True)
            return
        self.close()
        self._file = os.open(self._path, os.O_RDWR | os.O_APPEND)


def _text(line: dict[str, Any]) -> str:
    return json.dumps(line, separators=(",", ":")) + "\n"


def _line(text: str) -> dict[str, Any] | None:
    """What a line says, None for one that is not whole."""
    try:
        line = json.loads(text) if text.endswith("\n") else None
    except ValueError:
        return None
    return line if isinstance(line, dict) and next(iter(line), "") in ("began", "ended", "was") else None


def _forget(began: dict[str, dict[str, Any]], ended: dict[str, dict[str, Any]], newest: int) -> int:
    """Leave the `newest` jobs; how many went."""
    old = list(began)[: max(0, len(began) - newest)]
    for job_id in old:
        del began[job_id]
        ended.pop(job_id, None)
    return len(old)


def _pairs(began: dict[str, dict[str, Any]], ended: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for job_id, line in began.items():
        yield line
        if job_id in ended:
            yield ended[job_id]


def _asked(job: Job) -> dict[str, Any]:
    configuration = dict(job.configuration)
    if "query" in configuration:
        query = configuration["query"]
        configuration["query"] = {name: value for name, value in query.items() if name != "queryParameters"}
    asked: dict[str, Any] = {"configuration": configuration}
    if job.user_email != USER_EMAIL:
        asked["user_email"] = job.user_email
    if job.request_id:
        asked["request_id"] = job.request_id
    return asked


def _outcome(job: Job) -> dict[str, Any]:
    outcome: dict[str, Any] = {
        "seconds": round((job.ended - job.created).total_seconds(), 6),
        "statistics": job.statistics,
        "has_rows": job.rows is not None or job.results_dropped,
    }
    if job.error is not None:
        outcome["error"] = job.error.proto()
    if job.children is not None:
        outcome["children"] = [
            {"id": child.job_id, "created": child.created.isoformat(), **_asked(child), **_outcome(child)}
            for child in job.children
        ]
    return outcome


def _job(line: dict[str, Any], outcome: dict[str, Any] | None, parent_id: str | None = None) -> Job:
    """A job of an earlier server; `outcome` is None for one that was cut off."""
    found = outcome or {}
    job_id = line["began"] if parent_id is None else line["id"]
    job = Job.past(
        job_id,
        line["configuration"],
        datetime.fromisoformat(line["created"]),
        found.get("seconds", 0.0),
        request_id=line.get("request_id"),
        statistics=found.get("statistics", {}),
        parent_id=parent_id,
        user_email=line.get("user_email", USER_EMAIL),
        results_dropped=bool(found.get("has_rows")),
    )
    if outcome is None:
        job.error = _CUT_OFF
    elif "error" in found:
        job.error = RestError(found["error"]["reason"], found["error"]["message"], found["error"].get("location"))
    if "children" in found:
        job.children = tuple(_job(child, child, job_id) for child in found["children"])
    return job
