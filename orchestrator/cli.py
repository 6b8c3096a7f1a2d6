"""`eros`: from exported files to next week's sheets.

Exit codes: 0 ok, 1 failed, 2 usage, 3 refused by a rule, 4 auth, 5 lock or conflict, 6 budget.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from orchestrator.commands import analysis, data, insight, week
from orchestrator.errors import ErosError, UsageError

# The parser's own exception; which package it lives in depends on typer's version.
_Misuse: type[Any] = typer.BadParameter.__mro__[1]


class _Commands(TyperGroup):
    """Prints usage errors as JSON too when asked to; typer itself prints them on stderr only."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        with _misuse_as_json():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        with _misuse_as_json():
            return super().invoke(ctx)


app = typer.Typer(
    cls=_Commands,
    help="EROS Scheduling: which caption goes to which page at which time and price.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("sample-data")(data.sample_data)
app.command("import")(data.import_files)
app.command()(week.run)
app.command()(week.approve)
app.command("export")(week.export_schedule)
app.command()(week.verify)
app.command()(analysis.analyze)
app.command()(insight.schedules)
app.command()(insight.why)
app.command()(insight.explain)
app.command()(insight.doctor)


def main() -> None:
    """Run the command line; the only place where an error becomes an exit code."""
    try:
        app(standalone_mode=True)
    except ErosError as error:
        _report(error)
        sys.exit(error.exit_code)
    except OSError as error:
        _report(ErosError("the file system refused", where=str(error.filename or ""), why=str(error.strerror)))
        sys.exit(ErosError.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)


def _report(error: ErosError) -> None:
    from orchestrator.console import print_error

    print_error(error, as_json=_wants_json())


@contextmanager
def _misuse_as_json() -> Iterator[None]:
    try:
        yield
    except _Misuse as error:
        if _wants_json():
            from orchestrator.console import print_json

            command = error.ctx.command_path if error.ctx else "eros"
            print_json(UsageError(error.format_message(), where=command, fix=f"{command} --help").as_dict())
        raise


def _wants_json() -> bool:
    return "--json" in sys.argv


if __name__ == "__main__":
    main()
