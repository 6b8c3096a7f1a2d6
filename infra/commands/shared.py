"""What the commands share: options, how an error is told, how progress is shown."""

from __future__ import annotations

import errno
import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from infra.release.phases import Progress
    from infra.release.site import Site

HomeOption = Annotated[Path | None, typer.Option("--home", help="Folder of the warehouse [env: EROS_HOME; .eros]")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer as JSON on stdout")]
TargetOption = Annotated[
    str | None,
    typer.Option("--target", help="Environment: local, dev, staging, prod [env: EROS_ENVIRONMENT; local]"),
]
WaitOption = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for another command's lock")]


# The parser's own exception; which package it lives in depends on typer's version.
_Misuse: type[Any] = typer.BadParameter.__mro__[1]
INTERRUPTED = 130


class Commands(TyperGroup):
    """Tells wrong usage as JSON too when asked to; typer itself tells it on stderr only."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """As typer does."""
        with _misuse_as_json():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        """As typer does."""
        with _misuse_as_json():
            return super().invoke(ctx)


@contextmanager
def _misuse_as_json() -> Iterator[None]:
    try:
        yield
    except _Misuse as error:
        if "--json" in sys.argv:
            from infra.errors import UsageError

            command = error.ctx.command_path if error.ctx else "eros-infra"
            report(UsageError(error.format_message(), where=command, fix=f"{command} --help"), as_json=True)
        raise


def report(error: Any, as_json: bool) -> None:
    """Tell an InfraError: as JSON on stdout, or for people on stderr."""
    if as_json:
        print(json.dumps(error.as_dict()))
        return
    from rich.console import Console
    from rich.text import Text

    head, *details = str(error).splitlines()
    console = Console(file=sys.stderr, highlight=False)
    console.print(Text.assemble(("error: ", "bold red"), head), soft_wrap=True)
    for line in details:
        console.print(Text(f"  {line}"), soft_wrap=True)


@contextmanager
def told(as_json: bool) -> Iterator[None]:
    """Turn an InfraError, what the file system refuses, and an interrupt into words and an exit code."""
    from infra.errors import InfraError

    try:
        yield
    except InfraError as error:
        report(error, as_json)
        raise typer.Exit(error.exit_code) from None
    except OSError as error:
        if error.errno == errno.EPIPE:  # whoever read the answer has gone
            raise
        what = "the file system refused" if error.filename else "a connection failed"
        failed = InfraError(what, where=str(error.filename or ""), why=error.strerror or str(error))
        report(failed, as_json)
        raise typer.Exit(failed.exit_code) from None
    except KeyboardInterrupt:
        if as_json:
            print(json.dumps({"error": "interrupted", "kind": "KeyboardInterrupt", "exit_code": INTERRUPTED}))
        print("interrupted: what was under way has ended in order; the same command goes on", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None


def answer(as_json: bool, found: dict[str, Any], text: Callable[[], str]) -> None:
    """Print a command's result: JSON, or the text for people."""
    print(json.dumps(found) if as_json else text())


def open_site(target: str | None, home: Path | None, wait: float = 0, **given: object) -> Site:
    """The site that a command works on; `given` are settings by flags. Raises UsageError for a wrong one."""
    from infra.release.site import open_site as opened
    from infra.settings import load_settings

    return opened(target, load_settings(home=home, **given), Path(__file__).resolve().parents[2], wait)


def progress() -> Progress:
    """A line on stderr for each phase that ends; what goes on within it only where somebody watches."""
    from rich.console import Console

    console = Console(file=sys.stderr, highlight=False)
    return _Watched(console) if console.is_terminal else _Lines(console)


class _Lines:
    """One line for each phase that ends."""

    def __init__(self, console: Any) -> None:
        self._console = console

    def begin(self, phase: str) -> None:
        """Nothing yet."""

    def tell(self, text: str) -> None:
        """Nothing: nobody watches."""

    def end(self, phase: str, seconds: float, note: str) -> None:
        """The phase, its seconds, its result."""
        self._console.print(f"{phase:<12}{seconds:>6.1f} s  {note}".rstrip(), markup=False, soft_wrap=True)


class _Watched(_Lines):
    """The same on a terminal, with what goes on right now below it."""

    def __init__(self, console: Any) -> None:
        super().__init__(console)
        self._status: Any = None
        self._lock = threading.Lock()

    def begin(self, phase: str) -> None:
        """Show that it runs."""
        self._phase = phase
        self._status = self._console.status(phase)
        self._status.start()

    def tell(self, text: str) -> None:
        """Replace what is shown as going on."""
        from rich.markup import escape

        with self._lock:
            if self._status is not None:
                self._status.update(f"{self._phase}  [dim]{escape(text[: self._console.width - 20])}[/dim]")

    def end(self, phase: str, seconds: float, note: str) -> None:
        """Replace it by the phase's line."""
        self.close()
        super().end(phase, seconds, note)

    def close(self) -> None:
        """Take away what is shown as going on."""
        with self._lock:
            if self._status is not None:
                self._status.stop()
                self._status = None
