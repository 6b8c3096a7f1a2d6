"""Whether everything EROS needs is in place: independent checks, each with what to do. Nothing here writes."""

from orchestrator.insight.doctor.run import examine

__all__ = ["examine"]
