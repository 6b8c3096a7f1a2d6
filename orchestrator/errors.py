"""One exception tree for the orchestrator.

    ErosError                 exit 1   something failed
    |-- UsageError            exit 2   the command or its input is wrong (missing file, unknown page, not a Monday ...)
    |-- RefusedError          exit 3   a gate or a rule refuses (not approved, RED, a broken week)
    |-- AccessError           exit 4   not signed in, not allowed
    |-- ConflictError         exit 5   a lock, a conflict, a port or a warehouse in someone else's hands
    `-- BudgetError           exit 6   a bytes cap or a quota stops the job

The exit codes are the documented ones of `eros`; `cli.py` is the only place that turns an error into one.
"""


class ErosError(Exception):
    """Says what went wrong, where, why, and which command comes next.

    `what` is one sentence; `where` a file, line, page or table; `why` the cause; `fix` the next thing to do.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", why: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.fix = fix

    def __str__(self) -> str:
        parts = [self.what]
        parts += [f"{label}: {text}" for label, text in self._details() if text]
        return "\n".join(parts)

    def as_dict(self) -> dict[str, object]:
        """The error as `--json` prints it."""
        details = {label: text for label, text in self._details() if text}
        return {"error": self.what, "kind": type(self).__name__, "exit_code": self.exit_code, **details}

    def _details(self) -> list[tuple[str, str]]:
        return [("where", self.where), ("why", self.why), ("fix", self.fix)]


class UsageError(ErosError):
    """The command or its input is wrong; nothing was done."""

    exit_code = 2


class RefusedError(ErosError):
    """A gate or a rule of the business refuses; nothing was done."""

    exit_code = 3


class AccessError(ErosError):
    """Credentials are missing or do not suffice."""

    exit_code = 4


class ConflictError(ErosError):
    """Somebody else holds what the command needs."""

    exit_code = 5


class BudgetError(ErosError):
    """A bytes cap, a timeout or a quota stopped the job."""

    exit_code = 6
