"""The one door to the `terraform` binary: never interactive, always locked, its JSON messages read as progress.

Everything it needs lies in the stack's folder and in the environment: no secret is ever an argument. What a command
says goes to a file and is read from there, so that a terraform which outlives this process still ends its work in
order.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.errors import AccessError, ConflictError, InfraError, UsageError
from infra.holders import holder_of, write_holder
from infra.processes import run

MINIMUM = (1, 9)
"""The first series whose `init` speaks JSON; import blocks are older."""
IMPORTS_FILE = "imports.tf.json"
REMOVED_FILE = "removed.tf.json"
_NO_CHANGES, _CHANGES = 0, 2
_LOCKLESS = ("init", "drift")
# A user's own defaults must not change what a deployment does.
_DROPPED = re.compile(r"TF_(CLI_ARGS.*|DATA_DIR|WORKSPACE|VAR_.*|INPUT)")
_LOCK_FIELD = re.compile(r"^\s*(ID|Path|Operation|Who|Version|Created):[ \t]*(.*?)\s*$", re.MULTILINE)
_DENIED = re.compile(r"\b(Error 40[13]|could not find default credentials|invalid_grant|PERMISSION_DENIED)\b", re.I)


@dataclass(frozen=True)
class StateLock:
    """Terraform's own note of who holds a state; `id` is what releases it."""

    id: str
    path: str
    operation: str
    who: str
    created: str

    @property
    def holder(self) -> str:
        """For people: who, doing what, since when."""
        doing = self.operation.removeprefix("OperationType").lower() or "an operation"
        return f"{self.who or 'somebody'} ({doing}) since {self.created or 'an unknown time'}"


class StateLocked(ConflictError):
    """A stack's state is locked; `lock` says by whom."""

    def __init__(self, stack: str, lock: StateLock, fix: str) -> None:
        super().__init__(
            f"the state of {stack} is locked by {lock.holder}", where=lock.path, why=f"lock {lock.id}", fix=fix
        )
        self.stack = stack
        self.lock = lock


@dataclass(frozen=True)
class Message:
    """One line that terraform says: `kind` is its type ("apply_complete"), `address` the resource it is about."""

    kind: str
    text: str
    address: str = ""
    action: str = ""
    detail: str = ""
    level: str = "info"

    @classmethod
    def read(cls, line: str) -> Message | None:
        """The message in the line; None for a line that is not one, which `init` mixes in."""
        try:
            found = json.loads(line)
        except ValueError:
            return None
        if not isinstance(found, dict):
            return None
        about = found.get("hook") or found.get("change") or {}
        diagnostic = found.get("diagnostic") or {}
        return cls(
            kind=str(found.get("type", "")),
            text=str(diagnostic.get("summary") or found.get("@message", "")),
            address=str((about.get("resource") or {}).get("addr") or diagnostic.get("address") or ""),
            action=str(about.get("action", "")),
            detail=str(diagnostic.get("detail", "")),
            level=str(diagnostic.get("severity") or found.get("@level", "info")),
        )


Listener = Callable[[Message], None]


