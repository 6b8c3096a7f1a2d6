"""What a check finds, and how checks are kept from taking each other down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from orchestrator.errors import AccessError, BudgetError, ConflictError, ErosError


class Verdict(StrEnum):
    """How a check ended; skip means that it could not look, because of another one's failure."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"
    SKIP = "skip"


@dataclass(frozen=True)
class Check:
    """One finding: what was looked at, what was found, and what to do about it; the exit code a failure stands for."""

    name: str
    verdict: Verdict
    detail: str
    fix: str = ""
    exit_code: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The finding as `--json` prints it."""
        return {**vars(self), "verdict": self.verdict.lower()}


@dataclass(frozen=True)
class Found:
    """What a check function returns; `examined` gives it its name."""

    verdict: Verdict
    detail: str
    fix: str = ""
    exit_code: int = 1


def ok(detail: str) -> Found:
    """Nothing to do."""
    return Found(Verdict.OK, detail)


def warn(detail: str, fix: str) -> Found:
    """It works, and somebody should look at it."""
    return Found(Verdict.WARN, detail, fix)


def fail(detail: str, fix: str, exit_code: int = 1) -> Found:
    """It does not work; `exit_code` names the kind of cause (4 access, 5 lock)."""
    return Found(Verdict.FAIL, detail, fix, exit_code)


def skip(detail: str) -> Found:
    """It could not be looked at."""
    return Found(Verdict.SKIP, detail)


# Access, lock and budget; that a query names something missing is no misuse of the doctor.
_CAUSES = (AccessError.exit_code, ConflictError.exit_code, BudgetError.exit_code)


def examined(name: str, check: Callable[[], Found]) -> Check:
    """Run one check; whatever it raises becomes its own failure and nobody else's."""
    try:
        found = check()
    except ErosError as error:
        found = fail(_sentence(error), error.fix, error.exit_code if error.exit_code in _CAUSES else 1)
    except PermissionError as error:
        found = fail(f"{error.filename or 'a file'}: {error.strerror}", "", AccessError.exit_code)
    except Exception as error:
        found = fail(f"the check itself broke: {type(error).__name__}: {error}", "report it with this output")
    return Check(name, found.verdict, found.detail, found.fix, found.exit_code if found.verdict is Verdict.FAIL else 0)


def _sentence(error: ErosError) -> str:
    where = f" ({error.where})" if error.where else ""
    return f"{error.what}{where}{f': {error.why}' if error.why else ''}"
