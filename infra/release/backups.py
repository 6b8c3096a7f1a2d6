"""Snapshots of what cannot be computed again, all of one instant, taken before anything changes."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from infra.errors import InfraError
from infra.gcloud import make_dataset, run_statement, table_names
from sql import SqlSettings

STATE_TABLES = (
    "active_caption_assignments",
    "bandit_priors",
    "caption_bandit_stats",
    "caption_filter_audit_log",
    "creator_allowed_profile",
    "creator_caption_restrictions",
    "creator_content_inventory",
    "creator_lock",
    "feature_flags",
    "health_checks",
    "job_guard",
    "job_runs",
    "schedule_events",
    "schedule_export_log",
    "schedule_messages",
    "schedule_recommendations",
)
"""What the system decided and people settled. The tables that `eros import` fills come back from the files it read:
SOURCE_TABLES, and every table is in one of the two."""
SOURCE_TABLES = ("caption_bank", "creators", "holiday_calendar", "mass_messages")
KEPT_DAYS = 30
_ATTEMPTS = 5
_PAUSE_SECONDS = 1.0
_AT_ONCE = 4


@dataclass(frozen=True)
class Backup:
    """Copies of the state tables as they were at `instant`; `tables` is the copy's full name by table."""

    instant: str = ""
    tables: Mapping[str, str] = field(default_factory=dict)


def back_up(
    client: Any, settings: SqlSettings, backups: str, labels: Mapping[str, str], tell: Callable[[str], None]
) -> Backup:
    """Snapshot every state table that the target has, all as of one instant; they expire after KEPT_DAYS.

    Nothing is copied, and no dataset made, when there is no state yet. Raises InfraError when a snapshot is refused.
    """
    present = _present(client, settings)
    if not present:
        return Backup()
    make_place(client, settings, backups, labels)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _back_up_once(client, settings, backups, present, tell)
        except InfraError as error:
            # The local cloud keeps no history: a table that was written meanwhile needs a later instant.
            if attempt == _ATTEMPTS or "keeps no history" not in error.why:
                raise
            time.sleep(_PAUSE_SECONDS)
    raise AssertionError("unreachable")


def make_place(client: Any, settings: SqlSettings, backups: str, labels: Mapping[str, str]) -> None:
    """Create the backups' dataset where there is state to back up.

    Before planning: Terraform manages the dataset too, and takes over what it finds, but cannot create what is there.
    """
    if _present(client, settings):
        make_dataset(client, backups, settings.location, labels)


def _present(client: Any, settings: SqlSettings) -> list[str]:
    here = table_names(client, settings.dataset)
    return [name for name in STATE_TABLES if name in here]


def _back_up_once(
    client: Any, settings: SqlSettings, backups: str, tables: list[str], tell: Callable[[str], None]
) -> Backup:
    instant: datetime = run_statement(client, "backups/instant", "SELECT CURRENT_TIMESTAMP() AS instant")[0]["instant"]
    suffix = f"{instant:%Y%m%dT%H%M%S}_{uuid.uuid4().hex[:6]}"
    made = {table: f"{settings.project}.{backups}.{table}_{suffix}" for table in tables}

    def copy(table: str) -> None:
        text = snapshot_statement(f"{settings.project}.{settings.dataset}.{table}", made[table], instant)
        run_statement(client, f"backups/{table}", text)
        tell(made[table])

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done in [pool.submit(copy, table) for table in tables]:
            done.result()
    return Backup(instant.isoformat(), made)


def snapshot_statement(source: str, target: str, instant: datetime) -> str:
    """The statement that keeps `source` as it was at `instant` under the name `target`, for KEPT_DAYS."""
    ends = instant + timedelta(days=KEPT_DAYS)
    return (
        f"CREATE SNAPSHOT TABLE `{target}`\nCLONE `{source}`\n"
        f"FOR SYSTEM_TIME AS OF TIMESTAMP '{instant.isoformat()}'\n"
        f"OPTIONS (expiration_timestamp = TIMESTAMP '{ends.isoformat()}')"
    )