@dataclass(frozen=True)
class Terraform:
    """`terraform` in one stack's folder.

    `running` is a file that names the process while it may hold the state's lock, so that a lock it leaves behind can
    be told to be stale.
    `logs` is a folder that keeps what each command said, as JSON lines.
    """

    folder: Path
    stack: str
    running: Path | None = None
    logs: Path | None = None
    listener: Listener | None = None
    lock_wait_seconds: int = 0
    unlock_hint: str = "eros-infra unlock"

    def init(self) -> None:
        """Make the folder ready: backend and provider. Raises UsageError when the provider cannot be had."""
        self._checked("init", ["init", "-input=false", "-no-color", "-json", "-reconfigure"])

    def plan(self, out: Path) -> bool:
        """Save the plan that leads from the state to the folder's configuration; returns whether it changes anything.

        Raises StateLocked, or InfraError with terraform's own words.
        """
        arguments = ["plan", "-input=false", "-json", "-detailed-exitcode", self._wait(), f"-out={out}"]
        return self._checked("plan", arguments, (_NO_CHANGES, _CHANGES)) == _CHANGES

    def plan_drift(self, out: Path) -> None:
        """Save how the target differs from the state: nothing is written but that plan, and no lock is taken.

        It has no exit code of its own: Terraform counts what a provider fills in by itself as a difference too.
        """
        arguments = ["plan", "-refresh-only", "-input=false", "-json", "-lock=false", f"-out={out}"]
        self._checked("drift", arguments)

    def show(self, plan: Path) -> dict[str, Any]:
        """The saved plan as data."""
        return self._json(["show", "-json", "-no-color", str(plan)])

    def apply(self, plan: Path) -> None:
        """Carry out exactly the saved plan; terraform refuses it when the state has moved on since."""
        self._checked("apply", ["apply", "-input=false", "-json", self._wait(), str(plan)])

    def state(self) -> dict[str, Any]:
        """The state as stored; empty before the first apply."""
        return self._json(["state", "pull"])

    def version(self) -> dict[str, Any]:
        """Terraform's version and, after `init`, each provider's."""
        return self._json(["version", "-json"])

    def _wait(self) -> str:
        return f"-lock-timeout={self.lock_wait_seconds}s"

    def _json(self, arguments: list[str]) -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as scratch:
            said, errors = Path(scratch, "said"), Path(scratch, "errors")
            code = self._run(arguments, said, errors)
            if code:
                raise self._failure(" ".join(arguments[:2]), code, [], errors.read_text(encoding="utf-8"))
            text = said.read_text(encoding="utf-8")
        try:
            return dict(json.loads(text)) if text.strip() else {}
        except ValueError as error:
            raise InfraError(f"terraform {arguments[0]} answered no JSON", where=str(self.folder)) from error

    def _checked(self, name: str, arguments: list[str], good: tuple[int, ...] = (0,)) -> int:
        """Run a command that speaks JSON lines; returns its exit code, or raises what its diagnostics say."""
        problems: list[Message] = []

        def hear(line: str) -> None:
            message = Message.read(line)
            if message is None:
                return
            if message.kind == "diagnostic" and message.level == "error":
                problems.append(message)
            if self.listener is not None:
                self.listener(message)

        with tempfile.TemporaryDirectory() as scratch:
            said, errors = Path(scratch, "said"), Path(scratch, "errors")
            if self.logs is not None:
                self.logs.mkdir(parents=True, exist_ok=True)
                said = self.logs / f"{self.stack}.{name}.jsonl"
            code = self._run(arguments, said, errors, hear, locks=name not in _LOCKLESS)
            if code not in good:
                raise self._failure(name, code, problems, errors.read_text(encoding="utf-8"))
        return code

    def _run(
        self,
        arguments: list[str],
        said: Path,
        errors: Path,
        on_line: Callable[[str], None] = lambda line: None,
        locks: bool = False,
    ) -> int:
        def note(pid: int) -> None:
            if self.running is not None and locks:
                self.running.parent.mkdir(parents=True, exist_ok=True)
                write_holder(self.running, holder_of(pid, f"terraform {arguments[0]} {self.stack}"))

        code = run(
            [binary(), *arguments],
            folder=self.folder,
            environment=environment(os.environ),
            said=said,
            errors=errors,
            on_line=on_line,
            on_start=note,
        )
        # One that was killed may have left its lock behind: the note tells then that it is stale.
        if self.running is not None and locks and code >= 0:
            self.running.unlink(missing_ok=True)
        return code

    def _failure(self, name: str, code: int, problems: list[Message], errors: str) -> InfraError:
        what = f"terraform {name} failed for {self.stack} (exit code {code})"
        if code < 0:
            what = f"terraform {name} for {self.stack} was ended by {signal.Signals(-code).name}"
        text = "\n".join(f"{one.text}\n{one.detail}" for one in problems) or errors
        lock = read_lock(text)
        if lock is not None:
            return StateLocked(self.stack, lock, f"wait for it, or: {self.unlock_hint} {self.stack}")
        if any(one.text == "Saved plan is stale" for one in problems):
            return ConflictError(
                f"{self.stack} was changed by somebody else since it was planned",
                where=str(self.folder),
                fix="eros-infra deploy",
            )
        why = "; ".join(_brief(one) for one in problems) or _plain(errors)
        if _DENIED.search(text):
            return AccessError(what, where=str(self.folder), why=why, fix="gcloud auth application-default login")
        if name == "init" and "provider packages" in text:
            return UsageError(what, why=why, fix="make the hashicorp/google plugin available (a mirror or the network)")
        return InfraError(what, where=str(self.folder), why=why)


