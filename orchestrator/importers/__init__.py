"""Strict import of exported files: every row is checked before any row is loaded."""

from orchestrator.importers.report import ImportReport
from orchestrator.importers.run import import_directory

__all__ = ["ImportReport", "import_directory"]
