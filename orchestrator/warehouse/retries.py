"""Which failures of BigQuery are worth another try, and what the others mean to a person.

Conflict aborts come as 400 invalidQuery, which the client library does not retry, and its own job retry re-issues a
CALL under a new id: so jobs run with `job_retry=None`, and only conflict aborts are tried again here.
"""

from __future__ import annotations

import re

from google.api_core import exceptions as api
from google.auth import exceptions as auth

from orchestrator.errors import AccessError, BudgetError, ConflictError, ErosError, RefusedError, UsageError
from sql import constants

_CONFLICT = re.compile("|".join(map(re.escape, constants()["conflict_aborts"])), re.IGNORECASE)
_BUDGET = re.compile(
    r"bytesBilledLimitExceeded|limit for bytes billed|quotaExceeded|Custom quota|timed out|timeout", re.IGNORECASE
)
DISK_IS_FULL = re.compile(r"No space left on device|Disk quota exceeded|File too large")


def is_conflict_abort(error: BaseException) -> bool:
    """True for a transaction that BigQuery cancelled because another one changed the same table."""
    return isinstance(error, api.BadRequest) and _CONFLICT.search(str(error)) is not None


def explained(error: Exception, *, job: str) -> ErosError:
    """The project's own error for one of Google's, so that the exit code and the advice are right."""
    message = _message(error)
    if DISK_IS_FULL.search(str(error)):
        return ErosError("the disk is full", where=job, why=message, fix="make room and run it again")
    if isinstance(error, auth.GoogleAuthError):
        return AccessError(
            "not signed in to Google Cloud",
            why=message,
            fix="gcloud auth application-default login (or EROS_TARGET=local)",
        )
    if isinstance(error, api.RetryError):
        # Its text says "Timeout": the patience of the client with a server that is not there, no limit of a job.
        return ErosError("the warehouse does not answer", where=job, why=str(error.cause or error), fix="run it again")
    if isinstance(error, (api.Forbidden, api.Unauthorized)) and not _BUDGET.search(str(error)):
        return AccessError("access denied", where=job, why=message)
    if _BUDGET.search(str(error)):
        return BudgetError("a limit stopped the job", where=job, why=message)
    if is_conflict_abort(error) or isinstance(error, api.Conflict):
        return ConflictError("another run holds what this one needs", where=job, why=message, fix="run it again")
    if isinstance(error, api.NotFound):
        return UsageError("not found", where=job, why=message, fix="eros import DIR, or deploy the warehouse first")
    if isinstance(error, api.BadRequest):
        return RefusedError("the warehouse refused", where=job, why=message)
    return ErosError("the warehouse failed", where=job, why=message)


def _message(error: Exception) -> str:
    details = getattr(error, "errors", None) or []
    texts = [str(item["message"]) for item in details if isinstance(item, dict) and item.get("message")]
    return texts[0] if texts else str(error)