def binary() -> str:
    """Where terraform is. Raises UsageError when it is nowhere on the PATH."""
    found = shutil.which("terraform")
    if found is None:
        raise UsageError(
            "terraform is not installed",
            why="it is not on the PATH, and planning and applying is its work",
            fix=f"install Terraform {'.'.join(map(str, MINIMUM))} or newer: https://developer.hashicorp.com/terraform",
        )
    return found


def require_version() -> str:
    """Terraform's version. Raises UsageError when it is missing or too old."""
    said = subprocess.run(
        [binary(), "version", "-json"], capture_output=True, text=True, env=environment(os.environ), check=False
    )
    try:
        version = str(json.loads(said.stdout)["terraform_version"])
        series = tuple(int(part) for part in version.split("-")[0].split(".")[:2])
    except (ValueError, KeyError) as error:
        raise InfraError("terraform does not say its version", why=_plain(said.stderr or said.stdout)) from error
    if series < MINIMUM:
        raise UsageError(f"terraform {version} is too old", fix=f"install {'.'.join(map(str, MINIMUM))} or newer")
    return version


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """The environment of every call: nobody is asked, nobody is phoned, no personal default changes a command."""
    kept = {name: value for name, value in given.items() if not _DROPPED.fullmatch(name)}
    return {**kept, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}


def write_imports(folder: Path, adopted: Mapping[str, str]) -> Path:
    """Write the import blocks, id by resource address, that the next plan adopts; with none, none are left behind."""
    target = folder / IMPORTS_FILE
    if not adopted:
        target.unlink(missing_ok=True)
        return target
    blocks = [{"to": address, "id": identity} for address, identity in sorted(adopted.items())]
    target.write_text(json.dumps({"import": blocks}, indent=2) + "\n", encoding="utf-8")
    return target


def write_removed(folder: Path, address: str = "") -> Path:
    """Write the one block by which a plan forgets an object and leaves it alive; without an address, none is left.

    Nothing here can write one that destroys.
    """
    target = folder / REMOVED_FILE
    if not address:
        target.unlink(missing_ok=True)
        return target
    block = {"removed": [{"from": address, "lifecycle": {"destroy": False}}]}
    target.write_text(json.dumps(block, indent=2) + "\n", encoding="utf-8")
    return target


def read_lock(text: str) -> StateLock | None:
    """The lock that terraform's words tell of; None when they are about something else."""
    if "Lock Info:" not in text:
        return None
    found = dict(_LOCK_FIELD.findall(text.partition("Lock Info:")[2]))
    return StateLock(
        found.get("ID", ""), found.get("Path", ""), found.get("Operation", ""), found.get("Who", ""),
        found.get("Created", ""),
    )  # fmt: skip


def _brief(problem: Message) -> str:
    place = f"{problem.address}: " if problem.address else ""
    return place + " ".join(f"{problem.text}. {problem.detail}".split())


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\x1b\[[0-9;]*m|[│╷╵]", " ", text).split())[:2000]
