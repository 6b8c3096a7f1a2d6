"""The one error of the engine, in BigQuery's vocabulary."""

from __future__ import annotations

REASONS = frozenset(
    {
        "accessDenied",
        "bytesBilledLimitExceeded",
        "duplicate",
        "invalid",
        "invalidQuery",
        "locked",
        "notFound",
        "notImplemented",
        "resourcesExceeded",
        "stopped",
        "timeout",
    }
)


class EngineError(Exception):
    """What BigQuery's ErrorProto would carry, plus the statement that failed.

    ``reason`` is one of `REASONS`; all are BigQuery's except "locked" (another process holds the warehouse file).
    ``location`` is "query" or names the input at fault. ``line`` and ``column`` count from one.
    """

    def __init__(
        self,
        reason: str,
        message: str,
        location: str = "query",
        statement: str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        if reason not in REASONS:
            raise ValueError(f"{reason!r} is not a reason of EngineError; use one of {', '.join(sorted(REASONS))}")
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.location = location
        self.statement = statement
        self.line = line
        self.column = column


def unsupported(what: str) -> EngineError:
    """The refusal of something BigQuery has and the local cloud has not."""
    return EngineError("notImplemented", f"{what} is not supported by the local cloud")
