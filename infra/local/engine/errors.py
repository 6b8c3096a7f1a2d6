"""The one error of the engine, in BigQuery's vocabulary."""

from __future__ import annotations

import re

OUT_OF_RANGE = "A date or time is out of range: those between 0001-01-01 and 9999-12-31 23:59:59.999999 are allowed"
"""What is said of a day that DuckDB can hold and BigQuery cannot."""

_PLACED = re.compile(r" at \[(\d+):(\d+)\]$")
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
    ``location`` is "query" or names the input at fault. ``line`` and ``column`` count from one, in the script or in the
    procedure ``routine`` ("project.dataset.name", "" for the script, None as long as nobody has said).
    """

    def __init__(
        self,
        reason: str,
        message: str,
        location: str = "query",
        statement: str | None = None,
        line: int | None = None,
        column: int | None = None,
        routine: str | None = None,
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
        self.routine = routine

    def of_script(self) -> EngineError:
        """The error as the script reports it in which the statement failed: with a prefix, and always with a place."""
        placed = _PLACED.search(self.message)
        text, line, column = (
            (self.message[: placed.start()], *placed.groups()) if placed else (self.message, self.line, self.column)
        )
        where = f"{self.routine}:" if self.routine else ""
        message = f"{text} at [{where}{line}:{column}]"
        return EngineError(
            self.reason,
            f"Query error: {message}",
            self.location,
            self.statement,
            self.line,
            self.column,
            self.routine,
        )


def unsupported(what: str) -> EngineError:
    """The refusal of something BigQuery has and the local cloud has not."""
    return EngineError("notImplemented", f"{what} is not supported by the local cloud")
