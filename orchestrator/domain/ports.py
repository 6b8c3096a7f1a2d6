"""What the agents ask of a warehouse: orchestrator.warehouse gives it, and so can a test."""

from __future__ import annotations

from typing import Any, Protocol


class Queries(Protocol):
    """A named query in, rows out."""

    def query(self, name: str, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Run `sql/queries/<name>.sql` with its declared parameters; the rows of its last SELECT, columns by name."""
        ...
