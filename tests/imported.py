"""What the import makes of one file, in memory: good rows, remarks and counts."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestrator.importers.check import Rule, check_file
from orchestrator.importers.remarks import Remark
from orchestrator.importers.table_file import TableFile
from orchestrator.importers.tables import CAPTIONS, CREATORS, MESSAGES, message_rule


class EveryPage(frozenset[str]):
    """Pages among which every page is."""

    def __contains__(self, page: object) -> bool:
        return True


@dataclass(frozen=True)
class Imported:
    """One file after its check; remarks in the order of their lines."""

    rows: list[dict[str, Any]]
    remarks: list[Remark]
    total: int
    duplicates: int

    @property
    def accounted(self) -> int:
        """Records that went somewhere: loaded, rejected, or equal to another."""
        return len(self.rows) + self.duplicates + sum(one.outcome == "rejected" for one in self.remarks)


def read(path: Path, table: TableFile, rule: Rule | None = None, **options: Any) -> Imported:
    with tempfile.TemporaryDirectory() as folder:
        content = check_file(path, table, Path(folder), rule=rule, **options)
        remarks = [remark for part in content.remarks for remark in part.all()]
        assert content.rejected == sum(one.outcome == "rejected" for one in remarks)
        assert content.repaired == sum(one.outcome == "repaired" for one in remarks)
        rows = list(content.rows())
        assert content.kept == len(rows)
        return Imported(rows, sorted(remarks, key=lambda one: one.line), content.total, content.duplicates)


def read_creators(path: Path, **options: Any) -> Imported:
    return read(path, CREATORS, **options)


def read_captions(path: Path, **options: Any) -> Imported:
    return read(path, CAPTIONS, **options)


def read_messages(path: Path, *, now: datetime, pages: frozenset[str] | None = None, **options: Any) -> Imported:
    return read(path, MESSAGES, message_rule(now, EveryPage() if pages is None else pages), **options)
