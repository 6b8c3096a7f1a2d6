"""What the commands share: option types, and what they ask of the environment."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrator.errors import UsageError

if TYPE_CHECKING:
    from orchestrator.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON on stdout.")]
Week = Annotated[str, typer.Option(help="Monday of the week (YYYY-MM-DD), or 'next'.")]
Out = Annotated[Path, typer.Option(help="Folder for the sheets; a folder per week is made in it.")]


def open_settings() -> Settings:
    """The settings of the environment. Raises UsageError naming the variable that is wrong."""
    from pydantic import ValidationError

    from orchestrator.settings import Settings
    from sql import SqlError

    try:
        settings = Settings()
        settings.sql  # noqa: B018 - names are checked here, before anything starts
    except ValidationError as error:
        first = error.errors()[0]
        name = "EROS_" + "_".join(str(part) for part in first["loc"]).upper()
        raise UsageError(f"{name} is not valid", why=first["msg"], fix=f"unset {name}") from error
    except SqlError as error:
        raise UsageError("the settings name something impossible", why=str(error)) from error
    return settings


def actor() -> str:
    """Who runs this, for the audit trail."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def parse_date(text: str, option: str) -> date:
    """A day a person typed. Raises UsageError naming the option."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} is not a date: {text!r}", fix="write it as YYYY-MM-DD") from error
    _check_year(day, option, text)
    return day


def parse_instant(text: str, option: str) -> datetime:
    """An instant a person typed. UsageError names the option if it is none, lacks an offset or is out of range."""
    example = f"{option} 2026-01-14T12:00:00-08:00"
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} is not an instant: {text!r}", fix=example) from error
    if instant.tzinfo is None:
        raise UsageError(f"{option} has no offset: {text!r}", fix=example)
    _check_year(instant, option, text)
    return instant


def _check_year(day: date, option: str, text: str) -> None:
    from orchestrator.domain.week import YEARS

    if day.year not in YEARS:
        raise UsageError(f"{option} is out of range: {text}", fix=f"use a year from {YEARS[0]} to {YEARS[-1]}")
