"""Rows back from a release's snapshots: into a new table first, then missing ones into the live one, never over it.

What is live stays: a row comes back only where its key is not there any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from infra.errors import UsageError
from infra.gcloud import make_table_like, run_statement, table_as_it_is
from infra.records import Release
from infra.release.deploy import Tell
from infra.release.site import Site
from sql import sidecar


def restore(site: Site, release: Release, tables: Sequence[str], merge: bool, tell: Tell) -> list[str]:
    """Bring each table's snapshot back beside, say which rows the live one lacks, and insert them when `merge`.

    Returns what was done, or would be, in lines. Raises UsageError for a table without a snapshot in `release`,
    InfraError when a statement is refused: then nothing of that table has changed.
    """
    require_snapshots(release, tables)
    return [line for table in dict.fromkeys(tables) for line in _restore(site, release, table, merge, tell)]


def require_snapshots(release: Release, tables: Sequence[str]) -> None:
    """Raises UsageError for a table of which the release took no snapshot."""
    unknown = [one for one in tables if one not in release.snapshots]
    if unknown:
        raise UsageError(
            f"release {release.number} has no snapshot of {', '.join(unknown)}",
            why=f"it has {', '.join(sorted(release.snapshots)) or 'none'}",
            fix="name some of these with --restore-data",
        )


def _restore(site: Site, release: Release, table: str, merge: bool, tell: Tell) -> list[str]:
    environment, client = site.environment, site.client
    snapshot = release.snapshots[table]
    live = f"{environment.project}.{environment.dataset}.{table}"
    beside = f"{environment.project}.{environment.backups_dataset}.{snapshot.rpartition('.')[2]}_restored"
    columns = _shared(table_as_it_is(client, snapshot), table_as_it_is(client, live))
    key = [str(one) for one in sidecar(f"tables/{table}")["key"]]
    make_table_like(client, beside, snapshot)
    if _count(client, table, f"SELECT COUNT(*) AS n FROM `{beside}`") == 0:
        run_statement(client, f"restore/{table}", copy_statement(snapshot, beside, columns))
    tell(f"{table}: in {beside}")
    missing = _count(client, table, missing_query(beside, live, key))
    script = merge_script(
        beside, live, f"{environment.project}.{environment.dataset}.creator_lock", columns, key, missing
    )
    lines = [f"{table}: as of {release.snapshot_instant} in {beside}; {missing} rows are not in {live} any more"]
    if not missing:
        return lines
    if not merge:
        return [*lines, "this would insert them, and change nothing that is there (add --merge-data):", script]
    run_statement(client, f"restore/{table}", script)
    return [*lines, f"{table}: {missing} rows inserted; none was changed"]


def copy_statement(source: str, target: str, columns: Sequence[str]) -> str:
    """Fills the new table, which keeps its partitions because it was made with them."""
    named = ", ".join(f"`{one}`" for one in columns)
    return f"INSERT INTO `{target}` ({named})\nSELECT {named} FROM `{source}`"


def missing_query(kept: str, live: str, key: Sequence[str]) -> str:
    """How many rows of the kept table have no row of the same key in the live one."""
    return (
        f"SELECT COUNT(*) AS n FROM `{kept}` AS kept\n"
        f"WHERE NOT EXISTS (SELECT 1 FROM `{live}` AS there WHERE {_same(key)})"
    )


def merge_script(kept: str, live: str, guard: str, columns: Sequence[str], key: Sequence[str], missing: int) -> str:
    """Inserts exactly so many missing rows, or none: under the guard row that every writer changes first."""
    named = ", ".join(f"`{one}`" for one in columns)
    values = ", ".join(f"kept.`{one}`" for one in columns)
    return f"""DECLARE problem STRING;
BEGIN
  BEGIN TRANSACTION;
  UPDATE `{guard}` SET fence = fence + 1 WHERE page_name = '*';
  IF @@row_count != 1 THEN
    RAISE USING MESSAGE = 'the guard row * is not there';
  END IF;
  MERGE `{live}` AS there
  USING `{kept}` AS kept
  ON {_same(key)}
  WHEN NOT MATCHED THEN INSERT ({named}) VALUES ({values});
  IF @@row_count != {missing} THEN
    RAISE USING MESSAGE = 'other rows are missing than was shown: nothing was inserted';
  END IF;
  COMMIT TRANSACTION;
EXCEPTION WHEN ERROR THEN
  SET problem = @@error.message;
  BEGIN
    ROLLBACK TRANSACTION;
  EXCEPTION WHEN ERROR THEN
    SET problem = CONCAT(problem, '; and there was no transaction to roll back');
  END;
  RAISE USING MESSAGE = problem;
END;"""


def _same(key: Sequence[str]) -> str:
    return " AND ".join(f"there.`{one}` = kept.`{one}`" for one in key)


def _shared(kept: dict[str, Any], live: dict[str, Any]) -> list[str]:
    here = {str(one["name"]).lower() for one in live["schema"]["fields"]}
    return [str(one["name"]) for one in kept["schema"]["fields"] if str(one["name"]).lower() in here]


def _count(client: Any, table: str, text: str) -> int:
    return int(run_statement(client, f"restore/{table}", text)[0]["n"])
