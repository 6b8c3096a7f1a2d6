"""An import that only tries: everything is checked, nothing reaches a table, not even a stage table."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from orchestrator.importers.check import CheckedFile
from orchestrator.importers.meter import Meter
from orchestrator.importers.report import left_out, rejects_line
from orchestrator.importers.run import REJECTS_FILE, Say, check_all, write_all_remarks
from orchestrator.importers.similar import SimilarReport, preview_similar
from orchestrator.importers.workshop import private_folder

KEYS_ASKED_AT_ONCE = 25_000
"""Keys in one query: BigQuery takes requests of 10 MB, and an id may have 200 characters."""

_PARAMETERS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "creators": ("page_names", str),
    "captions": ("caption_ids", int),
    "messages": ("message_ids", str),
}


class Reader(Protocol):
    """What a trial needs of the warehouse."""

    def query(self, name: str, params: Mapping[str, Any] | None = None, **identifiers: str) -> list[dict[str, Any]]:
        """Run sql/queries/<name>.sql."""


@dataclass(frozen=True)
class TrialTable:
    """Rows of one file; `known` of the good ones have a key that the warehouse has, None when there is none to ask."""

    name: str
    total: int
    good: int
    known: int | None
    duplicates: int
    rejected: int
    repaired: int

    def line(self) -> str:
        """One line for people."""
        known = "" if self.known is None else f" ({self.good - self.known:,} new, {self.known:,} known)"
        return f"{self.name}: {self.total:,} rows, {self.good:,} good{known}" + left_out(
            self.rejected, self.repaired, self.duplicates
        )


@dataclass(frozen=True)
class TrialReport:
    """What an import would find. Which known rows would change is seen only by staging them, which is a write."""

    tables: Mapping[str, TrialTable]
    rejects_path: Path | None
    similar: SimilarReport | None = None

    def as_dict(self) -> dict[str, Any]:
        """The report as `--json` prints it."""
        return {
            "dry_run": True,
            "tables": {name: asdict(table) for name, table in self.tables.items()},
            "rejects": None if self.rejects_path is None else str(self.rejects_path),
            **({} if self.similar is None else {"similar": self.similar.as_dict()}),
        }

    def text(self) -> str:
        """The report for people."""
        lines = [table.line() for table in self.tables.values()]
        if self.similar is not None:
            lines.append(self.similar.line())
        return "\n".join([*lines, *rejects_line(self.rejects_path), "dry run: no table was written"])


def try_directory(
    directory: Path,
    warehouse: Reader | None,
    *,
    now: datetime,
    on_progress: Say | None = None,
    rejects_path: Path | None = None,
    work_folder: Path | None = None,
    last_row_is_whole: bool = False,
    similar_path: Path | None = None,
) -> TrialReport:
    """Check an export as an import would, and ask the warehouse, if there is one, which keys it knows.

    Arguments and errors are those of `import_directory`.
    """
    say = on_progress or (lambda text: None)
    with private_folder(work_folder) as folder:
        contents = check_all(directory, folder, now, say, last_row_is_whole=last_row_is_whole)
        written = write_all_remarks(contents, rejects_path or directory / REJECTS_FILE)
        tables = {
            name: TrialTable(
                name=content.table.name,
                total=content.total,
                good=content.kept,
                known=None if warehouse is None else _known(warehouse, name, content, say),
                duplicates=content.duplicates,
                rejected=content.rejected,
                repaired=content.repaired,
            )
            for name, content in contents.items()
        }
        similar = None
        if similar_path is not None:
            say("looking for texts that differ only in typing")
            similar = preview_similar(contents, similar_path)
    return TrialReport(tables, written, similar)


def _known(warehouse: Reader, name: str, content: CheckedFile, say: Say) -> int:
    parameter, convert = _PARAMETERS[name]
    meter = Meter(say, f"looking for known {name}")
    keys: Iterator[Any] = (convert(row[content.table.key]) for row in content.rows())
    known = asked = 0
    while batch := list(islice(keys, KEYS_ASKED_AT_ONCE)):
        params: dict[str, list[Any]] = {other: [] for other, _ in _PARAMETERS.values()}
        known += warehouse.query("count_known", {**params, parameter: batch})[0][name]
        asked += len(batch)
        meter.asked(asked, content.kept)
    return known
