"""Errors as BigQuery's REST API words them.

The HTTP status matters as much as the body: the client library decides by status and reason whether to retry, and
`query_and_wait` swallows an error that comes with status 200.
"""

from __future__ import annotations

from typing import Any

HTTP_CODES = {
    "aborted": 409,
    "accessDenied": 403,
    "backendError": 500,
    "bytesBilledLimitExceeded": 400,
    "conditionNotMet": 412,
    "conflict": 409,
    "duplicate": 409,
    "failedPrecondition": 400,
    "internalError": 500,
    "invalid": 400,
    "invalidQuery": 400,
    "localCloudFailure": 500,
    "notFound": 404,
    "notImplemented": 501,
    "parseError": 400,
    "requestedRangeNotSatisfiable": 416,
    "required": 400,
    "resourceInUse": 400,
    "resourcesExceeded": 400,
    "stopped": 499,
    "timeout": 400,
}
"""HTTP status of each reason in BigQuery's error table; 499 is what reading a cancelled job's results answers.

localCloudFailure is the local cloud's own: unlike internalError, clients do not retry it for ten minutes.
"""

_STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
}
_STATUS_OF_REASON = {"aborted": "ABORTED", "failedPrecondition": "FAILED_PRECONDITION"}
"""Where the HTTP status alone would mean another one."""


class RestError(Exception):
    """One refusal, with the reason in BigQuery's vocabulary and the message a client will show."""

    def __init__(self, reason: str, message: str, location: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.location = location

    @property
    def code(self) -> int:
        """The HTTP status that goes with the reason."""
        return HTTP_CODES.get(self.reason, 400)

    def proto(self) -> dict[str, str]:
        """The error as an ErrorProto: what a job's status.errorResult holds."""
        proto = {"reason": self.reason, "message": self.message}
        if self.location:
            proto["location"] = self.location
        return proto

    def body(self) -> dict[str, Any]:
        """The error as the body of an HTTP answer."""
        detail = {**self.proto(), "domain": "global"}
        if detail.get("location") == "query":
            # A job's own status says "query"; an answer names the parameter q, and only for what is wrong in its text.
            del detail["location"]
            if self.reason == "invalidQuery":
                detail |= {"location": "q", "locationType": "parameter"}
        status = _STATUS_OF_REASON.get(self.reason) or _STATUS_NAMES.get(self.code, "UNKNOWN")
        return {"error": {"code": self.code, "message": self.message, "errors": [detail], "status": status}}


def not_supported(what: str, location: str | None = None) -> RestError:
    """The refusal of everything BigQuery has and the local cloud has not: by name, never by silence."""
    return RestError("notImplemented", f"{what} is not supported by the local cloud", location)


def not_found(kind: str, name: str) -> RestError:
    """BigQuery's wording for a missing resource: "Not found: Dataset project:dataset"."""
    return RestError("notFound", f"Not found: {kind} {name}")


def already_exists(kind: str, name: str) -> RestError:
    """BigQuery's wording for a duplicate resource: "Already Exists: Table project:dataset.table"."""
    return RestError("duplicate", f"Already Exists: {kind} {name}")


def check_fields(given: dict[str, Any], allowed: frozenset[str], what: str) -> None:
    """Refuse by name every field that would ask for something not done here.

    An absent, null, false or empty value asks for nothing and passes.
    """
    for name, value in given.items():
        if name not in allowed and value not in (None, False, "", [], {}):
            raise not_supported(f"{what}.{name}", name)
