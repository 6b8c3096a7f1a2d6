"""The clock of commands that run without a warehouse; every other command asks the warehouse for the time."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from orchestrator.errors import UsageError
from sql import constants


def now() -> datetime:
    """The instant of EROS_NOW when it is set, else of the machine. Raises UsageError when it is not an instant."""
    text = os.environ.get("EROS_NOW", "")
    try:
        moment = datetime.fromisoformat(text) if text else datetime.now(UTC)
    except ValueError as error:
        raise UsageError(f"EROS_NOW is not an instant: {text!r}", fix="EROS_NOW=2026-01-14T20:00:00Z") from error
    if moment.tzinfo is None:
        raise UsageError(f"EROS_NOW has no offset: {text!r}", fix="EROS_NOW=2026-01-14T20:00:00Z")
    return moment


def today() -> date:
    """Today in the business zone. Raises UsageError as `now` does."""
    return now().astimezone(ZoneInfo(constants()["time"]["zone"])).date()
