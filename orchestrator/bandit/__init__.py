"""The Python twin of the SQL bandit, bit for bit."""

from orchestrator.bandit.wilson import WilsonBounds, normal_quantile, uniform, wilson_sample, wilson_score_bounds

__all__ = ["WilsonBounds", "normal_quantile", "uniform", "wilson_sample", "wilson_score_bounds"]
