"""Made-up worlds of the shape of the real one, so that everything can be tried without anybody's data."""

from orchestrator.simulation.sample import SampleReport, write_sample

__all__ = ["SampleReport", "write_sample"]
