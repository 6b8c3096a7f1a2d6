"""Strict import of exported files: every row is checked before any row is loaded."""

from orchestrator.importers.readers import read_captions, read_creators, read_messages
from orchestrator.importers.run import ImportReport, import_directory

__all__ = ["ImportReport", "import_directory", "read_captions", "read_creators", "read_messages"]
