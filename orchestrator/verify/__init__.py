"""The independent checker: looks for broken rules of the contract in a week's exported files and in the warehouse.

It shares no logic with what it checks: it reads CSV, clocks, quotas and keys by its own means, from the contract. Only
the business constants are common property.
"""

from __future__ import annotations

from orchestrator.verify.evidence import Evidence, Finding
from orchestrator.verify.report import VerifyReport, check
from orchestrator.verify.run import verify_week

__all__ = ["Evidence", "Finding", "VerifyReport", "check", "verify_week"]
