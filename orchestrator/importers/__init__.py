"""Strict import of exported files: every row is checked before any row is loaded."""

from orchestrator.importers.report import ImportReport
from orchestrator.importers.run import import_directory
from orchestrator.importers.trial import TrialReport, try_directory

__all__ = ["ImportReport", "TrialReport", "import_directory", "try_directory"]
