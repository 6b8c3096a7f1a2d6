"""One exception tree for infra, and the exit codes of `eros-infra`.

    InfraError                exit 1   something failed
    |-- UsageError            exit 2   the command, a setting or the environment is wrong
    |-- RefusedError          exit 3   a gate refuses
    |-- AccessError           exit 4   not signed in, not allowed
    |-- ConflictError         exit 5   a lock, a port or a warehouse is in someone else's hands
    |-- BudgetError           exit 6   a bytes cap or a quota stops the work
    `-- DriftError            exit 7   the target was changed outside Terraform

0 is success. `cli.py`, `app.py` and `local/__main__.py` are the only places that turn an error into an exit code.
"""


class InfraError(Exception):
    """Says what went wrong, where, why, and which command comes next.

    `what` is one sentence; `where` a file, port or table; `why` the cause; `fix` the next thing to do.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", why: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.fix = fix

    def __str__(self) -> str:
        return "\n".join([self.what, *(f"{label}: {text}" for label, text in self._details().items())])

    def as_dict(self) -> dict[str, object]:
        """The error as `--json` prints it."""
        return {"error": self.what, "kind": type(self).__name__, "exit_code": self.exit_code, **self._details()}

    def _details(self) -> dict[str, str]:
        details = {"where": self.where, "why": self.why, "fix": self.fix}
        return {label: text for label, text in details.items() if text}


class UsageError(InfraError):
    """The command, a setting or the environment is wrong; nothing was done."""

    exit_code = 2


class RefusedError(InfraError):
    """A gate refuses; nothing was done."""

    exit_code = 3


class AccessError(InfraError):
    """Credentials or file permissions do not suffice."""

    exit_code = 4


class ConflictError(InfraError):
    """Somebody else holds the lock, the port or the warehouse."""

    exit_code = 5


class BudgetError(InfraError):
    """A bytes cap or a quota stopped the work."""

    exit_code = 6


class DriftError(InfraError):
    """The target was changed by something else than a deployment; nothing was done about it."""

    exit_code = 7


EXIT_CODES = {
    kind.exit_code: kind
    for kind in (InfraError, UsageError, RefusedError, AccessError, ConflictError, BudgetError, DriftError)
}
