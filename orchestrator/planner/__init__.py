"""The week builder and its rules, without input or output."""

from orchestrator.planner.builder import build_week

__all__ = ["build_week"]
