"""The life of a schedule: which status may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Status(StrEnum):
    """Where a schedule stands, from draft to settled."""

    DRAFT = "draft"
    LOCKED = "locked"
    APPROVED = "approved"
    EXPORTED = "exported"
    SENT = "sent"
    SETTLED = "settled"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    FAILED = "failed"
    SUPERSEDED = "superseded"

    @property
    def holds_locks(self) -> bool:
        """Whether the schedule's captions are reserved: a run returns such a schedule unchanged."""
        return self in (Status.LOCKED, Status.APPROVED, Status.EXPORTED, Status.SENT, Status.SETTLED)

    @property
    def may_export(self) -> bool:
        """Whether a sheet may be written: approved, or again once exported."""
        return self in (Status.APPROVED, Status.EXPORTED)


LEGAL_TRANSITIONS: Mapping[Status, frozenset[Status]] = MappingProxyType(
    {
        Status.DRAFT: frozenset({Status.LOCKED, Status.CANCELLED, Status.FAILED, Status.SUPERSEDED}),
        Status.LOCKED: frozenset({Status.APPROVED, Status.REJECTED, Status.CANCELLED, Status.SUPERSEDED}),
        Status.APPROVED: frozenset({Status.EXPORTED, Status.REJECTED, Status.CANCELLED, Status.SUPERSEDED}),
        Status.EXPORTED: frozenset({Status.SENT, Status.CANCELLED, Status.FAILED, Status.SUPERSEDED}),
        Status.SENT: frozenset({Status.SETTLED, Status.FAILED}),
        Status.SETTLED: frozenset(),
        Status.REJECTED: frozenset(),
        Status.CANCELLED: frozenset(),
        Status.FAILED: frozenset(),
        Status.SUPERSEDED: frozenset(),
    }
)
